/*
 * What must hold for any bytes: all scanners find the same, within the input; a verdict stays
 * when more bytes come; what is found is what the header promises. Two bytes in front choose
 * the limits.
 */
#include <stdlib.h>
#include <string.h>

#include "../http1.h"

#define MAX_FIELDS 16
#define MOST_PREFIXES 50

static const char *const scanners[] = {"sse4.2", "avx2", "neon"};

typedef struct {
    long verdict;
    uvc_http1_head head;
    uvc_http1_field fields[MAX_FIELDS];
} result;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void hold(int statement)
{
    if (!statement)
        abort();
}

/* Out of a block of its own, so that the sanitizer sees a read behind it. */
static void parse(result *found, const char *input, size_t len, const uvc_http1_limits *limits)
{
    char *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL)
        abort();
    memset(found, 0, sizeof(*found));
    found->head.max_fields = MAX_FIELDS;
    found->head.fields = found->fields;
    if (len > 0)
        memcpy(copy, input, len);
    found->verdict = uvc_http1_parse_head(copy, len, limits, &found->head);
    free(copy);
}

static void hold_part(uint32_t offset, uint32_t part, long end)
{
    hold((long)offset + (long)part <= end);
}

static void hold_head(const result *found, const char *input, const uvc_http1_limits *limits)
{
    const uvc_http1_head *head = &found->head;
    uint32_t i, behind = head->target + head->target_len + 11, line = head->method;

    hold(uvc_http1_is_token(input + head->method, head->method_len));
    hold_part(head->method, head->method_len, found->verdict);
    hold_part(head->target, head->target_len, found->verdict);
    hold(head->target_len > 0 && head->target == head->method + head->method_len + 1);
    hold(behind - 2 - line <= limits->line);
    hold(head->minor == 0 || head->minor == 1);
    hold(head->field_count <= MAX_FIELDS);
    hold((size_t)found->verdict - 2 - behind <= limits->block);
    for (i = 0; i < head->field_count; i++) {
        const uvc_http1_field *field = &head->fields[i];
        const char *value = input + field->value;
        char lower[64];

        hold(field->name == behind);
        hold_part(field->name, field->name_len, found->verdict);
        hold_part(field->value, field->value_len, found->verdict);
        hold(field->value > field->name + field->name_len);
        hold(uvc_http1_is_token(input + field->name, field->name_len));
        hold(uvc_http1_is_field_value(value, field->value_len));
        hold(field->value_len == 0 || (value[0] != ' ' && value[0] != '\t'));
        behind = field->value + field->value_len;
        hold(behind == field->value || (input[behind - 1] != ' ' && input[behind - 1] != '\t'));
        while (input[behind] == ' ' || input[behind] == '\t')
            behind++;
        hold(memcmp(input + behind, "\r\n", 2) == 0);
        behind += 2;
        if (field->known < 0)
            continue;
        hold(field->known < uvc_http1_known_count() && field->name_len < sizeof(lower));
        uvc_http1_lower(lower, input + field->name, field->name_len);
        lower[field->name_len] = 0;
        hold(strcmp(lower, uvc_http1_known_name(field->known)) == 0);
    }
    hold((long)behind + 2 == found->verdict);
}

static void hold_prefixes(const result *whole, const char *input, size_t len,
                          const uvc_http1_limits *limits)
{
    const size_t step = 1 + len / MOST_PREFIXES;
    size_t i;

    for (i = len % step; i < len; i += step) {
        result part;

        parse(&part, input, i, limits);
        if (part.verdict == UVC_PARTIAL)
            hold(whole->verdict < 0 || i < (size_t)whole->verdict);
        else
            hold(part.verdict == whole->verdict);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uvc_http1_limits limits;
    result whole, other;
    const char *input;
    size_t len, i;

    if (size < 2)
        return 0;
    limits.line = bytes[0] < 0x80 ? bytes[0] : 8192;
    limits.block = bytes[1] < 0x80 ? bytes[1] * 2u : 65536;
    input = (const char *)bytes + 2;
    len = size - 2;

    uvc_http1_use_scanner("scalar");
    parse(&whole, input, len, &limits);
    hold(whole.verdict < 0 || (whole.verdict > 0 && (size_t)whole.verdict <= len));
    if (whole.verdict > 0)
        hold_head(&whole, input, &limits);
    hold_prefixes(&whole, input, len, &limits);
    for (i = 0; i < sizeof(scanners) / sizeof(scanners[0]); i++) {
        if (!uvc_http1_use_scanner(scanners[i]))
            continue;
        parse(&other, input, len, &limits);
        hold(other.verdict == whole.verdict);
        if (whole.verdict > 0) {
            other.head.fields = whole.head.fields;
            hold(memcmp(&other.head, &whole.head, sizeof(whole.head)) == 0);
            hold(memcmp(other.fields, whole.fields, sizeof(whole.fields)) == 0);
        }
        hold_prefixes(&whole, input, len, &limits);
    }
    return 0;
}
