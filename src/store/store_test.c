/* Units of store. Everything runs on SQLite, and on PostgreSQL too when TEST_DATABASE names a
 * server. */
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
#include <sys/wait.h>
#include <unistd.h>

/* ---- places ------------------------------------------------------------------------------------
 */

static struct arena *arena;

/* An empty directory and, on PostgreSQL, an empty database. */
struct place {
    struct store_settings settings;
    struct str database_name;
};

static bool uses_postgres;

static void server_command(struct str command)
{
    PGconn *server = PQconnectdb(getenv("TEST_DATABASE"));
    PGresult *result = PQexec(server, command.ptr);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fprintf(stderr, "%s: %s", command.ptr, PQerrorMessage(server));
    PQclear(result);
    PQfinish(server);
}

/* The server's URL with another database in the path. */
static struct str database_url(struct str name)
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

static struct place place_new(bool on_postgres)
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

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static void place_free(const struct place *place)
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

static struct store_module pets(void)
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

static void put_pet(struct db *db, int64_t id, struct str name)
{
    db_write(db, "INSERT INTO pet (org, id, name) VALUES (1, ?1, ?2)", INT(id), TEXT(name));
}

static int64_t pets_in(struct db *db)
{
    struct rows rows = db_read(db, "SELECT COUNT(*) FROM pet", NONE);
    return rows.count ? row_int(&rows, 0, 0) : -1;
}

static bool put_alone(struct db *db, int64_t id, struct str name)
{
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, id, name);
    bool is_kept = db_op_end(db, true);
    return db_group_end(db, true) && is_kept;
}

/* ---- values ------------------------------------------------------------------------------------
 */

static void values(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    struct str zeros = str_of("\0\1\0", 3);
    db_group_begin(db);
    db_op_begin(db);
    db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)", INT(1),
             INT(INT64_MIN), TEXT(S("")), BLOB(zeros));
    db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)", INT(1),
             INT(INT64_MAX), NONE, NONE);
    db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)", INT(1), INT(3),
             TEXT(S("编钟 ?1 'x'")), BLOB(S("")));
    CHECK(db_op_end(db, true));
    CHECK(db_group_end(db, true));
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    struct rows rows = db_read(
        reader, "SELECT id, name, picture, '?9''s' FROM pet WHERE org = ?1 ORDER BY id", INT(1));
    CHECK(rows.count == 3 && rows.columns == 4);
    CHECK(row_int(&rows, 0, 0) == INT64_MIN && row_int(&rows, 2, 0) == INT64_MAX);
    CHECK(!row_is_null(&rows, 0, 1) && row_text(&rows, 0, 1).len == 0);
    CHECK(str_equal(row_text(&rows, 0, 2), zeros));
    CHECK(row_is_null(&rows, 2, 1) && row_is_null(&rows, 2, 2) && row_text(&rows, 2, 2).len == 0);
    CHECK(str_equal(row_text(&rows, 1, 1), S("编钟 ?1 'x'")));
    CHECK(!row_is_null(&rows, 1, 2) && row_text(&rows, 1, 2).len == 0);
    CHECK(str_equal(row_text(&rows, 0, 3), S("?9's")));
    rows = db_read(reader, "SELECT COUNT(*), SUM(id), MIN(id), ?2 FROM pet WHERE id = ?1", INT(3),
                   INT(7));
    CHECK(row_int(&rows, 0, 0) == 1 && row_int(&rows, 0, 1) == 3 && row_int(&rows, 0, 2) == 3 &&
          row_int(&rows, 0, 3) == 7);
    rows = db_read(reader, "SELECT id FROM pet WHERE name = ?1 OR ?1 IS NULL ORDER BY id",
                   TEXT(S("编钟 ?1 'x'")));
    CHECK(rows.count == 1);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* Capital letters before small ones, and both before other scripts: the order of bytes. */
