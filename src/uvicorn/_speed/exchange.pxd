cimport cython

from uvicorn._speed.access cimport AccessLog
from uvicorn._speed.app_side cimport AppSide
from uvicorn._speed.done cimport Done
from uvicorn._speed.interfaces cimport Stream
from uvicorn._speed.service cimport Service

cdef Py_ssize_t HIGH_WATER
cdef Done NOTHING
cdef list ERROR_HEADERS

cdef bytes as_bytes(object data)


@cython.locals(exchange=Exchange)
cpdef Exchange new_exchange(Stream stream, dict scope, Service service)


@cython.final
cdef class Exchange(AppSide):
    cdef Stream stream
    cdef public AccessLog access
    cdef bytes body
    cdef bytearray buffer
    cdef readonly Py_ssize_t buffered
    cdef public bint expect_continue
    cdef bint request_ended
    cdef bint body_delivered
    cdef readonly bint disconnected
    cdef bint lost
    cdef readonly bint response_started
    cdef readonly bint response_complete
    cdef bint no_body
    cdef bint broken    # Content-Length was missed
    cdef long long left

    cdef open(self, Stream stream, dict scope, Service service)
    cpdef feed(self, bytes data)
    cpdef finish(self)
    cpdef disconnect(self)
    cpdef connection_lost(self)
    @cython.locals(status=int)
    cdef start_response(self, dict message)
    cdef bint is_head(self) except -1
    cdef send_body(self, dict message)
    cdef fail(self, str text, object error)
    cpdef answer_for_app(self)
    cdef cut_off(self)
