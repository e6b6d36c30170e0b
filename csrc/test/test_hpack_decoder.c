#include "hpack_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MOST 4096

static uvc_hpack_decoder decoder;
static char *scratch;
static void *memory;

/* Blocks of exactly the size that is asked for, so that the sanitizer sees what is behind them. */
static void start_over(uint32_t room, uint32_t max_fields, uint32_t max_list)
{
    free(memory);
    free(scratch);
    memory = malloc(uvc_hpack_table_memory(room) + 1);
    uvc_hpack_decoder_init(&decoder, memory, room, max_fields, max_list);
    scratch = malloc(UVC_HPACK_SCRATCH(&decoder) + 1);
}

static size_t bytes_of(const char *hex, char *bytes)
{
    unsigned byte;
    size_t len = 0;

    while (*hex != 0) {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        if (sscanf(hex, "%2x", &byte) != 1)
            return 0;
        bytes[len++] = (char)byte;
        hex += 2;
    }
    return len;
}

static void start(const char *block, size_t len)
{
    uvc_hpack_decoder_start(&decoder, block, len, scratch, UVC_HPACK_SCRATCH(&decoder));
}

static void start_hex(const char *hex)
{
    char bytes[MOST];
    const size_t len = bytes_of(hex, bytes);

    start(uvt_guard_end(bytes, len), len);
}

static size_t append(char *text, size_t at, const char *name, size_t name_len, const char *value,
                     size_t value_len)
{
    return at + (size_t)snprintf(text + at, MOST - at, "%.*s: %.*s\n", (int)name_len, name,
                                 (int)value_len, value);
}

/* The fields of the block as text; the last verdict. */
static int fields_of(char *text)
{
    uvc_hpack_field field;
    size_t at = 0;
    int verdict;

    text[0] = 0;
    while ((verdict = uvc_hpack_decoder_next(&decoder, &field)) == UVC_HPACK_FIELD)
        at = append(text, at, field.name, field.name_len, field.value, field.value_len);
    return verdict;
}

static void check_table(const char *sentence, const char *expected, uint32_t size)
{
    const uvc_hpack_table *table = &decoder.table;
    char text[MOST] = "";
    size_t at = 0;
    uint32_t id;

    for (id = table->next - 1; id != table->oldest - 1; id--) {
        const uvc_hpack_entry *entry = uvc_hpack_table_entry(table, id);
        at = append(text, at, uvc_hpack_table_name(table, entry), entry->name_len,
                    uvc_hpack_table_value(table, entry), entry->value_len);
    }
    uvt_check(strcmp(text, expected) == 0, sentence, "the table is\n%s", text);
    uvt_check(table->size == size, sentence, "the table has %u bytes", table->size);
}

static void check_block(const char *sentence, const hpack_block *block, int at_end)
{
    char bytes[MOST], text[MOST];
    const size_t len = bytes_of(block->hex, bytes);
    int verdict;

    start(at_end ? uvt_guard_end(bytes, len) : uvt_guard_start(bytes, len), len);
    verdict = fields_of(text);
    uvt_check(verdict == UVC_HPACK_END, sentence, "%s: %d", block->hex, verdict);
    uvt_check(strcmp(text, block->fields) == 0, sentence, "%s:\n%s", block->hex, text);
    check_table(sentence, block->table, block->size);
}

static size_t block_count(const hpack_dialog *dialog)
{
    size_t count = 0;

    while (count < MOST_BLOCKS && dialog->blocks[count].hex != NULL)
        count++;
    return count;
}

static void test_dialogs(void)
{
    size_t i, j;
    int at_end;

    for (i = 0; i < COUNT(hpack_dialogs); i++) {
        const hpack_dialog *one = &hpack_dialogs[i];
        for (at_end = 0; at_end < 2; at_end++) {
            start_over(one->room, 100, 65536);
            for (j = 0; j < block_count(one); j++)
                check_block(one->sentence, &one->blocks[j], at_end);
        }
    }
}

