/* postgres: the engine for installations that outgrow one file.
 *
 * The writer's thread never waits for a write: an op's writes wait in a queue until the op is kept,
 * are then put into the pipeline, and are answered together with the COMMIT. A read is one round
 * trip, or none when the cache holds it. */
#include "store/pipeline.h"
#include "base/log.h"
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOAD_CHUNK = 1 << 18 };

/* ---- connections ---------------------------------------------------------------------------- */

static void no_notices(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static bool run(PGconn *conn, const char *sql, struct arena *arena, struct str *error)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    bool is_good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!is_good)
        *error = arena_copy(arena, str_trim(str_from(PQerrorMessage(conn))));
    PQclear(result);
    return is_good;
}

/* The number in the first row, or 0 when there is none. */
static int64_t number_of(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    int64_t number = 0;
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
        str_to_int(str_from(PQgetvalue(result, 0, 0)), &number);
    PQclear(result);
    return number;
}

/* The lock ends with the connection. Between a lost connection and this one another writer can have
 * come and gone; our memory of the database would be wrong then. */
static bool take_lock(struct db *db, PGconn *conn, struct str *error)
{
    static const char *const lock = "SELECT CAST(pg_try_advisory_lock(hashtextextended("
                                    "'carillon ' || current_schema(), 0)) AS int)";
    if (number_of(conn, lock) != 1) {
        *error = S("another writer is at work in this database");
        return false;
    }
    int64_t token = db->store->token;
    if (!token || number_of(conn, "SELECT value FROM store_meta WHERE name = 'writer'") == token)
        return true;
    *error = S("another writer has been at work in this database: start again");
    return false;
}

static bool set_up(struct db *db, PGconn *conn, struct arena *arena, struct str *error)
{
    PQsetNoticeProcessor(conn, no_notices, NULL);
    const char *encoding = PQparameterStatus(conn, "server_encoding");
    if (!encoding || strcmp(encoding, "UTF8") != 0) {
        *error = S("the database's encoding is not UTF8");
        return false;
    }
    if (!run(conn, "SET jit = off", arena, error) ||
        !run(conn, "SET synchronous_commit = on", arena, error) ||
        !run(conn, "SET standard_conforming_strings = on", arena, error))
        return false;
    if (db->is_writer && !take_lock(db, conn, error))
        return false;
    return PQenterPipelineMode(conn) == 1;
}

static bool connect_now(struct db *db, struct arena *arena, struct str *error)
{
    struct postgres *postgres = postgres_of(db);
    static const char *const names[] = {"dbname",           "client_encoding", "application_name",
                                        "tcp_user_timeout", "connect_timeout", NULL};
    const char *const words[] = {db->store->database.ptr, "UTF8", "carillon", "20000", "10", NULL};
    PGconn *conn = PQconnectdbParams(names, words, 1);
    bool is_ready = PQstatus(conn) == CONNECTION_OK;
    if (!is_ready)
        *error = arena_copy(arena, str_trim(str_from(PQerrorMessage(conn))));
    else
        is_ready = set_up(db, conn, arena, error);
    if (!is_ready) {
        PQfinish(conn);
        return false;
    }
    PQfinish(postgres->conn);
    postgres->conn = conn;
    postgres->is_lost = postgres->needs_sync = postgres->has_begun = postgres->has_saved = false;
    postgres->awaited_count = 0;
    for (struct statement *st = db->newest; st; st = st->next)
        for (struct variant *variant = st->prepared; variant; variant = variant->next)
            variant->is_sent = false;
    return true;
}

static bool postgres_connect(struct db *db, struct arena *arena, struct str *error)
{
    struct postgres *postgres = calloc(1, sizeof *postgres);
    must(postgres);
    db->connection = postgres;
    postgres->is_lost = true;
    postgres->queue_arena = arena_new();
    postgres->load = buf_new(INT32_MAX);
    if (db->is_writer)
        cache_init(&postgres->cache);
    return connect_now(db, arena, error);
}

