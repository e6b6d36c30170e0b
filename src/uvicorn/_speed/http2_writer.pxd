cimport cython

from uvicorn._speed.channel cimport Channel
from uvicorn._speed.connection cimport Connection
from uvicorn._speed.http2_codec cimport Http2Codec, StreamState
from uvicorn._speed.interfaces cimport Handler, Stream
from uvicorn._speed.service cimport Service


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
    cdef long frames
    cdef long frames_then
    cdef long all_frames_then
    cdef double deadline

    cdef wake(self)


@cython.final
cdef class Http2Writer:
    cdef Http2Codec codec
    cdef Connection connection
    cdef Channel channel
    cdef Service service
    cdef Handler handler
    cdef list backlogs
    cdef bint in_read
    cdef bint scheduled
    cdef long frames
    cdef double stall_seconds

    cdef bint takes(self, StreamState state, Py_ssize_t size) except -1
    cdef add(self, Backlog backlog)
    cdef drop(self, Backlog backlog)
    cdef write_backlogs(self)
    @cython.locals(best=Backlog, backlog=Backlog)
    cdef Backlog choose(self)
    @cython.locals(codec=Http2Codec, part=bytes, size=Py_ssize_t, stop=Py_ssize_t, end=bint)
    cdef write_frame(self, Backlog backlog)
    cdef end(self, Backlog backlog)
    cdef watch(self, Backlog backlog)
    @cython.locals(backlog=Backlog)
    cdef double earliest(self, double due) except -1.0
    @cython.locals(backlog=Backlog, streams=list)
    cdef list stalled(self, double now)
    cdef bint is_stalled(self, Backlog backlog) except -1
    cdef written(self)
    cpdef push_scheduled(self)
    cdef push(self)
    cdef lost(self)