static void collation(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    const char *const names[] = {"b", "a", "B", "é", "_", "编", "Z"};
    db_group_begin(db);
    db_op_begin(db);
    for (size_t i = 0; i < 7; i++)
        put_pet(db, (int64_t)i + 1, str_from(names[i]));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    struct rows rows = db_read(db, "SELECT name FROM pet ORDER BY name", NONE);
    const char *const sorted[] = {"B", "Z", "_", "a", "b", "é", "编"};
    for (size_t i = 0; i < 7; i++)
        CHECK(str_equal(row_text(&rows, i, 0), str_from(sorted[i])));
    rows = db_read(db, "SELECT name FROM pet WHERE name < ?1", TEXT(S("a")));
    CHECK(rows.count == 3);
    store_close(store);
    place_free(&place);
}

/* ---- groups and ops ----------------------------------------------------------------------------
 */

static void ops(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 1, S("kept"));
    CHECK(db_op_end(db, true));
    db_op_begin(db);
    put_pet(db, 2, S("dropped"));
    CHECK(!db_op_end(db, false));
    db_op_begin(db);
    put_pet(db, 3, S("dropped though read"));
    CHECK(pets_in(db) == 2);
    put_pet(db, 4, S("dropped after it"));
    CHECK(!db_op_end(db, false));
    CHECK(pets_in(db) == 1);
    db_op_begin(db);
    put_pet(db, 5, S("read and kept"));
    CHECK(pets_in(db) == 2);
    CHECK(db_change(db, "UPDATE pet SET name = name || ?1 WHERE org = 1", TEXT(S("!"))) == 2);
    put_pet(db, 6, S("kept after it"));
    CHECK(db_op_end(db, true));
    CHECK(db_group_end(db, true));
    CHECK(pets_in(db) == 3);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 7, S("undone"));
    CHECK(pets_in(db) == 4);
    CHECK(db_op_end(db, true));
    CHECK(!db_group_end(db, false));
    CHECK(pets_in(db) == 3);
    db_group_begin(db);
    CHECK(db_group_end(db, true));
    store_close(store);
    store = open_pets(&place);
    CHECK(pets_in(store_writer(store)) == 3);
    store_close(store);
    place_free(&place);
}

static void errors(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    CHECK(put_alone(db, 1, S("first")));
    CHECK(!put_alone(db, 1, S("same id")));
    CHECK(pets_in(db) == 1);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 2, S("before"));
    db_break(db);
    CHECK(db_failed(db) && pets_in(db) == -1);
    put_pet(db, 3, S("after"));
    CHECK(!db_op_end(db, true));
    CHECK(!db_failed(db));
    db_op_begin(db);
    put_pet(db, 4, S("next"));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    CHECK(pets_in(db) == 2);
    /* An error that the op meets itself harms the op alone; one that is met later, the group. */
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 5, S("good"));
    CHECK(db_op_end(db, true));
    db_op_begin(db);
    CHECK(db_change(db, "INSERT INTO pet (org, id) VALUES (1, ?1)", INT(4)) == 0);
    CHECK(db_failed(db) && pets_in(db) == -1);
    CHECK(!db_op_end(db, true));
    CHECK(pets_in(db) == 3);
    CHECK(db_group_end(db, true) && pets_in(db) == 3);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 6, S("sixth"));
    CHECK(db_op_end(db, true));
    db_op_begin(db);
    put_pet(db, 6, S("again"));
    bool is_op_kept = db_op_end(db, true);
    CHECK(!(db_group_end(db, true) && is_op_kept));
    CHECK(pets_in(db) == (is_op_kept ? 3 : 4));
    store_close(store);
    place_free(&place);
}

static void asks(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    CHECK(put_alone(db, 1, S("one")));
    db_group_begin(db);
    size_t first = db_ask(db, "SELECT name FROM pet WHERE id = ?1", INT(1));
    size_t second = db_ask(db, "SELECT name FROM pet WHERE id = ?1", INT(2));
    db_op_begin(db);
    put_pet(db, 2, S("two"));
    struct rows rows = db_answered(db, second);
    CHECK(rows.count == 0);
    CHECK(pets_in(db) == 2);
    CHECK(db_op_end(db, true));
    rows = db_answered(db, first);
    CHECK(rows.count == 1 && str_equal(row_text(&rows, 0, 0), S("one")));
    rows = db_answered(db, db_ask(db, "SELECT name FROM pet WHERE id = ?1", INT(2)));
    CHECK(rows.count == 1 && str_equal(row_text(&rows, 0, 0), S("two")));
    CHECK(db_group_end(db, true));
    store_close(store);
    place_free(&place);
}

