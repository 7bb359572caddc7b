/* week: quiet hours as the minutes of a week, so that any set of periods is one thing to ask. */
#include "push/inner.h"
#include "base/time.h"

enum { DAY = 24 * 60, DAYS = 7, EPOCH_DAY = 3 /* 1970 began on a Thursday */ };

void week_add(struct week *week, int64_t days, int64_t low, int64_t high)
{
    int64_t length = high > low ? high - low : high - low + DAY;
    for (int64_t day = 0; day < DAYS; day++)
        for (int64_t i = 0; days >> day & 1 && i < length; i++)
            week->is_quiet[(day * DAY + low + i) % WEEK] = true;
}

void week_join(struct week *week, const struct week *other)
{
    for (size_t i = 0; i < WEEK; i++)
        week->is_quiet[i] = week->is_quiet[i] || other->is_quiet[i];
}

/* The minute that holds `at`, counted from the Monday before 1970. */
static int64_t minute_of(int64_t at, int64_t zone)
{
    return at / MINUTE_MS + zone + EPOCH_DAY * DAY;
}

static int64_t time_of(int64_t minute, int64_t zone)
{
    return (minute - zone - EPOCH_DAY * DAY) * MINUTE_MS;
}

static bool is_quiet(const struct week *week, int64_t minute)
{
    return week->is_quiet[(minute % WEEK + WEEK) % WEEK];
}

struct week_span week_look(const struct week *week, int64_t zone, int64_t at)
{
    int64_t now = minute_of(at, zone), low = now, high = now + 1;
    struct week_span span = {.is_quiet = is_quiet(week, now)};
    while (high < now + WEEK && is_quiet(week, high) == span.is_quiet)
        high++;
    while (low > now - WEEK && is_quiet(week, low - 1) == span.is_quiet)
        low--;
    bool changes = high < now + WEEK;
    span.from = changes ? time_of(low, zone) : 0;
    span.upto = changes ? time_of(high, zone) : 0;
    return span;
}
