/*
 * All units go the same way. A payload is a run of whole vectors and a tail: its last vector,
 * which may reach back into the run. The tail is read before anything is written, as the run
 * may mask these bytes where they stand, and it is written last.
 *
 * The key is carried as a word whose bytes, by address, are those for the first eight bytes of
 * the payload. Vectors hold a multiple of four bytes, so only the tail wants the key turned.
 */
#include "mask.h"

#include <string.h>

#include "vector.h"
#include "words.h"

/* From here on, a vector unit is worth the call. None has vectors longer than this. */
#define SHORT 32
#define HIGH_BITS 0x8080808080808080u

/* Answers whether all bytes written are below 0x80; len >= SHORT. */
typedef int (*run_fn)(char *dst, const char *src, size_t len, uint64_t key);

typedef struct {
    const char *name;
    int (*available)(void);
    run_fn run;
} unit;

static inline int lowest_byte_first(void)
{
    const uint32_t one = 1;
    char first;

    memcpy(&first, &one, 1);
    return first;
}

static inline uint64_t key_word(const uint8_t key[4])
{
    return load32((const char *)key) * (uint64_t)0x100000001u;
}

/* The key for what comes `by` bytes behind. */
static inline uint64_t turned(uint64_t key, size_t by)
{
    const unsigned bits = (unsigned)(by & 3) * 8;
    const unsigned right = lowest_byte_first() ? bits : (64 - bits) & 63;

    return key >> right | key << ((64 - right) & 63);
}

/* Less than SHORT bytes: from both ends, all of them read before any is written. */
static inline int run_short(char *dst, const char *src, size_t len, uint64_t key)
{
    uint64_t seen = 0;
    size_t i;

    if (len >= 8) {
        const uint64_t tail_key = turned(key, len), tail = load64(src + len - 8) ^ tail_key;
        const uint64_t head = load64(src) ^ key;

        seen = head | tail;
        if (len > 16) {
            const uint64_t second = load64(src + 8) ^ key;
            const uint64_t last_but_one = load64(src + len - 16) ^ tail_key;

            seen |= second | last_but_one;
            store64(dst + 8, second);
            store64(dst + len - 16, last_but_one);
        }
        store64(dst, head);
        store64(dst + len - 8, tail);
    } else if (len >= 4) {
        const uint32_t tail = load32(src + len - 4) ^ (uint32_t)turned(key, len);
        const uint32_t head = load32(src) ^ (uint32_t)key;

        seen = head | tail;
        store32(dst, head);
        store32(dst + len - 4, tail);
    } else {
        char bytes[8];

        store64(bytes, key);
        for (i = 0; i < len; i++) {
            dst[i] = (char)(src[i] ^ bytes[i]);
            seen |= (unsigned char)dst[i];
        }
    }
    return (seen & HIGH_BITS) == 0;
}

static int scalar_available(void)
{
    return 1;
}

static int scalar_run(char *dst, const char *src, size_t len, uint64_t key)
{
    const uint64_t tail = load64(src + len - 8) ^ turned(key, len);
    uint64_t seen = tail, word;
    size_t i;

    for (i = 0; i + 8 < len; i += 8) {
        word = load64(src + i) ^ key;
        seen |= word;
        store64(dst + i, word);
    }
    store64(dst + len - 8, tail);
    return (seen & HIGH_BITS) == 0;
}

#if defined(UVC_X86_VECTORS)
static inline __m128i sse2_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline void sse2_store(char *p, __m128i bytes)
{
    _mm_storeu_si128((__m128i *)(void *)p, bytes);
}

static int sse2_run(char *dst, const char *src, size_t len, uint64_t key)
{
    const __m128i keys = _mm_set1_epi64x((long long)key);
    const __m128i tail = _mm_xor_si128(sse2_load(src + len - 16),
                                       _mm_set1_epi64x((long long)turned(key, len)));
    __m128i seen = tail, one, two;
    size_t i;

    for (i = 0; i + 32 < len; i += 32) {
        one = _mm_xor_si128(sse2_load(src + i), keys);
        two = _mm_xor_si128(sse2_load(src + i + 16), keys);
        seen = _mm_or_si128(seen, _mm_or_si128(one, two));
        sse2_store(dst + i, one);
        sse2_store(dst + i + 16, two);
    }
    if (i + 16 < len) {
        one = _mm_xor_si128(sse2_load(src + i), keys);
        seen = _mm_or_si128(seen, one);
        sse2_store(dst + i, one);
    }
    sse2_store(dst + len - 16, tail);
    return _mm_movemask_epi8(seen) == 0;
}

static int avx2_available(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
}

