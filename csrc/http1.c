/*
 * The parser is one body, instantiated once per instruction set, so that nothing is called
 * through a pointer inside a head.
 *
 * Which error wins does not depend on where the bytes were split: every error belongs to the
 * byte at which it is certain, and the first such byte decides. Limits take part in that by
 * cutting the view: no content is looked at from `stop` on, which is where the line or the
 * block gets too long.
 */
#include "http1.h"

#include <string.h>

#include "http1_names.h"
#include "http1_vector.h"
#include "octets.h"
#include "words.h"

/* Offsets are uint32_t and the result is a long, which has 32 bits on Windows. */
#define LARGEST_LIMIT ((size_t)1 << 30)

/*
 * The first byte from p on that ends the run, or stop. A vector never begins behind
 * stop - width: the rest of a run that is shorter is seen in the last `width` bytes before
 * stop, where the bytes before p are shifted out.
 */
static ALWAYS_INLINE const char *run_end(const vector_unit *unit, stops_fn stops, int class,
                                         const char *begin, const char *p, const char *stop)
{
#if defined(UVC_X86_VECTORS) || defined(UVC_NEON_VECTORS)
    if (unit->width != 0) {
        const size_t width = unit->width;
        uint64_t mask;

        for (; (size_t)(stop - p) >= width; p += width) {
            mask = stops(p);
            if (mask != 0)
                return p + (size_t)__builtin_ctzll(mask) / unit->bits;
        }
        if (p == stop)
            return p;
        if ((size_t)(stop - begin) >= width) {
            mask = stops(stop - width) >> (width - (size_t)(stop - p)) * unit->bits;
            return mask != 0 ? p + (size_t)__builtin_ctzll(mask) / unit->bits : stop;
        }
    }
#else
    (void)unit, (void)stops, (void)begin;
#endif
    while (p < stop && uvc_octet_is(*p, class))
        p++;
    return p;
}

/* Empty lines that are skipped before a request line. */
#define EMPTY_LINES 4

/* At most `most` bytes from start. */
static inline const char *cut(const char *start, const char *end, size_t most)
{
    return (size_t)(end - start) > most ? start + most : end;
}

/* The verdict on content that goes on up to where it was cut. */
static inline long cut_short(const char *start, const char *end, size_t most, long too_long)
{
    return (size_t)(end - start) > most ? too_long : UVC_PARTIAL;
}

/* The index behind the CRLF whose CR is at p. */
static inline long end_line(const char *begin, const char *p, const char *end)
{
    if (end - p < 2)
        return UVC_PARTIAL;
    return p[1] == '\n' ? (long)(p + 2 - begin) : UVC_HTTP1_BAD_LINE_END;
}