/* Its fields up to there, and then that it is cut short, or nothing. */
static void check_cut(const hpack_dialog *one, size_t last, size_t cut)
{
    char bytes[MOST], text[MOST];
    size_t j;
    int verdict;

    start_over(one->room, 100, 65536);
    for (j = 0; j < last; j++) {
        start_hex(one->blocks[j].hex);
        fields_of(text);
    }
    bytes_of(one->blocks[last].hex, bytes);
    start(uvt_guard_end(bytes, cut), cut);
    verdict = fields_of(text);
    uvt_check(verdict == UVC_HPACK_CUT_SHORT || verdict == UVC_HPACK_END, one->sentence,
              "cut to %zu: %d", cut, verdict);
    uvt_check(strncmp(text, one->blocks[last].fields, strlen(text)) == 0, one->sentence,
              "cut to %zu: %s", cut, text);
}

static void test_blocks_that_are_cut_short(void)
{
    char bytes[MOST];
    size_t i, last, len, cut;

    for (i = 0; i < COUNT(hpack_dialogs); i++) {
        for (last = 0; last < block_count(&hpack_dialogs[i]); last++) {
            len = bytes_of(hpack_dialogs[i].blocks[last].hex, bytes);
            for (cut = 0; cut < len; cut++)
                check_cut(&hpack_dialogs[i], last, cut);
        }
    }
}

static void test_refused(void)
{
    char text[MOST];
    size_t i;
    int verdict;

    for (i = 0; i < COUNT(refused_hpack); i++) {
        const hpack_refused_case *one = &refused_hpack[i];
        start_over(4096, 100, 65536);
        start_hex(one->hex);
        verdict = fields_of(text);
        uvt_check(verdict == one->verdict, one->sentence, "%d, not %d", verdict, one->verdict);
        start_over(4096, 100, 65536);
        start_hex(one->hex);
        verdict = uvc_hpack_decoder_skip(&decoder);
        uvt_check(verdict == one->verdict, one->sentence, "skipped: %d", verdict);
        start_over(4096, 0, 0);
        start_hex(one->hex);
        verdict = fields_of(text);
        uvt_check(verdict == one->verdict, one->sentence, "above a limit: %d", verdict);
    }
}

static void check_limits(const char *sentence, const char *hex, uint32_t max_fields,
                         uint32_t max_list, int verdict, const char *fields, const char *table,
                         uint32_t size)
{
    char text[MOST];
    int found;

    start_over(4096, max_fields, max_list);
    start_hex(hex);
    found = fields_of(text);
    uvt_check(found == verdict, sentence, "%d, not %d", found, verdict);
    uvt_check(strcmp(text, fields) == 0, sentence, "%s", text);
    check_table(sentence, table, size);
    start_hex("82");
    uvt_check(max_fields < 1 || max_list < 42 || fields_of(text) == UVC_HPACK_END, sentence, "%s",
              "the next block is refused");
}

/* ":method: GET" counts 42, "a: b" 34. */
static void test_limits(void)
{
    static const char *const two = "82 4001610162";

    check_limits("a list of just the size", two, 100, 76, UVC_HPACK_END, ":method: GET\na: b\n",
                 "a: b\n", 34);
    check_limits("a list that is a byte too large", two, 100, 75, UVC_HPACK_TOO_LARGE,
                 ":method: GET\n", "a: b\n", 34);
    check_limits("as many fields as may be", two, 2, 1000, UVC_HPACK_END,
                 ":method: GET\na: b\n", "a: b\n", 34);
    check_limits("a field too many", two, 1, 1000, UVC_HPACK_TOO_MANY_FIELDS, ":method: GET\n",
                 "a: b\n", 34);
    check_limits("no field at all", two, 0, 1000, UVC_HPACK_TOO_MANY_FIELDS, "", "a: b\n", 34);
    check_limits("the first limit that is exceeded counts", "82 4001610162 82", 2, 75,
                 UVC_HPACK_TOO_LARGE, ":method: GET\n", "a: b\n", 34);
    check_limits("what follows on a field too many is still added",
                 "82 82 4001610162 4001630164 82", 1, 1000, UVC_HPACK_TOO_MANY_FIELDS,
                 ":method: GET\n", "c: d\na: b\n", 68);
    check_limits("a field that would fit stays out when one before it did not",
                 "0f2f04626262628282", 100, 42, UVC_HPACK_BAD_INDEX, "", "", 0);
    check_limits("empty fields count, too", "000000 000000 000000", 100, 64, UVC_HPACK_TOO_LARGE,
                 ": \n: \n", "", 0);
}

