/*
 * h2field: what a field of HTTP/2 may be (RFC 9113 sections 8.2 and 8.3), on the server's side.
 *
 * uvc_h2field_check(name, name_len, value, value_len) looks at one field of a request, and answers
 *
 *      >= 0        what it is: one of UVC_H2FIELD_PLAIN, ...
 *      other < 0   the message is malformed: one of UVC_H2FIELD_BAD_*, ...; the stream ends with
 *                  PROTOCOL_ERROR (section 8.1.1)
 *
 * It depends on the field alone, so the answer may be kept for an entry of the HPACK table.
 *
 *   name        1*tchar without A-Z (RFC 9110 section 5.6.2), one of the five pseudo-header
 *               fields, and none that is about the connection (section 8.2.2)
 *   value       *( %x21-7E / %x80-FF / SP / HTAB ), no blank at either end
 *   te          "trailers"
 *   :method     token
 *   :scheme     ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
 *   :path       "/" *%x21-7E, or "*"
 *   :authority  a host and a port, or empty: as Host in HTTP/1.1, without user information
 *   :protocol   token (RFC 8441 section 4)
 *
 * What the fields mean together is up to a uvc_h2field_order, 0 at first: uvc_h2field_admit() takes
 * each answer of the above, and uvc_h2field_complete() ends the header section. In a trailer
 * section no pseudo-header field may stand: everything from UVC_H2FIELD_METHOD on is refused.
 */
#ifndef UVC_H2FIELD_H
#define UVC_H2FIELD_H

#include <stddef.h>
#include <stdint.h>

#define UVC_H2FIELD_BAD_NAME (-80)    /* empty, upper case, not a token */
#define UVC_H2FIELD_BAD_VALUE (-81)   /* a control byte, or a blank at an end */
#define UVC_H2FIELD_BAD_PSEUDO (-82)  /* the name starts with ":" and is not known in requests */
#define UVC_H2FIELD_CONNECTION (-83)  /* connection-specific, or te with anything else */
#define UVC_H2FIELD_BAD_METHOD (-84)
#define UVC_H2FIELD_BAD_SCHEME (-85)
#define UVC_H2FIELD_BAD_AUTHORITY (-86)
#define UVC_H2FIELD_BAD_PATH (-87)
#define UVC_H2FIELD_BAD_PROTOCOL (-88)
#define UVC_H2FIELD_LATE_PSEUDO (-89) /* behind a regular field */
#define UVC_H2FIELD_REPEATED (-90)    /* a pseudo-header field for the second time */
#define UVC_H2FIELD_MISSING (-91)     /* a pseudo-header field that has to be there, is not */
#define UVC_H2FIELD_NOT_ALLOWED (-92) /* one that may not be there with this method */

enum {
    UVC_H2FIELD_PLAIN = 0,
    /* What a server looks at itself. */
    UVC_H2FIELD_CONTENT_LENGTH = 1,
    UVC_H2FIELD_COOKIE = 2,
    UVC_H2FIELD_HOST = 3, /* checked as :authority is */
    UVC_H2FIELD_EXPECT = 4,
    UVC_H2FIELD_PRIORITY = 5, /* RFC 9218 section 5 */
    UVC_H2FIELD_TE = 6,
    /* From here on: pseudo-header fields. */
    UVC_H2FIELD_METHOD = 8,
    UVC_H2FIELD_CONNECT = 9, /* :method with the value CONNECT */
    UVC_H2FIELD_SCHEME = 10,
    UVC_H2FIELD_AUTHORITY = 11,
    UVC_H2FIELD_PATH = 12,
    UVC_H2FIELD_PROTOCOL = 13
};

int uvc_h2field_check(const char *name, size_t name_len, const char *value, size_t value_len);

/*
 * The same for a field that an application wants to send. Answers UVC_H2FIELD_PLAIN;
 * UVC_H2FIELD_CONNECTION for one to leave out, as it is about HTTP/1.1; UVC_H2FIELD_BAD_NAME, also
 * for upper case, which a caller may lower, and for any pseudo-header field;
 * UVC_H2FIELD_BAD_VALUE.
 */
int uvc_h2field_check_response(const char *name, size_t name_len, const char *value,
                               size_t value_len);

typedef uint32_t uvc_h2field_order;

/* Section 8.3: 0, UVC_H2FIELD_LATE_PSEUDO or UVC_H2FIELD_REPEATED. kind is not negative. */
int uvc_h2field_admit(uvc_h2field_order *order, int kind);

/*
 * Section 8.3.1, 8.5, RFC 8441 section 4: 0, UVC_H2FIELD_MISSING or UVC_H2FIELD_NOT_ALLOWED.
 *
 *   CONNECT                 :authority, and nothing else
 *   CONNECT with :protocol  :scheme, :path, :authority
 *   others                  :scheme, :path; no :protocol. That there is an authority, in
 *                           :authority or host, is up to the caller
 */
int uvc_h2field_complete(uvc_h2field_order order);

#endif
