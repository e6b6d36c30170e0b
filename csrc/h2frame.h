/*
 * h2frame: the frames of HTTP/2 (RFC 9113 sections 4 and 6), on the server's side.
 *
 * uvc_h2frame_parse(buf, len, max_size, block_stream, frame) looks at the bytes from the start of
 * a frame, and answers
 *
 *      UVC_H2FRAME_HEADER (9)   how many bytes the header takes; frame->length follow
 *      UVC_PARTIAL (-2)         more bytes are needed; nothing in *frame counts
 *      UVC_H2FRAME_STREAM       refuse: reset frame->stream with frame->error, skip the payload
 *      UVC_H2FRAME_CONNECTION   refuse: GOAWAY with frame->error, then the connection ends
 *
 * max_size is the SETTINGS_MAX_FRAME_SIZE that holds. block_stream is the stream whose header block
 * is open, HEADERS without END_HEADERS and so far no CONTINUATION with it, or 0 (section 6.10).
 *
 * What the nine bytes alone decide, in this order:
 *
 *   longer than max_size                     connection  FRAME_SIZE_ERROR   4.2
 *   not CONTINUATION on block_stream         connection  PROTOCOL_ERROR     4.3, 6.10
 *   CONTINUATION where no block is open      connection  PROTOCOL_ERROR     6.10
 *   PUSH_PROMISE                             connection  PROTOCOL_ERROR     8.4
 *   stream 0 where one has to be, or one     connection  PROTOCOL_ERROR     6.1 to 6.10,
 *     where it has to be 0                                                  9218: 7.1
 *   an even stream, but for PRIORITY: no     connection  PROTOCOL_ERROR     5.1, 5.1.1
 *     server opens one that pushes nothing
 *   PRIORITY: not 5 bytes                    stream      FRAME_SIZE_ERROR   6.3
 *   DATA: PADDED without a byte              stream      FRAME_SIZE_ERROR   4.2, 6.1
 *   HEADERS: no room for what its flags say  connection  FRAME_SIZE_ERROR   4.2, 6.2
 *   RST_STREAM, WINDOW_UPDATE: not 4 bytes   connection  FRAME_SIZE_ERROR   6.4, 6.9
 *   SETTINGS: ACK with bytes, or not n * 6   connection  FRAME_SIZE_ERROR   6.5
 *   PING: not 8 bytes                        connection  FRAME_SIZE_ERROR   6.7
 *   GOAWAY below 8, PRIORITY_UPDATE below 4  connection  FRAME_SIZE_ERROR   4.2
 *
 * Where the RFC leaves the scope open, as for long DATA, it is the connection's (section 5.4.1), so
 * that nobody waits for 16 MB to skip.
 *
 * Frames of other types are to be skipped (section 5.5). The reserved bit and flags that a type
 * does not define are ignored. The state of a stream, and how many frames are too many, is the
 * caller's business.
 */
#ifndef UVC_H2FRAME_H
#define UVC_H2FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "http1.h" /* UVC_PARTIAL */

#define UVC_H2FRAME_HEADER 9
#define UVC_H2FRAME_STREAM (-70)
#define UVC_H2FRAME_CONNECTION (-71)

#define UVC_H2FRAME_LARGEST_WINDOW 0x7fffffffu /* section 6.9.1 */
#define UVC_H2FRAME_SMALLEST_MAX 16384u        /* section 4.2: also the first */
#define UVC_H2FRAME_LARGEST_MAX 16777215u

/* Section 6; RFC 9218 section 7.1. */
enum {
    UVC_H2FRAME_DATA = 0,
    UVC_H2FRAME_HEADERS = 1,
    UVC_H2FRAME_PRIORITY = 2,
    UVC_H2FRAME_RST_STREAM = 3,
    UVC_H2FRAME_SETTINGS = 4,
    UVC_H2FRAME_PUSH_PROMISE = 5,
    UVC_H2FRAME_PING = 6,
    UVC_H2FRAME_GOAWAY = 7,
    UVC_H2FRAME_WINDOW_UPDATE = 8,
    UVC_H2FRAME_CONTINUATION = 9,
    UVC_H2FRAME_PRIORITY_UPDATE = 16
};

enum {
    UVC_H2FRAME_ACK = 0x1, /* SETTINGS, PING */
    UVC_H2FRAME_END_STREAM = 0x1,
    UVC_H2FRAME_END_HEADERS = 0x4,
    UVC_H2FRAME_PADDED = 0x8,
    UVC_H2FRAME_HAS_PRIORITY = 0x20
};

