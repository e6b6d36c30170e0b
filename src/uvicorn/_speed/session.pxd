cimport cython

from uvicorn._speed.access cimport client_address, full_path
from uvicorn._speed.app_interface cimport AppInterface
from uvicorn._speed.deflate cimport Deflate
from uvicorn._speed.denial cimport Denial, app_fields, names
from uvicorn._speed.completed cimport Completed
from uvicorn._speed.frames cimport encode_frame, encode_text, frame_header
from uvicorn._speed.handshake cimport Offer
from uvicorn._speed.interfaces cimport Handler, Stream
from uvicorn._speed.messages cimport may_be_sent
from uvicorn._speed.service cimport Service

cdef Completed NOTHING
cdef int BINARY, CLOSE, TEXT, NO_CODE
cdef Py_ssize_t HIGH_WATER, LARGE, LONGEST_REASON

cdef int CONNECTING, DENIED, OPEN, CLOSING, CLOSED

cdef bytes as_bytes(object data)
cdef bytes close_payload(int code, str reason)
cdef int ABNORMAL_CLOSE, INTERNAL_ERROR, NORMAL_CLOSE


@cython.final
cdef class Session(AppInterface):
    cdef Handler handler
    cdef Stream stream
    cdef Deflate deflate
    cdef Py_ssize_t limit
    cdef public Offer offer
    cdef readonly Denial denial
    cdef readonly int state
    cdef list queue
    cdef Py_ssize_t queued
    cdef bint held_back
    cdef bint resumes_handler   # the handler waits until the app asks for more
    cdef dict disconnected
    cdef bint app_closed    # the app may send nothing more
    cdef readonly bint lost
    cdef int code           # what the conversation ended with
    cdef double accepted_at
    cdef readonly Py_ssize_t messages_received
    cdef readonly long long bytes_received
    cdef readonly Py_ssize_t messages_sent
    cdef readonly long long bytes_sent

    cpdef bint has_room(self) except -1
    cpdef bint is_settled(self) except -1
    cpdef message_received(self, dict message, Py_ssize_t size)
    cpdef close_received(self, int code, str reason)
    cpdef end(self, int code, str reason)
    cpdef peer_gone(self)
    cpdef nothing_follows(self)
    cdef tell_disconnect(self, int code, str reason)
    cdef send_message(self, dict message)
    cdef send_data(self, int opcode, bytes data)
    cdef close(self, dict message)
    cdef send_close(self, int code, str reason)
    cdef answer(self, str kind, dict message)
    cdef accept(self, dict message)
    cdef bint is_gone(self) except -1
    cdef fail(self, str text, object error)
    cdef answer_for_app(self)
    cpdef log_closed(self)
