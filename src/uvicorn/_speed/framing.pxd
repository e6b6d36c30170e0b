cimport cython

from uvicorn._speed.octets cimport content_length

cdef int CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE, SLASH

cdef check_target(str method, bytes target)
cpdef bint has_body(list headers) except -1


@cython.final
cdef class Framing:
    cdef bytes last_host
    cdef int hosts
    cdef readonly long long content_length
    cdef bytes coding
    cdef bytes connection
    cdef readonly bytes upgrade
    cdef readonly bint chunked
    cdef readonly bint keep_alive
    cdef readonly bint expect_continue

    cpdef start(self)
    cpdef field(self, int kind, bytes value)
    cpdef finish(self, str method, bytes target, int minor)
    cdef check_coding(self, int minor)
    cdef read_connection(self)
