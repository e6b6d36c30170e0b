/*
 * What must hold for any bytes: what is written is read as what it was, into a table that is the
 * same on both sides, and fits the room that is said. The first byte chooses the room. Then each
 * byte is a step: a field with one of a few names and values, one out of the bytes that follow, a
 * status, the end of a block, or that and another limit, or two.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../hpack_encoder.h"

#define MOST_FIELDS 64
#define MOST_TEXT 512

typedef struct {
    char name[MOST_TEXT], value[MOST_TEXT];
    size_t name_len, value_len;
} plain_field;

typedef struct {
    uvc_hpack_encoder encoder;
    uvc_hpack_decoder decoder;
    plain_field fields[MOST_FIELDS];
    size_t count, len;
    char block[MOST_FIELDS * (2 * MOST_TEXT + 16) + 12];
} talk;

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

static void start(talk *both)
{
    both->count = 0;
    both->len = uvc_hpack_encoder_start(&both->encoder, both->block);
    hold(both->len <= UVC_HPACK_START_ROOM);
}

/* Through a block of exactly the room, so that the sanitizer sees a byte behind it. */
static void write_field(talk *both, plain_field *field)
{
    const size_t room = UVC_HPACK_FIELD_ROOM(field->name_len, field->value_len);
    char *dst = new_block(room);
    const size_t len = uvc_hpack_encoder_field(&both->encoder, dst, field->name, field->name_len,
                                               field->value, field->value_len);

    hold(len > 0 && len <= room);
    memcpy(both->block + both->len, dst, len);
    both->len += len;
    both->count++;
    free(dst);
}

static void write_status(talk *both, plain_field *field, int status)
{
    const size_t len = uvc_hpack_encoder_status(&both->encoder, both->block + both->len, status);

    hold(len > 0 && len <= UVC_HPACK_STATUS_ROOM);
    both->len += len;
    both->count++;
    field->name_len = 7;
    memcpy(field->name, ":status", 7);
    field->value_len = (size_t)snprintf(field->value, MOST_TEXT, "%d", status);
}

static void hold_tables(const uvc_hpack_table *ours, const uvc_hpack_table *peers)
{
    uint32_t i;

    hold(uvc_hpack_table_count(ours) == uvc_hpack_table_count(peers));
    hold(ours->size == peers->size && ours->size <= ours->max_size);
    for (i = 1; i <= uvc_hpack_table_count(ours); i++) {
        const uvc_hpack_entry *one = uvc_hpack_table_entry(ours, ours->next - i);
        const uvc_hpack_entry *other = uvc_hpack_table_entry(peers, peers->next - i);
        hold(one->name_len == other->name_len && one->value_len == other->value_len);
        hold(memcmp(uvc_hpack_table_name(ours, one), uvc_hpack_table_name(peers, other),
                    one->name_len + one->value_len) == 0);
    }
}

static void hold_block(talk *both)
{
    static char scratch[65536];
    uvc_hpack_field field;
    size_t i;

    uvc_hpack_decoder_start(&both->decoder, both->block, both->len, scratch, sizeof(scratch));
    for (i = 0; i < both->count; i++) {
        const plain_field *plain = &both->fields[i];
        hold(uvc_hpack_decoder_next(&both->decoder, &field) == UVC_HPACK_FIELD);
        hold(field.name_len == plain->name_len && field.value_len == plain->value_len);
        hold(memcmp(field.name, plain->name, plain->name_len) == 0);
        hold(memcmp(field.value, plain->value, plain->value_len) == 0);
        hold(field.kind != UVC_HPACK_ADDED || field.slot >= 0);
    }
    hold(uvc_hpack_decoder_next(&both->decoder, &field) == UVC_HPACK_END);
    hold_tables(&both->encoder.table, &both->decoder.table);
}

static void familiar(plain_field *field, unsigned step)
{
    static const char *const names[] = {"server", "date", "x-a", "etag", "set-cookie", "vary"};
    static const char *const values[] = {"uvicorn", "Sat, 28 Nov 2026 05:00:00 GMT", "", "b"};

    field->name_len = (size_t)snprintf(field->name, MOST_TEXT, "%s", names[step % 6]);
    field->value_len = (size_t)snprintf(field->value, MOST_TEXT, "%s", values[step / 6 % 4]);
}

/* Behind a byte for the length of each; how many bytes it took. */
static size_t unfamiliar(plain_field *field, const uint8_t *bytes, size_t size)
{
    size_t name_len, value_len;

    if (size < 2)
        return size;
    name_len = bytes[0] % 64u, value_len = bytes[1] * 2u;
    name_len = name_len < size - 2 ? name_len : size - 2;
    value_len = value_len < size - 2 - name_len ? value_len : size - 2 - name_len;
    memcpy(field->name, bytes + 2, name_len);
    memcpy(field->value, bytes + 2 + name_len, value_len);
    field->name_len = name_len;
    field->value_len = value_len;
    return 2 + name_len + value_len;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint32_t rooms[] = {0, 64, 100, 256, 1024, 4096};
    static talk both;
    const uint32_t room = size > 0 ? rooms[bytes[0] % 6] : 0;
    void *memory = new_block(uvc_hpack_table_memory(room));
    void *peers = new_block(uvc_hpack_table_memory(4096));
    size_t at;

    uvc_hpack_encoder_init(&both.encoder, memory, room);
    uvc_hpack_decoder_init(&both.decoder, peers, 4096, MOST_FIELDS, 1 << 20);
    start(&both);
    for (at = 1; at < size;) {
        const unsigned step = bytes[at++];
        plain_field *field = &both.fields[both.count];
        if (both.count == MOST_FIELDS || step >= 240) {
            hold_block(&both);
            start(&both);
        } else if (step >= 224) {
            hold_block(&both);
            uvc_hpack_encoder_limit(&both.encoder, (step - 224) * 300);
            if (step % 2)
                uvc_hpack_encoder_limit(&both.encoder, 2000);
            start(&both);
        } else if (step >= 192) {
            write_status(&both, field, 100 + (int)(step - 192) * 29);
        } else if (step >= 128) {
            at += unfamiliar(field, bytes + at, size - at);
            write_field(&both, field);
        } else {
            familiar(field, step);
            write_field(&both, field);
        }
    }
    hold_block(&both);
    free(memory);
    free(peers);
    return 0;
}
