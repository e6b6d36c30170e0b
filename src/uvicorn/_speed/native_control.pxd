from uvicorn._speed.csrc cimport uint32_t, uint64_t, uvc_h2frame
from uvicorn._speed.http2_codec cimport StreamState
from uvicorn._speed.native_output cimport Http2Output


cdef enum Phase:
    IN_PREFACE
    AT_SETTINGS  # the first frame has to be one
    IN_FRAMES
    FAILED


# What a step answers that is no event: there may be a next one.
cdef enum:
    GO_ON = 100


cdef class Http2Control(Http2Output):
    cdef Phase phase
    cdef uvc_h2frame frame      # the one that is being read
    cdef double credit          # see wire.H2_CREDIT
    cdef double credited        # when it was filled up
    cdef uint64_t opened        # bit n: stream latest - 2n was one
    cdef dict early_priorities  # by the number of a stream that is not there yet

    cdef int fail(self, uint32_t code, str reason) except -1
    cdef int charge(self, int cost) except -1
    cdef int fill_up(self, double now) except -1
    cdef StreamState find(self, uint32_t number)
    cdef int refuse_stream(self, StreamState stream, uint32_t code, str reason) except -1
    cdef int refuse_number(self, uint32_t code, str reason) except -1
    cdef bint is_ignored(self, uint32_t number, bint ends) except -1
    cdef int without_stream(self, bint is_data, bint ends) except -1
    cdef int read_control(self, const char *payload) except -1
    cdef int read_settings(self, const char *payload) except -1
    cdef int change_windows(self, long window) except -1
    cdef int read_ping(self, const char *payload) except -1
    cdef int read_reset(self, const char *payload) except -1
    cdef int read_window_update(self, const char *payload) except -1
    cdef int widen_stream(self, long increment) except -1
    cdef int read_priority(self, const char *payload) except -1
    cdef int read_priority_update(self, const char *payload) except -1
    cdef int keep_priority(self, uint32_t number, tuple priority) except -1
    cdef bint set_priority(self, StreamState stream, tuple priority) except -1
