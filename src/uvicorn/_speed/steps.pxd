cimport cython


cdef extern from "Python.h":
    ctypedef struct TaggedType "PyTypeObject":
        unsigned int tp_version_tag


cdef enum:
    MOST_KINDS = 8


@cython.final
cdef class Returned:
    cdef object value


cdef class Given:
    cdef public object _asyncio_future_blocking
    cdef bint waits

    cpdef dict poll(self)


@cython.final
cdef class EagerTasks:
    cdef object context
    cdef bint entered
    cdef dict options

    cpdef object start(self, object coroutine)


@cython.final
cdef class TypeVersions:
    cdef tuple kinds
    cdef int count
    cdef TaggedType *types[MOST_KINDS]
    cdef unsigned int tags[MOST_KINDS]

    cpdef bint are_known(self) except -1
    cpdef note(self)


cpdef unsigned long get_ident() noexcept
cpdef object step(object awaitable)
cpdef object bind(object method, object instance)
cpdef run_in(object context, object callback, object value)
