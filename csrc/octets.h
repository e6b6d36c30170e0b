/*
 * octets: which bytes may stand where in HTTP/1. Private to csrc.
 *
 * A token character may also stand in a target, and a target character in a field value, so
 * each byte is one of five: never, value only (SP HTAB obs-text), target, token, and the rest
 * is a matter of bits.
 */
#ifndef UVC_OCTETS_H
#define UVC_OCTETS_H

#include <stdint.h>

#define UVC_OCTET_TOKEN 1  /* RFC 9110 section 5.6.2 */
#define UVC_OCTET_TARGET 2 /* %x21-7E */
#define UVC_OCTET_VALUE 4  /* RFC 9110 section 5.5, with the blanks */

#define T (UVC_OCTET_TOKEN | UVC_OCTET_TARGET | UVC_OCTET_VALUE)
#define V (UVC_OCTET_TARGET | UVC_OCTET_VALUE)
#define O UVC_OCTET_VALUE

static const uint8_t uvc_octets[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, O, 0, 0, 0, 0, 0, 0, /* 0x00, HTAB */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x10 */
    O, T, V, T, T, T, T, T, V, V, T, T, V, T, T, V, /* SP ! " # $ % & ' ( ) * + , - . / */
    T, T, T, T, T, T, T, T, T, T, V, V, V, V, V, V, /* 0-9 : ; < = > ? */
    V, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* @ A-O */
    T, T, T, T, T, T, T, T, T, T, T, V, V, V, T, T, /* P-Z [ \ ] ^ _ */
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* ` a-o */
    T, T, T, T, T, T, T, T, T, T, T, V, T, V, T, 0, /* p-z { | } ~ DEL */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* obs-text */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
};

#undef T
#undef V
#undef O

static inline int uvc_octet_is(char byte, int class)
{
    return uvc_octets[(unsigned char)byte] & class;
}

/* What OWS and BWS are made of (RFC 9110 section 5.6.3). */
static inline int uvc_octet_is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

#endif
