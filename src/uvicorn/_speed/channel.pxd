cimport cython

from uvicorn._speed.octets cimport join

cdef Py_ssize_t HIGH_WATER, FEW_PARTS, TURN, WRITE_COST


@cython.final
cdef class Channel:
    cdef readonly object transport
    cdef object transport_write
    cdef readonly object loop
    cdef list pending
    cdef Py_ssize_t pending_size
    cdef Py_ssize_t turn_size
    cdef bint corked
    cdef bint flush_scheduled
    cdef readonly bint writable
    cdef readonly bint reading
    cdef readonly bint closing
    cdef readonly bint closed
    cdef double stalled_since
    cdef Py_ssize_t stalled_size
    cdef object space

    cpdef cork(self)
    cpdef uncork(self)
    cpdef push(self, bytes data)
    cpdef write(self, bytes data)
    cpdef hold(self, bytes data)
    cpdef release(self)
    cpdef flush_held(self)
    @cython.locals(parts=list, part=bytes, data=bytes, size=Py_ssize_t)
    cpdef flush(self)
    cpdef bint is_full(self) except -1
    cpdef pause_writing(self)
    cpdef resume_writing(self)
    cdef wake(self)
    cpdef pause_reading(self)
    cpdef resume_reading(self)
    cpdef bint is_stalled(self, double now, double seconds) except -1
    cpdef bint end_writing(self) except -1
    cpdef bint is_drained(self) except -1
    cpdef close(self)
    cpdef abort(self)
    cpdef lost(self)
