#include "../hpack_table.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

#define LARGEST 600
#define MOST 4000

/* Memory whose end touches a page that may not be touched. */
static void *memory_for(uint32_t room)
{
    static char *end;

    if (end == NULL)
        end = (char *)uvt_guard_end("", 0);
    return end - (uvc_hpack_table_memory(room) + 7) / 8 * 8;
}

static void test_static_entries(void)
{
    static const char *const sentence = "an entry of the static table is found by what it is";
    const uvc_hpack_static *entry, *first;
    unsigned index, name;

    for (index = 1; index <= UVC_HPACK_STATIC_COUNT; index++) {
        entry = uvc_hpack_static_entry(index);
        uvt_check(entry->name_len == strlen(entry->name) &&
                      entry->value_len == strlen(entry->value),
                  sentence, "%u", index);
        name = uvc_hpack_static_name(entry->name, entry->name_len);
        first = uvc_hpack_static_entry(name);
        uvt_check(name > 0 && name <= index && strcmp(first->name, entry->name) == 0, sentence,
                  "%u: %u", index, name);
        uvt_check(name == 1 || strcmp(uvc_hpack_static_entry(name - 1)->name, entry->name) != 0,
                  sentence, "%u: %u is not the first", index, name);
        uvt_check(uvc_hpack_static_value(name, entry->value, entry->value_len) == index, sentence,
                  "%u", index);
    }
}

