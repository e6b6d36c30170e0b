cimport cython

from uvicorn._speed.answers cimport plain_text
from uvicorn._speed.channel cimport Channel
from uvicorn._speed.connection cimport Connection
from uvicorn._speed.exchange cimport Exchange, new_exchange
from uvicorn._speed.framing cimport has_body
from uvicorn._speed.http1_stream cimport Http1Stream
from uvicorn._speed.interfaces cimport Handler, HttpCodec, Stream
from uvicorn._speed.scope cimport ScopeTemplate
from uvicorn._speed.service cimport Service


cdef int HEAD, BODY, END, REQUEST, RESPONSE
cdef int IDLE, IN_HEAD, IN_BODY, ENDED, REPLACED, COMPLETE
cdef Py_ssize_t HIGH_WATER
cdef bytes HTTP2_PREFACE


@cython.final
cdef class Http1(Handler):
    cdef readonly Connection connection
    cdef Channel channel
    cdef readonly HttpCodec codec
    cdef readonly Service service
    cdef readonly Http1Stream stream
    cdef ScopeTemplate template
    cdef readonly Exchange exchange
    cdef int phase
    cdef bint app_started
    cdef bint advancing
    cdef bint stopping
    cdef bint eof
    cdef Py_ssize_t requests

    cpdef close_when_idle(self, int passes)
    cdef advance(self)
    cdef pull(self)
    cdef bint may_pull(self) except -1
    cdef bint has_more(self) except -1
    cdef tend_reading(self)
    cdef open_exchange(self)
    cdef bint open_websocket(self) except -1
    cdef hand_over(self, object new_websocket, object app)
    cdef warn_of_upgrade(self)
    cdef start_app(self, Exchange exchange)
    cdef bint settle(self) except -1
    cdef end_connection(self)
    cdef linger(self)
    cdef bint begins_http2(self, object error) except -1
    cdef refuse(self, object error)
