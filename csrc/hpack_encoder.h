/*
 * hpack_encoder: write header blocks (RFC 7541 section 6).
 *
 * A connection has one encoder, set up once by uvc_hpack_encoder_init() over memory as in
 * hpack_table.h. A block is, in the order in which blocks are sent: uvc_hpack_encoder_start(), then
 * uvc_hpack_encoder_status() and uvc_hpack_encoder_field() for each field, one behind the other.
 * Each writes at dst and answers how many bytes; the room that it needs is said beside it. What
 * has been written has to be sent, as the peer's table follows from it.
 *
 * Which form a field gets:
 *
 * 1. An index, where a table has the field as a whole: one byte, or two.
 * 2. Never indexed, where the value is a secret (section 7.1.3): authorization, cookie,
 *    proxy-authorization, set-cookie.
 * 3. Literal and added, the second time that the encoder sees the field lately. So what all
 *    responses carry takes one byte from the third response on, and what is different in each of
 *    them (an etag, the id of a request) never pushes it out.
 * 4. Literal else, also where it would fill more than half of the table.
 *
 * The writers at the end know no state. With them a caller can keep the bytes of a field that it
 * writes often: unless it is UVC_HPACK_ADDED, it is the same to every peer, in every block.
 */
#ifndef UVC_HPACK_ENCODER_H
#define UVC_HPACK_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "hpack_decoder.h" /* UVC_HPACK_LITERAL, ... */
#include "hpack_table.h"

#define UVC_HPACK_MARKS 64

/* A field that has been seen: where the table has it, its id. */
typedef struct {
    uint32_t hash;
    uint32_t id;   /* 0: not in the table so far */
    uint32_t used; /* when */
} uvc_hpack_mark;

typedef struct {
    uvc_hpack_table table;
    uint32_t smallest; /* private: the least size since the last block */
    uint32_t now;      /* private: goes up by one with each field that is looked for */
    uint8_t resized;   /* private: the next block says so */
    uvc_hpack_mark marks[UVC_HPACK_MARKS];
} uvc_hpack_encoder;

/* room: what the table may take at most; 0: there is none. */
void uvc_hpack_encoder_init(uvc_hpack_encoder *encoder, void *memory, uint32_t room);

/* The peer's SETTINGS_HEADER_TABLE_SIZE, which may be above room. */
void uvc_hpack_encoder_limit(uvc_hpack_encoder *encoder, uint32_t limit);

/* Size updates, where they are due (section 4.2). */
#define UVC_HPACK_START_ROOM 12
size_t uvc_hpack_encoder_start(uvc_hpack_encoder *encoder, char *dst);

/* :status, for 100 <= status <= 999. */
#define UVC_HPACK_STATUS_ROOM 8
size_t uvc_hpack_encoder_status(uvc_hpack_encoder *encoder, char *dst, int status);

/* The name in lower case. Both are less than 2^28 bytes long. */
#define UVC_HPACK_FIELD_ROOM(name_len, value_len) ((size_t)(name_len) + (value_len) + 16)
size_t uvc_hpack_encoder_field(uvc_hpack_encoder *encoder, char *dst, const char *name,
                               size_t name_len, const char *value, size_t value_len);

/* Without a state. */

/* Section 5.1: a number behind the bits of `first`, in a prefix that holds `most`; 6 bytes at
 * most. */
size_t uvc_hpack_write_integer(char *dst, unsigned first, unsigned most, uint32_t number);

/* Section 5.2: in Huffman code where that is shorter; len + 6 bytes at most. */
size_t uvc_hpack_write_string(char *dst, const char *string, size_t len);

/*
 * A literal: kind is UVC_HPACK_ADDED, _LITERAL or _NEVER. Where the static table has the name, it
 * is written as an index. UVC_HPACK_FIELD_ROOM.
 */
size_t uvc_hpack_write_literal(char *dst, int kind, const char *name, size_t name_len,
                               const char *value, size_t value_len);

#endif
