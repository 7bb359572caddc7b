/* db: the calls of store.h that both engines share: values, sticky errors, groups and ops. */
#include "store/engine.h"
#include "base/log.h"
#include "base/must.h"

#include <stdlib.h>

/* ---- rows ----------------------------------------------------------------------------------- */

static const struct db_value *value_at(const struct rows *rows, size_t row, size_t column)
{
    must(row < rows->count && column < rows->columns);
    return &rows->values[row * rows->columns + column];
}

int64_t row_int(const struct rows *rows, size_t row, size_t column)
{
    const struct db_value *value = value_at(rows, row, column);
    must(value->kind == DB_INT || value->kind == DB_NULL);
    return value->number;
}

struct str row_text(const struct rows *rows, size_t row, size_t column)
{
    const struct db_value *value = value_at(rows, row, column);
    must(value->kind != DB_INT);
    return value->kind == DB_NULL ? S("") : value->bytes;
}

bool row_is_null(const struct rows *rows, size_t row, size_t column)
{
    return value_at(rows, row, column)->kind == DB_NULL;
}

struct rows rows_copy(struct arena *arena, const struct rows *rows)
{
    size_t total = rows->count * rows->columns;
    if (total == 0)
        return (struct rows){.columns = rows->columns};
    struct db_value *values = ARENA_ARRAY(arena, total, struct db_value);
    for (size_t i = 0; i < total; i++) {
        values[i] = rows->values[i];
        if (values[i].kind == DB_TEXT || values[i].kind == DB_BLOB)
            values[i].bytes = arena_copy(arena, values[i].bytes);
    }
    return (struct rows){rows->count, rows->columns, values};
}

/* ---- connections ---------------------------------------------------------------------------- */

struct db *db_connect(struct store *store, bool is_writer, struct arena *arena, struct str *error)
{
    struct db *db = calloc(1, sizeof *db);
    must(db);
    db->store = store;
    db->engine = store->engine;
    db->is_writer = is_writer;
    db->own = arena_new();
    if (db->engine->connect(db, arena, error))
        return db;
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db->engine->disconnect(db);
    map_free(&db->statements);
    arena_free(db->own);
    free(db);
}

struct db *store_reader(struct store *store)
{
    struct arena *arena = arena_new();
    struct str error = S("");
    struct db *db = db_connect(store, false, arena, &error);
    if (!db)
        log_line(LOG_ERROR, "reader-refused", LOG_TEXT("why", error));
    arena_free(arena);
    return db;
}

void db_set_arena(struct db *db, struct arena *arena)
{
    db->arena = arena;
}

/* ---- statements ----------------------------------------------------------------------------- */

bool db_failed(const struct db *db)
{
    return db->has_failed || db->group_failed;
}

static bool is_alone(const struct db *db)
{
    return !db->in_group && !db->in_snapshot;
}

/* An error lasts until the op or the snapshot ends; a statement outside of both starts afresh. */
static bool is_usable(struct db *db)
{
    if (is_alone(db))
        db->has_failed = false;
    return !db_failed(db);
}

static void note_failure(struct db *db)
{
    if (db->in_group && !db->in_op)
        db->group_failed = true;
    else
        db->has_failed = true;
}

void db_break(struct db *db)
{
    note_failure(db);
}

static struct statement *statement_for(struct db *db, const char *sql,
                                       const struct db_value *values, size_t count)
{
    struct statement *st = statement_find(db, sql);
    bool has_none = st->parameters == 0 && count == 1 && values[0].kind == DB_NULL;
    must(has_none || count == st->parameters);
    must(!st->is_busy);
    return st;
}

struct rows db_read_(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
    struct rows rows = {0};
    if (!is_usable(db))
        return rows;
    must(db->arena);
    struct statement *st = statement_for(db, sql, values, count);
    must(st->written.len == 0);
    if (!db->engine->read(db, st, values, &rows)) {
        note_failure(db);
        rows = (struct rows){0};
    }
    return rows;
}

/* The statement of a write that may run now, or NULL. */
static struct statement *writing(struct db *db, const char *sql, const struct db_value *values,
                                 size_t count)
{
    must(db->is_writer && db->in_op);
    if (!is_usable(db))
        return NULL;
    struct statement *st = statement_for(db, sql, values, count);
    must(st->written.len > 0);
    db->has_written = true;
    return st;
}

