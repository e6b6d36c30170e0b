/*
 * harness: what all tests of csrc share.
 *
 * A guard is a stretch of pages between two that may not be touched, so that a read outside of
 * an input put at either end of it is a crash, also without a sanitizer.
 */
#ifndef UVT_HARNESS_H
#define UVT_HARNESS_H

#include <stddef.h>
#include <stdint.h>

#define UVT_GUARD_ROOM ((size_t)1 << 17)

/* A copy of the bytes whose end, or whose start, touches a page that may not be touched. It
 * stands until the next call of the same function. */
const char *uvt_guard_end(const char *bytes, size_t len);
const char *uvt_guard_start(const char *bytes, size_t len);

/* Counts a check. When it does not hold, says which case and what was expected. */
void uvt_check(int holds, const char *sentence, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints the count, answers the exit status of the test program. */
int uvt_report(const char *noun);

/* The same numbers on each run (xorshift64*). */
uint32_t uvt_random(uint64_t *state);

/* Nanoseconds of CPU time of this process. */
double uvt_cpu_ns(void);

#endif
