cimport cython

from uvicorn._speed.csrc cimport uvc_utf8


@cython.final
cdef class Utf8:
    cdef uvc_utf8 state

    cpdef bint check(self, bytes data) except -1
    cpdef bint complete(self) except -1
