cimport cython
from cpython.object cimport PyObject

from uvicorn._speed.csrc cimport uint32_t, uvc_hpack_encoder


# A field that has been checked: objects that others hold, what is sent of them, and the index in
# the static table, or else the id in the dynamic one, by which it was sent the last time, or 0.
cdef struct Field:
    PyObject *given         # the name as the app writes it; NULL: the field is left out
    PyObject *name          # its FieldName
    PyObject *value
    const char *start       # the value without blanks at its ends
    Py_ssize_t size
    uint32_t index, id


# A field that was sent by its index lately. The objects are held.
cdef struct Recent:
    PyObject *given
    PyObject *name
    PyObject *value
    uint32_t index, id


cdef enum:
    MOST_RECENT = 32        # a power of two


@cython.final
cdef class FieldName:
    cdef bytes lower
    cdef int kind


# A connection that has had no response has none.
@cython.final
cdef class HeadWriter:
    cdef uvc_hpack_encoder encoder
    cdef void *memory           # of the encoder's table
    cdef Recent recent[MOST_RECENT]
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
    cdef int check_new(self, Field *field) except -1
    cdef PyObject *name_of(self, PyObject *given) except NULL
    cdef bint note_special(self, int kind, bytes value, bint default) except -1
    cdef Py_ssize_t write_field(self, char *place, const Field *field) noexcept
    cdef int remember(self, const Field *field, uint32_t index) noexcept
    cdef Py_ssize_t write(self, char *block, int status) noexcept
