#include "../mask.h"

#include <string.h>

#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define LONGEST 300
#define MOST_AWAY 64
#define BLANK 0x5a

/* The slowest first. */
static const char *const units[] = {"scalar", "sse2", "avx2", "neon"};

static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

/* RFC 6455 section 5.3, as it stands there. */
static void naive_mask(char *dst, const char *src, size_t len, const uint8_t with[4],
                       size_t offset)
{
    size_t i;

    for (i = 0; i < len; i++)
        dst[i] = (char)((unsigned char)src[i] ^ with[(offset + i) % 4]);
}

static void fill(char *bytes, size_t len)
{
    uint64_t seed = 7;
    size_t i;

    for (i = 0; i < len; i++)
        bytes[i] = (char)uvt_random(&seed);
}

static void check_same(const char *sentence, const char *found, const char *expected, size_t len,
                       size_t away, size_t offset)
{
    uvt_check(memcmp(found, expected, len) == 0, sentence, "%s, %zu bytes, %zu away, offset %zu",
              uvc_mask_unit(), len, away, offset);
}

/* A payload that begins, and one that is written, anywhere in a line of the cache. */
static void test_all_places_and_lengths(void)
{
    static const char *const sentence = "masked at any place";
    static char src[MOST_AWAY + LONGEST], expected[4][LONGEST];
    static char dst[1 + MOST_AWAY + LONGEST + 1];
    size_t away, offset, len;

    for (away = 0; away <= MOST_AWAY; away++) {
        const size_t other = (away * 7 + 3) % (MOST_AWAY + 1);
        char *to = dst + 1 + other;

        fill(src, sizeof(src));
        for (offset = 0; offset < 4; offset++)
            naive_mask(expected[offset], src + away, LONGEST, key, offset);
        for (offset = 0; offset < 4; offset++) {
            for (len = 0; len <= LONGEST; len++) {
                memset(dst, BLANK, sizeof(dst));
                uvc_mask(to, src + away, len, key, offset);
                check_same(sentence, to, expected[offset], len, away, offset);
                uvt_check(to[-1] == BLANK && to[len] == BLANK, "nothing is written around it",
                          "%s, %zu bytes, %zu away", uvc_mask_unit(), len, other);
            }
        }
    }
}

static void test_in_place(void)
{
    static const char *const sentence = "masked where it stands";
    static char text[MOST_AWAY + LONGEST], bytes[MOST_AWAY + LONGEST + 1], expected[LONGEST];
    size_t away, offset, len;

    fill(text, sizeof(text));
    for (away = 0; away <= MOST_AWAY; away++) {
        for (offset = 0; offset < 4; offset++) {
            naive_mask(expected, text + away, LONGEST, key, offset);
            for (len = 0; len <= LONGEST; len++) {
                memcpy(bytes, text, sizeof(text));
                bytes[away + len] = BLANK;
                uvc_mask(bytes + away, bytes + away, len, key, offset);
                check_same(sentence, bytes + away, expected, len, away, offset);
                uvt_check(bytes[away + len] == BLANK, sentence, "%s: a byte behind %zu",
                          uvc_mask_unit(), len);
            }
        }
    }
}

/* The guard pages take reads and writes outside of the payload. */
static void test_at_guards(void)
{
    static const char *const sentence = "masked between guard pages";
    static char text[LONGEST], expected[LONGEST];
    size_t len;

    fill(text, sizeof(text));
    naive_mask(expected, text, sizeof(text), key, 0);
    for (len = 0; len <= LONGEST; len++) {
        char *end = (char *)uvt_guard_end(text, len), *start = (char *)uvt_guard_start(text, len);

        uvc_mask(end, end, len, key, 0);
        check_same(sentence, end, expected, len, 0, 0);
        uvc_mask(end, start, len, key, 0);
        check_same(sentence, end, expected, len, 0, 0);
        uvc_mask_ascii(start, start, len, key);
        check_same(sentence, start, expected, len, 0, 0);
        uvc_mask(start, end, len, key, 0);
        check_same(sentence, start, text, len, 0, 0);
    }
}

