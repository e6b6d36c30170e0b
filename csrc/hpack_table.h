/*
 * hpack_table: the tables of HPACK (RFC 7541 section 2.3), the static one, and a dynamic one that
 * lives in memory of the caller.
 *
 * uvc_hpack_table_init(table, memory, room) makes an empty dynamic table over
 * uvc_hpack_table_memory(room) bytes, aligned for uint32_t, which stay the caller's and stay where
 * they are for as long as the table is used. room is the largest size the table may be given, at
 * most UVC_HPACK_LARGEST_ROOM; with 0, memory may be NULL. Nothing is allocated.
 *
 * An entry has an id, a number that goes up by one with each entry, and keeps it for its life;
 * table->oldest is the id of the oldest one, table->next the id that the next one gets. They may
 * wrap: compare them by their difference alone. The slot of an entry, its id & table->slot_mask,
 * is its place in an array of table->slot_mask + 1, so that a caller can keep an object for each
 * entry in an array of its own.
 *
 * In an index as it is sent (section 2.3.3), 1 to 61 are the static table and 62 is the newest
 * entry.
 */
#ifndef UVC_HPACK_TABLE_H
#define UVC_HPACK_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define UVC_HPACK_STATIC_COUNT 61
#define UVC_HPACK_ENTRY_OVERHEAD 32u /* section 4.1 */
#define UVC_HPACK_FIRST_SIZE 4096u   /* RFC 9113 section 6.5.2: before any SETTINGS */
#define UVC_HPACK_LARGEST_ROOM ((uint32_t)1 << 24)

typedef struct {
    const char *name, *value;
    uint8_t name_len, value_len;
} uvc_hpack_static;

typedef struct {
    uint32_t at; /* private: where its name stands, directly before its value */
    uint32_t name_len, value_len;
    uint32_t tag; /* the owner's */
} uvc_hpack_entry;

typedef struct {
    uint32_t oldest, next; /* ids: oldest to next - 1 are there */
    uint32_t slot_mask;
    uint32_t size;     /* section 4.1: of all entries, each with 32 more */
    uint32_t max_size; /* section 4.2 */
    uint32_t room;
    uint32_t end; /* private: where the next entry goes */
    uvc_hpack_entry *slots;
    char *bytes;
} uvc_hpack_table;

size_t uvc_hpack_table_memory(uint32_t room);

/* max_size becomes the smaller of room and UVC_HPACK_FIRST_SIZE. */
void uvc_hpack_table_init(uvc_hpack_table *table, void *memory, uint32_t room);

/* Evicts what is too much. max_size is at most room. */
void uvc_hpack_table_resize(uvc_hpack_table *table, uint32_t max_size);

/*
 * Evicts, then adds (section 4.4). Answers the entry, or NULL where it is larger than the whole
 * table, which is then empty, and neither string has been read. The strings do not lie within the
 * table's memory. The tag is 0.
 */
uvc_hpack_entry *uvc_hpack_table_add(uvc_hpack_table *table, const char *name, uint32_t name_len,
                                     const char *value, uint32_t value_len);

static inline uint32_t uvc_hpack_table_count(const uvc_hpack_table *table)
{
    return table->next - table->oldest;
}

static inline uvc_hpack_entry *uvc_hpack_table_entry(const uvc_hpack_table *table, uint32_t id)
{
    return &table->slots[id & table->slot_mask];
}

static inline const char *uvc_hpack_table_name(const uvc_hpack_table *table,
                                               const uvc_hpack_entry *entry)
{
    return table->bytes + entry->at;
}

static inline const char *uvc_hpack_table_value(const uvc_hpack_table *table,
                                                const uvc_hpack_entry *entry)
{
    return table->bytes + entry->at + entry->name_len;
}

/* For 1 <= index <= UVC_HPACK_STATIC_COUNT. Both strings end with NUL. */
const uvc_hpack_static *uvc_hpack_static_entry(unsigned index);

/* The first index of the static table with that name, in lower case, or 0. */
unsigned uvc_hpack_static_name(const char *name, size_t len);

/* The index with that value among those with the name of `first`, or 0. */
unsigned uvc_hpack_static_value(unsigned first, const char *value, size_t len);

#endif
