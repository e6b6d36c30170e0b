cimport cython

from uvicorn._speed.app_side cimport AppSide
from uvicorn._speed.steps cimport Returned, bind, step

cdef object RECEIVE
cdef object SEND
cdef object CoroutineType
cdef object GeneratorType


@cython.final
@cython.freelist(64)
cdef class AppCall:
    cdef AppSide side
    cdef object app
    cdef object awaitable   # the app's coroutine, or what its __await__() gave

    cdef prepare(self, AppSide side, object app)
    cdef open(self)
    cdef ended(self, Returned returned)


@cython.locals(call=AppCall)
cpdef AppCall app_call(AppSide side, object app)
