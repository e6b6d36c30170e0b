/*
 * words: bytes as machine words, from and to any address. Private to csrc.
 */
#ifndef UVC_WORDS_H
#define UVC_WORDS_H

#include <stdint.h>
#include <string.h>

static inline uint64_t load64(const char *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

static inline uint32_t load32(const char *p)
{
    uint32_t word;
    memcpy(&word, p, 4);
    return word;
}

static inline void store64(char *p, uint64_t word)
{
    memcpy(p, &word, 8);
}

static inline void store32(char *p, uint32_t word)
{
    memcpy(p, &word, 4);
}

#endif
