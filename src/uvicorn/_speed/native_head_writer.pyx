# distutils: sources = csrc/hpack_encoder.c csrc/hpack_table.c csrc/huffman.c csrc/h2field.c csrc/http1.c

"""Heads of HTTP/2 responses: their fields are checked, and csrc/hpack_encoder makes a block of them.

1.  prepare() checks all fields and answers how many bytes the block takes at most; write() writes
    it. In between nothing may fail: what is written has to be sent, as the encoder's table follows.
2.  Applications send the same objects again and again. A field that went by its index is known by
    its two objects the next time: it is neither checked nor looked up again.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF

from uvicorn._speed.csrc cimport *
from uvicorn._speed.encode cimport is_chunked, read_length
from uvicorn._speed.octets cimport is_token

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


cdef bint is_blank(char byte):
    return byte == c" " or byte == c"\t"


cdef size_t place_of(const Field *field) noexcept:
    """Among the recent ones. The addresses of objects are multiples of 16."""
    return ((<size_t>field.given >> 4) * 5 + (<size_t>field.value >> 4)) % MOST_RECENT


cdef class HeadWriter:
    def __cinit__(self):
        self.memory = PyMem_Malloc(uvc_hpack_table_memory(UVC_HPACK_FIRST_SIZE))
        if self.memory == NULL:
            raise MemoryError
        uvc_hpack_encoder_init(&self.encoder, self.memory, UVC_HPACK_FIRST_SIZE)
        self.kept = []

    def __dealloc__(self):
        cdef int i
        for i in range(MOST_RECENT):
            Py_XDECREF(self.recent[i].given)
            Py_XDECREF(self.recent[i].name)
            Py_XDECREF(self.recent[i].value)
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
            fields[self.length_at].given = NULL
            self.length = -1
        return self.size

    cdef int check(self, list headers, bint default) except -1:
        """Put these fields behind those that are there."""
        cdef PyObject *pair
        cdef Field *field
        cdef Recent *recent
        cdef int kind
        cdef Py_ssize_t i
        for i in range(len(headers)):
            pair = PyList_GET_ITEM(headers, i)
            field = &fields[self.count]
            field.given = PyTuple_GET_ITEM(pair, 0)
            field.value = PyTuple_GET_ITEM(pair, 1)
            recent = &self.recent[place_of(field)]
            if recent.given == field.given and recent.value == field.value:
                field.name = recent.name
                field.start = bytes_start(field.value)
                field.size = bytes_size(field.value)
                field.index = recent.index
                field.id = recent.id
            else:
                self.check_new(field)
            kind = (<FieldName>field.name).kind
            if kind == PLAIN or self.note_special(kind, <bytes>field.value, default):
                self.size += UVC_HPACK_FIELD_ROOM(
                    PyBytes_GET_SIZE((<FieldName>field.name).lower), field.size)
                self.count += 1
        return 0

    cdef int check_new(self, Field *field) except -1:
        cdef const char *start
        cdef Py_ssize_t size
        field.name = self.name_of(field.given)
        if not PyBytes_CheckExact(field.value):
            raise RuntimeError("Invalid HTTP header value.")
        start = bytes_start(field.value)
        size = bytes_size(field.value)
        while size > 0 and is_blank(start[0]):
            start += 1
            size -= 1
        while size > 0 and is_blank(start[size - 1]):
            size -= 1
        if not uvc_http1_is_field_value(start, size):
            raise RuntimeError("Invalid HTTP header value.")
        field.start = start
        field.size = size
        field.index = field.id = 0
        return 0

    cdef PyObject *name_of(self, PyObject *given) except NULL:
        """Its FieldName, which somebody holds until the head has been written."""
        cdef PyObject *found = NULL
        cdef FieldName made
        if PyBytes_CheckExact(given):
            found = PyDict_GetItemWithError(NAMES, given)
        if found == NULL:
            made = field_name(<object>given)
            self.kept.append(made)
            found = <PyObject *>made
        return found

    cdef bint note_special(self, int kind, bytes value, bint default) except -1:
        """Note a field that means something here; answers whether it is sent as it is."""
        if kind == LENGTH:
            self.length = read_length(self.length, value)
            self.length_at = self.count
            return True
        if kind == CODING:
            self.chunked = is_chunked(value) or self.chunked
            return False
        if kind == LEFT_OUT:
            return False
        if default:
            return not self.replaced & kind
        self.replaced |= kind
        return True

    cdef Py_ssize_t write(self, char *block, int status) noexcept:
        """Default fields come first. Answers the size of the block."""
        cdef char *end = block + uvc_hpack_encoder_start(&self.encoder, block)
        cdef Py_ssize_t i, at
        if status > 0:
            end += uvc_hpack_encoder_status(&self.encoder, end, status)
        for i in range(self.count):
            at = self.own + i
            end += self.write_field(end, &fields[at if at < self.count else at - self.count])
        return end - block

    cdef Py_ssize_t write_field(self, char *place, const Field *field) noexcept:
        """By its index at once, if it has still the one that it had the last time."""
        cdef uvc_hpack_table *table = &self.encoder.table
        cdef Py_ssize_t size
        cdef bytes name
        if field.given == NULL:
            return 0
        if field.index > 0:
            return uvc_hpack_write_integer(place, 0x80, 0x7f, field.index)
        if field.id > 0 and field.id - table.oldest < table.next - table.oldest:
            return uvc_hpack_write_integer(
                place, 0x80, 0x7f, UVC_HPACK_STATIC_COUNT + table.next - field.id)
        name = (<FieldName>field.name).lower
        size = uvc_hpack_encoder_field(
            &self.encoder, place, PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name), field.start,
            field.size)
        if size == 1 and field.size == bytes_size(field.value):
            self.remember(field, place[0] & 0x7f)
        return size

    cdef int remember(self, const Field *field, uint32_t index) noexcept:
        """It was sent by that index: so it is no secret, and fills no more than half of a table."""
        cdef Recent *recent = &self.recent[place_of(field)]
        cdef Recent before = recent[0]
        Py_INCREF(<object>field.given)
        Py_INCREF(<object>field.name)
        Py_INCREF(<object>field.value)
        recent.given = field.given
        recent.name = field.name
        recent.value = field.value
        recent.index = index if index <= UVC_HPACK_STATIC_COUNT else 0
        recent.id = self.encoder.table.next - (index - UVC_HPACK_STATIC_COUNT)
        Py_XDECREF(before.given)
        Py_XDECREF(before.name)
        Py_XDECREF(before.value)
        return 0
