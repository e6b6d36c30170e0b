/*
 * vector: which vector instructions may be compiled in. Private to csrc.
 *
 * UVC_X86_VECTORS: SSE2 is there, all else must be asked for at run time.
 * UVC_NEON_VECTORS: NEON is there, and bytes come in the order of their addresses.
 * Neither: other compilers and machines, which get by with words.
 */
#ifndef UVC_VECTOR_H
#define UVC_VECTOR_H

#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

/* UVC_SCALAR_ONLY is for tests: what other compilers and machines get, on any machine. */
#if !defined(UVC_SCALAR_ONLY)
/* Not on Windows: clang-cl has no __builtin_cpu_supports() to link with, and 64-bit MinGW does
 * not align the stack for AVX (GCC bug 54412). */
#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__) && !defined(_WIN32)
#define UVC_X86_VECTORS 1
#elif (defined(__GNUC__) || defined(__clang__)) && defined(__aarch64__) && \
    defined(__ARM_NEON) && !defined(__AARCH64EB__)
#define UVC_NEON_VECTORS 1
#endif
#endif

#if defined(UVC_X86_VECTORS)
#include <immintrin.h>

#define TARGET_SSE42 __attribute__((target("sse4.2")))
#define TARGET_AVX2 __attribute__((target("avx2")))
#endif

#if defined(UVC_NEON_VECTORS)
#include <arm_neon.h>
#endif

#endif
