/* errand: jobs that may wait for other servers. The keeper's thread must not wait with them, so
 * each runs on one of a few threads of its own. An errand stays in the table until it has reported.
 * Patient ones stand in a lane apart, so that the others do not wait for them.
 */
#include "api/inner.h"
#include "base/log.h"
#include "base/must.h"

#include <stdlib.h>

struct errand {
    struct errand *next;
    const struct job_kind *kind; /* NULL: of a module that this program no longer has */
    struct arena *arena;         /* its own; holds this struct */
    int lane;
    int64_t org, job, attempts;
    struct str payload;
    bool is_under_way;
};

const struct job_kind *errand_kind(const struct api *api, struct str name)
{
    for (size_t i = 0; i < api->module_count; i++)
        for (const struct job_kind *kind = api->modules[i]->jobs; kind && kind->name; kind++)
            if (str_equal(name, str_from(kind->name)))
                return kind;
    return NULL;
}

enum lane { SWIFT = 1, PATIENT = 2 };

struct db_value errand_lane(const struct api *api, struct str name)
{
    const struct job_kind *kind = errand_kind(api, name);
    return kind ? INT(kind->is_patient ? PATIENT : SWIFT) : NONE;
}

const void *api_ask(struct api *api, const char *name, int64_t org, const void *in,
                    struct arena *arena)
{
    const struct op *op = api_find(api, str_from(name));
    struct request r = {.api = api, .arena = arena};
    struct str reply;
    must(op);
    int status =
        api_call(api, str_from(name), object_write(&r, op->in, in), API_SERVER, org, arena, &reply);
    if (status != 200)
        log_line(LOG_WARN, "job_refused", LOG_TEXT("op", str_from(name)), LOG_TEXT("reply", reply));
    return status == 200 ? object_read(&r, op->out, reply) : NULL;
}

/* ---- handing out --------------------------------------------------------------------------- */

static bool is_handed_out(const struct api *api, int lane, int64_t org, int64_t job, size_t *count)
{
    bool is_there = false;
    *count = 0;
    for (const struct errand *errand = api->errands; errand; errand = errand->next) {
        is_there = is_there || (errand->org == org && errand->job == job);
        *count += errand->lane == lane;
    }
    return is_there;
}

static void hand_out(struct api *api, int lane, const struct rows *due, size_t row)
{
    struct arena *arena = arena_new();
    struct errand *errand = ARENA_NEW(arena, struct errand);
    *errand = (struct errand){.next = api->errands,
                              .kind = errand_kind(api, row_text(due, row, 2)),
                              .arena = arena,
                              .lane = lane,
                              .org = row_int(due, row, 0),
                              .job = row_int(due, row, 1),
                              .attempts = row_int(due, row, 4),
                              .payload = arena_copy(arena, row_text(due, row, 3))};
    api->errands = errand;
    pthread_cond_signal(&api->errands_changed);
}

static struct rows read_due(struct db *db, int lane, int64_t now)
{
    if (lane == SWIFT)
        return db_read(db,
                       "SELECT org, id, kind, payload, attempts FROM job "
                       "WHERE errand = 1 AND due <= ?1 ORDER BY due, org, id LIMIT ?2",
                       INT(now), INT(2 * ERRANDS));
    return db_read(db,
                   "SELECT org, id, kind, payload, attempts FROM job "
                   "WHERE errand = 2 AND due <= ?1 ORDER BY due, org, id LIMIT ?2",
                   INT(now), INT(2 * ERRANDS));
}

/* A lane has handed out as many as it has threads at most, so each finds one. The lock is held over
 * the reading: whatever ends meanwhile stays in the list until then, so that nothing which has
 * reported is taken for due again. */
static void hand_out_lane(struct api *api, struct db *db, int lane)
{
    size_t count;
    struct arena *arena = arena_new();
    db_set_arena(db, arena);
    pthread_mutex_lock(&api->errands_lock);
    is_handed_out(api, lane, 0, 0, &count);
    if (count < ERRANDS) {
        db_snapshot_begin(db);
        struct rows due = read_due(db, lane, store_time(api->store));
        db_snapshot_end(db);
        for (size_t i = 0; i < due.count && count < ERRANDS; i++)
            if (!is_handed_out(api, lane, row_int(&due, i, 0), row_int(&due, i, 1), &count) &&
                count < ERRANDS)
                hand_out(api, lane, &due, i);
    }
    pthread_mutex_unlock(&api->errands_lock);
    arena_free(arena);
}

void errands_hand_out(struct api *api, struct db *db)
{
    hand_out_lane(api, db, SWIFT);
    hand_out_lane(api, db, PATIENT);
}

/* ---- the threads --------------------------------------------------------------------------- */

/* Waits for an errand; NULL: close. */
static struct errand *take(struct api *api)
{
    struct errand *errand = NULL;
    pthread_mutex_lock(&api->errands_lock);
    while (!api->are_errands_closing) {
        for (errand = api->errands; errand && errand->is_under_way;)
            errand = errand->next;
        if (errand)
            break;
        pthread_cond_wait(&api->errands_changed, &api->errands_lock);
    }
    if (errand)
        errand->is_under_way = true;
    pthread_mutex_unlock(&api->errands_lock);
    return errand;
}

static void give_back(struct api *api, struct errand *errand)
{
    pthread_mutex_lock(&api->errands_lock);
    struct errand **at = &api->errands;
    while (*at != errand)
        at = &(*at)->next;
    *at = errand->next;
    pthread_mutex_unlock(&api->errands_lock);
    arena_free(errand->arena);
    keeper_jobs_added(api); /* a thread is free */
}

static void *errand_main(void *context)
{
    struct api *api = context;
    for (struct errand *errand; (errand = take(api));) {
        const struct job_kind *kind = errand->kind;
        bool is_done = kind && kind->run(api, errand->org, errand->payload, errand->arena);
        bool is_last = !is_done && (!kind || (kind->tries && errand->attempts + 1 >= kind->tries));
        if (is_last)
            log_line(LOG_WARN, "job_given_up", LOG_TEXT("job", str_from(kind ? kind->name : "")),
                     LOG_INT("org", errand->org), LOG_INT("tries", errand->attempts + 1));
        keeper_report(api, errand->org, errand->job, errand->attempts, is_done || is_last,
                      errand->arena);
        give_back(api, errand);
    }
    return NULL;
}

void errands_open(struct api *api)
{
    pthread_mutex_init(&api->errands_lock, NULL);
    pthread_cond_init(&api->errands_changed, NULL);
    for (size_t i = 0; i < LANES * ERRANDS; i++)
        must(pthread_create(&api->errand_threads[i], NULL, errand_main, api) == 0);
}

void errands_close(struct api *api)
{
    pthread_mutex_lock(&api->errands_lock);
    api->are_errands_closing = true;
    pthread_cond_broadcast(&api->errands_changed);
    pthread_mutex_unlock(&api->errands_lock);
    for (size_t i = 0; i < LANES * ERRANDS; i++)
        pthread_join(api->errand_threads[i], NULL);
    while (api->errands) {
        struct arena *arena = api->errands->arena;
        api->errands = api->errands->next;
        arena_free(arena);
    }
}
