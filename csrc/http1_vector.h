/*
 * http1_vector: where a run of token, target or field value bytes ends, 16 or 32 bytes at a
 * time. Private to http1.c.
 *
 * A stops function looks at `width` bytes and answers a mask with `bits` bits for each of
 * them, set where the byte does not belong to the run. There are three, one per kind, for each
 * instruction set. They are called through constant pointers out of always-inlined code, so
 * that each parser instance has them in its body.
 *
 * A token is told by two table lookups: the row of the low half byte has one bit for each high
 * half byte from 0x2 to 0x7 that makes a token character with it. Bytes from 0x80 have no row.
 */
#ifndef UVC_HTTP1_VECTOR_H
#define UVC_HTTP1_VECTOR_H

#include <stdint.h>

#include "vector.h"

typedef uint64_t (*stops_fn)(const char *p);

typedef struct {
    stops_fn token, target, value;
    unsigned width; /* 0: there is no vector unit, go by the table of octets.h */
    unsigned bits;
} vector_unit;

static const vector_unit no_vector = {0, 0, 0, 0, 0};

#if defined(UVC_X86_VECTORS) || defined(UVC_NEON_VECTORS)
#define TOKEN_ROWS \
    0xe8, 0xfc, 0xf8, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xf8, 0xf8, 0xf4, 0x54, 0xd0, 0x54, 0xf4, 0x70
#define TOKEN_COLUMNS 0, 0, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0

static const uint8_t token_rows[32] __attribute__((aligned(32))) = {TOKEN_ROWS, TOKEN_ROWS};
static const uint8_t token_columns[32] __attribute__((aligned(32))) = {TOKEN_COLUMNS,
                                                                       TOKEN_COLUMNS};
#endif

#if defined(UVC_X86_VECTORS)
TARGET_SSE42 static inline uint64_t sse42_token_stops(const char *p)
{
    const __m128i low_half = _mm_set1_epi8(0x0f);
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i row = _mm_shuffle_epi8(*(const __m128i *)(const void *)token_rows,
                                         _mm_and_si128(bytes, low_half));
    const __m128i column =
        _mm_shuffle_epi8(*(const __m128i *)(const void *)token_columns,
                         _mm_and_si128(_mm_srli_epi16(bytes, 4), low_half));
    const __m128i stops = _mm_cmpeq_epi8(_mm_and_si128(row, column), _mm_setzero_si128());
    return (uint32_t)_mm_movemask_epi8(stops);
}

/* Signed bytes: those from 0x80 are below SP. */
TARGET_SSE42 static inline uint64_t sse42_target_stops(const char *p)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i above_space = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x20));
    const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return (uint32_t)_mm_movemask_epi8(_mm_andnot_si128(del, above_space)) ^ 0xffffu;
}

TARGET_SSE42 static inline uint64_t sse42_value_stops(const char *p)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    const __m128i stops = _mm_andnot_si128(tab, _mm_or_si128(control, del));
    return (uint32_t)_mm_movemask_epi8(stops);
}

TARGET_AVX2 static inline uint64_t avx2_token_stops(const char *p)
{
    const __m256i low_half = _mm256_set1_epi8(0x0f);
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    const __m256i row = _mm256_shuffle_epi8(*(const __m256i *)(const void *)token_rows,
                                            _mm256_and_si256(bytes, low_half));
    const __m256i column =
        _mm256_shuffle_epi8(*(const __m256i *)(const void *)token_columns,
                            _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_half));
    const __m256i stops =
        _mm256_cmpeq_epi8(_mm256_and_si256(row, column), _mm256_setzero_si256());
    return (uint32_t)_mm256_movemask_epi8(stops);
}

TARGET_AVX2 static inline uint64_t avx2_target_stops(const char *p)
{
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    const __m256i above_space = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(0x20));
    const __m256i del = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
    return (uint32_t)~_mm256_movemask_epi8(_mm256_andnot_si256(del, above_space));
}

TARGET_AVX2 static inline uint64_t avx2_value_stops(const char *p)
{
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    const __m256i control =
        _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
    const __m256i del = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
    const __m256i tab = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\t'));
    const __m256i stops = _mm256_andnot_si256(tab, _mm256_or_si256(control, del));
    return (uint32_t)_mm256_movemask_epi8(stops);
}

static const vector_unit sse42 = {sse42_token_stops, sse42_target_stops, sse42_value_stops, 16, 1};
static const vector_unit avx2 = {avx2_token_stops, avx2_target_stops, avx2_value_stops, 32, 1};
#endif

#if defined(UVC_NEON_VECTORS)
/* NEON has no movemask: narrowing by 4 leaves half a byte of each lane. */
static inline uint64_t neon_mask(uint8x16_t stops)
{
    const uint8x8_t halves = vshrn_n_u16(vreinterpretq_u16_u8(stops), 4);
    return vget_lane_u64(vreinterpret_u64_u8(halves), 0);
}

static inline uint64_t neon_token_stops(const char *p)
{
    const uint8x16_t bytes = vld1q_u8((const uint8_t *)p);
    const uint8x16_t row = vqtbl1q_u8(vld1q_u8(token_rows), vandq_u8(bytes, vdupq_n_u8(0x0f)));
    const uint8x16_t column = vqtbl1q_u8(vld1q_u8(token_columns), vshrq_n_u8(bytes, 4));
    return neon_mask(vceqq_u8(vandq_u8(row, column), vdupq_n_u8(0)));
}

static inline uint64_t neon_target_stops(const char *p)
{
    const uint8x16_t bytes = vld1q_u8((const uint8_t *)p);
    return neon_mask(vorrq_u8(vcleq_u8(bytes, vdupq_n_u8(0x20)),
                              vcgeq_u8(bytes, vdupq_n_u8(0x7f))));
}

static inline uint64_t neon_value_stops(const char *p)
{
    const uint8x16_t bytes = vld1q_u8((const uint8_t *)p);
    const uint8x16_t control = vcltq_u8(bytes, vdupq_n_u8(0x20));
    const uint8x16_t del = vceqq_u8(bytes, vdupq_n_u8(0x7f));
    const uint8x16_t tab = vceqq_u8(bytes, vdupq_n_u8('\t'));
    return neon_mask(vbicq_u8(vorrq_u8(control, del), tab));
}

static const vector_unit neon = {neon_token_stops, neon_target_stops, neon_value_stops, 16, 4};
#endif

#endif
