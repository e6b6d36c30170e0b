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
    int uvc_http1_find_name(const char *name, size_t length)
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


cdef extern from "huffman.h" nogil:
    long uvc_huffman_decode(char *dst, size_t room, const char *src, size_t length)
    size_t uvc_huffman_most(size_t length)
    size_t uvc_huffman_size(const char *src, size_t length)
    size_t uvc_huffman_encode(char *dst, const char *src, size_t length)


cdef extern from "hpack_table.h" nogil:
    enum:
        UVC_HPACK_STATIC_COUNT
        UVC_HPACK_FIRST_SIZE

    ctypedef struct uvc_hpack_static:
        const char *name
        const char *value
        uint8_t name_len
        uint8_t value_len

    ctypedef struct uvc_hpack_table:
        uint32_t oldest
        uint32_t next
        uint32_t slot_mask
        uint32_t size
        uint32_t max_size

    size_t uvc_hpack_table_memory(uint32_t room)
    const uvc_hpack_static *uvc_hpack_static_entry(unsigned index)


cdef extern from "hpack_decoder.h" nogil:
    enum:
        UVC_HPACK_END
        UVC_HPACK_FIELD
        UVC_HPACK_TOO_LARGE
        UVC_HPACK_TOO_MANY_FIELDS
        UVC_HPACK_INDEXED
        UVC_HPACK_ADDED
        UVC_HPACK_LITERAL
        UVC_HPACK_NEVER

    ctypedef struct uvc_hpack_field:
        const char *name
        const char *value
        uint32_t name_len
        uint32_t value_len
        uint32_t tag
        int32_t slot
        int32_t name_slot
        uint8_t kind
        uint8_t index
        uint8_t name_index

    ctypedef struct uvc_hpack_decoder:
        uvc_hpack_table table

    void uvc_hpack_decoder_init(uvc_hpack_decoder *decoder, void *memory, uint32_t room,
                                uint32_t max_fields, uint32_t max_list)
    void uvc_hpack_decoder_limit(uvc_hpack_decoder *decoder, uint32_t limit)
    void uvc_hpack_decoder_start(uvc_hpack_decoder *decoder, const char *block, size_t length,
                                 char *scratch, size_t scratch_room)
    int uvc_hpack_decoder_next(uvc_hpack_decoder *decoder, uvc_hpack_field *field)
    int uvc_hpack_decoder_skip(uvc_hpack_decoder *decoder)
    void uvc_hpack_decoder_tag(uvc_hpack_decoder *decoder, int32_t slot, uint32_t tag)


