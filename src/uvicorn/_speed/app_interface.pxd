cimport cython

from uvicorn._speed.interfaces cimport MessageSource
from uvicorn._speed.service cimport Service
from uvicorn._speed.steps cimport Returned, bind, get_ident, step
from uvicorn._speed.waiter cimport Waiter, new_waiter

cdef object CoroutineType
cdef object GeneratorType
cdef object RECEIVE
cdef object SEND


cdef class AppInterface(MessageSource):
    cdef readonly dict scope
    cdef readonly Service service

    cpdef asked(self)
    cpdef handle(self, dict message)
    cpdef refuse(self, int status, bytes text)
    cpdef app_returned(self, object result)
    cpdef app_failed(self, object error)
    @cython.locals(waiters=list, waiter=Waiter)
    cpdef wake(self)
    cpdef call(self, object app)
    @cython.locals(call=AppCall)
    cpdef new_call(self, object app)


@cython.final
cdef class AppCall:
    cdef AppInterface side
    cdef object app
    cdef object awaitable   # the app's coroutine, or what its __await__() gave

    cdef prepare(self, AppInterface side, object app)
    @cython.locals(side=AppInterface)
    cdef open(self)
    cdef ended(self, Returned returned)
