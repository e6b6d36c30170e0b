cimport cython

from uvicorn._speed.channel cimport Channel
from uvicorn._speed.connection cimport Connection
from uvicorn._speed.interfaces cimport Handler, Stream

cdef double LINGER_SECONDS


@cython.final
cdef class LingeringClose(Handler):
    cdef Connection connection
    cdef Channel channel
    cdef bint server_ends
