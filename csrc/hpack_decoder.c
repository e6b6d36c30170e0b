/*
 * The first byte of a field says what it is (RFC 7541 section 6):
 *
 *   1.......  an index of 7 bits
 *   01......  literal that is added, the index of its name in 6 bits
 *   001.....  size update, 5 bits
 *   0001....  literal never indexed, 4 bits
 *   0000....  literal, 4 bits
 */
#include "hpack_decoder.h"

#include <string.h>

#include "huffman.h"

/* An integer may take so many bytes behind its prefix. */
#define MOST_CONTINUED 4

void uvc_hpack_decoder_init(uvc_hpack_decoder *decoder, void *memory, uint32_t room,
                            uint32_t max_fields, uint32_t max_list)
{
    memset(decoder, 0, sizeof(*decoder));
    uvc_hpack_table_init(&decoder->table, memory, room);
    decoder->limit = decoder->table.max_size;
    decoder->max_fields = max_fields;
    decoder->max_list = max_list;
}

void uvc_hpack_decoder_limit(uvc_hpack_decoder *decoder, uint32_t limit)
{
    decoder->limit = limit;
    if (limit < decoder->table.max_size)
        decoder->must_shrink = 1;
}

void uvc_hpack_decoder_start(uvc_hpack_decoder *decoder, const char *block, size_t len,
                             char *scratch, size_t scratch_room)
{
    decoder->at = block;
    decoder->end = len > 0 ? block + len : block;
    decoder->scratch = scratch;
    decoder->scratch_room = scratch_room;
    decoder->fields = 0;
    decoder->list = 0;
    decoder->at_start = 1;
}

/* Behind a prefix of ones (section 5.1). */
static int read_long_integer(uvc_hpack_decoder *decoder, uint32_t *number)
{
    const char *p = decoder->at;
    unsigned byte, shift;

    for (shift = 0; shift < 7 * MOST_CONTINUED; shift += 7) {
        if (p == decoder->end)
            return UVC_HPACK_CUT_SHORT;
        byte = (unsigned char)*p++;
        *number += (uint32_t)(byte & 0x7fu) << shift;
        if (byte < 0x80u) {
            decoder->at = p;
            return 0;
        }
    }
    return UVC_HPACK_BAD_INTEGER;
}

/* At least one byte is there, and `most` is what its prefix holds at most. */
static inline int read_integer(uvc_hpack_decoder *decoder, unsigned most, uint32_t *number)
{
    *number = (unsigned char)*decoder->at++ & most;
    return *number < most ? 0 : read_long_integer(decoder, number);
}

/*
 * A string, and how much of the scratch it takes. One that is too long for the scratch gets a
 * length that is too long for everything, and is never looked at.
 */
static int read_string(uvc_hpack_decoder *decoder, size_t *scratch_used, const char **string,
                       uint32_t *len)
{
    uint32_t encoded;
    int huffman, verdict;
    long decoded;

    if (decoder->at == decoder->end)
        return UVC_HPACK_CUT_SHORT;
    huffman = (unsigned char)*decoder->at & 0x80u;
    verdict = read_integer(decoder, 0x7f, &encoded);
    if (verdict < 0)
        return verdict;
    if (encoded > (size_t)(decoder->end - decoder->at))
        return UVC_HPACK_CUT_SHORT;
    *string = decoder->at;
    *len = encoded;
    decoder->at += encoded;
    if (!huffman)
        return 0;
    decoded = uvc_huffman_decode(decoder->scratch + *scratch_used,
                                 decoder->scratch_room - *scratch_used, *string, encoded);
    if (decoded < 0 && decoded != UVC_HUFFMAN_TOO_LONG)
        return UVC_HPACK_BAD_HUFFMAN;
    *string = decoder->scratch + *scratch_used;
    if (decoded < 0) {
        *len = (uint32_t)decoder->scratch_room + 1;
        return 0;
    }
    *len = (uint32_t)decoded;
    *scratch_used += (size_t)decoded;
    return 0;
}

/* The name, and the value too for a field that is indexed as a whole. */
static int look_up(const uvc_hpack_decoder *decoder, uint32_t index, uvc_hpack_field *field)
{
    const uvc_hpack_table *table = &decoder->table;
    const uvc_hpack_static *constant;
    const uvc_hpack_entry *entry;
    uint32_t id;

    if (index <= UVC_HPACK_STATIC_COUNT) {
        if (index == 0)
            return UVC_HPACK_BAD_INDEX;
        constant = uvc_hpack_static_entry(index);
        field->name = constant->name;
        field->value = constant->value;
        field->name_len = constant->name_len;
        field->value_len = constant->value_len;
        field->index = field->name_index = (uint8_t)index;
        return 0;
    }
    index -= UVC_HPACK_STATIC_COUNT;
    if (index > uvc_hpack_table_count(table))
        return UVC_HPACK_BAD_INDEX;
    id = table->next - index;
    entry = uvc_hpack_table_entry(table, id);
    field->name = uvc_hpack_table_name(table, entry);
    field->value = uvc_hpack_table_value(table, entry);
    field->name_len = entry->name_len;
    field->value_len = entry->value_len;
    field->tag = entry->tag;
    field->slot = field->name_slot = (int32_t)(id & table->slot_mask);
    return 0;
}

