/*
 * What must hold for any bytes: each prefix is right as long as it may still become UTF-8, and
 * complete where it is, by a decoder that knows nothing but the numbers; and the answers are the
 * same however the input is split. A byte in front chooses the split.
 */
#include <stdlib.h>
#include <string.h>

#include "../utf8.h"

#define MOST_PREFIXES 70

enum { WRONG, OPEN, COMPLETE };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

/* Whether a lead byte and the bytes known so far can become a character. */
static int may_become_character(const uint8_t *bytes, size_t known, size_t size)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t low = bytes[0] & (0x7fu >> size), high = low;
    size_t i;

    for (i = 1; i < size; i++) {
        if (i < known && bytes[i] >> 6 != 2)
            return 0;
        low = low * 64 + (i < known ? bytes[i] % 64u : 0);
        high = high * 64 + (i < known ? bytes[i] % 64u : 63);
    }
    return high >= smallest[size] && low <= 0x10ffff && !(low >= 0xd800 && high <= 0xdfff);
}

/* What each prefix is; prefixes[0] is that of no bytes. */
static void naive_prefixes(char *prefixes, const uint8_t *bytes, size_t len)
{
    size_t at = 0, i, size;

    memset(prefixes, WRONG, len + 1);
    prefixes[0] = COMPLETE;
    while (at < len) {
        const uint8_t lead = bytes[at];

        if (lead < 0x80) {
            prefixes[++at] = COMPLETE;
            continue;
        }
        size = lead >= 0xf8 || lead < 0xc0 ? 0 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        for (i = 1; i <= size && at + i <= len; i++) {
            if (!may_become_character(bytes + at, i, size))
                return;
            prefixes[at + i] = i == size ? COMPLETE : OPEN;
        }
        if (size == 0 || at + size > len)
            return;
        at += size;
    }
}

/* Out of a block of its own, so that the sanitizer sees a read behind it. */
static int check_piece(uvc_utf8 *utf8, const uint8_t *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    int right;

    if (copy == NULL)
        abort();
    memcpy(copy, bytes, len);
    right = uvc_utf8_check(utf8, copy, len);
    free(copy);
    if (!right)
        hold(!uvc_utf8_complete(utf8));
    return !right ? WRONG : uvc_utf8_complete(utf8) ? COMPLETE : OPEN;
}

static void hold_prefix(const char *prefixes, const uint8_t *bytes, size_t len)
{
    uvc_utf8 utf8;

    uvc_utf8_init(&utf8);
    hold(check_piece(&utf8, bytes, len) == prefixes[len]);
}

/* On behind the wrong byte too, which must stay wrong. */
static void hold_pieces(const char *prefixes, const uint8_t *bytes, size_t len, uint32_t split,
                        uint32_t most)
{
    uvc_utf8 utf8;
    size_t at = 0, piece;

    uvc_utf8_init(&utf8);
    while (at < len) {
        split = split * 1664525u + 1013904223u;
        piece = (split >> 16) % most;
        piece = piece < len - at ? piece : len - at;
        at += piece;
        hold(check_piece(&utf8, bytes + at - piece, piece) == prefixes[at]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *input;
    size_t len, step, i;
    char *prefixes;

    if (size < 1)
        return 0;
    input = bytes + 1;
    len = size - 1;
    prefixes = malloc(len + 1);
    if (prefixes == NULL)
        abort();
    naive_prefixes(prefixes, input, len);
    step = 1 + len / MOST_PREFIXES;
    for (i = len % step; i <= len; i += step)
        hold_prefix(prefixes, input, i);
    hold_pieces(prefixes, input, len, bytes[0], 2);
    hold_pieces(prefixes, input, len, bytes[0], 7);
    hold_pieces(prefixes, input, len, bytes[0], 90);
    free(prefixes);
    return 0;
}
