cimport cython


@cython.final
cdef class Returned:
    cdef object value


cdef class Given:
    cdef public object _asyncio_future_blocking
    cdef bint waits

    cpdef dict poll(self)


@cython.final
cdef class EagerTasks:
    cdef object context
    cdef dict options

    cpdef object start(self, object coroutine)


cpdef unsigned long get_ident() noexcept
cpdef object step(object awaitable)
cpdef object bind(object method, object instance)
cpdef run_in(object context, object callback, object value)
