#include "../hpack_encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define LARGEST_BLOCK 8192
#define HELLO_FIELDS 4

/* 170 bytes, of which the last ones are longer in Huffman code. */
#define TILDES "~~~~~~~~~~~~~~~~~~~~~~~~~"
#define LONG_TEXT \
    "abcdefghijklmnopqrstuvwxyz0123456789abcdefghi" TILDES TILDES TILDES TILDES TILDES

/* An encoder and the decoder of its peer, with a block between them. */
typedef struct {
    uvc_hpack_encoder encoder;
    uvc_hpack_decoder decoder;
    void *encoder_memory, *decoder_memory;
    char block[LARGEST_BLOCK];
    size_t len;
} pair;

static pair both;
static char scratch[65536];

static void start_over(uint32_t room, uint32_t peer_room)
{
    free(both.encoder_memory);
    free(both.decoder_memory);
    both.encoder_memory = malloc(uvc_hpack_table_memory(room) + 1);
    both.decoder_memory = malloc(uvc_hpack_table_memory(peer_room) + 1);
    uvc_hpack_encoder_init(&both.encoder, both.encoder_memory, room);
    uvc_hpack_decoder_init(&both.decoder, both.decoder_memory, peer_room, 1000, 65536);
    both.len = 0;
}

static void start(void)
{
    both.len = uvc_hpack_encoder_start(&both.encoder, both.block);
    uvt_check(both.len <= UVC_HPACK_START_ROOM, "a start has room", "%zu", both.len);
}

/* The room is what the header says, and ends at a page that may not be touched. */
static size_t field(const char *name, const char *value)
{
    static char *end;
    const size_t room = UVC_HPACK_FIELD_ROOM(strlen(name), strlen(value));
    size_t len;

    if (end == NULL)
        end = (char *)uvt_guard_end("", 0);
    len = uvc_hpack_encoder_field(&both.encoder, end - room, name, strlen(name), value,
                                  strlen(value));
    uvt_check(len <= room, "a field has room", "%s: %zu", name, len);
    memcpy(both.block + both.len, end - room, len);
    both.len += len;
    return len;
}

static size_t status(int code)
{
    const size_t len = uvc_hpack_encoder_status(&both.encoder, both.block + both.len, code);

    uvt_check(len <= UVC_HPACK_STATUS_ROOM, "a status has room", "%d: %zu", code, len);
    both.len += len;
    return len;
}

static int tables_are_equal(void)
{
    const uvc_hpack_table *ours = &both.encoder.table, *peers = &both.decoder.table;
    uint32_t i;

    if (uvc_hpack_table_count(ours) != uvc_hpack_table_count(peers) ||
        ours->size != peers->size || ours->max_size != peers->max_size)
        return 0;
    for (i = 1; i <= uvc_hpack_table_count(ours); i++) {
        const uvc_hpack_entry *one = uvc_hpack_table_entry(ours, ours->next - i);
        const uvc_hpack_entry *other = uvc_hpack_table_entry(peers, peers->next - i);
        if (one->name_len != other->name_len || one->value_len != other->value_len ||
            memcmp(uvc_hpack_table_name(ours, one), uvc_hpack_table_name(peers, other),
                   one->name_len + one->value_len) != 0)
            return 0;
    }
    return 1;
}

static void expect(const char *sentence, const char *fields)
{
    char text[LARGEST_BLOCK] = "";
    uvc_hpack_field found;
    size_t at = 0;
    int verdict;

    uvc_hpack_decoder_start(&both.decoder, both.block, both.len, scratch, sizeof(scratch));
    while ((verdict = uvc_hpack_decoder_next(&both.decoder, &found)) == UVC_HPACK_FIELD)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.*s: %.*s\n", (int)found.name_len,
                               found.name, (int)found.value_len, found.value);
    uvt_check(verdict == UVC_HPACK_END, sentence, "%d", verdict);
    uvt_check(strcmp(text, fields) == 0, sentence, "%s", text);
    uvt_check(tables_are_equal(), sentence, "%s", "the tables differ");
}

