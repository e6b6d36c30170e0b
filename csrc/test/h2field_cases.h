/*
 * h2field_cases: fields of a request, and what they are. Data only.
 */
#ifndef UVT_H2FIELD_CASES_H
#define UVT_H2FIELD_CASES_H

#include "../h2field.h"

#define TEXT(literal) literal, sizeof(literal) - 1

#define PLAIN UVC_H2FIELD_PLAIN
#define BAD_NAME UVC_H2FIELD_BAD_NAME
#define BAD_VALUE UVC_H2FIELD_BAD_VALUE
#define BAD_PSEUDO UVC_H2FIELD_BAD_PSEUDO
#define ABOUT_CONNECTION UVC_H2FIELD_CONNECTION

typedef struct {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
    int kind;
} h2field_case;

static const h2field_case h2fields[] = {
    /* 8.2.1: names */
    {TEXT("accept"), TEXT("*/*"), PLAIN},
    {TEXT("x"), TEXT("1"), PLAIN},
    {TEXT("!#$%&'*+-.^_`|~09az"), TEXT(""), PLAIN},
    {TEXT(""), TEXT("1"), BAD_NAME},
    {TEXT("Accept"), TEXT("*/*"), BAD_NAME},
    {TEXT("accepT"), TEXT("*/*"), BAD_NAME},
    {TEXT("Host"), TEXT("a"), BAD_NAME},
    {TEXT("x-a "), TEXT("1"), BAD_NAME},
    {TEXT("x a"), TEXT("1"), BAD_NAME},
    {TEXT("x:a"), TEXT("1"), BAD_NAME},
    {TEXT("x\0a"), TEXT("1"), BAD_NAME},
    {TEXT("x\na"), TEXT("1"), BAD_NAME},
    {TEXT("x\ra"), TEXT("1"), BAD_NAME},
    {TEXT("x\x7f"), TEXT("1"), BAD_NAME},
    {TEXT("x\xe4"), TEXT("1"), BAD_NAME},
    {TEXT("x\"a"), TEXT("1"), BAD_NAME},
    {TEXT("x(a)"), TEXT("1"), BAD_NAME},
    /* 8.2.1: values */
    {TEXT("x-a"), TEXT(""), PLAIN},
    {TEXT("x-a"), TEXT("a b\tc"), PLAIN},
    {TEXT("x-a"), TEXT("\x80\xff\xe4"), PLAIN},
    {TEXT("x-a"), TEXT(" b"), BAD_VALUE},
    {TEXT("x-a"), TEXT("b "), BAD_VALUE},
    {TEXT("x-a"), TEXT("\tb"), BAD_VALUE},
    {TEXT("x-a"), TEXT("b\t"), BAD_VALUE},
    {TEXT("x-a"), TEXT(" "), BAD_VALUE},
    {TEXT("x-a"), TEXT("b\0c"), BAD_VALUE},
    {TEXT("x-a"), TEXT("b\nc"), BAD_VALUE},
    {TEXT("x-a"), TEXT("b\rc"), BAD_VALUE},
    {TEXT("x-a"), TEXT("b\r\nx-b: c"), BAD_VALUE},
    {TEXT("x-a"), TEXT("b\x01"), BAD_VALUE},
    {TEXT("x-a"), TEXT("b\x7f"), BAD_VALUE},
    {TEXT("cookie"), TEXT("a\nb"), BAD_VALUE},
    {TEXT("content-length"), TEXT(" 1"), BAD_VALUE},
    {TEXT("a-name-of-more-bytes-than-any-special-one"), TEXT("1"), PLAIN},
    /* Those that a server looks at. */
    {TEXT("content-length"), TEXT("12"), UVC_H2FIELD_CONTENT_LENGTH},
    {TEXT("cookie"), TEXT("a=b"), UVC_H2FIELD_COOKIE},
    {TEXT("expect"), TEXT("100-continue"), UVC_H2FIELD_EXPECT},
    {TEXT("priority"), TEXT("u=1, i"), UVC_H2FIELD_PRIORITY},
    {TEXT("host"), TEXT("example.org:8000"), UVC_H2FIELD_HOST},
    {TEXT("host"), TEXT("a@b"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT("host"), TEXT("a\nb"), BAD_VALUE},
    {TEXT("hosts"), TEXT("a@b"), PLAIN},
    {TEXT("content-lengti"), TEXT("1"), PLAIN},
    {TEXT("upgrades"), TEXT("1"), PLAIN},
    /* 8.2.2 */
    {TEXT("connection"), TEXT("close"), ABOUT_CONNECTION},
    {TEXT("connection"), TEXT(""), ABOUT_CONNECTION},
    {TEXT("proxy-connection"), TEXT("keep-alive"), ABOUT_CONNECTION},
    {TEXT("keep-alive"), TEXT("5"), ABOUT_CONNECTION},
    {TEXT("transfer-encoding"), TEXT("chunked"), ABOUT_CONNECTION},
    {TEXT("upgrade"), TEXT("h2c"), ABOUT_CONNECTION},
    {TEXT("te"), TEXT("trailers"), UVC_H2FIELD_TE},
    {TEXT("te"), TEXT("Trailers"), UVC_H2FIELD_TE},
    {TEXT("te"), TEXT(""), ABOUT_CONNECTION},
    {TEXT("te"), TEXT("gzip"), ABOUT_CONNECTION},
    {TEXT("te"), TEXT("trailers, gzip"), ABOUT_CONNECTION},
    {TEXT("te"), TEXT("trailer\x13"), BAD_VALUE},
    {TEXT("te"), TEXT("trailer3"), ABOUT_CONNECTION},
    /* 8.3 */
    {TEXT(":"), TEXT(""), BAD_PSEUDO},
    {TEXT(":status"), TEXT("200"), BAD_PSEUDO},
    {TEXT(":Path"), TEXT("/"), BAD_PSEUDO},
    {TEXT(":paths"), TEXT("/"), BAD_PSEUDO},
    {TEXT(":pathe"), TEXT("/"), BAD_PSEUDO},
    {TEXT(":unknown"), TEXT("/"), BAD_PSEUDO},
    /* 8.3.1 :method */
    {TEXT(":method"), TEXT("GET"), UVC_H2FIELD_METHOD},
    {TEXT(":method"), TEXT("M-SEARCH"), UVC_H2FIELD_METHOD},
    {TEXT(":method"), TEXT("CONNECT"), UVC_H2FIELD_CONNECT},
    {TEXT(":method"), TEXT("connect"), UVC_H2FIELD_METHOD},
    {TEXT(":method"), TEXT("CONNECTS"), UVC_H2FIELD_METHOD},
    {TEXT(":method"), TEXT(""), UVC_H2FIELD_BAD_METHOD},
    {TEXT(":method"), TEXT("GET /"), UVC_H2FIELD_BAD_METHOD},
    {TEXT(":method"), TEXT("GET\n"), UVC_H2FIELD_BAD_METHOD},
    {TEXT(":method"), TEXT("GET\0"), UVC_H2FIELD_BAD_METHOD},
    {TEXT(":method"), TEXT("G(T"), UVC_H2FIELD_BAD_METHOD},
    /* :scheme */
    {TEXT(":scheme"), TEXT("https"), UVC_H2FIELD_SCHEME},
    {TEXT(":scheme"), TEXT("h2+x-y.z"), UVC_H2FIELD_SCHEME},
    {TEXT(":scheme"), TEXT(""), UVC_H2FIELD_BAD_SCHEME},
    {TEXT(":scheme"), TEXT("2http"), UVC_H2FIELD_BAD_SCHEME},
    {TEXT(":scheme"), TEXT("http://evil"), UVC_H2FIELD_BAD_SCHEME},
    {TEXT(":scheme"), TEXT("http s"), UVC_H2FIELD_BAD_SCHEME},
    {TEXT(":scheme"), TEXT("http\n"), UVC_H2FIELD_BAD_SCHEME},
    /* :path */
    {TEXT(":path"), TEXT("/"), UVC_H2FIELD_PATH},
    {TEXT(":path"), TEXT("/a/b?c=d&e=%20~"), UVC_H2FIELD_PATH},
    {TEXT(":path"), TEXT("*"), UVC_H2FIELD_PATH},
    {TEXT(":path"), TEXT("//a"), UVC_H2FIELD_PATH},
    {TEXT(":path"), TEXT(""), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("a"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("*/"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("http://a/"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("/ HTTP/1.1"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("/a\tb"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("/a\r\nx: y"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("/a\0"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("/\x7f"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("/\xe4"), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT("/ "), UVC_H2FIELD_BAD_PATH},
    {TEXT(":path"), TEXT(" /"), UVC_H2FIELD_BAD_PATH},
    /* :authority */
    {TEXT(":authority"), TEXT("www.example.org"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("www.example.org:8000"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("www.example.org:"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT(""), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1]:8000"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("[2001:DB8::192.0.2.1]"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("[fe80::1%25eth0]:80"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("[fe80::1%eth-0._~]"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("[fe80::1%25a%20b]"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("a%20b-._~!$&'()*+,;=:65535"), UVC_H2FIELD_AUTHORITY},
    {TEXT(":authority"), TEXT("user@example.org"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("example.org/"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("example.org?"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("example.org:80a"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("example.org:123456"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("example.org:80:80"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("example org"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("example\0org"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("ex\xe4mple"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("a%2"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("a%2g"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("["), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[]"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1]a"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1%]"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[%25eth0]"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1%eth0"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1%a%2"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1%a%2]"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1%a!]"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::1%a\0]"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("[::g]"), UVC_H2FIELD_BAD_AUTHORITY},
    {TEXT(":authority"), TEXT("a\n"), UVC_H2FIELD_BAD_AUTHORITY},
    /* RFC 8441 */
    {TEXT(":protocol"), TEXT("websocket"), UVC_H2FIELD_PROTOCOL},
    {TEXT(":protocol"), TEXT(""), UVC_H2FIELD_BAD_PROTOCOL},
    {TEXT(":protocol"), TEXT("web socket"), UVC_H2FIELD_BAD_PROTOCOL},
};

/* What a section ends as; kinds[] ends with -1. */
typedef struct {
    const char *sentence;
    int kinds[8];
    int verdict;
} h2field_section_case;

#define METHOD UVC_H2FIELD_METHOD
#define CONNECT UVC_H2FIELD_CONNECT
#define SCHEME UVC_H2FIELD_SCHEME
#define AUTHORITY UVC_H2FIELD_AUTHORITY
#define PATH UVC_H2FIELD_PATH
#define PROTOCOL UVC_H2FIELD_PROTOCOL
#define COOKIE UVC_H2FIELD_COOKIE
#define END (-1)

static const h2field_section_case h2field_sections[] = {
    {"a request", {METHOD, SCHEME, PATH, AUTHORITY, PLAIN, COOKIE, END}, 0},
    {"a request without an authority", {METHOD, SCHEME, PATH, END}, 0},
    {"in another order", {PATH, AUTHORITY, SCHEME, METHOD, PLAIN, PLAIN, END}, 0},
    {"nothing", {END}, UVC_H2FIELD_MISSING},
    {"no method", {SCHEME, PATH, AUTHORITY, END}, UVC_H2FIELD_MISSING},
    {"no scheme", {METHOD, PATH, AUTHORITY, END}, UVC_H2FIELD_MISSING},
    {"no path", {METHOD, SCHEME, AUTHORITY, END}, UVC_H2FIELD_MISSING},
    {"a method behind a field", {SCHEME, PATH, PLAIN, METHOD, END}, UVC_H2FIELD_LATE_PSEUDO},
    {"an authority behind a cookie", {METHOD, SCHEME, PATH, COOKIE, AUTHORITY, END},
     UVC_H2FIELD_LATE_PSEUDO},
    {"two methods", {METHOD, METHOD, SCHEME, PATH, END}, UVC_H2FIELD_REPEATED},
    {"a method and CONNECT", {METHOD, CONNECT, AUTHORITY, END}, UVC_H2FIELD_REPEATED},
    {"CONNECT and a method", {CONNECT, METHOD, AUTHORITY, END}, UVC_H2FIELD_REPEATED},
    {"CONNECT twice", {CONNECT, CONNECT, AUTHORITY, END}, UVC_H2FIELD_REPEATED},
    {"two schemes", {METHOD, SCHEME, SCHEME, PATH, END}, UVC_H2FIELD_REPEATED},
    {"two paths", {METHOD, SCHEME, PATH, PATH, END}, UVC_H2FIELD_REPEATED},
    {"two authorities", {AUTHORITY, AUTHORITY, END}, UVC_H2FIELD_REPEATED},
    {"two protocols", {PROTOCOL, PROTOCOL, END}, UVC_H2FIELD_REPEATED},
    {"CONNECT", {CONNECT, AUTHORITY, PLAIN, END}, 0},
    {"CONNECT without an authority", {CONNECT, END}, UVC_H2FIELD_MISSING},
    {"CONNECT with a path", {CONNECT, AUTHORITY, PATH, END}, UVC_H2FIELD_NOT_ALLOWED},
    {"CONNECT with a scheme", {CONNECT, AUTHORITY, SCHEME, END}, UVC_H2FIELD_NOT_ALLOWED},
    {"extended CONNECT", {CONNECT, PROTOCOL, SCHEME, PATH, AUTHORITY, PLAIN, END}, 0},
    {"extended CONNECT without a path", {CONNECT, PROTOCOL, SCHEME, AUTHORITY, END},
     UVC_H2FIELD_MISSING},
    {"extended CONNECT without a scheme", {CONNECT, PROTOCOL, PATH, AUTHORITY, END},
     UVC_H2FIELD_MISSING},
    {"extended CONNECT without an authority", {CONNECT, PROTOCOL, SCHEME, PATH, END},
     UVC_H2FIELD_MISSING},
    {"a protocol for GET", {METHOD, PROTOCOL, SCHEME, PATH, AUTHORITY, END},
     UVC_H2FIELD_NOT_ALLOWED},
};

#endif
