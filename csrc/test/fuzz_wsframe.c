/*
 * What must hold for any bytes: the verdict and the byte it is certain at are those of the
 * table in wsframe.h, whatever the input is cut to, and a header that is read is the one that is
 * written for what it says. The first byte in front tells whether reserved bit 1 is allowed; the
 * rest is a row of frames.
 */
#include <stdlib.h>
#include <string.h>

#include "../wsframe.h"

#define LONGEST 14

typedef struct {
    long verdict;
    size_t needed; /* bytes that make it certain */
} certain;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

static certain certain_at(long verdict, size_t needed)
{
    const certain found = {verdict, needed};
    return found;
}

/* From all the bytes a header may have; what is not there yet may be anything. */
static certain naive_verdict(const uint8_t h[LONGEST], int allow_rsv1)
{
    const int opcode = h[0] % 16, rsv = h[0] / 16 % 8, seven = h[1] % 128;
    int zeros = 0;

    if (rsv != 0 && rsv != 4)
        return certain_at(UVC_WSFRAME_BAD_RESERVED, 1);
    if (rsv == 4 && !(allow_rsv1 && (opcode == 1 || opcode == 2)))
        return certain_at(UVC_WSFRAME_BAD_RESERVED, 1);
    if (opcode > 10 || (opcode > 2 && opcode < 8))
        return certain_at(UVC_WSFRAME_BAD_OPCODE, 1);
    if (opcode >= 8 && h[0] < 128)
        return certain_at(UVC_WSFRAME_FRAGMENTED_CONTROL, 1);
    if (h[1] < 128)
        return certain_at(UVC_WSFRAME_NOT_MASKED, 2);
    if (opcode >= 8 && seven > 125)
        return certain_at(UVC_WSFRAME_LONG_CONTROL, 2);
    if (seven < 126)
        return certain_at(6, 6);
    if (seven == 126 && h[2] == 0 && h[3] < 126)
        return certain_at(UVC_WSFRAME_LENGTH_NOT_MINIMAL, 4);
    if (seven == 126)
        return certain_at(8, 8);
    if (h[2] > 127)
        return certain_at(UVC_WSFRAME_LENGTH_TOO_LARGE, 3);
    while (zeros < 6 && h[2 + zeros] == 0)
        zeros++;
    return zeros == 6 ? certain_at(UVC_WSFRAME_LENGTH_NOT_MINIMAL, 8) : certain_at(14, 14);
}

/* Out of a block of its own, so that the sanitizer sees a read behind it. */
static long parse(const uint8_t *input, size_t len, int allow_rsv1, uvc_wsframe *frame)
{
    char *copy = malloc(len > 0 ? len : 1);
    long verdict;

    if (copy == NULL)
        abort();
    memcpy(copy, input, len);
    verdict = uvc_wsframe_parse(copy, len, allow_rsv1, frame);
    free(copy);
    return verdict;
}

static void hold_written(const uvc_wsframe *frame, const uint8_t *input, size_t header)
{
    char *written = malloc(header - 4), *room = malloc(UVC_WSFRAME_MAX_HEADER);

    if (written == NULL || room == NULL)
        abort();
    memcpy(written, input, header - 4);
    written[1] = (char)(written[1] & 0x7f);
    hold(uvc_wsframe_write(room, frame->opcode, frame->fin, frame->rsv1, frame->length) ==
         header - 4);
    hold(memcmp(room, written, header - 4) == 0);
    hold(memcmp(frame->mask, input + header - 4, 4) == 0);
    hold(frame->length >> 63 == 0 && frame->fin <= 1 && frame->rsv1 <= 1);
    free(written);
    free(room);
}

/* One header, cut to any length. */
static long hold_header(const uint8_t *input, size_t len, int allow_rsv1, uvc_wsframe *frame)
{
    uint8_t header[LONGEST] = {0};
    const size_t most = len < LONGEST ? len : LONGEST;
    certain expected;
    long verdict;
    size_t i;

    memcpy(header, input, most);
    expected = naive_verdict(header, allow_rsv1);
    for (i = 0; i <= most; i++) {
        verdict = parse(input, i, allow_rsv1, frame);
        hold(verdict == (i < expected.needed ? UVC_PARTIAL : expected.verdict));
    }
    verdict = parse(input, len, allow_rsv1, frame);
    hold(verdict == (len < expected.needed ? UVC_PARTIAL : expected.verdict));
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uvc_wsframe frame;
    size_t at = 1;
    long header;
    int allow_rsv1;

    if (size < 1)
        return 0;
    allow_rsv1 = bytes[0] % 2;
    while (at < size) {
        header = hold_header(bytes + at, size - at, allow_rsv1, &frame);
        if (header < 0)
            break;
        hold_written(&frame, bytes + at, (size_t)header);
        at += (size_t)header;
        if (frame.length > size - at)
            break;
        at += (size_t)frame.length;
    }
    return 0;
}
