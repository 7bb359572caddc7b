/* dispatch: the life of a request, from its queue to its reply.
 *
 * Reads go to worker threads, each with its own connection and snapshots. Writes go to the one
 * writer thread, which takes what has arrived meanwhile as a group, runs the ops one after another,
 * each in its own savepoint, and commits once. Only after the commit do effects and replies leave.
 */
#include "api/inner.h"
#include "base/log.h"
#include "base/must.h"
#include "base/time.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEFAULT_PER_MINUTE = 1200, SLOW_CALL_MS = 200, FIRST_REPLY = 2048 };

/* ---- refusing ------------------------------------------------------------------------------ */

bool fail(struct request *r, enum error_code code, const char *field, const char *zh,
          const char *en)
{
    if (r->failure.code)
        return false;
    r->failure = (struct failure){
        .code = code,
        .field = field ? arena_copy(r->arena, str_from(field)) : S(""),
        .sentence = arena_copy(r->arena, str_from(r->language == LANGUAGE_ZH ? zh : en)),
    };
    if (r->db)
        db_break(r->db);
    return false;
}

bool fail_for(struct request *r, int64_t seconds, const char *zh, const char *en)
{
    if (!r->failure.code) {
        fail(r, TOO_MANY, NULL, zh, en);
        r->failure.retry_after = seconds;
    }
    return false;
}

bool has_failed(const struct request *r)
{
    return r->failure.code != 0 || (r->db && db_failed(r->db));
}

struct db *request_writer(const struct request *r)
{
    if (!(r->op->flags & WRITES))
        fprintf(stderr, "op %s writes, but its row says READS\n", r->op->name);
    must(r->op->flags & WRITES);
    return r->db;
}

void memory_changed(struct request *r)
{
    must(r->op->flags & WRITES);
    r->api->has_memory_changed = true;
}

static void fail_internal(struct request *r)
{
    r->failure = (struct failure){0};
    fail(r, INTERNAL, NULL, "服务器没能保存，请稍后再试",
         "the server could not do this; please try again");
}

/* ---- queues -------------------------------------------------------------------------------- */

static void queue_open(struct queue *queue)
{
    *queue = (struct queue){0};
    queue->end = &queue->first;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
}

/* False when too many wait already. Whoever is woken finds the lock free. */
static bool queue_put(struct queue *queue, struct call *call)
{
    call->next = NULL;
    pthread_mutex_lock(&queue->lock);
    bool has_room = queue->length<LONGEST_QUEUE, has_sleeper = queue->sleepers> 0;
    if (has_room) {
        *queue->end = call;
        queue->end = &call->next;
        queue->length++;
    }
    pthread_mutex_unlock(&queue->lock);
    if (has_room && has_sleeper)
        pthread_cond_signal(&queue->filled);
    return has_room;
}

/* Up to `most` calls as a list; with `waits`, waits for the first, and NULL means that the queue is
 * closed and empty. */
