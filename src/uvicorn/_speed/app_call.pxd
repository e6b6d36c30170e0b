cimport cython

from uvicorn._speed.exchange cimport Exchange


@cython.final
@cython.freelist(64)
cdef class AppCall:
    cdef Exchange exchange
    cdef object app
    cdef object awaitable   # the app's coroutine, or what its __await__() gave

    cdef object open(self)


cpdef AppCall app_call(Exchange exchange, object app)
