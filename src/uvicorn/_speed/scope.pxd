cimport cython

from uvicorn._speed.interfaces cimport HttpCodec

cdef bytes FORWARDED_FOR, FORWARDED_PROTO
cdef dict SCHEMES
cdef Py_ssize_t SHORTEST

cdef tuple from_other_form(HttpCodec codec)

@cython.locals(field=tuple, name=bytes, hops=bytes, scheme=bytes, known=dict)
cdef forward(dict scope, list headers, object trusted)


@cython.final
cdef class ScopeTemplate:
    cdef readonly tuple client
    cdef str root_path
    cdef bytes raw_root_path
    cdef str asgi_version
    cdef readonly dict state
    cdef object trusted
    cdef dict common

    @cython.locals(target=bytes, headers=list, raw_path=bytes, query=bytes, path=str, scope=dict,
                   mark=Py_ssize_t)
    cpdef dict build(self, HttpCodec codec)

    cpdef dict build_websocket(self, HttpCodec codec, list subprotocols)
