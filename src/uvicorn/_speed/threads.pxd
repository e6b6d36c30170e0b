cpdef unsigned long get_ident() noexcept
