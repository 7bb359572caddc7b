/* inner: what the files of api share among themselves; no module includes it. */
#ifndef API_INNER_H
#define API_INNER_H

#include "api/bind.h"
#include "base/hash.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    LARGEST_GROUP = 256,
    LARGEST_BODY = 1 << 20,
    LARGEST_REPLY = 64 << 20,
    LONGEST_QUEUE = 20000
};

/* ---- effects: collected while an op runs, carried out after its commit ----------------------- */

enum effect_kind {
    EFFECT_EVENT,
    EFFECT_LOSSY,
    EFFECT_FOLLOW,
    EFFECT_UNFOLLOW,
    EFFECT_CLOSE,
    EFFECT_LATER,
    EFFECT_JOB,
};

struct effect {
    struct effect *next;
    enum effect_kind kind;
    int64_t topic; /* LATER: the object */
    int64_t via;
    int64_t low, high, delay;
    int code;
    const char *op;
    struct str text;
};

struct effects {
    struct effect *first, **end;
    bool has_cookie;
    struct str cookie;
    int64_t cookie_seconds;
};

/* ---- a call: a request on its way ---------------------------------------------------------- */

enum call_from { FROM_HTTP, FROM_SOCKET, FROM_INSIDE };

/* Somebody who waits for a call made inside the process. */
struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
    int status;
    struct buf reply;
};

struct call {
    struct call *next;
    struct request r; /* its arena holds this call too */
    void *in;
    struct str key;    /* of a ONCE op */
    uint64_t key_mark; /* hash of person and key, for finding twins in a group */
    int64_t input_hash;
    size_t ticket; /* of the question whether the key is known */
    void *out;
    struct str reply;   /* JSON of a success */
    struct buf written; /* what holds it */
    struct str token;   /* of the session cookie */
    int64_t named_session, named_org;
    enum call_from from;
    struct net_request *http;
    int64_t number; /* the socket's own number of this call */
    struct waiter *waiter;
    int64_t began_ns;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct call *first, **end;
    size_t length;
    size_t sleepers; /* threads that wait for a call */
    bool is_closing;
};

/* ---- the dispatcher's state ---------------------------------------------------------------- */

enum { MOST_THREADS = 16, RATE_STRIPES = 16, ERRANDS = 4, LANES = 2 };

struct bucket {
    double left;
    int64_t at;
};

struct rate_stripe {
    pthread_mutex_t lock;
    struct map buckets;
};

struct later_entry {
    const struct op *op;
    int64_t org, object, low, high, due;
    struct later_entry *next;
};

struct api {
    struct store *store;
    struct net *net;
    struct api_tap tap;
    api_who *who;
    struct api_settings settings;
    const struct op **ops;
    size_t op_count;
    struct map by_name; /* hash of the name -> op */
    const struct module *const *modules;
    size_t module_count;

    struct queue reads, slow, writes;
    pthread_t threads[MOST_THREADS];
    size_t thread_count;
    pthread_t writer, keeper;

    _Atomic uint64_t memory; /* see memory_changed */
    bool has_memory_changed; /* by the running group */

    struct map topics; /* writer only, see topic.c */
    struct topic_undo *undo;
    pthread_rwlock_t changed_lock;
    struct map changed; /* topic -> when it last changed; for readers, see topics_changed */

    struct rate_stripe rates[RATE_STRIPES];

    pthread_mutex_t later_lock;
    pthread_mutex_t later_running; /* held by the one that carries them out */
    pthread_cond_t later_changed;
    struct later_entry *laters;
    bool is_keeper_closing;
    bool has_new_jobs;

    pthread_mutex_t errands_lock;
    pthread_cond_t errands_changed;
    pthread_t errand_threads[LANES * ERRANDS];
    struct errand *errands; /* handed out: waiting for a thread, or under way */
    bool are_errands_closing;

    pthread_mutex_t presence_lock;
    struct map presence; /* person -> number of sockets */
    struct map watches;  /* socket -> struct watch_list */

    _Atomic uint64_t calls, failures, groups, grouped;
};

struct outbox;

/* dispatch.c */
struct call *call_new(struct api *api, struct arena *arena, const struct op *op);
void call_submit(struct api *api, struct call *call); /* bound; goes to the queue it belongs to */
void call_finish(struct api *api, struct call *call,
                 struct outbox *outbox); /* reply and effects; frees the arena */

/* front.c: the reply's way out. */
void front_reply(struct api *api, struct call *call);
void front_wake(struct call *call); /* whoever waits for a call from inside */
void front_drop_watches(struct api *api);

/* rate.c */
bool rate_allows(struct api *api, struct str bucket, int per_minute, int64_t *seconds);
void rate_open(struct api *api);
void rate_close(struct api *api);

/* topic.c: writer only. */
void topic_op_begin(struct api *api);
void topic_op_end(struct api *api, bool keeps);
void topic_group_flush(struct api *api, struct db *db, int64_t now);
void topic_group_end(struct api *api, bool keeps, int64_t now);
void topic_numbers_close(struct api *api);

/* effects.c: events of a group leave together, with one wake-up of each network thread. */
enum { OUTBOX_SIZE = 256 };
struct outbox {
    size_t count;
    struct net_publication list[OUTBOX_SIZE];
};
void outbox_send(struct api *api, struct outbox *outbox);
void effects_carry_out(struct api *api, const struct effects *effects, int64_t org,
                       struct outbox *outbox);

/* How a job reports back, to the op api_job_done. */
#define API_JOB_DONE_IN(F, S)                         \
    F(S, ID, org, NEEDED, 0, 0, "organisation")       \
    F(S, ID, job, NEEDED, 0, 0, "the job")            \
    F(S, BOOL, is_done, NEEDED, 0, 0, "it succeeded") \
    F(S, TIME, due, OPTIONAL, 0, 0, "when it is tried again")
SCHEMA(api_job_done_in, API_JOB_DONE_IN)

/* errand.c: jobs that may wait for other servers, on threads of their own. */
const struct job_kind *errand_kind(const struct api *api, struct str name);
struct db_value errand_lane(const struct api *api, struct str name); /* for the table */
void errands_open(struct api *api);
void errands_close(struct api *api);
void errands_hand_out(struct api *api, struct db *db); /* those that are due, as threads are free */

/* keeper.c: timers, jobs, upkeep. */
void keeper_report(struct api *api, int64_t org, int64_t job, int64_t attempts, bool is_done,
                   struct arena *arena);
void keeper_open(struct api *api);
void keeper_close(struct api *api);
void keeper_later(struct api *api, const struct op *op, int64_t org, const struct effect *effect);
void keeper_jobs_added(struct api *api);

#endif
