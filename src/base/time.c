/* time: clocks of the system. */
#include "base/time.h"

#include <stdio.h>
#include <time.h>

int64_t time_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

int64_t time_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void time_write(int64_t ms, char out[static 25])
{
    time_t seconds = (time_t)(ms / SECOND_MS);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    char day[20];
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out, 25, "%.19s.%03uZ", day, (unsigned)(ms % SECOND_MS) % 1000);
}
