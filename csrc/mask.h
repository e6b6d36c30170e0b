/*
 * mask: the masking of a WebSocket payload (RFC 6455 section 5.3), which is also the unmasking:
 * byte i of the payload XOR byte i mod 4 of the key.
 *
 * dst and src may be the same, but not overlap else. len may be 0, and then both may be NULL.
 * Nothing is read or written outside of len bytes from src and from dst; no alignment is asked
 * for.
 */
#ifndef UVC_MASK_H
#define UVC_MASK_H

#include <stddef.h>
#include <stdint.h>

/* Masks a piece of a payload: offset is how many bytes of the payload came before it. */
void uvc_mask(char *dst, const char *src, size_t len, const uint8_t key[4], size_t offset);

/*
 * The same from the start of a payload, and answers whether all bytes in dst are below 0x80:
 * 1 or 0, 1 if there are none. All of dst is written in any case.
 */
int uvc_mask_ascii(char *dst, const char *src, size_t len, const uint8_t key[4]);

/*
 * The name of the unit in use: "avx2", "sse2", "neon" or "scalar". It is chosen at the first
 * call; uvc_mask_use() forces one for tests, and answers 0 if this machine lacks it. Pieces of
 * less than 32 bytes are the same for all of them.
 */
const char *uvc_mask_unit(void);
int uvc_mask_use(const char *name);

#endif
