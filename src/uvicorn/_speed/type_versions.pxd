cimport cython


cdef extern from "Python.h":
    ctypedef struct PyTypeObject:
        unsigned int tp_version_tag


cdef enum:
    MOST_KINDS = 8


@cython.final
cdef class TypeVersions:
    cdef tuple kinds
    cdef int count
    cdef PyTypeObject *types[MOST_KINDS]
    cdef unsigned int tags[MOST_KINDS]

    cpdef bint are_known(self) except -1
    cpdef note(self)
