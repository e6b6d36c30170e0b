# distutils: sources = csrc/http1.c

"""What is done byte by byte, over csrc/http1.h; the pure twin is core/octets.py."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from libc.string cimport memcpy

from uvicorn._speed.csrc cimport uvc_http1_is_field_value, uvc_http1_is_token

from ..wire import CONTENT_LENGTH_DIGITS as MOST_DIGITS


cdef extern from "Python.h":
    # For borrowed references: Cython's own declarations would count each of them.
    bint PyBytes_CheckExact(PyObject *)
    Py_ssize_t PyBytes_GET_SIZE(PyObject *)
    char *PyBytes_AS_STRING(PyObject *)
    PyObject *PyList_GET_ITEM(object, Py_ssize_t)


cpdef bint is_token(bytes data) except -1:
    return uvc_http1_is_token(<const char *>data, len(data))


cpdef bint is_field_value(bytes data) except -1:
    return uvc_http1_is_field_value(<const char *>data, len(data))


cpdef long long content_length(bytes data) except -2:
    cdef const unsigned char *digit = <const unsigned char *>data
    cdef Py_ssize_t left = len(data)
    cdef long long number = 0
    if left == 0 or left > MOST_DIGITS:
        return -1
    while left > 0:
        if digit[0] < c"0" or digit[0] > c"9":
            return -1
        number = number * 10 + (digit[0] - c"0")
        digit += 1
        left -= 1
    return number


cpdef bytes join(list parts):
    """b"".join() for bytes objects only, at less than half of its cost for short parts."""
    cdef Py_ssize_t count = len(parts)
    cdef Py_ssize_t size = 0
    cdef Py_ssize_t i
    cdef PyObject *part
    cdef bytes joined
    cdef char *end
    for i in range(count):
        part = PyList_GET_ITEM(parts, i)
        if not PyBytes_CheckExact(part):
            raise TypeError("Only bytes can be joined.")
        size += PyBytes_GET_SIZE(part)
    joined = PyBytes_FromStringAndSize(NULL, size)
    end = PyBytes_AS_STRING(<PyObject *>joined)
    for i in range(count):
        part = PyList_GET_ITEM(parts, i)
        size = PyBytes_GET_SIZE(part)
        memcpy(end, PyBytes_AS_STRING(part), size)
        end += size
    return joined
