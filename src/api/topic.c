/* topic: the numbers of topics, on the writer.
 *
 * They are kept in memory and written once a group, whatever the number of events in it (half the
 * cost of a message otherwise). A refused op takes its own steps back; a failed commit drops all,
 * and the numbers are read from the database again. */
#include "api/inner.h"
#include "base/must.h"

#include <stdlib.h>

enum {
    MOST_TOPICS = 200000,  /* kept in memory between groups */
    MOST_CHANGED = 1 << 20 /* whose last change is kept: 24 MiB */
};

struct topic_state {
    int64_t org, id, version, seq;
    bool is_dirty;
    struct topic_state *next_dirty;
};

struct step {
    struct topic_state *state;
    int64_t version, seq;
};

struct topic_undo {
    struct step *steps; /* of the running op */
    size_t count, capacity;
    struct topic_state *dirty;
    struct topic_state nothing; /* stands in once the request has failed; never kept */
};

static struct topic_state *load(struct request *r, int64_t topic)
{
    struct topic_state *state = map_get(&r->api->topics, topic);
    if (state) {
        must(state->org == r->org);
        return state;
    }
    struct rows found = READ(r, "SELECT version, seq FROM topic WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(topic));
    if (db_failed(r->db))
        return &r->api->undo->nothing;
    state = malloc(sizeof *state);
    must(state);
    *state = (struct topic_state){.org = r->org, .id = topic};
    if (found.count) {
        state->version = row_int(&found, 0, 0);
        state->seq = row_int(&found, 0, 1);
    }
    map_set(&r->api->topics, topic, state);
    return state;
}

/* The state, about to be changed: what it was is remembered. */
static struct topic_state *changing(struct request *r, int64_t topic)
{
    struct topic_state *state = load(r, topic);
    struct topic_undo *undo = r->api->undo;
    if (state == &undo->nothing)
        return state;
    if (undo->count == undo->capacity) {
        undo->capacity = undo->capacity ? 2 * undo->capacity : 64;
        undo->steps = realloc(undo->steps, undo->capacity * sizeof *undo->steps);
        must(undo->steps);
    }
    undo->steps[undo->count++] = (struct step){state, state->version, state->seq};
    if (!state->is_dirty) {
        state->is_dirty = true;
        state->next_dirty = undo->dirty;
        undo->dirty = state;
    }
    return state;
}

int64_t topic_version(struct request *r, int64_t topic)
{
    return load(r, topic)->version;
}

int64_t topic_seq(struct request *r, int64_t topic)
{
    return load(r, topic)->seq;
}

int64_t topic_next_seq(struct request *r, int64_t topic)
{
    return ++changing(r, topic)->seq;
}

int64_t topic_next_version(struct request *r, int64_t topic)
{
    return ++changing(r, topic)->version;
}

void topic_op_begin(struct api *api)
{
    if (!api->undo) {
        api->undo = calloc(1, sizeof *api->undo);
        must(api->undo);
    }
    api->undo->count = 0;
}

void topic_op_end(struct api *api, bool keeps)
{
    struct topic_undo *undo = api->undo;
    while (!keeps && undo->count) {
        struct step *step = &undo->steps[--undo->count];
        step->state->version = step->version;
        step->state->seq = step->seq;
    }
    undo->count = 0;
}

void topic_group_flush(struct api *api, struct db *db, int64_t now)
{
    struct topic_undo *undo = api->undo;
    for (struct topic_state *state = undo ? undo->dirty : NULL; state; state = state->next_dirty) {
        if (state->version == 0 && state->seq == 0)
            continue;
        db_write(db,
                 "INSERT INTO topic (org, id, version, seq, changed) VALUES (?1, ?2, ?3, ?4, ?5) "
                 "ON CONFLICT (org, id) DO UPDATE SET version = excluded.version, "
                 "seq = excluded.seq, changed = excluded.changed",
                 INT(state->org), INT(state->id), INT(state->version), INT(state->seq), INT(now));
    }
}

static void forget_all(struct api *api)
{
    for (struct map_entry *e = map_first(&api->topics); e; e = map_after(&api->topics, e))
        free(e->value);
    map_free(&api->topics);
}

/* ---- when they changed ---------------------------------------------------------------------- */

static void note_changed(struct api *api, int64_t topic, int64_t changed)
{
    if (api->changed.count > MOST_CHANGED)
        map_free(&api->changed);
    int64_t known = (int64_t)(intptr_t)map_get(&api->changed, topic);
    if (changed > known)
        map_set(&api->changed, topic, (void *)(intptr_t)changed);
}

/* A reader's row may be older than what the writer has noted meanwhile: the later one stays. */
static void look_up(struct request *r, const struct ids *topics, int64_t *out)
{
    for (size_t i = 0; i < topics->count; i++) {
        if (out[i])
            continue;
        struct rows found = READ(r, "SELECT changed FROM topic WHERE org = ?1 AND id = ?2",
                                 INT(r->org), INT(topics->at[i]));
        out[i] = found.count ? row_int(&found, 0, 0) : 1;
    }
    pthread_rwlock_wrlock(&r->api->changed_lock);
    for (size_t i = 0; i < topics->count; i++)
        note_changed(r->api, topics->at[i], out[i]);
    pthread_rwlock_unlock(&r->api->changed_lock);
}

void topics_changed(struct request *r, const struct ids *topics, int64_t *out)
{
    bool has_all = true;
    pthread_rwlock_rdlock(&r->api->changed_lock);
    for (size_t i = 0; i < topics->count; i++) {
        out[i] = (int64_t)(intptr_t)map_get(&r->api->changed, topics->at[i]);
        has_all = has_all && out[i];
    }
    pthread_rwlock_unlock(&r->api->changed_lock);
    if (!has_all)
        look_up(r, topics, out);
}

/* ---- the end of a group --------------------------------------------------------------------- */

static void publish(struct api *api, int64_t now)
{
    if (!api->undo || !api->undo->dirty)
        return;
    pthread_rwlock_wrlock(&api->changed_lock);
    for (struct topic_state *state = api->undo->dirty; state; state = state->next_dirty) {
        state->is_dirty = false;
        note_changed(api, state->id, now);
    }
    pthread_rwlock_unlock(&api->changed_lock);
    api->undo->dirty = NULL;
}

void topic_group_end(struct api *api, bool keeps, int64_t now)
{
    if (keeps)
        publish(api, now);
    if (!keeps || api->topics.count > MOST_TOPICS) {
        forget_all(api);
        if (api->undo)
            api->undo->dirty = NULL;
    }
}

void topic_numbers_close(struct api *api)
{
    map_free(&api->changed);
    forget_all(api);
    if (api->undo)
        free(api->undo->steps);
    free(api->undo);
}