void db_write_(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
    struct statement *st = writing(db, sql, values, count);
    if (st && !db->engine->write(db, st, values))
        note_failure(db);
}

int64_t db_change_(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
    int64_t changed = 0;
    struct statement *st = writing(db, sql, values, count);
    if (st && !db->engine->change(db, st, values, &changed)) {
        note_failure(db);
        return 0;
    }
    return changed;
}

size_t db_ask_(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
    must(db->is_writer && db->in_group);
    size_t ticket = db->tickets;
    if (!is_usable(db))
        return SIZE_MAX;
    struct statement *st = statement_for(db, sql, values, count);
    must(st->written.len == 0);
    if (!db->engine->ask(db, st, values, ticket)) {
        note_failure(db);
        return SIZE_MAX;
    }
    db->tickets++;
    return ticket;
}

struct rows db_answered(struct db *db, size_t ticket)
{
    struct rows rows = {0};
    if (ticket == SIZE_MAX)
        note_failure(db);
    if (!is_usable(db))
        return rows;
    must(db->in_group && ticket < db->tickets && db->arena);
    if (!db->engine->answered(db, ticket, &rows)) {
        note_failure(db);
        rows = (struct rows){0};
    }
    return rows;
}

bool db_walk_(struct db *db, bool (*each)(void *context, const struct rows *row), void *context,
              const char *sql, const struct db_value *values, size_t count)
{
    if (!is_usable(db))
        return false;
    struct statement *st = statement_for(db, sql, values, count);
    must(st->written.len == 0 && !db->in_group);
    st->is_busy = true;
    bool is_whole = db->engine->walk(db, st, values, each, context);
    st->is_busy = false;
    if (!is_whole)
        note_failure(db);
    return is_whole;
}

/* ---- transactions --------------------------------------------------------------------------- */

void db_snapshot_begin(struct db *db)
{
    uint64_t commits = atomic_load(&db->store->commits);
    if (db->is_paused && db->commits == commits) {
        db->is_paused = false;
        return;
    }
    db_snapshot_drop(db);
    must(is_alone(db) && !db->is_writer);
    db->has_failed = false;
    db->in_snapshot = true;
    db->commits = commits;
    if (!db->engine->snapshot_begin(db))
        note_failure(db);
}

void db_snapshot_pause(struct db *db)
{
    must(db->in_snapshot && !db->is_paused);
    if (db_failed(db))
        db_snapshot_end(db);
    else
        db->is_paused = true;
}

bool db_snapshot_renew(struct db *db)
{
    bool is_same = atomic_load(&db->store->commits) == db->commits && !db_failed(db);
    if (is_same)
        return false;
    db_snapshot_end(db);
    db_snapshot_begin(db);
    return true;
}

void db_snapshot_drop(struct db *db)
{
    if (db->is_paused)
        db_snapshot_end(db);
}

void db_snapshot_end(struct db *db)
{
    must(db->in_snapshot);
    db->engine->snapshot_end(db);
    db->in_snapshot = db->is_paused = false;
    db->has_failed = false;
}

void db_group_begin(struct db *db)
{
    must(db->is_writer && is_alone(db));
    db->in_group = true;
    db->has_failed = db->group_failed = db->has_written = false;
    db->tickets = 0;
    if (!db->engine->group_begin(db))
        db->group_failed = true;
}

void db_op_begin(struct db *db)
{
    must(db->in_group && !db->in_op);
    db->in_op = true;
    db->op = ++db->op_count;
    db->has_failed = false;
}

bool db_op_end(struct db *db, bool keeps)
{
    must(db->in_op);
    bool has_succeeded = !db_failed(db);
    if (!db->group_failed && !db->engine->op_end(db, keeps && has_succeeded))
        db->group_failed = true;
    db->in_op = false;
    db->op = 0;
    db->has_failed = false;
    return keeps && has_succeeded && !db->group_failed;
}

bool db_group_end(struct db *db, bool keeps)
{
    must(db->in_group && !db->in_op);
    int64_t ceiling = 0;
    if (keeps && !db->group_failed && db->has_written)
        ceiling = store_time_ahead(db);
    bool is_kept = db->engine->group_end(db, keeps && !db->group_failed);
    if (is_kept)
        atomic_fetch_add(&db->store->commits, 1);
    if (is_kept && ceiling)
        atomic_store(&db->store->ceiling, ceiling);
    db->in_group = false;
    db->group_failed = false;
    db->tickets = 0;
    return is_kept;
}
