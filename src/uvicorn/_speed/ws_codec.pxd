cimport cython

from uvicorn._speed.csrc cimport uvc_wsframe
from uvicorn._speed.messages cimport Messages


@cython.final
cdef class NativeWsCodec(Messages):
    cdef bytes fed              # what was fed last, with what was left before it
    cdef Py_ssize_t at          # everything before this offset is used up
    cdef uvc_wsframe frame
    cdef bint in_frame
    cdef bytes payload          # of a frame that comes in parts: a buffer with spare room
    cdef Py_ssize_t have

    cdef int read_frames(self) except -1
    cdef bint read_header(self) except -1
    cdef int read_payload(self) except -1
    cdef int read_whole(self, const char *start) except -1
    cdef int add_part(self, const char *start, Py_ssize_t size) except -1
