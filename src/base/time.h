/* time: clocks. Times are int64 milliseconds since 1970 UTC everywhere. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/str.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * 1000, HOUR_MS = 3600 * 1000, DAY_MS = 24 * 3600 * 1000 };

/* Wall clock. It may step backwards; what must not, uses the store's server time. */
int64_t time_now(void);

/* Monotonic nanoseconds, for measuring spans. */
int64_t time_monotonic_ns(void);

/* "2026-11-21T08:30:00.000Z" into `out`. */
void time_write(int64_t ms, char out[static 25]);

#endif
