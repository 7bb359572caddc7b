/* api: operations as rows, and the life of a request.
 *
 * A module lists its ops; from the rows come routing, binding, policies, idempotency, rate limits,
 * the OpenAPI document and the TypeScript client. Reads run in parallel on worker threads, each on
 * a snapshot; writes run one after another on the writer thread in groups that share a commit. */
#ifndef API_API_H
#define API_API_H

#include "api/schema.h"
#include "base/buf.h"
#include "base/json.h"
#include "net/net.h"
#include "store/store.h"

struct api;
struct request;

/* ---- languages and errors ------------------------------------------------------------------ */

enum language { LANGUAGE_ZH, LANGUAGE_EN };

enum error_code {
    BAD_INPUT = 1,   /* 400: something in the input */
    UNAUTHENTICATED, /* 401: sign in first */
    FORBIDDEN,       /* 403 */
    NOT_FOUND,       /* 404 */
    CONFLICT,        /* 409: the state does not allow it */
    TOO_LARGE,       /* 413 */
    TOO_MANY,        /* 429: with a time */
    INTERNAL,        /* 500: a commit that failed */
    UNAVAILABLE,     /* 503: try again */
};

struct failure {
    enum error_code code; /* 0: none */
    struct str field;     /* name of the input field, or empty */
    struct str sentence;  /* in the person's language */
    int64_t retry_after;  /* seconds, with TOO_MANY */
};

/* ---- policies ------------------------------------------------------------------------------ */

/* Who may: a name, a sentence, a function. The object is the value of the input field that the row
 * names, 0 when the row names none. It refuses with fail(); plain false means FORBIDDEN. */
struct policy {
    const char *name;
    const char *sentence;
    bool (*allows)(struct request *r, int64_t object);
};

/* A row's policy and the field it looks at; each element of a list field is asked about. */
struct op_policy {
    const struct policy *policy;
    const char *field;
};

#define MAY(policy, field) \
    {                      \
        &(policy), #field  \
    }
#define MAY_CALL(policy) \
    {                    \
        &(policy), NULL  \
    }

/* Strangers too; whoever has a session; the server itself (timers, jobs), never a caller. */
extern const struct policy anyone, signed_in, the_server;

/* ---- ops ----------------------------------------------------------------------------------- */

enum op_flags {
    READS = 0,
    WRITES = 1,     /* runs on the writer, inside a savepoint of the group */
    ONCE = 2,       /* its input has a text field `key`: a repeated call gives the stored reply */
    RAW = 4,        /* its output is struct raw_out: bytes or a file, not JSON */
    UPLOAD = 8,     /* its output is struct upload_out: where the body goes */
    ON_SOCKET = 16, /* only over a WebSocket */
    RAW_BODY = 32   /* with RAW: its input is made of RAW_IN, and nothing in it is refused */
};

typedef bool op_function(struct request *r, const void *in, void *out);

struct op {
    const char *name;
    const char *verb; /* "GET", "POST", "PUT", "PATCH", "DELETE"; NULL: not over HTTP */
    const char *path; /* "/v1/conversations/{conversation}/messages" */
    const struct schema *in, *out;
    op_function *run;
    op_function *prepare; /* slow part, on a worker before a write; out is NULL */
    unsigned flags;
    int per_minute; /* calls of one person (of one address, for strangers); 0: the default */
    const char *sentence;
    struct op_policy policies[4];
};

/* A module's rows are one list: OP(name, verb, path, flags, per_minute, sentence, policies…). OPS
 * makes the table `ops`, and ties each row to `bool name(struct request *, const struct name_in *,
 * struct name_out *)`: a row without its function, or with another struct, does not compile. */
#define OPS(list) list(OP_THUNK) static const struct op ops[] = {list(OP_ROW)};

