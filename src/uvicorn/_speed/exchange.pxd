cimport cython

from uvicorn._speed.access cimport AccessLog
from uvicorn._speed.answers cimport plain_text
from uvicorn._speed.app_interface cimport AppInterface
from uvicorn._speed.completed cimport Completed
from uvicorn._speed.interfaces cimport Stream
from uvicorn._speed.service cimport Service

cdef Py_ssize_t HIGH_WATER
cdef Completed NOTHING
cdef int BROKEN, COMPLETE, GONE, REQUEST, RESPONSE, TRAILERS
cdef str HINT_EXTENSION, TRAILERS_EXTENSION

@cython.locals(status=int)
cpdef int status_of(dict start, str kind) except -1
cdef bytes as_bytes(object data)


@cython.locals(exchange=Exchange)
cpdef Exchange new_exchange(Stream stream, dict scope, Service service)


@cython.final
cdef class Exchange(AppInterface):
    cdef Stream stream
    cdef public AccessLog access
    cdef bytes body
    cdef bytearray buffer
    cdef readonly Py_ssize_t buffered
    cdef public bint expect_continue
    cdef bint request_ended
    cdef bint body_delivered
    cdef readonly bint disconnected
    cdef readonly int phase
    cdef readonly int status
    cdef bint no_body
    cdef list trailers
    cdef bint denies
    cdef long long left     # of the body, by its Content-Length
    cdef long long sent     # of the body
    cdef double began

    cdef open(self, Stream stream, dict scope, Service service)
    cpdef feed(self, bytes data)
    cpdef finish(self)
    cpdef tell_disconnect(self)
    cpdef connection_lost(self)
    @cython.locals(status=int)
    cdef start_response(self, dict message)
    cdef bint is_head(self) except -1
    @cython.locals(data=bytes)
    cdef send_body(self, dict message)
    cdef complete(self)
    cdef bint offers(self, str extension) except -1
    cdef send_hint(self, str kind, dict message)
    @cython.locals(trailers=list)
    cdef send_trailers(self, str kind, dict message)
    @cython.locals(seconds=double)
    cdef end(self, int phase)
    cdef fail(self, str text, object error)
    cpdef answer_for_app(self)
    cdef cut_off(self, int phase)
