cimport cython

from uvicorn._speed.access cimport client_address, full_path
from uvicorn._speed.answers cimport plain_text
from uvicorn._speed.exchange cimport Exchange, status_of
from uvicorn._speed.interfaces cimport Stream
from uvicorn._speed.service cimport Service

cdef str START, BODY, LINE
cdef int REQUEST, RESPONSE

cpdef list app_fields(dict message)
cpdef set names(list fields)
cdef dict with_length(dict start, Py_ssize_t length)


@cython.final
cdef class Denial:
    cdef dict scope
    cdef object logger
    cdef readonly Exchange exchange
    cdef dict held

    cdef answer(self, int status, bytes body)
    cdef start(self, dict message)
    cdef bint part(self, dict message) except -1
    cdef app_ended(self)
    cdef answer_for_app(self)
    cdef log(self, int status)
