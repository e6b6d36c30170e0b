#include "wsframe_cases.h"

#include <string.h>

#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What may follow a header, or a wrong byte, and must change nothing. */
static const struct {
    const char *text;
    size_t len;
} followers[] = {
    {"x", 1},
    {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16},
    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16},
    {"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11},
};

static void check_once(const char *sentence, const char *buf, size_t len, int allow_rsv1,
                       long verdict, const wsframe_case *expected)
{
    uvc_wsframe frame = {0x5a5a5a5au, 0x5a, 0x5a, 0x5a, {0x5a, 0x5a, 0x5a, 0x5a}};
    const long found = uvc_wsframe_parse(buf, len, allow_rsv1, &frame);

    uvt_check(found == verdict, sentence, "%zu bytes: %ld, not %ld", len, found, verdict);
    if (expected == NULL || found != verdict)
        return;
    uvt_check(frame.opcode == expected->opcode && frame.fin == expected->fin &&
                  frame.rsv1 == expected->rsv1,
              sentence, "opcode %d, fin %d, rsv1 %d", frame.opcode, frame.fin, frame.rsv1);
    uvt_check(frame.length == expected->length, sentence, "length %llx",
              (unsigned long long)frame.length);
    uvt_check(memcmp(frame.mask, KEY, 4) == 0, sentence, "key %02x%02x%02x%02x", frame.mask[0],
              frame.mask[1], frame.mask[2], frame.mask[3]);
}

/* The whole input, each part of it from its start, and the input with something behind. */
static void check_case(const char *sentence, const char *input, size_t len, int allow_rsv1,
                       long verdict, const wsframe_case *expected)
{
    char longer[64];
    size_t i;

    check_once(sentence, uvt_guard_end(input, len), len, allow_rsv1, verdict, expected);
    check_once(sentence, uvt_guard_start(input, len), len, allow_rsv1, verdict, expected);
    for (i = 0; i < len; i++)
        check_once(sentence, uvt_guard_end(input, i), i, allow_rsv1, UVC_PARTIAL, NULL);
    memcpy(longer, input, len);
    for (i = 0; i < COUNT(followers); i++) {
        const size_t all = len + followers[i].len;
        memcpy(longer + len, followers[i].text, followers[i].len);
        check_once(sentence, uvt_guard_end(longer, all), all, allow_rsv1, verdict, expected);
    }
}

static void test_cases(void)
{
    size_t i;

    for (i = 0; i < COUNT(accepted_wsframes); i++) {
        const wsframe_case *one = &accepted_wsframes[i];
        check_case(one->sentence, one->input, one->len, one->allow_rsv1, (long)one->len, one);
    }
    for (i = 0; i < COUNT(refused_wsframes); i++) {
        const wsframe_refused_case *one = &refused_wsframes[i];
        check_case(one->sentence, one->input, one->len, one->allow_rsv1, one->verdict, NULL);
        if (one->allow_rsv1)
            check_case(one->sentence, one->input, one->len, 0, one->verdict, NULL);
    }
}

static void test_nothing_is_partial(void)
{
    uvc_wsframe frame;

    uvt_check(uvc_wsframe_parse(NULL, 0, 0, &frame) == UVC_PARTIAL, "no bytes are partial", "%s",
              "refused");
}

/* The rules for the first two bytes once more, by the fields of section 5.2; masked is -1 where
 * there is no second byte yet. */
static long verdict_on_two(int fin, int rsv, int opcode, int masked, int length, int allow_rsv1)
{
    const int control = opcode >= 8;

    if (rsv % 4 != 0)
        return UVC_WSFRAME_BAD_RESERVED;
    if (rsv == 4 && (!allow_rsv1 || opcode < 1 || opcode > 2))
        return UVC_WSFRAME_BAD_RESERVED;
    if ((opcode > 2 && opcode < 8) || opcode > 10)
        return UVC_WSFRAME_BAD_OPCODE;
    if (control && !fin)
        return UVC_WSFRAME_FRAGMENTED_CONTROL;
    if (masked < 0)
        return UVC_PARTIAL;
    if (!masked)
        return UVC_WSFRAME_NOT_MASKED;
    return control && length > 125 ? UVC_WSFRAME_LONG_CONTROL : UVC_PARTIAL;
}

static void test_all_first_two_bytes(void)
{
    static const char *const sentence = "all that two bytes may be";
    int first, second, allow;
    long verdict;
    char input[2];

    for (first = 0; first <= 0x1ff; first++) {
        const int fin = first >> 7 & 1, rsv = first >> 4 & 7, opcode = first & 15;

        allow = first >> 8;
        input[0] = (char)(first & 0xff);
        verdict = verdict_on_two(fin, rsv, opcode, -1, 0, allow);
        check_once(sentence, uvt_guard_end(input, 1), 1, allow, verdict, NULL);
        for (second = 0; second <= 0xff; second++) {
            input[1] = (char)second;
            verdict = verdict_on_two(fin, rsv, opcode, second >> 7, second & 127, allow);
            check_once(sentence, uvt_guard_end(input, 2), 2, allow, verdict, NULL);
        }
    }
}

/* The three forms of a length, also those that are too long for it. */
static size_t put_length(char *input, int bytes, uint64_t length)
{
    int i;

    input[0] = (char)0x82;
    input[1] = (char)(0x80 | (bytes == 8 ? 127 : bytes == 2 ? 126 : (int)length));
    for (i = 0; i < bytes; i++)
        input[2 + i] = (char)(length >> 8 * (bytes - 1 - i) & 0xff);
    memcpy(input + 2 + bytes, KEY, 4);
    return (size_t)(2 + bytes + 4);
}

