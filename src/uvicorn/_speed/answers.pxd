cpdef list plain_text(bytes text)
