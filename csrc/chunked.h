/*
 * chunked: decode the chunked transfer coding (RFC 9112 section 7.1), in pieces of any size.
 *
 * Call uvc_chunked_next() with a cursor until it answers UVC_PARTIAL, feed the next piece,
 * and so on; after UVC_CHUNKED_END the cursor stands at the first byte behind the message, and
 * stays there when called again.
 *
 *      UVC_CHUNKED_DATA    *data, *data_len: bytes of the body, inside the caller's buffer
 *      UVC_CHUNKED_END     the last chunk and the trailer section have ended
 *      UVC_PARTIAL (-2)    the buffer is used up (the cursor stands at its end)
 *      other < 0           refuse: one of the UVC_CHUNKED_BAD_* below; do not call again
 *
 * State is this struct alone, set up by uvc_chunked_init(); nothing is allocated.
 *
 *   chunk-size      = 1*16HEXDIG, at most 2^63 - 1
 *   chunk-ext       = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
 *   trailer-section = *( token ":" field-value CRLF )       checked, then dropped
 *
 * Every line ends with CRLF, none with a bare LF. All extensions of the message together, from
 * the byte behind a size to the one before CR, are held to max_extension bytes, the trailer
 * section to max_trailer bytes (each line with its CRLF) and max_fields lines. A trailer name or
 * value follows the rules of http1.h, and obs-fold is refused there too.
 */
#ifndef UVC_CHUNKED_H
#define UVC_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "http1.h" /* UVC_PARTIAL */

#define UVC_CHUNKED_DATA 1
#define UVC_CHUNKED_END 2
#define UVC_CHUNKED_BAD_SIZE (-30)            /* no digit, a wrong byte, an overflow */
#define UVC_CHUNKED_BAD_EXTENSION (-31)       /* not as in the grammar above */
#define UVC_CHUNKED_BAD_LINE_END (-32)        /* a bare CR or LF, or no CRLF after the data */
#define UVC_CHUNKED_BAD_TRAILER (-33)         /* name, value or obs-fold */
#define UVC_CHUNKED_EXTENSION_TOO_LONG (-34)  /* 400 */
#define UVC_CHUNKED_TRAILER_TOO_LONG (-35)    /* 431 */
#define UVC_CHUNKED_TOO_MANY_TRAILERS (-36)   /* 431 */

typedef struct {
    uint64_t remaining;      /* bytes of the current chunk still to come */
    uint32_t extension_left; /* bytes of extensions still allowed */
    uint32_t trailer_left;   /* bytes of trailers still allowed */
    uint32_t fields_left;    /* trailer lines still allowed */
    uint8_t state;           /* private */
    uint8_t digits;          /* private: hexadecimal digits of the current size */
} uvc_chunked;

void uvc_chunked_init(uvc_chunked *chunked, uint32_t max_extension, uint32_t max_trailer,
                      uint32_t max_fields);

int uvc_chunked_next(uvc_chunked *chunked, const char **cursor, const char *end,
                     const char **data, size_t *data_len);

#endif
