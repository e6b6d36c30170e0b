/*
 * A refusal is a scope and an error; the functions below answer the scope, 0 for none, and leave
 * the error in the frame.
 */
#include "h2frame.h"

#include <string.h>

#define PRIORITY_SIZE 5u
#define STREAM_BITS 0x7fffffffu

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

int uvc_h2frame_preface(const char *buf, size_t len)
{
    const size_t size = sizeof(preface) - 1, seen = len < size ? len : size;

    if (seen > 0 && memcmp(buf, preface, seen) != 0)
        return -1;
    return seen == size ? (int)size : UVC_PARTIAL;
}

uint32_t uvc_h2frame_number(const char *payload)
{
    const unsigned char *p = (const unsigned char *)payload;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint32_t uvc_h2frame_stream(const char *payload)
{
    return uvc_h2frame_number(payload) & STREAM_BITS;
}

static int refused(uvc_h2frame *frame, uint32_t error, int scope)
{
    frame->error = error;
    return scope;
}

static int wrong_size(uvc_h2frame *frame)
{
    return refused(frame, UVC_H2_FRAME_SIZE_ERROR, UVC_H2FRAME_CONNECTION);
}

static int wrong(uvc_h2frame *frame)
{
    return refused(frame, UVC_H2_PROTOCOL_ERROR, UVC_H2FRAME_CONNECTION);
}

/* Whether the type is for the connection as a whole, on stream 0. */
static int is_of_connection(int type)
{
    return type == UVC_H2FRAME_SETTINGS || type == UVC_H2FRAME_PING ||
           type == UVC_H2FRAME_GOAWAY || type == UVC_H2FRAME_PRIORITY_UPDATE;
}

static int check_stream(uvc_h2frame *frame, uint32_t block_stream)
{
    const int type = frame->type;

    if (block_stream != 0) {
        if (type != UVC_H2FRAME_CONTINUATION || frame->stream != block_stream)
            return wrong(frame);
        return 0;
    }
    if (type == UVC_H2FRAME_CONTINUATION || type == UVC_H2FRAME_PUSH_PROMISE)
        return wrong(frame);
    if (is_of_connection(type))
        return frame->stream != 0 ? wrong(frame) : 0;
    if (type > UVC_H2FRAME_WINDOW_UPDATE) /* of an unknown type */
        return 0;
    if (frame->stream == 0)
        return type != UVC_H2FRAME_WINDOW_UPDATE ? wrong(frame) : 0;
    return frame->stream % 2 == 0 && type != UVC_H2FRAME_PRIORITY ? wrong(frame) : 0;
}

/* The bytes of padding length and priority that the flags promise. */
static uint32_t promised(const uvc_h2frame *frame)
{
    uint32_t size = 0;

    if (frame->flags & UVC_H2FRAME_PADDED)
        size += 1;
    if (frame->type == UVC_H2FRAME_HEADERS && frame->flags & UVC_H2FRAME_HAS_PRIORITY)
        size += PRIORITY_SIZE;
    return size;
}

static int check_size(uvc_h2frame *frame)
{
    const uint32_t length = frame->length;
    int right = 1;

    switch (frame->type) {
    case UVC_H2FRAME_DATA:
        if (length < promised(frame))
            return refused(frame, UVC_H2_FRAME_SIZE_ERROR, UVC_H2FRAME_STREAM);
        break;
    case UVC_H2FRAME_PRIORITY:
        if (length != PRIORITY_SIZE)
            return refused(frame, UVC_H2_FRAME_SIZE_ERROR, UVC_H2FRAME_STREAM);
        break;
    case UVC_H2FRAME_HEADERS:
        right = length >= promised(frame);
        break;
    case UVC_H2FRAME_RST_STREAM:
    case UVC_H2FRAME_WINDOW_UPDATE:
        right = length == 4;
        break;
    case UVC_H2FRAME_SETTINGS:
        right = frame->flags & UVC_H2FRAME_ACK ? length == 0 : length % 6 == 0;
        break;
    case UVC_H2FRAME_PING:
        right = length == 8;
        break;
    case UVC_H2FRAME_GOAWAY:
        right = length >= 8;
        break;
    case UVC_H2FRAME_PRIORITY_UPDATE:
        right = length >= 4;
        break;
    default:
        break;
    }
    return right ? 0 : wrong_size(frame);
}

int uvc_h2frame_parse(const char *buf, size_t len, uint32_t max_size, uint32_t block_stream,
                      uvc_h2frame *frame)
{
    int scope;

    if (len < UVC_H2FRAME_HEADER)
        return UVC_PARTIAL;
    frame->length = uvc_h2frame_number(buf) >> 8;
    frame->type = (uint8_t)buf[3];
    frame->flags = (uint8_t)buf[4];
    frame->stream = uvc_h2frame_stream(buf + 5);
    frame->error = UVC_H2_NO_ERROR;
    if (frame->length > max_size)
        return wrong_size(frame);
    scope = check_stream(frame, block_stream);
    if (scope == 0)
        scope = check_size(frame);
    return scope != 0 ? scope : UVC_H2FRAME_HEADER;
}

int uvc_h2frame_content(uvc_h2frame *frame, const char *payload, uint32_t *offset,
                        uint32_t *size)
{
    uint32_t padding = 0;

    if (frame->flags & UVC_H2FRAME_PADDED)
        padding = (unsigned char)payload[0];
    *offset = promised(frame);
    *size = frame->length - *offset;
    if (padding > *size)
        return wrong(frame);
    *size -= padding;
    return 0;
}

uint32_t uvc_h2frame_dependency(const uvc_h2frame *frame, const char *payload)
{
    const int padded = frame->type == UVC_H2FRAME_HEADERS && frame->flags & UVC_H2FRAME_PADDED;

    return uvc_h2frame_stream(payload + (padded ? 1 : 0));
}

uint32_t uvc_h2frame_increment(const char *payload)
{
    return uvc_h2frame_stream(payload);
}

uint32_t uvc_h2frame_setting(const char *payload, uint32_t *id, uint32_t *value)
{
    const unsigned char *p = (const unsigned char *)payload;

    *id = (uint32_t)p[0] << 8 | p[1];
    *value = uvc_h2frame_number(payload + 2);
    switch (*id) {
    case UVC_H2_ENABLE_PUSH:
    case UVC_H2_ENABLE_CONNECT_PROTOCOL:
    case UVC_H2_NO_RFC7540_PRIORITIES:
        return *value > 1 ? UVC_H2_PROTOCOL_ERROR : UVC_H2_NO_ERROR;
    case UVC_H2_INITIAL_WINDOW_SIZE:
        return *value > UVC_H2FRAME_LARGEST_WINDOW ? UVC_H2_FLOW_CONTROL_ERROR : UVC_H2_NO_ERROR;
    case UVC_H2_MAX_FRAME_SIZE:
        return *value < UVC_H2FRAME_SMALLEST_MAX || *value > UVC_H2FRAME_LARGEST_MAX
                   ? UVC_H2_PROTOCOL_ERROR
                   : UVC_H2_NO_ERROR;
    default:
        return UVC_H2_NO_ERROR;
    }
}

static char *write_number(char *p, uint32_t number)
{
    p[0] = (char)(number >> 24);
    p[1] = (char)(number >> 16 & 0xff);
    p[2] = (char)(number >> 8 & 0xff);
    p[3] = (char)(number & 0xff);
    return p + 4;
}

size_t uvc_h2frame_write(char *dst, uint32_t length, int type, int flags, uint32_t stream)
{
    write_number(dst, length << 8 | (uint32_t)type);
    dst[4] = (char)flags;
    write_number(dst + 5, stream);
    return UVC_H2FRAME_HEADER;
}

size_t uvc_h2frame_write_settings(char *dst, const uint32_t (*settings)[2], size_t count)
{
    size_t at = uvc_h2frame_write(dst, (uint32_t)count * UVC_H2FRAME_SETTING_SIZE,
                                  UVC_H2FRAME_SETTINGS, 0, 0);
    size_t i;

    for (i = 0; i < count; i++) {
        dst[at] = (char)(settings[i][0] >> 8 & 0xff);
        dst[at + 1] = (char)(settings[i][0] & 0xff);
        write_number(dst + at + 2, settings[i][1]);
        at += UVC_H2FRAME_SETTING_SIZE;
    }
    return at;
}

size_t uvc_h2frame_write_settings_ack(char *dst)
{
    return uvc_h2frame_write(dst, 0, UVC_H2FRAME_SETTINGS, UVC_H2FRAME_ACK, 0);
}

size_t uvc_h2frame_write_ping(char *dst, int ack, const char *data)
{
    uvc_h2frame_write(dst, 8, UVC_H2FRAME_PING, ack ? UVC_H2FRAME_ACK : 0, 0);
    memcpy(dst + UVC_H2FRAME_HEADER, data, 8);
    return UVC_H2FRAME_PING_SIZE;
}

size_t uvc_h2frame_write_window_update(char *dst, uint32_t stream, uint32_t increment)
{
    uvc_h2frame_write(dst, 4, UVC_H2FRAME_WINDOW_UPDATE, 0, stream);
    write_number(dst + UVC_H2FRAME_HEADER, increment);
    return UVC_H2FRAME_WINDOW_UPDATE_SIZE;
}

size_t uvc_h2frame_write_rst_stream(char *dst, uint32_t stream, uint32_t error)
{
    uvc_h2frame_write(dst, 4, UVC_H2FRAME_RST_STREAM, 0, stream);
    write_number(dst + UVC_H2FRAME_HEADER, error);
    return UVC_H2FRAME_RST_STREAM_SIZE;
}

size_t uvc_h2frame_write_goaway(char *dst, uint32_t last_stream, uint32_t error)
{
    uvc_h2frame_write(dst, 8, UVC_H2FRAME_GOAWAY, 0, 0);
    write_number(write_number(dst + UVC_H2FRAME_HEADER, last_stream), error);
    return UVC_H2FRAME_GOAWAY_SIZE;
}