static void test_what_is_not_static(void)
{
    static const char *const names[] = {"",        "a",        "ag",      "agf",     "Age",
                                        "servers", ":path\n",  ":pat",    "date ",   "x-a",
                                        "dote",    ":authoritx", "vbry",  "cookie2", "\xff\xff"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        uvt_check(uvc_hpack_static_name(names[i], strlen(names[i])) == 0,
                  "a name that is not in the static table is not found", "%s", names[i]);
    uvt_check(uvc_hpack_static_value(8, "201", 3) == 0, "201 is no static status", "%s", "found");
    uvt_check(uvc_hpack_static_value(2, "/", 1) == 0, "no other name's value counts", "%s",
              "found");
    uvt_check(uvc_hpack_static_value(61, "/", 1) == 0, "the last name has no value", "%s",
              "found");
}

static void add(uvc_hpack_table *table, const char *name, const char *value, int fits)
{
    const uvc_hpack_entry *entry = uvc_hpack_table_add(
        table, name, (uint32_t)strlen(name), value, (uint32_t)strlen(value));

    uvt_check((entry != NULL) == fits, "an entry is added if it fits", "%s", name);
    if (entry == NULL)
        return;
    uvt_check(entry == uvc_hpack_table_entry(table, table->next - 1), "the newest entry is last",
              "%s", name);
}

static void check_table(const uvc_hpack_table *table, uint32_t count, uint32_t size)
{
    uvt_check(uvc_hpack_table_count(table) == count && table->size == size, "a table has a size",
              "%u entries of %u bytes, not %u of %u", uvc_hpack_table_count(table), table->size,
              count, size);
}

static void test_size_and_eviction(void)
{
    uvc_hpack_table table;

    uvc_hpack_table_init(&table, memory_for(100), 100);
    check_table(&table, 0, 0);
    add(&table, "abc", "defg", 1);
    check_table(&table, 1, 39);
    add(&table, "hi", "", 1);
    check_table(&table, 2, 73);
    add(&table, "", "", 1); /* of 32 bytes: makes 105 */
    check_table(&table, 2, 66);
    add(&table, "0123456789012345678901234567890123456789012345678901234567890123456", "x", 1);
    check_table(&table, 1, 100);
    add(&table, "0123456789012345678901234567890123456789012345678901234567890123456", "xy", 0);
    check_table(&table, 0, 0);
    add(&table, "abc", "defg", 1);
    add(&table, "hi", "j", 1);
    uvc_hpack_table_resize(&table, 73);
    check_table(&table, 1, 35);
    uvc_hpack_table_resize(&table, 0);
    check_table(&table, 0, 0);
    add(&table, "", "", 0);
}

static void test_a_table_without_room(void)
{
    uvc_hpack_table table;

    uvt_check(uvc_hpack_table_memory(0) == 0, "no room takes no memory", "%s", "some");
    uvc_hpack_table_init(&table, NULL, 0);
    add(&table, "a", "b", 0);
    uvc_hpack_table_resize(&table, 0);
    check_table(&table, 0, 0);
}

static void test_first_size(void)
{
    uvc_hpack_table table;

    uvc_hpack_table_init(&table, memory_for(65536), 65536);
    uvt_check(table.max_size == 4096, "a table starts with at most 4096", "%u", table.max_size);
    uvc_hpack_table_init(&table, memory_for(4095), 4095);
    uvt_check(table.max_size == 4095, "a table starts with its room", "%u", table.max_size);
}

/* Every entry there has been; those from `oldest` on are still there. */
static char texts[MOST][LARGEST + 1];
static uint32_t name_lens[MOST], value_lens[MOST];

static void check_against_texts(const uvc_hpack_table *table, uint32_t room, uint32_t count)
{
    static const char *const sentence = "a table keeps the newest entries that it has room for";
    uint32_t i, size = 0, oldest = count;

    while (oldest > 0 &&
           size + name_lens[oldest - 1] + value_lens[oldest - 1] + 32 <= table->max_size) {
        oldest--;
        size += name_lens[oldest] + value_lens[oldest] + 32;
    }
    uvt_check(table->size <= size && table->size <= table->max_size, sentence, "room %u: %u, %u",
              room, table->size, size);
    for (i = table->oldest - 1; i < count; i++) {
        const uvc_hpack_entry *entry = uvc_hpack_table_entry(table, i + 1);
        uvt_check(entry->name_len == name_lens[i] && entry->value_len == value_lens[i] &&
                      entry->tag == i &&
                      memcmp(uvc_hpack_table_name(table, entry), texts[i], name_lens[i]) == 0 &&
                      memcmp(uvc_hpack_table_value(table, entry), texts[i] + name_lens[i],
                             value_lens[i]) == 0,
                  sentence, "room %u: entry %u of %u", room, i, count);
    }
}

static void test_many_entries(uint32_t room, uint32_t most_len, uint64_t seed)
{
    uvc_hpack_table table;
    uvc_hpack_entry *entry;
    uint32_t i, j, before;

    uvc_hpack_table_init(&table, memory_for(room), room);
    for (i = 0; i < MOST; i++) {
        before = table.size;
        name_lens[i] = uvt_random(&seed) % most_len;
        value_lens[i] = uvt_random(&seed) % most_len;
        while (name_lens[i] + value_lens[i] + 32 > room)
            name_lens[i] /= 2, value_lens[i] /= 2;
        for (j = 0; j < name_lens[i] + value_lens[i]; j++)
            texts[i][j] = (char)uvt_random(&seed);
        entry = uvc_hpack_table_add(&table, texts[i], name_lens[i], texts[i] + name_lens[i],
                                    value_lens[i]);
        uvt_check(entry != NULL, "what is not larger than the table fits", "room %u: %u", room, i);
        if (entry == NULL)
            return;
        entry->tag = i;
        uvt_check(before + name_lens[i] + value_lens[i] + 32 > table.max_size ||
                      table.size == before + name_lens[i] + value_lens[i] + 32,
                  "what has room evicts nothing", "room %u: %u", room, i);
        if (i % 7 == 0 || i < 20)
            check_against_texts(&table, room, i + 1);
    }
}

/* Ids are numbers of 32 bits, and one of them follows on the last. */
static void test_ids_wrap(void)
{
    uvc_hpack_table table;
    const uvc_hpack_entry *oldest;
    char name[16];
    uint32_t i;

    uvc_hpack_table_init(&table, memory_for(256), 256);
    table.oldest = table.next = 0xfffffffcu;
    for (i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "name-%02u", (unsigned)i);
        add(&table, name, "", 1);
        uvt_check(uvc_hpack_table_count(&table) == (i < 6 ? i + 1 : 6), "ids wrap", "%u: %u", i,
                  uvc_hpack_table_count(&table));
        snprintf(name, sizeof(name), "name-%02u", (unsigned)(i < 6 ? 0 : i - 5));
        oldest = uvc_hpack_table_entry(&table, table.oldest);
        uvt_check(memcmp(uvc_hpack_table_name(&table, oldest), name, 7) == 0, "ids wrap", "%u", i);
    }
}

int main(void)
{
    test_static_entries();
    test_what_is_not_static();
    test_size_and_eviction();
    test_a_table_without_room();
    test_first_size();
    test_many_entries(32, 1, 3);
    test_many_entries(64, 40, 4);
    test_many_entries(100, 60, 5);
    test_many_entries(256, 30, 6);
    test_many_entries(4096, 1, 7);
    test_many_entries(4096, 60, 8);
    test_many_entries(4096, LARGEST / 2, 9);
    test_ids_wrap();
    return uvt_report("hpack_table");
}
