#include "http1_cases.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

#define MAX_FIELDS 64
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The slowest first. */
static const char *const scanners[] = {"scalar", "sse4.2", "avx2", "neon"};

/* What may follow a head, or a wrong byte, and must change nothing. */
static const struct {
    const char *text;
    size_t len;
} followers[] = {
    {"x", 1},
    {"\r\n\r\n", 4},
    {" ", 1},
    {"\n", 1},
    {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 36},
    {"GET /second HTTP/1.1\r\nHost: b\r\n\r\n", 33},
    {DECIMALS DECIMALS DECIMALS DECIMALS DECIMALS DECIMALS DECIMALS DECIMALS, 80},
};

static const uvc_http1_limits wide = {8192, 65536};

typedef struct {
    long verdict;
    uvc_http1_head head;
    uvc_http1_field fields[MAX_FIELDS + 1];
} result;

static void parse(result *found, const char *buf, size_t len, const uvc_http1_limits *limits,
                  uint32_t max_fields)
{
    memset(found, 0x5a, sizeof(*found));
    found->head.max_fields = max_fields;
    found->head.fields = found->fields;
    found->verdict = uvc_http1_parse_head(buf, len, limits, &found->head);
    uvt_check(found->fields[max_fields].name == 0x5a5a5a5au, "no field is stored without room",
              "%u", (unsigned)max_fields);
}

/* The head as text, in the form of accepted_case. */
static const char *text_of(const result *found, const char *buf)
{
    static char text[65536];
    const uvc_http1_head *head = &found->head;
    int at = snprintf(text, sizeof(text), "%.*s %.*s %d\n", (int)head->method_len,
                      buf + head->method, (int)head->target_len, buf + head->target,
                      (int)head->minor);
    uint32_t i;

    for (i = 0; i < head->field_count && at < (int)sizeof(text); i++) {
        const uvc_http1_field *field = &head->fields[i];
        at += snprintf(text + at, sizeof(text) - (size_t)at, "%.*s", (int)field->name_len,
                       buf + field->name);
        if (field->known >= 0)
            at += snprintf(text + at, sizeof(text) - (size_t)at, "(%s)",
                           uvc_http1_known_name(field->known));
        at += snprintf(text + at, sizeof(text) - (size_t)at, ": %.*s\n",
                       (int)field->value_len, buf + field->value);
    }
    return text;
}

static void check_once(const char *sentence, const char *buf, size_t len,
                       const uvc_http1_limits *limits, uint32_t max_fields, long verdict,
                       const char *text)
{
    result found;

    parse(&found, buf, len, limits, max_fields);
    uvt_check(found.verdict == verdict, sentence, "%s, %zu bytes: %ld, not %ld",
              uvc_http1_scanner(), len, found.verdict, verdict);
    if (text != NULL && found.verdict == verdict)
        uvt_check(strcmp(text_of(&found, buf), text) == 0, sentence, "%s: %s",
                  uvc_http1_scanner(), text_of(&found, buf));
}

/* The whole input, each part of it from its start, and the input with something behind. */
static void check_case(const char *sentence, const char *input, size_t len,
                       const uvc_http1_limits *limits, uint32_t max_fields, long verdict,
                       const char *text)
{
    char longer[8192];
    size_t i;

    check_once(sentence, uvt_guard_end(input, len), len, limits, max_fields, verdict, text);
    check_once(sentence, uvt_guard_start(input, len), len, limits, max_fields, verdict, text);
    for (i = 0; i < len; i++)
        check_once(sentence, uvt_guard_end(input, i), i, limits, max_fields, UVC_PARTIAL, NULL);
    memcpy(longer, input, len);
    for (i = 0; i < COUNT(followers); i++) {
        memcpy(longer + len, followers[i].text, followers[i].len);
        check_once(sentence, uvt_guard_end(longer, len + followers[i].len),
                   len + followers[i].len, limits, max_fields, verdict, text);
    }
}

static void test_heads(void)
{
    size_t i;

    for (i = 0; i < COUNT(accepted_heads); i++) {
        const accepted_case *one = &accepted_heads[i];
        check_case(one->sentence, one->input, one->len, &wide, MAX_FIELDS, (long)one->len,
                   one->head);
    }
    for (i = 0; i < COUNT(refused_heads); i++) {
        const refused_case *one = &refused_heads[i];
        check_case(one->sentence, one->input, one->len, &wide, MAX_FIELDS, one->verdict, NULL);
    }
    for (i = 0; i < COUNT(limited_heads); i++) {
        const limited_case *one = &limited_heads[i];
        const uvc_http1_limits limits = {one->line, one->block};
        check_case(one->sentence, one->input, one->len, &limits, one->max_fields,
                   one->verdict != 0 ? one->verdict : (long)one->len, NULL);
    }
}

