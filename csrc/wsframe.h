/*
 * wsframe: the header of one WebSocket frame (RFC 6455 section 5.2), on the server's side:
 * what is read is masked, what is written is not.
 *
 * uvc_wsframe_parse(buf, len, allow_rsv1, frame) looks at the bytes from the start of a frame,
 * and answers
 *
 *      > 0                 how many bytes the header takes, with its masking key: 6, 8 or 14
 *      UVC_PARTIAL (-2)    right so far, more bytes are needed; nothing in *frame counts
 *      other < 0           refuse: one of the UVC_WSFRAME_* below; nothing in *frame counts
 *
 * It never reads outside of [buf, buf + len), allocates nothing and keeps no state. An error is
 * reported at the first byte that makes it certain, also when the header is still incomplete:
 * where the bytes were split changes no verdict. On one byte, the rules count in this order:
 *
 *   byte 1   BAD_RESERVED, BAD_OPCODE, FRAGMENTED_CONTROL
 *   byte 2   NOT_MASKED, LONG_CONTROL
 *   byte 3   LENGTH_TOO_LARGE    64-bit form: its top bit
 *   byte 4   LENGTH_NOT_MINIMAL  16-bit form: below 126
 *   byte 8   LENGTH_NOT_MINIMAL  64-bit form: the upper six bytes are 0, so it is below 65536
 *
 * Reserved bit 1 is the extension's (RFC 7692 section 6: the message is compressed). With
 * allow_rsv1, it may stand on the first frame of a message, text or binary, and nowhere else.
 *
 * Syntax only. Whether a continuation has a message to continue, how long a message may get and
 * what a close frame says is the caller's business. All refusals are close code 1002 (section
 * 7.4.1).
 */
#ifndef UVC_WSFRAME_H
#define UVC_WSFRAME_H

#include <stddef.h>
#include <stdint.h>

#include "http1.h" /* UVC_PARTIAL */

#define UVC_WSFRAME_BAD_RESERVED (-40)       /* bit 2 or 3; bit 1 where it may not stand */
#define UVC_WSFRAME_BAD_OPCODE (-41)         /* 3 to 7, 11 to 15 */
#define UVC_WSFRAME_FRAGMENTED_CONTROL (-42) /* close, ping or pong without FIN */
#define UVC_WSFRAME_LONG_CONTROL (-43)       /* close, ping or pong of more than 125 bytes */
#define UVC_WSFRAME_NOT_MASKED (-44)         /* section 5.1 */
#define UVC_WSFRAME_LENGTH_NOT_MINIMAL (-45) /* 16 bits for < 126, 64 bits for < 65536 */
#define UVC_WSFRAME_LENGTH_TOO_LARGE (-46)   /* 64 bits with the top one set */

/* The opcodes there are. Those from close on are control frames. */
enum {
    UVC_WSFRAME_CONTINUATION = 0,
    UVC_WSFRAME_TEXT = 1,
    UVC_WSFRAME_BINARY = 2,
    UVC_WSFRAME_CLOSE = 8,
    UVC_WSFRAME_PING = 9,
    UVC_WSFRAME_PONG = 10
};

typedef struct {
    uint64_t length; /* bytes of payload behind the header, at most 2^63 - 1 */
    uint8_t opcode;
    uint8_t fin;     /* 0 or 1 */
    uint8_t rsv1;    /* 0 or 1 */
    uint8_t mask[4]; /* the key for uvc_mask() */
} uvc_wsframe;

/* buf may be NULL when len is 0. */
long uvc_wsframe_parse(const char *buf, size_t len, int allow_rsv1, uvc_wsframe *frame);

#define UVC_WSFRAME_MAX_HEADER 10

/*
 * Writes the header of an unmasked frame, in its shortest form, and answers its size: 2, 4 or
 * 10 bytes. dst has room for UVC_WSFRAME_MAX_HEADER. fin and rsv1 are true or false. That
 * the opcode exists, that a control frame is final and short, and that length is at most
 * 2^63 - 1, is up to the caller.
 */
size_t uvc_wsframe_write(char *dst, int opcode, int fin, int rsv1, uint64_t length);

#endif