static void conflicts(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    for (int i = 0; i < 2; i++)
        CHECK(db_change(db,
                        "INSERT INTO pet (org, id, name) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
                        INT(1), TEXT(S("one"))) == (i == 0));
    for (int i = 0; i < 2; i++)
        db_write(db,
                 "INSERT INTO visit (id, text) VALUES (?1, ?2)"
                 " ON CONFLICT (id) DO UPDATE SET text = visit.text || excluded.text",
                 INT(1), TEXT(S("x")));
    db_write(db, "UPDATE pet SET name = ?1, picture = ?2 WHERE id = ?3", NONE, NONE, INT(1));
    CHECK(db_change(db, "DELETE FROM pet WHERE id = ?1 AND name IS NULL", INT(1)) == 1);
    CHECK(db_change(db, "DELETE FROM pet WHERE id = ?1", INT(1)) == 0);
    struct rows rows = db_read(db, "SELECT text FROM visit", NONE);
    CHECK(rows.count == 1 && str_equal(row_text(&rows, 0, 0), S("xx")));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    store_close(store);
    place_free(&place);
}

/* The same read again and again: as of every write, drop and failed group before it. */
static void repeated_reads(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    CHECK(put_alone(db, 1, S("one")));
    CHECK(pets_in(db) == 1 && pets_in(db) == 1);
    CHECK(put_alone(db, 2, S("two")) && pets_in(db) == 2);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 3, S("three"));
    CHECK(pets_in(db) == 3 && pets_in(db) == 3);
    CHECK(!db_op_end(db, false));
    CHECK(pets_in(db) == 2);
    db_op_begin(db);
    put_pet(db, 3, S("three"));
    CHECK(pets_in(db) == 3);
    CHECK(db_op_end(db, true));
    CHECK(!db_group_end(db, false));
    CHECK(pets_in(db) == 2);
    CHECK(!put_alone(db, 2, S("fails")) && pets_in(db) == 2);
    store_close(store);
    place_free(&place);
}

