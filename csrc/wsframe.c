/*
 * Each check stands where its byte has come in, in the order of wsframe.h.
 */
#include "wsframe.h"

#define FIN 0x80u
#define RSV1 0x40u
#define RSV23 0x30u
#define OPCODE 0x0fu
#define CONTROL 0x08u
#define MASKED 0x80u
#define LENGTH 0x7fu

/* What the seven bits of the length say when they are not the length (section 5.2). */
#define LENGTH_16 126u
#define LENGTH_64 127u

/* One bit for each opcode. */
#define FIRST_OPCODES (1u << UVC_WSFRAME_TEXT | 1u << UVC_WSFRAME_BINARY)
#define CONTROL_OPCODES \
    (1u << UVC_WSFRAME_CLOSE | 1u << UVC_WSFRAME_PING | 1u << UVC_WSFRAME_PONG)
#define OPCODES (1u << UVC_WSFRAME_CONTINUATION | FIRST_OPCODES | CONTROL_OPCODES)

static uint64_t read_number(const char *p, size_t bytes)
{
    uint64_t number = 0;

    for (; bytes > 0; bytes--)
        number = number << 8 | (unsigned char)*p++;
    return number;
}

/* The index behind the length. */
static long parse_length(const char *buf, size_t len, unsigned seven, uint64_t *length)
{
    if (seven < LENGTH_16) {
        *length = seven;
        return 2;
    }
    if (seven == LENGTH_16) {
        if (len < 4)
            return UVC_PARTIAL;
        *length = read_number(buf + 2, 2);
        return *length < LENGTH_16 ? UVC_WSFRAME_LENGTH_NOT_MINIMAL : 4;
    }
    if (len >= 3 && ((unsigned char)buf[2] & 0x80u) != 0)
        return UVC_WSFRAME_LENGTH_TOO_LARGE;
    if (len >= 8 && read_number(buf + 2, 6) == 0)
        return UVC_WSFRAME_LENGTH_NOT_MINIMAL;
    if (len < 10)
        return UVC_PARTIAL;
    *length = read_number(buf + 2, 8);
    return 10;
}

long uvc_wsframe_parse(const char *buf, size_t len, int allow_rsv1, uvc_wsframe *frame)
{
    unsigned first, second, opcode;
    long at;
    int i;

    if (len == 0)
        return UVC_PARTIAL;
    first = (unsigned char)buf[0];
    opcode = first & OPCODE;
    if ((first & RSV23) != 0)
        return UVC_WSFRAME_BAD_RESERVED;
    if ((first & RSV1) != 0 && (!allow_rsv1 || (FIRST_OPCODES >> opcode & 1u) == 0))
        return UVC_WSFRAME_BAD_RESERVED;
    if ((OPCODES >> opcode & 1u) == 0)
        return UVC_WSFRAME_BAD_OPCODE;
    if ((opcode & CONTROL) != 0 && (first & FIN) == 0)
        return UVC_WSFRAME_FRAGMENTED_CONTROL;

    if (len == 1)
        return UVC_PARTIAL;
    second = (unsigned char)buf[1];
    if ((second & MASKED) == 0)
        return UVC_WSFRAME_NOT_MASKED;
    if ((opcode & CONTROL) != 0 && (second & LENGTH) >= LENGTH_16)
        return UVC_WSFRAME_LONG_CONTROL;

    at = parse_length(buf, len, second & LENGTH, &frame->length);
    if (at < 0)
        return at;
    if (len - (size_t)at < 4)
        return UVC_PARTIAL;
    frame->opcode = (uint8_t)opcode;
    frame->fin = (first & FIN) != 0;
    frame->rsv1 = (first & RSV1) != 0;
    for (i = 0; i < 4; i++)
        frame->mask[i] = (uint8_t)buf[at + i];
    return at + 4;
}

static size_t write_number(char *p, size_t bytes, uint64_t number)
{
    size_t i;

    for (i = bytes; i > 0; i--) {
        p[i - 1] = (char)(number & 0xff);
        number >>= 8;
    }
    return bytes;
}

size_t uvc_wsframe_write(char *dst, int opcode, int fin, int rsv1, uint64_t length)
{
    dst[0] = (char)((fin ? FIN : 0) | (rsv1 ? RSV1 : 0) | ((unsigned)opcode & OPCODE));
    if (length < LENGTH_16) {
        dst[1] = (char)length;
        return 2;
    }
    if (length <= 0xffff) {
        dst[1] = (char)LENGTH_16;
        return 2 + write_number(dst + 2, 2, length);
    }
    dst[1] = (char)LENGTH_64;
    return 2 + write_number(dst + 2, 8, length);
}
