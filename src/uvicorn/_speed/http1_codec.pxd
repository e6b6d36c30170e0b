cimport cython

from uvicorn._speed.csrc cimport uvc_chunked, uvc_http1_field, uvc_http1_head, uvc_http1_limits
from uvicorn._speed.framing cimport Framing
from uvicorn._speed.interfaces cimport HttpCodec, RequestHead

# One object for each common name of a request field, by its number in csrc.
cdef list KNOWN


cdef enum State:
    IN_HEAD
    IN_BODY     # of known length
    IN_CHUNKS
    AT_END      # END is the next event
    ENDED


@cython.final
cdef class NativeHttpCodec(HttpCodec):
    cdef Framing framing
    cdef State state
    cdef bytes data             # what was fed last, with what was left before it
    cdef Py_ssize_t at          # everything before this offset is used up
    cdef Py_ssize_t tried       # bytes of an incomplete head that were parsed already
    cdef bint may_have_line     # whether a line may have ended since then
    cdef long long remaining
    cdef uvc_chunked chunked

    cdef int parse_head(self) except -1
    cdef int read_head(self, const char *start, uvc_http1_head *parsed) except -1
    cdef int next_body(self) except -1
    cdef int next_chunk(self) except -1
    cdef bytes cut(self, Py_ssize_t size)
