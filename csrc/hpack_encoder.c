/*
 * A field is looked for by a hash over name and value in a row of marks. It stands in one of the
 * WAYS places from the one on that the hash says. A hash alone is no proof: what the table has is
 * compared.
 */
#include "hpack_encoder.h"

#include <string.h>

#include "huffman.h"
#include "words.h"

#define WAYS 4

#define AUTHORIZATION 23
#define COOKIE 32
#define PROXY_AUTHORIZATION 49
#define SET_COOKIE 55
#define STATUS 8

static const char status_name[] = ":status";

void uvc_hpack_encoder_init(uvc_hpack_encoder *encoder, void *memory, uint32_t room)
{
    memset(encoder, 0, sizeof(*encoder));
    encoder->now = 1;
    uvc_hpack_table_init(&encoder->table, memory, room);
    encoder->smallest = encoder->table.max_size;
    encoder->resized = room < UVC_HPACK_FIRST_SIZE;
}

void uvc_hpack_encoder_limit(uvc_hpack_encoder *encoder, uint32_t limit)
{
    uvc_hpack_table *table = &encoder->table;
    const uint32_t size = limit < table->room ? limit : table->room;

    if (size == table->max_size)
        return;
    uvc_hpack_table_resize(table, size);
    encoder->resized = 1;
    if (size < encoder->smallest)
        encoder->smallest = size;
}

size_t uvc_hpack_write_integer(char *dst, unsigned first, unsigned most, uint32_t number)
{
    size_t at = 1;

    if (number < most) {
        dst[0] = (char)(first | number);
        return 1;
    }
    dst[0] = (char)(first | most);
    for (number -= most; number >= 0x80; number >>= 7)
        dst[at++] = (char)(0x80u | (number & 0x7fu));
    dst[at++] = (char)number;
    return at;
}

size_t uvc_hpack_write_string(char *dst, const char *string, size_t len)
{
    const size_t encoded = uvc_huffman_size(string, len);
    size_t at;

    if (encoded < len) {
        at = uvc_hpack_write_integer(dst, 0x80, 0x7f, (uint32_t)encoded);
        return at + uvc_huffman_encode(dst + at, string, len);
    }
    at = uvc_hpack_write_integer(dst, 0, 0x7f, (uint32_t)len);
    if (len > 0)
        memcpy(dst + at, string, len);
    return at + len;
}

/* index: of the name in a table, or 0. */
static size_t write_literal(char *dst, int kind, uint32_t index, const char *name, size_t name_len,
                            const char *value, size_t value_len)
{
    size_t at;

    if (kind == UVC_HPACK_ADDED)
        at = uvc_hpack_write_integer(dst, 0x40, 0x3f, index);
    else
        at = uvc_hpack_write_integer(dst, kind == UVC_HPACK_NEVER ? 0x10 : 0, 0x0f, index);
    if (index == 0)
        at += uvc_hpack_write_string(dst + at, name, name_len);
    return at + uvc_hpack_write_string(dst + at, value, value_len);
}

size_t uvc_hpack_write_literal(char *dst, int kind, const char *name, size_t name_len,
                               const char *value, size_t value_len)
{
    return write_literal(dst, kind, uvc_hpack_static_name(name, name_len), name, name_len, value,
                         value_len);
}

static size_t write_size(char *dst, uint32_t size)
{
    return uvc_hpack_write_integer(dst, 0x20, 0x1f, size);
}

size_t uvc_hpack_encoder_start(uvc_hpack_encoder *encoder, char *dst)
{
    const uint32_t size = encoder->table.max_size;
    size_t at = 0;

    if (!encoder->resized)
        return 0;
    if (encoder->smallest < size)
        at = write_size(dst, encoder->smallest);
    at += write_size(dst + at, size);
    encoder->smallest = size;
    encoder->resized = 0;
    return at;
}

static inline uint64_t mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * 0x9e3779b97f4a7c15u;
    return state ^ state >> 29;
}