/* One entry of 4000 bytes, and then as many references to it as the block has room for. */
static void test_many_references_to_a_large_entry(void)
{
    static const char *const sentence = "references count as if they were spelt out";
    static char block[60000];
    uvc_hpack_field field;
    uint32_t fields = 0;
    int verdict;

    memcpy(block, "\x40\x01" "a\x7f\xa1\x1e", 6); /* 127 + 0x21 + (0x1e << 7) = 4000 */
    memset(block + 6, 'b', 4000);
    memset(block + 4006, '\xbe', sizeof(block) - 4006);
    start_over(4096, 100000, 65536);
    start(block, sizeof(block));
    while ((verdict = uvc_hpack_decoder_next(&decoder, &field)) == UVC_HPACK_FIELD)
        fields++;
    uvt_check(verdict == UVC_HPACK_TOO_LARGE, sentence, "%d", verdict);
    uvt_check(fields == 65536 / 4033, sentence, "%u fields", fields);
}

/* 600 bytes that say 960; the scratch has room for 500. */
static void test_a_string_that_is_longer_than_the_scratch(void)
{
    static const char *const sentence = "a string that is longer than the scratch";
    static char block[700];
    uvc_hpack_field field;
    char text[MOST];
    int verdict, broken;

    for (broken = 0; broken < 2; broken++) {
        start_over(400, 100, 500);
        start_hex("4001610162");
        fields_of(text);
        memcpy(block, "\x7e\xff\xd9\x03", 4); /* 127 + 0x59 + (3 << 7) = 600 */
        memset(block + 4, 0, 600);
        memcpy(block + 604, "\x40\x01" "c\x01" "d", 5);
        if (broken)
            block[602] = block[603] = '\xff';
        start(block, 609);
        verdict = uvc_hpack_decoder_next(&decoder, &field);
        uvt_check(verdict == (broken ? UVC_HPACK_BAD_HUFFMAN : UVC_HPACK_TOO_LARGE), sentence,
                  "%d", verdict);
        if (!broken)
            check_table(sentence, "c: d\n", 34);
    }
}

/* The name fills a part of the scratch, and the value has room only without it. */
static void test_two_strings_that_are_too_long_together(void)
{
    static const char *const sentence = "two strings that are longer than the scratch together";
    static char block[400];
    uvc_hpack_field field;
    int verdict;

    memset(block, 0, sizeof(block));
    block[0] = '\x40';
    block[1] = '\xfd'; /* 125 bytes that say 200 */
    block[127] = '\xfd';
    start_over(256, 100, 256);
    start(block, 253);
    verdict = uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(verdict == UVC_HPACK_TOO_LARGE, sentence, "%d", verdict);
    check_table(sentence, "", 0);
    start_over(4096, 100, 1000);
    start(block, 253);
    verdict = uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(verdict == UVC_HPACK_FIELD && field.name_len == 200 && field.value_len == 200,
              sentence, "%d: %u, %u", verdict, field.name_len, field.value_len);
    uvt_check(decoder.table.size == 432, sentence, "%u", decoder.table.size);
}

