cimport cython

cdef bytes TAIL

cdef int BAD_DATA, MESSAGE_TOO_LONG, POLICY_VIOLATION


@cython.final
cdef class Deflate:
    cdef readonly Py_ssize_t threshold
    cdef int level
    cdef int memory_level
    cdef readonly int server_bits
    cdef readonly int client_bits
    cdef readonly bint server_takeover
    cdef readonly bint client_takeover
    cdef readonly bytes answer
    cdef object compressor
    cdef object decompressor

    cpdef bytes deflate(self, bytes data)
    cpdef bytes inflate(self, bytes data, Py_ssize_t max_size)