static void check_length(int bytes, uint64_t length, long verdict)
{
    static const char *const sentence = "a length in each of its forms";
    wsframe_case expected = {NULL, NULL, 0, 0, 2, 1, 0, 0};
    char input[16];
    const size_t len = put_length(input, bytes, length);
    size_t i;

    expected.length = length;
    check_once(sentence, uvt_guard_end(input, len), len, 0, verdict,
               verdict > 0 ? &expected : NULL);
    for (i = 0; verdict > 0 && i < len; i++)
        check_once(sentence, uvt_guard_end(input, i), i, 0, UVC_PARTIAL, NULL);
}

static void test_lengths(void)
{
    uint64_t length;
    int bit, away;

    for (length = 0; length < 126; length++) {
        check_length(0, length, 6);
        check_length(2, length, UVC_WSFRAME_LENGTH_NOT_MINIMAL);
    }
    for (length = 126; length <= 65535; length++)
        check_length(2, length, 8);
    for (length = 0; length <= 65535; length++)
        check_length(8, length, UVC_WSFRAME_LENGTH_NOT_MINIMAL);
    for (bit = 16; bit < 64; bit++) {
        for (away = -1; away <= 1; away++) {
            length = ((uint64_t)1 << bit) + (uint64_t)(int64_t)away;
            if (length > 65535)
                check_length(8, length, length >> 63 ? UVC_WSFRAME_LENGTH_TOO_LARGE : 14);
        }
    }
}

static void check_written(int opcode, int fin, int rsv1, uint64_t length, const char *expected,
                          size_t len)
{
    char dst[UVC_WSFRAME_MAX_HEADER + 2];
    size_t found;

    memset(dst, 0x5a, sizeof(dst));
    found = uvc_wsframe_write(dst + 1, opcode, fin, rsv1, length);
    uvt_check(found == len, "the size of a header", "%zu, not %zu", found, len);
    uvt_check(memcmp(dst + 1, expected, len) == 0, "the bytes of a header",
              "opcode %d, length %llx", opcode, (unsigned long long)length);
    uvt_check(dst[0] == 0x5a && dst[1 + len] == 0x5a, "nothing is written around a header",
              "length %llx", (unsigned long long)length);
}

static void test_written_headers(void)
{
    check_written(1, 1, 0, 5, TEXT("\x81\x05"));
    check_written(1, 0, 0, 3, TEXT("\x01\x03"));
    check_written(0, 1, 0, 2, TEXT("\x80\x02"));
    check_written(2, 2, 0, 0, TEXT("\x82\x00"));
    check_written(8, 1, 0, 2, TEXT("\x88\x02"));
    check_written(9, 1, 0, 125, TEXT("\x89\x7d"));
    check_written(10, 1, 0, 0, TEXT("\x8a\x00"));
    check_written(1, 1, 1, 5, TEXT("\xc1\x05"));
    check_written(2, 0, 4, 5, TEXT("\x42\x05"));
    check_written(2, 1, 0, 126, TEXT("\x82\x7e\x00\x7e"));
    check_written(2, 1, 0, 256, TEXT("\x82\x7e\x01\x00"));
    check_written(2, 1, 0, 65535, TEXT("\x82\x7e\xff\xff"));
    check_written(2, 1, 0, 65536, TEXT("\x82\x7f\0\0\0\0\0\x01\0\0"));
    check_written(2, 1, 0, 0x0123456789abcdefu, TEXT("\x82\x7f\x01\x23\x45\x67\x89\xab\xcd\xef"));
    check_written(2, 1, 0, 0x7fffffffffffffffu, TEXT("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"));
}

/* With the mask bit set and a key behind it, what is written can be read. */
static void test_what_is_written_is_read(void)
{
    static const char *const sentence = "what is written is read";
    static const uint8_t opcodes[] = {0, 1, 2, 8, 9, 10};
    uint64_t seed = 11;
    int round;

    for (round = 0; round < 20000; round++) {
        wsframe_case one = {NULL, NULL, 0, 1, 0, 1, 0, 0};
        char input[UVC_WSFRAME_MAX_HEADER + 4];
        size_t len;

        one.opcode = opcodes[uvt_random(&seed) % COUNT(opcodes)];
        one.length = ((uint64_t)uvt_random(&seed) << 32 | uvt_random(&seed)) >> 1;
        one.length >>= uvt_random(&seed) % 63;
        if (one.opcode >= 8)
            one.length %= 126;
        else
            one.fin = uvt_random(&seed) % 2;
        if (one.opcode == 1 || one.opcode == 2)
            one.rsv1 = uvt_random(&seed) % 2;
        len = uvc_wsframe_write(input, one.opcode, one.fin, one.rsv1, one.length);
        input[1] = (char)(input[1] | 0x80);
        memcpy(input + len, KEY, 4);
        check_once(sentence, uvt_guard_end(input, len + 4), len + 4, 1, (long)len + 4, &one);
    }
}

int main(void)
{
    test_cases();
    test_nothing_is_partial();
    test_all_first_two_bytes();
    test_lengths();
    test_written_headers();
    test_what_is_written_is_read();
    return uvt_report("wsframe");
}
