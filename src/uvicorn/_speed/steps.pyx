"""Steps, tasks, versions of classes by Python's C interface; the pure twin is core/steps.py."""

from asyncio import Task

from cpython.contextvars cimport PyContext_Copy, PyContext_Enter, PyContext_Exit
from cpython.object cimport PyObject, PyObject_Call
from cpython.ref cimport Py_INCREF


cdef extern from *:
    """
    /* 1: *result is what the coroutine waits for; 0: what it has returned; -1: it has raised */
    static int uvc_step(PyObject *awaitable, PyObject **result) {
        PySendResult how = PyIter_Send(awaitable, Py_None, result);
        return how == PYGEN_NEXT ? 1 : how == PYGEN_RETURN ? 0 : -1;
    }
    static void uvc_stop_iteration(PyObject *value) {
        PyErr_SetObject(PyExc_StopIteration, value);
    }
    static void uvc_set_next(PyObject *type, PyObject *(*next)(PyObject *)) {
        ((PyTypeObject *)type)->tp_iternext = next;
    }
    """
    int uvc_step(object awaitable, PyObject **result) except -1
    void uvc_stop_iteration(object value) noexcept
    void uvc_set_next(object type, PyObject *(*next)(PyObject *) except NULL) noexcept


cdef extern from "Python.h":
    void Py_DECREF(PyObject *)
    object PyMethod_New(object function, object self)


cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident() noexcept


cpdef unsigned long get_ident() noexcept:
    return PyThread_get_thread_ident()


cdef class Returned:
    def __init__(self, value):
        self.value = value


cdef Returned NOTHING = Returned(None)


cpdef object step(object awaitable):
    cdef PyObject *result = NULL
    cdef int waits = uvc_step(awaitable, &result)
    cdef object value = <object>result
    Py_DECREF(result)
    if waits:
        return value
    return NOTHING if value is None else Returned(value)


cpdef object bind(object method, object instance):
    return PyMethod_New(method, instance)


cpdef run_in(object context, object callback, object value):
    PyContext_Enter(context)
    try:
        callback(value)
    finally:
        PyContext_Exit(context)


cdef class Given:
    """A __next__ in Cython would make a traceback for each message: its slot is set below."""

    cpdef dict poll(self):
        raise NotImplementedError

    def __next__(self):
        raise NotImplementedError


cdef PyObject *give_next(PyObject *given) except NULL:
    cdef dict message = (<Given>given).poll()
    if message is not None:
        return give(message)
    if not (<Given>given).waits:
        given = <PyObject *>None
    Py_INCREF(<object>given)
    return given


cdef PyObject *give(dict message) noexcept:
    uvc_stop_iteration(message)
    return NULL


uvc_set_next(Given, give_next)

cdef object new_task = Task
# Called with the task: 90 instructions less than looking it up in each one.
cdef object is_done = Task.done


cdef class EagerTasks:
    """Makes tasks that run up to their first wait, each in its own copy of one context.

    One dict of arguments serves all calls: 28,700 to 27,660 instructions a request.
    """

    def __init__(self, loop, context):
        # Its own, so that nobody else enters it.
        self.context = PyContext_Copy(context)
        self.options = {"loop": loop, "eager_start": True}

    cpdef object start(self, object coroutine):
        cdef object task
        cdef object context = self.context
        cdef bint nested = self.entered
        if nested:
            # The first step of another task has come back here.
            context = PyContext_Copy(context)
        PyContext_Enter(context)
        self.entered = True
        try:
            task = PyObject_Call(new_task, (coroutine,), self.options)
        finally:
            self.entered = nested
            PyContext_Exit(context)
        return None if is_done(task) else task


cdef class TypeVersions:
    """After note(), are_known() returns whether nothing in some classes has changed since.

    CPython gives a class a new, unique tag after it or one of its bases was changed; 0 means that it
    has none yet.
    """

    def __init__(self, tuple kinds):
        cdef object kind
        cdef int at
        if len(kinds) > MOST_KINDS:
            raise ValueError("too many classes")
        self.kinds = kinds
        self.count = len(kinds)
        for at in range(self.count):
            kind = kinds[at]
            self.types[at] = <TaggedType *>kind

    cpdef bint are_known(self) except -1:
        cdef int at
        for at in range(self.count):
            if self.tags[at] == 0 or self.types[at].tp_version_tag != self.tags[at]:
                return False
        return True

    cpdef note(self):
        cdef int at
        for at in range(self.count):
            self.tags[at] = self.types[at].tp_version_tag
