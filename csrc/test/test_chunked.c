#include "chunked_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ROOM 65536
#define WIDE 1000u

/* What may follow an end, or a wrong byte, and must change nothing. */
static const char *const followers[] = {
    "x", "\r\n", "\n", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
};

typedef struct {
    uvc_chunked chunked;
    int verdict;
    int runs;
    size_t used; /* bytes the decoder took, of all pieces */
    size_t len;
    char data[ROOM];
} body;

/* One piece, as the caller of the decoder would do it, from a place that has no neighbours. */
static void feed(body *found, const char *piece, size_t len, const char *sentence)
{
    const char *start = uvt_guard_end(piece, len), *cursor = start, *end = start + len;
    const char *data = NULL;
    size_t data_len = 0;

    do {
        const char *before = cursor;

        found->verdict = uvc_chunked_next(&found->chunked, &cursor, end, &data, &data_len);
        uvt_check(cursor >= before && cursor <= end, sentence, "the cursor left the piece");
        if (found->verdict != UVC_CHUNKED_DATA)
            break;
        uvt_check(data_len > 0 && data >= before && data + data_len == cursor, sentence,
                  "a run of data is not what lies before the cursor");
        if (found->len + data_len > ROOM)
            abort();
        memcpy(found->data + found->len, data, data_len);
        found->len += data_len;
        found->runs++;
    } while (1);
    found->used += (size_t)(cursor - start);
    uvt_check(found->verdict != UVC_PARTIAL || cursor == end, sentence,
              "partial, but the piece is not used up");
}

static void begin(body *found, const chunked_limit_case *limits)
{
    memset(found, 0, sizeof(*found) - sizeof(found->data));
    uvc_chunked_init(&found->chunked, limits->max_extension, limits->max_trailer,
                     limits->max_fields);
    found->verdict = UVC_PARTIAL;
}

/* Feeds until the decoder has come to a verdict, in pieces of `size` bytes after the first. */
static void decode(body *found, const chunked_limit_case *one, const char *input, size_t len,
                   size_t first, size_t size)
{
    size_t at = 0, piece = first;

    begin(found, one);
    while (at < len && found->verdict == UVC_PARTIAL) {
        if (piece > len - at)
            piece = len - at;
        feed(found, input + at, piece, one->sentence);
        at += piece;
        piece = size;
    }
}

static void check_verdict(const body *found, const chunked_limit_case *one, const char *how)
{
    const size_t len = one->data != NULL ? strlen(one->data) : 0;

    uvt_check(found->verdict == one->verdict, one->sentence, "%s: %d, not %d", how,
              found->verdict, one->verdict);
    uvt_check(found->len == len && memcmp(found->data, one->data, len) == 0, one->sentence,
              "%s: %.*s", how, (int)found->len, found->data);
    uvt_check(found->verdict != UVC_CHUNKED_END || found->used == one->len, one->sentence,
              "%s: %zu bytes used, not %zu", how, found->used, one->len);
}

static void check_case(const chunked_limit_case *one, int runs)
{
    static body found;
    char longer[1024];
    size_t i, j;

    decode(&found, one, one->input, one->len, one->len, one->len);
    check_verdict(&found, one, "whole");
    uvt_check(runs < 0 || found.runs == runs, one->sentence, "%d runs, not %d", found.runs,
              runs);
    for (i = 1; i <= 3; i++) {
        decode(&found, one, one->input, one->len, i, i);
        check_verdict(&found, one, "in small pieces");
    }
    for (i = 0; i < one->len; i++) {
        decode(&found, one, one->input, one->len, i, one->len);
        check_verdict(&found, one, "in two pieces");
        decode(&found, one, one->input, i, i, i);
        uvt_check(found.verdict == UVC_PARTIAL, one->sentence, "cut at %zu: %d", i,
                  found.verdict);
    }
    if (one->verdict == UVC_PARTIAL)
        return;
    memcpy(longer, one->input, one->len);
    for (i = 0; i < COUNT(followers); i++) {
        const size_t len = one->len + strlen(followers[i]);
        memcpy(longer + one->len, followers[i], strlen(followers[i]));
        decode(&found, one, longer, len, len, len);
        check_verdict(&found, one, "with something behind");
        for (j = 1; j <= 3; j++) {
            decode(&found, one, longer, len, j, j);
            check_verdict(&found, one, "with something behind, in small pieces");
        }
    }
}

static void test_cases(void)
{
    size_t i;

    for (i = 0; i < COUNT(chunked_bodies); i++) {
        const chunked_case *one = &chunked_bodies[i];
        const chunked_limit_case same = {one->sentence, WIDE,         WIDE,     WIDE, one->input,
                                         one->len,      one->verdict, one->data};
        check_case(&same, one->runs);
    }
    for (i = 0; i < COUNT(chunked_limits); i++)
        check_case(&chunked_limits[i], -1);
}

