/*
 * http1_names: the header names that have a number. Private to http1.c.
 *
 * A perfect hash over length, first and last but one letter: two names in one slot are a
 * compiler error (-Woverride-init), and then the factors in SLOT() want other values.
 */
#ifndef UVC_HTTP1_NAMES_H
#define UVC_HTTP1_NAMES_H

#include <stdint.h>

#include "words.h"

#define SLOT(len, first, last_but_one) \
    (((len)*39u + (unsigned)(first)*45u + (unsigned)(last_but_one)*4u) & 255u)

/* X(index, name, first letter, last but one): in the order of the enum in http1.h, then free. */
#define KNOWN_NAMES(X) \
    X(0, "host", 'h', 's') \
    X(1, "content-length", 'c', 't') \
    X(2, "transfer-encoding", 't', 'n') \
    X(3, "connection", 'c', 'o') \
    X(4, "upgrade", 'u', 'd') \
    X(5, "expect", 'e', 'c') \
    X(6, "accept", 'a', 'p') \
    X(7, "accept-encoding", 'a', 'n') \
    X(8, "accept-language", 'a', 'g') \
    X(9, "accept-charset", 'a', 'e') \
    X(10, "user-agent", 'u', 'n') \
    X(11, "cookie", 'c', 'i') \
    X(12, "content-type", 'c', 'p') \
    X(13, "content-encoding", 'c', 'n') \
    X(14, "origin", 'o', 'i') \
    X(15, "referer", 'r', 'e') \
    X(16, "authorization", 'a', 'o') \
    X(17, "cache-control", 'c', 'o') \
    X(18, "pragma", 'p', 'm') \
    X(19, "range", 'r', 'g') \
    X(20, "if-match", 'i', 'c') \
    X(21, "if-none-match", 'i', 'c') \
    X(22, "if-modified-since", 'i', 'c') \
    X(23, "if-unmodified-since", 'i', 'c') \
    X(24, "if-range", 'i', 'g') \
    X(25, "forwarded", 'f', 'e') \
    X(26, "via", 'v', 'i') \
    X(27, "x-forwarded-for", 'x', 'o') \
    X(28, "x-forwarded-proto", 'x', 't') \
    X(29, "x-forwarded-host", 'x', 's') \
    X(30, "x-forwarded-port", 'x', 'r') \
    X(31, "x-real-ip", 'x', 'i') \
    X(32, "x-request-id", 'x', 'i') \
    X(33, "x-requested-with", 'x', 't') \
    X(34, "x-correlation-id", 'x', 'i') \
    X(35, "x-csrf-token", 'x', 'e') \
    X(36, "x-api-key", 'x', 'e') \
    X(37, "traceparent", 't', 'n') \
    X(38, "tracestate", 't', 't') \
    X(39, "baggage", 'b', 'g') \
    X(40, "sec-fetch-dest", 's', 's') \
    X(41, "sec-fetch-mode", 's', 'd') \
    X(42, "sec-fetch-site", 's', 't') \
    X(43, "sec-fetch-user", 's', 'e') \
    X(44, "sec-ch-ua", 's', 'u') \
    X(45, "sec-ch-ua-mobile", 's', 'l') \
    X(46, "sec-ch-ua-platform", 's', 'r') \
    X(47, "sec-gpc", 's', 'p') \
    X(48, "upgrade-insecure-requests", 'u', 't') \
    X(49, "priority", 'p', 't') \
    X(50, "dnt", 'd', 'n') \
    X(51, "save-data", 's', 't') \
    X(52, "te", 't', 't') \
    X(53, "trailer", 't', 'e') \
    X(54, "keep-alive", 'k', 'v') \
    X(55, "proxy-authorization", 'p', 'o') \
    X(56, "access-control-request-method", 'a', 'o') \
    X(57, "access-control-request-headers", 'a', 'r') \
    X(58, "last-event-id", 'l', 'i') \
    X(59, "sec-websocket-key", 's', 'e') \
    X(60, "sec-websocket-version", 's', 'o') \
    X(61, "sec-websocket-extensions", 's', 'n') \
    X(62, "sec-websocket-protocol", 's', 'o') \
    X(63, "http2-settings", 'h', 'g') \
    X(64, "cf-connecting-ip", 'c', 'i') \
    X(65, "cf-ray", 'c', 'a') \
    X(66, "cdn-loop", 'c', 'o') \
    X(67, "x-amzn-trace-id", 'x', 'i') \
    X(68, "date", 'd', 't')

#define NAME_OF(index, name, first, last_but_one) [index] = {name, sizeof(name) - 1},
#define SLOT_OF(index, name, first, last_but_one) \
    [SLOT(sizeof(name) - 1, first, last_but_one)] = (index) + 1,

static const struct {
    char text[32];
    size_t len;
} known_names[] = {KNOWN_NAMES(NAME_OF)};

/* Index + 1 of the only name that can be meant; 0: none. */
static const uint8_t known_slots[256] = {KNOWN_NAMES(SLOT_OF)};

/*
 * Whether name, in any case, is text. In a token, setting bit 5 makes a letter, a digit or a
 * hyphen out of nothing but that byte itself or its upper case.
 */
static inline int name_equals(const char *name, const char *text, size_t len)
{
    const uint64_t bits = 0x2020202020202020u;
    size_t i;

    if (len > 16) {
        for (i = 0; i + 16 < len; i += 8) {
            if ((load64(name + i) | bits) != load64(text + i))
                return 0;
        }
        name += i, text += i, len -= i;
    }
    if (len >= 8)
        return (load64(name) | bits) == load64(text) &&
               (load64(name + len - 8) | bits) == load64(text + len - 8);
    if (len >= 4)
        return (load32(name) | (uint32_t)bits) == load32(text) &&
               (load32(name + len - 4) | (uint32_t)bits) == load32(text + len - 4);
    for (i = 0; i < len; i++) {
        if ((name[i] | 0x20) != text[i])
            return 0;
    }
    return 1;
}

/* The index of a token among the known names, or -1. */
static inline int known_index(const char *name, size_t len)
{
    int index;

    if (len < 2)
        return -1;
    index = known_slots[SLOT((unsigned)len, name[0] | 0x20, name[len - 2] | 0x20)] - 1;
    if (index < 0 || known_names[index].len != len)
        return -1;
    return name_equals(name, known_names[index].text, len) ? index : -1;
}

#endif
