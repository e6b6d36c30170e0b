cdef Py_ssize_t MOST_DIGITS

cpdef bint is_token(bytes data)
cpdef bint is_field_value(bytes data)
cpdef long long content_length(bytes data)
cpdef bytes join(list parts)