static void test_large_chunk_is_one_run(void)
{
    static const chunked_limit_case limits = {"a large chunk is one run", 0, 0, 0, NULL, 0, 0,
                                              NULL};
    static body found;
    static char input[ROOM + 64];
    const size_t sizes[] = {1, 15, 16, 255, 256, 4095, 4096, 65535};
    size_t i, len;

    for (i = 0; i < COUNT(sizes); i++) {
        len = (size_t)snprintf(input, sizeof(input), "%zx\r\n", sizes[i]);
        memset(input + len, 'x', sizes[i]);
        len += sizes[i];
        memcpy(input + len, "\r\n0\r\n\r\n", 7);
        len += 7;
        decode(&found, &limits, input, len, len, len);
        uvt_check(found.verdict == UVC_CHUNKED_END && found.runs == 1 && found.len == sizes[i],
                  limits.sentence, "%zu bytes: %d runs", sizes[i], found.runs);
    }
}

/* A size no buffer can hold is counted down right. */
static void test_remaining_bytes_are_counted(void)
{
    static const char *const sentence = "the bytes of a chunk are counted in 64 bits";
    static const chunked_limit_case limits = {"", 0, 0, 0, NULL, 0, 0, NULL};
    static body found;

    begin(&found, &limits);
    feed(&found, "100000000\r\nabc", 14, sentence);
    uvt_check(found.verdict == UVC_PARTIAL && found.chunked.remaining == 0xfffffffd, sentence,
              "%llx remain", (unsigned long long)found.chunked.remaining);
    found.chunked.remaining = 2;
    feed(&found, "de\r\n0\r\n\r\n", 9, sentence);
    uvt_check(found.verdict == UVC_CHUNKED_END && found.len == 5, sentence, "%zu bytes",
              found.len);
}

static void test_end_stays_the_end(void)
{
    static const char *const sentence = "behind the end nothing is read";
    static const chunked_limit_case limits = {"", 0, 0, 0, NULL, 0, 0, NULL};
    static body found;

    begin(&found, &limits);
    feed(&found, "0\r\n\r\n", 5, sentence);
    feed(&found, "1\r\na\r\n", 6, sentence);
    uvt_check(found.verdict == UVC_CHUNKED_END && found.used == 5, sentence, "%zu bytes read",
              found.used);
}

/* Bodies put together at random must come out as they went in, however they are split. */
static void test_random_bodies(void)
{
    static const char *const extensions[] = {"", "", ";a", ";a=b", " ; a = \"b;\\\"\""};
    static char input[ROOM], expected[ROOM];
    static body found;
    static const chunked_limit_case limits = {
        "a body comes out as it went in", ROOM, ROOM, WIDE, NULL, 0, 0, NULL};
    uint64_t seed = 3;
    int round, chunks;

    for (round = 0; round < 3000; round++) {
        size_t len = 0, data = 0, first, i;

        for (chunks = (int)(uvt_random(&seed) % 20); chunks > 0; chunks--) {
            const char *extension = extensions[uvt_random(&seed) % COUNT(extensions)];
            const size_t most = uvt_random(&seed) % 4 ? 20 : 600;
            const size_t size = 1 + uvt_random(&seed) % most;

            if (uvt_random(&seed) % 2)
                len += (size_t)snprintf(input + len, 64, "%zx%s\r\n", size, extension);
            else
                len += (size_t)snprintf(input + len, 64, "%02zX%s\r\n", size, extension);
            for (i = 0; i < size; i++)
                expected[data + i] = (char)uvt_random(&seed);
            memcpy(input + len, expected + data, size);
            memcpy(input + len + size, "\r\n", 2);
            data += size;
            len += size + 2;
        }
        len += (size_t)snprintf(input + len, 64, "0;last\r\n%s\r\n",
                                uvt_random(&seed) % 2 ? "A: b\r\n" : "");
        first = uvt_random(&seed) % (len + 1);
        decode(&found, &limits, input, len, first, 1 + uvt_random(&seed) % 100);
        uvt_check(found.verdict == UVC_CHUNKED_END && found.used == len && found.len == data &&
                      memcmp(found.data, expected, data) == 0,
                  limits.sentence, "round %d: %d, %zu of %zu bytes", round, found.verdict,
                  found.used, len);
    }
}

int main(void)
{
    test_cases();
    test_large_chunk_is_one_run();
    test_remaining_bytes_are_counted();
    test_end_stays_the_end();
    test_random_bodies();
    return uvt_report("chunked");
}
