/*
 * huffman: the Huffman code of HPACK (RFC 7541 section 5.2 and Appendix B).
 *
 * uvc_huffman_decode(dst, room, src, len) decodes one whole string, and answers
 *
 *      >= 0        how many bytes it has written, at most room
 *      other < 0   refuse: one of the UVC_HUFFMAN_* below; what is in dst counts for nothing
 *
 * UVC_HUFFMAN_TOO_LONG is the answer only where the string is without a fault: a caller that can
 * do without the string may go on. The decoded string is at most uvc_huffman_most(len) bytes long.
 *
 * It never reads outside of [src, src + len), never writes outside of [dst, dst + room), and
 * allocates nothing. src and dst do not overlap; src may be NULL when len is 0.
 */
#ifndef UVC_HUFFMAN_H
#define UVC_HUFFMAN_H

#include <stddef.h>

#define UVC_HUFFMAN_BAD_PADDING (-50) /* not all ones, or 8 bits and more: also a code cut short */
#define UVC_HUFFMAN_EOS (-51)         /* the code of EOS, whole */
#define UVC_HUFFMAN_TOO_LONG (-52)    /* right, but more than room */

long uvc_huffman_decode(char *dst, size_t room, const char *src, size_t len);

/* The most bytes that len bytes can say: the shortest code has 5 bits. */
static inline size_t uvc_huffman_most(size_t len)
{
    return len / 5 * 8 + len % 5 * 8 / 5;
}

/* How many bytes the string takes when it is encoded, its padding included. */
size_t uvc_huffman_size(const char *src, size_t len);

/* Writes exactly uvc_huffman_size(src, len) bytes, and answers how many these are. */
size_t uvc_huffman_encode(char *dst, const char *src, size_t len);

#endif
