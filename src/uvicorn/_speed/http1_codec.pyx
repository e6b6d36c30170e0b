# distutils: sources = csrc/http1.c csrc/chunked.c

"""The native HTTP/1 codec: csrc/http1 and csrc/chunked behind the HttpCodec interface.

The bytes of a read are parsed in place; only an incomplete head is joined with what follows it. It
is parsed again when a line has ended, when its size has doubled, or when it may be over its limit,
so that a head sent byte by byte does not cost the square of its length.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport Py_INCREF
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.string cimport memchr, memcmp

from uvicorn._speed.csrc cimport *

from ..codecs.refusals import REFUSALS
from ..errors import ProtocolError
from ..wire import BODY, END, HEAD, LIMIT_CHUNK_EXTENSIONS, NEED_DATA

DEF ROOM = 256

cdef int C_NEED_DATA = NEED_DATA
cdef int C_HEAD = HEAD
cdef int C_BODY = BODY
cdef int C_END = END
cdef uint32_t MAX_EXTENSIONS = LIMIT_CHUNK_EXTENSIONS

KNOWN = [uvc_http1_known_name(i) for i in range(uvc_http1_known_count())]
cdef int FORWARDED_FOR = KNOWN.index(b"x-forwarded-for")
cdef int FORWARDED_PROTO = KNOWN.index(b"x-forwarded-proto")
cdef list NO_HEADERS = []


cdef object refusal(long verdict):
    return ProtocolError(*REFUSALS[verdict])


cdef bytes lower_name(const char *name, Py_ssize_t size):
    cdef bytes lower = PyBytes_FromStringAndSize(NULL, size)
    uvc_http1_lower(PyBytes_AS_STRING(lower), name, size)
    return lower


cdef str method_name(const char *name, Py_ssize_t size):
    if size == 3 and memcmp(name, b"GET", 3) == 0:
        return "GET"
    if size == 4 and memcmp(name, b"POST", 4) == 0:
        return "POST"
    return PyUnicode_DecodeASCII(name, size, NULL)


cdef class NativeHttpCodec(HttpCodec):
    def __init__(self, limit_line, limit_head, limit_fields):
        super().__init__(limit_line, limit_head, limit_fields)
        self.framing = Framing()
        self.state = IN_HEAD
        self.data = b""
        self.may_have_line = True

    cpdef feed(self, bytes data):
        if self.at == PyBytes_GET_SIZE(self.data):
            self.data = data
            self.at = 0
        elif data:
            self.data = self.data[self.at:] + data
            self.at = 0
        if memchr(PyBytes_AS_STRING(data), b"\n", PyBytes_GET_SIZE(data)) != NULL:
            self.may_have_line = True

    cpdef int next_event(self) except -1:
        if self.state == IN_HEAD:
            return self.parse_head()
        if self.state == IN_BODY:
            return self.next_body()
        if self.state == IN_CHUNKS:
            return self.next_chunk()
        if self.state == AT_END:
            self.state = ENDED
            return C_END
        return C_NEED_DATA

    cpdef start_next(self):
        self.state = IN_HEAD
        self.may_have_line = True
        self.tried = 0
        self.head.headers = NO_HEADERS
        self.body = b""
        if self.at == PyBytes_GET_SIZE(self.data):
            self.data = b""
            self.at = 0

    cpdef bytes unread(self):
        return self.data[self.at:]

    cpdef Py_ssize_t unread_size(self) except -1:
        return PyBytes_GET_SIZE(self.data) - self.at

    # The head.

    cdef int parse_head(self) except -1:
        cdef uvc_http1_field room[ROOM]
        cdef uvc_http1_limits limits
        cdef uvc_http1_head head
        cdef const char *start = PyBytes_AS_STRING(self.data) + self.at
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self.data) - self.at
        cdef long used
        if size == 0:
            return C_NEED_DATA
        if not self.may_have_line and size < 2 * self.tried and size <= self.limit_line:
            return C_NEED_DATA
        limits.line = self.limit_line
        limits.block = self.limit_head
        head.max_fields = self.limit_fields
        head.fields = room
        if self.limit_fields > ROOM:
            head.fields = <uvc_http1_field *>PyMem_Malloc(
                self.limit_fields * sizeof(uvc_http1_field))
            if head.fields == NULL:
                raise MemoryError
        try:
            used = uvc_http1_parse_head(start, size, &limits, &head)
            if used > 0:
                self.read_head(start, &head)
                self.at += used
                return C_HEAD
        finally:
            if head.fields != room:
                PyMem_Free(head.fields)
        if used != UVC_PARTIAL:
            self.state = ENDED
            raise refusal(used)
        self.tried = size
        self.may_have_line = False
        return C_NEED_DATA

    cdef int read_head(self, const char *start, uvc_http1_head *parsed) except -1:
        cdef RequestHead head = self.head
        cdef Framing framing = self.framing
        cdef list headers = PyList_New(parsed.field_count)
        cdef tuple pair
        cdef uvc_http1_field *field = parsed.fields
        cdef bytes name, value
        cdef bint forwarded = False
        cdef uint32_t i
        framing.start()
        for i in range(parsed.field_count):
            value = PyBytes_FromStringAndSize(start + field.value, field.value_len)
            if field.known >= 0:
                name = <bytes>KNOWN[field.known]
                if field.known < UVC_HTTP1_FRAMING_NAMES:
                    framing.field(field.known, value)
                elif field.known == FORWARDED_FOR or field.known == FORWARDED_PROTO:
                    forwarded = True
            else:
                name = lower_name(start + field.name, field.name_len)
            pair = (name, value)
            Py_INCREF(pair)
            PyList_SET_ITEM(headers, i, pair)
            field += 1
        head.method = method_name(start + parsed.method, parsed.method_len)
        head.target = PyBytes_FromStringAndSize(start + parsed.target, parsed.target_len)
        framing.finish(head.method, head.target, parsed.minor)
        head.headers = headers
        head.http_version = "1.1" if parsed.minor else "1.0"
        head.may_be_forwarded = forwarded
        head.protocol = framing.upgrade
        head.expect_continue = framing.expect_continue
        self.http_minor = parsed.minor
        self.keep_alive = framing.keep_alive
        if framing.chunked:
            self.state = IN_CHUNKS
            uvc_chunked_init(&self.chunked, MAX_EXTENSIONS, self.limit_head, self.limit_fields)
        elif framing.content_length > 0:
            self.state = IN_BODY
            self.remaining = framing.content_length
        else:
            self.state = AT_END
        return 0

    # The body.

    cdef int next_body(self) except -1:
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self.data) - self.at
        if size == 0:
            return C_NEED_DATA
        if size > self.remaining:
            size = <Py_ssize_t>self.remaining
        self.body = self.cut(size)
        self.remaining -= size
        if self.remaining == 0:
            self.state = AT_END
        return C_BODY

    cdef bytes cut(self, Py_ssize_t size):
        """The next bytes; a read that is all body is not copied."""
        cdef bytes taken
        if self.at == 0 and size == PyBytes_GET_SIZE(self.data):
            taken = self.data
        else:
            taken = PyBytes_FromStringAndSize(PyBytes_AS_STRING(self.data) + self.at, size)
        self.at += size
        if self.at == PyBytes_GET_SIZE(self.data):
            self.data = b""
            self.at = 0
        return taken

    cdef int next_chunk(self) except -1:
        cdef const char *start = PyBytes_AS_STRING(self.data)
        cdef const char *cursor = start + self.at
        cdef const char *part = NULL
        cdef size_t size = 0
        cdef int result = uvc_chunked_next(
            &self.chunked, &cursor, start + PyBytes_GET_SIZE(self.data), &part, &size)
        if result == UVC_CHUNKED_DATA:
            self.body = PyBytes_FromStringAndSize(part, size)
            self.at = cursor - start
            return C_BODY
        if result == UVC_CHUNKED_END:
            self.at = cursor - start
            self.state = ENDED
            return C_END
        if result != UVC_PARTIAL:
            self.state = ENDED
            raise refusal(result)
        self.data = b""
        self.at = 0
        return C_NEED_DATA
