#include "huffman_cases.h"

#include <string.h>

#include "../huffman_table.h"
#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define LONGEST 512

/* Room whose end touches a page that may not be touched. */
static char *room_of(size_t size)
{
    static char *end;

    if (end == NULL)
        end = (char *)uvt_guard_end("", 0);
    return end - size;
}

static void check_decoded(const char *sentence, const char *code, size_t code_len,
                          const char *text, size_t len)
{
    char *dst;
    size_t room;
    long found;

    for (room = 0; room <= len + 3; room++) {
        dst = room_of(room);
        found = uvc_huffman_decode(dst, room, code, code_len);
        if (room < len) {
            uvt_check(found == UVC_HUFFMAN_TOO_LONG, sentence, "room for %zu: %ld", room, found);
            continue;
        }
        uvt_check(found == (long)len, sentence, "room for %zu: %ld", room, found);
        uvt_check(memcmp(dst, text, len) == 0, sentence, "room for %zu: other text", room);
    }
}

static void check_encoded(const char *sentence, const char *text, size_t len, const char *code,
                          size_t code_len)
{
    char *dst = room_of(code_len);

    uvt_check(uvc_huffman_size(text, len) == code_len, sentence, "size %zu",
              uvc_huffman_size(text, len));
    if (uvc_huffman_size(text, len) != code_len)
        return;
    uvt_check(uvc_huffman_encode(dst, text, len) == code_len, sentence, "%s", "other size");
    uvt_check(memcmp(dst, code, code_len) == 0, sentence, "%s", "other code");
    uvt_check(len <= uvc_huffman_most(code_len), sentence, "%s", "longer than the most");
}

static void test_strings(void)
{
    const char *code;
    size_t i;

    for (i = 0; i < COUNT(huffman_strings); i++) {
        const huffman_case *one = &huffman_strings[i];
        code = uvt_guard_start(one->code, one->code_len);
        check_decoded(one->sentence, code, one->code_len, one->text, one->len);
        check_encoded(one->sentence, one->text, one->len, one->code, one->code_len);
    }
}

/* Whatever the room, a fault is told from a string that is too long. */
static void test_refused(void)
{
    char *copy = (char *)uvt_guard_start("", 0);
    size_t i, room;
    long found;

    for (i = 0; i < COUNT(refused_huffman); i++) {
        const huffman_refused_case *one = &refused_huffman[i];
        memcpy(copy, one->code, one->len);
        for (room = 0; room < 40; room++) {
            found = uvc_huffman_decode(room_of(room), room, copy, one->len);
            uvt_check(found == one->verdict, one->sentence, "room for %zu: %ld", room, found);
        }
    }
}

/* Bit by bit: a symbol ends where its code does. */
static long naive_decode(char *dst, size_t room, const char *src, size_t len)
{
    uint32_t code = 0, bits = 0, all_ones = 1;
    size_t at, symbol, decoded = 0;

    for (at = 0; at < 8 * len; at++) {
        const uint32_t bit = (uint32_t)(unsigned char)src[at / 8] >> (7 - at % 8) & 1u;
        code = code << 1 | bit;
        all_ones &= bit;
        if (++bits == 30 && all_ones)
            return UVC_HUFFMAN_EOS;
        for (symbol = 0; symbol < 256; symbol++) {
            if (huffman_bits[symbol] == bits && huffman_codes[symbol] == code)
                break;
        }
        if (symbol == 256)
            continue;
        if (decoded < room)
            dst[decoded] = (char)symbol;
        decoded++;
        code = bits = 0;
        all_ones = 1;
    }
    if (bits > 7 || !all_ones)
        return UVC_HUFFMAN_BAD_PADDING;
    return decoded > room ? UVC_HUFFMAN_TOO_LONG : (long)decoded;
}

/* Bytes with many ones reach the long codes. */
static void test_any_bytes_are_what_they_are_bit_by_bit(void)
{
    static const char *const sentence = "any bytes are what they are bit by bit";
    char input[24], expected[64];
    uint64_t seed = 1;
    size_t len, i;
    int round;

    for (round = 0; round < 60000; round++) {
        const size_t room = round % 3 ? 40 : uvt_random(&seed) % 24;
        const char *src;
        long found, verdict;
        len = uvt_random(&seed) % sizeof(input);
        for (i = 0; i < len; i++)
            input[i] = (char)(round & 1 ? uvt_random(&seed) | uvt_random(&seed) |
                                              uvt_random(&seed)
                                        : uvt_random(&seed));
        src = uvt_guard_start(input, len);
        verdict = naive_decode(expected, room, src, len);
        found = uvc_huffman_decode(room_of(room), room, src, len);
        uvt_check(found == verdict, sentence, "round %d: %ld, not %ld", round, found, verdict);
        if (found >= 0 && found == verdict)
            uvt_check(memcmp(room_of(room), expected, (size_t)found) == 0, sentence, "round %d",
                      round);
    }
}

static void test_what_is_encoded_is_decoded(void)
{
    static const char *const sentence = "what is encoded is decoded";
    char text[LONGEST], code[4 * LONGEST], back[LONGEST];
    uint64_t seed = 7;
    size_t len, size, i;
    int round;
    long found;

    for (round = 0; round < 20000; round++) {
        len = uvt_random(&seed) % (round % 50 ? 40 : LONGEST);
        for (i = 0; i < len; i++)
            text[i] = (char)(round & 1 ? uvt_random(&seed) : 0x20 + uvt_random(&seed) % 0x5f);
        size = uvc_huffman_encode(code, text, len);
        uvt_check(size == uvc_huffman_size(text, len), sentence, "round %d: size", round);
        found = uvc_huffman_decode(back, sizeof(back), uvt_guard_start(code, size), size);
        uvt_check(found == (long)len && memcmp(back, text, len) == 0, sentence, "round %d: %ld",
                  round, found);
    }
}

static void test_every_symbol(void)
{
    static const char *const sentence = "each symbol, in front of any other and behind it";
    char text[3], code[16], back[3];
    int first, second;
    size_t size;

    for (first = 0; first < 256; first++) {
        for (second = 0; second < 256; second++) {
            text[0] = text[2] = (char)first;
            text[1] = (char)second;
            size = uvc_huffman_encode(code, text, 3);
            uvt_check(uvc_huffman_decode(back, 3, code, size) == 3 && memcmp(back, text, 3) == 0,
                      sentence, "%d, %d", first, second);
        }
    }
}

int main(void)
{
    test_strings();
    test_refused();
    test_any_bytes_are_what_they_are_bit_by_bit();
    test_what_is_encoded_is_decoded();
    test_every_symbol();
    return uvt_report("huffman");
}
