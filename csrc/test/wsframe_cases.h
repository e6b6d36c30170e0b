/*
 * wsframe_cases: frame headers, and what they say. Data only.
 *
 * A header that is refused ends with the byte that decides, and one that is accepted with its
 * last byte: all that is shorter is partial, and whatever follows changes nothing.
 */
#ifndef UVT_WSFRAME_CASES_H
#define UVT_WSFRAME_CASES_H

#include "../wsframe.h"

#define TEXT(literal) literal, sizeof(literal) - 1
#define KEY "\x37\xfa\x21\x3d"

typedef struct {
    const char *sentence;
    const char *input;
    size_t len;
    int allow_rsv1;
    uint8_t opcode, fin, rsv1;
    uint64_t length;
} wsframe_case;

typedef struct {
    const char *sentence;
    const char *input;
    size_t len;
    int allow_rsv1;
    long verdict;
} wsframe_refused_case;

static const wsframe_case accepted_wsframes[] = {
    {"the masked text of section 5.7", TEXT("\x81\x85" KEY), 0, 1, 1, 0, 5},
    {"an empty text", TEXT("\x81\x80" KEY), 0, 1, 1, 0, 0},
    {"the first part of a text", TEXT("\x01\x83" KEY), 0, 1, 0, 0, 3},
    {"a part in the middle", TEXT("\x00\x83" KEY), 0, 0, 0, 0, 3},
    {"the last part", TEXT("\x80\x82" KEY), 0, 0, 1, 0, 2},
    {"a binary frame", TEXT("\x82\x85" KEY), 0, 2, 1, 0, 5},
    {"the first part of a binary message", TEXT("\x02\x85" KEY), 0, 2, 0, 0, 5},
    {"a close frame", TEXT("\x88\x82" KEY), 0, 8, 1, 0, 2},
    {"a close frame without a code", TEXT("\x88\x80" KEY), 0, 8, 1, 0, 0},
    {"a close frame of one byte, which the caller refuses", TEXT("\x88\x81" KEY), 0, 8, 1, 0, 1},
    {"a ping", TEXT("\x89\x85" KEY), 0, 9, 1, 0, 5},
    {"a pong", TEXT("\x8a\x85" KEY), 0, 10, 1, 0, 5},
    {"the longest control frame", TEXT("\x89\xfd" KEY), 0, 9, 1, 0, 125},
    {"the longest frame with seven bits", TEXT("\x82\xfd" KEY), 0, 2, 1, 0, 125},
    {"the shortest frame with 16 bits", TEXT("\x82\xfe\x00\x7e" KEY), 0, 2, 1, 0, 126},
    {"a frame of 256 bytes", TEXT("\x82\xfe\x01\x00" KEY), 0, 2, 1, 0, 256},
    {"the longest frame with 16 bits", TEXT("\x82\xfe\xff\xff" KEY), 0, 2, 1, 0, 65535},
    {"the shortest frame with 64 bits", TEXT("\x82\xff\0\0\0\0\0\x01\0\0" KEY), 0, 2, 1, 0, 65536},
    {"a frame of 2^32 bytes", TEXT("\x82\xff\0\0\0\x01\0\0\0\0" KEY), 0, 2, 1, 0, 0x100000000u},
    {"all bytes of a length", TEXT("\x82\xff\x01\x23\x45\x67\x89\xab\xcd\xef" KEY), 0, 2, 1, 0,
     0x0123456789abcdefu},
    {"the longest frame there is", TEXT("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" KEY), 0, 2, 1, 0,
     0x7fffffffffffffffu},
    {"a compressed text", TEXT("\xc1\x85" KEY), 1, 1, 1, 1, 5},
    {"the first part of a compressed message", TEXT("\x42\xfe\x01\x00" KEY), 1, 2, 0, 1, 256},
    {"a text that is not compressed, where it might be", TEXT("\x81\x85" KEY), 1, 1, 1, 0, 5},
    {"a part behind a compressed one", TEXT("\x80\x85" KEY), 1, 0, 1, 0, 5},
    {"a ping between compressed frames", TEXT("\x89\x80" KEY), 1, 9, 1, 0, 0},
};