/* What a name comes from is not what the field is. */
static int read_name(uvc_hpack_decoder *decoder, unsigned most, size_t *scratch_used,
                     uvc_hpack_field *field)
{
    uint32_t index;
    int verdict = read_integer(decoder, most, &index);

    if (verdict < 0)
        return verdict;
    if (index == 0)
        return read_string(decoder, scratch_used, &field->name, &field->name_len);
    verdict = look_up(decoder, index, field);
    field->index = 0;
    field->slot = -1;
    field->tag = 0;
    return verdict;
}

/* To add an entry may overwrite the one that its name comes from: it is copied before. */
static void add(uvc_hpack_decoder *decoder, size_t scratch_used, uvc_hpack_field *field)
{
    uvc_hpack_table *table = &decoder->table;
    const uvc_hpack_entry *entry;
    char *copy = decoder->scratch + scratch_used;

    if (field->name_slot >= 0 && field->name_len <= decoder->scratch_room - scratch_used) {
        if (field->name_len > 0)
            memcpy(copy, field->name, field->name_len);
        field->name = copy;
    }
    entry = uvc_hpack_table_add(table, field->name, field->name_len, field->value,
                                field->value_len);
    if (entry != NULL)
        field->slot = (int32_t)(entry - table->slots);
}

static int read_literal(uvc_hpack_decoder *decoder, unsigned first, uvc_hpack_field *field)
{
    size_t scratch_used = 0;
    int verdict;

    field->kind = UVC_HPACK_LITERAL;
    if (first >= 0x40)
        field->kind = UVC_HPACK_ADDED;
    else if (first >= 0x10)
        field->kind = UVC_HPACK_NEVER;
    verdict = read_name(decoder, first >= 0x40 ? 0x3f : 0x0f, &scratch_used, field);
    if (verdict < 0)
        return verdict;
    verdict = read_string(decoder, &scratch_used, &field->value, &field->value_len);
    if (verdict < 0)
        return verdict;
    if (field->kind == UVC_HPACK_ADDED)
        add(decoder, scratch_used, field);
    return UVC_HPACK_FIELD;
}

/* Section 6.3. As none is above the limit, any of them is what a lowered limit asks for. */
static int read_size_updates(uvc_hpack_decoder *decoder)
{
    uint32_t size;
    int verdict;

    while (decoder->at < decoder->end && ((unsigned char)*decoder->at & 0xe0u) == 0x20u) {
        verdict = read_integer(decoder, 0x1f, &size);
        if (verdict < 0)
            return verdict;
        if (size > decoder->limit)
            return UVC_HPACK_BAD_SIZE;
        uvc_hpack_table_resize(&decoder->table, size);
        decoder->must_shrink = 0;
    }
    decoder->at_start = 0;
    return decoder->must_shrink ? UVC_HPACK_BAD_SIZE : 0;
}

/* One field, whatever the limits. */
static int read_field(uvc_hpack_decoder *decoder, uvc_hpack_field *field)
{
    unsigned first;
    uint32_t index;
    int verdict;

    if (decoder->at == decoder->end)
        return UVC_HPACK_END;
    first = (unsigned char)*decoder->at;
    field->slot = field->name_slot = -1;
    field->index = field->name_index = 0;
    field->tag = 0;
    if (first < 0x80) {
        if ((first & 0xe0) == 0x20)
            return UVC_HPACK_MISPLACED_SIZE;
        return read_literal(decoder, first, field);
    }
    field->kind = UVC_HPACK_INDEXED;
    verdict = read_integer(decoder, 0x7f, &index);
    if (verdict < 0)
        return verdict;
    verdict = look_up(decoder, index, field);
    return verdict < 0 ? verdict : UVC_HPACK_FIELD;
}

/* 0, or the limit that the field exceeds. */
static inline int count(uvc_hpack_decoder *decoder, const uvc_hpack_field *field)
{
    const uint64_t list = (uint64_t)decoder->list + field->name_len + field->value_len +
                          UVC_HPACK_ENTRY_OVERHEAD;

    if (list > decoder->max_list)
        return UVC_HPACK_TOO_LARGE;
    if (decoder->fields == decoder->max_fields)
        return UVC_HPACK_TOO_MANY_FIELDS;
    decoder->list = (uint32_t)list;
    decoder->fields++;
    return 0;
}

int uvc_hpack_decoder_next(uvc_hpack_decoder *decoder, uvc_hpack_field *field)
{
    int verdict, too_much;

    if (decoder->at_start) {
        verdict = read_size_updates(decoder);
        if (verdict < 0)
            return verdict;
    }
    verdict = read_field(decoder, field);
    if (verdict != UVC_HPACK_FIELD)
        return verdict;
    too_much = count(decoder, field);
    if (too_much == 0)
        return UVC_HPACK_FIELD;
    verdict = uvc_hpack_decoder_skip(decoder);
    return verdict < 0 ? verdict : too_much;
}

int uvc_hpack_decoder_skip(uvc_hpack_decoder *decoder)
{
    uvc_hpack_field field;
    int verdict;

    if (decoder->at_start) {
        verdict = read_size_updates(decoder);
        if (verdict < 0)
            return verdict;
    }
    do
        verdict = read_field(decoder, &field);
    while (verdict == UVC_HPACK_FIELD);
    return verdict;
}