/* 1: understood; 0: cut short; else an error. */
static long parse_rare_version(const char *p, const char *stop, uvc_http1_head *head)
{
    static const char form[] = "HTTP/0.0";
    int i;

    for (i = 0; i < 8; i++) {
        if (p + i == stop)
            return 0;
        if (form[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
            return UVC_HTTP1_BAD_VERSION;
    }
    if (p[5] != '1')
        return UVC_HTTP1_OTHER_VERSION;
    head->minor = p[7] != '0'; /* RFC 9110 section 2.5: a higher minor is read as the highest */
    return 1;
}

static inline long parse_version(const char *p, const char *stop, uvc_http1_head *head)
{
    if (stop - p < 8 || memcmp(p, "HTTP/1.1", 8) != 0)
        return parse_rare_version(p, stop, head);
    head->minor = 1;
    return 1;
}

/* The index behind the line, or an error. */
static ALWAYS_INLINE long parse_request_line(const vector_unit *unit, const char *begin,
                                             const char *start, const char *end, size_t limit,
                                             uvc_http1_head *head)
{
    const char *stop = cut(start, end, limit + 1);
    const long when_cut = cut_short(start, end, limit, UVC_HTTP1_LINE_TOO_LONG);
    const char *part = start, *p;
    long status;

    p = run_end(unit, unit->token, UVC_OCTET_TOKEN, begin, part, stop);
    if (p == stop)
        return when_cut;
    if (p == part)
        return *p == '\r' || *p == '\n' ? UVC_HTTP1_BAD_LINE_END : UVC_HTTP1_BAD_METHOD;
    if (*p != ' ')
        return UVC_HTTP1_BAD_METHOD;
    head->method = (uint32_t)(part - begin);
    head->method_len = (uint32_t)(p - part);

    part = p + 1;
    p = run_end(unit, unit->target, UVC_OCTET_TARGET, begin, part, stop);
    if (p == stop)
        return when_cut;
    if (p == part)
        return UVC_HTTP1_BAD_TARGET;
    if (*p != ' ')
        return *p == '\r' || *p == '\n' ? UVC_HTTP1_BAD_VERSION : UVC_HTTP1_BAD_TARGET;
    head->target = (uint32_t)(part - begin);
    head->target_len = (uint32_t)(p - part);

    part = p + 1;
    status = parse_version(part, stop, head);
    if (status < 0)
        return status;
    if (status == 0 || part + 8 == stop)
        return when_cut;
    p = part + 8;
    if (*p != '\r')
        return *p == '\n' ? UVC_HTTP1_BAD_LINE_END : UVC_HTTP1_BAD_VERSION;
    return end_line(begin, p, end);
}

/*
 * What is wrong with a field line, or that it is cut short: name_end and line_end are where the
 * first byte stands that does not belong to a name, and to a value.
 */
static long refuse_field(const char *start, const char *name_end, const char *line_end,
                         const char *stop, long when_cut)
{
    if (name_end == stop)
        return when_cut;
    if (name_end == start && uvc_octet_is_blank(*start))
        return UVC_HTTP1_OBS_FOLD;
    if (name_end == start && *start == '\n')
        return UVC_HTTP1_BAD_LINE_END;
    if (name_end == start || *name_end != ':')
        return UVC_HTTP1_BAD_NAME;
    if (line_end == stop || (*line_end == '\r' && line_end + 1 == stop))
        return when_cut;
    return *line_end == '\r' || *line_end == '\n' ? UVC_HTTP1_BAD_LINE_END
                                                   : UVC_HTTP1_BAD_VALUE;
}

/*
 * The index behind the line, or an error. Vectors look for the end of the value from the start
 * of the line, as everything before it may stand in a value too: so the processor need not know
 * where the name ends before it goes on to the next line.
 */
static ALWAYS_INLINE long parse_field(const vector_unit *unit, const char *begin,
                                      const char *start, const char *stop, long when_cut,
                                      uvc_http1_field *field)
{
    const char *name_end = run_end(unit, unit->token, UVC_OCTET_TOKEN, begin, start, stop);
    const char *line_end = run_end(unit, unit->value, UVC_OCTET_VALUE, begin,
                                   unit->width != 0 ? start : name_end, stop);
    const char *value, *value_end = line_end;

    if (stop - line_end < 2 || line_end[0] != '\r' || line_end[1] != '\n' ||
        *name_end != ':' || name_end == start)
        return refuse_field(start, name_end, line_end, stop, when_cut);
    field->name = (uint32_t)(start - begin);
    field->name_len = (uint32_t)(name_end - start);
    field->known = known_index(start, (size_t)(name_end - start));
    value = name_end + 1;
    while (uvc_octet_is_blank(*value)) /* at the latest, the CR ends this */
        value++;
    while (value_end > value && uvc_octet_is_blank(value_end[-1]))
        value_end--;
    field->value = (uint32_t)(value - begin);
    field->value_len = (uint32_t)(value_end - value);
    return (long)(line_end + 2 - begin);
}

static ALWAYS_INLINE long parse_head(const vector_unit *unit, const char *buf, size_t len,
                                     const uvc_http1_limits *limits, uvc_http1_head *head)
{
    const size_t line = limits->line < LARGEST_LIMIT ? limits->line : LARGEST_LIMIT;
    const size_t block = limits->block < LARGEST_LIMIT ? limits->block : LARGEST_LIMIT;
    const char *end = buf + len, *p = buf, *stop;
    uint32_t count = 0;
    long next, when_cut;

    while (p < end && *p == '\r' && p - buf < 2 * EMPTY_LINES) {
        next = end_line(buf, p, end);
        if (next < 0)
            return next;
        p = buf + next;
    }
    next = parse_request_line(unit, buf, p, end, line, head);
    if (next < 0)
        return next;
    p = buf + next;
    stop = cut(p, end, block);
    when_cut = cut_short(p, end, block, UVC_HTTP1_BLOCK_TOO_LONG);
    while (p < stop && *p != '\r') {
        if (count == head->max_fields)
            return UVC_HTTP1_TOO_MANY_FIELDS;
        next = parse_field(unit, buf, p, stop, when_cut, &head->fields[count]);
        if (next < 0)
            return next;
        p = buf + next;
        count++;
    }
    if (p == end)
        return UVC_PARTIAL;
    if (*p != '\r')
        return UVC_HTTP1_BLOCK_TOO_LONG;
    head->field_count = count;
    return end_line(buf, p, end);
}

typedef struct {
    const char *name;
    int (*available)(void);
    long (*parse)(const char *buf, size_t len, const uvc_http1_limits *limits,
                  uvc_http1_head *head);
    const char *(*token_end)(const char *p, const char *end);
    const char *(*value_end)(const char *p, const char *end);
} scanner;

static int scalar_available(void)
{
    return 1;
}

static long scalar_parse(const char *buf, size_t len, const uvc_http1_limits *limits,
                         uvc_http1_head *head)
{
    return parse_head(&no_vector, buf, len, limits, head);
}

static const char *scalar_token_end(const char *p, const char *end)
{
    return run_end(&no_vector, 0, UVC_OCTET_TOKEN, p, p, end);
}

static const char *scalar_value_end(const char *p, const char *end)
{
    return run_end(&no_vector, 0, UVC_OCTET_VALUE, p, p, end);
}

#if defined(UVC_X86_VECTORS)
static int sse42_available(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0;
}

TARGET_SSE42 static long sse42_parse(const char *buf, size_t len,
                                     const uvc_http1_limits *limits, uvc_http1_head *head)
{
    return parse_head(&sse42, buf, len, limits, head);
}

TARGET_SSE42 static const char *sse42_token_end(const char *p, const char *end)
{
    return run_end(&sse42, sse42.token, UVC_OCTET_TOKEN, p, p, end);
}

TARGET_SSE42 static const char *sse42_value_end(const char *p, const char *end)
{
    return run_end(&sse42, sse42.value, UVC_OCTET_VALUE, p, p, end);
}

static int avx2_available(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
}

TARGET_AVX2 static long avx2_parse(const char *buf, size_t len, const uvc_http1_limits *limits,
                                   uvc_http1_head *head)
{
    return parse_head(&avx2, buf, len, limits, head);
}

TARGET_AVX2 static const char *avx2_token_end(const char *p, const char *end)
{
    return run_end(&avx2, avx2.token, UVC_OCTET_TOKEN, p, p, end);
}

TARGET_AVX2 static const char *avx2_value_end(const char *p, const char *end)
{
    return run_end(&avx2, avx2.value, UVC_OCTET_VALUE, p, p, end);
}
#endif

#if defined(UVC_NEON_VECTORS)
static long neon_parse(const char *buf, size_t len, const uvc_http1_limits *limits,
                       uvc_http1_head *head)
{
    return parse_head(&neon, buf, len, limits, head);
}

static const char *neon_token_end(const char *p, const char *end)
{
    return run_end(&neon, neon.token, UVC_OCTET_TOKEN, p, p, end);
}

static const char *neon_value_end(const char *p, const char *end)
{
    return run_end(&neon, neon.value, UVC_OCTET_VALUE, p, p, end);
}
#endif

/* The best first. */
static const scanner scanners[] = {
#if defined(UVC_X86_VECTORS)
    {"avx2", avx2_available, avx2_parse, avx2_token_end, avx2_value_end},
    {"sse4.2", sse42_available, sse42_parse, sse42_token_end, sse42_value_end},
#endif
#if defined(UVC_NEON_VECTORS)
    {"neon", scalar_available, neon_parse, neon_token_end, neon_value_end},
#endif
    {"scalar", scalar_available, scalar_parse, scalar_token_end, scalar_value_end},
};

/*
 * Set at the first call, by any thread: all of them find the same one, and a pointer is stored
 * whole. Without the builtins there is only the scalar one, and no choice to store.
 */
#if defined(UVC_X86_VECTORS) || defined(UVC_NEON_VECTORS)
static const scanner *chosen;

static const scanner *choose(void)
{
    const scanner *best = scanners;

    while (!best->available())
        best++;
    __atomic_store_n(&chosen, best, __ATOMIC_RELAXED);
    return best;
}

static inline const scanner *in_use(void)
{
    const scanner *now = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    return now != NULL ? now : choose();
}

static void use(const scanner *wanted)
{
    __atomic_store_n(&chosen, wanted, __ATOMIC_RELAXED);
}
#else
static const scanner *in_use(void)
{
    return scanners;
}

static void use(const scanner *wanted)
{
    (void)wanted;
}
#endif

const char *uvc_http1_scanner(void)
{
    return in_use()->name;
}

int uvc_http1_use_scanner(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(scanners) / sizeof(scanners[0]); i++) {
        if (strcmp(scanners[i].name, name) == 0 && scanners[i].available()) {
            use(&scanners[i]);
            return 1;
        }
    }
    return 0;
}

long uvc_http1_parse_head(const char *buf, size_t len, const uvc_http1_limits *limits,
                          uvc_http1_head *head)
{
    return in_use()->parse(buf, len, limits, head);
}

int uvc_http1_is_token(const char *buf, size_t len)
{
    return len > 0 && in_use()->token_end(buf, buf + len) == buf + len;
}

int uvc_http1_is_field_value(const char *buf, size_t len)
{
    return len == 0 || in_use()->value_end(buf, buf + len) == buf + len;
}

const char *uvc_http1_known_name(int index)
{
    return known_names[index].text;
}

int uvc_http1_known_count(void)
{
    return (int)(sizeof(known_names) / sizeof(known_names[0]));
}

int uvc_http1_find_name(const char *name, size_t len)
{
    return known_index(name, len);
}

/* Eight bytes at once. With bit 7 out of the way no sum below carries into the next byte. */
static inline uint64_t lower64(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t low7 = word & ones * 0x7f;
    const uint64_t from_a = low7 + ones * (0x80 - 'A');
    const uint64_t behind_z = low7 + ones * (0x80 - 'Z' - 1);
    const uint64_t upper = from_a & ~behind_z & ~word & ones * 0x80;
    return word | upper >> 2;
}

void uvc_http1_lower(char *dst, const char *src, size_t len)
{
    uint64_t word;
    size_t i;

    if (len < 8) {
        for (i = 0; i < len; i++)
            dst[i] = (char)(src[i] >= 'A' && src[i] <= 'Z' ? src[i] | 0x20 : src[i]);
        return;
    }
    for (i = 0; i + 8 < len; i += 8) {
        word = lower64(load64(src + i));
        store64(dst + i, word);
    }
    word = lower64(load64(src + len - 8)); /* may do some bytes twice, which changes nothing */
    store64(dst + len - 8, word);
}
