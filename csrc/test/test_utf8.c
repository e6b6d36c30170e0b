#include "utf8_cases.h"

#include <string.h>

#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ROOM 512

/* What check() answers. */
enum { WRONG, OPEN, COMPLETE };

/* What may stand before a case. */
static const struct {
    const char *character;
    size_t len;
} fillers[] = {{"a", 1}, {"\xd0\x96", 2}, {"\xe2\x82\xac", 3}, {"\xf0\x9f\x98\x80", 4}};

/* What may follow a wrong byte, and must change nothing. */
static const char *const followers[] = {
    "x", "\x80", "\xbf\xbf\xbf", "\xc3\xbc", "0123456789abcdef0123456789abcdef",
};

/* In pieces of `size` bytes after the first. */
static int check(const char *text, size_t len, size_t first, size_t size)
{
    uvc_utf8 utf8;
    size_t at = 0, piece = first;
    int right = 1;

    uvc_utf8_init(&utf8);
    while (at < len && right) {
        if (piece > len - at)
            piece = len - at;
        right = uvc_utf8_check(&utf8, text + at, piece);
        at += piece;
        piece = size;
    }
    if (!right)
        return WRONG;
    return uvc_utf8_complete(&utf8) ? COMPLETE : OPEN;
}

static void expect(const char *sentence, const char *how, size_t len, int found, int verdict)
{
    uvt_check(found == verdict, sentence, "%s, %zu bytes: %d, not %d", how, len, found, verdict);
}

static void check_splits(const char *sentence, const char *input, size_t len, int verdict)
{
    const char *text = uvt_guard_end(input, len);
    size_t i;

    expect(sentence, "whole", len, check(text, len, len, len), verdict);
    expect(sentence, "whole, at the start of a page", len,
           check(uvt_guard_start(input, len), len, len, len), verdict);
    for (i = 1; i <= 3; i++)
        expect(sentence, "in small pieces", len, check(text, len, i, i), verdict);
    for (i = 0; i <= len; i++)
        expect(sentence, "in two pieces", len, check(text, len, i, len), verdict);
}

/* A case behind some ASCII, which moves it to each place in a block, and some characters. */
static size_t put_before(char *text, size_t letters, size_t filler, size_t count)
{
    size_t len = letters;

    memset(text, 'a', letters);
    for (; count > 0; count--) {
        memcpy(text + len, fillers[filler].character, fillers[filler].len);
        len += fillers[filler].len;
    }
    return len;
}

static void check_behind(const utf8_case *one, int verdict)
{
    static const size_t counts[] = {0, 1, 5, 16, 17, 50};
    char text[ROOM];
    size_t letters, filler, i, len;

    for (letters = 0; letters < 17; letters++) {
        for (filler = 0; filler < COUNT(fillers); filler++) {
            for (i = 0; i < COUNT(counts); i++) {
                len = put_before(text, letters, filler, counts[i]);
                memcpy(text + len, one->input, one->len);
                check_splits(one->sentence, text, len + one->len, verdict);
            }
        }
    }
}

static void check_followers(const utf8_case *one)
{
    char text[ROOM];
    size_t i, len;

    for (i = 0; i < COUNT(followers); i++) {
        len = strlen(followers[i]);
        memcpy(text, one->input, one->len);
        memcpy(text + one->len, followers[i], len);
        check_splits(one->sentence, text, one->len + len, WRONG);
    }
}

static void test_cases(void)
{
    size_t i, len;

    for (i = 0; i < COUNT(utf8_texts); i++)
        check_behind(&utf8_texts[i], COMPLETE);
    for (i = 0; i < COUNT(utf8_starts); i++)
        check_behind(&utf8_starts[i], OPEN);
    for (i = 0; i < COUNT(utf8_errors); i++) {
        const utf8_case *one = &utf8_errors[i];

        check_behind(one, WRONG);
        check_followers(one);
        for (len = 0; len < one->len; len++)
            uvt_check(check(one->input, len, len, len) != WRONG, one->sentence,
                      "wrong already at %zu", len);
    }
}

static void test_wrong_stays_wrong(void)
{
    static const char *const sentence = "behind a wrong byte nothing is right";
    uvc_utf8 utf8;
    size_t i;

    uvc_utf8_init(&utf8);
    uvt_check(!uvc_utf8_check(&utf8, "\xff", 1), sentence, "%s", "FF is right");
    uvt_check(!uvc_utf8_check(&utf8, NULL, 0), sentence, "%s", "no bytes are right");
    for (i = 0; i < COUNT(followers); i++)
        uvt_check(!uvc_utf8_check(&utf8, followers[i], strlen(followers[i])), sentence,
                  "follower %zu is right", i);
    uvt_check(!uvc_utf8_complete(&utf8), sentence, "%s", "it is complete");
    uvc_utf8_init(&utf8);
    uvt_check(uvc_utf8_check(&utf8, NULL, 0) && uvc_utf8_complete(&utf8),
              "no bytes are right and complete", "%s", "not so");
}

