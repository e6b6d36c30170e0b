/*
 * What must hold for any bytes: a string that is decoded is written by the same bytes again, no
 * room changes a verdict but that it is too long, and any bytes that are encoded come back. The
 * first byte chooses the room.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../huffman.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

/* Of exactly that size, so that the sanitizer sees what is behind it. */
static char *new_block(size_t len)
{
    char *block = malloc(len > 0 ? len : 1);

    if (block == NULL)
        abort();
    return block;
}

static void hold_decoded(const char *code, size_t len, size_t room)
{
    const size_t most = uvc_huffman_most(len);
    char *all = new_block(most), *part = new_block(room), *again;
    const long verdict = uvc_huffman_decode(all, most, code, len);
    const long in_part = uvc_huffman_decode(part, room, code, len);

    hold(verdict != UVC_HUFFMAN_TOO_LONG);
    if (verdict < 0) {
        hold(in_part == verdict);
    } else {
        hold(in_part == ((size_t)verdict > room ? UVC_HUFFMAN_TOO_LONG : verdict));
        if (in_part > 0)
            hold(memcmp(all, part, (size_t)in_part) == 0);
        hold(uvc_huffman_size(all, (size_t)verdict) == len);
        again = new_block(len);
        hold(uvc_huffman_encode(again, all, (size_t)verdict) == len);
        hold(memcmp(again, code, len) == 0);
        free(again);
    }
    free(all);
    free(part);
}

static void hold_encoded(const char *text, size_t len)
{
    const size_t size = uvc_huffman_size(text, len);
    char *code = new_block(size), *back = new_block(len);

    hold(uvc_huffman_encode(code, text, len) == size);
    hold(uvc_huffman_decode(back, len, code, size) == (long)len);
    hold(memcmp(back, text, len) == 0);
    free(code);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *copy;

    if (size < 1)
        return 0;
    copy = new_block(size - 1);
    memcpy(copy, bytes + 1, size - 1);
    hold_decoded(copy, size - 1, bytes[0]);
    hold_encoded(copy, size - 1);
    free(copy);
    return 0;
}
