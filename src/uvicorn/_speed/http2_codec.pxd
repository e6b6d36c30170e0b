cimport cython

from uvicorn._speed.interfaces cimport RequestHead, Stream


@cython.final
cdef class Http2Limits:
    cdef public long line
    cdef public long head
    cdef public long fields
    cdef public long streams
    cdef public long stream_window
    cdef public long connection_window
    cdef public long frame_size
    cdef public bint websockets


@cython.final
@cython.freelist(128)
cdef class StreamState:
    cdef public Stream owner
    cdef public unsigned int number
    cdef public long window
    cdef public bint sends
    cdef public bint receives
    cdef public int urgency
    cdef public bint incremental
    cdef public long long body_left
    cdef public long received
    cdef public long taken
    cdef public bint connects


cdef class Http2Codec:
    cdef public Http2Limits limits
    cdef public StreamState stream
    cdef public RequestHead head
    cdef public bytes body
    cdef public unsigned int code
    cdef public str reason
    cdef public object error
    cdef public bytes data
    cdef public Py_ssize_t frame_size
    cdef public Py_ssize_t open_streams
    cdef public unsigned int latest

    cpdef start(self)
    cpdef feed(self, bytes data, double now)
    cpdef int next_event(self) except -1
    cpdef refuse_new(self)
    cpdef consumed(self, StreamState stream, Py_ssize_t size)
    cpdef Py_ssize_t room(self, StreamState stream) except -1
    cpdef Py_ssize_t send_head(self, StreamState stream, int status, list headers, list defaults) except -2
    cpdef send_informational(self, StreamState stream, int status, list headers)
    cpdef send_body(self, StreamState stream, bytes data, Py_ssize_t start, Py_ssize_t stop, bint end)
    cpdef send_trailers(self, StreamState stream, list headers)
    cpdef reset(self, StreamState stream, unsigned int code)
    cpdef ping(self, bytes data)
    cpdef goaway(self, unsigned int code, unsigned int last)
    cpdef Py_ssize_t pending_size(self) except -1
    cpdef bytes take(self)