cdef extern from "hpack_encoder.h" nogil:
    enum:
        UVC_HPACK_START_ROOM
        UVC_HPACK_STATUS_ROOM

    ctypedef struct uvc_hpack_encoder:
        uvc_hpack_table table

    void uvc_hpack_encoder_init(uvc_hpack_encoder *encoder, void *memory, uint32_t room)
    void uvc_hpack_encoder_limit(uvc_hpack_encoder *encoder, uint32_t limit)
    size_t uvc_hpack_encoder_start(uvc_hpack_encoder *encoder, char *dst)
    size_t uvc_hpack_encoder_status(uvc_hpack_encoder *encoder, char *dst, int status)
    size_t UVC_HPACK_FIELD_ROOM(size_t name_len, size_t value_len)
    size_t uvc_hpack_encoder_field(uvc_hpack_encoder *encoder, char *dst, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
    size_t uvc_hpack_write_integer(char *dst, unsigned first, unsigned most, uint32_t number)
    size_t uvc_hpack_write_string(char *dst, const char *string, size_t length)
    size_t uvc_hpack_write_literal(char *dst, int kind, const char *name, size_t name_len,
                                   const char *value, size_t value_len)


cdef extern from "h2frame.h" nogil:
    enum:
        UVC_H2FRAME_HEADER
        UVC_H2FRAME_STREAM
        UVC_H2FRAME_CONNECTION
        UVC_H2FRAME_LARGEST_WINDOW
        UVC_H2FRAME_SMALLEST_MAX
        UVC_H2FRAME_LARGEST_MAX

    # Types.
    enum:
        UVC_H2FRAME_DATA
        UVC_H2FRAME_HEADERS
        UVC_H2FRAME_PRIORITY
        UVC_H2FRAME_RST_STREAM
        UVC_H2FRAME_SETTINGS
        UVC_H2FRAME_PUSH_PROMISE
        UVC_H2FRAME_PING
        UVC_H2FRAME_GOAWAY
        UVC_H2FRAME_WINDOW_UPDATE
        UVC_H2FRAME_CONTINUATION
        UVC_H2FRAME_PRIORITY_UPDATE

    # Flags.
    enum:
        UVC_H2FRAME_ACK
        UVC_H2FRAME_END_STREAM
        UVC_H2FRAME_END_HEADERS
        UVC_H2FRAME_PADDED
        UVC_H2FRAME_HAS_PRIORITY

    # Errors.
    enum:
        UVC_H2_NO_ERROR
        UVC_H2_PROTOCOL_ERROR
        UVC_H2_INTERNAL_ERROR
        UVC_H2_FLOW_CONTROL_ERROR
        UVC_H2_SETTINGS_TIMEOUT
        UVC_H2_STREAM_CLOSED
        UVC_H2_FRAME_SIZE_ERROR
        UVC_H2_REFUSED_STREAM
        UVC_H2_CANCEL
        UVC_H2_COMPRESSION_ERROR
        UVC_H2_CONNECT_ERROR
        UVC_H2_ENHANCE_YOUR_CALM
        UVC_H2_INADEQUATE_SECURITY
        UVC_H2_HTTP_1_1_REQUIRED

    # Settings.
    enum:
        UVC_H2_HEADER_TABLE_SIZE
        UVC_H2_ENABLE_PUSH
        UVC_H2_MAX_CONCURRENT_STREAMS
        UVC_H2_INITIAL_WINDOW_SIZE
        UVC_H2_MAX_FRAME_SIZE
        UVC_H2_MAX_HEADER_LIST_SIZE
        UVC_H2_ENABLE_CONNECT_PROTOCOL
        UVC_H2_NO_RFC7540_PRIORITIES

    # Sizes of what is written.
    enum:
        UVC_H2FRAME_SETTING_SIZE
        UVC_H2FRAME_PING_SIZE
        UVC_H2FRAME_WINDOW_UPDATE_SIZE
        UVC_H2FRAME_RST_STREAM_SIZE
        UVC_H2FRAME_GOAWAY_SIZE

    ctypedef struct uvc_h2frame:
        uint32_t length
        uint32_t stream
        uint32_t error
        uint8_t type
        uint8_t flags

    int uvc_h2frame_preface(const char *buf, size_t length)
    int uvc_h2frame_parse(const char *buf, size_t length, uint32_t max_size,
                          uint32_t block_stream, uvc_h2frame *frame)
    int uvc_h2frame_content(uvc_h2frame *frame, const char *payload, uint32_t *offset,
                            uint32_t *size)
    uint32_t uvc_h2frame_dependency(const uvc_h2frame *frame, const char *payload)
    uint32_t uvc_h2frame_increment(const char *payload)
    uint32_t uvc_h2frame_number(const char *payload)
    uint32_t uvc_h2frame_stream(const char *payload)
    uint32_t uvc_h2frame_setting(const char *payload, uint32_t *id, uint32_t *value)
    size_t uvc_h2frame_write(char *dst, uint32_t length, int type, int flags, uint32_t stream)
    size_t uvc_h2frame_write_settings(char *dst, const uint32_t (*settings)[2], size_t count)
    size_t uvc_h2frame_write_settings_ack(char *dst)
    size_t uvc_h2frame_write_ping(char *dst, int ack, const char *data)
    size_t uvc_h2frame_write_window_update(char *dst, uint32_t stream, uint32_t increment)
    size_t uvc_h2frame_write_rst_stream(char *dst, uint32_t stream, uint32_t error)
    size_t uvc_h2frame_write_goaway(char *dst, uint32_t last_stream, uint32_t error)


cdef extern from "h2field.h" nogil:
    # What is refused.
    enum:
        UVC_H2FIELD_BAD_NAME
        UVC_H2FIELD_BAD_VALUE
        UVC_H2FIELD_BAD_PSEUDO
        UVC_H2FIELD_CONNECTION
        UVC_H2FIELD_BAD_METHOD
        UVC_H2FIELD_BAD_SCHEME
        UVC_H2FIELD_BAD_AUTHORITY
        UVC_H2FIELD_BAD_PATH
        UVC_H2FIELD_BAD_PROTOCOL
        UVC_H2FIELD_LATE_PSEUDO
        UVC_H2FIELD_REPEATED
        UVC_H2FIELD_MISSING
        UVC_H2FIELD_NOT_ALLOWED

    # What a field is.
    enum:
        UVC_H2FIELD_PLAIN
        UVC_H2FIELD_CONTENT_LENGTH
        UVC_H2FIELD_COOKIE
        UVC_H2FIELD_HOST
        UVC_H2FIELD_EXPECT
        UVC_H2FIELD_PRIORITY
        UVC_H2FIELD_TE
        UVC_H2FIELD_METHOD
        UVC_H2FIELD_CONNECT
        UVC_H2FIELD_SCHEME
        UVC_H2FIELD_AUTHORITY
        UVC_H2FIELD_PATH
        UVC_H2FIELD_PROTOCOL

    ctypedef uint32_t uvc_h2field_order

    int uvc_h2field_check(const char *name, size_t name_len, const char *value, size_t value_len)
    int uvc_h2field_check_response(const char *name, size_t name_len, const char *value,
                                   size_t value_len)
    int uvc_h2field_admit(uvc_h2field_order *order, int kind)
    int uvc_h2field_complete(uvc_h2field_order order)