/*
 * RFC 3629 section 3 as arithmetic: a sequence that is cut short stands for all the numbers it
 * may still become, and is right if one of them is a character's.
 */
static int reference(const char *text, size_t len)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    int verdict = COMPLETE;
    size_t at = 0, i, size;

    while (at < len) {
        const uint32_t lead = (unsigned char)text[at];
        uint32_t low, high;

        size = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (size == 0 || lead >= 0xf8)
            return WRONG;
        low = high = size == 1 ? lead : lead & (0x7fu >> size);
        for (i = 1; i < size; i++) {
            uint32_t bits = 0, unknown = 0x3f;

            if (at + i < len) {
                if (((unsigned char)text[at + i] & 0xc0) != 0x80)
                    return WRONG;
                bits = (unsigned char)text[at + i] & 0x3f;
                unknown = 0;
            } else {
                verdict = OPEN;
            }
            low = low << 6 | bits;
            high = high << 6 | bits | unknown;
        }
        if (high < smallest[size] || low > 0x10ffff || (low >= 0xd800 && high <= 0xdfff))
            return WRONG;
        at += size;
    }
    return verdict;
}

static size_t encode(char *text, uint32_t number)
{
    const size_t size = number < 0x80 ? 1 : number < 0x800 ? 2 : number < 0x10000 ? 3 : 4;
    size_t i;

    for (i = size - 1; i > 0; i--) {
        text[i] = (char)(0x80 | (number & 0x3f));
        number >>= 6;
    }
    text[0] = (char)(size == 1 ? number : (0xf00u >> size & 0xf0) | number);
    return size;
}

/* Each by itself, and in the middle of a block. */
static void test_all_code_points(void)
{
    char text[64];
    uint32_t number;

    memset(text, 'a', sizeof(text));
    for (number = 0; number <= 0x1fffff; number++) {
        const int valid = number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
        const size_t place = 1 + number % 40;
        char kept[4];
        size_t len;

        len = encode(kept, number);
        uvt_check(check(kept, len, len, len) == (valid ? COMPLETE : WRONG), "a code point",
                  "U+%X", (unsigned)number);
        memcpy(text + place, kept, len);
        uvt_check(check(text, sizeof(text), sizeof(text), 0) == (valid ? COMPLETE : WRONG),
                  "a code point in a text", "U+%X", (unsigned)number);
        memset(text + place, 'a', len);
    }
}

static void check_sequence(const char *text, size_t len)
{
    const int found = check(text, len, len, len);

    uvt_check(found == reference(text, len), "a short sequence",
              "%02x %02x %02x %02x, %zu bytes: %d", (unsigned char)text[0],
              (unsigned char)text[1], (unsigned char)text[2], (unsigned char)text[3], len, found);
}

/* All of one to three bytes, and those of four whose last byte is at an edge. */
static void test_all_short_sequences(void)
{
    static const char edges[] = "\x00\x7f\x80\xbf\xc0\xff";
    char text[4] = {0, 0, 0, 0};
    uint32_t number;
    size_t i;

    for (number = 0; number < 1u << 24; number++) {
        text[0] = (char)(number >> 16);
        text[1] = (char)(number >> 8 & 0xff);
        text[2] = (char)(number & 0xff);
        if ((number & 0xffff) == 0)
            check_sequence(text, 1);
        if ((number & 0xff) == 0)
            check_sequence(text, 2);
        check_sequence(text, 3);
        for (i = 0; number >= 0xf00000 && i < sizeof(edges) - 1; i++) {
            text[3] = edges[i];
            check_sequence(text, 4);
        }
        text[3] = 0;
    }
}

/* Texts of characters of all sizes, whole and with a byte changed, however they are split. */
static void test_random_texts(void)
{
    static const uint32_t most[] = {0x80, 0x80, 0x800, 0x10000, 0x110000};
    char text[ROOM];
    uint64_t seed = 17;
    int round;

    for (round = 0; round < 20000; round++) {
        const size_t wanted = uvt_random(&seed) % (ROOM - 4);
        const uint32_t kinds = 1 + uvt_random(&seed) % COUNT(most);
        size_t len = 0, first;
        int verdict;

        while (len < wanted)
            len += encode(text + len, uvt_random(&seed) % most[uvt_random(&seed) % kinds]);
        if (len > 0 && round % 2)
            text[uvt_random(&seed) % len] = (char)uvt_random(&seed);
        if (len > 0 && round % 8 == 3)
            len -= 1;
        verdict = reference(text, len);
        expect("a random text", "whole", len, check(text, len, len, len), verdict);
        first = uvt_random(&seed) % (len + 1);
        expect("a random text", "in pieces", len,
               check(text, len, first, 1 + uvt_random(&seed) % 60), verdict);
    }
}

int main(void)
{
    test_cases();
    test_wrong_stays_wrong();
    test_all_code_points();
    test_all_short_sequences();
    test_random_texts();
    return uvt_report("utf8");
}