static void snapshots(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    db_snapshot_begin(reader);
    CHECK(pets_in(reader) == 0);
    CHECK(put_alone(store_writer(store), 1, S("one")));
    CHECK(pets_in(reader) == 0);
    db_snapshot_end(reader);
    CHECK(pets_in(reader) == 1);
    db_snapshot_begin(reader);
    CHECK(pets_in(reader) == 1);
    db_break(reader);
    CHECK(db_failed(reader) && pets_in(reader) == -1);
    db_snapshot_end(reader);
    CHECK(pets_in(reader) == 1);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

static bool add_up(void *context, const struct rows *row)
{
    int64_t *sum = context;
    *sum += row_int(row, 0, 0);
    return *sum < 1000;
}

static void walks(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    for (int64_t i = 1; i <= 100; i++)
        db_write(db, "INSERT INTO visit (id, text) VALUES (?1, ?2)", INT(i), TEXT(S("x")));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    int64_t sum = 0;
    CHECK(db_walk(reader, add_up, &sum, "SELECT id, text FROM visit WHERE id <= ?1", INT(10)));
    CHECK(sum == 55);
    db_snapshot_begin(reader);
    sum = 0;
    CHECK(db_walk(reader, add_up, &sum, "SELECT id FROM visit ORDER BY id", NONE));
    CHECK(sum == 1035);
    CHECK(pets_in(reader) == 0);
    db_snapshot_end(reader);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* More than fits into the buffers between the two ends, both ways at once. */
static void large_groups(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    char *text = arena_alloc(arena, 100000);
    memset(text, 't', 100000);
    db_group_begin(db);
    db_op_begin(db);
    for (int64_t i = 1; i <= 200; i++)
        db_write(db, "INSERT INTO visit (id, text) VALUES (?1, ?2)", INT(i),
                 TEXT(str_of(text, 100000)));
    CHECK(db_op_end(db, true));
    size_t tickets[200];
    for (size_t i = 0; i < 200; i++)
        tickets[i] = db_ask(db, "SELECT text FROM visit WHERE id = ?1 AND text <> ?2",
                            INT((int64_t)i + 1), TEXT(str_of(text, 50000)));
    for (size_t i = 0; i < 200; i++) {
        struct rows rows = db_answered(db, tickets[199 - i]);
        CHECK(rows.count == 1 && row_text(&rows, 0, 0).len == 100000);
    }
    CHECK(db_group_end(db, true));
    store_close(store);
    place_free(&place);
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static bool is_refused(const struct place *place, struct str migrations, struct str part)
{
    struct store_module module = {"pet", migrations};
    struct str error = S("");
    struct store *store = store_open(&place->settings, &module, 1, arena, &error);
    bool is_so = !store && str_find(error, part) >= 0;
    if (!store && !is_so)
        fprintf(stderr, "refused with: %.*s\n", STR_ARG(error));
    store_close(store);
    return is_so;
}

static void migrations(void)
{
    struct place place = place_new(uses_postgres);
    struct str first = str_from(pet_tables);
    struct str both =
        arena_printf(arena, "%s-- step 2\nALTER TABLE pet ADD COLUMN age INTEGER;\n", pet_tables);
    struct str broken =
        arena_printf(arena,
                     "%s-- step 3\nCREATE TABLE toy (id INTEGER PRIMARY KEY) STRICT;"
                     "\nCREATE TABLE toy (id INTEGER);\n",
                     both.ptr);
    store_close(open_pets(&place));
    CHECK(is_refused(&place, broken, S("step 3")));
    CHECK(is_refused(&place, first, S("older than the data")));
    struct store_module module = {"pet", both};
    struct str error = S("");
    struct store *store = store_open(&place.settings, &module, 1, arena, &error);
    CHECK(store);
    db_set_arena(store_writer(store), arena);
    CHECK(db_read(store_writer(store), "SELECT age FROM pet", NONE).columns == 1);
    CHECK(!db_failed(store_writer(store)));
    store_close(store);
    CHECK(is_refused(&place, S("-- step 1\nCREATE TABLE pet (id INTEGER);\n-- step 2\nSELECT 1;"),
                     S("was changed")));
    place_free(&place);
}

static void one_writer(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    CHECK(is_refused(&place, str_from(pet_tables), S("another writer")));
    struct place other = place;
    if (uses_postgres) {
        other = place_new(false);
        other.settings.database = place.settings.database;
        CHECK(is_refused(&other, str_from(pet_tables), S("another writer")));
        place_free(&other);
    }
    struct store_settings settings = place.settings;
    settings.is_reader_only = true;
    struct store_module module = pets();
    struct str error = S("");
    struct store *beside = store_open(&settings, &module, 1, arena, &error);
    CHECK(beside && store_epoch(beside) == store_epoch(store));
    store_close(beside);
    store_close(store);
    settings.directory = S("/nowhere/at/all");
    settings.is_reader_only = false;
    CHECK(!store_open(&settings, &module, 1, arena, &error));
    place_free(&place);
}

/* The kept ceiling is moved an hour ahead, as if the clock had been set back since. */
static void server_time(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    int64_t epoch = store_epoch(store), now = store_time(store);
    CHECK(epoch > 0 && now >= time_now() - SECOND_MS && now <= time_now());
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    db_write(db, "UPDATE store_meta SET value = ?1 WHERE name = 'ceiling'", INT(now + HOUR_MS));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    store->token = 0; /* a crash: the ceiling is not taken back */
    store_close(store);
    store = open_pets(&place);
    CHECK(store_time(store) >= now + HOUR_MS && store_epoch(store) == epoch);
    CHECK(store_time(store) <= now + HOUR_MS + MINUTE_MS);
    struct db *reader = store_reader(store);
    atomic_store(&store->ceiling, 0);
    store_upkeep(reader);
    CHECK(atomic_load(&store->ceiling) > now + HOUR_MS);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* ---- a lost connection -------------------------------------------------------------------------
 */

static void command_in(const struct place *place, const char *sql)
{
    PGconn *conn = PQconnectdb(place->settings.database.ptr);
    PGresult *result = PQexec(conn, sql);
    CHECK(PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK);
    PQclear(result);
    PQfinish(conn);
}

static void cut_all(const struct place *place)
{
    command_in(place, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                      " datname = current_database() AND pid <> pg_backend_pid()");
}

static void lost_connections(void)
{
    struct place place = place_new(true);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store), *reader = store_reader(store);
    db_set_arena(reader, arena);
    CHECK(put_alone(db, 1, S("one")) && pets_in(reader) == 1);
    cut_all(&place);
    CHECK(pets_in(reader) == 1);
    CHECK(!put_alone(db, 2, S("lost")));
    int tries = 0; /* the server may need a moment to see that the old connection has ended */
    while (!put_alone(db, 3, S("after")) && tries++ < 100)
        usleep(20000);
    CHECK(tries < 100 && pets_in(reader) == 2);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 4, S("lost in the middle"));
    CHECK(pets_in(db) == 3);
    cut_all(&place);
    CHECK(pets_in(db) == 3 || db_failed(db));
    put_pet(db, 5, S("lost too"));
    db_op_end(db, true);
    CHECK(!db_group_end(db, true));
    db_snapshot_begin(reader);
    CHECK(pets_in(reader) == 2);
    db_snapshot_end(reader);
    tries = 0;
    while (!put_alone(db, 6, S("after it")) && tries++ < 100)
        usleep(20000);
    CHECK(tries < 100 && pets_in(db) == 3);
    /* Somebody else was the writer in between: never again. */
    command_in(&place, "UPDATE store_meta SET value = 1 WHERE name = 'writer'");
    cut_all(&place);
    for (tries = 0; tries < 10; tries++) {
        CHECK(!put_alone(db, 7, S("not ours")));
        usleep(20000);
    }
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* ---- blobs -------------------------------------------------------------------------------------
 */

static void blobs(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    int file = blob_part_open(store, 7, 0);
    CHECK(file >= 0 && write(file, "hello wrong", 11) == 11);
    close(file);
    CHECK(blob_part_size(store, 7) == 11 && blob_part_open(store, 7, 12) == -1);
    file = blob_part_open(store, 7, 6);
    CHECK(file >= 0 && write(file, "world", 5) == 5);
    close(file);
    char hash[BLOB_HASH], same[BLOB_HASH];
    CHECK(blob_keep(store, 7, hash) && blob_part_size(store, 7) == 0);
    CHECK(blob_keep_bytes(store, S("hello world"), same) && memcmp(hash, same, BLOB_HASH) == 0);
    uint64_t size = 0;
    file = blob_open(store, str_of(hash, BLOB_HASH), &size);
    char bytes[16] = "";
    CHECK(file >= 0 && size == 11 && read(file, bytes, 16) == 11 && !strcmp(bytes, "hello world"));
    close(file);
    int backup = blob_lock(store, true);
    CHECK(backup >= 0 && !blob_remove(store, str_of(hash, BLOB_HASH)));
    close(backup);
    CHECK(!blob_remove(store, str_of(hash, BLOB_HASH)));
    char hex[2 * BLOB_HASH + 1];
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)hash, BLOB_HASH);
    struct str path =
        arena_printf(arena, "%.*s/blobs/%.2s/%s", STR_ARG(place.settings.directory), hex, hex + 2);
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    CHECK(utimensat(AT_FDCWD, path.ptr, long_ago, 0) == 0);
    CHECK(blob_remove(store, str_of(hash, BLOB_HASH)));
    CHECK(blob_open(store, str_of(hash, BLOB_HASH), &size) == -1);
    close(blob_part_open(store, 8, 0));
    blob_part_drop(store, 8);
    CHECK(blob_part_open(store, 8, 1) == -1);
    store_close(store);
    place_free(&place);
}

/* ---- full text ---------------------------------------------------------------------------------
 */

static bool join(void *context, struct str word, size_t begin, size_t end)
{
    (void)begin;
    (void)end;
    struct buf *words = context;
    buf_add(words, word);
    buf_char(words, '|');
    return true;
}

static bool cuts_into(struct str text, bool is_query, struct str expected)
{
    struct buf words = buf_new(10000);
    search_words(text, is_query, join, &words);
    bool is_so = str_equal(buf_str(&words), expected);
    if (!is_so)
        fprintf(stderr, "words: %.*s\n", STR_ARG(buf_str(&words)));
    buf_free(&words);
    return is_so;
}

static void words(void)
{
    CHECK(cuts_into(S("明天开会"), true, S("明天|天开|开会|")));
    CHECK(cuts_into(S("明天开会"), false, S("明天|天开|开会|会|")));
    CHECK(cuts_into(S("编"), true, S("编|")));
    CHECK(cuts_into(S("编钟Carillon2号"), true, S("编钟|carillon2|号|")));
    CHECK(cuts_into(S("ＡＢｃ１ 東京タワー、한국어"), true,
                    S("abc1|東京|京タ|タワ|ワー|한국|국어|")));
    CHECK(cuts_into(S("Éclair ΣΊΣΥΦΟΣ Ёлка don't"), true, S("éclair|σίσυφοσ|ёлка|don|t|")));
    CHECK(cuts_into(S(" …!? \t"), true, S("")));
    CHECK(cuts_into(S(""), false, S("")));
    char *longer = arena_alloc(arena, 100001);
    memset(longer, 'x', 100000);
    struct buf out = buf_new(1000);
    search_words(str_of(longer, 100000), false, join, &out);
    CHECK(out.len <= SEARCH_WORD_MAX + 1);
    buf_free(&out);
}

static struct str found(struct db *db, struct str query)
{
    struct rows rows = search_find(db, query, 0, 10);
    struct str ids = S("");
    for (size_t i = 0; i < rows.count; i++)
        ids = arena_printf(arena, "%.*s%lld ", STR_ARG(ids), (long long)row_int(&rows, i, 0));
    return ids;
}

static void put_text(struct store *store, int64_t id, struct str text, bool drops)
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

static void full_text(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    put_text(store, 11, S("明天下午开会，请带上编钟"), false);
    put_text(store, 12, S("Carillon 的意思是编钟 O'Brien"), false);
    put_text(store, 13, S("天下 supper at six"), false);
    put_text(store, 14, S("..."), false);
    struct db *db = store_reader(store);
    db_set_arena(db, arena);
    CHECK(str_equal(found(db, S("编钟")), S("12 11 ")));
    CHECK(str_equal(found(db, S("天下")), S("13 11 ")));
    CHECK(str_equal(found(db, S("钟")), S("12 11 ")));
    CHECK(str_equal(found(db, S("午")), S("11 ")));
    CHECK(str_equal(found(db, S("明天下午开会")), S("11 ")));
    CHECK(str_equal(found(db, S("明天编钟")), S("")));
    CHECK(str_equal(found(db, S("编钟 cari")), S("12 ")));
    CHECK(str_equal(found(db, S("ＳＵＰＰＥＲ  six")), S("13 ")));
    CHECK(str_equal(found(db, S("o'brien")), S("12 ")));
    CHECK(str_equal(found(db, S("s")), S("13 ")));
    CHECK(str_equal(found(db, S("\"' OR * -")), S("")));
    CHECK(str_equal(found(db, S("supp at")), S("")));
    struct rows rows = search_find(db, S("编钟"), 12, 10);
    CHECK(rows.count == 1 && row_int(&rows, 0, 0) == 11);
    CHECK(search_find(db, S("编钟"), 0, 1).count == 1);
    put_text(store, 12, S("Carillon 的意思是编钟 O'Brien"), true);
    CHECK(str_equal(found(db, S("编钟")), S("11 ")) && found(db, S("carillon")).len == 0);
    db_close(db);
    store_close(store);
    place_free(&place);
}

/* ---- copies ------------------------------------------------------------------------------------
 */

static bool add_row(void *context, const struct rows *row)
{
    struct buf *out = context;
    for (size_t i = 0; i < row->columns; i++) {
        buf_printf(out, "%d:", (int)row->values[i].kind);
        if (row->values[i].kind == DB_INT)
            buf_int(out, row->values[i].number);
        else
            buf_add(out, row->values[i].bytes);
        buf_char(out, ';');
    }
    return true;
}

/* Every row of both tables and what a search finds, as bytes. */
static struct str contents(struct store *store)
{
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    struct buf out = buf_new(1 << 24);
    CHECK(db_walk(reader, add_row, &out, "SELECT org, id, name, picture FROM pet ORDER BY org, id",
                  NONE));
    CHECK(db_walk(reader, add_row, &out, "SELECT id, text FROM visit ORDER BY id", NONE));
    buf_add(&out, found(reader, S("编钟")));
    buf_add(&out, found(reader, S("钟")));
    buf_add(&out, found(reader, S("carillon")));
    struct str text = arena_copy(arena, buf_str(&out));
    buf_free(&out);
    db_close(reader);
    return text;
}

static void fill(struct store *store)
{
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    char every_byte[256];
    for (int i = 0; i < 256; i++)
        every_byte[i] = (char)i;
    for (int64_t i = -5; i < 500; i++) {
        struct str name = arena_printf(arena, "编钟 %lld 'x'\n", (long long)i);
        db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)",
                 INT(i * 10000000000), INT(i), i % 7 ? TEXT(name) : NONE,
                 i % 5   ? BLOB(str_of(every_byte, 256))
                 : i % 3 ? BLOB(S(""))
                         : NONE);
    }
    db_write(db, "INSERT INTO visit (id, text) VALUES (?1, ?2)", INT(INT64_MAX), TEXT(S("")));
    search_put(db, 21, S("铸造编钟 Carillon"));
    search_put(db, 22, S("编钟系统"));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
}

