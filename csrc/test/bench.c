/*
 * Nanoseconds of CPU for one head or header, and gigabytes of body or payload in a second. The
 * least of many short rounds counts: what else the machine does can only make a round longer.
 */
#include <stdio.h>
#include <string.h>

#include "../chunked.h"
#include "../http1.h"
#include "../mask.h"
#include "../utf8.h"
#include "../wsframe.h"
#include "harness.h"

#define ROUNDS 300
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define BROWSER(path, agent, cookie) \
    "GET " path " HTTP/1.1\r\n" \
    "Host: www.example.org:8000\r\n" \
    "Connection: keep-alive\r\n" \
    "sec-ch-ua: \"Chromium\";v=\"118\", \"Not=A?Brand\";v=\"99\"\r\n" \
    "sec-ch-ua-mobile: ?0\r\n" \
    "User-Agent: Mozilla/5.0 " agent "\r\n" \
    "sec-ch-ua-platform: \"Linux\"\r\n" \
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n" \
    "Sec-Fetch-Site: same-origin\r\n" \
    "Sec-Fetch-Mode: no-cors\r\n" \
    "Referer: http://www.example.org:8000/\r\n" \
    "Accept-Encoding: gzip, deflate, br\r\n" \
    "Cookie: " cookie "\r\n\r\n"

static const char *const scanners[] = {"scalar", "sse4.2", "avx2", "neon"};
static const char *const units[] = {"scalar", "sse2", "avx2", "neon"};

