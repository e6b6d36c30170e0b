/*
 * One state per place in the grammar of chunked.h, one step per byte, except in the data,
 * which is handed out in runs. States of one line stand together, as each group has its own
 * step function and its own limit.
 */
#include "chunked.h"

#include "octets.h"

enum {
    /* chunk-size line */
    SIZE,
    SIZE_LF,
    LAST_LF,
    /* chunk-ext: what comes next */
    EXT_SEMICOLON,  /* BWS ";" */
    EXT_NAME_START, /* BWS token */
    EXT_NAME,       /* rest of the token, or "=" or ";" or CR */
    EXT_EQUALS,     /* BWS, then "=" or ";" */
    EXT_VALUE_START,
    EXT_VALUE,
    EXT_QUOTED,
    EXT_QUOTED_PAIR,
    EXT_QUOTED_END, /* BWS ";" or CR */
    /* chunk-data */
    DATA,
    DATA_CR,
    DATA_LF,
    /* trailer-section */
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    END_LF,
    END
};

static int hex_value(char byte)
{
    const int lower = byte | 0x20;

    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The CR that ends a size line: what its LF leads to. */
static int end_size_line(uvc_chunked *chunked)
{
    chunked->state = chunked->remaining > 0 ? SIZE_LF : LAST_LF;
    return 0;
}

static int step_extension(uvc_chunked *chunked, char byte);

static int step_size(uvc_chunked *chunked, char byte)
{
    const int digit = hex_value(byte);

    if (digit >= 0) {
        if (chunked->digits == 16 || chunked->remaining >> 59 != 0)
            return UVC_CHUNKED_BAD_SIZE;
        chunked->digits++;
        chunked->remaining = chunked->remaining << 4 | (uint64_t)digit;
        return 0;
    }
    if (chunked->digits == 0)
        return UVC_CHUNKED_BAD_SIZE;
    if (byte == '\r')
        return end_size_line(chunked);
    if (byte == ';' || uvc_octet_is_blank(byte)) {
        chunked->state = EXT_SEMICOLON;
        return step_extension(chunked, byte);
    }
    return byte == '\n' ? UVC_CHUNKED_BAD_LINE_END : UVC_CHUNKED_BAD_SIZE;
}

/* Where an extension may end: the next one, the end of the line, or an error. */
static int end_extension(uvc_chunked *chunked, char byte)
{
    if (byte == ';') {
        chunked->state = EXT_NAME_START;
        return 0;
    }
    return byte == '\r' ? end_size_line(chunked) : UVC_CHUNKED_BAD_EXTENSION;
}

static int step_extension_value(uvc_chunked *chunked, char byte)
{
    switch (chunked->state) {
    case EXT_VALUE_START:
        if (uvc_octet_is_blank(byte))
            return 0;
        if (byte != '"' && !uvc_octet_is(byte, UVC_OCTET_TOKEN))
            return UVC_CHUNKED_BAD_EXTENSION;
        chunked->state = byte == '"' ? EXT_QUOTED : EXT_VALUE;
        return 0;
    case EXT_VALUE:
        if (uvc_octet_is(byte, UVC_OCTET_TOKEN))
            return 0;
        break;
    case EXT_QUOTED:
        if (byte == '"')
            chunked->state = EXT_QUOTED_END;
        else if (byte == '\\')
            chunked->state = EXT_QUOTED_PAIR;
        return uvc_octet_is(byte, UVC_OCTET_VALUE) ? 0 : UVC_CHUNKED_BAD_EXTENSION;
    case EXT_QUOTED_PAIR:
        chunked->state = EXT_QUOTED;
        return uvc_octet_is(byte, UVC_OCTET_VALUE) ? 0 : UVC_CHUNKED_BAD_EXTENSION;
    default: /* EXT_QUOTED_END */
        break;
    }
    if (uvc_octet_is_blank(byte)) {
        chunked->state = EXT_SEMICOLON;
        return 0;
    }
    return end_extension(chunked, byte);
}

static int step_extension(uvc_chunked *chunked, char byte)
{
    if (byte == '\n')
        return UVC_CHUNKED_BAD_LINE_END;
    if (byte != '\r' && chunked->extension_left-- == 0)
        return UVC_CHUNKED_EXTENSION_TOO_LONG;
    switch (chunked->state) {
    case EXT_SEMICOLON:
        if (byte == ';')
            chunked->state = EXT_NAME_START;
        return byte == ';' || uvc_octet_is_blank(byte) ? 0 : UVC_CHUNKED_BAD_EXTENSION;
    case EXT_NAME_START:
        if (uvc_octet_is_blank(byte))
            return 0;
        chunked->state = EXT_NAME;
        return uvc_octet_is(byte, UVC_OCTET_TOKEN) ? 0 : UVC_CHUNKED_BAD_EXTENSION;
    case EXT_NAME:
        if (uvc_octet_is(byte, UVC_OCTET_TOKEN))
            return 0;
        if (uvc_octet_is_blank(byte)) {
            chunked->state = EXT_EQUALS;
            return 0;
        }
        break;
    case EXT_EQUALS:
        if (uvc_octet_is_blank(byte))
            return 0;
        if (byte == '\r')
            return UVC_CHUNKED_BAD_EXTENSION;
        break;
    default:
        return step_extension_value(chunked, byte);
    }
    if (byte == '=') {
        chunked->state = EXT_VALUE_START;
        return 0;
    }
    return end_extension(chunked, byte);
}

static int step_trailer(uvc_chunked *chunked, char byte)
{
    if (chunked->state == TRAILER_START) {
        if (byte == '\r') {
            chunked->state = END_LF;
            return 0;
        }
        if (byte == '\n')
            return UVC_CHUNKED_BAD_LINE_END;
        if (!uvc_octet_is(byte, UVC_OCTET_TOKEN))
            return UVC_CHUNKED_BAD_TRAILER;
        if (chunked->fields_left-- == 0)
            return UVC_CHUNKED_TOO_MANY_TRAILERS;
        chunked->state = TRAILER_NAME;
    }
    if (chunked->trailer_left-- == 0)
        return UVC_CHUNKED_TRAILER_TOO_LONG;
    switch (chunked->state) {
    case TRAILER_NAME:
        if (byte == ':')
            chunked->state = TRAILER_VALUE;
        return byte == ':' || uvc_octet_is(byte, UVC_OCTET_TOKEN) ? 0 : UVC_CHUNKED_BAD_TRAILER;
    case TRAILER_VALUE:
        if (byte == '\r')
            chunked->state = TRAILER_LF;
        else if (byte == '\n')
            return UVC_CHUNKED_BAD_LINE_END;
        return byte == '\r' || uvc_octet_is(byte, UVC_OCTET_VALUE) ? 0
                                                                   : UVC_CHUNKED_BAD_TRAILER;
    default: /* TRAILER_LF */
        chunked->state = TRAILER_START;
        return byte == '\n' ? 0 : UVC_CHUNKED_BAD_LINE_END;
    }
}

/* One byte that is not data: 0, UVC_CHUNKED_END or an error. */
static int step(uvc_chunked *chunked, char byte)
{
    switch (chunked->state) {
    case SIZE:
        return step_size(chunked, byte);
    case SIZE_LF:
        chunked->state = DATA;
        return byte == '\n' ? 0 : UVC_CHUNKED_BAD_LINE_END;
    case LAST_LF:
        chunked->state = TRAILER_START;
        return byte == '\n' ? 0 : UVC_CHUNKED_BAD_LINE_END;
    case DATA_CR:
        chunked->state = DATA_LF;
        return byte == '\r' ? 0 : UVC_CHUNKED_BAD_LINE_END;
    case DATA_LF:
        chunked->state = SIZE;
        chunked->digits = 0;
        return byte == '\n' ? 0 : UVC_CHUNKED_BAD_LINE_END;
    case TRAILER_START:
    case TRAILER_NAME:
    case TRAILER_VALUE:
    case TRAILER_LF:
        return step_trailer(chunked, byte);
    case END_LF:
        chunked->state = END;
        return byte == '\n' ? UVC_CHUNKED_END : UVC_CHUNKED_BAD_LINE_END;
    default:
        return step_extension(chunked, byte);
    }
}

void uvc_chunked_init(uvc_chunked *chunked, uint32_t max_extension, uint32_t max_trailer,
                      uint32_t max_fields)
{
    chunked->remaining = 0;
    chunked->extension_left = max_extension;
    chunked->trailer_left = max_trailer;
    chunked->fields_left = max_fields;
    chunked->state = SIZE;
    chunked->digits = 0;
}

int uvc_chunked_next(uvc_chunked *chunked, const char **cursor, const char *end,
                     const char **data, size_t *data_len)
{
    const char *p = *cursor;
    int status = chunked->state == END ? UVC_CHUNKED_END : 0;

    while (status == 0 && p < end) {
        if (chunked->state != DATA) {
            status = step(chunked, *p++);
            continue;
        }
        *data = p;
        *data_len = (size_t)(end - p);
        if (*data_len >= chunked->remaining) {
            *data_len = (size_t)chunked->remaining;
            chunked->state = DATA_CR;
        }
        chunked->remaining -= *data_len;
        p += *data_len;
        status = UVC_CHUNKED_DATA;
    }
    *cursor = p;
    return status != 0 ? status : UVC_PARTIAL;
}
