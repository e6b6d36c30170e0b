#include "h2frame_cases.h"

#include <string.h>

#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void check_verdict(const h2frame_case *one, const char *buf, size_t len)
{
    uvc_h2frame frame;
    const int verdict = uvc_h2frame_parse(buf, len, 16384, one->block_stream, &frame);

    uvt_check(verdict == (one->scope == 0 ? 9 : one->scope), one->sentence, "%d", verdict);
    uvt_check(frame.error == one->error, one->sentence, "error %u", frame.error);
    uvt_check(frame.type == (uint8_t)one->header[3] && frame.flags == (uint8_t)one->header[4],
              one->sentence, "type %u, flags %u", frame.type, frame.flags);
}

static void test_frames(void)
{
    char longer[32];
    uvc_h2frame frame;
    size_t i, cut;

    for (i = 0; i < COUNT(h2frames); i++) {
        const h2frame_case *one = &h2frames[i];
        check_verdict(one, uvt_guard_end(one->header, 9), 9);
        check_verdict(one, uvt_guard_start(one->header, 9), 9);
        memset(longer, '\xff', sizeof(longer));
        memcpy(longer, one->header, 9);
        check_verdict(one, uvt_guard_end(longer, sizeof(longer)), sizeof(longer));
        for (cut = 0; cut < 9; cut++)
            uvt_check(uvc_h2frame_parse(uvt_guard_end(one->header, cut), cut, 16384,
                                        one->block_stream, &frame) == UVC_PARTIAL,
                      one->sentence, "cut to %zu", cut);
    }
    uvt_check(uvc_h2frame_parse(NULL, 0, 16384, 0, &frame) == UVC_PARTIAL, "no bytes are partial",
              "%s", "refused");
}

static void test_numbers(void)
{
    static const char *const sentence = "all bits of the numbers are read";
    uvc_h2frame frame;

    uvc_h2frame_parse("\xab\xcd\xef\x00\xff\xff\xfe\xdc\xbb", 9, 0xffffff, 0, &frame);
    uvt_check(frame.length == 0xabcdef && frame.stream == 0x7ffedcbb && frame.error == 0, sentence,
              "%x, %x", frame.length, frame.stream);
}

static void test_preface(void)
{
    char other[sizeof(preface)];
    size_t i, len;

    for (i = 0; i < sizeof(preface) - 1; i++) {
        uvt_check(uvc_h2frame_preface(uvt_guard_end(preface, i), i) == UVC_PARTIAL,
                  "a part of the preface is partial", "%zu", i);
        memcpy(other, preface, sizeof(preface));
        other[i] ^= 0x20;
        for (len = i + 1; len < sizeof(preface); len++)
            uvt_check(uvc_h2frame_preface(uvt_guard_end(other, len), len) == -1,
                      "no byte of the preface may be another", "%zu of %zu", i, len);
    }
    uvt_check(uvc_h2frame_preface(uvt_guard_end(preface, 24), 24) == 24, "the preface", "%s", "");
    uvt_check(uvc_h2frame_preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxyz", 27) == 24,
              "the preface, and more", "%s", "");
}

/* All types and flags and lengths that matter, with all paddings. */
static void test_content(void)
{
    static const char *const sentence = "what is left without padding and priority";
    static const int flags[] = {0, 0x8, 0x20, 0x28};
    uint32_t offset, size, length, front;
    char payload[1];
    size_t i;
    int type, padding, verdict;

    for (type = 0; type < 2; type++) {
        for (i = 0; i < COUNT(flags); i++) {
            for (length = 6; length < 300; length += length < 20 ? 1 : 53) {
                for (padding = 0; padding < 256; padding++) {
                    uvc_h2frame frame = {length, 1, 0, (uint8_t)type, (uint8_t)flags[i]};
                    const uint32_t behind = flags[i] & 8 ? (uint32_t)padding : 0;
                    payload[0] = (char)padding;
                    front = (flags[i] & 8 ? 1u : 0) + (type == 1 && flags[i] & 0x20 ? 5u : 0);
                    verdict =
                        uvc_h2frame_content(&frame, uvt_guard_end(payload, 1), &offset, &size);
                    if (front + behind > length)
                        uvt_check(verdict == UVC_H2FRAME_CONNECTION &&
                                      frame.error == UVC_H2_PROTOCOL_ERROR,
                                  sentence, "%u, %d: %d", length, padding, verdict);
                    else
                        uvt_check(verdict == 0 && offset == front &&
                                      size == length - front - behind,
                                  sentence, "%u, %d: %d", length, padding, verdict);
                }
            }
        }
    }
    uvt_check(uvc_h2frame_content(&(uvc_h2frame){0, 1, 0, 0, 0}, NULL, &offset, &size) == 0 &&
                  size == 0,
              sentence, "%s", "nothing");
}