static const struct {
    const char *name, *text;
} heads[] = {
    {"GET / with Host", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
    {"curl", "GET /items/42 HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: curl/8.4.0\r\n"
             "Accept: */*\r\n\r\n"},
    {"POST of JSON", "POST /items HTTP/1.1\r\nHost: localhost:8000\r\nAccept: */*\r\n"
                     "Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
                     "User-Agent: python-httpx/0.27.0\r\nContent-Length: 27\r\n"
                     "Content-Type: application/json\r\n\r\n"},
    {"browser, 12 fields", BROWSER("/static/app.js?v=12",
                                   "(X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                                   "Chrome/118.0.0.0 Safari/537.36",
                                   "session=abcdefghijklmnopqrstuvwxyz0123456789; theme=dark")},
    {"unknown names, 6 fields",
     "GET / HTTP/1.1\r\nX-Alpha: 1\r\nX-Bravo-Charlie: two\r\nX-Delta: 3\r\n"
     "X-Echo-Foxtrot-Golf: four\r\nX-Hotel: 5\r\nX-India: six\r\n\r\n"},
};

static double head_ns(const char *text, int calls)
{
    static const uvc_http1_limits limits = {8192, 65536};
    uvc_http1_field fields[64];
    uvc_http1_head head = {0, 0, 0, 0, 0, 0, 64, fields};
    const size_t len = strlen(text);
    double best = 1e18, start, spent;
    int round, call;

    for (round = 0; round < ROUNDS; round++) {
        start = uvt_cpu_ns();
        for (call = 0; call < calls; call++) {
            if (uvc_http1_parse_head(text, len, &limits, &head) != (long)len)
                return -1;
        }
        spent = (uvt_cpu_ns() - start) / calls;
        best = spent < best ? spent : best;
    }
    return best;
}

/* All heads in turn, so that the branch predictor does not know the next one by heart. */
static double mixed_ns(void)
{
    static const uvc_http1_limits limits = {8192, 65536};
    uvc_http1_field fields[64];
    uvc_http1_head head = {0, 0, 0, 0, 0, 0, 64, fields};
    size_t len[COUNT(heads)], i;
    double best = 1e18, start, spent;
    uint64_t seed = 5;
    uint8_t order[1000];
    int round;

    for (i = 0; i < COUNT(heads); i++)
        len[i] = strlen(heads[i].text);
    for (round = 0; round < ROUNDS; round++) {
        for (i = 0; i < sizeof(order); i++)
            order[i] = (uint8_t)(uvt_random(&seed) % COUNT(heads));
        start = uvt_cpu_ns();
        for (i = 0; i < sizeof(order); i++) {
            if (uvc_http1_parse_head(heads[order[i]].text, len[order[i]], &limits, &head) < 0)
                return -1;
        }
        spent = (uvt_cpu_ns() - start) / (double)sizeof(order);
        best = spent < best ? spent : best;
    }
    return best;
}

static double chunked_gbs(size_t chunk, size_t total)
{
    static char input[(size_t)2 << 20];
    double best = 1e18, start, spent;
    size_t len = 0, done, decoded = 0, data_len = 0;
    int round, verdict;

    for (done = 0; done < total; done += chunk) {
        len += (size_t)snprintf(input + len, 32, "%zx\r\n", chunk);
        memset(input + len, 'x', chunk);
        len += chunk;
        memcpy(input + len, "\r\n", 2);
        len += 2;
    }
    memcpy(input + len, "0\r\n\r\n", 5);
    len += 5;
    for (round = 0; round < ROUNDS; round++) {
        const char *cursor = input, *data = NULL;
        uvc_chunked chunked;

        uvc_chunked_init(&chunked, 0, 0, 0);
        start = uvt_cpu_ns();
        while ((verdict = uvc_chunked_next(&chunked, &cursor, input + len, &data, &data_len)) ==
               UVC_CHUNKED_DATA)
            decoded += data_len;
        spent = uvt_cpu_ns() - start;
        if (verdict != UVC_CHUNKED_END)
            return -1;
        best = spent < best ? spent : best;
    }
    return decoded == total * ROUNDS ? (double)total / best : -1;
}

/* All forms in turn: text, 16 bits, 64 bits, ping. */
static double frame_ns(void)
{
    static const struct {
        const char *bytes;
        long len;
    } headers[] = {{"\x81\x85" "key!", 6},
                   {"\x82\xfe\x04\x00" "key!", 8},
                   {"\x82\xff\0\0\0\0\0\x01\0\0" "key!", 14},
                   {"\x89\x80" "key!", 6}};
    double best = 1e18, start, spent;
    uvc_wsframe frame;
    int round, call;

    for (round = 0; round < ROUNDS; round++) {
        start = uvt_cpu_ns();
        for (call = 0; call < 1000; call++) {
            if (uvc_wsframe_parse(headers[call & 3].bytes, (size_t)headers[call & 3].len, 0,
                                  &frame) != headers[call & 3].len)
                return -1;
        }
        spent = (uvt_cpu_ns() - start) / 1000;
        best = spent < best ? spent : best;
    }
    return best;
}

/* From behind a header of eight bytes into a block of its own, as a frame comes. */
static double mask_ns(size_t len, int ascii)
{
    static char src[70000], dst[70000];
    static const uint8_t key[4] = {1, 2, 3, 4};
    const int calls = len < 4096 ? 1000 : 20;
    double best = 1e18, start, spent;
    int round, call, seen = 0;

    for (round = 0; round < ROUNDS; round++) {
        start = uvt_cpu_ns();
        for (call = 0; call < calls; call++) {
            if (ascii)
                seen += uvc_mask_ascii(dst, src + 8, len, key);
            else
                uvc_mask(dst, src + 8, len, key, 0);
        }
        spent = (uvt_cpu_ns() - start) / calls;
        best = spent < best ? spent : best;
    }
    return seen == (ascii ? ROUNDS * calls : 0) ? best : -1;
}

/* A text of one sample, over and over. */
static double utf8_gbs(const char *sample)
{
    static char text[65536];
    const size_t size = strlen(sample);
    double best = 1e18, start, spent;
    size_t len = 0;
    uvc_utf8 utf8;
    int round;

    for (; len + size <= sizeof(text); len += size)
        memcpy(text + len, sample, size);
    for (round = 0; round < ROUNDS; round++) {
        uvc_utf8_init(&utf8);
        start = uvt_cpu_ns();
        if (!uvc_utf8_check(&utf8, text, len) || !uvc_utf8_complete(&utf8))
            return -1;
        spent = uvt_cpu_ns() - start;
        best = spent < best ? spent : best;
    }
    return (double)len / best;
}

static void bench_http1(void)
{
    size_t i, j;

    for (i = 0; i < COUNT(scanners); i++) {
        if (!uvc_http1_use_scanner(scanners[i]))
            continue;
        for (j = 0; j < COUNT(heads); j++)
            printf("%-7s %-24s %4zu bytes %7.1f ns\n", scanners[i], heads[j].name,
                   strlen(heads[j].text), head_ns(heads[j].text, 1000));
        printf("%-7s %-24s %10s %7.1f ns\n", scanners[i], "all of these, shuffled", "",
               mixed_ns());
    }
}

static void bench_chunked(void)
{
    static const size_t chunks[] = {16, 256, 4096, 65536};
    size_t i;

    for (i = 0; i < COUNT(chunks); i++)
        printf("chunked, in chunks of %-6zu %20.2f GB/s\n", chunks[i],
               chunked_gbs(chunks[i], (size_t)1 << 20));
}

static void bench_websocket(void)
{
    static const size_t lengths[] = {5, 31, 32, 125, 1024, 65536};
    size_t i, j;

    printf("frame headers, of all sizes %25.1f ns\n", frame_ns());
    for (i = 0; i < COUNT(units); i++) {
        if (!uvc_mask_use(units[i]))
            continue;
        for (j = 0; j < COUNT(lengths); j++) {
            const double ns = mask_ns(lengths[j], 0), ascii_ns = mask_ns(lengths[j], 1);
            printf("%-7s mask %5zu bytes %7.1f ns %6.1f GB/s, ascii %7.1f ns\n", units[i],
                   lengths[j], ns, (double)lengths[j] / ns, ascii_ns);
        }
    }
    printf("utf8, ASCII %36.2f GB/s\n", utf8_gbs("The quick brown fox jumps over the dog. "));
    printf("utf8, German %35.2f GB/s\n",
           utf8_gbs("Zw\xc3\xb6lf Boxk\xc3\xa4mpfer jagen Viktor quer \xc3\xbc" "ber den Deich. "));
    printf("utf8, Japanese %33.2f GB/s\n", utf8_gbs("\xe3\x81\x84\xe3\x82\x8d\xe3\x81\xaf "));
}

int main(void)
{
    bench_http1();
    bench_chunked();
    bench_websocket();
    return 0;
}
