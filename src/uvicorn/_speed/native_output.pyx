# distutils: sources = csrc/h2frame.c csrc/hpack_encoder.c csrc/hpack_table.c csrc/huffman.c

"""The half of the native HTTP/2 codec that writes: frames, straight into the bytes of take().

1.  A header block is written behind room for the header of its frame.
2.  The end of a stream goes into its last frame if that is still here, and nothing behind it.
3.  A stream is over when both of its halves are. Of those that we have reset, the numbers are known
    as long as the client may not have heard of it: what it has sent meanwhile is ignored.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_XDECREF
from libc.string cimport memcpy, memmove

from uvicorn._speed.csrc cimport *
from uvicorn._speed.native_head_writer cimport HeadWriter

DEF MOST_IGNORED = 256
DEF FIRST_CAPACITY = 448

cdef extern from "Python.h":
    int _PyBytes_Resize(PyObject **, Py_ssize_t) except -1
    # Of borrowed references: Cython's own declarations count each of them up and down.
    PyObject *new_bytes "PyBytes_FromStringAndSize"(char *, Py_ssize_t) except NULL
    Py_ssize_t bytes_size "PyBytes_GET_SIZE"(PyObject *)
    char *bytes_start "PyBytes_AS_STRING"(PyObject *)


cdef class Http2Output(Http2Codec):
    def __init__(self, limits):
        super().__init__(limits)
        self.streams = {}
        self.ignored = {}
        self.frame_end = -1
        self.table_size = self.least_table_size = UVC_HPACK_FIRST_SIZE
        self.send_window = self.first_window = 65535

    def __dealloc__(self):
        Py_XDECREF(self.buffer)

    # What has been written.

    cdef char *reserve(self, Py_ssize_t size) except NULL:
        """Room for so many bytes behind those that are written; `used` is for the caller to raise."""
        cdef Py_ssize_t needed = self.used + size
        if self.buffer == NULL:
            self.buffer = new_bytes(NULL, max(needed, FIRST_CAPACITY))
        elif needed > bytes_size(self.buffer):
            self.enlarge(max(needed, 2 * bytes_size(self.buffer)))
        return bytes_start(self.buffer) + self.used

    cdef int enlarge(self, Py_ssize_t size) except -1:
        """Without memory for it, all that is there is lost."""
        cdef Py_ssize_t used = self.used
        self.used = 0
        _PyBytes_Resize(&self.buffer, size)
        self.used = used
        return 0

    cpdef Py_ssize_t pending_size(self) except -1:
        return self.used

    cpdef bytes take(self):
        cdef PyObject *taken = self.buffer
        if self.used == 0:
            return b""
        self.buffer = NULL
        if self.used != bytes_size(taken):
            _PyBytes_Resize(&taken, self.used)
        self.used = 0
        self.frame_end = -1
        result = <bytes>taken
        Py_DECREF(result)
        return result

    # Frames about the connection.

    cpdef start(self):
        cdef uint32_t settings[6][2]
        cdef long window = self.limits.connection_window - 65535
        settings[0][0], settings[0][1] = UVC_H2_MAX_CONCURRENT_STREAMS, self.limits.streams
        settings[1][0], settings[1][1] = UVC_H2_INITIAL_WINDOW_SIZE, self.limits.stream_window
        settings[2][0], settings[2][1] = UVC_H2_MAX_FRAME_SIZE, self.limits.frame_size
        settings[3][0], settings[3][1] = UVC_H2_MAX_HEADER_LIST_SIZE, self.limits.head
        settings[4][0], settings[4][1] = UVC_H2_ENABLE_CONNECT_PROTOCOL, self.limits.websockets
        settings[5][0], settings[5][1] = UVC_H2_NO_RFC7540_PRIORITIES, 1
        self.used += uvc_h2frame_write_settings(
            self.reserve(UVC_H2FRAME_HEADER + 6 * UVC_H2FRAME_SETTING_SIZE), settings, 6)
        if window > 0:
            self.write_window_update(0, window)

    cpdef ping(self, bytes data):
        if PyBytes_GET_SIZE(data) != 8:
            raise ValueError("A PING has 8 bytes.")
        self.used += uvc_h2frame_write_ping(
            self.reserve(UVC_H2FRAME_PING_SIZE), False, PyBytes_AS_STRING(data))

    cpdef goaway(self, unsigned int code, unsigned int last):
        self.used += uvc_h2frame_write_goaway(self.reserve(UVC_H2FRAME_GOAWAY_SIZE), last, code)

    cdef int write_window_update(self, uint32_t number, uint32_t size) except -1:
        self.used += uvc_h2frame_write_window_update(
            self.reserve(UVC_H2FRAME_WINDOW_UPDATE_SIZE), number, size)
        return 0

    cdef int write_reset(self, uint32_t number, uint32_t code) except -1:
        self.used += uvc_h2frame_write_rst_stream(
            self.reserve(UVC_H2FRAME_RST_STREAM_SIZE), number, code)
        return 0

    # The states of streams.

    cdef int end_sending(self, StreamState stream) except -1:
        stream.sends = False
        if not stream.receives:
            if len(self.ignored) > 0 and stream.number in self.ignored:
                # A request that was refused, and goes on: nobody wants the rest (section 8.1).
                self.write_reset(stream.number, UVC_H2_NO_ERROR)
            self.close_stream(stream)
        return 0

    cdef int end_receiving(self, StreamState stream) except -1:
        stream.receives = False
        if not stream.sends:
            self.close_stream(stream)
        return 0

    cdef int close_stream(self, StreamState stream) except -1:
        stream.sends = stream.receives = False
        del self.streams[stream.number]
        self.open_streams -= 1
        return 0

    cdef int ignore(self, uint32_t number) except -1:
        if len(self.ignored) >= max(MOST_IGNORED, 2 * self.limits.streams):
            del self.ignored[next(iter(self.ignored))]
        self.ignored[number] = None
        return 0

    cdef int reset_stream(self, StreamState stream, uint32_t code) except -1:
        self.write_reset(stream.number, code)
        if stream.receives:
            self.ignore(stream.number)
        return self.close_stream(stream)

    # Bodies.

    cpdef Py_ssize_t room(self, StreamState stream) except -1:
        if not stream.sends:
            return 0
        return max(0, min(self.send_window, stream.window))

    cpdef send_body(self, StreamState stream, bytes data, Py_ssize_t start, Py_ssize_t stop, bint end):
        cdef Py_ssize_t size = stop - start
        cdef Py_ssize_t length
        cdef char *place
        if not stream.sends:
            return
        if not 0 <= start <= stop <= PyBytes_GET_SIZE(data):
            raise ValueError("A part that is not in the data.")
        if size == 0:
            if end:
                self.write_end(stream)
            return
        place = self.reserve(size + (size - 1) // self.frame_size * UVC_H2FRAME_HEADER
                             + UVC_H2FRAME_HEADER)
        stream.window -= size
        self.send_window -= size
        while size > 0:
            length = min(size, self.frame_size)
            size -= length
            self.frame_at = self.used
            uvc_h2frame_write(
                place, length, UVC_H2FRAME_DATA,
                UVC_H2FRAME_END_STREAM if end and size == 0 else 0, stream.number)
            memcpy(place + UVC_H2FRAME_HEADER, PyBytes_AS_STRING(data) + start, length)
            start += length
            place += UVC_H2FRAME_HEADER + length
            self.used += UVC_H2FRAME_HEADER + length
        self.frame_end = self.used
        if end:
            self.end_sending(stream)

    cdef int write_end(self, StreamState stream) except -1:
        cdef char *frame
        if self.frame_end == self.used and self.used > 0:
            frame = bytes_start(self.buffer) + self.frame_at
            if uvc_h2frame_stream(frame + 5) == stream.number:
                frame[4] |= UVC_H2FRAME_END_STREAM
                return self.end_sending(stream)
        self.used += uvc_h2frame_write(
            self.reserve(UVC_H2FRAME_HEADER), 0, UVC_H2FRAME_DATA, UVC_H2FRAME_END_STREAM,
            stream.number)
        return self.end_sending(stream)

    # Header blocks.

    cpdef Py_ssize_t send_head(self, StreamState stream, int status, list headers, list defaults) except -2:
        if not 200 <= status <= 599:
            raise RuntimeError("Invalid HTTP status code: it must be from 200 to 599 in HTTP/2.")
        return self.write_head(stream, status, headers, defaults, 0)

    cpdef send_informational(self, StreamState stream, int status, list headers):
        if not 100 <= status <= 199 or status == 101:
            raise RuntimeError("Invalid HTTP status code: it must be from 100 to 199, and not 101.")
        self.write_head(stream, status, headers, None, 0)

    cpdef send_trailers(self, StreamState stream, list headers):
        self.write_head(stream, 0, headers, None, UVC_H2FRAME_END_STREAM)
        if stream.sends:
            self.end_sending(stream)

    cdef Py_ssize_t write_head(self, StreamState stream, int status, list headers, list defaults,
                               int flags) except -2:
        """Answers the Content-Length. A block that is too long for a frame is split afterwards."""
        cdef HeadWriter writer = self.head_writer
        cdef Py_ssize_t size
        cdef char *frame
        if writer is None:
            writer = self.new_head_writer()
        size = writer.prepare(status, headers, defaults, stream.connects)
        if stream.sends:
            frame = self.reserve(UVC_H2FRAME_HEADER + size)
            size = writer.write(frame + UVC_H2FRAME_HEADER, status)
            self.frame_at = self.used
            if size > self.frame_size:
                self.split_block(stream, size, flags)
            else:
                uvc_h2frame_write(frame, size, UVC_H2FRAME_HEADERS,
                                  UVC_H2FRAME_END_HEADERS | flags, stream.number)
                self.used += UVC_H2FRAME_HEADER + size
            self.frame_end = self.used
        return writer.length

    cdef int split_block(self, StreamState stream, Py_ssize_t size, int flags) except -1:
        """Put the headers of frames into a block of so many bytes, from behind."""
        cdef Py_ssize_t most = self.frame_size
        cdef Py_ssize_t more = (size - 1) // most
        cdef char *block = self.reserve(size + (more + 1) * UVC_H2FRAME_HEADER)
        cdef char *frame
        cdef Py_ssize_t length = size - more * most
        cdef Py_ssize_t i
        for i in range(more, 0, -1):
            frame = block + i * (most + UVC_H2FRAME_HEADER)
            memmove(frame + UVC_H2FRAME_HEADER, block + UVC_H2FRAME_HEADER + i * most, length)
            uvc_h2frame_write(frame, length, UVC_H2FRAME_CONTINUATION,
                              UVC_H2FRAME_END_HEADERS if i == more else 0, stream.number)
            length = most
        uvc_h2frame_write(block, most, UVC_H2FRAME_HEADERS, flags, stream.number)
        self.used += size + (more + 1) * UVC_H2FRAME_HEADER
        return 0

    cdef int set_table_size(self, uint32_t size) except -1:
        """What the client allows. Of two changes before a block, the smaller is said too (RFC 7541
        section 4.2)."""
        self.table_size = size
        self.least_table_size = min(size, self.least_table_size)
        if self.head_writer is not None:
            uvc_hpack_encoder_limit(&self.head_writer.encoder, size)
        return 0

    cdef HeadWriter new_head_writer(self):
        self.head_writer = HeadWriter()
        uvc_hpack_encoder_limit(&self.head_writer.encoder, self.least_table_size)
        uvc_hpack_encoder_limit(&self.head_writer.encoder, self.table_size)
        return self.head_writer
