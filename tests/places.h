/* places: where tests work: empty directories and, on PostgreSQL, empty databases of the server
 * that TEST_DATABASE names. */
#ifndef TESTS_PLACES_H
#define TESTS_PLACES_H

#include "store/store.h"
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

/* An empty directory and, on PostgreSQL, an empty database. */
struct place {
    struct store_settings settings;
    struct str database_name;
    struct arena *arena;
};

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
static inline struct str database_url(struct arena *arena, struct str name)
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
    struct arena *own = arena_new();
    struct place place = {.settings.directory = arena_copy(own, str_from(path)), .arena = own};
    if (on_postgres) {
        place.database_name = arena_printf(own, "store_test_%d_%d", (int)getpid(), number++);
        server_command(arena_printf(own, "CREATE DATABASE %s", place.database_name.ptr));
        place.settings.database = database_url(place.arena, place.database_name);
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
            arena_printf(place->arena, "DROP DATABASE %s WITH (FORCE)", place->database_name.ptr));
    arena_free(place->arena);
}

#endif
