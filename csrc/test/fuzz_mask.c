/*
 * What must hold for any bytes: all units mask as RFC 6455 section 5.3 says, where the payload
 * stands or elsewhere, whole or in pieces, touch nothing around it, and tell ASCII right. In
 * front: the key, how far the source and the destination are from where a block begins, the
 * offset, and how the payload is split.
 */
#include <stdlib.h>
#include <string.h>

#include "../mask.h"

#define FRONT 8
#define AROUND 0x5a

static const char *const units[] = {"scalar", "sse2", "avx2", "neon"};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

/* Away from the start of its block, and up to its end, where the sanitizer sees what is behind. */
static char *new_block(size_t away, size_t len)
{
    char *block = malloc(away + len > 0 ? away + len : 1);

    if (block == NULL)
        abort();
    memset(block, AROUND, away + len);
    return block;
}

static void hold_around(const char *block, size_t away)
{
    size_t i;

    for (i = 0; i < away; i++)
        hold(block[i] == AROUND);
}

/* Byte by byte; answers whether all are ASCII. */
static int naive_mask(char *dst, const char *src, size_t len, const uint8_t key[4], size_t offset)
{
    int ascii = 1;
    size_t i;

    for (i = 0; i < len; i++) {
        const unsigned byte = (unsigned char)src[i] ^ (unsigned)key[(offset + i) % 4];
        dst[i] = (char)byte;
        ascii = ascii && byte < 128;
    }
    return ascii;
}

static void hold_unit(const uint8_t *front, const char *input, size_t len)
{
    const size_t from = front[4] % 64, to = front[5] % 64, offset = front[6];
    char *src = new_block(from, len), *dst = new_block(to, len), *expected = new_block(0, len);
    size_t split = front[7], at, piece;
    int ascii;

    memcpy(src + from, input, len);
    naive_mask(expected, input, len, front, offset);
    uvc_mask(dst + to, src + from, len, front, offset);
    hold(memcmp(dst + to, expected, len) == 0);
    hold(memcmp(src + from, input, len) == 0);
    for (at = 0; at < len; at += piece) {
        split = split * 167 + 13;
        piece = split % 97 < len - at ? split % 97 : len - at;
        uvc_mask(src + from + at, src + from + at, piece, front, offset + at);
    }
    hold(memcmp(src + from, expected, len) == 0);
    uvc_mask(src + from, src + from, len, front, offset);
    hold(memcmp(src + from, input, len) == 0);

    ascii = naive_mask(expected, input, len, front, 0);
    hold(uvc_mask_ascii(dst + to, src + from, len, front) == ascii);
    hold(memcmp(dst + to, expected, len) == 0);
    hold(uvc_mask_ascii(src + from, src + from, len, front) == ascii);
    hold(memcmp(src + from, expected, len) == 0);
    hold_around(src, from);
    hold_around(dst, to);
    free(src);
    free(dst);
    free(expected);
}

/* As it is, and without its high bits, so that ASCII is often all there is. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *clear;
    size_t len, i;

    if (size < FRONT)
        return 0;
    len = size - FRONT;
    clear = new_block(0, len);
    for (i = 0; i < len; i++)
        clear[i] = (char)((bytes[FRONT + i] & 0x7f) ^ bytes[i % 4]);
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!uvc_mask_use(units[i]))
            continue;
        hold_unit(bytes, (const char *)bytes + FRONT, len);
        hold_unit(bytes, clear, len);
        if (len > 0)
            clear[bytes[7] % len] = (char)(clear[bytes[7] % len] ^ 0x80);
    }
    free(clear);
    return 0;
}
