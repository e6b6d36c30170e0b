/*
 * hpack_static: the static table (RFC 7541 Appendix A). Private to hpack_table.c.
 *
 * A perfect hash over length, first and last but one letter finds a name: two names in one slot
 * are a compiler error (-Woverride-init), and then the factors in SLOT() want other values.
 */
#ifndef UVC_HPACK_STATIC_H
#define UVC_HPACK_STATIC_H

#include <stdint.h>

#include "hpack_table.h"

#define SLOT(len, first, last_but_one) \
    (((len)*42u + (unsigned)(first)*55u + (unsigned)(last_but_one)*35u) & 255u)

/* FIRST(index, name, value, first letter, last but one); AGAIN where the name is the one above. */
#define STATIC_TABLE(FIRST, AGAIN) \
    FIRST(1, ":authority", "", ':', 't') \
    FIRST(2, ":method", "GET", ':', 'o') \
    AGAIN(3, ":method", "POST") \
    FIRST(4, ":path", "/", ':', 't') \
    AGAIN(5, ":path", "/index.html") \
    FIRST(6, ":scheme", "http", ':', 'm') \
    AGAIN(7, ":scheme", "https") \
    FIRST(8, ":status", "200", ':', 'u') \
    AGAIN(9, ":status", "204") \
    AGAIN(10, ":status", "206") \
    AGAIN(11, ":status", "304") \
    AGAIN(12, ":status", "400") \
    AGAIN(13, ":status", "404") \
    AGAIN(14, ":status", "500") \
    FIRST(15, "accept-charset", "", 'a', 'e') \
    FIRST(16, "accept-encoding", "gzip, deflate", 'a', 'n') \
    FIRST(17, "accept-language", "", 'a', 'g') \
    FIRST(18, "accept-ranges", "", 'a', 'e') \
    FIRST(19, "accept", "", 'a', 'p') \
    FIRST(20, "access-control-allow-origin", "", 'a', 'i') \
    FIRST(21, "age", "", 'a', 'g') \
    FIRST(22, "allow", "", 'a', 'o') \
    FIRST(23, "authorization", "", 'a', 'o') \
    FIRST(24, "cache-control", "", 'c', 'o') \
    FIRST(25, "content-disposition", "", 'c', 'o') \
    FIRST(26, "content-encoding", "", 'c', 'n') \
    FIRST(27, "content-language", "", 'c', 'g') \
    FIRST(28, "content-length", "", 'c', 't') \
    FIRST(29, "content-location", "", 'c', 'o') \
    FIRST(30, "content-range", "", 'c', 'g') \
    FIRST(31, "content-type", "", 'c', 'p') \
    FIRST(32, "cookie", "", 'c', 'i') \
    FIRST(33, "date", "", 'd', 't') \
    FIRST(34, "etag", "", 'e', 'a') \
    FIRST(35, "expect", "", 'e', 'c') \
    FIRST(36, "expires", "", 'e', 'e') \
    FIRST(37, "from", "", 'f', 'o') \
    FIRST(38, "host", "", 'h', 's') \
    FIRST(39, "if-match", "", 'i', 'c') \
    FIRST(40, "if-modified-since", "", 'i', 'c') \
    FIRST(41, "if-none-match", "", 'i', 'c') \
    FIRST(42, "if-range", "", 'i', 'g') \
    FIRST(43, "if-unmodified-since", "", 'i', 'c') \
    FIRST(44, "last-modified", "", 'l', 'e') \
    FIRST(45, "link", "", 'l', 'n') \
    FIRST(46, "location", "", 'l', 'o') \
    FIRST(47, "max-forwards", "", 'm', 'd') \
    FIRST(48, "proxy-authenticate", "", 'p', 't') \
    FIRST(49, "proxy-authorization", "", 'p', 'o') \
    FIRST(50, "range", "", 'r', 'g') \
    FIRST(51, "referer", "", 'r', 'e') \
    FIRST(52, "refresh", "", 'r', 's') \
    FIRST(53, "retry-after", "", 'r', 'e') \
    FIRST(54, "server", "", 's', 'e') \
    FIRST(55, "set-cookie", "", 's', 'i') \
    FIRST(56, "strict-transport-security", "", 's', 't') \
    FIRST(57, "transfer-encoding", "", 't', 'n') \
    FIRST(58, "user-agent", "", 'u', 'n') \
    FIRST(59, "vary", "", 'v', 'r') \
    FIRST(60, "via", "", 'v', 'i') \
    FIRST(61, "www-authenticate", "", 'w', 't')

#define FIELD_OF(index, name, value) \
    [index] = {name, value, sizeof(name) - 1, sizeof(value) - 1},
#define FIRST_FIELD_OF(index, name, value, first, last_but_one) FIELD_OF(index, name, value)
#define SLOT_OF(index, name, value, first, last_but_one) \
    [SLOT(sizeof(name) - 1, first, last_but_one)] = (index),
#define NO_SLOT_OF(index, name, value)

static const uvc_hpack_static static_table[UVC_HPACK_STATIC_COUNT + 1] = {
    {"", "", 0, 0}, STATIC_TABLE(FIRST_FIELD_OF, FIELD_OF)};

/* The first index of the only name that can be meant; 0: none. */
static const uint8_t static_slots[256] = {STATIC_TABLE(SLOT_OF, NO_SLOT_OF)};

#endif