static bool has_blob(struct store *store, const char *hash, uint64_t size)
{
    uint64_t is = 0;
    int file = blob_open(store, str_of(hash, BLOB_HASH), &is);
    if (file >= 0)
        close(file);
    return file >= 0 && is == size;
}

static void copy_between(bool from_postgres, bool to_postgres)
{
    struct place a = place_new(from_postgres), b = place_new(to_postgres);
    struct store *from = open_pets(&a), *to = open_pets(&b);
    fill(from);
    char hash[BLOB_HASH];
    CHECK(blob_keep_bytes(from, S("a picture"), hash));
    struct str error = S("");
    CHECK(store_copy(from, to, arena, &error));
    CHECK(str_equal(contents(from), contents(to)) && contents(to).len > 100000);
    CHECK(has_blob(to, hash, 9));
    CHECK(store_epoch(from) != store_epoch(to) && store_time(to) >= store_time(from) - 5);
    CHECK(!store_copy(from, to, arena, &error) && str_find(error, S("not empty")) >= 0);
    put_text(to, 22, S("编钟系统"), true);
    CHECK(put_alone(store_writer(to), 1000, S("goes on")));
    store_close(from);
    store_close(to);
    place_free(&a);
    place_free(&b);
}

struct busy_writer {
    struct store *store;
    _Atomic bool stops;
    int64_t written;
};

