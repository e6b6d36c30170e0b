# distutils: sources = csrc/h2frame.c

"""The frames that carry no request: settings, windows, priorities, pings and resets.

And what is done about a client that is wrong: fail() ends the connection, refuse_stream() a stream,
charge() counts what costs us and gains nothing.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_GetItemWithError
from cpython.object cimport PyObject

from uvicorn._speed.csrc cimport *

from .. import wire
from ..codecs import http2_refusals as refusals
from ..codecs.priority import read_priority
from ..errors import ProtocolError

cdef int C_RESET = wire.RESET
cdef int C_WINDOW = wire.WINDOW
cdef int C_PRIORITY = wire.PRIORITY
cdef int C_PONG = wire.PONG_RECEIVED
cdef double CREDIT = wire.H2_CREDIT
cdef double CREDIT_PER_SECOND = wire.H2_CREDIT_PER_SECOND
cdef int COST_OF_RESET = wire.H2_COST_OF_RESET
cdef uint32_t SMALL = wire.H2_SMALL
cdef long LARGEST_WINDOW = UVC_H2FRAME_LARGEST_WINDOW


cdef class Http2Control(Http2Output):
    def __init__(self, limits):
        super().__init__(limits)
        self.credit = CREDIT
        self.early_priorities = {}

    # A client that is wrong.

    cdef int fail(self, uint32_t code, str reason) except -1:
        """The connection ends: nothing more is read."""
        self.phase = FAILED
        raise ProtocolError(code, reason)

    cdef int charge(self, int cost) except -1:
        self.credit -= cost
        if self.credit < 0:
            self.fail(UVC_H2_ENHANCE_YOUR_CALM, refusals.TOO_MUCH)
        return 0

    cdef int fill_up(self, double now) except -1:
        if now > self.credited:
            self.credit = min(CREDIT, self.credit + (now - self.credited) * CREDIT_PER_SECOND)
            self.credited = now
        return 0

    cdef StreamState find(self, uint32_t number):
        """The stream, if a half of it is open."""
        cdef PyObject *found = PyDict_GetItemWithError(self.streams, number)
        return <StreamState>found if found != NULL else None

    cdef int refuse_stream(self, StreamState stream, uint32_t code, str reason) except -1:
        self.charge(COST_OF_RESET)
        self.reset(stream, code)
        self.stream = stream
        self.code = code
        self.reason = reason
        return C_RESET

    cdef int refuse_number(self, uint32_t code, str reason) except -1:
        """The frame's stream ends, if it is there. An idle one can't (RFC 9113 section 5.1)."""
        cdef StreamState stream = self.find(self.frame.stream)
        if stream is not None:
            return self.refuse_stream(stream, code, reason)
        if self.frame.stream > self.latest:
            self.fail(code, reason)
        self.charge(1)
        return GO_ON

    # What comes on streams that are no more.

    cdef bint is_ignored(self, uint32_t number, bint ends) except -1:
        """Whether we have reset it, and the client may not have known."""
        if number not in self.ignored:
            return False
        if ends:
            del self.ignored[number]
        return True

    cdef int without_stream(self, bint is_data, bint ends) except -1:
        """DATA or a header block where no stream is open."""
        cdef uint32_t number = self.frame.stream
        cdef uint32_t back = (self.latest - number) // 2
        if number > self.latest:
            self.fail(UVC_H2_PROTOCOL_ERROR, refusals.IDLE_STREAM)
        if self.is_ignored(number, ends):
            return GO_ON
        if not is_data and (back > 63 or not self.opened >> back & 1):
            self.fail(UVC_H2_PROTOCOL_ERROR, refusals.OLD_STREAM)
        return self.fail(UVC_H2_STREAM_CLOSED, refusals.STREAM_CLOSED)

    # Frames, each with all of its payload.

    cdef int read_control(self, const char *payload) except -1:
        cdef int type = self.frame.type
        if type == UVC_H2FRAME_WINDOW_UPDATE:
            return self.read_window_update(payload)
        if type == UVC_H2FRAME_RST_STREAM:
            return self.read_reset(payload)
        if type == UVC_H2FRAME_PRIORITY:
            return self.read_priority(payload)
        self.charge(1)
        if type == UVC_H2FRAME_SETTINGS:
            return self.read_settings(payload)
        if type == UVC_H2FRAME_PING:
            return self.read_ping(payload)
        return self.read_priority_update(payload)

    cdef int read_settings(self, const char *payload) except -1:
        """As many settings as there may be in a frame change the windows of streams but once."""
        cdef uint32_t id, value, error
        cdef const char *end = payload + self.frame.length
        cdef long window = self.first_window
        cdef long before = window
        if self.frame.flags & UVC_H2FRAME_ACK:
            return GO_ON
        while payload < end:
            error = uvc_h2frame_setting(payload, &id, &value)
            if error != UVC_H2_NO_ERROR:
                self.fail(error, refusals.BAD_SETTING)
            if id == UVC_H2_INITIAL_WINDOW_SIZE:
                window = value
            elif id == UVC_H2_MAX_FRAME_SIZE:
                self.frame_size = value
            elif id == UVC_H2_HEADER_TABLE_SIZE:
                self.set_table_size(value)
            payload += UVC_H2FRAME_SETTING_SIZE
        self.change_windows(window)
        self.used += uvc_h2frame_write_settings_ack(self.reserve(UVC_H2FRAME_HEADER))
        if window <= before:
            return GO_ON
        self.stream = None
        return C_WINDOW

    cdef int change_windows(self, long window) except -1:
        cdef StreamState stream
        cdef long change = window - self.first_window
        self.first_window = window
        if change != 0:
            for stream in self.streams.values():
                stream.window += change
                if stream.window > LARGEST_WINDOW:
                    self.fail(UVC_H2_FLOW_CONTROL_ERROR, refusals.WINDOW_OVERFLOW)
        return 0

    cdef int read_ping(self, const char *payload) except -1:
        if self.frame.flags & UVC_H2FRAME_ACK:
            self.data = PyBytes_FromStringAndSize(payload, 8)
            return C_PONG
        self.used += uvc_h2frame_write_ping(self.reserve(UVC_H2FRAME_PING_SIZE), True, payload)
        return GO_ON

    cdef int read_reset(self, const char *payload) except -1:
        cdef StreamState stream = self.find(self.frame.stream)
        if self.frame.stream > self.latest:
            self.fail(UVC_H2_PROTOCOL_ERROR, refusals.IDLE_STREAM)
        self.ignored.pop(self.frame.stream, None)
        if stream is None:
            return GO_ON
        if stream.sends:
            self.charge(COST_OF_RESET)
        self.close_stream(stream)
        self.stream = stream
        self.code = uvc_h2frame_number(payload)
        self.reason = ""
        return C_RESET

    cdef int read_window_update(self, const char *payload) except -1:
        cdef uint32_t increment = uvc_h2frame_increment(payload)
        if 0 < increment < SMALL:
            self.charge(1)
        if self.frame.stream > 0:
            return self.widen_stream(increment)
        if increment == 0:
            self.fail(UVC_H2_PROTOCOL_ERROR, refusals.EMPTY_INCREMENT)
        self.send_window += increment
        if self.send_window > LARGEST_WINDOW:
            self.fail(UVC_H2_FLOW_CONTROL_ERROR, refusals.WINDOW_OVERFLOW)
        self.stream = None
        return C_WINDOW

    cdef int widen_stream(self, long increment) except -1:
        cdef StreamState stream = self.find(self.frame.stream)
        if self.frame.stream > self.latest:
            self.fail(UVC_H2_PROTOCOL_ERROR, refusals.IDLE_STREAM)
        if stream is None:
            self.charge(increment == 0)
            return GO_ON
        if increment == 0:
            return self.refuse_stream(stream, UVC_H2_PROTOCOL_ERROR, refusals.EMPTY_INCREMENT)
        stream.window += increment
        if stream.window > LARGEST_WINDOW:
            return self.refuse_stream(stream, UVC_H2_FLOW_CONTROL_ERROR, refusals.WINDOW_OVERFLOW)
        self.stream = stream
        return C_WINDOW if stream.sends else GO_ON

    # Priorities: of RFC 9113 section 5.3 nothing but its errors, and RFC 9218.

    cdef int read_priority(self, const char *payload) except -1:
        if uvc_h2frame_dependency(&self.frame, payload) == self.frame.stream:
            return self.refuse_number(UVC_H2_PROTOCOL_ERROR, refusals.DEPENDS_ON_ITSELF)
        self.charge(1)
        return GO_ON

    cdef int read_priority_update(self, const char *payload) except -1:
        cdef uint32_t number = uvc_h2frame_stream(payload)
        cdef tuple said = read_priority(
            PyBytes_FromStringAndSize(payload + 4, self.frame.length - 4))
        cdef StreamState stream = self.find(number)
        if number % 2 == 0:
            self.fail(UVC_H2_PROTOCOL_ERROR, refusals.FRAME_NOT_ALLOWED)
        if number > self.latest:
            return self.keep_priority(number, said)
        if stream is None or not self.set_priority(stream, said):
            return GO_ON
        self.stream = stream
        return C_PRIORITY

    cdef int keep_priority(self, uint32_t number, tuple priority) except -1:
        """Of a stream that is still to come (RFC 9218 section 7.1)."""
        cdef dict early = self.early_priorities
        early[number] = priority
        if len(early) + self.open_streams > self.limits.streams:
            for other in [other for other in early if other <= self.latest]:
                del early[other]
            if len(early) + self.open_streams > self.limits.streams:
                self.fail(UVC_H2_PROTOCOL_ERROR, refusals.TOO_MANY_STREAMS)
        return GO_ON

    cdef bint set_priority(self, StreamState stream, tuple priority) except -1:
        """Answers whether that has changed anything; None says nothing."""
        if priority is None or priority == (stream.urgency, stream.incremental):
            return False
        stream.urgency, stream.incremental = priority
        return True
