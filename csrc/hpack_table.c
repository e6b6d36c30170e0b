/*
 * The strings of a dynamic table stand one behind the other, from those of the oldest entry to
 * those of the newest. Where the next ones would not fit, all that is left moves to the front. It
 * always fits then: what counts 32 bytes more for each entry has room.
 */
#include "hpack_table.h"

#include <string.h>

#include "hpack_static.h"

/* As many as the smallest entries fill the room with, as a power of two. */
static uint32_t slot_count(uint32_t room)
{
    uint32_t count = 1;

    while (count < room / UVC_HPACK_ENTRY_OVERHEAD)
        count *= 2;
    return count;
}

size_t uvc_hpack_table_memory(uint32_t room)
{
    return room == 0 ? 0 : slot_count(room) * sizeof(uvc_hpack_entry) + room;
}

void uvc_hpack_table_init(uvc_hpack_table *table, void *memory, uint32_t room)
{
    memset(table, 0, sizeof(*table));
    table->room = room;
    table->max_size = room < UVC_HPACK_FIRST_SIZE ? room : UVC_HPACK_FIRST_SIZE;
    table->oldest = table->next = 1;
    if (room == 0)
        return;
    table->slot_mask = slot_count(room) - 1;
    table->slots = memory;
    table->bytes = (char *)memory + slot_count(room) * sizeof(uvc_hpack_entry);
}

static inline uint32_t entry_size(const uvc_hpack_entry *entry)
{
    return entry->name_len + entry->value_len + UVC_HPACK_ENTRY_OVERHEAD;
}

static void evict_down_to(uvc_hpack_table *table, uint32_t size)
{
    while (table->size > size) {
        table->size -= entry_size(uvc_hpack_table_entry(table, table->oldest));
        table->oldest++;
    }
    if (table->size == 0)
        table->end = 0;
}

void uvc_hpack_table_resize(uvc_hpack_table *table, uint32_t max_size)
{
    evict_down_to(table, max_size);
    table->max_size = max_size;
}

static void move_to_front(uvc_hpack_table *table)
{
    const uint32_t start = uvc_hpack_table_entry(table, table->oldest)->at;
    uint32_t id;

    memmove(table->bytes, table->bytes + start, table->end - start);
    table->end -= start;
    for (id = table->oldest; id != table->next; id++)
        uvc_hpack_table_entry(table, id)->at -= start;
}

uvc_hpack_entry *uvc_hpack_table_add(uvc_hpack_table *table, const char *name, uint32_t name_len,
                                     const char *value, uint32_t value_len)
{
    const uint64_t size = (uint64_t)name_len + value_len + UVC_HPACK_ENTRY_OVERHEAD;
    uvc_hpack_entry *entry;

    if (size > table->max_size) {
        evict_down_to(table, 0);
        return NULL;
    }
    evict_down_to(table, table->max_size - (uint32_t)size);
    if (name_len + value_len > table->room - table->end)
        move_to_front(table);
    entry = uvc_hpack_table_entry(table, table->next);
    entry->at = table->end;
    entry->name_len = name_len;
    entry->value_len = value_len;
    entry->tag = 0;
    if (name_len > 0)
        memcpy(table->bytes + table->end, name, name_len);
    if (value_len > 0)
        memcpy(table->bytes + table->end + name_len, value, value_len);
    table->end += name_len + value_len;
    table->size += (uint32_t)size;
    table->next++;
    return entry;
}

const uvc_hpack_static *uvc_hpack_static_entry(unsigned index)
{
    return &static_table[index];
}

unsigned uvc_hpack_static_name(const char *name, size_t len)
{
    unsigned index;

    if (len < 2)
        return 0;
    index = static_slots[SLOT((unsigned)len, (unsigned char)name[0],
                              (unsigned char)name[len - 2])];
    if (static_table[index].name_len != len || memcmp(static_table[index].name, name, len) != 0)
        return 0;
    return index;
}

unsigned uvc_hpack_static_value(unsigned first, const char *value, size_t len)
{
    unsigned index;

    for (index = first; index <= UVC_HPACK_STATIC_COUNT; index++) {
        if (index > first && strcmp(static_table[index].name, static_table[first].name) != 0)
            return 0;
        if (static_table[index].value_len == len &&
            (len == 0 || memcmp(static_table[index].value, value, len) == 0))
            return index;
    }
    return 0;
}