static void check_bytes(const char *sentence, const char *bytes, size_t len)
{
    uvt_check(both.len == len && memcmp(both.block, bytes, len) == 0, sentence,
              "%zu bytes, the first is %02x", both.len, (unsigned char)both.block[0]);
}

static void test_integers(void)
{
    static const struct {
        unsigned most;
        uint32_t number;
        const char *bytes;
        size_t len;
    } integers[] = {
        {0x1f, 10, "\x0a", 1},
        {0x1f, 1337, "\x1f\x9a\x0a", 3},
        {0xff, 42, "\x2a", 1},
        {0x1f, 30, "\x1e", 1},
        {0x1f, 31, "\x1f\x00", 2},
        {0x1f, 158, "\x1f\x7f", 2},
        {0x1f, 159, "\x1f\x80\x01", 3},
        {0x7f, 126, "\x7e", 1},
        {0x7f, 127, "\x7f\x00", 2},
        {0x0f, 16398, "\x0f\xff\x7f", 3},
        {0x0f, 16399, "\x0f\x80\x80\x01", 4},
        {0x7f, 0xffffffffu, "\x7f\x80\xff\xff\xff\x0f", 6},
    };
    char dst[6];
    size_t i, len;

    for (i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        len = uvc_hpack_write_integer(dst, 0, integers[i].most, integers[i].number);
        uvt_check(len == integers[i].len && memcmp(dst, integers[i].bytes, len) == 0,
                  "RFC 7541 C.1: integers", "%u: %zu bytes", integers[i].number, len);
    }
}

static void test_strings_take_the_shorter_form(void)
{
    static const char *const sentence = "a string takes the shorter form";
    char dst[32];

    uvt_check(uvc_hpack_write_string(dst, "no-cache", 8) == 7 &&
                  memcmp(dst, "\x86\xa8\xeb\x10\x64\x9c\xbf", 7) == 0,
              sentence, "%s", "no-cache");
    uvt_check(uvc_hpack_write_string(dst, "{}", 2) == 3 && memcmp(dst, "\x02{}", 3) == 0, sentence,
              "%s", "{}");
    uvt_check(uvc_hpack_write_string(dst, "X", 1) == 2 && memcmp(dst, "\x01X", 2) == 0, sentence,
              "%s", "as long in both");
    uvt_check(uvc_hpack_write_string(dst, NULL, 0) == 1 && dst[0] == 0, sentence, "%s", "nothing");
}

static void test_literals_without_a_state(void)
{
    static const char *const sentence = "a literal without a state";
    char *dst = both.block;

    start_over(4096, 4096);
    both.len = uvc_hpack_write_literal(dst, UVC_HPACK_LITERAL, "server", 6, "uvicorn", 7);
    uvt_check(both.len == 8 && memcmp(dst, "\x0f\x27\x85", 3) == 0, sentence, "%zu", both.len);
    both.len += uvc_hpack_write_literal(dst + both.len, UVC_HPACK_NEVER, "x-a", 3, "b", 1);
    both.len += uvc_hpack_write_literal(dst + both.len, UVC_HPACK_ADDED, "age", 3, "1", 1);
    uvc_hpack_table_add(&both.encoder.table, "age", 3, "1", 1);
    expect(sentence, "server: uvicorn\nx-a: b\nage: 1\n");
}

static void test_static_fields(void)
{
    start_over(4096, 4096);
    start();
    status(200), status(204), status(206), status(304), status(400), status(404), status(500);
    field("accept-encoding", "gzip, deflate");
    field(":path", "/");
    field("via", "");
    check_bytes("what the static table has takes a byte",
                "\x88\x89\x8a\x8b\x8c\x8d\x8e\x90\x84\xbc", 10);
}

static size_t hello(const char *date)
{
    start();
    status(200);
    field("date", date);
    field("server", "uvicorn");
    field("content-type", "text/plain; charset=utf-8");
    field("content-length", "13");
    return both.len;
}

#define HELLO(date) \
    ":status: 200\ndate: " date "\nserver: uvicorn\ncontent-type: text/plain; charset=utf-8\n" \
    "content-length: 13\n"
#define FIRST "Sat, 28 Nov 2026 05:00:00 GMT"
#define SECOND "Sat, 28 Nov 2026 05:00:01 GMT"

