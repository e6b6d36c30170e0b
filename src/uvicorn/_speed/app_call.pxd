cimport cython

from uvicorn._speed.app_side cimport AppSide


@cython.final
@cython.freelist(64)
cdef class AppCall:
    cdef AppSide side
    cdef object app
    cdef object awaitable   # the app's coroutine, or what its __await__() gave

    cdef object open(self)


cpdef AppCall app_call(AppSide side, object app)
