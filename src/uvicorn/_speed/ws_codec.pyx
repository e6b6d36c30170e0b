# distutils: sources = csrc/wsframe.c csrc/mask.c

"""The native WebSocket codec: csrc/wsframe and csrc/mask behind the WsCodec interface.

A frame that came in one read is unmasked straight into the object that the app gets. A longer
one is unmasked part by part into a buffer that grows with what has come: above ROOM bytes, a length
in a header allocates nothing.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memcpy

from uvicorn._speed.csrc cimport *

from ..codecs.refusals import REFUSALS
from ..errors import ProtocolError
from ..wire import BAD_DATA, NEED_DATA, TEXT

cdef int C_NEED_DATA = NEED_DATA
cdef int C_TEXT = TEXT
cdef Py_ssize_t ROOM = 256 * 1024


cdef extern from "Python.h":
    str PyUnicode_New(Py_ssize_t size, Py_UCS4 highest)
    void *PyUnicode_DATA(object text)


cdef str read_text(const char *start, Py_ssize_t size, const uint8_t *key):
    """Unmask text into a str at once, as if it were ASCII; most of it is."""
    if size == 0:
        return ""
    cdef str text = PyUnicode_New(size, 127)
    cdef char *letters = <char *>PyUnicode_DATA(text)
    if uvc_mask_ascii(letters, start, size, key):
        return text
    try:
        return PyUnicode_DecodeUTF8(letters, size, NULL)
    except UnicodeDecodeError:
        raise ProtocolError(BAD_DATA, "Text that is not UTF-8") from None


cdef class NativeWsCodec(Messages):
    def __init__(self, max_size, deflate):
        super().__init__(max_size, deflate)
        self.fed = b""
        self.payload = b""

    cpdef feed(self, bytes data):
        if self.at == PyBytes_GET_SIZE(self.fed):
            self.fed = data
        elif data:
            self.fed = self.fed[self.at:] + data
        else:
            return
        self.at = 0

    cpdef Py_ssize_t unread_size(self) except -1:
        return PyBytes_GET_SIZE(self.fed) - self.at

    cpdef int next_event(self) except -1:
        cdef int event
        try:
            event = self.read_frames()
        except ProtocolError:
            self.closed = True
            raise
        if event == C_NEED_DATA:
            # The app has the last message; do not hold it here while nothing comes.
            self.text = ""
            self.data = b""
        return event

    cdef int read_frames(self) except -1:
        cdef int event = C_NEED_DATA
        while event == C_NEED_DATA and not self.closed:
            if not self.in_frame and not self.read_header():
                break
            event = self.read_payload()
            if self.in_frame:
                break
        return event

    cdef bint read_header(self) except -1:
        cdef const char *start = PyBytes_AS_STRING(self.fed) + self.at
        cdef long used = uvc_wsframe_parse(
            start, PyBytes_GET_SIZE(self.fed) - self.at, self.deflate is not None, &self.frame)
        if used == UVC_PARTIAL:
            # Do not hold a long read for the few bytes after its last frame.
            self.fed = self.fed[self.at:] if self.at < PyBytes_GET_SIZE(self.fed) else b""
            self.at = 0
            return False
        if used < 0:
            raise ProtocolError(*REFUSALS[used])
        self.open_frame(self.frame.opcode, self.frame.rsv1, self.frame.length)
        self.at += used
        self.in_frame = True
        self.have = 0
        return True

    cdef int read_payload(self) except -1:
        cdef const char *start = PyBytes_AS_STRING(self.fed) + self.at
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self.fed) - self.at
        cdef Py_ssize_t missing = self.frame.length - self.have
        cdef bytes payload
        if self.have == 0 and size >= missing:
            self.at += missing
            self.in_frame = False
            return self.read_whole(start)
        if size < missing:
            if size > 0:
                self.add_part(start, size)
            self.fed = b""
            self.at = 0
            return C_NEED_DATA
        self.add_part(start, missing)
        self.at += missing
        self.in_frame = False
        payload = self.payload
        self.payload = b""
        return self.close_frame(self.frame.opcode, self.frame.fin, payload)

    cdef int read_whole(self, const char *start) except -1:
        cdef Py_ssize_t size = self.frame.length
        cdef bytes payload
        if self.frame.opcode == C_TEXT and self.frame.fin and not self.frame.rsv1:
            self.kind = 0
            self.size = size
            self.text = read_text(start, size, self.frame.mask)
            return C_TEXT
        payload = PyBytes_FromStringAndSize(NULL, size)
        uvc_mask(PyBytes_AS_STRING(payload), start, size, self.frame.mask, 0)
        return self.close_frame(self.frame.opcode, self.frame.fin, payload)

    cdef int add_part(self, const char *start, Py_ssize_t size) except -1:
        cdef Py_ssize_t total = self.frame.length
        cdef Py_ssize_t room = PyBytes_GET_SIZE(self.payload)
        cdef bytes larger
        if self.have + size > room or self.have == 0:
            room = min(total, max(ROOM, 2 * (self.have + size)))
            larger = PyBytes_FromStringAndSize(NULL, room)
            memcpy(PyBytes_AS_STRING(larger), PyBytes_AS_STRING(self.payload), self.have)
            self.payload = larger
        cdef char *part = PyBytes_AS_STRING(self.payload) + self.have
        uvc_mask(part, start, size, self.frame.mask, self.have)
        if self.shows_pieces(self.frame.opcode):
            self.check_piece(PyBytes_FromStringAndSize(part, size))
        self.have += size
        return 0
