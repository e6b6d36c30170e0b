/*
 * h2frame_cases: the nine bytes of frames, and what they decide. Data only.
 *
 * max_size is 16384. error and scope are 0 where a frame is let through.
 */
#ifndef UVT_H2FRAME_CASES_H
#define UVT_H2FRAME_CASES_H

#include "../h2frame.h"

#define CONNECTION UVC_H2FRAME_CONNECTION
#define STREAM UVC_H2FRAME_STREAM
#define PROTOCOL UVC_H2_PROTOCOL_ERROR
#define SIZE UVC_H2_FRAME_SIZE_ERROR
#define STREAM_1 "\0\0\0\1"
#define STREAM_2 "\0\0\0\2"
#define STREAM_3 "\0\0\0\3"
#define NO_STREAM "\0\0\0\0"

typedef struct {
    const char *sentence;
    const char *header; /* 9 bytes */
    uint32_t block_stream;
    int scope;
    uint32_t error;
} h2frame_case;

static const h2frame_case h2frames[] = {
    /* 4.2: size */
    {"DATA of the largest size", "\0\x40\0\0\0" STREAM_1, 0, 0, 0},
    {"DATA of a byte more", "\0\x40\1\0\0" STREAM_1, 0, CONNECTION, SIZE},
    {"the longest frame there is", "\xff\xff\xff\0\0" STREAM_1, 0, CONNECTION, SIZE},
    {"a frame of unknown type that is too long", "\0\x40\1\xee\0" STREAM_1, 0, CONNECTION, SIZE},
    {"size counts before all else", "\0\x40\1\5\0" NO_STREAM, 0, CONNECTION, SIZE},
    /* 4.1, 5.5: what is ignored */
    {"the reserved bit", "\0\0\0\0\0\x80\0\0\1", 0, 0, 0},
    {"a frame of unknown type", "\0\0\1\xee\xff" STREAM_1, 0, 0, 0},
    {"a frame of unknown type on no stream", "\0\0\1\xee\xff" NO_STREAM, 0, 0, 0},
    {"a frame of unknown type on an even stream", "\0\0\1\x0a\xff" STREAM_2, 0, 0, 0},
    {"flags that the type does not have", "\0\0\0\0\xf6" STREAM_1, 0, 0, 0},
    /* 6.1 DATA */
    {"DATA without a byte", "\0\0\0\0\1" STREAM_1, 0, 0, 0},
    {"DATA on no stream", "\0\0\1\0\0" NO_STREAM, 0, CONNECTION, PROTOCOL},
    {"DATA on an even stream", "\0\0\1\0\0" STREAM_2, 0, CONNECTION, PROTOCOL},
    {"padded DATA with its one byte", "\0\0\1\0\x08" STREAM_1, 0, 0, 0},
    {"padded DATA without it", "\0\0\0\0\x08" STREAM_1, 0, STREAM, SIZE},
    {"DATA has no priority fields", "\0\0\0\0\x20" STREAM_1, 0, 0, 0},
    /* 6.2 HEADERS */
    {"HEADERS", "\0\0\1\1\5" STREAM_1, 0, 0, 0},
    {"HEADERS without a byte", "\0\0\0\1\5" STREAM_1, 0, 0, 0},
    {"HEADERS on the last stream", "\0\0\1\1\5\x7f\xff\xff\xff", 0, 0, 0},
    {"HEADERS on no stream", "\0\0\1\1\5" NO_STREAM, 0, CONNECTION, PROTOCOL},
    {"HEADERS on an even stream", "\0\0\1\1\5" STREAM_2, 0, CONNECTION, PROTOCOL},
    {"padded HEADERS with one byte", "\0\0\1\1\x0d" STREAM_1, 0, 0, 0},
    {"padded HEADERS without it", "\0\0\0\1\x0d" STREAM_1, 0, CONNECTION, SIZE},
    {"HEADERS with priority fields", "\0\0\5\1\x25" STREAM_1, 0, 0, 0},
    {"HEADERS with a part of them", "\0\0\4\1\x25" STREAM_1, 0, CONNECTION, SIZE},
    {"padded HEADERS with priority fields", "\0\0\6\1\x2d" STREAM_1, 0, 0, 0},
    {"padded HEADERS with a part of them", "\0\0\5\1\x2d" STREAM_1, 0, CONNECTION, SIZE},
    /* 6.3 PRIORITY */
    {"PRIORITY", "\0\0\5\2\0" STREAM_1, 0, 0, 0},
    {"PRIORITY on an even stream", "\0\0\5\2\0" STREAM_2, 0, 0, 0},
    {"PRIORITY on no stream", "\0\0\5\2\0" NO_STREAM, 0, CONNECTION, PROTOCOL},
    {"PRIORITY of four bytes", "\0\0\4\2\0" STREAM_1, 0, STREAM, SIZE},
    {"PRIORITY of six bytes", "\0\0\6\2\0" STREAM_1, 0, STREAM, SIZE},
    /* 6.4 RST_STREAM */
    {"RST_STREAM", "\0\0\4\3\0" STREAM_1, 0, 0, 0},
    {"RST_STREAM on no stream", "\0\0\4\3\0" NO_STREAM, 0, CONNECTION, PROTOCOL},
    {"RST_STREAM on an even stream", "\0\0\4\3\0" STREAM_2, 0, CONNECTION, PROTOCOL},
    {"RST_STREAM of three bytes", "\0\0\3\3\0" STREAM_1, 0, CONNECTION, SIZE},
    {"RST_STREAM of five bytes", "\0\0\5\3\0" STREAM_1, 0, CONNECTION, SIZE},
    /* 6.5 SETTINGS */
    {"SETTINGS with two settings", "\0\0\x0c\4\0" NO_STREAM, 0, 0, 0},
    {"SETTINGS without a setting", "\0\0\0\4\0" NO_STREAM, 0, 0, 0},
    {"SETTINGS that acknowledge", "\0\0\0\4\1" NO_STREAM, 0, 0, 0},
    {"SETTINGS on a stream", "\0\0\6\4\0" STREAM_1, 0, CONNECTION, PROTOCOL},
    {"SETTINGS with a part of a setting", "\0\0\7\4\0" NO_STREAM, 0, CONNECTION, SIZE},
    {"SETTINGS that acknowledge with bytes", "\0\0\6\4\1" NO_STREAM, 0, CONNECTION, SIZE},
    /* 6.6, 8.4 PUSH_PROMISE */
    {"PUSH_PROMISE", "\0\0\4\5\4" STREAM_1, 0, CONNECTION, PROTOCOL},
    /* 6.7 PING */
    {"PING", "\0\0\x08\6\0" NO_STREAM, 0, 0, 0},
    {"PING that acknowledges", "\0\0\x08\6\1" NO_STREAM, 0, 0, 0},
    {"PING on a stream", "\0\0\x08\6\0" STREAM_1, 0, CONNECTION, PROTOCOL},
    {"PING of seven bytes", "\0\0\7\6\0" NO_STREAM, 0, CONNECTION, SIZE},
    {"PING of nine bytes", "\0\0\x09\6\0" NO_STREAM, 0, CONNECTION, SIZE},
    /* 6.8 GOAWAY */
    {"GOAWAY", "\0\0\x08\7\0" NO_STREAM, 0, 0, 0},
    {"GOAWAY with debug data", "\0\0\x28\7\0" NO_STREAM, 0, 0, 0},
    {"GOAWAY on a stream", "\0\0\x08\7\0" STREAM_1, 0, CONNECTION, PROTOCOL},
    {"GOAWAY of seven bytes", "\0\0\7\7\0" NO_STREAM, 0, CONNECTION, SIZE},
    /* 6.9 WINDOW_UPDATE */
    {"WINDOW_UPDATE of a stream", "\0\0\4\x08\0" STREAM_1, 0, 0, 0},
    {"WINDOW_UPDATE of the connection", "\0\0\4\x08\0" NO_STREAM, 0, 0, 0},
    {"WINDOW_UPDATE of an even stream", "\0\0\4\x08\0" STREAM_2, 0, CONNECTION, PROTOCOL},
    {"WINDOW_UPDATE of three bytes", "\0\0\3\x08\0" STREAM_1, 0, CONNECTION, SIZE},
    {"WINDOW_UPDATE of five bytes", "\0\0\5\x08\0" NO_STREAM, 0, CONNECTION, SIZE},
    /* 6.10 CONTINUATION */
    {"CONTINUATION of the open block", "\0\0\1\x09\0" STREAM_1, 1, 0, 0},
    {"CONTINUATION without a byte", "\0\0\0\x09\4" STREAM_1, 1, 0, 0},
    {"CONTINUATION of another stream", "\0\0\1\x09\0" STREAM_3, 1, CONNECTION, PROTOCOL},
    {"CONTINUATION on no stream", "\0\0\1\x09\0" NO_STREAM, 1, CONNECTION, PROTOCOL},
    {"CONTINUATION where no block is open", "\0\0\1\x09\0" STREAM_1, 0, CONNECTION, PROTOCOL},
    {"HEADERS in an open block", "\0\0\1\1\0" STREAM_1, 1, CONNECTION, PROTOCOL},
    {"DATA in an open block", "\0\0\1\0\0" STREAM_1, 1, CONNECTION, PROTOCOL},
    {"SETTINGS in an open block", "\0\0\0\4\0" NO_STREAM, 1, CONNECTION, PROTOCOL},
    {"WINDOW_UPDATE in an open block", "\0\0\4\x08\0" STREAM_1, 1, CONNECTION, PROTOCOL},
    {"an unknown type in an open block", "\0\0\1\xee\0" STREAM_1, 1, CONNECTION, PROTOCOL},
    /* RFC 9218 section 7.1 PRIORITY_UPDATE */
    {"PRIORITY_UPDATE", "\0\0\x07\x10\0" NO_STREAM, 0, 0, 0},
    {"PRIORITY_UPDATE without a value", "\0\0\4\x10\0" NO_STREAM, 0, 0, 0},
    {"PRIORITY_UPDATE of three bytes", "\0\0\3\x10\0" NO_STREAM, 0, CONNECTION, SIZE},
    {"PRIORITY_UPDATE on a stream", "\0\0\7\x10\0" STREAM_1, 0, CONNECTION, PROTOCOL},
};

