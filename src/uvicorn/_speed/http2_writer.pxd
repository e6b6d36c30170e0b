cimport cython

from uvicorn._speed.channel cimport Channel
from uvicorn._speed.http2_codec cimport Http2Codec, StreamState
from uvicorn._speed.interfaces cimport Handler, Stream


cdef Py_ssize_t HIGH_WATER


@cython.final
cdef class Backlog:
    cdef Stream stream
    cdef StreamState state
    cdef list parts
    cdef Py_ssize_t at
    cdef readonly Py_ssize_t size
    cdef bint ends
    cdef list trailers
    cdef public object space

    cdef wake(self)


@cython.final
cdef class Http2Writer:
    cdef Http2Codec codec
    cdef Channel channel
    cdef object loop
    cdef Handler handler
    cdef list backlogs
    cdef bint in_read
    cdef bint scheduled

    cdef bint takes(self, StreamState state, Py_ssize_t size) except -1
    cdef add(self, Backlog backlog)
    cdef drop(self, Backlog backlog)
    cdef write_backlogs(self)
    @cython.locals(best=Backlog, backlog=Backlog)
    cdef Backlog choose(self)
    @cython.locals(codec=Http2Codec, part=bytes, size=Py_ssize_t, stop=Py_ssize_t, end=bint)
    cdef write_frame(self, Backlog backlog)
    cdef end(self, Backlog backlog)
    cdef written(self)
    cpdef push_scheduled(self)
    cdef push(self)
    cdef lost(self)
