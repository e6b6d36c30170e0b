cimport cython

from uvicorn._speed.interfaces cimport MessageSource
from uvicorn._speed.steps cimport Given, run_in

cdef object current_task


@cython.final
cdef class Waiter(Given):
    cdef MessageSource source
    cdef object loop
    cdef object callback
    cdef object context
    cdef bint has_paused
    cdef bint was_cancelled
    cdef object message

    cdef prepare(self, MessageSource source, object loop)
    cpdef wake(self)
    cdef call_soon(self)
    cdef stop_waiting(self)


@cython.locals(waiter=Waiter)
cpdef Waiter new_waiter(MessageSource source, object loop)
