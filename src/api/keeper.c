/* keeper: one thread for what time brings: coalesced hints (`later`), jobs and timers from the
 * table, the store's upkeep, and a slice of the modules' hourly work after each turn of that. */
#include "api/inner.h"
#include "base/log.h"
#include "base/must.h"
#include "base/time.h"

#include <stdlib.h>
#include <time.h>

enum { UPKEEP_MS = 250, JOBS_AT_ONCE = 50, MOST_BACKOFF_MS = HOUR_MS };

/* ---- later --------------------------------------------------------------------------------- */

void keeper_later(struct api *api, const struct op *op, int64_t org, const struct effect *effect)
{
    must(op);
    pthread_mutex_lock(&api->later_lock);
    struct later_entry **at = &api->laters;
    while (*at && !((*at)->op == op && (*at)->object == effect->topic))
        at = &(*at)->next;
    if (*at) {
        (*at)->low = effect->low < (*at)->low ? effect->low : (*at)->low;
        (*at)->high = effect->high > (*at)->high ? effect->high : (*at)->high;
    } else {
        struct later_entry *entry = malloc(sizeof *entry);
        must(entry);
        *entry = (struct later_entry){
            op, org, effect->topic, effect->low, effect->high, time_now() + effect->delay, NULL};
        *at = entry;
        pthread_cond_signal(&api->later_changed);
    }
    pthread_mutex_unlock(&api->later_lock);
}

/* Takes one entry that is due by `now` out of the list, or NULL. */
static struct later_entry *take_due(struct api *api, int64_t now)
{
    pthread_mutex_lock(&api->later_lock);
    struct later_entry **at = &api->laters;
    while (*at && (*at)->due > now)
        at = &(*at)->next;
    struct later_entry *entry = *at;
    if (entry)
        *at = entry->next;
    pthread_mutex_unlock(&api->later_lock);
    return entry;
}

static void run_laters(struct api *api, int64_t now)
{
    struct later_entry *entry;
    pthread_mutex_lock(&api->later_running);
    while ((entry = take_due(api, now))) {
        struct arena *arena = arena_new();
        struct later_in in = {
            .org = entry->org, .object = entry->object, .low = entry->low, .high = entry->high};
        struct buf text = buf_new(1024);
        struct json json = json_to(&text);
        reply_write(&json, &later_in_schema, &in);
        struct str reply;
        api_call(api, str_from(entry->op->name), buf_str(&text), API_SERVER, entry->org, arena,
                 &reply);
        buf_free(&text);
        arena_free(arena);
        free(entry);
    }
    pthread_mutex_unlock(&api->later_running);
}

void api_settle(struct api *api)
{
    run_laters(api, INT64_MAX);
}

/* ---- jobs ---------------------------------------------------------------------------------- */

void keeper_report(struct api *api, int64_t org, int64_t job, int64_t attempts, bool is_done,
                   struct arena *arena)
{
    int64_t wait = attempts > 11 ? MOST_BACKOFF_MS : (int64_t)SECOND_MS << attempts;
    struct api_job_done_in in = {
        .org = org, .job = job, .is_done = is_done, .due = store_time(api->store) + wait};
    struct buf text = buf_new(1024);
    struct json json = json_to(&text);
    reply_write(&json, &api_job_done_in_schema, &in);
    struct str reply;
    api_call(api, S("api_job_done"), buf_str(&text), API_SERVER, org, arena, &reply);
    buf_free(&text);
}

/* The kind of a job that is no errand is the name of a server's op that gets the payload. An errand
 * is met here when it was kept before there were errands. */
static bool run_job(struct api *api, int64_t org, struct str name, struct str payload,
                    struct arena *arena)
{
    const struct job_kind *kind = errand_kind(api, name);
    if (kind)
        return kind->run(api, org, payload, arena);
    struct str reply;
    int status = api_call(api, name, payload, API_SERVER, org, arena, &reply);
    if (status != 200)
        log_line(LOG_WARN, "job_failed", LOG_TEXT("job", name), LOG_TEXT("reply", reply));
    return status == 200;
}

