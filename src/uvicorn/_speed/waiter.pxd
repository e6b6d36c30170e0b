cimport cython

from uvicorn._speed.interfaces cimport News
from uvicorn._speed.steps cimport Given, run_in

cdef object current_task


@cython.final
cdef class Waiter(Given):
    cdef News news
    cdef object loop
    cdef object callback
    cdef object context
    cdef bint has_paused
    cdef bint was_cancelled
    cdef object message

    cdef prepare(self, News news, object loop)
    cpdef wake(self)
    cdef call_soon(self)
    cdef leave(self)


@cython.locals(waiter=Waiter)
cpdef Waiter new_waiter(News news, object loop)
