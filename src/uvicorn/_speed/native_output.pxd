from cpython.object cimport PyObject

from uvicorn._speed.csrc cimport uint32_t
from uvicorn._speed.http2_codec cimport Http2Codec, StreamState
from uvicorn._speed.native_head_writer cimport HeadWriter


cdef class Http2Output(Http2Codec):
    cdef PyObject *buffer           # bytes that nobody else has; NULL as long as nothing is written
    cdef Py_ssize_t used            # so much of it has been written
    cdef Py_ssize_t frame_at        # where the last frame that may end a stream begins,
    cdef Py_ssize_t frame_end       # and ends, or -1
    cdef HeadWriter head_writer     # None before the first response
    cdef uint32_t table_size        # what the client allows for its table,
    cdef uint32_t least_table_size  # and the least that it ever has

    cdef dict streams               # by number, those of which a half is open
    cdef dict ignored               # numbers of streams that we have reset, and the client not ended
    cdef long send_window           # of the connection
    cdef long first_window          # of new streams

    cdef char *reserve(self, Py_ssize_t size) except NULL
    cdef int enlarge(self, Py_ssize_t size) except -1
    cdef int set_table_size(self, uint32_t size) except -1
    cdef HeadWriter new_head_writer(self)
    cdef Py_ssize_t write_head(self, StreamState stream, int status, list headers, list defaults,
                               int flags) except -2
    cdef int split_block(self, StreamState stream, Py_ssize_t size, int flags) except -1
    cdef int write_reset(self, uint32_t number, uint32_t code) except -1
    cdef int write_window_update(self, uint32_t number, uint32_t size) except -1
    cdef int write_end(self, StreamState stream) except -1
    cdef int end_sending(self, StreamState stream) except -1
    cdef int end_receiving(self, StreamState stream) except -1
    cdef int ignore(self, uint32_t number) except -1
    cdef int reset_stream(self, StreamState stream, uint32_t code) except -1
    cdef int close_stream(self, StreamState stream) except -1
