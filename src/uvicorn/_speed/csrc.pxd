# The C sources under csrc/; their headers are the manual.

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t


cdef extern from "http1.h" nogil:
    const int UVC_PARTIAL
    const int UVC_HTTP1_FRAMING_NAMES

    ctypedef struct uvc_http1_field:
        uint32_t name
        uint32_t name_len
        uint32_t value
        uint32_t value_len
        int32_t known

    ctypedef struct uvc_http1_head:
        uint32_t method
        uint32_t method_len
        uint32_t target
        uint32_t target_len
        int32_t minor
        uint32_t field_count
        uint32_t max_fields
        uvc_http1_field *fields

    ctypedef struct uvc_http1_limits:
        size_t line
        size_t block

    long uvc_http1_parse_head(const char *buf, size_t length, const uvc_http1_limits *limits,
                              uvc_http1_head *head)
    const char *uvc_http1_known_name(int index)
    int uvc_http1_known_count()
    void uvc_http1_lower(char *dst, const char *src, size_t length)
    int uvc_http1_is_token(const char *buf, size_t length)
    int uvc_http1_is_field_value(const char *buf, size_t length)


cdef extern from "chunked.h" nogil:
    const int UVC_CHUNKED_DATA
    const int UVC_CHUNKED_END

    ctypedef struct uvc_chunked:
        uint64_t remaining

    void uvc_chunked_init(uvc_chunked *chunked, uint32_t max_extension, uint32_t max_trailer,
                          uint32_t max_fields)
    int uvc_chunked_next(uvc_chunked *chunked, const char **cursor, const char *end,
                         const char **data, size_t *data_len)


cdef extern from "wsframe.h" nogil:
    const int UVC_WSFRAME_BAD_RESERVED
    const int UVC_WSFRAME_TEXT
    enum:
        UVC_WSFRAME_MAX_HEADER

    ctypedef struct uvc_wsframe:
        uint64_t length
        uint8_t opcode
        uint8_t fin
        uint8_t rsv1
        uint8_t mask[4]

    long uvc_wsframe_parse(const char *buf, size_t length, int allow_rsv1, uvc_wsframe *frame)
    size_t uvc_wsframe_write(char *dst, int opcode, int fin, int rsv1, uint64_t length)


cdef extern from "mask.h" nogil:
    void uvc_mask(char *dst, const char *src, size_t length, const uint8_t *key, size_t offset)
    int uvc_mask_ascii(char *dst, const char *src, size_t length, const uint8_t *key)


cdef extern from "utf8.h" nogil:
    ctypedef struct uvc_utf8:
        pass

    void uvc_utf8_init(uvc_utf8 *utf8)
    int uvc_utf8_check(uvc_utf8 *utf8, const char *data, size_t length)
    int uvc_utf8_complete(const uvc_utf8 *utf8)