static void test_settings(void)
{
    uint32_t id, value, error;
    size_t i;

    for (i = 0; i < COUNT(h2frame_settings); i++) {
        const h2frame_setting_case *one = &h2frame_settings[i];
        error = uvc_h2frame_setting(uvt_guard_end(one->bytes, 6), &id, &value);
        uvt_check(error == one->error && id == one->id && value == one->value, one->sentence,
                  "%u: %u, error %u", id, value, error);
    }
}

static void test_other_payloads(void)
{
    static const char *const sentence = "the numbers in a payload";
    const uvc_h2frame priority = {5, 1, 0, UVC_H2FRAME_PRIORITY, 0xff};
    const uvc_h2frame headers = {5, 1, 0, UVC_H2FRAME_HEADERS, 0x20};
    const uvc_h2frame padded = {6, 1, 0, UVC_H2FRAME_HEADERS, 0x28};

    uvt_check(uvc_h2frame_dependency(&priority, uvt_guard_end("\x80\0\1\3\7", 5)) == 0x103,
              sentence, "%s", "PRIORITY");
    uvt_check(uvc_h2frame_dependency(&headers, "\x80\0\1\3\7") == 0x103, sentence, "%s",
              "HEADERS");
    uvt_check(uvc_h2frame_dependency(&padded, uvt_guard_end("\0\x80\0\1\3\7", 6)) == 0x103,
              sentence, "%s", "HEADERS, padded");
    uvt_check(uvc_h2frame_increment(uvt_guard_end("\xff\xff\xff\xff", 4)) == 0x7fffffff, sentence,
              "%s", "WINDOW_UPDATE");
    uvt_check(uvc_h2frame_increment("\x80\0\0\0") == 0, sentence, "%s", "no increment");
    uvt_check(uvc_h2frame_number(uvt_guard_end("\xfe\xdc\xba\x98", 4)) == 0xfedcba98u, sentence,
              "%s", "RST_STREAM");
    uvt_check(uvc_h2frame_stream(uvt_guard_end("\xfe\xdc\xba\x98", 4)) == 0x7edcba98u, sentence,
              "%s", "GOAWAY");
}

static void check_written(const char *sentence, const char *dst, size_t len, const char *bytes,
                          size_t expected)
{
    uvt_check(len == expected && memcmp(dst, bytes, expected) == 0, sentence, "%zu bytes", len);
}

/* Into room that ends at a page that may not be touched. */
static void test_writers(void)
{
    static const uint32_t settings[][2] = {{3, 100}, {0x1234, 0xfedcba98u}};
    char *end = (char *)uvt_guard_end("", 0), *dst;

    dst = end - 9;
    check_written("a header", dst, uvc_h2frame_write(dst, 0xabcdef, 1, 5, 0x7edcba98),
                  "\xab\xcd\xef\1\5\x7e\xdc\xba\x98", 9);
    check_written("SETTINGS that acknowledge", dst, uvc_h2frame_write_settings_ack(dst),
                  "\0\0\0\4\1\0\0\0\0", 9);
    check_written("SETTINGS of nothing", dst, uvc_h2frame_write_settings(dst, settings, 0),
                  "\0\0\0\4\0\0\0\0\0", 9);
    dst = end - 9 - 2 * UVC_H2FRAME_SETTING_SIZE;
    check_written("SETTINGS", dst, uvc_h2frame_write_settings(dst, settings, 2),
                  "\0\0\x0c\4\0\0\0\0\0\0\3\0\0\0\x64\x12\x34\xfe\xdc\xba\x98", 21);
    dst = end - UVC_H2FRAME_PING_SIZE;
    check_written("PING", dst, uvc_h2frame_write_ping(dst, 0, "12345678"),
                  "\0\0\x08\6\0\0\0\0\0" "12345678", 17);
    check_written("PING that acknowledges", dst, uvc_h2frame_write_ping(dst, 7, "12345678"),
                  "\0\0\x08\6\1\0\0\0\0" "12345678", 17);
    dst = end - UVC_H2FRAME_WINDOW_UPDATE_SIZE;
    check_written("WINDOW_UPDATE", dst, uvc_h2frame_write_window_update(dst, 5, 0x7fffffff),
                  "\0\0\4\x08\0\0\0\0\5\x7f\xff\xff\xff", 13);
    dst = end - UVC_H2FRAME_RST_STREAM_SIZE;
    check_written("RST_STREAM", dst, uvc_h2frame_write_rst_stream(dst, 257, 8),
                  "\0\0\4\3\0\0\0\1\1\0\0\0\x08", 13);
    dst = end - UVC_H2FRAME_GOAWAY_SIZE;
    check_written("GOAWAY", dst, uvc_h2frame_write_goaway(dst, 0x7fffffff, 11),
                  "\0\0\x08\7\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\x0b", 17);
}

int main(void)
{
    test_frames();
    test_numbers();
    test_preface();
    test_content();
    test_settings();
    test_other_payloads();
    test_writers();
    return uvt_report("h2frame");
}