static uint64_t hash_string(uint64_t state, const char *string, size_t len)
{
    uint64_t last = 0;
    size_t i;

    state = mix(state, len);
    for (i = 0; i + 8 <= len; i += 8)
        state = mix(state, load64(string + i));
    if (len >= 8)
        return i < len ? mix(state, load64(string + len - 8)) : state;
    for (i = 0; i < len; i++)
        last = last << 8 | (unsigned char)string[i];
    return mix(state, last);
}

/* The mark of that hash, or else the one that has not been used for the longest time. */
static uvc_hpack_mark *find_mark(uvc_hpack_encoder *encoder, uint32_t hash)
{
    uvc_hpack_mark *mark, *oldest = NULL;
    unsigned i;

    for (i = 0; i < WAYS; i++) {
        mark = &encoder->marks[(hash + i) % UVC_HPACK_MARKS];
        if (mark->hash == hash)
            return mark;
        if (oldest == NULL || encoder->now - mark->used > encoder->now - oldest->used)
            oldest = mark;
    }
    return oldest;
}

static inline int is_in_table(const uvc_hpack_table *table, uint32_t id)
{
    return id - table->oldest < uvc_hpack_table_count(table);
}

static int entry_is(const uvc_hpack_table *table, uint32_t id, const char *name, size_t name_len,
                    const char *value, size_t value_len)
{
    const uvc_hpack_entry *entry = uvc_hpack_table_entry(table, id);

    return entry->name_len == name_len && entry->value_len == value_len &&
           memcmp(uvc_hpack_table_name(table, entry), name, name_len) == 0 &&
           (value_len == 0 ||
            memcmp(uvc_hpack_table_value(table, entry), value, value_len) == 0);
}

static inline int is_secret(unsigned index)
{
    return index == SET_COOKIE || index == COOKIE || index == AUTHORIZATION ||
           index == PROXY_AUTHORIZATION;
}

/* A field that no entry of the static table is. index: of its name there, or 0. */
static size_t write_field(uvc_hpack_encoder *encoder, char *dst, unsigned index, const char *name,
                          size_t name_len, const char *value, size_t value_len)
{
    uvc_hpack_table *table = &encoder->table;
    int kind = UVC_HPACK_LITERAL;
    uvc_hpack_mark *mark;
    uint32_t hash;

    if (is_secret(index))
        kind = UVC_HPACK_NEVER;
    else if (name_len + value_len + UVC_HPACK_ENTRY_OVERHEAD <= table->max_size / 2) {
        hash = (uint32_t)(hash_string(hash_string(0, name, name_len), value, value_len) >> 32);
        mark = find_mark(encoder, hash);
        mark->used = encoder->now++;
        if (mark->hash != hash) {
            mark->hash = hash;
            mark->id = 0;
        } else if (!is_in_table(table, mark->id)) {
            kind = UVC_HPACK_ADDED;
            mark->id = table->next;
        } else if (entry_is(table, mark->id, name, name_len, value, value_len)) {
            return uvc_hpack_write_integer(dst, 0x80, 0x7f,
                                           UVC_HPACK_STATIC_COUNT + table->next - mark->id);
        }
    }
    if (kind == UVC_HPACK_ADDED)
        uvc_hpack_table_add(table, name, (uint32_t)name_len, value, (uint32_t)value_len);
    return write_literal(dst, kind, index, name, name_len, value, value_len);
}

size_t uvc_hpack_encoder_status(uvc_hpack_encoder *encoder, char *dst, int status)
{
    const char value[3] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10),
                           (char)('0' + status % 10)};
    const unsigned found = uvc_hpack_static_value(STATUS, value, sizeof(value));

    if (found != 0)
        return uvc_hpack_write_integer(dst, 0x80, 0x7f, found);
    return write_field(encoder, dst, STATUS, status_name, sizeof(status_name) - 1, value,
                       sizeof(value));
}

size_t uvc_hpack_encoder_field(uvc_hpack_encoder *encoder, char *dst, const char *name,
                               size_t name_len, const char *value, size_t value_len)
{
    const unsigned index = uvc_hpack_static_name(name, name_len);
    const unsigned found = index == 0 ? 0 : uvc_hpack_static_value(index, value, value_len);

    if (found != 0)
        return uvc_hpack_write_integer(dst, 0x80, 0x7f, found);
    return write_field(encoder, dst, index, name, name_len, value, value_len);
}
