/* unit: the few lines that a unit test needs.
 *
 * A test program calls CHECK for each expectation and ends with `return unit_end("name")`, which
 * prints "name: N passed, N failed". */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <stdio.h>

static int unit_passed, unit_failed;

#define CHECK(expectation)                                                             \
    do {                                                                               \
        if (expectation)                                                               \
            unit_passed++;                                                             \
        else {                                                                         \
            unit_failed++;                                                             \
            fprintf(stderr, "failed: %s (%s:%d)\n", #expectation, __FILE__, __LINE__); \
        }                                                                              \
    } while (0)

static inline int unit_end(const char *name)
{
    printf("%s: %d passed, %d failed\n", name, unit_passed, unit_failed);
    return unit_failed != 0;
}

#endif
