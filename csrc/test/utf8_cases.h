/*
 * utf8_cases: bytes that are UTF-8, and that are not. Data only.
 *
 * What is wrong ends with the first byte that makes it so: all that is shorter is right so far,
 * and nothing that follows helps.
 */
#ifndef UVT_UTF8_CASES_H
#define UVT_UTF8_CASES_H

#include "../utf8.h"

#define TEXT(literal) literal, sizeof(literal) - 1

typedef struct {
    const char *sentence;
    const char *input;
    size_t len;
} utf8_case;

static const utf8_case utf8_texts[] = {
    {"nothing", TEXT("")},
    {"ASCII", TEXT("Hello, world")},
    {"NUL and DEL", TEXT("\0\x7f")},
    {"Latin", TEXT("gr\xc3\xbc\xc3\x9f")},
    {"Greek", TEXT("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5")},
    {"Japanese", TEXT("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e")},
    {"outside of the basic plane", TEXT("\xf0\xa3\x8e\xb4 \xf0\x9f\x98\x80")},
    {"the first of two bytes", TEXT("\xc2\x80")},
    {"the last of two bytes", TEXT("\xdf\xbf")},
    {"the first of three bytes", TEXT("\xe0\xa0\x80")},
    {"before the surrogates", TEXT("\xed\x9f\xbf")},
    {"behind the surrogates", TEXT("\xee\x80\x80")},
    {"a byte order mark", TEXT("\xef\xbb\xbf")},
    {"the last of three bytes, no character but valid", TEXT("\xef\xbf\xbf")},
    {"the first of four bytes", TEXT("\xf0\x90\x80\x80")},
    {"the last of four bytes", TEXT("\xf4\x8f\xbf\xbf")},
};

static const utf8_case utf8_starts[] = {
    {"one of two bytes", TEXT("a\xc3")},
    {"one of three bytes", TEXT("a\xe2")},
    {"two of three bytes", TEXT("a\xe2\x82")},
    {"two of three bytes before the surrogates", TEXT("\xed\x9f")},
    {"one of four bytes", TEXT("a\xf0")},
    {"two of four bytes", TEXT("a\xf0\x9f")},
    {"three of four bytes", TEXT("a\xf0\x9f\x98")},
    {"three of four bytes of the last plane", TEXT("\xf4\x8f\xbf")},
};

static const utf8_case utf8_errors[] = {
    {"a continuation byte", TEXT("\x80")},
    {"the last continuation byte", TEXT("\xbf")},
    {"a continuation byte too many", TEXT("\xc3\xbc\x80")},
    {"an overlong slash in two bytes", TEXT("\xc0")},
    {"the last overlong one in two bytes", TEXT("\xc1")},
    {"an overlong NUL as some write it", TEXT("abc\xc0")},
    {"overlong in three bytes", TEXT("\xe0\x80")},
    {"the last overlong one in three bytes", TEXT("\xe0\x9f")},
    {"overlong in four bytes", TEXT("\xf0\x80")},
    {"the last overlong one in four bytes", TEXT("\xf0\x8f")},
    {"the first surrogate", TEXT("\xed\xa0")},
    {"the last surrogate", TEXT("\xed\xbf")},
    {"the pair of surrogates of an emoji", TEXT("ab\xed\xa0")},
    {"above U+10FFFF", TEXT("\xf4\x90")},
    {"far above U+10FFFF", TEXT("\xf4\xbf")},
    {"a lead byte that leads to nothing", TEXT("\xf5")},
    {"five bytes", TEXT("\xf8")},
    {"six bytes", TEXT("\xfc")},
    {"FE", TEXT("\xfe")},
    {"FF", TEXT("\xff")},
    {"two bytes cut short by ASCII", TEXT("\xc3" "a")},
    {"two bytes cut short by two others", TEXT("\xc3\xc3")},
    {"three bytes cut short by ASCII", TEXT("\xe2\x82" "a")},
    {"three bytes cut short by a lead byte", TEXT("\xe2\xe2")},
    {"four bytes cut short by ASCII", TEXT("\xf0\x9f\x98" "a")},
    {"four bytes cut short by a lead byte", TEXT("\xf0\x9f\x98\xf0")},
    {"four bytes cut short by NUL", TEXT("\xf0\x9f\0")},
    {"the wrong byte of section 8.1 in a long text",
     TEXT("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0")},
};

#endif
