/*
 * What must hold for any bytes: the verdict is the one of the table in h2frame.h, a header that is
 * read is the one that is written for what it says, and what is left without padding lies within
 * the payload. The first byte chooses max_size and whether a block is open; the rest is a row of
 * frames.
 */
#include <stdlib.h>
#include <string.h>

#include "../h2frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

static int naive_error(uint32_t length, int type, int flags, uint32_t stream, uint32_t max_size,
                       uint32_t block_stream)
{
    /* By type: the stream is 0 (0), is not (1), may be (2); the least length; the most. */
    static const struct {
        int stream;
        uint32_t least, most;
    } rules[] = {{1, 0, 0xffffff}, {1, 0, 0xffffff}, {1, 5, 5}, {1, 4, 4}, {0, 0, 0xffffff},
                 {1, 0, 0},        {0, 8, 8},        {0, 8, 0xffffff}, {2, 4, 4},
                 {1, 0, 0xffffff}};
    uint32_t least = 4, most = 0xffffff;
    int on_stream = 0;

    if (length > max_size)
        return UVC_H2_FRAME_SIZE_ERROR;
    if (block_stream != 0)
        return type == 9 && stream == block_stream ? 0 : UVC_H2_PROTOCOL_ERROR;
    if (type == 5 || type == 9)
        return UVC_H2_PROTOCOL_ERROR;
    if (type > 9 && type != 16)
        return 0;
    if (type < 10)
        least = rules[type].least, most = rules[type].most, on_stream = rules[type].stream;
    if ((on_stream == 1 && stream == 0) || (on_stream == 0 && stream != 0))
        return UVC_H2_PROTOCOL_ERROR;
    if (on_stream > 0 && stream % 2 == 0 && stream != 0 && type != 2)
        return UVC_H2_PROTOCOL_ERROR;
    if (type < 2 && flags & 8)
        least += 1;
    if (type == 1 && flags & 32)
        least += 5;
    if (type == 4 && flags & 1)
        most = 0;
    if (type == 4 && length % 6 != 0)
        return UVC_H2_FRAME_SIZE_ERROR;
    return length < least || length > most ? UVC_H2_FRAME_SIZE_ERROR : 0;
}

static void hold_written(const uvc_h2frame *frame, const uint8_t *header)
{
    uint8_t plain[UVC_H2FRAME_HEADER];
    char *dst = malloc(UVC_H2FRAME_HEADER);

    if (dst == NULL)
        abort();
    memcpy(plain, header, sizeof(plain));
    plain[5] &= 0x7f;
    hold(uvc_h2frame_write(dst, frame->length, frame->type, frame->flags, frame->stream) == 9);
    hold(memcmp(dst, plain, sizeof(plain)) == 0);
    free(dst);
}

static void hold_payload(uvc_h2frame *frame, const uint8_t *bytes, size_t size)
{
    char *payload = malloc(size > 0 ? size : 1);
    uint32_t offset, left, id, value, error;

    if (payload == NULL)
        abort();
    if (size > 0)
        memcpy(payload, bytes, size);
    if (frame->type <= UVC_H2FRAME_HEADERS) {
        if (uvc_h2frame_content(frame, payload, &offset, &left) == 0)
            hold(offset <= frame->length && left <= frame->length - offset);
        else
            hold(frame->error == UVC_H2_PROTOCOL_ERROR && frame->flags & 8 &&
                 (uint8_t)payload[0] + 1u > frame->length - (offset - 1));
    } else if (frame->type == UVC_H2FRAME_SETTINGS && frame->length > 0) {
        error = uvc_h2frame_setting(payload, &id, &value);
        hold(id <= 0xffff && (error == 0 || (id >= 2 && id <= 9)));
    } else if (frame->type == UVC_H2FRAME_PRIORITY) {
        hold(uvc_h2frame_dependency(frame, payload) <= 0x7fffffff);
    } else if (frame->length == 4) {
        hold(uvc_h2frame_increment(payload) == (uvc_h2frame_number(payload) & 0x7fffffff));
    }
    free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint32_t max_size = size > 0 && bytes[0] & 1 ? 16384 : 64;
    uint32_t block_stream = size > 0 && bytes[0] & 2 ? 1 : 0;
    uvc_h2frame frame;
    size_t at = 1;
    int verdict, error;

    while (at < size) {
        const uint8_t *h = bytes + at;
        verdict = uvc_h2frame_parse((const char *)h, size - at, max_size, block_stream, &frame);
        hold((verdict == UVC_PARTIAL) == (size - at < 9));
        if (verdict == UVC_PARTIAL)
            break;
        error = naive_error((uint32_t)h[0] << 16 | (uint32_t)h[1] << 8 | h[2], h[3], h[4],
                            (h[5] & 127u) << 24 | (uint32_t)h[6] << 16 | (uint32_t)h[7] << 8 | h[8],
                            max_size, block_stream);
        hold((int)frame.error == error && (verdict == 9) == (error == 0));
        hold(verdict != UVC_H2FRAME_STREAM || (error == UVC_H2_FRAME_SIZE_ERROR && h[3] % 2 == 0));
        hold_written(&frame, h);
        if (verdict == UVC_H2FRAME_CONNECTION || frame.length > size - at - 9)
            break;
        if (verdict == 9)
            hold_payload(&frame, h + 9, frame.length);
        if (frame.type == 1 || frame.type == 9)
            block_stream = frame.flags & UVC_H2FRAME_END_HEADERS ? 0 : frame.stream;
        at += 9 + frame.length;
    }
    return 0;
}
