cimport cython

from uvicorn._speed.octets cimport is_token

cdef bytes GUID, VERSION

cpdef list switch_fields(list headers)
cdef list elements(bytes value)
cdef list read_subprotocols(bytes value)
cdef list read_extensions(bytes value)
cdef tuple read_parameter(bytes parameter)
cdef str read_token(bytes value)


@cython.final
cdef class Offer:
    cdef bytes version
    cdef readonly list subprotocols
    cdef readonly list extensions

    cpdef list answer(self, object subprotocol)
