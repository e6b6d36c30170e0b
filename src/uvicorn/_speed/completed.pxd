cimport cython


@cython.final
cdef class Completed:
    pass