static void test_a_field_is_added_the_second_time(void)
{
    static const char *const sentence = "a field is added the second time, and then it is a byte";
    size_t size;

    start_over(4096, 4096);
    size = hello(FIRST);
    uvt_check(both.encoder.table.size == 0, sentence, "%u", both.encoder.table.size);
    expect(sentence, HELLO(FIRST));
    uvt_check(hello(FIRST) <= size, sentence, "%zu", both.len);
    uvt_check(uvc_hpack_table_count(&both.encoder.table) == HELLO_FIELDS, sentence, "%u",
              uvc_hpack_table_count(&both.encoder.table));
    expect(sentence, HELLO(FIRST));
    uvt_check(hello(FIRST) == 1 + HELLO_FIELDS, sentence, "%zu", both.len);
    expect(sentence, HELLO(FIRST));
    hello(SECOND);
    expect(sentence, HELLO(SECOND));
    uvt_check(both.len > 20, sentence, "%zu", both.len);
    hello(SECOND);
    expect(sentence, HELLO(SECOND));
    uvt_check(hello(SECOND) == 1 + HELLO_FIELDS, sentence, "%zu", both.len);
    expect(sentence, HELLO(SECOND));
}

static void test_a_status_is_added_too(void)
{
    start_over(4096, 4096);
    start();
    status(201), status(201), status(201), status(100), status(999);
    uvt_check(memcmp(both.block, "\x08\x82\x10\x03\x48\x82\x10\x03\xbe\x08", 10) == 0,
              "a status is added the second time, too", "%zu", both.len);
    expect("a status is added the second time, too",
           ":status: 201\n:status: 201\n:status: 201\n:status: 100\n:status: 999\n");
}

static void test_what_never_comes_again_is_never_added(void)
{
    static const char *const sentence = "what never comes again is never added";
    char value[32];
    int i;

    start_over(4096, 4096);
    for (i = 0; i < 5000; i++) {
        start();
        status(200);
        snprintf(value, sizeof(value), "%d", i);
        field("x-request-id", value);
        field("server", "uvicorn");
        uvt_check(i < 2 || (both.len > 2 && (unsigned char)both.block[both.len - 1] == 0xbe),
                  sentence, "round %d", i);
    }
    uvt_check(uvc_hpack_table_count(&both.encoder.table) == 1, sentence, "%u",
              uvc_hpack_table_count(&both.encoder.table));
}

static void test_secrets_are_never_indexed(void)
{
    static const char *const names[] = {"set-cookie", "cookie", "authorization",
                                        "proxy-authorization"};
    uvc_hpack_field found;
    size_t i;
    int times;

    start_over(4096, 4096);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (times = 0; times < 3; times++) {
            start();
            field(names[i], "secret");
            uvc_hpack_decoder_start(&both.decoder, both.block, both.len, scratch, sizeof(scratch));
            uvc_hpack_decoder_next(&both.decoder, &found);
            uvt_check(found.kind == UVC_HPACK_NEVER, "a secret is never indexed", "%s: %d",
                      names[i], found.kind);
        }
    }
    uvt_check(both.encoder.table.size == 0, "a secret is never indexed", "%s", "added");
}

static void test_large_fields_are_not_added(void)
{
    char value[3000];
    int times;

    start_over(4096, 4096);
    memset(value, 'a', sizeof(value));
    for (times = 0; times < 3; times++) {
        start();
        value[2048 - 32 - 3] = 'a';
        value[2048 - 32 - 2] = 0;
        field("x-b", value); /* a byte more than half of the table */
        uvt_check(both.encoder.table.size == 0, "a large field is not added", "%d", times);
    }
    for (times = 0; times < 2; times++) {
        start();
        value[2048 - 32 - 3] = 0;
        field("x-b", value);
    }
    uvt_check(both.encoder.table.size == 2048, "one of half the table is", "%u",
              both.encoder.table.size);
}

