cimport cython

from uvicorn._speed.octets cimport content_length, is_field_value, is_token, join

cdef dict NAMES, SPECIAL
cdef list STATUS_LINES
cdef int PLAIN, LENGTH, CODING, CONNECTION, DEFAULTED

cdef FieldName field_name(object name)
cpdef Py_ssize_t read_length(Py_ssize_t before, bytes value) except -1
cpdef bint is_chunked(bytes coding) except -1
cdef bytes date_value(long now)


@cython.final
cdef class FieldName:
    cdef bytes sent
    cdef int kind


@cython.final
cdef class DefaultHeaders:
    cdef tuple headers
    cdef bint date_header
    cdef bytes fixed
    cdef bytes lines
    cdef list fields
    cdef long second
    cdef public bint fresh

    @cython.locals(second=long)
    cpdef renew(self)
    cpdef bytes without(self, set names)


@cython.final
cdef class HeadEncoder:
    cdef DefaultHeaders defaults
    cdef readonly Py_ssize_t length
    cdef readonly bint chunked
    cdef public bint close
    cdef public bint tunnel
    cdef readonly bint until_close
    cdef bytes connection
    cdef set replaced

    @cython.locals(parts=list)
    cpdef bytes encode_informational(self, int status, list headers)
    @cython.locals(bodiless=bint, length_at=Py_ssize_t, parts=list)
    cpdef bytes encode(self, int status, list headers, int minor, bint head_only)

    @cython.locals(length_at=Py_ssize_t, parts=list)
    cpdef bytes encode_switch(self, list headers)

    @cython.locals(length_at=Py_ssize_t, entry=FieldName)
    cdef Py_ssize_t add_fields(self, list parts, list headers) except -1

    cdef bint note_special(self, int kind, bytes prefix, bytes value) except -1
    cdef int add_framing(self, list parts, int status, int minor, bint no_body) except -1
