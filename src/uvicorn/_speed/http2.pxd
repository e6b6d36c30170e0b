cimport cython

from uvicorn._speed.answers cimport plain_text
from uvicorn._speed.channel cimport Channel
from uvicorn._speed.connection cimport Connection
from uvicorn._speed.exchange cimport Exchange, new_exchange
from uvicorn._speed.http2_codec cimport Http2Codec, StreamState
from uvicorn._speed.http2_stream cimport Http2Stream, new_http2_stream
from uvicorn._speed.http2_writer cimport Http2Writer
from uvicorn._speed.interfaces cimport Handler, RequestHead, Stream
from uvicorn._speed.scope cimport ScopeTemplate
from uvicorn._speed.service cimport Service


cdef int BODY, END, HEAD, NEED_DATA, PONG_RECEIVED, REFUSED, RESET, WINDOW
cdef int SERVING, LEAVING, REFUSING, OVER
cdef unsigned int H2_NO_ERROR, EVERY_STREAM
cdef bytes LEAVING_PING, ALIVE_PING
cdef double LEAVING_SECONDS


@cython.final
cdef class Http2(Handler):
    cdef readonly Connection connection
    cdef Channel channel
    cdef readonly Http2Codec codec
    cdef readonly Service service
    cdef Http2Writer writer
    cdef ScopeTemplate template
    cdef readonly set streams
    cdef set websockets
    cdef tuple warned           # the reasons that are in the log
    cdef list touched
    cdef int phase
    cdef bint eof
    cdef bint heard             # something has come since the last look
    cdef bint pinged
    cdef double idle_since
    cdef double idle_seconds
    cdef double ping_interval
    cdef double ping_timeout
    cdef double due             # what the connection itself waits for

    @cython.locals(stream=Http2Stream, streams=set)
    cdef lose_streams(self)
    cdef advance(self)
    @cython.locals(codec=Http2Codec, event=int)
    cdef pull(self)
    @cython.locals(stream=Http2Stream)
    cdef Http2Stream stream_of_event(self)
    @cython.locals(codec=Http2Codec, stream=Http2Stream)
    cdef act_on(self, int event)
    cdef list successors(self)
    @cython.locals(state=StreamState, stream=Http2Stream)
    cdef Http2Stream new_stream(self, str method)
    @cython.locals(head=RequestHead, stream=Http2Stream, exchange=Exchange)
    cdef open_stream(self)
    @cython.locals(head=RequestHead)
    cdef open_websocket(self, Http2Stream stream)
    @cython.locals(touched=list, stream=Http2Stream, exchange=Exchange)
    cdef run_touched(self)
    cdef end_stream(self, Http2Stream stream)
    cdef forget(self, Http2Stream stream)
    cdef answer(self, Http2Stream stream, object error)
    cdef warn(self, str reason)
    cdef fail(self, object error)
    cdef refuse_new(self)
    cdef settle(self)
    cdef linger(self)
    cdef set_due(self, double seconds)
    @cython.locals(stream=Http2Stream, nearest=double)
    cdef arrange_deadline(self)
    @cython.locals(left=double)
    cdef due_reached(self, double now)