/* Section 4.4: the entry that the name comes from goes, and the one behind it moves to its place. */
static void test_a_name_whose_place_is_taken(void)
{
    static const char *const sentence = "a name is what it was, also where its entry has to go";
    static char block[300];
    uvc_hpack_field field;

    memset(block, 'v', sizeof(block));
    memcpy(block, "\x40\x03" "abc\x61", 6);      /* abc: 97 bytes */
    memcpy(block + 103, "\x40\x02" "ef\x22", 5); /* ef: 34 bytes */
    memcpy(block + 142, "\x7f\x00\x61", 3);      /* the first name, 97 bytes */
    start_over(200, 100, 1000);
    start(block, 242);
    uvc_hpack_decoder_next(&decoder, &field);
    uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(decoder.table.size == 200, sentence, "%u", decoder.table.size);
    uvt_check(uvc_hpack_decoder_next(&decoder, &field) == UVC_HPACK_FIELD && field.slot >= 0 &&
                  field.name_len == 3 && memcmp(field.name, "abc", 3) == 0,
              sentence, "%.3s", field.name);
    start_hex("be bf");
    uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(memcmp(field.name, "abc", 3) == 0 && field.value_len == 97, sentence, "%.3s",
              field.name);
    uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(memcmp(field.name, "ef", 2) == 0 && field.value_len == 34, sentence, "%.2s",
              field.name);
}

static int verdict_after_limits(uint32_t limit, uint32_t other, const char *hex)
{
    char text[MOST];

    start_over(4096, 100, 1000);
    start_hex("4001610162");
    fields_of(text);
    uvc_hpack_decoder_limit(&decoder, limit);
    if (other != limit)
        uvc_hpack_decoder_limit(&decoder, other);
    start_hex(hex);
    return fields_of(text);
}

static void test_a_limit_that_is_lowered(void)
{
    static const char *const sentence = "a lowered limit asks for a size update";

    uvt_check(verdict_after_limits(64, 64, "82") == UVC_HPACK_BAD_SIZE, sentence, "%s", "none");
    uvt_check(verdict_after_limits(64, 64, "") == UVC_HPACK_BAD_SIZE, sentence, "%s", "empty");
    uvt_check(verdict_after_limits(64, 64, "3f2182") == UVC_HPACK_END, sentence, "%s", "64");
    uvt_check(verdict_after_limits(64, 64, "3f2282") == UVC_HPACK_BAD_SIZE, sentence, "%s", "65");
    uvt_check(verdict_after_limits(64, 64, "2082") == UVC_HPACK_END, sentence, "%s", "0");
    uvt_check(verdict_after_limits(0, 4096, "82") == UVC_HPACK_BAD_SIZE, sentence, "%s",
              "raised again, none");
    uvt_check(verdict_after_limits(0, 4096, "203fe11f82") == UVC_HPACK_END, sentence, "%s",
              "raised again");
    uvt_check(verdict_after_limits(4096, 4096, "82") == UVC_HPACK_END, sentence, "%s", "the same");
}