static struct call *queue_take(struct queue *queue, size_t most, bool waits)
{
    pthread_mutex_lock(&queue->lock);
    queue->sleepers++;
    while (waits && !queue->first && !queue->is_closing)
        pthread_cond_wait(&queue->filled, &queue->lock);
    queue->sleepers--;
    struct call *taken = queue->first, **end = &queue->first;
    for (size_t i = 0; i < most && *end; i++) {
        end = &(*end)->next;
        queue->length--;
    }
    queue->first = *end;
    *end = NULL;
    if (!queue->first)
        queue->end = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

static void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closing = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

/* ---- making and finishing a call ----------------------------------------------------------- */

struct call *call_new(struct api *api, struct arena *arena, const struct op *op)
{
    struct call *call = ARENA_NEW(arena, struct call);
    call->r.api = api;
    call->r.arena = arena;
    call->r.op = op;
    call->r.effects = ARENA_NEW(arena, struct effects);
    call->began_ns = time_monotonic_ns();
    return call;
}

static void log_call(const struct call *call, int64_t took_us)
{
    const struct request *r = &call->r;
    enum log_level level = r->failure.code == INTERNAL     ? LOG_ERROR
                           : took_us > SLOW_CALL_MS * 1000 ? LOG_WARN
                                                           : LOG_INFO;
    if (!log_has(level))
        return;
    log_line(level, "call", LOG_TEXT("op", str_from(r->op->name)), LOG_INT("org", r->org),
             LOG_INT("person", r->person), LOG_TEXT("address", r->address),
             LOG_TEXT("result", str_from(r->failure.code ? error_word(r->failure.code) : "ok")),
             LOG_TEXT("field", r->failure.field), LOG_INT("us", took_us));
}

void call_finish(struct api *api, struct call *call, struct outbox *outbox)
{
    struct arena *arena = call->r.arena;
    atomic_fetch_add(&api->calls, 1);
    if (call->r.failure.code)
        atomic_fetch_add(&api->failures, 1);
    log_call(call, (time_monotonic_ns() - call->began_ns) / 1000);
    front_reply(api, call);
    if (!call->r.failure.code)
        effects_carry_out(api, call->r.effects, call->r.org, outbox);
    front_wake(call);
    buf_free(&call->written);
    arena_free(arena);
}

static void finish_one(struct api *api, struct call *call)
{
    struct outbox outbox = {.count = 0};
    call_finish(api, call, &outbox);
    outbox_send(api, &outbox);
}

/* Whoever comes while too many wait is told to try again, instead of waiting for ever. */
static void enqueue(struct api *api, struct queue *queue, struct call *call)
{
    if (queue_put(queue, call))
        return;
    fail(&call->r, UNAVAILABLE, NULL, "服务器正忙，请稍后再试",
         "the server is busy; please try again");
    finish_one(api, call);
}

/* ---- steps of a request -------------------------------------------------------------------- */

static bool charge(struct call *call)
{
    struct request *r = &call->r;
    if (call->from == FROM_INSIDE && r->session == API_SERVER)
        return true;
    int per_minute = r->op->per_minute ? r->op->per_minute : DEFAULT_PER_MINUTE;
    struct str bucket = r->person
                            ? arena_printf(r->arena, "%s:%lld", r->op->name, (long long)r->person)
                            : arena_printf(r->arena, "%s:%.*s", r->op->name, STR_ARG(r->address));
    return rate_take(r, bucket, per_minute);
}

/* Who calls; known before the key and the policies are looked at. */
static void identify(struct api *api, struct call *call)
{
    struct request *r = &call->r;
    r->now = store_time(api->store);
    if (call->named_session == API_SERVER) {
        r->session = API_SERVER;
        r->org = call->named_org;
        return;
    }
    if (call->token.len || call->named_session)
        api->who(r, call->token, call->named_session, call->named_org);
}

static bool ask_one(struct request *r, const struct policy *policy, int64_t object)
{
    if (policy->allows(r, object))
        return !r->failure.code;
    if (!r->failure.code && r->person == 0 && r->session == 0)
        return fail(r, UNAUTHENTICATED, NULL, "请先登录", "please sign in first");
    return fail(r, FORBIDDEN, NULL, "你没有权限做这件事", "you may not do this");
}

static bool ask_policies(struct call *call)
{
    struct request *r = &call->r;
    for (const struct op_policy *row = r->op->policies; row->policy; row++) {
        const struct field *field =
            row->field ? schema_find(r->op->in, str_from(row->field)) : NULL;
        if (!field) {
            if (!ask_one(r, row->policy, 0))
                return false;
            continue;
        }
        const void *value = (const char *)call->in + field->offset;
        if (field->kind != FIELD_IDS) {
            if (!ask_one(r, row->policy, *(const int64_t *)value))
                return false;
            continue;
        }
        const struct ids *ids = value;
        for (size_t i = 0; i < ids->count; i++)
            if (!ask_one(r, row->policy, ids->at[i]))
                return false;
    }
    return true;
}

static bool run(struct call *call)
{
    struct request *r = &call->r;
    call->out = arena_alloc(r->arena, r->op->out->size);
    if (!ask_policies(call) || !r->op->run(r, call->in, call->out)) {
        if (!r->failure.code)
            fail_internal(r);
        return false;
    }
    must(!r->failure.code);
    if (r->op->flags & (RAW | UPLOAD))
        return true;
    call->written = buf_new(LARGEST_REPLY);
    buf_room(&call->written, FIRST_REPLY);
    struct json json = json_to(&call->written);
    reply_write(&json, r->op->out, call->out);
    must(!call->written.is_full);
    call->reply = buf_str(&call->written);
    return true;
}

/* ---- reads --------------------------------------------------------------------------------- */

static void begin_snapshot(struct request *r)
{
    r->memory = atomic_load(&r->api->memory);
    db_snapshot_begin(r->db);
}

bool snapshot_again(struct request *r)
{
    must(!(r->op->flags & WRITES));
    r->memory = atomic_load(&r->api->memory);
    return db_snapshot_renew(r->db);
}

static void read_one(struct api *api, struct call *call, struct db *db)
{
    struct request *r = &call->r;
    db_set_arena(db, r->arena);
    r->db = db;
    begin_snapshot(r);
    identify(api, call);
    if (charge(call))
        run(call);
    if (!r->failure.code && db_failed(db))
        fail_internal(r);
    db_snapshot_pause(db);
    r->db = NULL;
}

/* A repeated call: the writer will answer it from its key, so the slow part is not done again. */
static bool is_repeated(const struct call *call, struct db *db)
{
    const struct request *r = &call->r;
    if (!(r->op->flags & ONCE))
        return false;
    return db_read(db, "SELECT 1 FROM once WHERE org = ?1 AND person = ?2 AND key = ?3",
                   INT(r->org), INT(r->person), TEXT(call->key))
               .count != 0;
}

/* The slow part of a write, against a snapshot; the writer asks everything again. */
static void prepare_one(struct api *api, struct call *call, struct db *db)
{
    struct request *r = &call->r;
    db_set_arena(db, r->arena);
    r->db = db;
    begin_snapshot(r);
    identify(api, call);
    if (charge(call) && !is_repeated(call, db) && ask_policies(call) &&
        !r->op->prepare(r, call->in, NULL) && !r->failure.code)
        fail_internal(r);
    db_snapshot_end(db);
    r->memory = 0;
    r->db = NULL;
}

/* A run of calls shares its snapshot while nothing is committed, and its log lines leave in one
 * write before the thread waits for more. */
static void *reader_main(void *context)
{
    enum { LONGEST_RUN = 32 };
    struct api *api = context;
    struct db *db = store_reader(api->store);
    must(db);
    for (struct call *call; (call = queue_take(&api->reads, 1, true));) {
        log_batch_begin();
        for (int i = 0; call; i++) {
            read_one(api, call, db);
            finish_one(api, call);
            call = i < LONGEST_RUN ? queue_take(&api->reads, 1, false) : NULL;
        }
        db_snapshot_drop(db);
        log_batch_end();
    }
    db_close(db);
    return NULL;
}

static void *slow_main(void *context)
{
    struct api *api = context;
    struct db *db = store_reader(api->store);
    must(db);
    for (struct call *call; (call = queue_take(&api->slow, 1, true));) {
        prepare_one(api, call, db);
        if (call->r.failure.code)
            finish_one(api, call);
        else
            enqueue(api, &api->writes, call);
    }
    db_close(db);
    return NULL;
}

/* ---- writes -------------------------------------------------------------------------------- */

/* Puts the question whether the call's key is known; all of a group go in one round trip. */
static void ask_key(struct call *call, struct db *db)
{
    struct request *r = &call->r;
    if (!(r->op->flags & ONCE))
        return;
    call->ticket =
        db_ask(db, "SELECT op, hash, reply FROM once WHERE org = ?1 AND person = ?2 AND key = ?3",
               INT(r->org), INT(r->person), TEXT(call->key));
}

/* True when the call has been answered from its key. */
static bool is_known(struct call *call, struct db *db)
{
    struct request *r = &call->r;
    if (!(r->op->flags & ONCE))
        return false;
    struct rows known = db_answered(db, call->ticket);
    if (!known.count)
        return false;
    if (!str_equal(row_text(&known, 0, 0), str_from(r->op->name)) ||
        row_int(&known, 0, 1) != call->input_hash)
        fail(r, CONFLICT, "key", "这个 key 已用于另一个请求", "this key belongs to another call");
    else
        call->reply = row_text(&known, 0, 2);
    return true;
}

static void store_key(struct call *call, struct db *db)
{
    struct request *r = &call->r;
    db_write(db,
             "INSERT INTO once (org, person, key, op, hash, reply) "
             "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
             INT(r->org), INT(r->person), TEXT(call->key), TEXT(str_from(r->op->name)),
             INT(call->input_hash), TEXT(call->reply));
}

static void write_one(struct api *api, struct call *call, struct db *db)
{
    struct request *r = &call->r;
    db_set_arena(db, r->arena);
    topic_op_begin(api);
    db_op_begin(db);
    bool keeps = !r->failure.code;
    /* A call that comes from a prepare function was charged there. */
    if (keeps && !r->op->prepare)
        keeps = charge(call);
    if (keeps && !is_known(call, db)) {
        int64_t asked_org = r->org, asked_person = r->person;
        keeps = run(call);
        if (keeps && r->op->flags & ONCE) {
            /* The key was asked for as this caller; a sign-up must not move it to another. */
            int64_t org = r->org, person = r->person;
            r->org = asked_org;
            r->person = asked_person;
            store_key(call, db);
            r->org = org;
            r->person = person;
        }
    }
    keeps = keeps && !r->failure.code;
    bool is_kept = db_op_end(db, keeps);
    topic_op_end(api, is_kept);
    if (keeps && !is_kept)
        fail_internal(r);
}

/* For running a call again after the group it was in could not be committed. */
static void renew(struct call *call)
{
    struct request *r = &call->r;
    r->failure = (struct failure){0};
    r->session = r->account = r->org = r->person = 0;
    *r->effects = (struct effects){0};
    call->reply = S("");
    buf_free(&call->written);
}

static bool run_group(struct api *api, struct call *group, struct db *db)
{
    db_group_begin(db);
    for (struct call *call = group; call; call = call->next) {
        db_set_arena(db, call->r.arena);
        call->r.db = db;
        identify(api, call);
        ask_key(call, db);
    }
    for (struct call *call = group; call; call = call->next)
        write_one(api, call, db);
    db_set_arena(db, group->r.arena);
    db_op_begin(db);
    topic_group_flush(api, db, group->r.now);
    bool is_flushed = db_op_end(db, true);
    bool is_durable = db_group_end(db, is_flushed) && is_flushed;
    topic_group_end(api, is_durable, group->r.now);
    if (api->has_memory_changed)
        atomic_fetch_add(&api->memory, 1);
    api->has_memory_changed = false;
    return is_durable;
}

static void finish_list(struct api *api, struct call *list)
{
    struct outbox outbox = {.count = 0};
    log_batch_begin();
    for (struct call *call = list, *next; call; call = next) {
        next = call->next;
        call->r.db = NULL;
        atomic_fetch_add(&api->grouped, 1);
        call_finish(api, call, &outbox);
    }
    outbox_send(api, &outbox);
    log_batch_end();
}

/* One call of a group made the commit fail: each runs alone, so that only that one is refused. */
static void run_alone(struct api *api, struct call *list, struct db *db)
{
    for (struct call *call = list, *next; call; call = next) {
        next = call->next;
        call->next = NULL;
        renew(call);
        if (!run_group(api, call, db)) {
            log_line(LOG_ERROR, "commit_failed", LOG_TEXT("op", str_from(call->r.op->name)));
            fail_internal(&call->r);
        }
        finish_list(api, call);
    }
}

/* Calls with the same key must not share a group: the second has to see what the first stored.
 * Those that have a twin before them are moved to *rest, in order. */
static void part_twins(struct call **group, struct call **rest)
{
    uint64_t marks[LARGEST_GROUP];
    size_t count = 0;
    struct call **at = group, **end = rest;
    while (*at) {
        struct call *call = *at;
        bool has_twin = false;
        for (size_t i = 0; call->key_mark && i < count && !has_twin; i++)
            has_twin = marks[i] == call->key_mark;
        if (has_twin) {
            *at = call->next;
            call->next = NULL;
            *end = call;
            end = &call->next;
            continue;
        }
        marks[count++] = call->key_mark;
        at = &call->next;
    }
}

static void *writer_main(void *context)
{
    struct api *api = context;
    struct db *db = store_writer(api->store);
    struct call *rest = NULL;
    for (;;) {
        struct call *group = rest ? rest : queue_take(&api->writes, LARGEST_GROUP, true);
        rest = NULL;
        if (!group)
            return NULL;
        part_twins(&group, &rest);
        atomic_fetch_add(&api->groups, 1);
        if (run_group(api, group, db))
            finish_list(api, group);
        else
            run_alone(api, group, db);
    }
}

void call_submit(struct api *api, struct call *call)
{
    struct request *r = &call->r;
    if (r->failure.code) {
        finish_one(api, call);
        return;
    }
    if (r->op->flags & ONCE) {
        const struct field *field = schema_find(r->op->in, S("key"));
        call->key = *(const struct str *)(const void *)((const char *)call->in + field->offset);
        call->key_mark = hash_bytes(call->key) | 1;
    }
    if (r->op->prepare)
        enqueue(api, &api->slow, call);
    else if (r->op->flags & WRITES)
        enqueue(api, &api->writes, call);
    else
        enqueue(api, &api->reads, call);
}

/* ---- opening and closing ------------------------------------------------------------------- */

static void refuse_rows(const struct op *op, const char *why)
{
    fprintf(stderr, "op %s: %s\n", op->name, why);
    exit(2);
}

static void check_row(const struct api *api, const struct op *op)
{
    if (!op->policies[0].policy)
        refuse_rows(op, "has no policy");
    for (const struct op_policy *row = op->policies; row->policy; row++) {
        const struct field *field = row->field ? schema_find(op->in, str_from(row->field)) : NULL;
        if (row->field && !field)
            refuse_rows(op, "a policy looks at a field that is not in the input");
        if (field && field->kind != FIELD_ID && field->kind != FIELD_PERSON &&
            field->kind != FIELD_IDS)
            refuse_rows(op, "a policy looks at a field that is no id");
    }
    if (op->flags & ONCE && (!(op->flags & WRITES) || !schema_find(op->in, S("key"))))
        refuse_rows(op, "is ONCE but does not write, or has no key");
    if (op->flags & RAW_BODY &&
        (!(op->flags & RAW) || op->flags & ONCE || !schema_find(op->in, S("body")) ||
         !schema_find(op->in, S("type"))))
        refuse_rows(op, "is RAW_BODY but not RAW, or ONCE, or its input is not made of RAW_IN");
    if (api_find(api, str_from(op->name)))
        refuse_rows(op, "has the name of another");
    for (size_t i = 0; op->verb && i < api->op_count; i++)
        if (api->ops[i]->verb && !strcmp(api->ops[i]->verb, op->verb) &&
            !strcmp(api->ops[i]->path, op->path))
            refuse_rows(op, "has the verb and path of another");
}

static void add_op(struct api *api, const struct op *op, const struct module *module)
{
    check_row(api, op);
    struct op *copy = malloc(sizeof *copy);
    must(copy);
    *copy = *op;
    for (const struct slow_part *slow = module->slow_parts; slow && slow->op; slow++)
        if (!strcmp(slow->op, op->name))
            copy->prepare = slow->prepare;
    api->ops = realloc(api->ops, (api->op_count + 1) * sizeof(const struct op *));
    must(api->ops);
    api->ops[api->op_count++] = copy;
    map_set(&api->by_name, (int64_t)(hash_bytes(str_from(op->name)) | 1), copy);
}

const struct op *api_find(const struct api *api, struct str name)
{
    const struct op *op = map_get(&api->by_name, (int64_t)(hash_bytes(name) | 1));
    return op && str_equal(name, str_from(op->name)) ? op : NULL;
}

size_t api_ops(const struct api *api, const struct op *const **out)
{
    *out = api->ops;
    return api->op_count;
}

struct store *api_store(struct api *api)
{
    return api->store;
}

struct str api_url(const struct api *api)
{
    return api->settings.url;
}

void api_set_net(struct api *api, struct net *net)
{
    api->net = net;
}

void api_set_tap(struct api *api, const struct api_tap *tap)
{
    api->tap = *tap;
}

static void start_thread(struct api *api, void *(*body)(void *))
{
    must(pthread_create(&api->threads[api->thread_count++], NULL, body, api) == 0);
}

static int reader_count(const struct api_settings *settings)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int readers = settings->readers ? settings->readers : (int)processors;
    return readers < 1 ? 1 : readers > 8 ? 8 : readers;
}

