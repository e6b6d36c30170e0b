cimport cython


@cython.final
@cython.freelist(8)
cdef class Completed:
    pass