static bool run_jobs(struct api *api, struct db *db)
{
    struct arena *arena = arena_new();
    db_set_arena(db, arena);
    db_snapshot_begin(db);
    struct rows due = db_read(db,
                              "SELECT org, id, kind, payload, attempts FROM job WHERE due <= ?1 "
                              "AND errand IS NULL ORDER BY due, org, id LIMIT ?2",
                              INT(store_time(api->store)), INT(JOBS_AT_ONCE));
    db_snapshot_end(db);
    for (size_t i = 0; i < due.count; i++) {
        int64_t org = row_int(&due, i, 0), attempts = row_int(&due, i, 4);
        bool is_done = run_job(api, org, row_text(&due, i, 2), row_text(&due, i, 3), arena);
        keeper_report(api, org, row_int(&due, i, 1), attempts, is_done, arena);
    }
    bool has_more = due.count == JOBS_AT_ONCE;
    arena_free(arena);
    return has_more;
}

void keeper_jobs_added(struct api *api)
{
    pthread_mutex_lock(&api->later_lock);
    api->has_new_jobs = true;
    pthread_cond_signal(&api->later_changed);
    pthread_mutex_unlock(&api->later_lock);
}

/* ---- once an hour -------------------------------------------------------------------------- */

struct hour {
    size_t module; /* whose turn it is; past the last: all is done */
    struct progress at;
    int64_t next; /* when the next hour's work begins */
};

/* One slice of somebody's. False: there is nothing more to do. */
static bool run_slice(struct api *api, struct db *db, struct hour *hour)
{
    while (hour->module < api->module_count && !api->modules[hour->module]->hourly)
        hour->module++;
    if (hour->module >= api->module_count)
        return false;
    struct arena *arena = arena_new();
    db_set_arena(db, arena);
    if (!api->modules[hour->module]->hourly(api, db, &hour->at, arena)) {
        hour->module++;
        hour->at = (struct progress){0};
    }
    db_set_arena(db, NULL);
    arena_free(arena);
    return true;
}

void api_hourly(struct api *api)
{
    struct db *db = store_reader(api->store);
    must(db);
    struct hour hour = {0};
    while (run_slice(api, db, &hour))
        continue;
    db_close(db);
}

static void keep_hour(struct api *api, struct db *db, struct hour *hour)
{
    int64_t now = time_now();
    if (now < hour->next && hour->next - now <= HOUR_MS) /* more: the clock was set back */
        return;
    if (run_slice(api, db, hour))
        return;
    *hour = (struct hour){.next = now + HOUR_MS};
}

/* ---- the thread ---------------------------------------------------------------------------- */

/* Sleeps until something is due, is added, or the upkeep's turn comes. False: close. */
static bool wait_for_work(struct api *api, int64_t until)
{
    pthread_mutex_lock(&api->later_lock);
    for (struct later_entry *entry = api->laters; entry; entry = entry->next)
        until = entry->due < until ? entry->due : until;
    struct timespec when = {.tv_sec = (time_t)(until / SECOND_MS),
                            .tv_nsec = (long)(until % SECOND_MS) * 1000000};
    if (!api->is_keeper_closing && !api->has_new_jobs)
        pthread_cond_timedwait(&api->later_changed, &api->later_lock, &when);
    bool goes_on = !api->is_keeper_closing;
    api->has_new_jobs = false;
    pthread_mutex_unlock(&api->later_lock);
    return goes_on;
}

static void *keeper_main(void *context)
{
    struct api *api = context;
    struct db *db = store_reader(api->store);
    must(db);
    int64_t next_upkeep = time_now() + UPKEEP_MS;
    struct hour hour = {.next = time_now() + MINUTE_MS};
    while (wait_for_work(api, next_upkeep)) {
        run_laters(api, time_now());
        while (run_jobs(api, db))
            ;
        errands_hand_out(api, db);
        if (time_now() >= next_upkeep) {
            store_upkeep(db);
            keep_hour(api, db, &hour);
            next_upkeep = time_now() + UPKEEP_MS;
        }
    }
    db_close(db);
    return NULL;
}

void keeper_open(struct api *api)
{
    pthread_mutex_init(&api->later_lock, NULL);
    pthread_mutex_init(&api->later_running, NULL);
    pthread_cond_init(&api->later_changed, NULL);
    errands_open(api);
    must(pthread_create(&api->keeper, NULL, keeper_main, api) == 0);
}

void keeper_close(struct api *api)
{
    pthread_mutex_lock(&api->later_lock);
    api->is_keeper_closing = true;
    pthread_cond_signal(&api->later_changed);
    pthread_mutex_unlock(&api->later_lock);
    pthread_join(api->keeper, NULL);
    errands_close(api);
    while (api->laters) {
        struct later_entry *entry = api->laters;
        api->laters = entry->next;
        free(entry);
    }
}
