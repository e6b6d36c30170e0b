/*
 * utf8: whether bytes are UTF-8 (RFC 3629), in pieces of any size: no overlong form, no
 * surrogate, nothing above U+10FFFF.
 *
 * Call uvc_utf8_init(), then uvc_utf8_check() for each piece, and uvc_utf8_complete() behind
 * the last one. A sequence may be split between pieces anywhere.
 *
 * A wrong byte is reported with the piece that holds it, also when the sequence is not complete
 * yet: ED A0 cannot become a character, nor can F5. After that, every check answers 0.
 */
#ifndef UVC_UTF8_H
#define UVC_UTF8_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t state; /* private */
} uvc_utf8;

void uvc_utf8_init(uvc_utf8 *utf8);

/* 1: right so far; 0: wrong. len may be 0, and then bytes may be NULL. */
int uvc_utf8_check(uvc_utf8 *utf8, const char *bytes, size_t len);

/* Whether all bytes so far are whole characters: 1 or 0, 0 also when they were wrong. */
int uvc_utf8_complete(const uvc_utf8 *utf8);

#endif
