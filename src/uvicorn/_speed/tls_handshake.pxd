cimport cython

from uvicorn._speed.tls cimport Tls, TlsTransport


cdef int HANDSHAKE


@cython.final
cdef class TlsHandshake:
    cdef readonly Tls tls
    cdef TlsTransport transport
    cdef object raw
    cdef object timer
    cdef int first
    cdef bint over

    cdef unregister(self)
    cdef stop_timer(self)
    cdef fail(self, object error, bytes data)
    cdef log(self, int level, str reason)