static int is_token_byte(int byte)
{
    return byte > 0 && byte < 0x80 &&
           strchr("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                  byte) != NULL;
}

static int is_value_byte(int byte)
{
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

/* Each byte behind `before` good ones, with others behind it: in a method, target, name, value. */
static void check_byte(size_t before, size_t behind, int byte)
{
    char input[512];
    size_t at;

    memset(input, 'a', sizeof(input));
    input[before] = (char)byte;
    at = before + 1 + behind;
    memcpy(input + at, " / HTTP/1.1\r\n\r\n", 16);
    at += 15;
    if (is_token_byte(byte))
        check_once("a token byte may stand in a method", uvt_guard_end(input, at), at, &wide, 8,
                   (long)at, NULL);
    else if (byte != ' ' && (before > 0 || (byte != '\r' && byte != '\n')))
        check_once("no other byte may stand in a method", uvt_guard_end(input, at), at, &wide, 8,
                   UVC_HTTP1_BAD_METHOD, NULL);

    memset(input, 'a', sizeof(input));
    memcpy(input, "A ", 2);
    input[2 + before] = (char)byte;
    at = 2 + before + 1 + behind;
    memcpy(input + at, " HTTP/1.1\r\n\r\n", 14);
    at += 13;
    if (byte > ' ' && byte < 0x7f)
        check_once("a visible byte may stand in a target", uvt_guard_end(input, at), at, &wide,
                   8, (long)at, NULL);
    else if (before == 0 || (byte != ' ' && byte != '\r' && byte != '\n'))
        check_once("no other byte may stand in a target", uvt_guard_end(input, at), at, &wide, 8,
                   UVC_HTTP1_BAD_TARGET, NULL);
}

static void check_field_byte(size_t before, size_t behind, int byte)
{
    const size_t start = sizeof(GET) - 1;
    char input[512];
    size_t at;

    memset(input, 'a', sizeof(input));
    memcpy(input, GET, start);
    input[start + before] = (char)byte;
    at = start + before + 1 + behind;
    memcpy(input + at, ":\r\n\r\n", 6);
    at += 5;
    if (is_token_byte(byte) || (byte == ':' && before > 0))
        check_once("a token byte may stand in a name", uvt_guard_end(input, at), at, &wide, 8,
                   (long)at, NULL);
    else if (before > 0)
        check_once("no other byte may stand in a name", uvt_guard_end(input, at), at, &wide, 8,
                   UVC_HTTP1_BAD_NAME, NULL);

    memset(input, 'a', sizeof(input));
    memcpy(input, GET "A:", start + 2);
    input[start + 2 + before] = (char)byte;
    at = start + 2 + before + 1 + behind;
    memcpy(input + at, "\r\n\r\n", 5);
    at += 4;
    if (is_value_byte(byte))
        check_once("such a byte may stand in a value", uvt_guard_end(input, at), at, &wide, 8,
                   (long)at, NULL);
    else if (byte != '\r' || behind > 0)
        check_once("no other byte may stand in a value", uvt_guard_end(input, at), at, &wide, 8,
                   byte == '\n' || byte == '\r' ? UVC_HTTP1_BAD_LINE_END : UVC_HTTP1_BAD_VALUE,
                   NULL);
}

static void test_bytes(void)
{
    size_t before, behind;
    int byte;

    for (before = 0; before < 70; before++) {
        for (behind = 0; behind < 40; behind += 13) {
            for (byte = 0; byte < 256; byte++) {
                check_byte(before, behind, byte);
                check_field_byte(before, behind, byte);
            }
        }
    }
}

static void test_runs(void)
{
    char text[160];
    size_t len, at;
    int byte;

    uvt_check(!uvc_http1_is_token("", 0), "an empty run is no token", "it is");
    uvt_check(uvc_http1_is_field_value("", 0), "a value may be empty", "it may not");
    uvt_check(uvc_http1_is_field_value(NULL, 0), "an empty value may be nowhere", "it may not");
    for (len = 1; len < 140; len++) {
        memset(text, 'a', sizeof(text));
        for (at = 0; at < len; at += 1 + at / 7) {
            for (byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                uvt_check(!uvc_http1_is_token(uvt_guard_end(text, len), len) ==
                              !is_token_byte(byte),
                          "is_token() knows all bytes", "%s, 0x%02x at %zu of %zu",
                          uvc_http1_scanner(), (unsigned)byte, at, len);
                uvt_check(!uvc_http1_is_field_value(uvt_guard_start(text, len), len) ==
                              !is_value_byte(byte),
                          "is_field_value() knows all bytes", "%s, 0x%02x at %zu of %zu",
                          uvc_http1_scanner(), (unsigned)byte, at, len);
            }
            text[at] = 'a';
        }
    }
}

static int known_of(const char *name, size_t len)
{
    char input[256];
    result found;

    memcpy(input, GET, sizeof(GET) - 1);
    memcpy(input + sizeof(GET) - 1, name, len);
    memcpy(input + sizeof(GET) - 1 + len, ":\r\n\r\n", 6);
    len += sizeof(GET) - 1 + 5;
    parse(&found, uvt_guard_end(input, len), len, &wide, 1);
    uvt_check(found.verdict == (long)len, "a known name is a name", "%s", name);
    return found.fields[0].known;
}

static void test_known_names(void)
{
    static const char *const framing[] = {"host",       "content-length", "transfer-encoding",
                                          "connection", "upgrade",        "expect"};
    char name[64];
    size_t len, at;
    int i, j;

    for (i = 0; i < UVC_HTTP1_FRAMING_NAMES; i++)
        uvt_check(strcmp(uvc_http1_known_name(i), framing[i]) == 0,
                  "the framing names come first, in the order of the enum", "%s", framing[i]);
    for (i = 0; i < uvc_http1_known_count(); i++) {
        len = strlen(uvc_http1_known_name(i));
        memcpy(name, uvc_http1_known_name(i), len + 1);
        for (j = 0; j < i; j++)
            uvt_check(strcmp(name, uvc_http1_known_name(j)) != 0, "a name is there once", "%s",
                      name);
        uvt_check(known_of(name, len) == i, "a known name is known", "%s", name);
        uvt_check(uvc_http1_find_name(name, len) == i, "a known name is found", "%s", name);
        uvt_check(uvc_http1_find_name(uvt_guard_end(name, len - 1), len - 1) != i,
                  "a part of a known name is not", "%s", name);
        name[len] = 'x';
        uvt_check(known_of(name, len + 1) != i, "with a letter more it is not", "%s", name);
        uvt_check(len == 2 || known_of(name, len - 1) != i, "with a letter less it is not", "%s",
                  name);
        for (at = 0; at < len; at++) {
            const char lower = name[at];
            uvt_check(is_token_byte(lower) && (lower < 'A' || lower > 'Z'),
                      "a known name is a token in lower case", "%s", name);
            if (lower >= 'a') {
                name[at] = (char)(lower - 0x20);
                uvt_check(known_of(name, len) == i, "any of its letters may be a capital", "%s",
                          name);
            }
            for (j = '!'; j < 0x7f; j++) {
                name[at] = (char)j;
                if (is_token_byte(j) && (j | 0x20) != lower)
                    uvt_check(known_of(name, len) != i, "any of its letters counts", "%.*s",
                              (int)len, name);
            }
            name[at] = lower;
        }
    }
}

static void test_lower(void)
{
    char source[128], target[128], expected[128];
    uint64_t seed = 7;
    size_t len, i;
    int round;

    for (len = 0; len < 100; len++) {
        for (round = 0; round < 50; round++) {
            for (i = 0; i < sizeof(source); i++) {
                source[i] = (char)uvt_random(&seed);
                if (round % 2)
                    source[i] = "@AZ[`az{\xc1\xda\x80\xff"[(unsigned char)source[i] % 12];
                expected[i] = source[i];
                if (i < len && source[i] >= 'A' && source[i] <= 'Z')
                    expected[i] = (char)(source[i] + 0x20);
            }
            memcpy(target, source, sizeof(target));
            uvc_http1_lower(target, uvt_guard_end(source, len), len);
            uvt_check(memcmp(target, expected, sizeof(target)) == 0,
                      "lower() turns A-Z only, and writes len bytes", "%zu bytes", len);
            uvc_http1_lower(source, source, len);
            uvt_check(memcmp(source, expected, sizeof(source)) == 0,
                      "lower() may write where it reads", "%zu bytes", len);
        }
    }
}

/* Pieces that make heads, right ones and wrong ones, when put together by chance. */
static const char *const pieces[] = {
    "GET",     " ",     "/",        "/a/path?with=query", " HTTP/1.1\r\n",  "HTTP/1.0",
    "\r\n",    "\r",    "\n",       "Host: a\r\n",        "Cookie: b=c\r\n", ":",
    "X-Name",  "\t",    "value",    "\r\n\r\n",           "\x01",           "\x7f",
    "\x80\xff", "POST / HTTP/1.1\r\n", "Content-Length: 12\r\n", DECIMALS DECIMALS,
    "X-Long: " DECIMALS DECIMALS DECIMALS DECIMALS "\r\n",
    "GET /" DECIMALS DECIMALS " HTTP/1.1\r\n",
};

static size_t random_input(char *input, size_t room, uint64_t *seed)
{
    const size_t count = uvt_random(seed) % 24;
    size_t len = 0, i;

    if (uvt_random(seed) % 4 != 0)
        len = (size_t)snprintf(input, room, GET);
    for (i = 0; i < count; i++) {
        const char *piece = pieces[uvt_random(seed) % COUNT(pieces)];
        if (len + strlen(piece) >= room)
            break;
        memcpy(input + len, piece, strlen(piece));
        len += strlen(piece);
    }
    if (len > 0 && uvt_random(seed) % 4 == 0)
        input[uvt_random(seed) % len] = (char)uvt_random(seed);
    return len;
}

static void test_scanners_agree(void)
{
    char input[2048];
    uint64_t seed = 42;
    size_t len, i;
    int round;

    for (round = 0; round < 100000; round++) {
        uvc_http1_limits limits = wide;
        result first, other;

        if (uvt_random(&seed) % 8 == 0)
            limits.line = uvt_random(&seed) % 64;
        if (uvt_random(&seed) % 8 == 0)
            limits.block = uvt_random(&seed) % 256;
        len = random_input(input, sizeof(input), &seed);
        uvc_http1_use_scanner("scalar");
        parse(&first, uvt_guard_end(input, len), len, &limits, 8);
        for (i = 1; i < COUNT(scanners); i++) {
            if (!uvc_http1_use_scanner(scanners[i]))
                continue;
            parse(&other, uvt_guard_end(input, len), len, &limits, 8);
            uvt_check(first.verdict == other.verdict, "all scanners agree",
                      "%s: %ld, not %ld: %.*s", scanners[i], other.verdict, first.verdict,
                      (int)len, input);
            if (first.verdict > 0 && other.verdict > 0) {
                other.head.fields = first.head.fields;
                uvt_check(memcmp(&first.head, &other.head, sizeof(first.head)) == 0 &&
                              memcmp(first.fields, other.fields, sizeof(first.fields)) == 0,
                          "all scanners find the same", "%s: %.*s", scanners[i], (int)len, input);
            }
        }
    }
}

/* What this machine has, and this build must not go without. */
static int is_expected(const char *scanner)
{
#if defined(UVC_SCALAR_ONLY)
    return strcmp(scanner, "scalar") == 0;
#elif defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(scanner, "avx2") == 0)
        return __builtin_cpu_supports("avx2") != 0;
    if (strcmp(scanner, "sse4.2") == 0)
        return __builtin_cpu_supports("sse4.2") != 0;
    return strcmp(scanner, "scalar") == 0;
#elif defined(__aarch64__)
    return strcmp(scanner, "neon") == 0 || strcmp(scanner, "scalar") == 0;
#else
    return strcmp(scanner, "scalar") == 0;
#endif
}

static void test_scanner_choice(void)
{
    const char *best = uvc_http1_scanner(), *last = "";
    size_t i;

    uvt_check(!uvc_http1_use_scanner("abacus"), "there is no other scanner", "there is");
    uvt_check(!uvc_http1_use_scanner(""), "a scanner has a name", "it has not");
    uvt_check(strcmp(uvc_http1_scanner(), best) == 0, "what is not there is not used", "%s",
              uvc_http1_scanner());
    for (i = 0; i < COUNT(scanners); i++) {
        uvt_check(uvc_http1_use_scanner(scanners[i]) == is_expected(scanners[i]),
                  "a scanner is there if the machine has it", "%s", scanners[i]);
        if (!is_expected(scanners[i]))
            continue;
        last = scanners[i];
        uvt_check(strcmp(uvc_http1_scanner(), last) == 0, "the scanner asked for is used", "%s",
                  last);
    }
    uvt_check(strcmp(best, last) == 0, "the fastest is chosen", "%s", best);
}

int main(void)
{
    size_t i;

    test_scanner_choice();
    for (i = 0; i < COUNT(scanners); i++) {
        if (!uvc_http1_use_scanner(scanners[i]))
            continue;
        printf("http1: %s\n", scanners[i]);
        test_heads();
        test_bytes();
        test_runs();
        test_known_names();
    }
    test_scanners_agree();
    test_lower();
    return uvt_report("http1");
}