static const wsframe_refused_case refused_wsframes[] = {
    {"reserved bit 1 without an extension", TEXT("\xc1"), 0, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 2", TEXT("\xa1"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 3", TEXT("\x91"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"all reserved bits", TEXT("\xf1"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 1 on a continuation", TEXT("\x40"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 1 on the last continuation", TEXT("\xc0"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 1 on a close frame", TEXT("\xc8"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 1 on a ping", TEXT("\xc9"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 1 on a pong", TEXT("\xca"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"a reserved bit counts before the opcode", TEXT("\xa3"), 0, UVC_WSFRAME_BAD_RESERVED},
    {"reserved bit 1 counts before the opcode", TEXT("\xc3"), 1, UVC_WSFRAME_BAD_RESERVED},
    {"a reserved bit counts before the fragment", TEXT("\x28"), 0, UVC_WSFRAME_BAD_RESERVED},
    {"a reserved data opcode", TEXT("\x83"), 0, UVC_WSFRAME_BAD_OPCODE},
    {"the last reserved data opcode", TEXT("\x87"), 0, UVC_WSFRAME_BAD_OPCODE},
    {"a reserved control opcode", TEXT("\x8b"), 0, UVC_WSFRAME_BAD_OPCODE},
    {"the last reserved control opcode", TEXT("\x8f"), 0, UVC_WSFRAME_BAD_OPCODE},
    {"an opcode counts before the fragment", TEXT("\x0b"), 0, UVC_WSFRAME_BAD_OPCODE},
    {"a fragmented close frame", TEXT("\x08"), 0, UVC_WSFRAME_FRAGMENTED_CONTROL},
    {"a fragmented ping", TEXT("\x09"), 0, UVC_WSFRAME_FRAGMENTED_CONTROL},
    {"a fragmented pong", TEXT("\x0a"), 0, UVC_WSFRAME_FRAGMENTED_CONTROL},
    {"a text that is not masked", TEXT("\x81\x05"), 0, UVC_WSFRAME_NOT_MASKED},
    {"an empty text that is not masked", TEXT("\x81\x00"), 0, UVC_WSFRAME_NOT_MASKED},
    {"a long frame that is not masked", TEXT("\x82\x7e"), 0, UVC_WSFRAME_NOT_MASKED},
    {"the mask counts before the length of a ping", TEXT("\x89\x7e"), 0, UVC_WSFRAME_NOT_MASKED},
    {"a close frame with 16 bits of length", TEXT("\x88\xfe"), 0, UVC_WSFRAME_LONG_CONTROL},
    {"a ping with 16 bits of length", TEXT("\x89\xfe"), 0, UVC_WSFRAME_LONG_CONTROL},
    {"a pong with 64 bits of length", TEXT("\x8a\xff"), 0, UVC_WSFRAME_LONG_CONTROL},
    {"16 bits for nothing", TEXT("\x81\xfe\x00\x00"), 0, UVC_WSFRAME_LENGTH_NOT_MINIMAL},
    {"16 bits for 125 bytes", TEXT("\x81\xfe\x00\x7d"), 0, UVC_WSFRAME_LENGTH_NOT_MINIMAL},
    {"64 bits for what has 16", TEXT("\x81\xff\0\0\0\0\0\0"), 0, UVC_WSFRAME_LENGTH_NOT_MINIMAL},
    {"the top bit", TEXT("\x81\xff\x80"), 0, UVC_WSFRAME_LENGTH_TOO_LARGE},
    {"all bits", TEXT("\x81\xff\xff"), 0, UVC_WSFRAME_LENGTH_TOO_LARGE},
};

#endif
