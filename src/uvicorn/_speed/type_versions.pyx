"""Whether classes have changed; the pure twin is core/type_versions.py.

CPython gives a class a new tag, which no other has, after it or one of its bases was changed; 0
stands for none yet.
"""


cdef class TypeVersions:
    """Of some classes: after note(), are_known() answers whether nothing in them has changed."""

    def __init__(self, tuple kinds):
        cdef object kind
        cdef int at
        if len(kinds) > MOST_KINDS:
            raise ValueError("too many classes")
        self.kinds = kinds
        self.count = len(kinds)
        for at in range(self.count):
            kind = kinds[at]
            self.types[at] = <PyTypeObject *>kind

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
