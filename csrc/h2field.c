/*
 * The name decides what is asked of the value. Names that are special are told by length first.
 */
#include "h2field.h"

#include <string.h>

#include "http1.h"
#include "octets.h"

#define BIT(kind) (1u << (kind))
#define REGULAR_SEEN BIT(UVC_H2FIELD_PLAIN)

typedef struct {
    const char *name;
    uint8_t len;
    int8_t kind;
} special;

/* By length. */
static const special specials[] = {
    {"te", 2, UVC_H2FIELD_TE},
    {"host", 4, UVC_H2FIELD_HOST},
    {":path", 5, UVC_H2FIELD_PATH},
    {"cookie", 6, UVC_H2FIELD_COOKIE},
    {"expect", 6, UVC_H2FIELD_EXPECT},
    {":method", 7, UVC_H2FIELD_METHOD},
    {":scheme", 7, UVC_H2FIELD_SCHEME},
    {"upgrade", 7, UVC_H2FIELD_CONNECTION},
    {"priority", 8, UVC_H2FIELD_PRIORITY},
    {":protocol", 9, UVC_H2FIELD_PROTOCOL},
    {":authority", 10, UVC_H2FIELD_AUTHORITY},
    {"connection", 10, UVC_H2FIELD_CONNECTION},
    {"keep-alive", 10, UVC_H2FIELD_CONNECTION},
    {"content-length", 14, UVC_H2FIELD_CONTENT_LENGTH},
    {"proxy-connection", 16, UVC_H2FIELD_CONNECTION},
    {"transfer-encoding", 17, UVC_H2FIELD_CONNECTION},
};

/* The index of the first one that is not shorter; behind the last length, of none. */
static const uint8_t of_length[] = {0, 0, 0, 1, 1, 2, 3, 5, 8, 9, 10, 13, 13, 13, 13, 14, 14, 15};

static int kind_of_name(const char *name, size_t len)
{
    size_t i;

    if (len >= sizeof(of_length))
        return UVC_H2FIELD_PLAIN;
    for (i = of_length[len]; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (specials[i].len != len)
            break;
        if (memcmp(specials[i].name, name, len) == 0)
            return specials[i].kind;
    }
    return UVC_H2FIELD_PLAIN;
}

static int is_name(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (!uvc_octet_is(name[i], UVC_OCTET_TOKEN) || (name[i] >= 'A' && name[i] <= 'Z'))
            return 0;
    }
    return len > 0;
}

static int is_value(const char *value, size_t len)
{
    if (len == 0)
        return 1;
    return !uvc_octet_is_blank(value[0]) && !uvc_octet_is_blank(value[len - 1]) &&
           uvc_http1_is_field_value(value, len);
}