/* Each row names a file that is durable before it. */
static void *write_on(void *context)
{
    struct busy_writer *busy = context;
    struct db *db = store_writer(busy->store);
    while (!atomic_load(&busy->stops)) {
        char hash[BLOB_HASH], bytes[32];
        int len = snprintf(bytes, sizeof bytes, "file %lld", (long long)busy->written);
        must(blob_keep_bytes(busy->store, str_of(bytes, (size_t)len), hash));
        db_group_begin(db);
        db_op_begin(db);
        db_write(db, "INSERT INTO pet (org, id, picture) VALUES (2, ?1, ?2)",
                 INT(busy->written + 1), BLOB(str_of(hash, BLOB_HASH)));
        must(db_op_end(db, true) && db_group_end(db, true));
        busy->written++;
    }
    return NULL;
}

static void no_complaint(void *context, struct str sentence)
{
    (void)context;
    fprintf(stderr, "check: %.*s\n", STR_ARG(sentence));
}

static void check_restored(const struct place *place, const char *large, int64_t old_epoch)
{
    struct store *store = open_pets(place);
    CHECK(store_epoch(store) != old_epoch);
    CHECK(store_check(store, no_complaint, NULL, arena) == 0);
    CHECK(has_blob(store, large, 3000000));
    struct db *db = store_writer(store);
    struct rows rows = db_read(db, "SELECT picture FROM pet WHERE org = 2 ORDER BY id", NONE);
    CHECK(rows.count > 0);
    for (size_t i = 0; i < rows.count; i++) {
        uint64_t size;
        int file = blob_open(store, row_text(&rows, i, 0), &size);
        CHECK(file >= 0);
        close(file);
    }
    CHECK(str_equal(found(db, S("编钟")), S("22 21 ")));
    CHECK(put_alone(db, 1000, S("goes on")));
    store_close(store);
}

