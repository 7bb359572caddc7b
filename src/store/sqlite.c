/* sqlite: the embedded engine, on SQLite's C interface.
 *
 * Write-ahead log with full durability. Checkpoints stay out of the commit path: store_upkeep runs
 * them on a reader; only when the log has grown far past that, the writer lends a hand. */
#include "store/engine.h"
#include "base/log.h"
#include "base/must.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUSY_MS = 10000, PAGE = 4096, WRITER_CHECKPOINT = 256 << 20 };

/* The commands that bound transactions, kept prepared: parsing them anew each time was a twentieth
 * of a message's cost. */
enum bound { BEGIN, BEGIN_WRITING, COMMIT, SAVE, RELEASE, BOUNDS };
static const char *const bounds[BOUNDS] = {"BEGIN", "BEGIN IMMEDIATE", "COMMIT", "SAVEPOINT op",
                                           "RELEASE op"};

struct answer {
    struct answer *next;
    size_t ticket;
    struct rows rows;
};

struct sqlite {
    sqlite3 *handle;
    sqlite3_stmt *load;
    sqlite3_stmt *bounds[BOUNDS];
    struct arena *answers_arena; /* of the running group's tickets */
    struct answer *answers;
    struct db_value *scratch; /* the rows of a read while their number is not known */
    size_t scratch_capacity;
    bool has_begun;  /* BEGIN was sent for the group or snapshot */
    bool has_saved;  /* the op has its savepoint */
    bool is_walking; /* rows that would end a transaction early are open */
};

static struct sqlite *of(struct db *db)
{
    return db->connection;
}

struct str sqlite_path(struct arena *arena, const struct store *store)
{
    if (store->file.len)
        return arena_copy(arena, store->file);
    return arena_printf(arena, "%.*s/carillon.db", STR_ARG(store->directory));
}

/* SQLite ends the whole transaction by itself when the disk fails or is full. */
static bool complain(struct db *db, struct str sql)
{
    sqlite3 *handle = of(db)->handle;
    log_line(LOG_WARN, "sqlite-error", LOG_TEXT("why", str_from(sqlite3_errmsg(handle))),
             LOG_INT("code", sqlite3_extended_errcode(handle)),
             LOG_TEXT("sql", str_take(sql, 200)));
    if (db->in_group && of(db)->has_begun && sqlite3_get_autocommit(handle))
        db->group_failed = true;
    return false;
}