#define OP_THUNK(name, ...)                                                                  \
    static bool name(struct request *r, const struct name##_in *in, struct name##_out *out); \
    static bool name##_run(struct request *r, const void *in, void *out)                     \
    {                                                                                        \
        return name(r, in, out);                                                             \
    }

#define OP_ROW(op_name, op_verb, op_path, op_flags, rate, op_sentence, ...) \
    {.name = #op_name,                                                      \
     .verb = op_verb,                                                       \
     .path = op_path,                                                       \
     .in = &op_name##_in_schema,                                            \
     .out = &op_name##_out_schema,                                          \
     .run = op_name##_run,                                                  \
     .flags = op_flags,                                                     \
     .per_minute = rate,                                                    \
     .sentence = op_sentence,                                               \
     .policies = {__VA_ARGS__}},

/* The slow part of an op, in a list beside the table: {"org_sign_in", org_sign_in_prepare}. */
struct slow_part {
    const char *op;
    op_function *prepare;
};

/* Input of a RAW_BODY op, which speaks an outside protocol with that one's own errors: the body as
 * it came, at most `most` bytes of it (more is answered 413), and its content type. Other TEXT
 * fields of the input are parameters of the query; unknown ones are left out, and of those that are
 * malformed or too long nothing is given. Only the bytes of the op's own fields are UTF-8 for sure,
 * never `body`. */
#define RAW_IN(F, S, most)                                                 \
    F(S, TEXT, body, OPTIONAL, 0, most, "the body, read by the op itself") \
    F(S, TEXT, type, OPTIONAL, 0, 200, "content type of the body")

/* Output of a RAW op. */
#define RAW_OUT(F, S)                                                                        \
    F(S, TEXT, type, NEEDED, 0, 0, "content type")                                           \
    F(S, TEXT, bytes, OPTIONAL, 0, 0, "the body, when it is no file")                        \
    F(S, TEXT, name, OPTIONAL, 0, 0, "file name to save it under")                           \
    F(S, TEXT, etag, OPTIONAL, 0, 0, "quoted entity tag")                                    \
    F(S, BOOL, is_inline, OPTIONAL, 0, 0, "may be shown in place")                           \
    F(S, BOOL, is_private, OPTIONAL, 0, 0, "may be cached by the reader's browser only")     \
    F(S, INT, file, OPTIONAL, 0, 0, "descriptor of the file to send; closed by the gateway") \
    F(S, INT, size, OPTIONAL, 0, 0, "bytes of that file")
SCHEMA(raw_out, RAW_OUT)

/* Output of an UPLOAD op: the body is written to `file`, at most `limit` bytes, and answered
 * {"received": N} with N = before + bytes written. */
#define UPLOAD_OUT(F, S)                                                              \
    F(S, INT, file, NEEDED, 0, 0, "descriptor to write to; closed by the dispatcher") \
    F(S, INT, limit, NEEDED, 0, 0, "most bytes that may come")                        \
    F(S, INT, before, NEEDED, 0, 0, "bytes that were there before")
SCHEMA(upload_out, UPLOAD_OUT)

/* ---- a request ----------------------------------------------------------------------------- */

struct effects;

struct request {
    struct api *api;
    const struct op *op;
    struct arena *arena; /* everything made for this call */
    struct db *db;       /* a snapshot, or the writer */
    int64_t now;         /* server time, ms */
    int64_t session;     /* 0: a stranger, and so are the three below */
    int64_t account;
    int64_t org;
    int64_t person;
    enum language language;
    uint64_t memory;    /* see memory_changed */
    struct str address; /* of the caller */
    struct str agent;   /* User-Agent */
    bool is_tls;
    struct net_peer peer; /* the WebSocket it came on, with is_socket */
    bool is_socket;
    void *prepared; /* what the prepare function left for the run function, in the arena */
    struct failure failure;
    struct effects *effects;
};

/* Refuses the request: sets the failure once, stops all store calls after it, returns false. The
 * sentence is given in both languages; `field` is the input's field or NULL. */
bool fail(struct request *r, enum error_code code, const char *field, const char *zh,
          const char *en);

/* TOO_MANY with a time after which it may be tried again. */
bool fail_for(struct request *r, int64_t seconds, const char *zh, const char *en);

/* Has something refused or broken? For loops that would go on for nothing. */
bool has_failed(const struct request *r);

/* The store's rows, on the request's own connection. */
#define READ(r, sql, ...)  db_read((r)->db, sql, __VA_ARGS__)
#define WRITE(r, sql, ...) db_write(request_writer(r), sql, __VA_ARGS__)

/* The connection, of an op whose row says WRITES; any other op that asks breaks its promise. */
struct db *request_writer(const struct request *r);

/* Takes one from a named bucket (say "login:ana") that refills to `per_minute`; false after it has
 * refused with fail_for. In memory, per process. */
bool rate_take(struct request *r, struct str bucket, int per_minute);

/* The same without refusing: 0, or the seconds until it may be tried again. */
int64_t rate_ask(struct request *r, struct str bucket, int per_minute);

/* Puts one back: a right password does not count among the wrong ones. */
void rate_give(struct request *r, struct str bucket);

/* What a column keeps as JSON: an object as its schema writes it, and back. NULL is for text that
 * the schema does not take, after fail(). */
struct str object_write(struct request *r, const struct schema *schema, const void *object);
void *object_read(struct request *r, const struct schema *schema, struct str text);

/* JSON of an outside protocol, read into the arena by jansson and never freed alone; of a doubled
 * member the last counts. NULL when it is none, or when there is a zero in it. */
struct json_t;
struct json_t *json_read(struct arena *arena, struct str text);

/* Replaces %XX and (in a query) '+'; false when malformed or not UTF-8. */
bool percent_decode(struct arena *arena, struct str text, bool is_query, struct str *out);

/* ---- effects: what others must learn, after the commit -------------------------------------- */

/* Numbers of a topic, on the writer: `version` grows with every event, `seq` with what is counted
 * apart (a conversation's messages). Dense; a refused op gives its own back. */
int64_t topic_version(struct request *r, int64_t topic);
int64_t topic_seq(struct request *r, int64_t topic);
int64_t topic_next_seq(struct request *r, int64_t topic);

/* When these topics last changed, in ms, from memory: for choosing which to read, since it may run
 * ahead of the snapshot. On a reader. */
void topics_changed(struct request *r, const struct ids *topics, int64_t *out);

/* An event to all who follow the topic: the next version, and the object as its schema writes it.
 * Returns the version. */
int64_t event_put(struct request *r, int64_t topic, const char *kind, int64_t id,
                  const struct schema *schema, const void *object);
int64_t event_drop(struct request *r, int64_t topic, const char *kind, int64_t id);

/* The next version of a topic without an event of its own: for a row that stores the version which
 * the event_put_as that follows will carry. */
int64_t topic_next_version(struct request *r, int64_t topic);
void event_put_as(struct request *r, int64_t topic, int64_t version, const char *kind, int64_t id,
                  const struct schema *schema, const void *object);

/* Typing and presence: no number, may be lost. Reads may send them too. */
void event_lossy(struct request *r, int64_t topic, int64_t shown_as, const char *event,
                 const struct schema *schema, const void *object);

/* Who follows what changes with the commit: all WebSockets that follow `via` (a person, a session).
 * Unfollowing is carried out ahead of any later event. */
void follow_via(struct request *r, int64_t via, int64_t topic);
void unfollow_via(struct request *r, int64_t via, int64_t topic);

/* The request's own WebSocket follows, at once and before the snapshot that is read next; see
 * talk_sync, which reads its list again afterwards. */
void follow_now(struct request *r, const struct ids *topics);
void unfollow_now(struct request *r, const struct ids *topics);

/* A fresh snapshot for the reads that follow; on a reader only. False when nothing was committed
 * since the last: what was read is still so. */
bool snapshot_again(struct request *r);

/* Closes all WebSockets that follow `topic`, after the commit. */
void close_followers(struct request *r, int64_t topic, int code);

/* The session cookie goes to the browser (empty: is taken away). */
void set_cookie(struct request *r, struct str token, int64_t max_age_seconds);

/* Runs a server's op with {org, object, low, high} at most once in `delay_ms` for this object;
 * calls meanwhile widen low..high. In memory: for hints whose loss in a crash does no harm. */
#define LATER_IN(F, S)                                        \
    F(S, ID, org, NEEDED, 0, 0, "organisation")               \
    F(S, ID, object, NEEDED, 0, 0, "what it is about")        \
    F(S, INT, low, OPTIONAL, 0, 0, "lowest number concerned") \
    F(S, INT, high, OPTIONAL, 0, 0, "highest number concerned")
SCHEMA(later_in, LATER_IN)
void later(struct request *r, const char *op, int64_t object, int64_t low, int64_t high,
           int64_t delay_ms);

/* Work after the commit, outside the database, kept in a table until done: at least once. `kind`
 * names a row of a module's jobs. */
void job_add(struct request *r, const char *kind, int64_t due, const struct schema *schema,
             const void *payload);

/* What seldom changes may be kept in memory beside the store. Whatever changes a row that is kept
 * (people's names and pictures) calls this; the number moves on after the commit and before the
 * reply. A call's `memory` is the number from before its snapshot: what it reads may be kept under
 * that number, and what is kept under it is true. It is 0 on the writer, which sees rows that
 * nobody else does: then nothing is kept, nor taken from memory. */
void memory_changed(struct request *r);

/* One line in the audit table: what an admin did, looking at what is not theirs included. */
void audit(struct request *r, const char *act, int64_t about, struct str detail);

/* Is the person on line? From any thread. */
bool presence_of(struct api *api, int64_t person);

/* This WebSocket is told of these people's coming and going, instead of those named before. */
void watch_presence(struct request *r, const struct ids *people);

/* ---- modules ------------------------------------------------------------------------------- */

struct job_kind {
    const char *name;
    /* Outside any transaction, on a thread that may wait for other servers; false: try again later.
     * It reports back by api_call. */
    bool (*run)(struct api *api, int64_t org, struct str payload, struct arena *arena);
    int tries;       /* at most; 0: until it succeeds */
    bool is_patient; /* takes long, or waits for anybody's server: has threads apart */
};

/* How far a module's hourly work has come: all zero at its beginning, then the module's own. */
struct progress {
    int64_t stage, org, id;
};

/* A slice of what a module does once an hour, and soon after the start: on the keeper's thread,
 * with a reader of its own, outside any snapshot and transaction; it changes rows by api_call.
 * Other work goes between two slices, so each is short. False: done for this hour. */
typedef bool hourly_function(struct api *api, struct db *db, struct progress *at,
                             struct arena *arena);

struct module {
    const char *name;
    const struct op *ops;
    size_t op_count;
    void (*start)(void);                /* hands rows to lower modules; may run more than once */
    const struct slow_part *slow_parts; /* ends with {0} or is NULL */
    const struct job_kind *jobs;        /* ends with {0} or is NULL */
    hourly_function *hourly;            /* or NULL */
    const char *sql, *sql_end;          /* migrations: see EMBED_SQL and store.h */
    const struct store_rule *rules;     /* for `carillon check`; see store.h */
    const char *blobs;                  /* likewise */
};

#define MODULE_OPS ops, sizeof ops / sizeof *ops

/* The floor's own ops and tables: health, metrics, jobs, audit. Always the first of the list. */
extern const struct module api_module;

/* SQL text of a module, out of the file beside it: EMBED_SQL(talk) reads src/talk/talk.sql. */
#define EMBED_SQL(module)                                                               \
    __asm__(".pushsection .rodata\n" #module "_sql: .incbin \"src/" #module "/" #module \
            ".sql\"\n" #module "_sql_end: .byte 0\n.popsection\n");                     \
    extern const char module##_sql[] __asm__(#module "_sql"),                           \
        module##_sql_end[] __asm__(#module "_sql_end")

/* ---- the dispatcher ------------------------------------------------------------------------ */

struct api_settings {
    int readers;         /* worker threads for reads; 0: as many as processors, at most 8 */
    int64_t rate_factor; /* multiplies all rate limits; 0: 1 */
    bool trusts_proxy;   /* of this machine: its X-Forwarded-For and -Proto name the caller */
    struct str url;      /* how other servers reach this one, "https://bz.example.org" */
    /* Pages of the web client: fills the plan and returns true when the path is one of its own. */
    bool (*page)(const struct net_request *head, struct net_plan *plan);
};

/* Sets session, account, org and person of a request from the session cookie's token, or from the
 * session's id when it came on a WebSocket (org 0: the one the session looks at); inside the
 * request's snapshot. False: a stranger. */
typedef bool api_who(struct request *r, struct str token, int64_t session, int64_t org);

/* Checks the rows (a row without policy, a policy's field that is not in the input, two rows of one
 * name or path: the process ends with a sentence), starts the threads. */
struct api *api_open(struct store *store, const struct module *const *modules, size_t count,
                     api_who *who, const struct api_settings *settings);

/* Finishes what is queued, ends the threads. The store stays open. */
void api_close(struct api *api);

struct store *api_store(struct api *api);

/* How other servers reach this one, without a slash at the end; empty when nobody said. */
struct str api_url(const struct api *api);

/* The gateway's callbacks, whose context is the api; and the gateway that answers go to. */
struct net_handler api_handler(struct api *api);
void api_set_net(struct api *api, struct net *net);

/* Everything in the way of serving: for tests and for jobs. A call by name with JSON text in, as
 * the person of `session` (0: stranger; API_SERVER: the server itself). Blocks until done (after
 * the commit, for a write). The reply is JSON text in `arena`; returns the HTTP status. */
enum { API_SERVER = -1 };
int api_call(struct api *api, struct str op, struct str input, int64_t session, int64_t org,
             struct arena *arena, struct str *reply);

/* The same for a job: a server's op with its input and output as structs, the output in the arena.
 * NULL, after a line in the log, when it was refused. */
const void *api_ask(struct api *api, const char *op, int64_t org, const void *in,
                    struct arena *arena);

/* Runs everything that `later` holds, without waiting; for tests. */
void api_settle(struct api *api);

/* Does the hourly work of all modules to its end; for tests. */
void api_hourly(struct api *api);

/* A listener in place of sockets, for tests: called after commits, on the publishing thread. */
struct api_tap {
    void *context;
    void (*published)(void *context, int64_t topic, struct str event);
    void (*followed)(void *context, int64_t via, int64_t topic, bool follows);
    void (*closed)(void *context, int64_t topic, int code);
};
void api_set_tap(struct api *api, const struct api_tap *tap);

/* The op of that name, or NULL; and all rows in order. */
const struct op *api_find(const struct api *api, struct str name);
size_t api_ops(const struct api *api, const struct op *const **out);

/* ---- descriptions -------------------------------------------------------------------------- */

/* OpenAPI 3.1 as JSON, and the client's web/src/api.ts, from the rows alone. */
void describe_openapi(const struct module *const *modules, size_t count, struct buf *out);
void describe_typescript(const struct module *const *modules, size_t count, struct buf *out);

#endif
