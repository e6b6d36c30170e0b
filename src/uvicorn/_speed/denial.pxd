cimport cython

from uvicorn._speed.exchange cimport Exchange
from uvicorn._speed.interfaces cimport Stream
from uvicorn._speed.service cimport Service

cdef str START, BODY


@cython.final
cdef class Denial:
    cdef readonly Exchange exchange
    cdef dict held

    cdef answer(self, int status, bytes body)
    cdef int start(self, dict message) except -1
    cdef bint part(self, dict message) except -1
    cdef send_held(self)
    cdef app_ended(self)
