cimport cython

from uvicorn._speed.done cimport Done
from uvicorn._speed.interfaces cimport Stream
from uvicorn._speed.service cimport Service
from uvicorn._speed.threads cimport get_ident

cdef Py_ssize_t HIGH_WATER
cdef Done NOTHING
cdef list ERROR_HEADERS

cdef bytes as_bytes(object data)


@cython.final
@cython.freelist(64)
cdef class Exchange:
    cdef Stream stream
    cdef readonly dict scope
    cdef readonly Service service
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
    cdef object news

    cpdef feed(self, bytes data)
    cpdef finish(self)
    cpdef disconnect(self)
    cpdef connection_lost(self)
    cdef wake(self)
    cdef bint has_news(self) except -1
    cdef dict next_message(self)
    cdef start_response(self, dict message)
    cdef send_body(self, dict message)
    cdef app_failed(self, str text, object error)
    cdef answer_for_app(self)
    cdef cut_off(self)
    cdef app_returned(self, object result)
