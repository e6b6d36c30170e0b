# distutils: sources = csrc/hpack_encoder.c csrc/hpack_table.c csrc/huffman.c csrc/h2field.c csrc/http1.c

"""Heads of HTTP/2 responses: their fields are checked, and csrc/hpack_encoder makes a block of them.

prepare() checks all of them and answers how many bytes the block takes at most; write() writes it.
In between nothing may fail: what is written has to be sent, because the encoder's table follows.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject

from uvicorn._speed.csrc cimport *
from uvicorn._speed.octets cimport content_length, is_token

DEF MOST_NAMES = 512

# What a name means to us.
DEF PLAIN = 0
DEF LENGTH = 1
DEF CODING = 2
DEF LEFT_OUT = 4
DEF DATE = 8
DEF SERVER = 16

cdef dict SPECIAL = {
    b"content-length": LENGTH,
    b"transfer-encoding": CODING,
    b"date": DATE,
    b"server": SERVER,
}
# Names as apps write them. Only this many are kept.
cdef dict NAMES = {}




# A field that has been checked. The objects that it points into are held by others.
cdef struct Field:
    const char *name    # NULL: it is left out
    Py_ssize_t name_size
    const char *value
    Py_ssize_t value_size


# Between prepare() and write(): one array for all connections.
cdef Field *fields = NULL
cdef Py_ssize_t fields_room = 0


cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, PyObject *) except? NULL
    # Of borrowed references: Cython's own declarations count each of them up and down.
    bint PyBytes_CheckExact(PyObject *)
    Py_ssize_t bytes_size "PyBytes_GET_SIZE"(PyObject *)
    char *bytes_start "PyBytes_AS_STRING"(PyObject *)
    PyObject *PyList_GET_ITEM(object, Py_ssize_t)
    bint PyTuple_CheckExact(PyObject *)
    Py_ssize_t PyTuple_GET_SIZE(PyObject *)
    PyObject *PyTuple_GET_ITEM(PyObject *, Py_ssize_t)


cdef int want_fields(Py_ssize_t count) except -1:
    global fields, fields_room
    if count > fields_room:
        larger = <Field *>PyMem_Realloc(fields, count * sizeof(Field))
        if larger == NULL:
            raise MemoryError
        fields = larger
        fields_room = count
    return 0


cdef FieldName field_name(object name):
    """The checked name, and what it means to us."""
    cdef FieldName entry
    if type(name) is not bytes or not is_token(name):
        raise RuntimeError("Invalid HTTP header name.")
    entry = FieldName()
    entry.lower = (<bytes>name).lower()
    entry.kind = SPECIAL.get(entry.lower, PLAIN)
    if entry.kind == PLAIN and uvc_h2field_check_response(
        PyBytes_AS_STRING(entry.lower), PyBytes_GET_SIZE(entry.lower), NULL, 0
    ) == UVC_H2FIELD_CONNECTION:
        entry.kind = LEFT_OUT
    if len(NAMES) < MOST_NAMES:
        NAMES[name] = entry
    return entry


cdef list pairs(list headers):
    """The same fields, each a tuple of two."""
    try:
        return [(name, value) for name, value in headers]
    except (TypeError, ValueError) as error:
        raise RuntimeError("ASGI headers must be pairs of bytes.") from error


cdef bint all_pairs(list headers):
    cdef PyObject *item
    cdef Py_ssize_t i
    for i in range(len(headers)):
        item = PyList_GET_ITEM(headers, i)
        if not PyTuple_CheckExact(item) or PyTuple_GET_SIZE(item) != 2:
            return False
    return True


cdef class HeadWriter:
    def __cinit__(self):
        self.memory = PyMem_Malloc(uvc_hpack_table_memory(UVC_HPACK_FIRST_SIZE))
        if self.memory == NULL:
            raise MemoryError
        uvc_hpack_encoder_init(&self.encoder, self.memory, UVC_HPACK_FIRST_SIZE)
        self.kept = []

    def __dealloc__(self):
        PyMem_Free(self.memory)

    cdef size_t prepare(self, int status, list headers, list defaults, bint connects) except 0:
        """`length` is known then. A status of 0 is for trailers."""
        if not all_pairs(headers):
            headers = pairs(headers)
        want_fields(len(headers) + (len(defaults) if defaults is not None else 0))
        self.count = 0
        self.length = self.length_at = -1
        self.replaced = 0
        self.chunked = False
        self.size = UVC_HPACK_START_ROOM + UVC_HPACK_STATUS_ROOM
        if self.kept:
            self.kept.clear()
        self.check(headers, False)
        self.own = self.count
        if defaults is not None:
            self.check(defaults, True)
        if self.length_at >= 0 and (
            self.chunked or status < 200 or status == 204 or (connects and status < 300)
        ):
            fields[self.length_at].name = NULL
            self.length = -1
        return self.size

    cdef int check(self, list headers, bint default) except -1:
        """Put these fields behind those that are there."""
        cdef PyObject *pair
        cdef PyObject *value
        cdef FieldName name
        cdef const char *start
        cdef Py_ssize_t size, i
        cdef Field *field
        for i in range(len(headers)):
            pair = PyList_GET_ITEM(headers, i)
            name = self.name_of(PyTuple_GET_ITEM(pair, 0))
            value = PyTuple_GET_ITEM(pair, 1)
            if not PyBytes_CheckExact(value):
                raise RuntimeError("Invalid HTTP header value.")
            start = bytes_start(value)
            size = bytes_size(value)
            while size > 0 and (start[0] == c" " or start[0] == c"\t"):
                start += 1
                size -= 1
            while size > 0 and (start[size - 1] == c" " or start[size - 1] == c"\t"):
                size -= 1
            if not uvc_http1_is_field_value(start, size):
                raise RuntimeError("Invalid HTTP header value.")
            if name.kind != PLAIN and not self.note_special(name, <bytes>value, default):
                continue
            field = &fields[self.count]
            field.name = PyBytes_AS_STRING(name.lower)
            field.name_size = PyBytes_GET_SIZE(name.lower)
            field.value = start
            field.value_size = size
            self.size += UVC_HPACK_FIELD_ROOM(field.name_size, size)
            self.count += 1
        return 0

    cdef FieldName name_of(self, PyObject *name):
        cdef PyObject *found
        cdef FieldName made
        if PyBytes_CheckExact(name):
            found = PyDict_GetItemWithError(NAMES, name)
            if found != NULL:
                return <FieldName>found
        made = field_name(<object>name)
        self.kept.append(made)
        return made

    cdef bint note_special(self, FieldName name, bytes value, bint default) except -1:
        """Note a field that means something here; answers whether it is sent as it is."""
        if name.kind == LENGTH:
            if self.length >= 0:
                raise RuntimeError("More than one Content-Length.")
            self.length = content_length(value)
            if self.length < 0:
                raise RuntimeError("Invalid HTTP header value: a bad Content-Length.")
            self.length_at = self.count
            return True
        if name.kind == CODING:
            coding = value.lower().strip()
            if coding not in (b"chunked", b"identity"):
                raise RuntimeError("The server does no transfer coding but chunked.")
            self.chunked = self.chunked or coding == b"chunked"
            return False
        if name.kind == LEFT_OUT:
            return False
        if default:
            return not self.replaced & name.kind
        self.replaced |= name.kind
        return True

    cdef Py_ssize_t write(self, char *block, int status) noexcept:
        """Default fields come first. Answers the size of the block."""
        cdef char *end = block + uvc_hpack_encoder_start(&self.encoder, block)
        cdef Py_ssize_t i, at
        cdef Field *field
        if status > 0:
            end += uvc_hpack_encoder_status(&self.encoder, end, status)
        for i in range(self.count):
            at = self.own + i
            field = &fields[at if at < self.count else at - self.count]
            if field.name != NULL:
                end += uvc_hpack_encoder_field(
                    &self.encoder, end, field.name, field.name_size, field.value,
                    field.value_size)
        return end - block
