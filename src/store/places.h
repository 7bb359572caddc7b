/* places: where the tests of store work: empty directories and, on PostgreSQL, empty databases of
 * the server that TEST_DATABASE names. */
#ifndef STORE_PLACES_H
#define STORE_PLACES_H

#include "store/blob.h"
#include "store/engine.h"
#include "store/search.h"
#include "base/must.h"
#include "base/time.h"
#include "tests/unit.h"

#include <libpq-fe.h>
#include <sodium.h>

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;

/* An empty directory and, on PostgreSQL, an empty database. */
struct place {
    struct store_settings settings;
    struct str database_name;
};

static bool uses_postgres;

static inline void server_command(struct str command)
{
    PGconn *server = PQconnectdb(getenv("TEST_DATABASE"));
    PGresult *result = PQexec(server, command.ptr);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fprintf(stderr, "%s: %s", command.ptr, PQerrorMessage(server));
    PQclear(result);
    PQfinish(server);
}

/* The server's URL with another database in the path. */
static inline struct str database_url(struct str name)
{
    struct str url = str_from(getenv("TEST_DATABASE"));
    ptrdiff_t query = str_find_char(url, '?');
    struct str options = query < 0 ? S("") : str_skip(url, (size_t)query);
    struct str base = str_take(url, url.len - options.len);
    ptrdiff_t slash = str_find_char(str_skip(base, strlen("postgresql://")), '/');
    must(slash >= 0);
    return arena_printf(arena, "%.*s/%.*s%.*s", (int)strlen("postgresql://") + (int)slash, base.ptr,
                        STR_ARG(name), STR_ARG(options));
}

static inline struct place place_new(bool on_postgres)
{
    static int number;
    char path[] = "/tmp/store-test-XXXXXX";
    must(mkdtemp(path));
    struct place place = {.settings.directory = arena_copy(arena, str_from(path))};
    if (on_postgres) {
        place.database_name = arena_printf(arena, "store_test_%d_%d", (int)getpid(), number++);
        server_command(arena_printf(arena, "CREATE DATABASE %s", place.database_name.ptr));
        place.settings.database = database_url(place.database_name);
    }
    return place;
}

static inline int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void place_free(const struct place *place)
{
    nftw(place->settings.directory.ptr, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (place->database_name.len)
        server_command(
            arena_printf(arena, "DROP DATABASE %s WITH (FORCE)", place->database_name.ptr));
}

static const char *const pet_tables = "-- step 1\n"
                                      "CREATE TABLE pet (\n"
                                      "    org INTEGER NOT NULL, id INTEGER NOT NULL,\n"
                                      "    name TEXT, picture BLOB, -- a comment, with a comma\n"
                                      "    PRIMARY KEY (org, id)\n"
                                      ") STRICT, WITHOUT ROWID;\n"
                                      "CREATE UNIQUE INDEX pet_name ON pet (org, name);\n"
                                      "CREATE TABLE visit (id INTEGER PRIMARY KEY, text TEXT) "
                                      "STRICT;\n";

static inline struct store_module pets(void)
{
    return (struct store_module){"pet", str_from(pet_tables)};
}

static struct store *open_pets(const struct place *place)
{
    struct store_module module = pets();
    struct str error = S("");
    struct store *store = store_open(&place->settings, &module, 1, arena, &error);
    if (!store)
        fprintf(stderr, "store_open: %.*s\n", STR_ARG(error));
    must(store);
    db_set_arena(store_writer(store), arena);
    return store;
}

static inline void put_pet(struct db *db, int64_t id, struct str name)
{
    db_write(db, "INSERT INTO pet (org, id, name) VALUES (1, ?1, ?2)", INT(id), TEXT(name));
}

static inline int64_t pets_in(struct db *db)
{
    struct rows rows = db_read(db, "SELECT COUNT(*) FROM pet", NONE);
    return rows.count ? row_int(&rows, 0, 0) : -1;
}

static inline bool put_alone(struct db *db, int64_t id, struct str name)
{
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, id, name);
    bool is_kept = db_op_end(db, true);
    return db_group_end(db, true) && is_kept;
}

static inline struct str found(struct db *db, struct str query)
{
    struct rows rows = search_find(db, query, 0, 10);
    struct str ids = S("");
    for (size_t i = 0; i < rows.count; i++)
        ids = arena_printf(arena, "%.*s%lld ", STR_ARG(ids), (long long)row_int(&rows, i, 0));
    return ids;
}

static inline void put_text(struct store *store, int64_t id, struct str text, bool drops)
{
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    if (drops)
        search_drop(db, id, text);
    else
        search_put(db, id, text);
    CHECK(db_op_end(db, true) && db_group_end(db, true));
}

#endif