struct api *api_open(struct store *store, const struct module *const *modules, size_t count,
                     api_who *who, const struct api_settings *settings)
{
    must(sodium_init() >= 0);
    struct api *api = calloc(1, sizeof *api);
    must(api);
    api->store = store;
    api->who = who;
    atomic_store(&api->memory, 1);
    api->settings = *settings;
    api->modules = modules;
    api->module_count = count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < modules[i]->op_count; j++)
            add_op(api, &modules[i]->ops[j], modules[i]);
    for (size_t i = 0; i < count; i++)
        if (modules[i]->start)
            modules[i]->start();
    rate_open(api);
    pthread_mutex_init(&api->presence_lock, NULL);
    pthread_rwlock_init(&api->changed_lock, NULL);
    queue_open(&api->reads);
    queue_open(&api->slow);
    queue_open(&api->writes);
    for (int i = reader_count(settings); i > 0; i--)
        start_thread(api, reader_main);
    start_thread(api, slow_main);
    start_thread(api, slow_main);
    must(pthread_create(&api->writer, NULL, writer_main, api) == 0);
    keeper_open(api);
    return api;
}

void api_close(struct api *api)
{
    keeper_close(api);
    queue_close(&api->reads);
    queue_close(&api->slow);
    for (size_t i = 0; i < api->thread_count; i++)
        pthread_join(api->threads[i], NULL);
    queue_close(&api->writes);
    pthread_join(api->writer, NULL);
    topic_numbers_close(api);
    rate_close(api);
    front_drop_watches(api);
    for (size_t i = 0; i < api->op_count; i++)
        free((void *)(uintptr_t)api->ops[i]);
    free(api->ops);
    map_free(&api->by_name);
    free(api);
}
