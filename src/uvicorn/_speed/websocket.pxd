cimport cython

from uvicorn._speed.deflate cimport Deflate
from uvicorn._speed.frames cimport encode_frame
from uvicorn._speed.handshake cimport Offer
from uvicorn._speed.interfaces cimport Handler, RequestHead, Stream, WsCodec
from uvicorn._speed.scope cimport ScopeTemplate
from uvicorn._speed.service cimport Service
from uvicorn._speed.session cimport Session

cdef int BINARY, CLOSE, CLOSING, DENIED, NEED_DATA, OPEN, PING, PONG, TEXT
cdef Py_ssize_t HIGH_WATER, LIMIT_CONTROL_FRAMES
cdef double ANSWER_SECONDS, CONTROLS_SECONDS
cdef int ANSWER_PASSES
cdef int READING, AT_END, HOLDING, OVER
cdef bytes PING_DATA, PING_FRAME
cdef int INTERNAL_ERROR, POLICY_VIOLATION, SERVICE_RESTART


@cython.final
cdef class WebSocket(Handler):
    cdef Stream stream
    cdef Service service
    cdef readonly WsCodec codec
    cdef readonly Session session
    cdef double ping_interval
    cdef double ping_timeout
    cdef double close_timeout
    cdef bint started
    cdef bint awaits_pong
    cdef bint heard         # something has come since the last ping
    cdef int phase
    cdef object error
    cdef Py_ssize_t seen    # messages that had come before the last read
    cdef bint eof
    cdef int controls
    cdef double controls_since

    cdef open(self, Session session, object app)
    cdef advance(self)
    cdef bint may_pull(self) except -1
    cdef bint pull(self) except -1
    cdef act_on(self, int event)
    cdef act_on_control(self, int event)
    cdef wait_for_ping(self)
    cdef hold_end(self)
    cpdef end_when_settled(self, int passes)
    cdef end(self)
    cdef fail(self, object error)