/* Section 7. */
enum {
    UVC_H2_NO_ERROR = 0,
    UVC_H2_PROTOCOL_ERROR = 1,
    UVC_H2_INTERNAL_ERROR = 2,
    UVC_H2_FLOW_CONTROL_ERROR = 3,
    UVC_H2_SETTINGS_TIMEOUT = 4,
    UVC_H2_STREAM_CLOSED = 5,
    UVC_H2_FRAME_SIZE_ERROR = 6,
    UVC_H2_REFUSED_STREAM = 7,
    UVC_H2_CANCEL = 8,
    UVC_H2_COMPRESSION_ERROR = 9,
    UVC_H2_CONNECT_ERROR = 10,
    UVC_H2_ENHANCE_YOUR_CALM = 11,
    UVC_H2_INADEQUATE_SECURITY = 12,
    UVC_H2_HTTP_1_1_REQUIRED = 13
};

/* Section 6.5.2; RFC 8441 section 3; RFC 9218 section 2.1. */
enum {
    UVC_H2_HEADER_TABLE_SIZE = 1,
    UVC_H2_ENABLE_PUSH = 2,
    UVC_H2_MAX_CONCURRENT_STREAMS = 3,
    UVC_H2_INITIAL_WINDOW_SIZE = 4,
    UVC_H2_MAX_FRAME_SIZE = 5,
    UVC_H2_MAX_HEADER_LIST_SIZE = 6,
    UVC_H2_ENABLE_CONNECT_PROTOCOL = 8,
    UVC_H2_NO_RFC7540_PRIORITIES = 9
};

typedef struct {
    uint32_t length; /* of the payload */
    uint32_t stream;
    uint32_t error; /* UVC_H2_*, where the frame is refused */
    uint8_t type;
    uint8_t flags;
} uvc_h2frame;

/* Section 3.4: 24, UVC_PARTIAL, or -1 at the first byte that is not the preface's. */
int uvc_h2frame_preface(const char *buf, size_t len);

/* buf may be NULL when len is 0. */
int uvc_h2frame_parse(const char *buf, size_t len, uint32_t max_size, uint32_t block_stream,
                      uvc_h2frame *frame);

/*
 * What is in a payload. frame is one that uvc_h2frame_parse() has let through, and as many bytes
 * of its payload are there as said; where that is all, a caller waits for all.
 */

/*
 * DATA and HEADERS without padding and priority fields: *offset from the start of the payload, and
 * *size. Looks at the first byte alone, and at none where the frame is not PADDED. Answers 0, or
 * UVC_H2FRAME_CONNECTION with PROTOCOL_ERROR in frame->error: more padding than room (6.1, 6.2).
 */
int uvc_h2frame_content(uvc_h2frame *frame, const char *payload, uint32_t *offset,
                        uint32_t *size);

/*
 * The stream that this one depends on, of PRIORITY, and of HEADERS with HAS_PRIORITY: its first 6
 * bytes. Obsolete, and to be ignored (section 5.3.2).
 */
uint32_t uvc_h2frame_dependency(const uvc_h2frame *frame, const char *payload);

/*
 * The increment of a WINDOW_UPDATE, all of it; 0 is refused with PROTOCOL_ERROR, on the stream, or
 * on the connection for stream 0 (section 6.9).
 */
uint32_t uvc_h2frame_increment(const char *payload);

/* The number in 4 bytes: the code of RST_STREAM; with offset 4, that of GOAWAY. */
uint32_t uvc_h2frame_number(const char *payload);

/* The 31 bits in 4 bytes: the stream of GOAWAY, of PRIORITY_UPDATE. */
uint32_t uvc_h2frame_stream(const char *payload);

/*
 * The setting in 6 bytes. Answers UVC_H2_NO_ERROR, or with what the connection ends
 * (section 6.5.2). One with an unknown id is to be ignored.
 */
uint32_t uvc_h2frame_setting(const char *payload, uint32_t *id, uint32_t *value);

/* Writers: each answers how many bytes it has written at dst. */

#define UVC_H2FRAME_SETTING_SIZE 6
#define UVC_H2FRAME_PING_SIZE 17
#define UVC_H2FRAME_WINDOW_UPDATE_SIZE 13
#define UVC_H2FRAME_RST_STREAM_SIZE 13
#define UVC_H2FRAME_GOAWAY_SIZE 17

/* length < 2^24, stream < 2^31. */
size_t uvc_h2frame_write(char *dst, uint32_t length, int type, int flags, uint32_t stream);

/* SETTINGS with count settings, each an id and a value; the header and 6 bytes for each. */
size_t uvc_h2frame_write_settings(char *dst, const uint32_t (*settings)[2], size_t count);
size_t uvc_h2frame_write_settings_ack(char *dst);

/* data: 8 bytes. */
size_t uvc_h2frame_write_ping(char *dst, int ack, const char *data);

/* 0 < increment <= UVC_H2FRAME_LARGEST_WINDOW. */
size_t uvc_h2frame_write_window_update(char *dst, uint32_t stream, uint32_t increment);
size_t uvc_h2frame_write_rst_stream(char *dst, uint32_t stream, uint32_t error);

/* Without debug data. */
size_t uvc_h2frame_write_goaway(char *dst, uint32_t last_stream, uint32_t error);

#endif
