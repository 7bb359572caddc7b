/* pipeline: one PostgreSQL connection in libpq's pipeline mode: what was sent and is not answered
 * yet, in order, and what a failure in the middle means. */
#ifndef STORE_PIPELINE_H
#define STORE_PIPELINE_H

#include "store/cache.h"

#include <libpq-fe.h>

/* A statement prepared for one choice of parameter types: the server must know them. */
struct variant {
    struct variant *next;
    char name[24];
    bool is_sent;
    Oid types[PARAMETERS_MAX];
};

enum awaited_kind { AWAIT_COMMAND, AWAIT_PREPARE, AWAIT_ROWS, AWAIT_SYNC };

struct awaited {
    enum awaited_kind kind;
    int64_t op; /* the op that sent it, or 0 */
    struct variant *variant;
    size_t slot; /* of the results: where the rows go */
};

enum { READ_SLOT = 0, TICKET_SLOTS = 1 };

/* A write of the running op that is not sent: the op can still be dropped for nothing. */
struct queued {
    struct statement *st;
    const struct db_value *values;
};

struct postgres {
    PGconn *conn;
    struct awaited *awaited;
    size_t awaited_count, awaited_capacity;
    PGresult **results; /* the last read, then the tickets of the group */
    size_t results_capacity;
    bool is_lost;
    bool needs_sync;  /* the server skips everything until a sync */
    bool has_begun;   /* the transaction of the group or snapshot */
    bool has_saved;   /* the op's savepoint */
    bool has_touched; /* the op has noted writes in the cache */
    int64_t variant_count;
    struct arena *queue_arena;
    struct queued *queue;
    size_t queue_count, queue_capacity;
    struct tables queued_tables;
    struct cache cache; /* the writer's */
    struct buf load;
};

static inline struct postgres *postgres_of(struct db *db)
{
    return db->connection;
}

/* Each puts something into the pipeline without waiting. False when the connection is lost. */
bool pipeline_command(struct db *db, const char *sql, int64_t op);
bool pipeline_statement(struct db *db, struct statement *st, const struct db_value *values,
                        int64_t op, enum awaited_kind kind, size_t slot);
bool pipeline_sync(struct db *db);

/* Waits for all answers. False when something failed since the last call, after group_failed or
 * has_failed was set for those it concerns; the connection is then usable or marked as lost. */
bool pipeline_drain(struct db *db);

/* The connection is gone: nothing that was sent will be answered. */
void pipeline_lose(struct db *db);

/* Prepares ahead for pipeline_statement. */
struct variant *pipeline_prepare(struct db *db, struct statement *st,
                                 const struct db_value *values);

void pipeline_free_results(struct postgres *postgres);

/* A row of a result as values; bytes are the result's. */
void pipeline_row(const PGresult *result, int row, struct db_value *values);

#endif
