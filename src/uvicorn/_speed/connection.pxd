cimport cython

from uvicorn._speed.channel cimport Channel
from uvicorn._speed.interfaces cimport Handler, TimedConnection
from uvicorn._speed.service cimport Service


@cython.final
cdef class Connection(TimedConnection):
    cdef readonly Service service
    cdef public str speaks
    cdef readonly Channel channel
    cdef public Handler handler

    cpdef data_received(self, bytes data)
    cpdef set_deadline(self, double seconds)
    cpdef end_silence(self)
    cpdef end_grace(self)
    cpdef bint is_idle(self) except -1
    cpdef str peer(self)
