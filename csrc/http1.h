/*
 * http1: find the parts of one HTTP/1 request head (RFC 9112 sections 2 to 5).
 *
 * uvc_http1_parse_head(buf, len, limits, head) looks at the bytes from the start of a
 * request, and answers
 *
 *      > 0                 how many bytes the head takes, with its final CRLF
 *      UVC_PARTIAL (-2)    right so far, more bytes are needed; nothing in *head counts
 *      other < 0           refuse: one of the UVC_HTTP1_BAD_* below
 *
 * It never reads outside of [buf, buf + len), allocates nothing, keeps no state, and stores
 * nothing but offsets from buf. Wrong bytes and exceeded limits are reported at the first byte
 * that makes them certain, also when the head is still incomplete: where the bytes were split
 * changes no verdict. Up to four empty lines (CRLF) before the request line are skipped (section
 * 2.2); the offsets still count from buf.
 *
 * Syntax only. What the fields mean together (Host, Content-Length, Transfer-Encoding) is
 * the business of uvicorn/core/framing.py, once for all codecs.
 *
 *   request-line = token SP 1*( %x21-7E ) SP "HTTP/" DIGIT "." DIGIT CRLF
 *   field-line   = token ":" OWS *( %x21-7E / %x80-FF / SP / HTAB ) OWS CRLF
 *
 * No bare CR or LF, no obs-fold, no blank before the colon, no blank before the first name.
 * HTTP/1.2 to HTTP/1.9 are read as HTTP/1.1 (RFC 9110 section 2.5).
 *
 * The request line is held to limits->line bytes (its CRLF not counted), the field lines
 * together, each with its CRLF, to limits->block bytes, their number to head->max_fields.
 * A limit above 2^30 counts as 2^30.
 */
#ifndef UVC_HTTP1_H
#define UVC_HTTP1_H

#include <stddef.h>
#include <stdint.h>

#define UVC_PARTIAL (-2)
#define UVC_HTTP1_BAD_METHOD (-10)        /* not a token and SP, as in a TLS hello */
#define UVC_HTTP1_BAD_TARGET (-11)        /* empty, or a byte outside of %x21-7E */
#define UVC_HTTP1_BAD_VERSION (-12)       /* not HTTP/d.d, or missing: 400 */
#define UVC_HTTP1_OTHER_VERSION (-13)     /* well formed, but not HTTP/1.d: 505 */
#define UVC_HTTP1_BAD_LINE_END (-14)      /* a bare CR or LF */
#define UVC_HTTP1_BAD_NAME (-15)          /* empty, or not a token; also a blank before ":" */
#define UVC_HTTP1_BAD_VALUE (-16)         /* a control byte in a field value */
#define UVC_HTTP1_OBS_FOLD (-17)          /* a line that starts with SP or HTAB */
#define UVC_HTTP1_LINE_TOO_LONG (-20)     /* 414 */
#define UVC_HTTP1_BLOCK_TOO_LONG (-21)    /* 431 */
#define UVC_HTTP1_TOO_MANY_FIELDS (-22)   /* 431 */

typedef struct {
    uint32_t name, name_len;   /* as received: use uvc_http1_lower() */
    uint32_t value, value_len; /* without the blanks around it */
    int32_t known;             /* index for uvc_http1_known_name(), or -1 */
} uvc_http1_field;

typedef struct {
    uint32_t method, method_len;
    uint32_t target, target_len;
    int32_t minor; /* 0 or 1 */
    uint32_t field_count;
    uint32_t max_fields;     /* in: room in fields */
    uvc_http1_field *fields; /* in: the caller's array */
} uvc_http1_head;

typedef struct {
    size_t line;
    size_t block;
} uvc_http1_limits;

long uvc_http1_parse_head(const char *buf, size_t len, const uvc_http1_limits *limits,
                          uvc_http1_head *head);

/*
 * Names that are common in requests have a number, so that a caller can keep one object for
 * each. The first ones decide about framing and come in this order.
 */
enum {
    UVC_HTTP1_HOST = 0,
    UVC_HTTP1_CONTENT_LENGTH = 1,
    UVC_HTTP1_TRANSFER_ENCODING = 2,
    UVC_HTTP1_CONNECTION = 3,
    UVC_HTTP1_UPGRADE = 4,
    UVC_HTTP1_EXPECT = 5,
    UVC_HTTP1_FRAMING_NAMES = 6 /* known < this: framing looks at the value */
};

/* The name in lower case, NUL terminated, for 0 <= index < uvc_http1_known_count(). */
const char *uvc_http1_known_name(int index);
int uvc_http1_known_count(void);

/* The index of a token in any case among these names, or -1. */
int uvc_http1_find_name(const char *name, size_t len);

/* Copies len bytes, A-Z in lower case. dst and src may be the same, but not overlap else. */
void uvc_http1_lower(char *dst, const char *src, size_t len);

/* Whether all bytes are token characters (RFC 9110 section 5.6.2) and len > 0. */
int uvc_http1_is_token(const char *buf, size_t len);

/* Whether no byte is a control byte other than HTAB: what a field value may hold. It may be
 * empty, and then buf may be NULL. */
int uvc_http1_is_field_value(const char *buf, size_t len);

/* The name of the scanner in use: "avx2", "sse4.2", "neon" or "scalar". It is chosen at the
 * first call; uvc_http1_use_scanner() forces one for tests, and answers 0 if this machine
 * lacks it. */
const char *uvc_http1_scanner(void);
int uvc_http1_use_scanner(const char *name);

#endif
