/*
 * What must hold for any bytes: the body, the verdict and the bytes used are the same however
 * the input is split, and a body is never longer than what it came in. Four bytes in front
 * choose the limits and the split.
 */
#include <stdlib.h>
#include <string.h>

#include "../chunked.h"

typedef struct {
    int verdict;
    size_t used, len;
    char *data;
} body;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

static char *new_block(size_t len)
{
    char *block = malloc(len > 0 ? len : 1);

    if (block == NULL)
        abort();
    return block;
}

/* Out of a block of its own, so that the sanitizer sees a read behind it. */
static void feed(body *found, uvc_chunked *chunked, const char *piece, size_t len)
{
    char *copy = new_block(len);
    const char *cursor = copy, *end = copy + len, *data = NULL;
    size_t data_len = 0;

    memcpy(copy, piece, len);
    while ((found->verdict = uvc_chunked_next(chunked, &cursor, end, &data, &data_len)) ==
           UVC_CHUNKED_DATA) {
        hold(data_len > 0 && data >= copy && data + data_len == cursor);
        memcpy(found->data + found->len, data, data_len);
        found->len += data_len;
    }
    hold(cursor >= copy && cursor <= end);
    hold(found->verdict != UVC_PARTIAL || cursor == end);
    found->used += (size_t)(cursor - copy);
    free(copy);
}

/* In pieces whose lengths follow from `split`; 0: in one. */
static body decode(const uint8_t *limits, const char *input, size_t len, uint32_t split)
{
    body found = {UVC_PARTIAL, 0, 0, NULL};
    uvc_chunked chunked;
    size_t at = 0;

    found.data = new_block(len);
    uvc_chunked_init(&chunked, limits[0], limits[1], limits[2]);
    while (at < len && found.verdict == UVC_PARTIAL) {
        size_t piece = len - at;

        if (split != 0) {
            split = split * 1664525u + 1013904223u;
            if (piece > split >> 28)
                piece = split >> 28;
        }
        feed(&found, &chunked, input + at, piece);
        at += piece;
    }
    hold(found.len <= found.used && found.used <= len);
    return found;
}

static void hold_same(const body *found, const body *whole)
{
    hold(found->verdict == whole->verdict);
    hold(found->len == whole->len);
    hold(memcmp(found->data, whole->data, whole->len) == 0);
    hold(found->used == whole->used);
    free(found->data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *input;
    size_t len;
    body whole, split;

    if (size < 4)
        return 0;
    input = (const char *)bytes + 4;
    len = size - 4;
    whole = decode(bytes, input, len, 0);
    split = decode(bytes, input, len, 1u + bytes[3]);
    hold_same(&split, &whole);
    split = decode(bytes, input, len, 0x9e3779b9u ^ (uint32_t)len);
    hold_same(&split, &whole);
    if (whole.verdict != UVC_PARTIAL && whole.used < len) {
        split = decode(bytes, input, whole.used, 0);
        hold_same(&split, &whole);
    }
    free(whole.data);
    return 0;
}
