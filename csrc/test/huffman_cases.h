/*
 * huffman_cases: strings and their Huffman code, and what is none. Data only.
 */
#ifndef UVT_HUFFMAN_CASES_H
#define UVT_HUFFMAN_CASES_H

#include "../huffman.h"

#define TEXT(literal) literal, sizeof(literal) - 1

typedef struct {
    const char *sentence;
    const char *text;
    size_t len;
    const char *code;
    size_t code_len;
} huffman_case;

typedef struct {
    const char *sentence;
    const char *code;
    size_t len;
    long verdict;
} huffman_refused_case;

static const huffman_case huffman_strings[] = {
    {"nothing", TEXT(""), TEXT("")},
    {"one symbol of 5 bits, and 3 of padding", TEXT("a"), TEXT("\x1f")},
    {"a byte without padding", TEXT("&"), TEXT("\xf8")},
    {"one bit of padding", TEXT("D"), TEXT("\xbf")},
    {"seven bits of padding, and a symbol in front", TEXT("0:"), TEXT("\x05\xcf")},
    {"8 symbols in 5 bytes", TEXT("00000000"), TEXT("\0\0\0\0\0")},
    {"RFC 7541 C.4.1", TEXT("www.example.com"),
     TEXT("\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff")},
    {"RFC 7541 C.4.2", TEXT("no-cache"), TEXT("\xa8\xeb\x10\x64\x9c\xbf")},
    {"RFC 7541 C.4.3, the name", TEXT("custom-key"), TEXT("\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f")},
    {"RFC 7541 C.4.3, the value", TEXT("custom-value"),
     TEXT("\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf")},
    {"RFC 7541 C.6.1, the status", TEXT("302"), TEXT("\x64\x02")},
    {"RFC 7541 C.6.1, cache-control", TEXT("private"), TEXT("\xae\xc3\x77\x1a\x4b")},
    {"RFC 7541 C.6.1, the date", TEXT("Mon, 21 Oct 2013 20:13:21 GMT"),
     TEXT("\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\x04\x0b\x81\x66"
          "\xe0\x82\xa6\x2d\x1b\xff")},
    {"RFC 7541 C.6.1, the location", TEXT("https://www.example.com"),
     TEXT("\x9d\x29\xad\x17\x18\x63\xc7\x8f\x0b\x97\xc8\xe9\xae\x82\xae\x43\xd3")},
    {"RFC 7541 C.6.2, the status", TEXT("307"), TEXT("\x64\x0e\xff")},
    {"RFC 7541 C.6.3, the coding", TEXT("gzip"), TEXT("\x9b\xd9\xab")},
    {"RFC 7541 C.6.3, the cookie",
     TEXT("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
     TEXT("\x94\xe7\x82\x1d\xd7\xf2\xe6\xc7\xb3\x35\xdf\xdf\xcd\x5b\x39\x60\xd5\xaf\x27\x08\x7f\x36"
          "\x72\xc1\xab\x27\x0f\xb5\x29\x1f\x95\x87\x31\x60\x65\xc0\x03\xed\x4e\xe5\xb1\x06\x3d\x50"
          "\x07")},
    {"the first symbol of all", TEXT("\0"), TEXT("\xff\xc7")},
    {"a symbol of 30 bits", TEXT("\n"), TEXT("\xff\xff\xff\xf3")},
    {"the last symbol but EOS", TEXT("\x16"), TEXT("\xff\xff\xff\xfb")},
    {"two symbols of 30 bits", TEXT("\x16\x16"), TEXT("\xff\xff\xff\xfb\xff\xff\xff\xef")},
    {"a symbol of 26 bits", TEXT("\xff"), TEXT("\xff\xff\xfb\xbf")},
    {"symbols of 19 bits", TEXT("\\\xc3\xd0"), TEXT("\xff\xfe\x1f\xff\xc7\xff\xf9\x7f")},
    {"short and long by turns", TEXT("a\xe4o\xfc"), TEXT("\x1f\xff\xfd\x27\xff\xff\xfd\xdf")},
};

static const huffman_refused_case refused_huffman[] = {
    {"a byte of ones is 8 bits of padding", TEXT("\xff"), UVC_HUFFMAN_BAD_PADDING},
    {"8 bits of padding behind a symbol", TEXT("\xf8\xff"), UVC_HUFFMAN_BAD_PADDING},
    {"10 bits of padding", TEXT("\x1f\xff"), UVC_HUFFMAN_BAD_PADDING},
    {"29 bits of EOS", TEXT("\x3f\xff\xff\xff"), UVC_HUFFMAN_BAD_PADDING},
    {"padding of zeros", TEXT("\x18"), UVC_HUFFMAN_BAD_PADDING},
    {"padding that ends with a zero", TEXT("\x1e"), UVC_HUFFMAN_BAD_PADDING},
    {"one bit of padding, which is zero", TEXT("\xbe"), UVC_HUFFMAN_BAD_PADDING},
    {"a long code cut short", TEXT("\xff\xc6"), UVC_HUFFMAN_BAD_PADDING},
    {"a code of 30 bits without its last byte", TEXT("\xff\xff\xff"), UVC_HUFFMAN_BAD_PADDING},
    {"EOS alone", TEXT("\xff\xff\xff\xff"), UVC_HUFFMAN_EOS},
    {"EOS behind a symbol", TEXT("\x07\xff\xff\xff\xff"), UVC_HUFFMAN_EOS},
    {"EOS before a symbol", TEXT("\xff\xff\xff\xfc\x1f\xff\xff\xff\xff\xff"), UVC_HUFFMAN_EOS},
    {"EOS in the middle of a long string",
     TEXT("\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xff\xff\xff\xff\xff\x90\xf4\xff\0\0\0\0\0"),
     UVC_HUFFMAN_EOS},
};

#endif