typedef struct {
    const char *sentence;
    const char *bytes; /* 6 of them */
    uint32_t id, value, error;
} h2frame_setting_case;

static const h2frame_setting_case h2frame_settings[] = {
    {"a table size of any value", "\0\1\xff\xff\xff\xff", 1, 0xffffffffu, 0},
    {"push off", "\0\2\0\0\0\0", 2, 0, 0},
    {"push on", "\0\2\0\0\0\1", 2, 1, 0},
    {"push neither", "\0\2\0\0\0\2", 2, 2, PROTOCOL},
    {"no streams at all", "\0\3\0\0\0\0", 3, 0, 0},
    {"the largest window", "\0\4\x7f\xff\xff\xff", 4, 0x7fffffffu, 0},
    {"a window of 2^31", "\0\4\x80\0\0\0", 4, 0x80000000u, UVC_H2_FLOW_CONTROL_ERROR},
    {"a window of nothing", "\0\4\0\0\0\0", 4, 0, 0},
    {"the smallest frame size", "\0\5\0\0\x40\0", 5, 16384, 0},
    {"a byte less", "\0\5\0\0\x3f\xff", 5, 16383, PROTOCOL},
    {"the largest frame size", "\0\5\0\xff\xff\xff", 5, 16777215, 0},
    {"a byte more", "\0\5\1\0\0\0", 5, 16777216, PROTOCOL},
    {"a header list of any size", "\0\6\0\0\0\1", 6, 1, 0},
    {"extended CONNECT", "\0\x08\0\0\0\1", 8, 1, 0},
    {"extended CONNECT with another value", "\0\x08\0\0\0\2", 8, 2, PROTOCOL},
    {"no old priorities", "\0\x09\0\0\0\1", 9, 1, 0},
    {"old priorities with another value", "\0\x09\0\0\0\2", 9, 2, PROTOCOL},
    {"a setting that is unknown", "\x12\x34\x12\x34\x56\x78", 0x1234, 0x12345678u, 0},
};

#endif
