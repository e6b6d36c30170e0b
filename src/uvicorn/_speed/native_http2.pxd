cimport cython

from uvicorn._speed.csrc cimport uint32_t
from uvicorn._speed.http2_codec cimport StreamState
from uvicorn._speed.native_control cimport Http2Control
from uvicorn._speed.native_head_reader cimport HeadReader


@cython.final
cdef class NativeHttp2Codec(Http2Control):
    cdef bytes fed              # what was fed last, with what was left before it
    cdef Py_ssize_t at          # everything before this offset is used up
    cdef Py_ssize_t skipped     # bytes that are to be thrown away: padding, unknown frames
    cdef bint refusing

    # A request's body.
    cdef StreamState body_stream
    cdef Py_ssize_t body_size   # what is still to come of its frame
    cdef StreamState ended      # of this one END is the next event
    cdef long received          # of the connection's window: not yet given back

    # Header blocks.
    cdef HeadReader reader
    cdef uint32_t block_stream  # the one whose block goes on with CONTINUATION, or 0
    cdef bytearray block        # what has come of it
    cdef bint block_ends        # its HEADERS has END_STREAM,
    cdef bint block_depends     # and says that the stream depends on itself

    cdef int hold(self) except -1
    cdef int read_next(self, Py_ssize_t size) except -1
    cdef int read_preface(self, Py_ssize_t size) except -1
    cdef int read_frame(self, Py_ssize_t size) except -1
    cdef int read_payload(self, Py_ssize_t size) except -1
    cdef int skip_payload(self) except -1

    cdef int open_data(self, Py_ssize_t size) except -1
    cdef int check_data(self, StreamState stream, uint32_t content, bint ends) except -1
    cdef int read_body(self, Py_ssize_t size) except -1
    cdef int end_body(self) except -1
    cdef int give_back(self, Py_ssize_t size) except -1

    cdef int read_headers(self, const char *payload) except -1
    cdef int read_continuation(self, const char *payload) except -1
    cdef int check_size(self, Py_ssize_t size) except -1
    cdef int read_block(self, const char *block, Py_ssize_t size) except -1
    cdef int read_trailers(self, StreamState stream, const char *block, Py_ssize_t size) except -1
    cdef int open_stream(self, const char *block, Py_ssize_t size) except -1
    cdef int judge_request(self, StreamState stream, int verdict) except -1
    cdef int check_block(self, int verdict) except -1
