cimport cython

from uvicorn._speed.log_methods cimport LogMethods, are_plain

cpdef str client_address(dict scope)
cpdef str full_path(dict scope)


@cython.final
cdef class AccessLog:
    cdef object logger
    cdef object loop
    cdef object handler
    cdef object formatter
    cdef bint use_colors
    cdef dict templates
    cdef list lines
    cdef LogMethods methods
    cdef Py_ssize_t attributes  # of logger, handler and formatter

    @cython.locals(template=list, head=str, after_client=str, after_method=str, after_path=str,
                   tail=str)
    cpdef log(self, dict scope, int status)
    cdef log_record(self, dict scope, int status)
    cpdef flush(self)
    @cython.locals(attributes=Py_ssize_t)
    cdef bint is_plain(self) except -1
    cdef list make_template(self, int status)
