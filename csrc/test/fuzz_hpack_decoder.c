/*
 * What must hold for any bytes: the fields, the verdict and the table are those of a decoder that
 * keeps its entries in a plain row, also behind a field that exceeds a limit. The first three bytes
 * choose the room and the limits, the rest is blocks, each behind two bytes with its length, of
 * which the top bit says that the limit of the table's size changes.
 */
#include <stdlib.h>
#include <string.h>

#include "../hpack_decoder.h"
#include "../huffman.h"

#define MOST_ENTRIES 256
#define MOST_STRING 8192

typedef struct {
    char *text;
    uint32_t name_len, value_len;
} plain_entry;

/* The newest first. */
typedef struct {
    plain_entry entries[MOST_ENTRIES];
    uint32_t count, size, max_size, limit;
    int must_shrink;
} plain_table;

typedef struct {
    const uint8_t *at, *end;
} input;

typedef struct {
    char name[MOST_STRING], value[MOST_STRING];
    uint32_t name_len, value_len;
    int kind;
} plain_field;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

static void *new_block(size_t len)
{
    void *block = malloc(len > 0 ? len : 1);

    if (block == NULL)
        abort();
    return block;
}

static void drop_last(plain_table *table)
{
    plain_entry *last = &table->entries[--table->count];

    table->size -= last->name_len + last->value_len + 32;
    free(last->text);
}

static void resize(plain_table *table, uint32_t size)
{
    table->max_size = size;
    while (table->size > size)
        drop_last(table);
}

static void add(plain_table *table, const plain_field *field)
{
    const uint32_t size = field->name_len + field->value_len + 32;
    plain_entry entry = {NULL, field->name_len, field->value_len};

    while (table->count > 0 && table->size + size > table->max_size)
        drop_last(table);
    if (size > table->max_size)
        return;
    entry.text = new_block(size);
    memcpy(entry.text, field->name, field->name_len);
    memcpy(entry.text + field->name_len, field->value, field->value_len);
    memmove(table->entries + 1, table->entries, table->count * sizeof(plain_entry));
    table->entries[0] = entry;
    table->count++;
    table->size += size;
}

static int read_integer(input *in, int bits, uint64_t *number)
{
    const uint64_t most = (1u << bits) - 1;
    int i;

    if (in->at == in->end)
        return UVC_HPACK_CUT_SHORT;
    *number = *in->at++ & most;
    if (*number < most)
        return 0;
    for (i = 0; i < 4; i++) {
        if (in->at == in->end)
            return UVC_HPACK_CUT_SHORT;
        *number += (uint64_t)(*in->at & 127) << (7 * i);
        if (*in->at++ < 128)
            return 0;
    }
    return UVC_HPACK_BAD_INTEGER;
}

static int read_string(input *in, char *text, uint32_t *text_len)
{
    const int huffman = in->at < in->end && *in->at >= 128;
    uint64_t len;
    long decoded;
    int verdict = read_integer(in, 7, &len);

    if (verdict < 0)
        return verdict;
    if (len > (uint64_t)(in->end - in->at))
        return UVC_HPACK_CUT_SHORT;
    if (huffman) {
        decoded = uvc_huffman_decode(text, MOST_STRING, (const char *)in->at, (size_t)len);
        if (decoded < 0)
            return UVC_HPACK_BAD_HUFFMAN;
        *text_len = (uint32_t)decoded;
    } else {
        memcpy(text, in->at, (size_t)len);
        *text_len = (uint32_t)len;
    }
    in->at += len;
    return 0;
}

static int look_up(const plain_table *table, uint64_t index, int whole, plain_field *field)
{
    if (index == 0 || index > 61 + (uint64_t)table->count)
        return UVC_HPACK_BAD_INDEX;
    if (index <= 61) {
        const uvc_hpack_static *entry = uvc_hpack_static_entry((unsigned)index);
        field->name_len = entry->name_len;
        memcpy(field->name, entry->name, field->name_len);
        field->value_len = whole ? entry->value_len : 0;
        memcpy(field->value, entry->value, field->value_len);
    } else {
        const plain_entry *entry = &table->entries[index - 62];
        field->name_len = entry->name_len;
        memcpy(field->name, entry->text, field->name_len);
        field->value_len = whole ? entry->value_len : 0;
        memcpy(field->value, entry->text + entry->name_len, field->value_len);
    }
    return 0;
}

static int read_literal(plain_table *table, input *in, plain_field *field)
{
    const int byte = *in->at;
    uint64_t index;
    int verdict;

    field->kind = byte >= 64 ? UVC_HPACK_ADDED : byte >= 16 ? UVC_HPACK_NEVER : UVC_HPACK_LITERAL;
    verdict = read_integer(in, byte >= 64 ? 6 : 4, &index);
    if (verdict == 0)
        verdict = index == 0 ? read_string(in, field->name, &field->name_len)
                             : look_up(table, index, 0, field);
    if (verdict == 0)
        verdict = read_string(in, field->value, &field->value_len);
    if (verdict < 0)
        return verdict;
    if (field->kind == UVC_HPACK_ADDED)
        add(table, field);
    return UVC_HPACK_FIELD;
}