static void backup_and_restore(bool to_postgres)
{
    struct place a = place_new(uses_postgres), b = place_new(to_postgres);
    struct store *store = open_pets(&a);
    fill(store);
    char *large = arena_alloc(arena, 3000000), large_hash[BLOB_HASH], empty_hash[BLOB_HASH];
    CHECK(blob_keep_bytes(store, str_of(large, 3000000), large_hash));
    CHECK(blob_keep_bytes(store, S(""), empty_hash));
    struct busy_writer busy = {.store = store};
    pthread_t thread;
    must(pthread_create(&thread, NULL, write_on, &busy) == 0);
    usleep(50000);
    struct str error = S("");
    struct str file = arena_printf(arena, "%.*s/it's a backup", STR_ARG(a.settings.directory));
    struct store_settings beside = a.settings;
    beside.is_reader_only = true;
    struct store_module module = pets();
    struct store *second = store_open(&beside, &module, 1, arena, &error);
    CHECK(second && store_backup(second, file, arena, &error));
    store_close(second);
    atomic_store(&busy.stops, true);
    pthread_join(thread, NULL);
    if (error.len)
        fprintf(stderr, "backup: %.*s\n", STR_ARG(error));
    CHECK(busy.written > 0);
    error = S("");
    CHECK(store_restore(&b.settings, &module, 1, file, arena, &error));
    if (error.len)
        fprintf(stderr, "restore: %.*s\n", STR_ARG(error));
    check_restored(&b, large_hash, store_epoch(store));
    CHECK(!store_restore(&b.settings, &module, 1, file, arena, &error));
    CHECK(str_find(error, S("not empty")) >= 0);
    store_close(store);
    place_free(&a);
    place_free(&b);
}

