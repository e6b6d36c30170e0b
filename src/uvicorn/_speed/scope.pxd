cimport cython

from uvicorn._speed.interfaces cimport RequestHead

cdef bytes FORWARDED_FOR, FORWARDED_PROTO
cdef dict SCHEMES
cdef int SLASH
cdef Py_ssize_t SHORTEST, LONGEST_KEPT

cdef tuple from_other_form(RequestHead head)

@cython.locals(field=tuple, name=bytes, hops=bytes, scheme=bytes, known=dict)
cdef forward(dict scope, list headers, object trusted)


@cython.final
cdef class ScopeTemplate:
    cdef readonly tuple client
    cdef str root_path
    cdef bytes raw_root_path
    cdef readonly dict state
    cdef object trusted
    cdef dict asgi
    cdef public dict extensions
    cdef bytes target
    cdef str method
    cdef str http_version
    cdef readonly dict common

    @cython.locals(target=bytes, headers=list, scope=dict)
    cpdef dict build(self, RequestHead head)

    @cython.locals(raw_path=bytes, query=bytes, path=str, mark=Py_ssize_t)
    cdef read_target(self, bytes target)

    cpdef dict build_websocket(self, RequestHead head, list subprotocols)