static void postgres_disconnect(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (!postgres)
        return;
    pipeline_free_results(postgres);
    PQfinish(postgres->conn);
    free(postgres->results);
    free(postgres->awaited);
    free(postgres->queue);
    arena_free(postgres->queue_arena);
    buf_free(&postgres->load);
    cache_free(&postgres->cache);
    free(postgres);
}

/* Connects again when the connection was lost. */
static bool is_connected(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (!postgres->is_lost && PQstatus(postgres->conn) == CONNECTION_OK)
        return true;
    postgres->is_lost = true;
    if (db->is_whole) /* what went before is undone */
        return false;
    if (db->is_writer)
        cache_void(&postgres->cache);
    PQfinish(postgres->conn); /* gives the lock back, if the server still holds it for us */
    postgres->conn = NULL;
    struct arena *arena = arena_new();
    struct str error = S("");
    bool is_back = connect_now(db, arena, &error);
    if (!is_back)
        log_line(LOG_ERROR, "postgres-unreachable", LOG_TEXT("why", error));
    arena_free(arena);
    return is_back;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Opens the transaction of a group or snapshot at its first statement. */
static bool begin(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (!db->in_group && !db->in_snapshot)
        return is_connected(db);
    if (postgres->has_begun)
        return !postgres->is_lost;
    if (!is_connected(db))
        return false;
    postgres->has_begun = true;
    return pipeline_command(
        db, db->in_group ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0);
}

/* A statement outside of transactions ends with a sync, which is its commit. */
static bool answer(struct db *db)
{
    if (!db->in_group && !db->in_snapshot && !pipeline_sync(db))
        return false;
    return pipeline_drain(db);
}

static struct rows rows_of(const PGresult *result, struct arena *arena)
{
    struct rows rows = {(size_t)PQntuples(result), (size_t)PQnfields(result), NULL};
    if (rows.count * rows.columns == 0)
        return rows;
    struct db_value *values = ARENA_ARRAY(arena, rows.count * rows.columns, struct db_value);
    for (size_t i = 0; i < rows.count; i++)
        pipeline_row(result, (int)i, values + i * rows.columns);
    for (size_t i = 0; i < rows.count * rows.columns; i++)
        if (values[i].kind == DB_TEXT || values[i].kind == DB_BLOB)
            values[i].bytes = arena_copy(arena, values[i].bytes);
    rows.values = values;
    return rows;
}

static bool save(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (postgres->has_saved)
        return true;
    postgres->has_saved = pipeline_command(db, "SAVEPOINT op", 0);
    return postgres->has_saved;
}

static void clear_queue(struct postgres *postgres)
{
    postgres->queue_count = 0;
    postgres->queued_tables = (struct tables){0};
    arena_reset(postgres->queue_arena);
}

static bool send_queue(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    bool is_sent = postgres->queue_count == 0 || begin(db);
    for (size_t i = 0; i < postgres->queue_count && is_sent; i++)
        is_sent = pipeline_statement(db, postgres->queue[i].st, postgres->queue[i].values, db->op,
                                     AWAIT_COMMAND, 0);
    clear_queue(postgres);
    return is_sent;
}

/* What the op has queued is sent ahead of a read that could see it, behind a savepoint, since the
 * op may be dropped yet. */
static bool send_what_it_reads(struct db *db, struct statement *st)
{
    struct postgres *postgres = postgres_of(db);
    if (!postgres->queue_count ||
        !tables_meet(cache_tables_read(&postgres->cache, db, st), &postgres->queued_tables))
        return true;
    return begin(db) && save(db) && send_queue(db);
}

static bool read_once(struct db *db, struct statement *st, const struct db_value *values,
                      struct rows *out)
{
    struct postgres *postgres = postgres_of(db);
    if (db->is_writer && !send_what_it_reads(db, st))
        return false;
    if (!begin(db) || !pipeline_statement(db, st, values, db->op, AWAIT_ROWS, READ_SLOT) ||
        !answer(db))
        return false;
    *out = rows_of(postgres->results[READ_SLOT], db->arena);
    return true;
}

static bool postgres_read(struct db *db, struct statement *st, const struct db_value *values,
                          struct rows *out)
{
    struct postgres *postgres = postgres_of(db);
    if (db->is_writer && cache_get(&postgres->cache, db, st, values, db->arena, out))
        return true;
    bool can_repeat = !db->is_writer && !postgres->has_begun;
    bool is_read = read_once(db, st, values, out);
    if (!is_read && can_repeat && postgres->is_lost) {
        postgres->has_begun = db->has_failed =
            false; /* the connection was stale: nothing is seen */
        is_read = read_once(db, st, values, out);
    }
    if (is_read && db->is_writer)
        cache_put(&postgres->cache, st, values, out);
    return is_read;
}

static bool postgres_ask(struct db *db, struct statement *st, const struct db_value *values,
                         size_t ticket)
{
    return send_what_it_reads(db, st) && begin(db) &&
           pipeline_statement(db, st, values, db->op, AWAIT_ROWS, TICKET_SLOTS + ticket);
}

static bool postgres_answered(struct db *db, size_t ticket, struct rows *out)
{
    struct postgres *postgres = postgres_of(db);
    size_t slot = TICKET_SLOTS + ticket;
    if ((slot >= postgres->results_capacity || !postgres->results[slot]) && !pipeline_drain(db))
        return false;
    if (slot >= postgres->results_capacity || !postgres->results[slot])
        return false; /* its op failed before it */
    *out = rows_of(postgres->results[slot], db->arena);
    return true;
}

/* Hands the rows over as they come; all are received even when no more are wanted. */
static bool walk_rows(struct db *db, bool (*each)(void *context, const struct rows *row),
                      void *context)
{
    PGconn *conn = postgres_of(db)->conn;
    bool wants_more = true, is_whole = true;
    struct db_value *row = NULL;
    PGresult *result;
    while ((result = PQgetResult(conn))) {
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE && wants_more) {
            size_t columns = (size_t)PQnfields(result);
            row = row ? row : calloc(columns, sizeof *row);
            must(row);
            pipeline_row(result, 0, row);
            wants_more = each(context, &(struct rows){1, columns, row});
        }
        if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
            log_line(LOG_WARN, "postgres-error",
                     LOG_TEXT("why", str_trim(str_from(PQresultErrorMessage(result)))));
            is_whole = false;
        }
        PQclear(result);
        if (PQstatus(conn) == CONNECTION_BAD)
            break;
    }
    free(row);
    return is_whole;
}

