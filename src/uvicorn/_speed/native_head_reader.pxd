cimport cython
from cpython.object cimport PyObject

from uvicorn._speed.csrc cimport uint32_t, uvc_h2field_order, uvc_hpack_decoder, uvc_hpack_field
from uvicorn._speed.http2_codec cimport Http2Limits
from uvicorn._speed.interfaces cimport RequestHead


# What reading a header block comes to.
cdef enum Verdict:
    GOOD
    MALFORMED    # the stream ends with PROTOCOL_ERROR, for `reason`
    TOO_LONG     # to be answered with `refusal`
    UNREADABLE   # the connection ends with COMPRESSION_ERROR, for `reason`


# A connection that has had no request has none.
@cython.final
cdef class HeadReader:
    cdef Http2Limits limits
    cdef uvc_hpack_decoder decoder
    cdef void *memory           # of the decoder's table
    cdef PyObject **objects     # by the slot of the dynamic entry that they were made of
    cdef uint32_t cleared       # of the entries before this id none has an object
    cdef object made            # the object of a field that has no slot

    # What the last block was.
    cdef RequestHead head       # None: trailers
    cdef list headers
    cdef uvc_h2field_order order
    cdef str reason
    cdef tuple refusal
    cdef long long content_length
    cdef bytes priority
    cdef bint is_connect
    cdef bint path_too_long
    cdef int hosts
    cdef list cookies
    cdef Py_ssize_t cookie_at

    cdef int read(self, const char *block, Py_ssize_t size, RequestHead head) except -1
    cdef int read_trailers(self, const char *block, Py_ssize_t size) except -1
    cdef int skip(self, const char *block, Py_ssize_t size) except -1
    cdef int start(self, const char *block, Py_ssize_t size) except -1
    cdef int read_fields(self) except -1
    cdef PyObject *object_of(self, const uvc_hpack_field *field, uint32_t *tag) except? NULL
    cdef PyObject *keep(self, const uvc_hpack_field *field, int kind, uint32_t *tag) except NULL
    cdef bytes name_of(self, const uvc_hpack_field *field)
    cdef int take_special(self, int kind, object made) except -1
    cdef int take_host(self, tuple made) except -1
    cdef int take_length(self, tuple made) except -1
    cdef int complete(self) except -1
    cdef int check_connect(self) except -1
    cdef int note(self, str reason) except -1
    cdef int judge(self, int ended) except -1
    cdef int clear(self) except -1
