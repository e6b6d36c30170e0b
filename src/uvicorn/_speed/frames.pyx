# distutils: sources = csrc/wsframe.c

"""WebSocket frames as a server sends them, over csrc/wsframe.h; the pure twin is core/frames.py."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcpy

from uvicorn._speed.csrc cimport UVC_WSFRAME_MAX_HEADER, UVC_WSFRAME_TEXT, uvc_wsframe_write


cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL


cpdef bytes frame_header(int opcode, Py_ssize_t size, bint compressed=False):
    cdef char header[UVC_WSFRAME_MAX_HEADER]
    return header[:uvc_wsframe_write(header, opcode, 1, compressed, size)]


cpdef bytes encode_frame(int opcode, bytes data, bint compressed=False):
    return frame(opcode, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), compressed)


cpdef bytes encode_text(str text):
    cdef Py_ssize_t size
    cdef const char *data = PyUnicode_AsUTF8AndSize(text, &size)
    return frame(UVC_WSFRAME_TEXT, data, size, False)


cdef bytes frame(int opcode, const char *data, Py_ssize_t size, bint compressed):
    cdef char header[UVC_WSFRAME_MAX_HEADER]
    cdef Py_ssize_t begin = uvc_wsframe_write(header, opcode, 1, compressed, size)
    cdef bytes whole = PyBytes_FromStringAndSize(NULL, begin + size)
    cdef char *end = PyBytes_AS_STRING(whole)
    memcpy(end, header, begin)
    memcpy(end + begin, data, size)
    return whole
