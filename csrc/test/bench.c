/*
 * Nanoseconds of CPU for one head or header, and gigabytes of body or payload in a second. The
 * least of many short rounds counts: what else the machine does can only make a round longer.
 */
#include <stdio.h>
#include <string.h>

#include "../chunked.h"
#include "../h2field.h"
#include "../h2frame.h"
#include "../hpack_decoder.h"
#include "../hpack_encoder.h"
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

/* What a browser sends, as in `heads` above. It does not add its path. */
static const struct {
    const char *name, *value;
    int kind;
} request[] = {
    {":method", "GET", UVC_HPACK_INDEXED},
    {":authority", "www.example.org:8000", UVC_HPACK_ADDED},
    {":scheme", "https", UVC_HPACK_INDEXED},
    {":path", "/static/app.js?v=12", UVC_HPACK_LITERAL},
    {"sec-ch-ua", "\"Chromium\";v=\"118\", \"Not=A?Brand\";v=\"99\"", UVC_HPACK_ADDED},
    {"sec-ch-ua-mobile", "?0", UVC_HPACK_ADDED},
    {"user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                   "Chrome/118.0.0.0 Safari/537.36", UVC_HPACK_ADDED},
    {"sec-ch-ua-platform", "\"Linux\"", UVC_HPACK_ADDED},
    {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
     UVC_HPACK_ADDED},
    {"sec-fetch-site", "same-origin", UVC_HPACK_ADDED},
    {"sec-fetch-mode", "no-cors", UVC_HPACK_ADDED},
    {"referer", "https://www.example.org:8000/", UVC_HPACK_ADDED},
    {"accept-encoding", "gzip, deflate, br", UVC_HPACK_ADDED},
    {"cookie", "session=abcdefghijklmnopqrstuvwxyz0123456789; theme=dark", UVC_HPACK_ADDED},
};

static char hpack_memory[16384], scratch[65536];

/* The first block of a connection, or one that finds all in the tables but the path. */
static size_t write_request(char *dst, int warm)
{
    uint32_t index = UVC_HPACK_STATIC_COUNT + COUNT(request) - 3;
    size_t i, at = 0;

    for (i = 0; i < COUNT(request); i++) {
        const char *name = request[i].name, *value = request[i].value;
        if (request[i].kind == UVC_HPACK_INDEXED)
            at += uvc_hpack_write_integer(
                dst + at, 0x80, 0x7f,
                uvc_hpack_static_value(uvc_hpack_static_name(name, strlen(name)), value,
                                       strlen(value)));
        else if (request[i].kind == UVC_HPACK_ADDED && warm)
            at += uvc_hpack_write_integer(dst + at, 0x80, 0x7f, index--);
        else
            at += uvc_hpack_write_literal(dst + at, request[i].kind, name, strlen(name), value,
                                          strlen(value));
    }
    return at;
}

/* All fields of a block; with check, as h2field.h wants those that no table has. */
static uint32_t read_request(uvc_hpack_decoder *decoder, const char *block, size_t len, int check)
{
    uvc_h2field_order order = 0;
    uvc_hpack_field field;
    uint32_t fields = 0;
    int kind;

    uvc_hpack_decoder_start(decoder, block, len, scratch, sizeof(scratch));
    while (uvc_hpack_decoder_next(decoder, &field) == UVC_HPACK_FIELD) {
        fields++;
        if (!check)
            continue;
        kind = (int)field.tag - 1;
        if (kind < 0) {
            kind = uvc_h2field_check(field.name, field.name_len, field.value, field.value_len);
            if (field.slot >= 0)
                uvc_hpack_decoder_tag(decoder, field.slot, (uint32_t)kind + 1);
        }
        if (kind < 0 || uvc_h2field_admit(&order, kind) < 0)
            return 0;
    }
    return fields;
}

static double request_ns(int warm, int check)
{
    char first[2048], block[2048];
    const size_t first_len = write_request(first, 0), len = write_request(block, warm);
    uvc_hpack_decoder decoder;
    double best = 1e18, start, spent;
    uint32_t fields = 0;
    int round, call;

    uvc_hpack_decoder_init(&decoder, hpack_memory, 4096, 100, 65536);
    read_request(&decoder, first, first_len, check);
    for (round = 0; round < ROUNDS; round++) {
        start = uvt_cpu_ns();
        for (call = 0; call < 1000; call++) {
            if (!warm)
                uvc_hpack_decoder_init(&decoder, hpack_memory, 4096, 100, 65536);
            fields += read_request(&decoder, block, len, check);
        }
        spent = (uvt_cpu_ns() - start) / 1000;
        best = spent < best ? spent : best;
    }
    return fields == ROUNDS * 1000 * COUNT(request) ? best : -1;
}

/* The response of a hello world; the first of a connection, or any from the third on. */
static double response_ns(int warm, size_t *len)
{
    static const char *const fields[][2] = {{"date", "Sat, 28 Nov 2026 05:00:00 GMT"},
                                            {"server", "uvicorn"},
                                            {"content-type", "text/plain; charset=utf-8"},
                                            {"content-length", "13"}};
    uvc_hpack_encoder encoder;
    char block[512];
    double best = 1e18, start, spent;
    int round, call;
    size_t i;

    uvc_hpack_encoder_init(&encoder, hpack_memory, 4096);
    for (round = 0; round < ROUNDS; round++) {
        start = uvt_cpu_ns();
        for (call = 0; call < 1000; call++) {
            if (!warm)
                uvc_hpack_encoder_init(&encoder, hpack_memory, 4096);
            *len = uvc_hpack_encoder_start(&encoder, block);
            *len += uvc_hpack_encoder_status(&encoder, block + *len, 200);
            for (i = 0; i < COUNT(fields); i++)
                *len += uvc_hpack_encoder_field(&encoder, block + *len, fields[i][0],
                                                strlen(fields[i][0]), fields[i][1],
                                                strlen(fields[i][1]));
        }
        spent = (uvt_cpu_ns() - start) / 1000;
        best = spent < best ? spent : best;
    }
    return best;
}

static double h2frame_ns(void)
{
    static const char *const headers[] = {
        "\0\0\x20\1\5\0\0\0\1", "\0\0\4\x08\0\0\0\0\0", "\0\x40\0\0\0\0\0\0\1", "\0\0\4\3\0\0\0\0\1"};
    double best = 1e18, start, spent;
    uvc_h2frame frame;
    int round, call;

    for (round = 0; round < ROUNDS; round++) {
        start = uvt_cpu_ns();
        for (call = 0; call < 1000; call++) {
            if (uvc_h2frame_parse(headers[call & 3], 9, 16384, 0, &frame) != 9)
                return -1;
        }
        spent = (uvt_cpu_ns() - start) / 1000;
        best = spent < best ? spent : best;
    }
    return best;
}

static void bench_http2(void)
{
    char block[2048];
    size_t len = 0;
    int warm;
    double ns;

    printf("HTTP/2 frame headers %30.1f ns\n", h2frame_ns());
    for (warm = 0; warm < 2; warm++) {
        const char *when = warm ? "all in the table" : "first of all";
        printf("browser, 14 fields, %-16s %4zu bytes %7.1f ns, checked %7.1f ns\n", when,
               write_request(block, warm), request_ns(warm, 0), request_ns(warm, 1));
    }
    for (warm = 0; warm < 2; warm++) {
        ns = response_ns(warm, &len);
        printf("hello, 5 fields, %-19s %4zu bytes %7.1f ns\n",
               warm ? "all in the table" : "first of all", len, ns);
    }
}

int main(void)
{
    bench_http1();
    bench_chunked();
    bench_websocket();
    bench_http2();
    return 0;
}