/* One byte from 0x80 on, at each place in each length, is seen, and no other byte is. */
static void test_ascii_is_told(void)
{
    static const char *const sentence = "whether all is ASCII";
    static char clear[LONGEST], src[LONGEST], dst[LONGEST + 1];
    size_t len, at, i;

    for (i = 0; i < LONGEST; i++)
        clear[i] = (char)(i * 5 & 0x7f);
    for (len = 0; len <= LONGEST; len++) {
        naive_mask(src, clear, len, key, 0);
        uvt_check(uvc_mask_ascii(dst, src, len, key) == 1, sentence, "%s: %zu bytes, none high",
                  uvc_mask_unit(), len);
        check_same(sentence, dst, clear, len, 0, 0);
        for (at = 0; at < len; at++) {
            src[at] = (char)(src[at] ^ 0x80);
            dst[len] = BLANK;
            uvt_check(uvc_mask_ascii(dst, src, len, key) == 0, sentence,
                      "%s: %zu bytes, the high one is %zu", uvc_mask_unit(), len, at);
            src[at] = (char)(src[at] ^ 0x80);
            uvt_check(dst[at] == (char)(clear[at] ^ 0x80) && dst[len] == BLANK, sentence,
                      "%s: %zu bytes, byte %zu", uvc_mask_unit(), len, at);
            dst[at] = clear[at];
            check_same("all is written, also when it is not ASCII", dst, clear, len, 0, 0);
        }
    }
}

/* However a payload is split, the pieces make the whole. */
static void test_pieces(void)
{
    static char src[10000], expected[10000], dst[10000];
    uint64_t seed = 13;
    size_t at, piece;
    int round;

    fill(src, sizeof(src));
    naive_mask(expected, src, sizeof(src), key, 0);
    for (round = 0; round < 300; round++) {
        memset(dst, 0, sizeof(dst));
        for (at = 0; at < sizeof(src); at += piece) {
            piece = uvt_random(&seed) % (round % 3 == 0 ? 2000 : 70);
            if (piece > sizeof(src) - at)
                piece = sizeof(src) - at;
            uvc_mask(dst + at, src + at, piece, key, at);
        }
        check_same("pieces make the whole", dst, expected, sizeof(src), 0, 0);
    }
}

static void test_keys_and_offsets(void)
{
    static const size_t offsets[] = {0, 1, 2, 3, 4, 1001, 65534, (size_t)-1, (size_t)-2};
    static const uint8_t keys[][4] = {{0, 0, 0, 0}, {255, 255, 255, 255}, {1, 0, 0, 0},
                                      {0, 1, 0, 0}, {0, 0, 1, 0},         {0, 0, 0, 1}};
    static const size_t lengths[] = {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000};
    static char src[1000], expected[1000], dst[1000];
    size_t i, j, k;

    fill(src, sizeof(src));
    for (i = 0; i < COUNT(keys); i++) {
        for (j = 0; j < COUNT(offsets); j++) {
            /* an offset that wraps is taken modulo 4 first, as the caller's own sum would */
            naive_mask(expected, src, sizeof(src), keys[i], offsets[j] % 4);
            for (k = 0; k < COUNT(lengths); k++) {
                uvc_mask(dst, src, lengths[k], keys[i], offsets[j]);
                check_same("each byte of a key", dst, expected, lengths[k], 0, offsets[j]);
            }
        }
    }
}

static void test_nothing(void)
{
    uvc_mask(NULL, NULL, 0, key, 3);
    uvt_check(uvc_mask_ascii(NULL, NULL, 0, key) == 1, "no bytes are ASCII", "%s", "not so");
}

static void test_units_are_told_apart(void)
{
    const char *first = uvc_mask_unit();
    size_t i;
    int tried = 0;

    uvt_check(!uvc_mask_use("mmx"), "there is no such unit", "%s", uvc_mask_unit());
    uvt_check(strcmp(first, uvc_mask_unit()) == 0, "a unit that is not there changes nothing",
              "%s, not %s", uvc_mask_unit(), first);
    for (i = 0; i < COUNT(units); i++) {
        if (!uvc_mask_use(units[i]))
            continue;
        uvt_check(strcmp(uvc_mask_unit(), units[i]) == 0, "the unit asked for", "%s",
                  uvc_mask_unit());
        tried++;
    }
#if defined(UVC_SCALAR_ONLY)
    uvt_check(tried == 1 && strcmp(first, "scalar") == 0, "only the scalar one", "%d", tried);
#elif defined(__x86_64__) && !defined(_WIN32)
    uvt_check(tried >= 2 && strcmp(first, "scalar") != 0, "a vector unit is chosen", "%s", first);
#endif
}

int main(void)
{
    size_t i;

    test_units_are_told_apart();
    for (i = 0; i < COUNT(units); i++) {
        if (!uvc_mask_use(units[i]))
            continue;
        test_all_places_and_lengths();
        test_in_place();
        test_at_guards();
        test_ascii_is_told();
        test_pieces();
        test_keys_and_offsets();
        test_nothing();
    }
    return uvt_report("mask");
}
