#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MOST_SHOWN 20

static unsigned long checks, failures;

static char *new_guard(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *area = mmap(NULL, UVT_GUARD_ROOM + 2 * page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANON, -1, 0);

    if (area == MAP_FAILED || mprotect(area, page, PROT_NONE) != 0 ||
        mprotect(area + page + UVT_GUARD_ROOM, page, PROT_NONE) != 0) {
        perror("guard pages");
        exit(2);
    }
    return area + page;
}

static char *filled(char *area, size_t offset, const char *bytes, size_t len)
{
    if (len > 0)
        memcpy(area + offset, bytes, len);
    return area + offset;
}

const char *uvt_guard_end(const char *bytes, size_t len)
{
    static char *area;

    if (area == NULL)
        area = new_guard();
    return filled(area, UVT_GUARD_ROOM - len, bytes, len);
}

const char *uvt_guard_start(const char *bytes, size_t len)
{
    static char *area;

    if (area == NULL)
        area = new_guard();
    return filled(area, 0, bytes, len);
}

void uvt_check(int holds, const char *sentence, const char *format, ...)
{
    va_list arguments;

    checks++;
    if (holds)
        return;
    if (++failures > MOST_SHOWN)
        return;
    printf("FAILED: %s\n        ", sentence);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

int uvt_report(const char *noun)
{
    printf("%s: %lu checks, %lu failed\n", noun, checks, failures);
    return failures == 0 ? 0 : 1;
}

uint32_t uvt_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * 0x2545f4914f6cdd1du >> 32);
}

double uvt_cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}
