cimport cython

from uvicorn._speed.connection cimport Connection
from uvicorn._speed.encode cimport DefaultHeaders
from uvicorn._speed.exchange cimport Exchange
from uvicorn._speed.http2_codec cimport Http2Codec, StreamState
from uvicorn._speed.http2_writer cimport Backlog, Http2Writer
from uvicorn._speed.interfaces cimport Handler, RequestHead, Stream
from uvicorn._speed.service cimport Service


cdef unsigned int H2_CANCEL, H2_INTERNAL_ERROR, H2_NO_ERROR
cdef Py_ssize_t HIGH_WATER


@cython.locals(stream=Http2Stream)
cpdef Http2Stream new_http2_stream(Http2Writer writer, Handler handler, StreamState state,
                                   Connection connection, str method)


@cython.final
cdef class Http2Stream(Stream):
    cdef Http2Writer writer
    cdef Http2Codec codec
    cdef public Handler handler
    cdef readonly StreamState state
    cdef readonly Connection connection
    cdef Service service
    cdef bint is_head
    cdef bint is_connect
    cdef public Exchange exchange
    cdef readonly Handler successor
    cdef readonly Backlog backlog
    cdef bint app_started
    cdef bint reading
    cdef Py_ssize_t withheld
    cdef public double deadline

    cdef open(self, Http2Writer writer, Handler handler, StreamState state, Connection connection,
              str method)
    cdef body_received(self, bytes data)
    cdef body_ended(self)
    cdef lost(self)
    @cython.locals(backlog=Backlog, is_new=bint)
    cdef hold_back(self, bytes data, bint ends, list trailers)
    cdef drop_backlog(self)
    cdef end(self, unsigned int code)
    cpdef give_up(self)
    cdef ended(self)
    cpdef check_deadline(self, double now)