TARGET_AVX2 static inline __m256i avx2_load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

TARGET_AVX2 static inline void avx2_store(char *p, __m256i bytes)
{
    _mm256_storeu_si256((__m256i *)(void *)p, bytes);
}

TARGET_AVX2 static int avx2_run(char *dst, const char *src, size_t len, uint64_t key)
{
    const __m256i keys = _mm256_set1_epi64x((long long)key);
    const __m256i tail = _mm256_xor_si256(avx2_load(src + len - 32),
                                          _mm256_set1_epi64x((long long)turned(key, len)));
    __m256i seen = tail, one, two;
    size_t i;

    for (i = 0; i + 64 < len; i += 64) {
        one = _mm256_xor_si256(avx2_load(src + i), keys);
        two = _mm256_xor_si256(avx2_load(src + i + 32), keys);
        seen = _mm256_or_si256(seen, _mm256_or_si256(one, two));
        avx2_store(dst + i, one);
        avx2_store(dst + i + 32, two);
    }
    if (i + 32 < len) {
        one = _mm256_xor_si256(avx2_load(src + i), keys);
        seen = _mm256_or_si256(seen, one);
        avx2_store(dst + i, one);
    }
    avx2_store(dst + len - 32, tail);
    return _mm256_movemask_epi8(seen) == 0;
}
#endif

#if defined(UVC_NEON_VECTORS)
static inline uint8x16_t neon_load(const char *p)
{
    return vld1q_u8((const uint8_t *)p);
}

static inline void neon_store(char *p, uint8x16_t bytes)
{
    vst1q_u8((uint8_t *)p, bytes);
}

static int neon_run(char *dst, const char *src, size_t len, uint64_t key)
{
    const uint8x16_t keys = vreinterpretq_u8_u64(vdupq_n_u64(key));
    const uint8x16_t tail = veorq_u8(neon_load(src + len - 16),
                                     vreinterpretq_u8_u64(vdupq_n_u64(turned(key, len))));
    uint8x16_t seen = tail, one, two;
    size_t i;

    for (i = 0; i + 32 < len; i += 32) {
        one = veorq_u8(neon_load(src + i), keys);
        two = veorq_u8(neon_load(src + i + 16), keys);
        seen = vorrq_u8(seen, vorrq_u8(one, two));
        neon_store(dst + i, one);
        neon_store(dst + i + 16, two);
    }
    if (i + 16 < len) {
        one = veorq_u8(neon_load(src + i), keys);
        seen = vorrq_u8(seen, one);
        neon_store(dst + i, one);
    }
    neon_store(dst + len - 16, tail);
    return vmaxvq_u8(seen) < 0x80;
}
#endif

/* The best first. */
static const unit units[] = {
#if defined(UVC_X86_VECTORS)
    {"avx2", avx2_available, avx2_run},
    {"sse2", scalar_available, sse2_run},
#endif
#if defined(UVC_NEON_VECTORS)
    {"neon", scalar_available, neon_run},
#endif
    {"scalar", scalar_available, scalar_run},
};

/*
 * Set at the first call, by any thread: all of them find the same one, and a pointer is stored
 * whole. Without the builtins there is only the scalar one, and no choice to store.
 */
#if defined(UVC_X86_VECTORS) || defined(UVC_NEON_VECTORS)
static const unit *chosen;

static const unit *choose(void)
{
    const unit *best = units;

    while (!best->available())
        best++;
    __atomic_store_n(&chosen, best, __ATOMIC_RELAXED);
    return best;
}

static inline const unit *in_use(void)
{
    const unit *now = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    return now != NULL ? now : choose();
}

static void use(const unit *wanted)
{
    __atomic_store_n(&chosen, wanted, __ATOMIC_RELAXED);
}
#else
static const unit *in_use(void)
{
    return units;
}

static void use(const unit *wanted)
{
    (void)wanted;
}
#endif

const char *uvc_mask_unit(void)
{
    return in_use()->name;
}

int uvc_mask_use(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(units[i].name, name) == 0 && units[i].available()) {
            use(&units[i]);
            return 1;
        }
    }
    return 0;
}

int uvc_mask_ascii(char *dst, const char *src, size_t len, const uint8_t key[4])
{
    if (len < SHORT)
        return run_short(dst, src, len, key_word(key));
    return in_use()->run(dst, src, len, key_word(key));
}

void uvc_mask(char *dst, const char *src, size_t len, const uint8_t key[4], size_t offset)
{
    const uint64_t word = turned(key_word(key), offset);

    if (len < SHORT)
        run_short(dst, src, len, word);
    else
        in_use()->run(dst, src, len, word);
}
