cpdef bytes frame_header(int opcode, Py_ssize_t size, bint compressed=*)
cpdef bytes encode_frame(int opcode, bytes data, bint compressed=*)
cpdef bytes encode_text(str text)
