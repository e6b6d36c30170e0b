cimport cython

cdef int BOTH_OPEN, PEER_ENDED, WE_ENDED, BOTH_ENDED, SHUT
cdef Py_ssize_t RECORD, LARGE_WRITE


@cython.final
cdef class Tls:
    cdef readonly object context
    cdef readonly object loop
    cdef readonly object state
    cdef readonly double timeout
    cdef readonly object logger


@cython.final
cdef class TlsTransport:
    cdef readonly Tls tls
    cdef object protocol
    cdef object incoming
    cdef object outgoing
    cdef object feed
    cdef object drain
    cdef object ssl
    cdef object decrypt
    cdef object encrypt
    cdef object raw
    cdef object raw_write
    cdef object timer
    cdef bint reading
    cdef bint unread
    cdef bint full
    cdef bint held
    cdef int phase

    cdef attach(self, object raw)
    cdef start(self)
    cdef release(self)
    cdef read(self)
    cdef listen(self)
    cdef bytes decrypted(self)
    cdef flush(self)
    @cython.locals(start=Py_ssize_t)
    cdef encrypt_all(self, object view)
    cdef close_notify_received(self)
    cdef end_without_close_notify(self)
    cdef send_close_notify(self)
    cdef fail(self, object error)
