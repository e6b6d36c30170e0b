cimport cython

from uvicorn._speed.channel cimport Channel
from uvicorn._speed.interfaces cimport Handler
from uvicorn._speed.service cimport Service


@cython.final
cdef class Connection:
    cdef readonly Service service
    cdef public double deadline
    cdef double deadline_set    # the service's `now` then
    cdef public str speaks
    cdef readonly Channel channel
    cdef public Handler handler

    cpdef data_received(self, bytes data)
    cpdef set_deadline(self, double seconds)
    cpdef put_off(self, double now, double seconds)
    cpdef check_deadline(self, double now)
    cpdef shutdown(self)
    cpdef end_silence(self)
    cpdef end_grace(self)
    cpdef abort(self)
    cpdef bint is_idle(self) except -1
    cpdef str peer(self)
