"""One call of the app, as the coroutine that a task drives; the pure twin is core/app_call.py.

The twin compiled as it is must make an exception with a traceback to see the app return:
PyIter_Send() hands over the value alone. That is 34,900 to 30,200 instructions a request.
"""

from cpython.object cimport PyObject

from types import CoroutineType, GeneratorType

# Looked up once: binding them by hand is half of what `side.receive` costs.
cdef object RECEIVE = AppSide.receive
cdef object SEND = AppSide.send
cdef tuple STEPPED = (CoroutineType, GeneratorType)


cdef extern from *:
    """
    /* 1: *result is what the app waits for; 0: *result is what it has returned; -1: raised */
    static int uvc_step(PyObject *awaitable, PyObject **result) {
        PySendResult how = PyIter_Send(awaitable, Py_None, result);
        return how == PYGEN_NEXT ? 1 : how == PYGEN_RETURN ? 0 : -1;
    }
    """
    int uvc_step(object awaitable, PyObject **result) except -1


cdef extern from "Python.h":
    void Py_DECREF(PyObject *)
    object PyMethod_New(object function, object self)


cpdef AppCall app_call(AppSide side, object app):
    cdef AppCall call = AppCall.__new__(AppCall)
    call.side = side
    call.app = app
    return call


cdef class AppCall:
    """Runs the app; however it ends, its side answers for it and nothing is raised."""

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        cdef PyObject *result = NULL
        cdef object value
        cdef int waits
        try:
            if self.awaitable is None:
                self.open()
            waits = uvc_step(self.awaitable, &result)
            value = <object>result
            Py_DECREF(result)
            if waits:
                return value
        except BaseException as error:
            self.side.app_failed(error)
        else:
            self.side.app_returned(value)
        raise StopIteration

    def send(self, value):
        return next(self)

    def throw(self, kind, value=None, traceback=None):
        try:
            if self.awaitable is None:
                self.open()
            return self.awaitable.throw(kind if value is None else value)
        except StopIteration as stop:
            self.side.app_returned(stop.value)
        except BaseException as error:
            self.side.app_failed(error)
        raise StopIteration

    def close(self):
        if self.awaitable is not None:
            self.awaitable.close()

    cdef object open(self):
        cdef AppSide side = self.side
        awaitable = self.app(side.scope, PyMethod_New(RECEIVE, side), PyMethod_New(SEND, side))
        if not isinstance(awaitable, STEPPED):
            awaitable = awaitable.__await__()
            if not hasattr(awaitable, "send"):
                awaitable = drive(awaitable)
        self.awaitable = awaitable

    # For the eyes of asyncio and of people: Task.get_stack(), repr(task).

    @property
    def cr_frame(self):
        return getattr(self.awaitable, "cr_frame", None)

    @property
    def cr_code(self):
        return getattr(self.awaitable, "cr_code", None)

    @property
    def cr_running(self):
        return getattr(self.awaitable, "cr_running", False)

    @property
    def cr_await(self):
        return getattr(self.awaitable, "cr_await", None)


def drive(iterator):
    """A generator over an iterator that has no send() and throw() of its own."""
    return (yield from iterator)