static int is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static int is_letter(char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static int is_hex(char byte)
{
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

static int is_scheme(const char *value, size_t len)
{
    size_t i;

    if (len == 0 || !is_letter(value[0]))
        return 0;
    for (i = 1; i < len; i++) {
        if (!is_letter(value[i]) && !is_digit(value[i]) && value[i] != '+' && value[i] != '-' &&
            value[i] != '.')
            return 0;
    }
    return 1;
}

static int is_path(const char *value, size_t len)
{
    size_t i;

    if (len == 0 || (value[0] != '/' && !(len == 1 && value[0] == '*')))
        return 0;
    for (i = 0; i < len; i++) {
        if (!uvc_octet_is(value[i], UVC_OCTET_TARGET))
            return 0;
    }
    return 1;
}

/* unreserved and sub-delims, but for "%" (RFC 3986 section 2). */
static int is_host_byte(char byte)
{
    return is_letter(byte) || is_digit(byte) || (byte != 0 && strchr("-._~!$&'()*+,;=", byte));
}

static int is_encoded(const char *p, const char *end)
{
    return *p == '%' && end - p > 2 && is_hex(p[1]) && is_hex(p[2]);
}

/* Behind an address in brackets, or NULL. A zone is behind "%25", in what old clients send "%". */
static const char *behind_address(const char *p, const char *end)
{
    const char *start = ++p;

    while (p < end && (is_hex(*p) || *p == ':' || *p == '.'))
        p++;
    if (p < end && *p == '%' && p > start) {
        start = ++p;
        while (p < end && (is_encoded(p, end) || is_letter(*p) || is_digit(*p) ||
                           (*p != 0 && strchr("-._~", *p))))
            p += *p == '%' ? 3 : 1;
    }
    return p < end && *p == ']' && p > start ? p + 1 : NULL;
}

/* Behind a host name or an address in brackets, or NULL. */
static const char *behind_host(const char *p, const char *end)
{
    if (p < end && *p == '[')
        return behind_address(p, end);
    while (p < end && *p != ':') {
        if (is_encoded(p, end))
            p += 3;
        else if (is_host_byte(*p))
            p++;
        else
            return NULL;
    }
    return p;
}

/* RFC 3986 section 3.2.2 and 3.2.3, as in uvicorn/core/framing.py. */
static int is_authority(const char *value, size_t len)
{
    const char *end, *p;
    int digits = 0;

    if (len == 0)
        return 1;
    end = value + len;
    p = behind_host(value, end);
    if (p == NULL)
        return 0;
    if (p == end)
        return 1;
    if (*p++ != ':')
        return 0;
    for (; p < end && is_digit(*p); p++)
        digits++;
    return p == end && digits <= 5;
}

static int is_trailers(const char *value, size_t len)
{
    static const char trailers[] = "trailers";
    size_t i;

    if (len != sizeof(trailers) - 1)
        return 0;
    for (i = 0; i < len; i++) {
        if ((value[i] | 0x20) != trailers[i])
            return 0;
    }
    return 1;
}

/* The kind, if a special field of that kind may have that value. */
static int check_special(int kind, const char *value, size_t len)
{
    switch (kind) {
    case UVC_H2FIELD_METHOD:
        if (len == 7 && memcmp(value, "CONNECT", 7) == 0)
            return UVC_H2FIELD_CONNECT;
        return len > 0 && uvc_http1_is_token(value, len) ? kind : UVC_H2FIELD_BAD_METHOD;
    case UVC_H2FIELD_PROTOCOL:
        return len > 0 && uvc_http1_is_token(value, len) ? kind : UVC_H2FIELD_BAD_PROTOCOL;
    case UVC_H2FIELD_SCHEME:
        return is_scheme(value, len) ? kind : UVC_H2FIELD_BAD_SCHEME;
    case UVC_H2FIELD_PATH:
        return is_path(value, len) ? kind : UVC_H2FIELD_BAD_PATH;
    case UVC_H2FIELD_AUTHORITY:
    case UVC_H2FIELD_HOST:
        return is_authority(value, len) ? kind : UVC_H2FIELD_BAD_AUTHORITY;
    case UVC_H2FIELD_TE:
        return is_trailers(value, len) ? kind : UVC_H2FIELD_CONNECTION;
    default:
        return kind;
    }
}

int uvc_h2field_check(const char *name, size_t name_len, const char *value, size_t value_len)
{
    const int kind = kind_of_name(name, name_len);

    if (kind == UVC_H2FIELD_PLAIN) {
        if (name_len > 0 && name[0] == ':')
            return UVC_H2FIELD_BAD_PSEUDO;
        if (!is_name(name, name_len))
            return UVC_H2FIELD_BAD_NAME;
    }
    if (kind >= UVC_H2FIELD_METHOD)
        return check_special(kind, value, value_len);
    if (!is_value(value, value_len))
        return UVC_H2FIELD_BAD_VALUE;
    return check_special(kind, value, value_len);
}

int uvc_h2field_check_response(const char *name, size_t name_len, const char *value,
                               size_t value_len)
{
    if (kind_of_name(name, name_len) == UVC_H2FIELD_CONNECTION)
        return UVC_H2FIELD_CONNECTION;
    if (!is_name(name, name_len))
        return UVC_H2FIELD_BAD_NAME;
    return is_value(value, value_len) ? UVC_H2FIELD_PLAIN : UVC_H2FIELD_BAD_VALUE;
}

int uvc_h2field_admit(uvc_h2field_order *order, int kind)
{
    uint32_t bits = BIT(kind);

    if (kind < UVC_H2FIELD_METHOD) {
        *order |= REGULAR_SEEN;
        return 0;
    }
    if (kind == UVC_H2FIELD_CONNECT)
        bits |= BIT(UVC_H2FIELD_METHOD);
    if (*order & REGULAR_SEEN)
        return UVC_H2FIELD_LATE_PSEUDO;
    if (*order & bits)
        return UVC_H2FIELD_REPEATED;
    *order |= bits;
    return 0;
}

int uvc_h2field_complete(uvc_h2field_order order)
{
    const uint32_t target = BIT(UVC_H2FIELD_SCHEME) | BIT(UVC_H2FIELD_PATH);
    uint32_t needed = BIT(UVC_H2FIELD_METHOD), refused = 0;

    if (!(order & BIT(UVC_H2FIELD_CONNECT))) {
        needed |= target;
        refused = BIT(UVC_H2FIELD_PROTOCOL);
    } else if (order & BIT(UVC_H2FIELD_PROTOCOL)) {
        needed |= target | BIT(UVC_H2FIELD_AUTHORITY);
    } else {
        needed |= BIT(UVC_H2FIELD_AUTHORITY);
        refused = target;
    }
    if ((order & needed) != needed)
        return UVC_H2FIELD_MISSING;
    return order & refused ? UVC_H2FIELD_NOT_ALLOWED : 0;
}
