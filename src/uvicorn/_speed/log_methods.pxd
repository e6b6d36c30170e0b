cimport cython

from uvicorn._speed.steps cimport TypeVersions

cdef frozenset NAMES
cdef list GETTERS
cdef tuple OWN

cpdef bint is_own(object method) except -1
cpdef bint are_plain(list instances) except -1


@cython.final
cdef class LogMethods:
    cdef TypeVersions versions
    cdef list seen
    cdef bint are_own

    cpdef bint look(self) except -1
