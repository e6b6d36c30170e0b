# distutils: sources = csrc/hpack_decoder.c csrc/hpack_table.c csrc/huffman.c csrc/h2field.c csrc/http1.c

"""Header blocks of HTTP/2 become request heads: csrc/hpack_decoder and csrc/h2field.

A field is checked, and made into an object, once: the object stays with its entry of the dynamic
table, and what it is in the tag of the entry. When it comes again as an index it costs neither.
Names that are known are the objects that the HTTP/1 codec has.

All of a block is decoded whatever is wrong with it, as the table follows from it. What is too long
is judged before what is malformed, and of that the first fault counts.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from cpython.tuple cimport PyTuple_GET_ITEM
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.string cimport memcmp, memset

from uvicorn._speed.csrc cimport *
from uvicorn._speed.http1_codec cimport KNOWN
from uvicorn._speed.octets cimport content_length

from ..codecs import http2_refusals

# In a tag, beside the kind of the field and 1 more.
DEF KIND_BITS = 0xff
DEF FORWARDED = 0x100

cdef dict REASONS = http2_refusals.REASONS
cdef str MISSING_HOST = http2_refusals.MISSING_HOST
cdef str MORE_HOSTS = http2_refusals.MORE_HOSTS
cdef str OTHER_HOST = http2_refusals.OTHER_HOST
cdef str BAD_LENGTH = http2_refusals.BAD_LENGTH
cdef str MORE_LENGTHS = http2_refusals.MORE_LENGTHS
cdef str NO_WEBSOCKETS = http2_refusals.NO_WEBSOCKETS
cdef str BAD_PATH = REASONS[http2_refusals.BAD_PATH]
cdef str PSEUDO_IN_TRAILERS = http2_refusals.PSEUDO_IN_TRAILERS
cdef tuple PATH_TOO_LONG = http2_refusals.PATH_TOO_LONG
cdef tuple LIST_TOO_LARGE = http2_refusals.LIST_TOO_LARGE
cdef tuple TOO_MANY_FIELDS = http2_refusals.TOO_MANY_FIELDS

cdef bytes HOST = KNOWN[0]
cdef bytes NOTHING = b""

# For strings in Huffman code, as long as one block is read: one for all connections.
cdef char *scratch = NULL
cdef size_t scratch_size = 0

# The objects and tags of the static table's entries; those of no request have none.
cdef PyObject *static_objects[62]
cdef uint32_t static_tags[62]


cdef int want_scratch(size_t size) except -1:
    global scratch, scratch_size
    if size > scratch_size:
        larger = <char *>PyMem_Realloc(scratch, size)
        if larger == NULL:
            raise MemoryError
        scratch = larger
        scratch_size = size
    return 0


cdef uint32_t tag_of(int kind, const uvc_hpack_field *field):
    cdef uint32_t tag = kind + 1
    if kind == UVC_H2FIELD_PLAIN and (
        field.name_len == 15 and memcmp(field.name, b"x-forwarded-for", 15) == 0
        or field.name_len == 17 and memcmp(field.name, b"x-forwarded-proto", 17) == 0
    ):
        tag |= FORWARDED
    return tag


cdef object make(const uvc_hpack_field *field, int kind, bytes name):
    """The method as str, the path as bytes, other fields as pairs; :authority is Host."""
    if kind == UVC_H2FIELD_METHOD or kind == UVC_H2FIELD_CONNECT:
        return PyUnicode_DecodeASCII(field.value, field.value_len, NULL)
    value = PyBytes_FromStringAndSize(field.value, field.value_len)
    if kind == UVC_H2FIELD_AUTHORITY:
        return (HOST, value)
    return value if kind > UVC_H2FIELD_CONNECT else (name, value)


cdef bytes known_name(const uvc_hpack_field *field):
    cdef int known = uvc_http1_find_name(field.name, field.name_len)
    if known >= 0:
        return <bytes>KNOWN[known]
    return None


cdef int fill_static_table() except -1:
    cdef uvc_hpack_field field
    cdef const uvc_hpack_static *entry
    cdef int kind
    cdef unsigned index
    memset(static_objects, 0, sizeof(static_objects))
    memset(static_tags, 0, sizeof(static_tags))
    for index in range(1, UVC_HPACK_STATIC_COUNT + 1):
        entry = uvc_hpack_static_entry(index)
        field.name, field.name_len = entry.name, entry.name_len
        field.value, field.value_len = entry.value, entry.value_len
        kind = uvc_h2field_check(field.name, field.name_len, field.value, field.value_len)
        if kind >= 0:
            name = known_name(&field) or PyBytes_FromStringAndSize(field.name, field.name_len)
            made = make(&field, kind, name)
            Py_INCREF(made)
            static_objects[index] = <PyObject *>made
            static_tags[index] = tag_of(kind, &field)
    return 0


fill_static_table()


cdef class HeadReader:
    def __cinit__(self, Http2Limits limits):
        cdef size_t slots
        self.limits = limits
        self.memory = PyMem_Malloc(uvc_hpack_table_memory(UVC_HPACK_FIRST_SIZE))
        if self.memory == NULL:
            raise MemoryError
        uvc_hpack_decoder_init(
            &self.decoder, self.memory, UVC_HPACK_FIRST_SIZE, limits.fields, limits.head)
        self.cleared = self.decoder.table.oldest
        slots = self.decoder.table.slot_mask + 1
        self.objects = <PyObject **>PyMem_Malloc(slots * sizeof(PyObject *))
        if self.objects == NULL:
            raise MemoryError
        memset(self.objects, 0, slots * sizeof(PyObject *))

    def __dealloc__(self):
        cdef uint32_t slot
        if self.objects != NULL:
            for slot in range(self.decoder.table.slot_mask + 1):
                Py_XDECREF(self.objects[slot])
            PyMem_Free(self.objects)
        PyMem_Free(self.memory)

    cdef int read(self, const char *block, Py_ssize_t size, RequestHead head) except -1:
        """Fill the head; `content_length` and `priority` are said beside it."""
        cdef int ended
        self.start(block, size)
        self.head = head
        self.headers = []
        head.target = head.authority = head.protocol = NOTHING
        head.expect_continue = head.may_be_forwarded = False
        ended = self.read_fields()
        if ended == UVC_HPACK_END and not self.reason and not self.path_too_long:
            self.complete()
        head.headers = self.headers
        self.headers = None
        self.clear()
        return self.judge(ended)

    cdef int read_trailers(self, const char *block, Py_ssize_t size) except -1:
        """Check them. Nobody gets to see them."""
        cdef int ended
        self.start(block, size)
        self.head = None
        ended = self.read_fields()
        if self.order >= 1u << UVC_H2FIELD_METHOD:
            self.note(PSEUDO_IN_TRAILERS)
        self.clear()
        return self.judge(ended)

    cdef int skip(self, const char *block, Py_ssize_t size) except -1:
        """Of a block that is not wanted: GOOD or UNREADABLE."""
        cdef int ended
        self.start(block, size)
        ended = uvc_hpack_decoder_skip(&self.decoder)
        self.clear()
        return self.judge(ended)

    cdef int start(self, const char *block, Py_ssize_t size) except -1:
        want_scratch(max(UVC_HPACK_FIRST_SIZE, self.limits.head))
        uvc_hpack_decoder_start(&self.decoder, block, size, scratch, scratch_size)
        self.order = 0
        self.reason = ""
        self.content_length = -1
        self.priority = None
        self.is_connect = self.path_too_long = False
        self.hosts = 0
        self.cookies = None
        self.cookie_at = -1
        return 0

    cdef int read_fields(self) except -1:
        """Answers what ended the block."""
        cdef uvc_hpack_field field
        cdef uint32_t tag
        cdef PyObject *made
        cdef int kind, fault
        cdef int found = uvc_hpack_decoder_next(&self.decoder, &field)
        while found == UVC_HPACK_FIELD:
            made = self.object_of(&field, &tag)
            if made != NULL:
                kind = <int>(tag & KIND_BITS) - 1
                fault = uvc_h2field_admit(&self.order, kind)
                if fault < 0:
                    self.note(REASONS[fault])
                elif self.head is None:
                    pass
                elif kind != UVC_H2FIELD_PLAIN:
                    self.take_special(kind, <object>made)
                else:
                    self.headers.append(<tuple>made)
                    if tag & FORWARDED:
                        self.head.may_be_forwarded = True
            found = uvc_hpack_decoder_next(&self.decoder, &field)
        return found

    cdef PyObject *object_of(self, const uvc_hpack_field *field, uint32_t *tag) except? NULL:
        """What the field is made into, and its tag. NULL where it is malformed, or where another
        one was before and nobody will see it."""
        cdef int kind
        if field.kind == UVC_HPACK_INDEXED:
            if field.index > 0 and static_objects[field.index] != NULL:
                tag[0] = static_tags[field.index]
                return static_objects[field.index]
            if field.tag != 0:
                tag[0] = field.tag
                return self.objects[field.slot]
        kind = uvc_h2field_check(field.name, field.name_len, field.value, field.value_len)
        if kind == UVC_H2FIELD_PATH or kind == UVC_H2FIELD_BAD_PATH:
            self.path_too_long |= <long>field.value_len > self.limits.line
        if kind < 0:
            self.note(REASONS[kind])
        return NULL if self.reason else self.keep(field, kind, tag)

    cdef PyObject *keep(self, const uvc_hpack_field *field, int kind, uint32_t *tag) except NULL:
        """Make the object of a field that is new here."""
        cdef bytes name = self.name_of(field) if kind < UVC_H2FIELD_METHOD else None
        cdef object made = make(field, kind, name)
        cdef PyObject *before
        tag[0] = tag_of(kind, field)
        if field.slot < 0:
            self.made = made
            return <PyObject *>made
        before = self.objects[field.slot]
        Py_INCREF(made)
        self.objects[field.slot] = <PyObject *>made
        uvc_hpack_decoder_tag(&self.decoder, field.slot, tag[0])
        Py_XDECREF(before)
        return <PyObject *>made

    cdef bytes name_of(self, const uvc_hpack_field *field):
        """Its name as an object; the one of the entry that it comes from, if that is still there."""
        cdef bytes name = known_name(field)
        cdef PyObject *before
        if name is not None:
            return name
        if field.name_slot >= 0:
            before = self.objects[field.name_slot]
            if before != NULL and type(<object>before) is tuple:
                name = <bytes>PyTuple_GET_ITEM(<object>before, 0)
                if PyBytes_GET_SIZE(name) == field.name_len and (
                    memcmp(PyBytes_AS_STRING(name), field.name, field.name_len) == 0
                ):
                    return name
        return PyBytes_FromStringAndSize(field.name, field.name_len)

    # Fields that mean something here.

    cdef int take_special(self, int kind, object made) except -1:
        cdef RequestHead head = self.head
        if kind == UVC_H2FIELD_METHOD:
            head.method = <str>made
        elif kind == UVC_H2FIELD_PATH:
            head.target = <bytes>made
            self.path_too_long |= PyBytes_GET_SIZE(head.target) > self.limits.line
        elif kind == UVC_H2FIELD_AUTHORITY:
            head.authority = <bytes>PyTuple_GET_ITEM(made, 1)
            self.headers.append(made)
        elif kind == UVC_H2FIELD_CONNECT:
            head.method = <str>made
            self.is_connect = True
        elif kind == UVC_H2FIELD_PROTOCOL:
            head.protocol = (<bytes>made).lower()
        elif kind == UVC_H2FIELD_HOST:
            self.take_host(made)
        elif kind == UVC_H2FIELD_COOKIE and self.cookie_at >= 0:
            if self.cookies is None:
                self.cookies = [self.headers[self.cookie_at][1]]
            self.cookies.append(made[1])
        elif kind != UVC_H2FIELD_SCHEME:
            if kind == UVC_H2FIELD_COOKIE:
                self.cookie_at = len(self.headers)
            elif kind == UVC_H2FIELD_CONTENT_LENGTH:
                self.take_length(made)
            elif kind == UVC_H2FIELD_EXPECT:
                head.expect_continue = (<bytes>made[1]).lower() == b"100-continue"
            elif kind == UVC_H2FIELD_PRIORITY:
                self.priority = made[1] if self.priority is None else self.priority + b"," + made[1]
            self.headers.append(made)
        return 0

    cdef int take_host(self, tuple made) except -1:
        """:authority is the host, and stands first; without one this is, and does."""
        cdef bytes host = made[1]
        self.hosts += 1
        if self.hosts > 1:
            self.note(MORE_HOSTS)
        elif not self.order & 1u << UVC_H2FIELD_AUTHORITY:
            self.headers.insert(0, made)
            if self.cookie_at >= 0:
                self.cookie_at += 1
        elif host != self.head.authority and host.lower() != self.head.authority.lower():
            self.note(OTHER_HOST)
        return 0

    cdef int take_length(self, tuple made) except -1:
        if self.content_length >= 0:
            self.note(MORE_LENGTHS)
        else:
            self.content_length = content_length(made[1])
            if self.content_length < 0:
                self.note(BAD_LENGTH)
        return 0

    # What they are together.

    cdef int complete(self) except -1:
        cdef RequestHead head = self.head
        cdef int fault = uvc_h2field_complete(self.order)
        if fault < 0:
            self.note(REASONS[fault])
        elif self.hosts == 0 and not self.order & 1u << UVC_H2FIELD_AUTHORITY:
            self.note(MISSING_HOST)
        elif PyBytes_AS_STRING(head.target)[0] == b"*" and head.method != "OPTIONS":
            self.note(BAD_PATH)
        elif self.is_connect:
            self.check_connect()
        if self.cookies is not None:
            name = self.headers[self.cookie_at][0]
            self.headers[self.cookie_at] = (name, b"; ".join(self.cookies))
        return 0

    cdef int check_connect(self) except -1:
        cdef RequestHead head = self.head
        if head.protocol:
            if not self.limits.websockets:
                self.note(NO_WEBSOCKETS)
            return 0
        host, _, port = head.authority.rpartition(b":")
        if not host or not port.isdigit():
            self.note(REASONS[UVC_H2FIELD_BAD_AUTHORITY])
        head.target = head.authority
        return 0

    cdef int note(self, str reason) except -1:
        """The first fault counts."""
        if not self.reason:
            self.reason = reason
        return 0

    cdef int judge(self, int ended) except -1:
        if ended == UVC_HPACK_END:
            if self.path_too_long:
                self.refusal = PATH_TOO_LONG
                return TOO_LONG
            return MALFORMED if self.reason else GOOD
        if ended == UVC_HPACK_TOO_LARGE:
            self.refusal = LIST_TOO_LARGE
            return TOO_LONG
        if ended == UVC_HPACK_TOO_MANY_FIELDS:
            self.refusal = TOO_MANY_FIELDS
            return TOO_LONG
        self.reason = REASONS[ended]
        return UNREADABLE

    cdef int clear(self) except -1:
        """Drop the objects of entries that are gone, and whose slots no others have taken."""
        cdef uvc_hpack_table *table = &self.decoder.table
        cdef uint32_t slots = table.slot_mask + 1
        cdef uint32_t id = self.cleared
        cdef PyObject *gone
        self.made = None
        if id == table.oldest:
            return 0
        self.cleared = table.oldest
        if table.oldest - id > slots:
            id = table.oldest - slots
        while id != self.cleared:
            if table.next - id <= slots:
                gone = self.objects[id & table.slot_mask]
                self.objects[id & table.slot_mask] = NULL
                Py_XDECREF(gone)
            id += 1
        return 0
