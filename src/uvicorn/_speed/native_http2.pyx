# distutils: sources = csrc/h2frame.c

"""The native HTTP/2 codec: csrc/h2frame and the HPACK readers and writers behind Http2Codec.

The bytes of a read are parsed where they are. Of DATA each part is passed on as it comes; of the
other frames that mean something a part waits for the rest, which a frame's size bounds. What a
DATA frame's header says is checked before any of it is passed on, so that where the bytes were
split decides nothing.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE

from uvicorn._speed.csrc cimport *
from uvicorn._speed.native_control cimport AT_SETTINGS, FAILED, GO_ON, IN_FRAMES, IN_PREFACE
from uvicorn._speed.native_head_reader cimport GOOD, TOO_LONG, UNREADABLE

from .. import wire
from ..codecs import http2_refusals as refusals
from ..codecs.priority import read_priority
from ..errors import ProtocolError

# The window that each side has before it hears of another (RFC 9113 section 6.9.2).
DEF FIRST_WINDOW = 65535

cdef int C_NEED_DATA = wire.NEED_DATA
cdef int C_HEAD = wire.HEAD
cdef int C_BODY = wire.BODY
cdef int C_END = wire.END
cdef int C_REFUSED = wire.REFUSED
cdef uint32_t SMALL = wire.H2_SMALL
cdef int COST_OF_RESET = wire.H2_COST_OF_RESET

cdef bytes NOTHING = b""
cdef list NO_HEADERS = []


cdef StreamState new_stream(uint32_t number, long window):
    # By its class, arguments would be made objects, and an object for all of them.
    cdef StreamState stream = StreamState.__new__(StreamState)
    stream.number = number
    stream.window = window
    stream.sends = stream.receives = True
    stream.urgency = 3
    stream.incremental = True
    stream.body_left = -1
    return stream


cdef class NativeHttp2Codec(Http2Control):
    def __init__(self, limits):
        super().__init__(limits)
        self.fed = NOTHING
        self.head.http_version = "2"

    cpdef feed(self, bytes data, double now):
        self.fill_up(now)
        if self.at == PyBytes_GET_SIZE(self.fed):
            self.fed = data
            self.at = 0
        elif data:
            self.fed = self.fed[self.at:] + data
            self.at = 0

    cpdef int next_event(self) except -1:
        cdef int event = GO_ON
        cdef Py_ssize_t size
        while event == GO_ON:
            size = PyBytes_GET_SIZE(self.fed) - self.at
            if self.ended is not None:
                self.stream = self.ended
                self.ended = None
                event = C_END
            elif size > 0 and self.phase != FAILED:
                event = self.read_next(size)
            else:
                event = C_NEED_DATA
        if event == C_NEED_DATA:
            self.hold()
        return event

    cpdef refuse_new(self):
        self.refusing = True

    cpdef reset(self, StreamState stream, unsigned int code):
        if stream is self.ended:
            self.ended = None
        if stream is self.body_stream:
            self.skipped += self.body_size
            self.body_size = 0
            self.body_stream = None
        if stream.sends or stream.receives:
            self.reset_stream(stream, code)

    cpdef consumed(self, StreamState stream, Py_ssize_t size):
        if stream.receives and size > 0:
            stream.taken += size
            if stream.taken >= self.limits.stream_window // 2:
                self.write_window_update(stream.number, stream.taken)
                stream.received -= stream.taken
                stream.taken = 0

    # Frames.

    cdef int hold(self) except -1:
        """Nothing comes of what is left so far: hold no more than that."""
        if self.phase == FAILED:
            self.fed = NOTHING
            self.at = 0
        elif self.at > 0:
            self.fed = self.fed[self.at:]
            self.at = 0
        self.body = NOTHING
        self.head.headers = NO_HEADERS
        self.stream = None
        return 0

    cdef int read_next(self, Py_ssize_t size) except -1:
        if self.body_size > 0:
            return self.read_body(size)
        if self.skipped > 0:
            size = min(size, self.skipped)
            self.skipped -= size
            self.at += size
            return GO_ON
        if self.phase == IN_PREFACE:
            return self.read_preface(size)
        return self.read_frame(size)

    cdef int read_preface(self, Py_ssize_t size) except -1:
        cdef int used = uvc_h2frame_preface(PyBytes_AS_STRING(self.fed) + self.at, size)
        if used == UVC_PARTIAL:
            return C_NEED_DATA
        if used < 0:
            self.fail(UVC_H2_PROTOCOL_ERROR, refusals.BAD_PREFACE)
        self.at += used
        self.phase = AT_SETTINGS
        return GO_ON

    cdef int read_frame(self, Py_ssize_t size) except -1:
        cdef uvc_h2frame *frame = &self.frame
        cdef int verdict = uvc_h2frame_parse(
            PyBytes_AS_STRING(self.fed) + self.at, size, self.limits.frame_size,
            self.block_stream, frame)
        if verdict == UVC_PARTIAL:
            return C_NEED_DATA
        if verdict == UVC_H2FRAME_CONNECTION:
            self.fail(frame.error, (
                refusals.FRAME_SIZE if frame.error == UVC_H2_FRAME_SIZE_ERROR
                else refusals.FRAME_NOT_ALLOWED))
        if self.phase == AT_SETTINGS:
            if frame.type != UVC_H2FRAME_SETTINGS or frame.flags & UVC_H2FRAME_ACK:
                self.fail(UVC_H2_PROTOCOL_ERROR, refusals.NO_SETTINGS)
            self.phase = IN_FRAMES
        if verdict == UVC_H2FRAME_STREAM:
            self.at += UVC_H2FRAME_HEADER
            self.skipped = frame.length
            return self.refuse_number(frame.error, refusals.STREAM_FRAME_SIZE)
        return self.read_payload(size)

    cdef int read_payload(self, Py_ssize_t size) except -1:
        cdef const char *payload = PyBytes_AS_STRING(self.fed) + self.at + UVC_H2FRAME_HEADER
        cdef int type = self.frame.type
        if type == UVC_H2FRAME_DATA:
            return self.open_data(size)
        if type == UVC_H2FRAME_GOAWAY or (
            type > UVC_H2FRAME_CONTINUATION and type != UVC_H2FRAME_PRIORITY_UPDATE
        ):
            return self.skip_payload()
        if size - UVC_H2FRAME_HEADER < self.frame.length:
            return C_NEED_DATA
        self.at += UVC_H2FRAME_HEADER + self.frame.length
        if type == UVC_H2FRAME_HEADERS:
            return self.read_headers(payload)
        if type == UVC_H2FRAME_CONTINUATION:
            return self.read_continuation(payload)
        return self.read_control(payload)

    cdef int skip_payload(self) except -1:
        """Of a frame that says nothing to us."""
        self.at += UVC_H2FRAME_HEADER
        self.skipped = self.frame.length
        self.charge(1)
        return GO_ON

    # Bodies.

    cdef int open_data(self, Py_ssize_t size) except -1:
        """The header of a DATA frame."""
        cdef uvc_h2frame *frame = &self.frame
        cdef bint ends = frame.flags & UVC_H2FRAME_END_STREAM
        cdef uint32_t offset, content
        cdef StreamState stream
        cdef int event
        if frame.flags & UVC_H2FRAME_PADDED and size == UVC_H2FRAME_HEADER:
            return C_NEED_DATA
        if uvc_h2frame_content(
            frame, PyBytes_AS_STRING(self.fed) + self.at + UVC_H2FRAME_HEADER, &offset, &content
        ) < 0:
            self.fail(frame.error, refusals.BAD_PADDING)
        self.at += UVC_H2FRAME_HEADER + offset
        self.skipped = frame.length - offset
        if content == 0 and not ends:
            self.charge(1)
        self.give_back(frame.length)
        stream = self.find(frame.stream)
        if stream is None:
            return self.without_stream(True, ends)
        event = self.check_data(stream, content, ends)
        if event != GO_ON or not stream.receives:
            return event
        self.skipped -= content
        self.body_stream = stream
        self.body_size = content
        return GO_ON if content > 0 else self.end_body()

    cdef int check_data(self, StreamState stream, uint32_t content, bint ends) except -1:
        if not stream.receives:
            if self.is_ignored(stream.number, ends):
                return GO_ON
            return self.refuse_stream(stream, UVC_H2_STREAM_CLOSED, refusals.STREAM_CLOSED)
        stream.received += self.frame.length
        if stream.received > max(self.limits.stream_window, FIRST_WINDOW):
            return self.refuse_stream(stream, UVC_H2_FLOW_CONTROL_ERROR, refusals.STREAM_WINDOW)
        if stream.body_left >= 0:
            stream.body_left -= content
            if stream.body_left < 0 or (ends and stream.body_left > 0):
                return self.refuse_stream(stream, UVC_H2_PROTOCOL_ERROR, refusals.WRONG_LENGTH)
        if not ends:
            self.consumed(stream, self.frame.length - content)
        return GO_ON

    cdef int read_body(self, Py_ssize_t size) except -1:
        """The next part of a DATA frame; a read that is all body is not copied."""
        size = min(size, self.body_size)
        if self.at == 0 and size == PyBytes_GET_SIZE(self.fed):
            self.body = self.fed
        else:
            self.body = PyBytes_FromStringAndSize(PyBytes_AS_STRING(self.fed) + self.at, size)
        self.at += size
        self.body_size -= size
        self.stream = self.body_stream
        if self.body_size == 0:
            self.end_body()
        return C_BODY

    cdef int end_body(self) except -1:
        """The content of a DATA frame has been read."""
        cdef StreamState stream = self.body_stream
        self.body_stream = None
        if self.frame.flags & UVC_H2FRAME_END_STREAM:
            self.end_receiving(stream)
            self.ended = stream
        return GO_ON

    cdef int give_back(self, Py_ssize_t size) except -1:
        """Bytes of the connection's window: the windows of streams hold up who is too fast."""
        cdef long window = max(self.limits.connection_window, FIRST_WINDOW)
        self.received += size
        if self.received > window:
            self.fail(UVC_H2_FLOW_CONTROL_ERROR, refusals.CONNECTION_WINDOW)
        if self.received >= window // 2:
            self.write_window_update(0, self.received)
            self.received = 0
        return 0

    # Header blocks.

    cdef int read_headers(self, const char *payload) except -1:
        cdef uvc_h2frame *frame = &self.frame
        cdef uint32_t offset, content
        if uvc_h2frame_content(frame, payload, &offset, &content) < 0:
            self.fail(frame.error, refusals.BAD_PADDING)
        self.block_ends = frame.flags & UVC_H2FRAME_END_STREAM
        self.block_depends = frame.flags & UVC_H2FRAME_HAS_PRIORITY and (
            uvc_h2frame_dependency(frame, payload) == frame.stream)
        if frame.flags & UVC_H2FRAME_END_HEADERS:
            return self.read_block(payload + offset, content)
        self.check_size(content)
        self.block_stream = frame.stream
        self.block = bytearray(PyBytes_FromStringAndSize(payload + offset, content))
        return GO_ON

    cdef int read_continuation(self, const char *payload) except -1:
        cdef uvc_h2frame *frame = &self.frame
        cdef bytearray block = self.block
        if frame.length < SMALL:
            self.charge(1)
        self.check_size(len(block) + frame.length)
        block += PyBytes_FromStringAndSize(payload, frame.length)
        if not frame.flags & UVC_H2FRAME_END_HEADERS:
            return GO_ON
        self.block_stream = 0
        self.block = None
        return self.read_block(block, len(block))

    cdef int check_size(self, Py_ssize_t size) except -1:
        """What is compressed is shorter than a list within the limits, as good as always."""
        if size > 2 * self.limits.head:
            self.fail(UVC_H2_ENHANCE_YOUR_CALM, refusals.BLOCK_TOO_LONG)
        return 0

    cdef int read_block(self, const char *block, Py_ssize_t size) except -1:
        cdef uint32_t number = self.frame.stream
        cdef StreamState stream
        if self.reader is None:
            self.reader = HeadReader(self.limits)
        if number > self.latest:
            return self.open_stream(block, size)
        stream = self.find(number)
        if stream is not None and stream.receives:
            return self.read_trailers(stream, block, size)
        self.check_block(self.reader.skip(block, size))
        if stream is None:
            return self.without_stream(False, self.block_ends)
        if self.is_ignored(number, self.block_ends):
            return GO_ON
        return self.refuse_stream(stream, UVC_H2_STREAM_CLOSED, refusals.STREAM_CLOSED)

    cdef int check_block(self, int verdict) except -1:
        if verdict == UNREADABLE:
            self.fail(UVC_H2_COMPRESSION_ERROR, self.reader.reason)
        return 0

    cdef int read_trailers(self, StreamState stream, const char *block, Py_ssize_t size) except -1:
        cdef int verdict = self.reader.read_trailers(block, size)
        self.check_block(verdict)
        if verdict == TOO_LONG:
            return self.refuse_stream(
                stream, UVC_H2_ENHANCE_YOUR_CALM, self.reader.refusal[1])
        reason = self.reader.reason
        if not reason and not self.block_ends:
            reason = refusals.TRAILERS_NOT_LAST
        elif not reason and stream.body_left > 0:
            reason = refusals.WRONG_LENGTH
        elif not reason and self.block_depends:
            reason = refusals.DEPENDS_ON_ITSELF
        if reason:
            return self.refuse_stream(stream, UVC_H2_PROTOCOL_ERROR, reason)
        self.end_receiving(stream)
        self.ended = stream
        return GO_ON

    cdef int open_stream(self, const char *block, Py_ssize_t size) except -1:
        cdef uint32_t number = self.frame.stream
        cdef uint32_t further = (number - self.latest + 1) // 2
        cdef StreamState stream
        cdef bint refused = self.refusing or self.open_streams >= self.limits.streams
        cdef int verdict = GOOD
        self.opened = (self.opened << further if further < 64 else 0) | 1
        self.latest = number
        if refused:
            self.check_block(self.reader.skip(block, size))
        else:
            verdict = self.reader.read(block, size, self.head)
            self.check_block(verdict)
        stream = new_stream(number, self.first_window)
        stream.receives = not self.block_ends
        self.streams[number] = stream
        self.open_streams += 1
        if not refused:
            return self.judge_request(stream, verdict)
        if self.refusing:
            self.reset_stream(stream, UVC_H2_REFUSED_STREAM)
            return GO_ON
        return self.refuse_stream(stream, UVC_H2_REFUSED_STREAM, refusals.TOO_MANY_STREAMS)

    cdef int judge_request(self, StreamState stream, int verdict) except -1:
        cdef HeadReader reader = self.reader
        if verdict == TOO_LONG:
            if stream.receives:
                stream.receives = False
                self.ignore(stream.number)
            self.stream = stream
            self.error = ProtocolError(*reader.refusal)
            return C_REFUSED
        if self.block_depends:
            return self.refuse_stream(stream, UVC_H2_PROTOCOL_ERROR, refusals.DEPENDS_ON_ITSELF)
        if verdict != GOOD:
            return self.refuse_stream(stream, UVC_H2_PROTOCOL_ERROR, reader.reason)
        if not stream.receives:
            if reader.content_length > 0:
                return self.refuse_stream(stream, UVC_H2_PROTOCOL_ERROR, refusals.WRONG_LENGTH)
            self.ended = stream
        stream.body_left = reader.content_length
        stream.connects = reader.is_connect
        if reader.priority is not None:
            self.set_priority(stream, read_priority(reader.priority))
        if len(self.early_priorities) > 0:
            self.set_priority(stream, self.early_priorities.pop(stream.number, None))
        self.stream = stream
        return C_HEAD