static void count_complaint(void *context, struct str sentence)
{
    int *damaged = context;
    *damaged += str_find(sentence, S("is not what was stored")) >= 0;
}

static void damage(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    char hash[BLOB_HASH];
    CHECK(blob_keep_bytes(store, S("right"), hash));
    CHECK(store_check(store, no_complaint, NULL, arena) == 0);
    char hex[2 * BLOB_HASH + 1];
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)hash, BLOB_HASH);
    struct str path =
        arena_printf(arena, "%.*s/blobs/%.2s/%s", STR_ARG(place.settings.directory), hex, hex + 2);
    int file = open(path.ptr, O_WRONLY);
    CHECK(file >= 0 && write(file, "w", 1) == 1);
    close(file);
    int damaged = 0;
    CHECK(store_check(store, count_complaint, &damaged, arena) == 1 && damaged == 1);
    store_close(store);
    place_free(&place);
}

/* ---- all ---------------------------------------------------------------------------------------
 */

static void one_engine(void)
{
    values();
    collation();
    ops();
    errors();
    asks();
    conflicts();
    repeated_reads();
    snapshots();
    walks();
    large_groups();
    migrations();
    one_writer();
    server_time();
    blobs();
    full_text();
    damage();
    backup_and_restore(uses_postgres);
}

int main(void)
{
    arena = arena_new();
    words();
    one_engine();
    uses_postgres = getenv("TEST_DATABASE");
    copy_between(false, false);
    if (uses_postgres) {
        one_engine();
        lost_connections();
        backup_and_restore(false);
        copy_between(false, true);
        copy_between(true, false);
        copy_between(true, true);
        uses_postgres = false;
        backup_and_restore(true);
    }
    arena_free(arena);
    return unit_end("store");
}
