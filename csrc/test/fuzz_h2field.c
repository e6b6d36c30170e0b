/*
 * What must hold for any bytes: what is let through could stand in a request of HTTP/1.1, byte for
 * byte, and does not say anything about a connection; the kind depends on the name alone. The
 * first byte chooses a name, or how many of the bytes behind it are one.
 */
#include <stdlib.h>
#include <string.h>

#include "../h2field.h"
#include "../http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

/* Out of a block of its own, so that the sanitizer sees a read behind it. */
static char *copy_of(const void *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL)
        abort();
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

static int is_one_of(const char *const *names, const char *name, size_t len)
{
    for (; *names != NULL; names++) {
        if (strlen(*names) == len && memcmp(*names, name, len) == 0)
            return 1;
    }
    return 0;
}

/* As the head of a request in HTTP/1.1, where the parts have their places there. */
static int parsed(const char *method, size_t method_len, const char *target, size_t target_len,
                  const char *name, size_t name_len, const char *value, size_t value_len)
{
    static const uvc_http1_limits limits = {100000, 100000};
    uvc_http1_field field;
    uvc_http1_head head = {0, 0, 0, 0, 0, 0, 1, &field};
    const size_t len = method_len + target_len + name_len + value_len + 17;
    char *text = malloc(len), *p = text;
    long verdict;

    if (text == NULL)
        abort();
    memcpy(p, method, method_len), p += method_len;
    *p++ = ' ';
    memcpy(p, target, target_len), p += target_len;
    memcpy(p, " HTTP/1.1\r\n", 11), p += 11;
    memcpy(p, name, name_len), p += name_len;
    *p++ = ':';
    memcpy(p, value, value_len), p += value_len;
    memcpy(p, "\r\n\r\n", 4);
    verdict = uvc_http1_parse_head(text, len, &limits, &head);
    if (verdict > 0)
        hold(verdict == (long)len && head.field_count == 1 && field.value_len == value_len &&
             head.method_len == method_len && head.target_len == target_len);
    free(text);
    return verdict > 0;
}

static void hold_field(const char *name, size_t name_len, const char *value, size_t value_len)
{
    static const char *const forbidden[] = {"connection", "keep-alive",        "proxy-connection",
                                            "upgrade",    "transfer-encoding", NULL};
    const int kind = uvc_h2field_check(name, name_len, value, value_len);
    const int sent = uvc_h2field_check_response(name, name_len, value, value_len);
    size_t i;

    if (sent == UVC_H2FIELD_PLAIN)
        hold(kind >= 0 || kind == UVC_H2FIELD_BAD_AUTHORITY ||
             (kind == UVC_H2FIELD_CONNECTION && memcmp(name, "te", 2) == 0));
    if (kind < 0)
        return;
    hold(!is_one_of(forbidden, name, name_len));
    if (kind == UVC_H2FIELD_METHOD || kind == UVC_H2FIELD_CONNECT)
        hold(parsed(value, value_len, "/", 1, "a", 1, "b", 1));
    else if (kind == UVC_H2FIELD_PATH)
        hold(parsed("GET", 3, value, value_len, "a", 1, "b", 1));
    else if (kind >= UVC_H2FIELD_METHOD)
        hold(parsed("GET", 3, "/", 1, "a", 1, value, value_len));
    else
        hold(sent == UVC_H2FIELD_PLAIN &&
             parsed("GET", 3, "/", 1, name, name_len, value, value_len));
    hold((kind >= UVC_H2FIELD_METHOD) == (name[0] == ':'));
    for (i = 0; i < name_len; i++)
        hold(name[i] < 'A' || name[i] > 'Z');
}

/* What is admitted has each pseudo-header field once at most, in front of all else. */
static void hold_section(const uint8_t *bytes, size_t size)
{
    uvc_h2field_order order = 0;
    uint32_t seen = 0;
    int regular = 0, verdict = 0, kind = 0;
    size_t i;

    for (i = 0; i < size && verdict == 0; i++) {
        kind = bytes[i] % 14;
        verdict = kind == 7 ? 0 : uvc_h2field_admit(&order, kind);
        hold((verdict == UVC_H2FIELD_LATE_PSEUDO) == (kind > 7 && regular));
        if (kind > 7 && !regular)
            hold((verdict == UVC_H2FIELD_REPEATED) ==
                 ((seen >> kind & 1) != 0 || (kind < 10 && (seen & 0x300) != 0)));
        regular |= kind < 7;
        seen |= 1u << kind;
    }
    if (verdict != 0)
        return;
    verdict = uvc_h2field_complete(order);
    if (verdict == 0)
        hold((seen & 0x300) != 0 &&
             ((seen & 0x1400) == 0x1400 || (seen & 0x3e00) == 0x0a00));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {":method", ":scheme",  ":path",    ":authority",
                                        "host",    ":protocol", "te",      "cookie",
                                        "upgrade", "x-a",       "connection", "content-length"};
    size_t name_len, value_len;
    const char *name;
    char *name_copy, *value_copy;

    if (size < 1)
        return 0;
    if (bytes[0] < 12) {
        name = names[bytes[0]];
        name_len = strlen(name);
        value_len = size - 1;
    } else {
        name = (const char *)bytes + 1;
        name_len = bytes[0] - 12u < size - 1 ? bytes[0] - 12u : size - 1;
        value_len = size - 1 - name_len;
    }
    name_copy = copy_of(name, name_len);
    value_copy = copy_of(bytes + size - value_len, value_len);
    hold_field(name_copy, name_len, value_copy, value_len);
    free(name_copy);
    free(value_copy);
    hold_section(bytes + 1, size - 1);
    return 0;
}