/* Slots stay what they are, and say where a name and a whole field come from. */
static void test_where_fields_come_from(void)
{
    static const char *const sentence = "a field says where it comes from";
    uvc_hpack_field field;

    start_over(4096, 100, 1000);
    start_hex("82 4001610162 44012f 7f000163 be c0 1f300164 0f2e0165 1001660167");
    uvc_hpack_decoder_next(&decoder, &field); /* :method: GET */
    uvt_check(field.kind == UVC_HPACK_INDEXED && field.index == 2 && field.name_index == 2 &&
                  field.slot == -1 && field.name_slot == -1,
              sentence, "%s", "static");
    uvc_hpack_decoder_next(&decoder, &field); /* a: b */
    uvt_check(field.kind == UVC_HPACK_ADDED && field.index == 0 && field.name_index == 0 &&
                  field.slot == 1 && field.name_slot == -1 && field.tag == 0,
              sentence, "new: slot %d", field.slot);
    uvc_hpack_decoder_tag(&decoder, field.slot, 77);
    uvc_hpack_decoder_next(&decoder, &field); /* :path: / added although it is static */
    uvt_check(field.kind == UVC_HPACK_ADDED && field.index == 0 && field.name_index == 4 &&
                  field.slot == 2 && field.name_slot == -1,
              sentence, "new with a static name: slot %d", field.slot);
    uvc_hpack_decoder_next(&decoder, &field); /* a: c, its name from the first entry */
    uvt_check(field.kind == UVC_HPACK_ADDED && field.name_index == 0 && field.slot == 3 &&
                  field.name_slot == 1 && field.tag == 0,
              sentence, "new with a dynamic name: slots %d, %d", field.slot, field.name_slot);
    uvc_hpack_decoder_next(&decoder, &field); /* the newest: a: c */
    uvt_check(field.kind == UVC_HPACK_INDEXED && field.slot == 3 && field.name_slot == 3 &&
                  field.index == 0 && field.tag == 0,
              sentence, "dynamic: slot %d", field.slot);
    uvc_hpack_decoder_next(&decoder, &field); /* the first: a: b */
    uvt_check(field.slot == 1 && field.tag == 77, sentence, "tagged: slot %d, %u", field.slot,
              field.tag);
    uvc_hpack_decoder_next(&decoder, &field); /* :path from the second entry, never indexed */
    uvt_check(field.kind == UVC_HPACK_NEVER && field.slot == -1 && field.name_slot == 2 &&
                  field.tag == 0,
              sentence, "never: slots %d, %d", field.slot, field.name_slot);
    uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(field.kind == UVC_HPACK_LITERAL && field.name_index == 61 && field.slot == -1 &&
                  field.index == 0,
              sentence, "literal: %u", field.name_index);
    uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(field.kind == UVC_HPACK_NEVER && field.name_index == 0 && field.name_slot == -1,
              sentence, "%s", "never, with a name");
    uvt_check(uvc_hpack_decoder_next(&decoder, &field) == UVC_HPACK_END, sentence, "%s", "more");
}

/* Both stand in the scratch at the same time. */
static void test_name_and_value_in_huffman_code(void)
{
    char text[MOST];

    start_over(4096, 100, 1000);
    start_hex("00 8825a849e95ba97d7f 8925a849e95bb8e8b4bf 1f13 8925a849e95bb8e8b4bf");
    uvt_check(fields_of(text) == UVC_HPACK_END &&
                  strcmp(text, "custom-key: custom-value\netag: custom-value\n") == 0,
              "a name and a value in Huffman code", "%s", text);
}

static void test_skipping(void)
{
    static const char *const sentence = "what is skipped changes the table as ever";
    uvc_hpack_field field;

    start_over(4096, 100, 1000);
    start_hex("82 4001610162 83 4001630164");
    uvc_hpack_decoder_next(&decoder, &field);
    uvt_check(uvc_hpack_decoder_skip(&decoder) == UVC_HPACK_END, sentence, "%s", "refused");
    check_table(sentence, "c: d\na: b\n", 68);
    start_hex("20 82");
    uvt_check(uvc_hpack_decoder_skip(&decoder) == UVC_HPACK_END, sentence, "%s", "refused");
    check_table(sentence, "", 0);
}

int main(void)
{
    test_dialogs();
    test_blocks_that_are_cut_short();
    test_refused();
    test_limits();
    test_many_references_to_a_large_entry();
    test_a_string_that_is_longer_than_the_scratch();
    test_two_strings_that_are_too_long_together();
    test_a_name_whose_place_is_taken();
    test_a_limit_that_is_lowered();
    test_where_fields_come_from();
    test_name_and_value_in_huffman_code();
    test_skipping();
    free(memory);
    free(scratch);
    return uvt_report("hpack_decoder");
}
