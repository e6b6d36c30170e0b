from uvicorn._speed.deflate cimport Deflate
from uvicorn._speed.interfaces cimport WsCodec
from uvicorn._speed.utf8 cimport Utf8

cdef int BINARY, CLOSE, CONTINUATION, LIMIT_FRAGMENTS, NEED_DATA, NO_CODE, PING, TEXT

cpdef bint may_be_sent(int code) except -1
cdef str decode(bytes data)
cdef not_utf8()
cdef int BAD_DATA, MESSAGE_TOO_LONG, POLICY_VIOLATION, PROTOCOL_ERROR


cdef class Messages(WsCodec):
    cdef long long max_size
    cdef Deflate deflate
    cdef int kind
    cdef bint compressed
    cdef long long announced
    cdef Py_ssize_t fragments
    cdef bytearray parts
    cdef Utf8 utf8
    cdef bint checked       # the payload has been, piece by piece
    cdef bint closed

    cpdef open_frame(self, int opcode, bint compressed, long long length)
    cpdef int close_frame(self, int opcode, bint final, bytes payload) except -1
    cpdef bint shows_pieces(self, int opcode) except -1
    cpdef check_piece(self, bytes piece)
    cdef add(self, bytes payload)
    cdef check_text(self, bytes part)
    cdef int end_message(self, bytes payload) except -1
    cdef int read_close(self, bytes payload) except -1
