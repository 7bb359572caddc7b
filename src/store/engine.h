/* engine: what SQLite and PostgreSQL do behind store.h. Seen by src/store only.
 *
 * db.c keeps the rules that both share (sticky errors, order of calls); an engine moves bytes.
 * Every function that can fail returns false after it has logged why; one that ruins more than the
 * running op sets group_failed itself. */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "base/buf.h"
#include "base/hash.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum { PARAMETERS_MAX = 64, SQL_CEILING = 1 << 20 };

/* One text of SQL on one connection, found by the address of its literal. */
struct statement {
    struct statement *next;
    struct str sql;
    struct str written; /* the table that it writes; empty for a read */
    size_t parameters;
    bool is_busy;   /* a walk is going through its rows */
    void *prepared; /* sqlite3_stmt, or the variants of PostgreSQL */
    void *reads;    /* which tables it reads, and */
    size_t table;   /* the number from 1 of the one it writes: for PostgreSQL's writer */
};

struct engine {
    /* Connects and sets the connection up. False with a sentence. */
    bool (*connect)(struct db *db, struct arena *arena, struct str *error);
    void (*disconnect)(struct db *db);

    bool (*read)(struct db *db, struct statement *st, const struct db_value *values,
                 struct rows *out);
    bool (*write)(struct db *db, struct statement *st, const struct db_value *values);
    bool (*change)(struct db *db, struct statement *st, const struct db_value *values,
                   int64_t *changed);
    bool (*ask)(struct db *db, struct statement *st, const struct db_value *values, size_t ticket);
    bool (*answered)(struct db *db, size_t ticket, struct rows *out);
    bool (*walk)(struct db *db, struct statement *st, const struct db_value *values,
                 bool (*each)(void *context, const struct rows *row), void *context);

    bool (*snapshot_begin)(struct db *db);
    void (*snapshot_end)(struct db *db);
    bool (*group_begin)(struct db *db);
    bool (*op_end)(struct db *db, bool keeps);
    bool (*group_end)(struct db *db, bool keeps);

    /* Runs several statements at once, outside of groups; for migrations. */
    bool (*script)(struct db *db, struct str text, struct arena *arena, struct str *error);

    /* Fills a table inside a transaction that the caller opened with script. */
    bool (*load_begin)(struct db *db, struct str table, struct str columns, size_t count);
    bool (*load_row)(struct db *db, const struct rows *row);
    bool (*load_end)(struct db *db);
};

extern const struct engine sqlite_engine, postgres_engine;

struct db {
    struct store *store;
    const struct engine *engine;
    void *connection;
    struct arena *arena; /* the caller's: results */
    struct arena *own;   /* dies with the connection: statements */
    struct map statements;
    struct statement *newest;
    size_t tickets; /* of the running group */
    int64_t op;     /* the number of the running op; 0 outside */
    int64_t op_count;
    bool is_writer;
    bool in_snapshot, in_group, in_op;
    bool is_paused;    /* the snapshot */
    bool is_whole;     /* all up to the end is one transaction, which a script has begun */
    uint64_t commits;  /* of the store, before the snapshot */
    bool has_failed;   /* the op, the snapshot or the lone statement */
    bool group_failed; /* nothing in the group can be kept */
    bool has_written;  /* the group */
};

struct store {
    struct arena *arena;
    struct str directory;
    struct str database; /* empty: SQLite */
    struct str file;     /* of a backup; empty: SQLite's file in the directory */
    const struct engine *engine;
    struct store_module *modules;
    size_t module_count;
    bool is_reader_only;
    int lock; /* the writer's lock file, or -1 */
    struct db *writer;
    int64_t epoch;
    int64_t token; /* of this writer; another one in the database means that we lost the lock */
    _Atomic int64_t last_time;
    _Atomic int64_t ceiling;
    _Atomic int64_t wal_pages;
    _Atomic uint64_t commits; /* groups kept since the start */
    _Atomic uint64_t freed;   /* bytes of removed blobs since the start */
    pthread_mutex_t shelves;  /* held while a blob comes to its place or leaves it */
};

/* statement.c: the entry for a text at this address; made on first use. */
struct statement *statement_find(struct db *db, const char *sql);

/* statement.c: the next word, placeholder or other character of SQL, without what stands in quotes
 * and comments. */
enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_PLACEHOLDER,
    TOKEN_QUOTED,
    TOKEN_SPACE,
    TOKEN_OTHER
};
struct token {
    enum token_kind kind;
    struct str text;
};
struct token token_next(struct str sql, size_t *at);

/* statement.c: the text with ?N as $N. */
struct str statement_dollars(struct arena *arena, struct str sql);

/* db.c: a connection of the store. NULL with a sentence in *error. */
struct db *db_connect(struct store *store, bool is_writer, struct arena *arena, struct str *error);

/* db.c: a deep copy of rows in `arena`. */
struct rows rows_copy(struct arena *arena, const struct rows *rows);

/* migrate.c: steps of all modules, up to what `limit` says, or all. Sets *error when false. */
struct step_limit {
    struct str module;
    int64_t step;
};
bool migrate(struct db *db, const struct step_limit *limits, size_t limit_count,
             struct arena *arena, struct str *error);

/* migrate.c: refuses tables that are newer (or, for a reader, older) than the program. */
bool migrate_is_known(struct db *db, bool is_exact, struct arena *arena, struct str *error);

/* migrate.c: SQL for tables in PostgreSQL's words. */
struct str migrate_translate(struct arena *arena, struct str sql);

/* store.c: moves the kept ceiling of server time ahead inside the writer's group when it is near.
 * Returns the new one, which counts once the group is durable, or 0. */
int64_t store_time_ahead(struct db *writer);

/* store.c: the directory with its writer's lock, and no connection yet; for restoring. A `file`
 * that is not empty is SQLite's in the place of the directory's own, written without care for
 * crashes. */
struct store *store_claim(const struct store_settings *settings, struct str file,
                          const struct store_module *modules, size_t module_count,
                          struct arena *arena, struct str *error);

/* store.c: a backup file as a store without directory and locks. Ended with store_close. */
struct store *store_on_file(struct str file, const struct store_module *modules,
                            size_t module_count);

/* store.c: takes over the tables as their writer; a new epoch if wanted, and server time not below
 * `floor`. */
bool store_take_over(struct store *store, bool is_new_epoch, int64_t floor);

/* store.c: the number kept under this name, or 0. */
int64_t store_meta_get(struct db *db, const char *name);

/* backup.c: server time's ceiling, so that a restore knows what had been reached. */
bool backup_copy_ceiling(struct db *reader, struct db *writer, struct arena *arena,
                         struct str *error);

/* sqlite.c: the file of a store whose `database` is empty. */
struct str sqlite_path(struct arena *arena, const struct store *store);
bool sqlite_checkpoint(struct db *db);

/* blob.c: the hash of what a file holds. False when it cannot be read. */
bool blob_hash_file(int file, char hash[static 32]);

/* blob.c: a lock against deletion (a backup's, waited for) or for one (refused while a backup
 * runs); -1 when it is not to be had. Closed by the caller. */
int blob_lock(const struct store *store, bool is_backup);

/* blob.c: calls `each` for every file of the blobs; `hash` is empty when the name is not one. Ends
 * when it returns false, and returns false then or when a folder cannot be read. */
bool blob_each(struct store *store, bool (*each)(void *context, struct str hash, const char *path),
               void *context);

/* blob.c: all files of one store into another. */
bool blob_copy(struct store *from, struct store *to);

/* blob.c: makes a finished file, or the names in a directory, durable. */
bool blob_sync(const char *path);

/* copy.c: the state of `reader`'s snapshot into the tables of `writer`. False with a sentence. */
bool copy_rows(struct db *reader, struct db *writer, struct arena *arena, struct str *error);

/* copy.c: lets a connection sort on disk what may be larger than memory. */
void copy_uses_disk(struct db *reader);

/* copy.c: the tables of modules in order, one column: name; without the store's own. */
struct rows copy_tables(struct db *db);

/* copy.c: runs a statement that holds one table's name in place of %s. */
bool copy_script(struct db *db, const char *format, struct str table, struct arena *arena,
                 struct str *error);

/* words.c: two characters of a script without spaces. */
bool search_is_pair(struct str word);

/* search.c: registers the tokenizer with an open SQLite connection (a sqlite3 *). */
bool search_register(void *handle);
extern const struct store_module search_module_sqlite, search_module_postgres;

#endif
