"""Which thread this is; the pure twin is core/threads.py."""


cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident() noexcept


cpdef unsigned long get_ident() noexcept:
    return PyThread_get_thread_ident()
