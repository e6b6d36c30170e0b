/*
 * hpack_decoder: the fields of header blocks (RFC 7541 sections 3, 5 and 6), one after the other.
 *
 * A connection has one decoder, set up once by uvc_hpack_decoder_init(). For each block, all of
 * its fragments joined: uvc_hpack_decoder_start(), then uvc_hpack_decoder_next() until it does not
 * answer UVC_HPACK_FIELD.
 *
 *      UVC_HPACK_FIELD     *field is the next one. What it points to stands until the next call
 *      UVC_HPACK_END       there are no more
 *      UVC_HPACK_TOO_*     the limits below are exceeded. The rest of the block has been decoded
 *                          without a word, so that the table is right: only this message is refused
 *      other < 0           UVC_HPACK_BAD_*: the connection ends with COMPRESSION_ERROR (RFC
 *                          9113 section 4.3); do not call again
 *
 * A caller that has seen enough, because it refuses the message, calls uvc_hpack_decoder_skip()
 * instead of dropping the rest: the fields behind may change the table.
 *
 * Limits, per block: max_fields, and max_list bytes, where each field counts its name, its value
 * and 32 more (RFC 9113 section 6.5.2). A field counts when it is decoded, wherever it comes from,
 * so that a block of references to one large entry is refused as if all were spelt out.
 *
 * A string in Huffman code is decoded into `scratch`. It holds UVC_HPACK_SCRATCH(decoder) bytes
 * at least, is used during the calls for one block, and may be shared by all decoders of a thread.
 * A string that is too long for it is too long for the table and for the list as well.
 *
 * Only HPACK. What names and values may be made of says h2field.h. A size update is read where it
 * may stand, at the start of a block (section 4.2), any number of them.
 */
#ifndef UVC_HPACK_DECODER_H
#define UVC_HPACK_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "hpack_table.h"

#define UVC_HPACK_END 0
#define UVC_HPACK_FIELD 1
#define UVC_HPACK_CUT_SHORT (-60)       /* the block ends within a field */
#define UVC_HPACK_BAD_INTEGER (-61)     /* more than four bytes behind its prefix: 2^28 or more */
#define UVC_HPACK_BAD_INDEX (-62)       /* 0, or behind the tables */
#define UVC_HPACK_BAD_HUFFMAN (-63)     /* huffman.h: the padding, or EOS */
#define UVC_HPACK_BAD_SIZE (-64)        /* a size update above the limit, or missing */
#define UVC_HPACK_MISPLACED_SIZE (-65)  /* a size update behind a field */
#define UVC_HPACK_TOO_LARGE (-66)       /* max_list: 431 */
#define UVC_HPACK_TOO_MANY_FIELDS (-67) /* max_fields: 431 */

/* How a field was sent (section 6). */
enum {
    UVC_HPACK_INDEXED = 0, /* it stands in a table, as a whole */
    UVC_HPACK_ADDED = 1,   /* literal, and added to the dynamic table, unless too large for it */
    UVC_HPACK_LITERAL = 2,
    UVC_HPACK_NEVER = 3 /* literal, and never to be indexed by anyone */
};

typedef struct {
    const char *name, *value;
    uint32_t name_len, value_len;
    uint32_t tag;       /* the tag of the entry, if it was one before: INDEXED and slot >= 0 */
    int32_t slot;       /* of the dynamic entry that is this field, also of a new one, or -1 */
    int32_t name_slot;  /* of the dynamic entry that the name comes from, or -1. By now the entry
                         * may have been evicted, and even have made way in its slot */
    uint8_t kind;       /* UVC_HPACK_INDEXED, ... */
    uint8_t index;      /* of the static entry that is this field, or 0 */
    uint8_t name_index; /* of the static entry that the name comes from, or 0 */
} uvc_hpack_field;

typedef struct {
    uvc_hpack_table table;
    uint32_t limit; /* what the peer may set the table's size to */
    uint32_t max_fields, max_list;
    /* Private: the current block. */
    const char *at, *end;
    char *scratch;
    size_t scratch_room;
    uint32_t fields, list;
    uint8_t at_start;
    uint8_t must_shrink; /* the next block starts with a size update */
} uvc_hpack_decoder;

#define UVC_HPACK_SCRATCH(decoder) \
    ((decoder)->table.room > (decoder)->max_list ? (decoder)->table.room : (decoder)->max_list)

/*
 * memory and room: as in hpack_table.h. room is the SETTINGS_HEADER_TABLE_SIZE that is sent, but
 * not below 4096 in HTTP/2, as until it is acknowledged the peer may use so much.
 */
void uvc_hpack_decoder_init(uvc_hpack_decoder *decoder, void *memory, uint32_t room,
                            uint32_t max_fields, uint32_t max_list);

/*
 * The peer has acknowledged a SETTINGS_HEADER_TABLE_SIZE, of at most room. Where the table is
 * larger than that, the next block has to start with a size update (section 4.2).
 */
void uvc_hpack_decoder_limit(uvc_hpack_decoder *decoder, uint32_t limit);

/* The block, of less than 2^31 bytes, stays in place until its last field has been read. */
void uvc_hpack_decoder_start(uvc_hpack_decoder *decoder, const char *block, size_t len,
                             char *scratch, size_t scratch_room);

int uvc_hpack_decoder_next(uvc_hpack_decoder *decoder, uvc_hpack_field *field);

/* Decodes the rest of the block. Answers UVC_HPACK_END, or UVC_HPACK_BAD_* as above. */
int uvc_hpack_decoder_skip(uvc_hpack_decoder *decoder);

/* Keeps a number of the caller's, other than 0, with the dynamic entry in that slot. */
static inline void uvc_hpack_decoder_tag(uvc_hpack_decoder *decoder, int32_t slot, uint32_t tag)
{
    decoder->table.slots[slot].tag = tag;
}

#endif
