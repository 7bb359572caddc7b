/* store: rows on SQLite or PostgreSQL, behind one small interface.
 *
 * One text of SQL serves both engines: placeholders are ?1, ?2, …; migrations are written in
 * SQLite's STRICT types (INTEGER, TEXT, BLOB) and are translated for PostgreSQL. Text compares by
 * bytes. No booleans, JSON or timestamps in SQL, no triggers, no procedures.
 *
 * Writes: one thread at a time uses the writer, in groups that share a commit. Reads: each thread
 * has a reader of its own, with snapshots. Nothing here knows people or organisations. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"

struct store;
struct db; /* one connection: the writer or a reader; used by one thread at a time */

/* ---- opening ------------------------------------------------------------------------------- */

struct store_settings {
    struct str directory; /* data directory: blobs, and the SQLite file when it is the engine */
    struct str database;  /* empty: SQLite in `directory`; else postgresql://… */
    bool is_reader_only;  /* no writer and no lock; for commands beside a running server */
};

/* A module's migrations: SQL text in steps that begin with a line "-- step N", N from 1. Steps are
 * append-only: a released step never changes (its comments may), or the store is not opened. Types
 * and options are written in capitals, names in small letters; no rows of fresh tables. */
struct store_module {
    const char *name;
    struct str migrations;
    const struct store_rule *rules; /* ends with {0} or is NULL */
    const char *blobs; /* or NULL: reads org, id, hash, size of all that names a blob */
};

/* What holds between rows, whatever happened: a read of what breaks it. Each of its rows is one
 * fault; its columns stand in the sentence for %1, %2 and so on. */
struct store_rule {
    const char *sentence, *sql;
};

/* Opens or makes the data directory and database, takes the writer's lock (file lock or advisory
 * lock) and brings the tables up to date, in the order given. NULL with one sentence in *error (of
 * `arena`): no such directory, a network file system, another writer at work, newer tables than
 * this program knows, a migration that failed. */
struct store *store_open(const struct store_settings *settings, const struct store_module *modules,
                         size_t module_count, struct arena *arena, struct str *error);

void store_close(struct store *store);

bool store_is_postgres(const struct store *store);
struct str store_directory(const struct store *store);

/* Another number after a restore, a copy to another engine or a failover: clients then start
 * afresh. Kept in the database. */
int64_t store_epoch(const struct store *store);

/* Server time in milliseconds: the wall clock, but never less than any value returned before, over
 * restarts too (a ceiling is kept in the database and moved ahead by the writer's commits). */
int64_t store_time(struct store *store);

/* The store's one writer. Belongs to the store. */
struct db *store_writer(struct store *store);

/* A new reader. NULL only when the database cannot be reached. Ended with db_close. */
struct db *store_reader(struct store *store);
void db_close(struct db *reader);

/* ---- values and rows ----------------------------------------------------------------------- */

enum db_kind { DB_NULL, DB_INT, DB_TEXT, DB_BLOB };

struct db_value {
    enum db_kind kind;
    int64_t number;
    struct str bytes; /* text or blob */
};

#define INT(x)  ((struct db_value){.kind = DB_INT, .number = (x)})
#define TEXT(s) ((struct db_value){.kind = DB_TEXT, .bytes = (s)})
#define BLOB(s) ((struct db_value){.kind = DB_BLOB, .bytes = (s)})
#define NONE    ((struct db_value){.kind = DB_NULL})

/* All rows of a read, in the arena of the connection. */
struct rows {
    size_t count;
    size_t columns;
    const struct db_value *values; /* row after row */
};

/* NULL reads as 0 and as the empty text. Another type than asked for is a broken promise. */
int64_t row_int(const struct rows *rows, size_t row, size_t column);
struct str row_text(const struct rows *rows, size_t row, size_t column); /* text or blob */
bool row_is_null(const struct rows *rows, size_t row, size_t column);

/* ---- statements ---------------------------------------------------------------------------- */

/* Results of the statements that follow are made in this arena. */
void db_set_arena(struct db *db, struct arena *arena);

/* SQL is a literal: a text put together at run time does not compile. Statements are prepared once
 * per connection and found by the literal's address. */
#define DB_VALUES(...)                      \
    (const struct db_value[]){__VA_ARGS__}, \
        sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)

/* Reads all rows. Without values: db_read(db, "SELECT …", NONE) with no ?1 in the text. */
#define db_read(db, sql, ...) db_read_((db), "" sql, DB_VALUES(__VA_ARGS__))

/* Changes rows. It may be queued (PostgreSQL) until something reads a table that it writes, or the
 * group ends; its failure then fails the group. */
