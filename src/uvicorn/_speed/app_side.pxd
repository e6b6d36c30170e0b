cimport cython

from uvicorn._speed.interfaces cimport News
from uvicorn._speed.service cimport Service
from uvicorn._speed.steps cimport get_ident
from uvicorn._speed.waiter cimport Waiter, new_waiter


cdef class AppSide(News):
    cdef readonly dict scope
    cdef readonly Service service

    cpdef asked(self)
    cpdef take(self, dict message)
    cpdef app_returned(self, object result)
    cpdef app_failed(self, object error)
    @cython.locals(waiters=list, waiter=Waiter)
    cpdef wake(self)
