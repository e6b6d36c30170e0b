cimport cython


@cython.final
@cython.freelist(8)
cdef class Done:
    pass
