"""What receive() answers; the pure twin, which says how it works, is core/waiter.py.

The twin compiled as it is must raise to give a message, and make a traceback each time: so the
slot behind __next__ is a function that sets the exception alone.
"""

from asyncio import CancelledError, current_task

from cpython.contextvars cimport PyContext_Enter, PyContext_Exit
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF


cdef extern from *:
    """
    static void uvc_stop_iteration(PyObject *value) {
        PyErr_SetObject(PyExc_StopIteration, value);
    }
    static void uvc_set_next(PyObject *type, PyObject *(*next)(PyObject *)) {
        ((PyTypeObject *)type)->tp_iternext = next;
    }
    """
    void uvc_stop_iteration(object value) noexcept
    void uvc_set_next(object type, PyObject *(*next)(PyObject *) except NULL) noexcept


cpdef Waiter new_waiter(News news, object loop):
    cdef Waiter waiter = Waiter.__new__(Waiter)
    waiter.news = news
    waiter.loop = loop
    return waiter


cdef class Waiter:
    """For one message, and the one task that awaits it."""

    cpdef wake(self):
        cdef object context = self.context
        if not self.waits:
            return
        self.waits = False
        if context is None or current_task(self.loop) is not None:
            self.call_soon()
            return
        PyContext_Enter(context)
        try:
            self.callback(self)
        finally:
            PyContext_Exit(context)

    cdef call_soon(self):
        if self.callback is not None:
            self.loop.call_soon(self.callback, self, context=self.context)

    # For the coroutine or the task that awaits it.

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        message = take(self)
        if message is not None:
            raise StopIteration(message)
        return self if self.waits else None

    def send(self, value):
        return next(self)

    def throw(self, kind, value=None, traceback=None):
        self.leave()
        raise kind if value is None else value

    def close(self):
        self.leave()

    cdef leave(self):
        self.waits = False
        if self.news.waiters is not None and self in self.news.waiters:
            self.news.waiters.remove(self)

    # For the task, as a future.

    def get_loop(self):
        return self.loop

    def add_done_callback(self, callback, *, context=None):
        self.callback = callback
        self.context = context

    def remove_done_callback(self, callback):
        known = self.callback == callback
        if known:
            self.callback = self.context = None
        return int(known)

    def cancel(self, msg=None):
        if not self.waits:
            return False
        self.leave()
        self.was_cancelled = True
        self.message = msg
        self.call_soon()
        return True

    def done(self):
        return not self.waits

    def cancelled(self):
        return self.was_cancelled

    def result(self):
        if self.was_cancelled:
            # Whoever cancels may know its own doing by the message, as anyio's scopes do.
            raise CancelledError() if self.message is None else CancelledError(self.message)

    def exception(self):
        self.result()


cdef dict take(Waiter waiter):
    """The message, or None if the waiter waits for it now, or for a pass of the loop."""
    cdef News news = waiter.news
    if news.has_news():
        if news.end_told and not waiter.has_paused:
            waiter.has_paused = True
            return None
        return news.next_message()
    waiter.waits = True
    waiter.callback = None
    waiter._asyncio_future_blocking = True
    if news.waiters is None:
        news.waiters = []
    news.waiters.append(waiter)
    return None


cdef PyObject *waiter_next(PyObject *waiter) except NULL:
    cdef dict message = take(<Waiter>waiter)
    if message is not None:
        return give(message)
    if not (<Waiter>waiter).waits:
        waiter = <PyObject *>None
    Py_INCREF(<object>waiter)
    return waiter


cdef PyObject *give(dict message) noexcept:
    uvc_stop_iteration(message)
    return NULL


uvc_set_next(Waiter, waiter_next)