static bool postgres_walk(struct db *db, struct statement *st, const struct db_value *values,
                          bool (*each)(void *context, const struct rows *row), void *context)
{
    struct postgres *postgres = postgres_of(db);
    if (!begin(db) || !pipeline_prepare(db, st, values) || !pipeline_drain(db))
        return false;
    if (!pipeline_statement(db, st, values, 0, AWAIT_ROWS, READ_SLOT))
        return false;
    postgres->awaited_count--; /* answered here, row by row */
    PQpipelineSync(postgres->conn);
    must(PQsetSingleRowMode(postgres->conn));
    bool is_whole = walk_rows(db, each, context);
    if (PQstatus(postgres->conn) == CONNECTION_BAD) {
        pipeline_lose(db);
        return false;
    }
    PGresult *sync = PQgetResult(postgres->conn);
    must(PQresultStatus(sync) == PGRES_PIPELINE_SYNC);
    PQclear(sync);
    return is_whole;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void queue_write(struct postgres *postgres, struct statement *st,
                        const struct db_value *values)
{
    if (postgres->queue_count == postgres->queue_capacity) {
        postgres->queue_capacity = postgres->queue_capacity ? 2 * postgres->queue_capacity : 64;
        postgres->queue =
            realloc(postgres->queue, postgres->queue_capacity * sizeof *postgres->queue);
        must(postgres->queue);
    }
    struct rows bound = {1, st->parameters, values};
    bound = rows_copy(postgres->queue_arena, &bound);
    postgres->queue[postgres->queue_count++] = (struct queued){st, bound.values};
}

static bool postgres_write(struct db *db, struct statement *st, const struct db_value *values)
{
    struct postgres *postgres = postgres_of(db);
    queue_write(postgres, st, values);
    cache_note_write(&postgres->cache, st, &postgres->queued_tables);
    postgres->has_touched = true;
    return true;
}

static bool postgres_change(struct db *db, struct statement *st, const struct db_value *values,
                            int64_t *changed)
{
    struct postgres *postgres = postgres_of(db);
    if (!begin(db) || !save(db) || !send_queue(db))
        return false;
    struct tables ignored = {0};
    cache_note_write(&postgres->cache, st, &ignored);
    postgres->has_touched = true;
    if (!pipeline_statement(db, st, values, db->op, AWAIT_ROWS, READ_SLOT) || !answer(db))
        return false;
    str_to_int(str_from(PQcmdTuples(postgres->results[READ_SLOT])), changed);
    return true;
}

/* ---- transactions --------------------------------------------------------------------------- */

static bool postgres_snapshot_begin(struct db *db)
{
    postgres_of(db)->has_begun = false;
    return true;
}

/* The answer is taken with the next one. */
static void postgres_snapshot_end(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (postgres->has_begun && pipeline_command(db, "COMMIT", 0) && pipeline_sync(db))
        PQflush(postgres->conn);
    postgres->has_begun = false;
}

static bool postgres_group_begin(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    postgres->has_begun = postgres->has_saved = postgres->has_touched = false;
    clear_queue(postgres);
    return is_connected(db);
}

static bool postgres_op_end(struct db *db, bool keeps)
{
    struct postgres *postgres = postgres_of(db);
    bool is_good = true;
    if (keeps) {
        is_good = send_queue(db);
    } else {
        clear_queue(postgres);
        if (postgres->has_touched)
            cache_void(&postgres->cache);
    }
    if (postgres->has_saved && !keeps)
        is_good = pipeline_command(db, "ROLLBACK TO SAVEPOINT op", 0) && is_good;
    if (postgres->has_saved)
        is_good = pipeline_command(db, "RELEASE SAVEPOINT op", 0) && is_good;
    postgres->has_saved = postgres->has_touched = false;
    return is_good;
}

/* COMMIT of a transaction that had failed is answered with ROLLBACK, without an error. */
static bool commit(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    return pipeline_command(db, "COMMIT", 0) && pipeline_sync(db) && pipeline_drain(db) &&
           str_equal(str_from(PQcmdStatus(postgres->results[READ_SLOT])), S("COMMIT"));
}

static bool postgres_group_end(struct db *db, bool keeps)
{
    struct postgres *postgres = postgres_of(db);
    bool is_kept = keeps;
    if (postgres->has_begun && keeps)
        is_kept = commit(db) && !db->group_failed;
    if (!is_kept && !postgres->is_lost && postgres->has_begun) {
        pipeline_drain(db);
        if (pipeline_command(db, "ROLLBACK", 0) && pipeline_sync(db))
            pipeline_drain(db);
    }
    if (!is_kept)
        cache_void(&postgres->cache);
    pipeline_free_results(postgres);
    clear_queue(postgres);
    postgres->has_begun = false;
    return is_kept;
}

/* ---- scripts and filling -------------------------------------------------------------------- */

/* What is written outside of the pipeline is unknown to the cache. */
static bool leave_pipeline(struct db *db)
{
    if (db->is_writer)
        cache_void(&postgres_of(db)->cache);
    return is_connected(db) && pipeline_drain(db) && PQexitPipelineMode(postgres_of(db)->conn);
}

static bool postgres_script(struct db *db, struct str text, struct arena *arena, struct str *error)
{
    if (!leave_pipeline(db)) {
        *error = S("the database does not answer");
        return false;
    }
    struct str zero_ended = arena_copy(arena, text);
    bool is_good = run(postgres_of(db)->conn, zero_ended.ptr, arena, error);
    PQenterPipelineMode(postgres_of(db)->conn);
    return is_good;
}

static void load_int(struct buf *out, uint64_t number, size_t size)
{
    for (size_t i = size; i > 0; i--)
        buf_char(out, (char)(number >> 8 * (i - 1)));
}

/* The binary form of COPY: a head, rows of lengths and bytes, an end. */
static bool postgres_load_begin(struct db *db, struct str table, struct str columns, size_t count)
{
    (void)count;
    struct postgres *postgres = postgres_of(db);
    if (!leave_pipeline(db))
        return false;
    struct buf sql = buf_new(SQL_CEILING);
    buf_printf(&sql, "COPY %.*s (%.*s) FROM STDIN (FORMAT BINARY)", STR_ARG(table),
               STR_ARG(columns));
    PGresult *result = PQexec(postgres->conn, sql.ptr);
    bool is_ready = PQresultStatus(result) == PGRES_COPY_IN;
    if (!is_ready)
        log_line(LOG_WARN, "postgres-error",
                 LOG_TEXT("why", str_trim(str_from(PQerrorMessage(postgres->conn)))));
    PQclear(result);
    buf_free(&sql);
    buf_clear(&postgres->load);
    buf_add(&postgres->load, str_of("PGCOPY\n\377\r\n\0", 11));
    load_int(&postgres->load, 0, 8);
    return is_ready;
}

static bool send_load(struct postgres *postgres)
{
    bool is_sent = PQputCopyData(postgres->conn, postgres->load.ptr, (int)postgres->load.len) == 1;
    buf_clear(&postgres->load);
    return is_sent;
}

static bool postgres_load_row(struct db *db, const struct rows *row)
{
    struct postgres *postgres = postgres_of(db);
    struct buf *load = &postgres->load;
    load_int(load, row->columns, 2);
    for (size_t i = 0; i < row->columns; i++) {
        const struct db_value *value = &row->values[i];
        if (value->kind == DB_NULL) {
            load_int(load, UINT32_MAX, 4);
        } else if (value->kind == DB_INT) {
            load_int(load, 8, 4);
            load_int(load, (uint64_t)value->number, 8);
        } else {
            load_int(load, value->bytes.len, 4);
            buf_add(load, value->bytes);
        }
    }
    return !load->is_full && (load->len < LOAD_CHUNK || send_load(postgres));
}

static bool postgres_load_end(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    load_int(&postgres->load, UINT16_MAX, 2);
    bool is_good = send_load(postgres) && PQputCopyEnd(postgres->conn, NULL) == 1;
    PGresult *result;
    while ((result = PQgetResult(postgres->conn))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            log_line(LOG_WARN, "postgres-error",
                     LOG_TEXT("why", str_trim(str_from(PQresultErrorMessage(result)))));
            is_good = false;
        }
        PQclear(result);
    }
    PQenterPipelineMode(postgres->conn);
    return is_good;
}

const struct engine postgres_engine = {
    .connect = postgres_connect,
    .disconnect = postgres_disconnect,
    .read = postgres_read,
    .write = postgres_write,
    .change = postgres_change,
    .ask = postgres_ask,
    .answered = postgres_answered,
    .walk = postgres_walk,
    .snapshot_begin = postgres_snapshot_begin,
    .snapshot_end = postgres_snapshot_end,
    .group_begin = postgres_group_begin,
    .op_end = postgres_op_end,
    .group_end = postgres_group_end,
    .script = postgres_script,
    .load_begin = postgres_load_begin,
    .load_row = postgres_load_row,
    .load_end = postgres_load_end,
};
