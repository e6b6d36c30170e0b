/*
 * The next bits stand at the top of a word of 64. A step takes one or two symbols of short codes
 * from it by a table; a longer code is found by its length, as codes of one length are numbers
 * that follow each other.
 */
#include "huffman.h"

#include "huffman_table.h"
#include "words.h"

/* The longest code. With so many bits in the word, a step needs no more input. */
#define LONGEST_CODE 30

#define FIRST_SYMBOL(step) ((char)((step) & 0xffu))
#define SECOND_SYMBOL(step) ((char)((step) >> 8 & 0xffu))
#define FIRST_BITS(step) ((step) >> 16 & 0xffu)
#define ALL_BITS(step) ((step) >> 24)

typedef struct {
    uint64_t bits; /* at the top; below them, zeros or the bits that come next */
    unsigned count;
    const unsigned char *begin, *src, *end;
} reader;

/* Compilers make one instruction of it. */
static inline uint64_t load64_big_endian(const unsigned char *p)
{
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
           (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
           (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

/* From at least 8 bytes of input: 56 to 63 bits. Bits that are read twice are the same. */
static inline void refill(reader *in)
{
    in->bits |= load64_big_endian(in->src) >> in->count;
    in->src += (63 - in->count) >> 3;
    in->count |= 56;
}

/* The last 0 to 7 bytes of input, at the top. */
static inline uint64_t last_bytes(const reader *in)
{
    const unsigned left = (unsigned)(in->end - in->src);
    uint64_t bytes = 0;
    unsigned i;

    if (left > 0 && in->end - in->begin >= 8)
        return load64_big_endian(in->end - 8) << (64 - 8 * left);
    for (i = 0; i < left; i++)
        bytes |= (uint64_t)in->src[i] << (56 - 8 * i);
    return bytes;
}

/* The same from less than 8 bytes of input, behind which all bits are ones, as padding is. */
static inline void refill_at_end(reader *in)
{
    unsigned taken = (63 - in->count) / 8;

    if (taken > (unsigned)(in->end - in->src))
        taken = (unsigned)(in->end - in->src);
    in->bits |= last_bytes(in) >> in->count;
    in->src += taken;
    in->count += 8 * taken;
    if (in->src == in->end)
        in->bits |= UINT64_MAX >> in->count;
}

static inline void drop(reader *in, unsigned bits)
{
    in->bits <<= bits;
    in->count -= bits;
}

/* The bits of the code at the top, which is longer than HUFFMAN_WIDTH, or 0 for EOS. */
static unsigned long_code(uint64_t bits, char *symbol)
{
    const size_t lengths = sizeof(huffman_lengths) / sizeof(huffman_lengths[0]);
    const uint32_t top = (uint32_t)(bits >> 32);
    size_t i = 0;

    while (i < lengths && top >= huffman_lengths[i].end)
        i++;
    if (i == lengths)
        return 0;
    *symbol = (char)huffman_long_symbols[(int32_t)(top >> (32 - huffman_lengths[i].bits)) +
                                         huffman_lengths[i].to_index];
    return huffman_lengths[i].bits;
}

/* One or two symbols, while the word has all bits of them. 0, or UVC_HUFFMAN_EOS. */
static inline int decode_word(reader *in, char **dst, const char *dst_end)
{
    char *out = *dst;
    uint32_t step;
    unsigned used;

    while (in->count >= LONGEST_CODE && dst_end - out >= 2) {
        step = huffman_steps[in->bits >> (64 - HUFFMAN_WIDTH)];
        if (step != 0) {
            out[0] = FIRST_SYMBOL(step);
            out[1] = SECOND_SYMBOL(step);
            out += ALL_BITS(step) != FIRST_BITS(step) ? 2 : 1;
            drop(in, ALL_BITS(step));
        } else {
            used = long_code(in->bits, out);
            if (used == 0)
                return UVC_HUFFMAN_EOS;
            out++;
            drop(in, used);
        }
    }
    *dst = out;
    return 0;
}

/*
 * Symbol by symbol, and without room for them no more than counted. A code that goes on behind
 * the end of the input is the padding if it is all ones and shorter than a byte.
 */
static long decode_end(reader *in, const char *dst, char *out, const char *dst_end)
{
    int too_long = 0;
    uint32_t step;
    unsigned used;
    char symbol;

    for (;;) {
        if (in->count < LONGEST_CODE && in->end - in->src >= 8)
            refill(in);
        else if (in->count < LONGEST_CODE)
            refill_at_end(in);
        if (in->count == 0)
            break;
        step = huffman_steps[in->bits >> (64 - HUFFMAN_WIDTH)];
        symbol = FIRST_SYMBOL(step);
        used = step != 0 ? FIRST_BITS(step) : long_code(in->bits, &symbol);
        if (used == 0 && in->count >= LONGEST_CODE)
            return UVC_HUFFMAN_EOS;
        if (used == 0 || used > in->count) {
            if (in->count >= 8 || in->bits != UINT64_MAX)
                return UVC_HUFFMAN_BAD_PADDING;
            break;
        }
        if (out < dst_end)
            *out++ = symbol;
        else
            too_long = 1;
        drop(in, used);
    }
    return too_long ? UVC_HUFFMAN_TOO_LONG : (long)(out - dst);
}

long uvc_huffman_decode(char *dst, size_t room, const char *src, size_t len)
{
    const char *dst_end = dst + room;
    char *out = dst;
    reader in;

    if (len == 0)
        return 0;
    in.bits = 0;
    in.count = 0;
    in.begin = in.src = (const unsigned char *)src;
    in.end = in.src + len;
    while (in.end - in.src >= 8 && dst_end - out >= 2) {
        refill(&in);
        if (decode_word(&in, &out, dst_end) != 0)
            return UVC_HUFFMAN_EOS;
    }
    if (in.end - in.src < 8) {
        refill_at_end(&in);
        if (decode_word(&in, &out, dst_end) != 0)
            return UVC_HUFFMAN_EOS;
    }
    return decode_end(&in, dst, out, dst_end);
}

size_t uvc_huffman_size(const char *src, size_t len)
{
    size_t bits = 0, i;

    for (i = 0; i < len; i++)
        bits += huffman_bits[(unsigned char)src[i]];
    return (bits + 7) / 8;
}

static inline void store32_big_endian(char *p, uint32_t word)
{
    p[0] = (char)(word >> 24 & 0xff);
    p[1] = (char)(word >> 16 & 0xff);
    p[2] = (char)(word >> 8 & 0xff);
    p[3] = (char)(word & 0xff);
}

size_t uvc_huffman_encode(char *dst, const char *src, size_t len)
{
    const char *start = dst;
    uint64_t bits = 0; /* at the bottom; what stands above the last `count` is written */
    unsigned count = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        bits = bits << huffman_bits[(unsigned char)src[i]] | huffman_codes[(unsigned char)src[i]];
        count += huffman_bits[(unsigned char)src[i]];
        if (count >= 32) {
            count -= 32;
            store32_big_endian(dst, (uint32_t)(bits >> count & 0xffffffffu));
            dst += 4;
        }
    }
    bits = bits << 8 | 0xff; /* the padding, of which as much is written as fills a byte */
    for (; count > 0; count = count > 8 ? count - 8 : 0)
        *dst++ = (char)(bits >> count & 0xff);
    return (size_t)(dst - start);
}