static void test_sizes(void)
{
    static const char *const sentence = "the peer's limit is kept, and said";

    start_over(4096, 65536);
    start();
    check_bytes("nothing is said without need", "", 0);
    hello(FIRST), expect(sentence, HELLO(FIRST));
    hello(FIRST), expect(sentence, HELLO(FIRST));
    uvc_hpack_encoder_limit(&both.encoder, 65536);
    hello(FIRST), expect(sentence, HELLO(FIRST));
    uvt_check(both.len == 1 + HELLO_FIELDS, sentence, "%zu: above the room nothing changes",
              both.len);
    uvc_hpack_encoder_limit(&both.encoder, 100);
    uvc_hpack_decoder_limit(&both.decoder, 100);
    hello(FIRST), expect(sentence, HELLO(FIRST));
    uvt_check(both.encoder.table.size <= 100 && memcmp(both.block, "\x3f\x45", 2) == 0, sentence,
              "%s", "100");
    uvc_hpack_encoder_limit(&both.encoder, 0);
    uvc_hpack_encoder_limit(&both.encoder, 4096);
    uvc_hpack_decoder_limit(&both.decoder, 4096);
    hello(FIRST), expect(sentence, HELLO(FIRST));
    uvt_check(memcmp(both.block, "\x20\x3f\xe1\x1f", 4) == 0, sentence, "%s", "0, then 4096");
    uvc_hpack_encoder_limit(&both.encoder, 0);
    start();
    check_bytes(sentence, "\x20", 1);
    expect(sentence, "");
    hello(FIRST), expect(sentence, HELLO(FIRST));
    hello(FIRST), expect(sentence, HELLO(FIRST));
    uvt_check(both.encoder.table.size == 0, sentence, "%s", "added to no table");
}

static void test_a_smaller_room(void)
{
    static const char *const sentence = "a room below 4096 is said in the first block";

    start_over(1024, 4096);
    start();
    check_bytes(sentence, "\x3f\xe1\x07", 3);
    expect(sentence, "");
    start_over(0, 4096);
    start();
    check_bytes("no table at all", "\x20", 1);
    expect("no table at all", "");
    hello(FIRST), expect("no table at all", HELLO(FIRST));
    hello(FIRST), expect("no table at all", HELLO(FIRST));
}

/* Fields that come again, some often, with sizes that change, as the peer reads them. */
static void test_many_blocks(uint32_t room, uint64_t seed)
{
    static const char *const sentence = "the peer reads what was written, block for block";
    static const char *const names[] = {"server", "x-a",    "etag", "content-type", "x-long-name",
                                        ":path",  "x-b-cd", "vary", "set-cookie",   "date"};
    char text[LARGEST_BLOCK], value[200];
    int round, fields;

    start_over(room, 4096);
    for (round = 0; round < 6000; round++) {
        size_t at = 0;
        if (uvt_random(&seed) % 50 == 0) {
            const uint32_t limit = uvt_random(&seed) % 4097;
            uvc_hpack_encoder_limit(&both.encoder, limit);
            uvc_hpack_decoder_limit(&both.decoder, limit < room ? limit : room);
            both.decoder.limit = 4096;
        }
        start();
        text[0] = 0;
        for (fields = (int)(uvt_random(&seed) % 12); fields > 0; fields--) {
            const char *name = names[uvt_random(&seed) % (sizeof(names) / sizeof(names[0]))];
            const uint32_t kind = uvt_random(&seed) % (round % 3 ? 5 : 4000);
            snprintf(value, sizeof(value), "%u-%.*s", kind, (int)(kind % 170), LONG_TEXT);
            field(name, value);
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s: %s\n", name, value);
        }
        expect(sentence, text);
    }
}

int main(void)
{
    test_integers();
    test_strings_take_the_shorter_form();
    test_literals_without_a_state();
    test_static_fields();
    test_a_field_is_added_the_second_time();
    test_a_status_is_added_too();
    test_what_never_comes_again_is_never_added();
    test_secrets_are_never_indexed();
    test_large_fields_are_not_added();
    test_sizes();
    test_a_smaller_room();
    test_many_blocks(4096, 1);
    test_many_blocks(512, 2);
    test_many_blocks(100, 3);
    free(both.encoder_memory);
    free(both.decoder_memory);
    return uvt_report("hpack_encoder");
}
