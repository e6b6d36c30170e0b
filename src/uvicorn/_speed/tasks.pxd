cimport cython


@cython.final
cdef class EagerTasks:
    cdef object context
    cdef dict options

    cpdef object start(self, object coroutine)
