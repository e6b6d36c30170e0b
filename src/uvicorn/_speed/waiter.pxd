cimport cython

from uvicorn._speed.interfaces cimport News


@cython.final
@cython.freelist(64)
cdef class Waiter:
    cdef public object _asyncio_future_blocking
    cdef News news
    cdef object loop
    cdef object callback
    cdef object context
    cdef bint waits
    cdef bint has_paused
    cdef bint was_cancelled
    cdef object message

    cpdef wake(self)
    cdef call_soon(self)
    cdef leave(self)


cpdef Waiter new_waiter(News news, object loop)
