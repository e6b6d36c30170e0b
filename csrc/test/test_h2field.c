#include "h2field_cases.h"

#include <string.h>

#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The name stands at the end of one guard, the value at the start of another, and by turns. */
static void test_fields(void)
{
    size_t i;
    int kind;

    for (i = 0; i < COUNT(h2fields); i++) {
        const h2field_case *one = &h2fields[i];
        kind = uvc_h2field_check(uvt_guard_end(one->name, one->name_len), one->name_len,
                                 uvt_guard_start(one->value, one->value_len), one->value_len);
        uvt_check(kind == one->kind, one->name, "%s: %d, not %d", one->value, kind, one->kind);
        kind = uvc_h2field_check(uvt_guard_start(one->name, one->name_len), one->name_len,
                                 uvt_guard_end(one->value, one->value_len), one->value_len);
        uvt_check(kind == one->kind, one->name, "%s: %d, not %d", one->value, kind, one->kind);
    }
}

/* The same rules for what is sent, but that the values of special fields are the application's. */
static void test_fields_of_a_response(void)
{
    size_t i;
    int kind, expected;

    for (i = 0; i < COUNT(h2fields); i++) {
        const h2field_case *one = &h2fields[i];
        if (one->name_len > 0 && one->name[0] == ':')
            expected = BAD_NAME;
        else if (one->kind > 0 || one->kind == UVC_H2FIELD_BAD_AUTHORITY ||
                 (one->kind == ABOUT_CONNECTION && one->name_len == 2))
            expected = PLAIN;
        else
            expected = one->kind;
        kind = uvc_h2field_check_response(uvt_guard_end(one->name, one->name_len), one->name_len,
                                          uvt_guard_start(one->value, one->value_len),
                                          one->value_len);
        uvt_check(kind == expected, one->name, "in a response: %s: %d, not %d", one->value, kind,
                  expected);
    }
}

/* By RFC 9113 section 8.2.1 and RFC 9110 section 5.6.2, byte by byte. */
static void test_every_byte(void)
{
    char name[3] = "x-", value[3] = "abc", path[2] = "/";
    int byte, letter, expected;

    for (byte = 0; byte < 256; byte++) {
        letter = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        name[2] = value[1] = path[1] = (char)byte;
        expected = letter || (byte != 0 && strchr("!#$%&'*+-.^_`|~", byte)) ? PLAIN : BAD_NAME;
        uvt_check(uvc_h2field_check(name, 3, "1", 1) == expected, "each byte in a name", "%d",
                  byte);
        expected = (byte < 0x20 && byte != '\t') || byte == 0x7f ? BAD_VALUE : PLAIN;
        uvt_check(uvc_h2field_check("x", 1, value, 3) == expected, "each byte in a value", "%d",
                  byte);
        expected = byte > 0x20 && byte < 0x7f ? UVC_H2FIELD_PATH : UVC_H2FIELD_BAD_PATH;
        uvt_check(uvc_h2field_check(":path", 5, path, 2) == expected, "each byte in a path", "%d",
                  byte);
    }
}

static void test_sections(void)
{
    size_t i, j;

    for (i = 0; i < COUNT(h2field_sections); i++) {
        const h2field_section_case *one = &h2field_sections[i];
        uvc_h2field_order order = 0;
        int verdict = 0;
        for (j = 0; verdict == 0 && one->kinds[j] != END; j++)
            verdict = uvc_h2field_admit(&order, one->kinds[j]);
        if (verdict == 0)
            verdict = uvc_h2field_complete(order);
        uvt_check(verdict == one->verdict, one->sentence, "%d, not %d", verdict, one->verdict);
    }
}

int main(void)
{
    test_fields();
    test_fields_of_a_response();
    test_every_byte();
    test_sections();
    return uvt_report("h2field");
}
