cimport cython

from uvicorn._speed.octets cimport is_token

cdef bytes GUID, VERSION

cdef list elements(bytes value)
cdef list read_subprotocols(bytes value)
cdef list read_extensions(bytes value)
cdef tuple read_parameter(bytes parameter)
cdef str read_token(bytes value)


@cython.final
cdef class Handshake:
    cdef bytes key
    cdef bytes version
    cdef readonly list subprotocols
    cdef readonly list extensions

    cpdef list answer(self, object subprotocol)
