cimport cython
from cpython.object cimport PyObject

from uvicorn._speed.csrc cimport uvc_hpack_encoder


@cython.final
cdef class FieldName:
    cdef bytes lower
    cdef int kind


# A connection that has had no response has none.
@cython.final
cdef class HeadWriter:
    cdef uvc_hpack_encoder encoder
    cdef void *memory           # of the encoder's table
    # The fields that write() will write: fields[own:count], then those before.
    cdef Py_ssize_t own, count
    cdef size_t size            # of the block, at most
    cdef Py_ssize_t length      # the Content-Length, or -1
    cdef Py_ssize_t length_at
    cdef int replaced           # default fields that the app has sent itself
    cdef bint chunked
    cdef list kept              # names that nobody else holds

    cdef size_t prepare(self, int status, list headers, list defaults, bint connects) except 0
    cdef int check(self, list headers, bint default) except -1
    cdef FieldName name_of(self, PyObject *name)
    cdef bint note_special(self, FieldName name, bytes value, bint default) except -1
    cdef Py_ssize_t write(self, char *block, int status) noexcept
