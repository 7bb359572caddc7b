/* Faults: a process that writes is killed again and again, and so is the database server under it;
 * what was acknowledged is there afterwards, and nothing is there by halves.
 *
 * SQLite always; PostgreSQL when TEST_DATABASE names a server, and its server is stopped without
 * mercy when TEST_CLUSTER names its directory too. */
#include "store/blob.h"
#include "store/store.h"
#include "base/must.h"
#include "tests/unit.h"

#include <libpq-fe.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 12, OPS = 5 };

static const char tables[] =
    "-- step 1\nCREATE TABLE left_side (id INTEGER PRIMARY KEY, hash BLOB) STRICT;\n"
    "CREATE TABLE right_side (id INTEGER PRIMARY KEY) STRICT;\n";
static const struct store_module module = {.name = "fault",
                                           .migrations = {tables, sizeof tables - 1}};

static struct store *open_store(const struct store_settings *settings, struct arena *arena)
{
    struct str error = S("");
    for (int i = 0; i < 500; i++) {
        struct store *store = store_open(settings, &module, 1, arena, &error);
        if (store)
            return store;
        usleep(20000); /* the server is starting, or has not missed the dead writer yet */
    }
    fprintf(stderr, "store_open: %.*s\n", STR_ARG(error));
    return NULL;
}

static int64_t last_id(struct db *db)
{
    struct rows rows = db_read(db, "SELECT MAX(id) FROM left_side", NONE);
    return rows.count ? row_int(&rows, 0, 0) : 0;
}

/* A group of ops, each with a row on both sides; the last one is dropped. */
static bool write_group(struct db *db, int64_t first, struct str hash)
{
    bool is_kept = true;
    db_group_begin(db);
    for (int64_t i = 0; i <= OPS; i++) {
        db_op_begin(db);
        db_write(db, "INSERT INTO left_side (id, hash) VALUES (?1, ?2)", INT(first + i),
                 BLOB(hash));
        db_write(db, "INSERT INTO right_side (id) VALUES (?1)", INT(first + i));
        is_kept = db_op_end(db, i < OPS) == (i < OPS) && is_kept;
    }
    return db_group_end(db, is_kept) && is_kept;
}

/* Writes for ever; tells of every group that is durable. */
static _Noreturn void write_on(const struct store_settings *settings, int tell)
{
    struct arena *arena = arena_new();
    struct store *store = open_store(settings, arena);
    must(store);
    struct db *db = store_writer(store);
    db_set_arena(db, arena);
    int64_t last = last_id(db);
    for (;;) {
        char hash[BLOB_HASH];
        must(blob_keep_bytes(store, str_of((const char *)&last, sizeof last), hash));
        if (!write_group(db, last + 1, str_of(hash, BLOB_HASH))) {
            usleep(10000);
            db_set_arena(db, arena);
            int64_t seen = last_id(db); /* a commit whose answer was lost may have happened */
            last = seen > last ? seen : last;
            continue;
        }
        last += OPS;
        must(write(tell, &last, sizeof last) == sizeof last);
    }
}

static int64_t last_told(int told)
{
    int64_t number = 0, next;
    while (read(told, &next, sizeof next) == sizeof next)
        number = next;
    return number;
}

static void check_all(const struct store_settings *settings, int64_t acknowledged)
{
    struct arena *arena = arena_new();
    struct store *store = open_store(settings, arena);
    CHECK(store);
    struct db *db = store_writer(store);
    db_set_arena(db, arena);
    struct rows rows = db_read(db, "SELECT COUNT(*), MAX(id) FROM left_side", NONE);
    int64_t count = row_int(&rows, 0, 0);
    CHECK(count >= acknowledged && count == row_int(&rows, 0, 1) && count % OPS == 0);
    rows = db_read(db, "SELECT COUNT(*), MAX(id) FROM right_side", NONE);
    CHECK(row_int(&rows, 0, 0) == count && row_int(&rows, 0, 1) == count);
    rows = db_read(db, "SELECT DISTINCT hash FROM left_side", NONE);
    for (size_t i = 0; i < rows.count; i++) {
        uint64_t size = 0;
        int file = blob_open(store, row_text(&rows, i, 0), &size);
        CHECK(file >= 0 && size == sizeof count);
        close(file);
    }
    store_close(store);
    arena_free(arena);
}

static void stop_server(void)
{
    const char *sql = "runuser -u postgres -- \"$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)\""
                      "/pg_ctl -D \"$TEST_CLUSTER\" -m immediate -w restart >/dev/null 2>&1";
    CHECK(system(sql) == 0);
}

static void kill_writers(const struct store_settings *settings, bool stops_server)
{
    int64_t acknowledged = 0;
    for (int i = 0; i < KILLS; i++) {
        int ends[2];
        must(pipe(ends) == 0);
        pid_t writer = fork();
        if (writer == 0) {
            close(ends[0]);
            write_on(settings, ends[1]);
        }
        close(ends[1]);
        usleep((useconds_t)(60000 + rand() % 150000));
        if (stops_server && i % 4 == 3) {
            stop_server();
            usleep(200000);
        }
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
        int64_t told = last_told(ends[0]);
        acknowledged = told > acknowledged ? told : acknowledged;
        close(ends[0]);
        check_all(settings, acknowledged);
    }
    CHECK(acknowledged > 0);
    fprintf(stderr, "acknowledged: %lld rows, over %d kills\n", (long long)acknowledged, KILLS);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

static void with_directory(struct str database, bool stops_server)
{
    char path[] = "/tmp/faults-XXXXXX";
    must(mkdtemp(path));
    struct store_settings settings = {.directory = str_from(path), .database = database};
    kill_writers(&settings, stops_server);
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The cluster is a throw-away one, so its own database is taken. */
int main(void)
{
    with_directory(S(""), false);
    if (getenv("TEST_DATABASE"))
        with_directory(str_from(getenv("TEST_DATABASE")), getenv("TEST_CLUSTER") && !getuid());
    return unit_end("faults");
}
