/*
 * A state is the place of six bits in a word, and there is one such word for each byte: at the
 * place of a state stands the state that comes next. So a step is one shift, and its result is
 * used without being cut to six bits, as the next shift looks at no others.
 *
 * The wrong state is 0, which is what stands in all places that are not set: it is never left.
 *
 * Which byte may follow which is the grammar of RFC 3629 section 4. Blocks of nothing but ASCII
 * between whole characters take no steps.
 */
#include "utf8.h"

#include "vector.h"
#include "words.h"

#define BLOCK 16

enum {
    WRONG = 0,
    COMPLETE = 6,
    /* how many continuation bytes are still to come */
    ONE = 12,
    TWO = 18,
    THREE = 24,
    /* behind the lead bytes that narrow down the next one */
    LEAD_E0 = 30, /* A0 to BF, or it is overlong */
    LEAD_ED = 36, /* 80 to 9F, or it is a surrogate */
    LEAD_F0 = 42, /* 90 to BF, or it is overlong */
    LEAD_F4 = 48  /* 80 to 8F, or it is above U+10FFFF */
};

#define NEXT(state, next) ((uint64_t)(next) << (state))
#define CONTINUED (NEXT(ONE, COMPLETE) | NEXT(TWO, ONE) | NEXT(THREE, TWO))

#define A NEXT(COMPLETE, COMPLETE)
#define C (CONTINUED | NEXT(LEAD_ED, ONE) | NEXT(LEAD_F4, TWO))
#define D (CONTINUED | NEXT(LEAD_ED, ONE) | NEXT(LEAD_F0, TWO))
#define E (CONTINUED | NEXT(LEAD_E0, ONE) | NEXT(LEAD_F0, TWO))
#define T NEXT(COMPLETE, ONE)
#define U NEXT(COMPLETE, TWO)
#define V NEXT(COMPLETE, THREE)
#define SPECIAL(lead) NEXT(COMPLETE, LEAD_##lead)

static const uint64_t steps[256] = {
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* 00 to 7F */
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, /* 80 to 8F */
    D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, D, /* 90 to 9F */
    E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, /* A0 to BF */
    E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E,
    0, 0, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* C0 and C1 are overlong */
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    SPECIAL(E0), U, U, U, U, U, U, U, U, U, U, U, U, SPECIAL(ED), U, U,
    SPECIAL(F0), V, V, V, SPECIAL(F4), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* F5: too large */
};

#undef A
#undef C
#undef D
#undef E
#undef T
#undef U
#undef V

static ALWAYS_INLINE uint64_t step(uint64_t state, char byte)
{
    return steps[(unsigned char)byte] >> (state & 63);
}

#if defined(UVC_X86_VECTORS)
static inline int is_ascii_block(const char *p)
{
    return _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p)) == 0;
}

static inline int are_ascii_blocks(const char *p)
{
    const __m128i *blocks = (const __m128i *)(const void *)p;
    const __m128i front = _mm_or_si128(_mm_loadu_si128(blocks), _mm_loadu_si128(blocks + 1));
    const __m128i back = _mm_or_si128(_mm_loadu_si128(blocks + 2), _mm_loadu_si128(blocks + 3));

    return _mm_movemask_epi8(_mm_or_si128(front, back)) == 0;
}
#elif defined(UVC_NEON_VECTORS)
static inline int is_ascii_block(const char *p)
{
    return vmaxvq_u8(vld1q_u8((const uint8_t *)p)) < 0x80;
}

static inline int are_ascii_blocks(const char *p)
{
    const uint8_t *bytes = (const uint8_t *)p;
    const uint8x16_t front = vorrq_u8(vld1q_u8(bytes), vld1q_u8(bytes + 16));
    const uint8x16_t back = vorrq_u8(vld1q_u8(bytes + 32), vld1q_u8(bytes + 48));

    return vmaxvq_u8(vorrq_u8(front, back)) < 0x80;
}
#else
#define HIGH_BITS 0x8080808080808080u

static inline int is_ascii_block(const char *p)
{
    return ((load64(p) | load64(p + 8)) & HIGH_BITS) == 0;
}

static inline int are_ascii_blocks(const char *p)
{
    const uint64_t front = load64(p) | load64(p + 8) | load64(p + 16) | load64(p + 24);
    const uint64_t back = load64(p + 32) | load64(p + 40) | load64(p + 48) | load64(p + 56);

    return ((front | back) & HIGH_BITS) == 0;
}
#endif

/* Where the first block begins that is not all ASCII, or that is not whole. */
static const char *skip_ascii(const char *p, const char *end)
{
    while (end - p >= 4 * BLOCK && are_ascii_blocks(p))
        p += 4 * BLOCK;
    while (end - p >= BLOCK && is_ascii_block(p))
        p += BLOCK;
    return p;
}

void uvc_utf8_init(uvc_utf8 *utf8)
{
    utf8->state = COMPLETE;
}

int uvc_utf8_check(uvc_utf8 *utf8, const char *bytes, size_t len)
{
    const char *p = bytes, *end;
    uint64_t state = utf8->state;
    int i;

    if (len == 0)
        return state != WRONG;
    end = p + len;
    while (end - p >= BLOCK && (state & 63) != WRONG) {
        if ((state & 63) == COMPLETE && is_ascii_block(p)) {
            p = skip_ascii(p + BLOCK, end);
            continue;
        }
        for (i = 0; i < BLOCK; i++)
            state = step(state, p[i]);
        p += BLOCK;
    }
    while (p < end && (state & 63) != WRONG)
        state = step(state, *p++);
    utf8->state = state & 63;
    return utf8->state != WRONG;
}

int uvc_utf8_complete(const uvc_utf8 *utf8)
{
    return utf8->state == COMPLETE;
}