#define db_write(db, sql, ...) db_write_((db), "" sql, DB_VALUES(__VA_ARGS__))

/* Changes rows at once and returns how many. Dearer than db_write on PostgreSQL. */
#define db_change(db, sql, ...) db_change_((db), "" sql, DB_VALUES(__VA_ARGS__))

/* Puts a read to the database without waiting; db_answered returns its rows. The tickets of a group
 * go in one round trip. A ticket's rows are as of db_ask: it is for what the group will not change
 * in between. Tickets end with the group. */
#define db_ask(db, sql, ...) db_ask_((db), "" sql, DB_VALUES(__VA_ARGS__))

struct rows db_read_(struct db *db, const char *sql, const struct db_value *values, size_t count);
void db_write_(struct db *db, const char *sql, const struct db_value *values, size_t count);
int64_t db_change_(struct db *db, const char *sql, const struct db_value *values, size_t count);
size_t db_ask_(struct db *db, const char *sql, const struct db_value *values, size_t count);
struct rows db_answered(struct db *db, size_t ticket);

/* Reads rows one after another without holding them: for exports and copies, on a reader. `each`
 * gets one row that is valid until it returns, and uses the connection for nothing else; false ends
 * the walk. False only when the database failed. */
#define db_walk(db, each, context, sql, ...) \
    db_walk_((db), (each), (context), "" sql, DB_VALUES(__VA_ARGS__))
bool db_walk_(struct db *db, bool (*each)(void *context, const struct rows *row), void *context,
              const char *sql, const struct db_value *values, size_t count);

/* Errors are sticky: after one, reads return no rows and writes do nothing, until the op (or the
 * snapshot) ends. db_break makes that state from outside: a refused request must write nothing. */
bool db_failed(const struct db *db);
void db_break(struct db *db);

/* ---- transactions -------------------------------------------------------------------------- */

/* On a reader: one consistent state for all reads until it ends. */
void db_snapshot_begin(struct db *db);
void db_snapshot_end(struct db *db);

/* Like db_snapshot_end for the caller; but the next db_snapshot_begin goes on with the same state
 * when no group was committed since, which spares the transaction's bounds. A thread that is about
 * to wait calls db_snapshot_drop, which ends what is paused, if anything is. */
void db_snapshot_pause(struct db *db);

/* Ends the snapshot and begins another. False when it is the same state: nothing was committed. */
bool db_snapshot_renew(struct db *db);
void db_snapshot_drop(struct db *db);

/* On the writer: a group holds ops; an op is kept or dropped alone, the group is durable or undone
 * as a whole. After db_group_end has returned true nothing in it can be lost. After false nothing
 * of it is there, unless the connection to PostgreSQL broke in the very commit: whoever runs the
 * ops again finds out by their keys.
 *
 * A statement that fails harms its op alone where the engine can tell; a db_write that PostgreSQL
 * refuses later fails the group, whose ops are then run again one by one. */
void db_group_begin(struct db *db);
void db_op_begin(struct db *db);
bool db_op_end(struct db *db, bool keeps); /* true: it is kept, if the group is */
bool db_group_end(struct db *db, bool keeps);

/* ---- upkeep -------------------------------------------------------------------------------- */

/* Moves what a commit left behind into place, off the commit path: a passive WAL checkpoint past 16
 * MiB (SQLite). Keeps the ceiling of server time ahead while nothing is written. Called some times
 * a second by one thread with a reader of its own. */
void store_upkeep(struct db *reader);

/* Writes one file with all rows and all blobs, consistent with each other, beside a running server.
 * The file is a SQLite database; blobs are rows of its table backup_blob (hash, part, bytes). */
bool store_backup(struct store *store, struct str file, struct arena *arena, struct str *error);

/* Fills an empty data directory (and an empty database) from a backup file; a new epoch begins. All
 * of it is there afterwards, or nothing and one sentence in *error. */
bool store_restore(const struct store_settings *settings, const struct store_module *modules,
                   size_t module_count, struct str file, struct arena *arena, struct str *error);

/* Copies all rows from one database to an empty other one; a new epoch begins there. */
bool store_copy(struct store *from, struct store *to, struct arena *arena, struct str *error);

/* Looks for damage in the database, between its rows (the modules' rules) and in the blobs; calls
 * `found` with one sentence for each, and for what could not be looked at, which is no damage.
 * Returns how many damages there were. Blobs are not removed meanwhile. */
int64_t store_check(struct store *store,
                    void (*found)(void *context, bool is_damage, struct str sentence),
                    void *context, struct arena *arena);

#endif