static int next(plain_table *table, input *in, int at_start, plain_field *field)
{
    uint64_t number;
    int verdict;

    while (in->at < in->end && *in->at >= 32 && *in->at < 64) {
        if (!at_start)
            return UVC_HPACK_MISPLACED_SIZE;
        verdict = read_integer(in, 5, &number);
        if (verdict < 0)
            return verdict;
        if (number > table->limit)
            return UVC_HPACK_BAD_SIZE;
        resize(table, (uint32_t)number);
        table->must_shrink = 0;
    }
    if (table->must_shrink)
        return UVC_HPACK_BAD_SIZE;
    if (in->at == in->end)
        return UVC_HPACK_END;
    if (*in->at < 128)
        return read_literal(table, in, field);
    field->kind = UVC_HPACK_INDEXED;
    verdict = read_integer(in, 7, &number);
    if (verdict == 0)
        verdict = look_up(table, number, 1, field);
    return verdict < 0 ? verdict : UVC_HPACK_FIELD;
}

static void hold_tables(const uvc_hpack_table *table, const plain_table *plain)
{
    uint32_t i;

    hold(uvc_hpack_table_count(table) == plain->count && table->size == plain->size);
    hold(table->max_size == plain->max_size && table->size <= table->max_size);
    for (i = 0; i < plain->count; i++) {
        const uvc_hpack_entry *entry = uvc_hpack_table_entry(table, table->next - 1 - i);
        const plain_entry *other = &plain->entries[i];
        hold(entry->name_len == other->name_len && entry->value_len == other->value_len);
        hold(memcmp(uvc_hpack_table_name(table, entry), other->text,
                    entry->name_len + entry->value_len) == 0);
    }
}

static void hold_field(const uvc_hpack_table *table, const uvc_hpack_field *field,
                       const plain_field *plain)
{
    hold(field->kind == plain->kind);
    hold(field->name_len == plain->name_len && field->value_len == plain->value_len);
    hold(memcmp(field->name, plain->name, field->name_len) == 0);
    hold(memcmp(field->value, plain->value, field->value_len) == 0);
    hold(field->slot >= -1 && field->slot <= (int32_t)table->slot_mask);
    hold(field->name_slot >= -1 && field->name_slot <= (int32_t)table->slot_mask);
    if (field->slot >= 0) {
        const uvc_hpack_entry *entry = &table->slots[field->slot];
        hold(entry->name_len == field->name_len && entry->value_len == field->value_len);
        hold(memcmp(uvc_hpack_table_name(table, entry), field->name, field->name_len) == 0);
    }
}

/* The last verdict of the plain decoder, which has no limits. */
static int hold_block(uvc_hpack_decoder *decoder, plain_table *plain, const uint8_t *block,
                      size_t len)
{
    static plain_field expected;
    char *copy = new_block(len), *scratch = new_block(UVC_HPACK_SCRATCH(decoder));
    input in = {block, block + len};
    uint64_t list = 0;
    uint32_t fields = 0;
    uvc_hpack_field field;
    int verdict, found = UVC_HPACK_FIELD, at_start = 1, too_much = 0;

    memcpy(copy, block, len);
    uvc_hpack_decoder_start(decoder, copy, len, scratch, UVC_HPACK_SCRATCH(decoder));
    while ((verdict = next(plain, &in, at_start, &expected)) == UVC_HPACK_FIELD) {
        at_start = 0;
        if (found != UVC_HPACK_FIELD)
            continue; /* the decoder is through */
        list += expected.name_len + expected.value_len + 32;
        too_much = list > decoder->max_list ? UVC_HPACK_TOO_LARGE : UVC_HPACK_TOO_MANY_FIELDS;
        found = uvc_hpack_decoder_next(decoder, &field);
        if (found == UVC_HPACK_FIELD) {
            hold(list <= decoder->max_list && ++fields <= decoder->max_fields);
            hold_field(&decoder->table, &field, &expected);
        }
    }
    if (found == UVC_HPACK_FIELD)
        hold(uvc_hpack_decoder_next(decoder, &field) == verdict);
    else if (verdict < 0)
        hold(found == verdict);
    else
        hold(found == too_much);
    free(copy);
    free(scratch);
    return verdict;
}

static void set_limit(uvc_hpack_decoder *decoder, plain_table *plain, uint32_t limit)
{
    uvc_hpack_decoder_limit(decoder, limit);
    plain->limit = limit;
    plain->must_shrink |= limit < plain->max_size;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint32_t rooms[] = {0, 32, 64, 100, 256, 1024, 4096, 8192};
    static plain_table plain;
    uvc_hpack_decoder decoder;
    const uint8_t *at = bytes + 3, *end = bytes + size;
    uint32_t room;
    void *memory;

    if (size < 3)
        return 0;
    room = rooms[bytes[0] % 8];
    memory = new_block(uvc_hpack_table_memory(room));
    uvc_hpack_decoder_init(&decoder, memory, room, bytes[1], 64u * bytes[2]);
    memset(&plain, 0, sizeof(plain));
    plain.max_size = plain.limit = room < 4096 ? room : 4096;
    while (end - at >= 2) {
        const size_t len = (at[0] & 127u) * 256u + at[1];
        const size_t most = (size_t)(end - at - 2);
        if (at[0] >= 128)
            set_limit(&decoder, &plain, at[1] * 16u < room ? at[1] * 16u : room);
        at += 2;
        if (hold_block(&decoder, &plain, at, len < most ? len : most) != UVC_HPACK_END)
            break;
        hold_tables(&decoder.table, &plain);
        at += len < most ? len : most;
    }
    while (plain.count > 0)
        drop_last(&plain);
    free(memory);
    return 0;
}
