cimport cython

from uvicorn._speed.access cimport AccessLog
from uvicorn._speed.encode cimport DefaultHeaders
from uvicorn._speed.interfaces cimport TimedConnection
from uvicorn._speed.steps cimport EagerTasks, get_ident


cdef bint EAGER_TASKS
cdef double TICK, BEHIND, ROUNDING, SHORTEST_GRAIN, LONGEST_GRAIN


@cython.final
cdef class Counter:
    cdef readonly long long count


@cython.final
cdef class Service:
    cdef readonly object app
    cdef readonly object settings
    cdef readonly object state
    cdef readonly dict app_state
    cdef readonly object new_handler
    cdef public object new_websocket
    cdef public object new_http2
    cdef public bint ws_missing
    cdef readonly object logger
    cdef public object on_response
    cdef readonly AccessLog access
    cdef readonly DefaultHeaders defaults
    cdef readonly double timeout_keep_alive
    cdef readonly double timeout_request_head
    cdef Py_ssize_t limit_concurrency
    cdef bint draining
    cdef readonly Py_ssize_t running
    cdef Counter answered
    cdef set connections
    cdef readonly double now
    cdef bint ticking
    cdef bint used
    cdef double earliest
    cdef double longest_rest
    cdef object timer
    cdef readonly bint trace
    cdef readonly object loop
    cdef readonly unsigned long thread
    cdef readonly object context
    cdef EagerTasks eager

    cpdef drain(self)
    cpdef spawn(self, object coroutine)
    cpdef task_ended(self, object task)
    cpdef log_trace(self, str peer, str text)
    cpdef bint is_overloaded(self) except -1
    cpdef response_ended(self, dict scope, int status, long long size, double seconds)
    @cython.locals(grain=double, due=double)
    cpdef double deadline(self, double seconds) except -1
    cpdef double time(self) except -1
    cpdef connection_made(self, TimedConnection connection)
    cpdef connection_lost(self, TimedConnection connection)
    cdef wind(self)
    cdef set_timer(self)
    @cython.locals(now=double, connection=TimedConnection)
    cpdef tick(self)
    @cython.locals(connection=TimedConnection)
    cpdef look(self, int passes)
