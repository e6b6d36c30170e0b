cimport cython

from uvicorn._speed.channel cimport Channel
from uvicorn._speed.connection cimport Connection
from uvicorn._speed.encode cimport DefaultHeaders, HeadEncoder
from uvicorn._speed.lingering cimport LingeringClose
from uvicorn._speed.handshake cimport switch_fields
from uvicorn._speed.interfaces cimport Handler, RequestHead, Stream


cdef bytes LAST_CHUNK


@cython.final
cdef class Http1Stream(Stream):
    cdef readonly Connection connection
    cdef Channel channel
    cdef HeadEncoder encoder
    cdef public Handler handler
    cdef int minor
    cdef bint is_head       # the response has no body, whatever its status
    cdef bint is_connect
    cdef public bint keep_alive
    cdef readonly bint head_sent
    cdef list switch_fields

    cpdef start(self, str method, int minor, bint keep_alive)
