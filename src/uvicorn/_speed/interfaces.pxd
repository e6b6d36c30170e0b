cimport cython


@cython.final
cdef class RequestHead:
    cdef public str method
    cdef public bytes target
    cdef public list headers
    cdef public str http_version
    cdef public bytes authority
    cdef public bytes protocol
    cdef public bint expect_continue
    cdef public bint may_be_forwarded


cdef class HttpCodec:
    cdef public Py_ssize_t limit_line
    cdef public Py_ssize_t limit_head
    cdef public Py_ssize_t limit_fields
    cdef public RequestHead head
    cdef public int http_minor
    cdef public bint keep_alive
    cdef public bytes body

    cpdef feed(self, bytes data)
    cpdef int next_event(self) except -1
    cpdef start_next(self)
    cpdef bytes unread(self)
    cpdef Py_ssize_t unread_size(self) except -1


cdef class WsCodec:
    cdef public str text
    cdef public bytes data
    cdef public Py_ssize_t size
    cdef public int code
    cdef public str reason

    cpdef feed(self, bytes data)
    cpdef int next_event(self) except -1
    cpdef Py_ssize_t unread_size(self) except -1


cdef class MessageSource:
    cdef list waiters
    cdef bint disconnect_told

    cpdef bint has_message(self) except -1
    cpdef dict next_message(self)


cdef class Stream:
    cpdef Py_ssize_t send_head(self, int status, list headers) except -2
    cpdef send_body(self, bytes data, bint end)
    cpdef prepare_accept(self, RequestHead head)
    cpdef hand_over(self, object handler)  # a Handler; types can't refer to each other here
    cpdef send_accept(self, list headers)
    cpdef send_together(self, bytes head, bytes data)
    cpdef send_informational(self, int status, list headers)
    cpdef send_trailers(self, list headers)
    cpdef send_file(self, int file, long long offset, long long count, bint end)
    cpdef abort(self)
    cpdef finish_connection(self)
    cpdef linger(self)
    cpdef close(self)
    cpdef reset(self)
    cpdef set_deadline(self, double seconds)
    cpdef str peer(self)
    cpdef bint head_only(self) except -1
    cpdef bint is_full(self) except -1
    cpdef drained(self)
    cpdef bint is_writable(self) except -1
    cpdef bint is_reading(self) except -1
    cpdef pause_reading(self)
    cpdef resume_reading(self)


cdef class TimedConnection:
    cdef public double deadline
    cdef double deadline_set

    cpdef put_off(self, double now, double seconds)
    cpdef check_deadline(self, double now)
    cpdef shutdown(self)
    cpdef abort(self)


cdef class Handler:
    cpdef data_received(self, bytes data)
    cpdef eof_received(self)
    cpdef connection_lost(self)
    cpdef writable(self)
    cpdef stream_ended(self, Stream stream)
    cpdef deadline_reached(self)
    cpdef shutdown(self)
    cpdef end_silence(self)
    cpdef end_grace(self)
    cpdef bint is_idle(self) except -1