static bool command(struct db *db, const char *sql)
{
    if (sqlite3_exec(of(db)->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return complain(db, str_from(sql));
}

static bool step_bound(struct db *db, enum bound which)
{
    sqlite3_stmt **prepared = &of(db)->bounds[which];
    if (!*prepared)
        sqlite3_prepare_v3(of(db)->handle, bounds[which], -1, SQLITE_PREPARE_PERSISTENT, prepared,
                           NULL);
    bool is_done = *prepared && sqlite3_step(*prepared) == SQLITE_DONE;
    if (!is_done)
        complain(db, str_from(bounds[which]));
    sqlite3_reset(*prepared);
    return is_done;
}

/* ---- connections ---------------------------------------------------------------------------- */

static void no_statistics(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* they are kept under one global lock */
}

static int note_wal(void *context, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    atomic_store((_Atomic int64_t *)context, pages);
    return SQLITE_OK;
}

static bool refuse(struct db *db, struct arena *arena, struct str *error, const char *what)
{
    *error = arena_printf(arena, "%s: %s", what,
                          of(db)->handle ? sqlite3_errmsg(of(db)->handle) : "out of memory");
    return false;
}

/* A backup is written once, synced at its end, and read without a trace. */
static const char *journal(const struct db *db)
{
    if (!db->store->file.len)
        return "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
               "PRAGMA wal_autocheckpoint = 0;";
    return db->is_writer ? "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" : "";
}

static int open_flags(const struct db *db)
{
    if (db->is_writer)
        return SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    return SQLITE_OPEN_NOMUTEX |
           (db->store->file.len ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
}

/* SQLite would make it readable for all; the files beside it get the same mode. */
static void make_private(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
}

static bool sqlite_connect(struct db *db, struct arena *arena, struct str *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, no_statistics);
    struct sqlite *sqlite = calloc(1, sizeof *sqlite);
    must(sqlite);
    db->connection = sqlite;
    sqlite->answers_arena = arena_new();
    struct str path = sqlite_path(arena, db->store);
    if (db->is_writer)
        make_private(path.ptr);
    if (sqlite3_open_v2(path.ptr, &sqlite->handle, open_flags(db), NULL) != SQLITE_OK)
        return refuse(db, arena, error, path.ptr);
    sqlite3_busy_timeout(sqlite->handle, BUSY_MS);
    static const char *const set_up = "PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY;"
                                      "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -16384;";
    if (sqlite3_exec(sqlite->handle, journal(db), NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(sqlite->handle, set_up, NULL, NULL, NULL) != SQLITE_OK)
        return refuse(db, arena, error, path.ptr);
    if (!search_register(sqlite->handle))
        return refuse(db, arena, error, "full text");
    if (!db->is_writer)
        return command(db, "PRAGMA query_only = ON");
    sqlite3_wal_hook(sqlite->handle, note_wal, &db->store->wal_pages);
    return true;
}

static void sqlite_disconnect(struct db *db)
{
    struct sqlite *sqlite = of(db);
    if (!sqlite)
        return;
    for (struct statement *st = db->newest; st; st = st->next)
        sqlite3_finalize(st->prepared);
    sqlite3_finalize(sqlite->load);
    for (size_t i = 0; i < BOUNDS; i++)
        sqlite3_finalize(sqlite->bounds[i]);
    if (db->is_writer && sqlite->handle) {
        sqlite3_busy_timeout(sqlite->handle, 500); /* a reader elsewhere does not hold us up */
        sqlite3_wal_checkpoint_v2(sqlite->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    sqlite3_close(sqlite->handle);
    arena_free(sqlite->answers_arena);
    free(sqlite->scratch);
    free(sqlite);
}

bool sqlite_checkpoint(struct db *db)
{
    int code =
        sqlite3_wal_checkpoint_v2(of(db)->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return code == SQLITE_OK || code == SQLITE_BUSY || complain(db, S("checkpoint"));
}

/* ---- statements ----------------------------------------------------------------------------- */

static bool bind_value(sqlite3_stmt *prepared, int at, const struct db_value *value)
{
    const char *bytes = value->bytes.ptr ? value->bytes.ptr : "";
    switch (value->kind) {
    case DB_NULL:
        return sqlite3_bind_null(prepared, at) == SQLITE_OK;
    case DB_INT:
        return sqlite3_bind_int64(prepared, at, value->number) == SQLITE_OK;
    case DB_TEXT:
        return sqlite3_bind_text64(prepared, at, bytes, value->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8) == SQLITE_OK;
    case DB_BLOB:
        return sqlite3_bind_blob64(prepared, at, bytes, value->bytes.len, SQLITE_STATIC) ==
               SQLITE_OK;
    }
    return false;
}

static bool bind_all(sqlite3_stmt *prepared, const struct db_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!bind_value(prepared, (int)i + 1, &values[i]))
            return false;
    return true;
}

/* The statement, ready to step; NULL when it cannot be prepared. */
static sqlite3_stmt *ready(struct db *db, struct statement *st, const struct db_value *values)
{
    sqlite3_stmt *prepared = st->prepared;
    if (!prepared) {
        must(st->sql.len < SQL_CEILING);
        sqlite3_prepare_v3(of(db)->handle, st->sql.ptr, (int)st->sql.len + 1,
                           SQLITE_PREPARE_PERSISTENT, &prepared, NULL);
        st->prepared = prepared;
    }
    if (prepared && bind_all(prepared, values, st->parameters))
        return prepared;
    complain(db, st->sql);
    return NULL;
}

static struct str bytes_of(const void *ptr, int len)
{
    return len > 0 ? str_of(ptr, (size_t)len) : S("");
}

/* A column of the current row; its bytes are SQLite's until the next step. */
static struct db_value column(sqlite3_stmt *prepared, int at)
{
    /* Found once instead of by each of three calls; it is ours, as the connection is one thread's.
     */
    sqlite3_value *value = sqlite3_column_value(prepared, at);
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        return NONE;
    case SQLITE_INTEGER:
        return INT(sqlite3_value_int64(value));
    case SQLITE_TEXT: {
        const void *text = sqlite3_value_text(value);
        return TEXT(bytes_of(text, sqlite3_value_bytes(value)));
    }
    case SQLITE_BLOB: {
        const void *blob = sqlite3_value_blob(value);
        return BLOB(bytes_of(blob, sqlite3_value_bytes(value)));
    }
    default:
        must_broken("a column has a type that the store knows", __FILE__, __LINE__);
    }
    return NONE;
}

static struct db_value *scratch(struct sqlite *sqlite, size_t needed)
{
    if (needed > sqlite->scratch_capacity) {
        size_t capacity = sqlite->scratch_capacity ? 2 * sqlite->scratch_capacity : 64;
        while (capacity < needed)
            capacity *= 2;
        sqlite->scratch = realloc(sqlite->scratch, capacity * sizeof *sqlite->scratch);
        must(sqlite->scratch);
        sqlite->scratch_capacity = capacity;
    }
    return sqlite->scratch;
}

/* Opens the transaction of a group or snapshot at its first statement. A group takes the write lock
 * at once: a read that became a write later could find its state outdated. */
static bool begin(struct db *db)
{
    if (of(db)->has_begun || !(db->in_group || db->in_snapshot))
        return true;
    if (!step_bound(db, db->in_group ? BEGIN_WRITING : BEGIN)) {
        db->group_failed = db->in_group;
        return false;
    }
    of(db)->has_begun = true;
    return true;
}

static bool collect(struct db *db, struct statement *st, const struct db_value *values,
                    struct arena *arena, struct rows *out)
{
    sqlite3_stmt *prepared = ready(db, st, values);
    if (!prepared)
        return false;
    size_t columns = (size_t)sqlite3_column_count(prepared), count = 0;
    int code;
    while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
        struct db_value *row = scratch(of(db), (count + 1) * columns) + count * columns;
        for (size_t i = 0; i < columns; i++) {
            row[i] = column(prepared, (int)i);
            if (row[i].bytes.len)
                row[i].bytes = arena_copy(arena, row[i].bytes);
        }
        count++;
    }
    bool is_whole = code == SQLITE_DONE || complain(db, st->sql);
    sqlite3_reset(prepared);
    *out = (struct rows){.count = is_whole ? count : 0, .columns = columns};
    if (out->count) {
        struct db_value *kept = ARENA_ARRAY(arena, count * columns, struct db_value);
        memcpy(kept, of(db)->scratch, count * columns * sizeof *kept);
        out->values = kept;
    }
    return is_whole;
}

static bool sqlite_read(struct db *db, struct statement *st, const struct db_value *values,
                        struct rows *out)
{
    return begin(db) && collect(db, st, values, db->arena, out);
}

static bool sqlite_change(struct db *db, struct statement *st, const struct db_value *values,
                          int64_t *changed)
{
    if (!begin(db))
        return false;
    if (!of(db)->has_saved && !step_bound(db, SAVE))
        return false;
    of(db)->has_saved = true;
    sqlite3_stmt *prepared = ready(db, st, values);
    if (!prepared)
        return false;
    int code = sqlite3_step(prepared);
    bool is_done = code == SQLITE_DONE || code == SQLITE_ROW || complain(db, st->sql);
    *changed = is_done ? sqlite3_changes64(of(db)->handle) : 0;
    sqlite3_reset(prepared);
    return is_done;
}

static bool sqlite_write(struct db *db, struct statement *st, const struct db_value *values)
{
    int64_t changed;
    return sqlite_change(db, st, values, &changed);
}

/* The rows are taken now, as on the other engine, and lie beside until they are wanted. */
static bool sqlite_ask(struct db *db, struct statement *st, const struct db_value *values,
                       size_t ticket)
{
    struct sqlite *sqlite = of(db);
    struct answer *answer = ARENA_NEW(sqlite->answers_arena, struct answer);
    if (!begin(db) || !collect(db, st, values, sqlite->answers_arena, &answer->rows))
        return false;
    answer->ticket = ticket;
    answer->next = sqlite->answers;
    sqlite->answers = answer;
    return true;
}

static bool sqlite_answered(struct db *db, size_t ticket, struct rows *out)
{
    struct answer *answer = of(db)->answers;
    while (answer && answer->ticket != ticket)
        answer = answer->next;
    must(answer);
    *out = rows_copy(db->arena, &answer->rows);
    return true;
}

static bool sqlite_walk(struct db *db, struct statement *st, const struct db_value *values,
                        bool (*each)(void *context, const struct rows *row), void *context)
{
    sqlite3_stmt *prepared = begin(db) ? ready(db, st, values) : NULL;
    if (!prepared)
        return false;
    int columns = sqlite3_column_count(prepared);
    struct db_value *row = calloc((size_t)columns, sizeof *row);
    must(row);
    struct rows rows = {1, (size_t)columns, row};
    bool wants_more = true;
    int code = SQLITE_DONE;
    while (wants_more && (code = sqlite3_step(prepared)) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++)
            row[i] = column(prepared, i);
        wants_more = each(context, &rows);
    }
    bool is_whole = code == SQLITE_DONE || code == SQLITE_ROW || complain(db, st->sql);
    sqlite3_reset(prepared);
    free(row);
    return is_whole;
}

/* ---- transactions --------------------------------------------------------------------------- */

static bool sqlite_begin(struct db *db)
{
    of(db)->has_begun = of(db)->has_saved = false;
    return true;
}

static void sqlite_snapshot_end(struct db *db)
{
    if (of(db)->has_begun)
        step_bound(db, COMMIT);
    of(db)->has_begun = false;
}

static bool sqlite_op_end(struct db *db, bool keeps)
{
    if (!of(db)->has_saved)
        return true;
    of(db)->has_saved = false;
    return keeps ? step_bound(db, RELEASE) : command(db, "ROLLBACK TO op; RELEASE op");
}

static bool sqlite_group_end(struct db *db, bool keeps)
{
    struct sqlite *sqlite = of(db);
    bool is_kept = keeps;
    if (sqlite->has_begun && keeps)
        is_kept = step_bound(db, COMMIT);
    if (!is_kept && !sqlite3_get_autocommit(sqlite->handle))
        command(db, "ROLLBACK");
    sqlite->has_begun = false;
    sqlite->answers = NULL;
    arena_reset(sqlite->answers_arena);
    if (is_kept && atomic_load(&db->store->wal_pages) > WRITER_CHECKPOINT / PAGE)
        sqlite_checkpoint(db);
    return is_kept;
}

static bool sqlite_script(struct db *db, struct str text, struct arena *arena, struct str *error)
{
    struct str zero_ended = arena_copy(arena, text);
    if (sqlite3_exec(of(db)->handle, zero_ended.ptr, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    *error = arena_copy(arena, str_from(sqlite3_errmsg(of(db)->handle)));
    return false;
}

/* ---- filling a table ------------------------------------------------------------------------ */

static bool sqlite_load_begin(struct db *db, struct str table, struct str columns, size_t count)
{
    struct buf sql = buf_new(SQL_CEILING);
    buf_printf(&sql, "INSERT INTO %.*s (%.*s) VALUES (?1", STR_ARG(table), STR_ARG(columns));
    for (size_t i = 1; i < count; i++)
        buf_printf(&sql, ", ?%zu", i + 1);
    buf_add(&sql, S(")"));
    must(!sql.is_full && !of(db)->load);
    int code = sqlite3_prepare_v2(of(db)->handle, sql.ptr, (int)sql.len, &of(db)->load, NULL);
    bool is_ready = code == SQLITE_OK || complain(db, buf_str(&sql));
    buf_free(&sql);
    return is_ready;
}

static bool sqlite_load_row(struct db *db, const struct rows *row)
{
    sqlite3_stmt *load = of(db)->load;
    bool is_done = bind_all(load, row->values, row->columns) && sqlite3_step(load) == SQLITE_DONE;
    if (!is_done)
        complain(db, S("copying a row"));
    sqlite3_reset(load);
    return is_done;
}

static bool sqlite_load_end(struct db *db)
{
    sqlite3_finalize(of(db)->load);
    of(db)->load = NULL;
    return true;
}

const struct engine sqlite_engine = {
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .read = sqlite_read,
    .write = sqlite_write,
    .change = sqlite_change,
    .ask = sqlite_ask,
    .answered = sqlite_answered,
    .walk = sqlite_walk,
    .snapshot_begin = sqlite_begin,
    .snapshot_end = sqlite_snapshot_end,
    .group_begin = sqlite_begin,
    .op_end = sqlite_op_end,
    .group_end = sqlite_group_end,
    .script = sqlite_script,
    .load_begin = sqlite_load_begin,
    .load_row = sqlite_load_row,
    .load_end = sqlite_load_end,
};
