# distutils: sources = csrc/utf8.c

"""Whether bytes that come in pieces are UTF-8, over csrc/utf8.h; the pure twin is core/utf8.py."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from uvicorn._speed.csrc cimport uvc_utf8_check, uvc_utf8_complete, uvc_utf8_init


cdef class Utf8:
    def __cinit__(self):
        uvc_utf8_init(&self.state)

    cpdef bint check(self, bytes data) except -1:
        return uvc_utf8_check(&self.state, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))

    cpdef bint complete(self) except -1:
        return uvc_utf8_complete(&self.state)
