cdef Py_ssize_t MOST_DIGITS

cpdef bint is_token(bytes data) except -1
cpdef bint is_field_value(bytes data) except -1
cpdef long long content_length(bytes data) except -2
cpdef bytes join(list parts)
