/* Sweep: what becomes of the bytes of files that nothing refers to any more; beside a backup, over
 * a restart, with the same bytes in several files, and against uploads of the same bytes.
 *
 * SQLite, and PostgreSQL too when TEST_DATABASE names a server. */
#include "base/log.h"
#include "file/file.h"
#include "main/commands.h"
#include "store/blob.h"
#include "store/engine.h"
#include "tests/places.h"

enum { DAYS = 30 };

struct world {
    struct place place;
    struct arena *arena;
    struct store *store;
    struct api *api;
    int64_t session, org;
    int keys;
};

static void world_start(struct world *world)
{
    struct str error = S("");
    world->store = store_open(&world->place.settings, store_modules(world->arena), module_count,
                              world->arena, &error);
    must(world->store);
    struct api_settings settings = {.readers = 1, .rate_factor = 1000};
    world->api = api_open(world->store, modules, module_count, org_who, &settings);
}

static void world_stop(struct world *world)
{
    api_close(world->api);
    store_close(world->store);
}

static struct str ask(struct world *world, const char *op, struct str input)
{
    struct str reply;
    int status =
        api_call(world->api, str_from(op), input, world->session, world->org, world->arena, &reply);
    CHECK(status == 200);
    if (status != 200)
        fprintf(stderr, "%s: %.*s\n", op, STR_ARG(reply));
    return reply;
}

/* The text or number behind "name": in a reply. */
static struct str part(struct str reply, const char *name)
{
    ptrdiff_t at = str_find(reply, str_from(name));
    must(at >= 0);
    struct str rest = str_skip(reply, (size_t)at + strlen(name) + 3);
    return str_cut(&rest, '"');
}

static int64_t number(struct world *world, const char *sql)
{
    struct db *reader = store_reader(world->store);
    db_set_arena(reader, world->arena);
    struct rows rows = db_read_(reader, sql, DB_VALUES(NONE));
    int64_t value = rows.count ? row_int(&rows, 0, 0) : -1;
    db_close(reader);
    return value;
}

static void world_open(struct world *world, bool on_postgres)
{
    *world = (struct world){.place = place_new(on_postgres), .arena = arena_new()};
    world_start(world);
    world->session = API_SERVER;
    struct str token = part(ask(world, "org_setup_token", S("{}")), "token");
    world->session = 0;
    ask(world, "org_setup",
        arena_printf(
            world->arena,
            "{\"token\":\"%.*s\",\"organisation\":\"O\",\"name\":\"Ana\",\"login\":\"ana\","
            "\"password\":\"correct horse\",\"key\":\"key-setup\"}",
            STR_ARG(token)));
    world->session = number(world, "SELECT MAX(id) FROM session");
    world->org = number(world, "SELECT MAX(org) FROM person");
}

static void world_close(struct world *world)
{
    world_stop(world);
    place_free(&world->place);
    arena_free(world->arena);
}

/* Ana's upload of these bytes, as far as its last part; gives its id. */
static struct str begin(struct world *world, struct str bytes)
{
    struct str upload =
        part(ask(world, "file_begin",
                 arena_printf(world->arena, "{\"name\":\"x\",\"size\":%zu,\"key\":\"key-%06d\"}",
                              bytes.len, ++world->keys)),
             "upload");
    int64_t id = 0;
    str_to_int(upload, &id);
    int file = blob_part_open(world->store, id, 0);
    CHECK(file >= 0 && write(file, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    close(file);
    return upload;
}

static void finish(struct world *world, struct str upload)
{
    ask(world, "file_finish",
        arena_printf(world->arena, "{\"upload\":\"%.*s\",\"key\":\"key-%06d\"}", STR_ARG(upload),
                     ++world->keys));
}

static void hash_of(struct str bytes, char hash[static BLOB_HASH])
{
    crypto_generichash((unsigned char *)hash, BLOB_HASH, (const unsigned char *)bytes.ptr,
                       bytes.len, NULL, 0);
}

static bool is_on_disk(struct world *world, struct str bytes)
{
    char hash[BLOB_HASH];
    hash_of(bytes, hash);
    return blob_is_kept(world->store, str_of(hash, BLOB_HASH));
}

/* As if these bytes had been kept long ago. */
static void make_old(struct world *world, struct str bytes)
{
    char hash[BLOB_HASH], hex[2 * BLOB_HASH + 1];
    hash_of(bytes, hash);
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)hash, BLOB_HASH);
    struct str path = arena_printf(world->arena, "%.*s/blobs/%.2s/%s",
                                   STR_ARG(world->place.settings.directory), hex, hex + 2);
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    CHECK(utimensat(AT_FDCWD, path.ptr, long_ago, 0) == 0);
}

static void pass_hours(struct world *world, int64_t hours)
{
    atomic_store(&world->store->last_time, store_time(world->store) + hours * HOUR_MS);
}

/* Every shelf has its turn. */
static void pass_a_day(struct world *world)
{
    for (int hour = 0; hour < 24; hour++) {
        pass_hours(world, 1);
        api_hourly(world->api);
    }
}

static int64_t files(struct world *world)
{
    return number(world, "SELECT COUNT(*) FROM file WHERE hash IS NOT NULL");
}

/* A restart, with this file as old as can be afterwards. */
static void restart(struct world *world, struct str file)
{
    world_stop(world);
    struct str error = S("");
    struct store *store = store_open(&world->place.settings, store_modules(world->arena),
                                     module_count, world->arena, &error);
    must(store);
    struct db *db = store_writer(store);
    int64_t id = 0;
    str_to_int(file, &id);
    db_group_begin(db);
    db_op_begin(db);
    db_write(db, "UPDATE file SET created = 1 WHERE id = ?1", INT(id));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    store_close(store);
    world_start(world);
}

static void bytes_go(bool on_postgres)
{
    struct world world;
    world_open(&world, on_postgres);
    struct str same = S("the same bytes"), half = S("never finished");
    struct str first = begin(&world, same);
    finish(&world, first);
    finish(&world, begin(&world, same));
    begin(&world, half);
    char hash[BLOB_HASH];
    CHECK(blob_keep_bytes(world.store, half, hash)); /* the finish got as far as this */
    make_old(&world, same);
    make_old(&world, half);
    api_hourly(world.api);
    CHECK(files(&world) == 2 && is_on_disk(&world, same));
    restart(&world, first);
    api_hourly(world.api);
    CHECK(files(&world) == 1 && is_on_disk(&world, same)); /* the second has the bytes too */
    pass_hours(&world, 25);
    int backup = blob_lock(world.store, true);
    api_hourly(world.api);
    CHECK(files(&world) == 0 && is_on_disk(&world, same));
    close(backup);
    pass_a_day(&world);
    CHECK(!is_on_disk(&world, same) && !is_on_disk(&world, half));
    CHECK(blob_freed(world.store) == same.len + half.len);
    finish(&world, begin(&world, same));
    CHECK(files(&world) == 1 && is_on_disk(&world, same));
    world_close(&world);
}

/* ---- against uploads ------------------------------------------------------------------------ */

struct race {
    struct world *world;
    struct str bytes;
    pthread_mutex_t lock;
    bool is_keeping; /* from an upload's beginning until its bytes were looked for */
    _Atomic bool is_over;
};

/* Every day nobody uses yesterday's file, whose bytes are old. */
static void *sweep_on(void *context)
{
    struct race *race = context;
    struct world own = *race->world;
    own.arena = arena_new();
    for (int day = 0; day < DAYS;) {
        pthread_mutex_lock(&race->lock);
        if (!race->is_keeping && is_on_disk(&own, race->bytes)) {
            make_old(&own, race->bytes);
            pass_hours(&own, 25);
            day++;
        }
        pthread_mutex_unlock(&race->lock);
        api_hourly(own.api);
    }
    atomic_store(&race->is_over, true);
    arena_free(own.arena);
    return NULL;
}

static void set_keeping(struct race *race, bool is_keeping)
{
    pthread_mutex_lock(&race->lock);
    race->is_keeping = is_keeping;
    pthread_mutex_unlock(&race->lock);
}

static void bytes_come_back(bool on_postgres)
{
    struct world world;
    world_open(&world, on_postgres);
    struct race race = {.world = &world, .bytes = S("asked for again and again")};
    pthread_mutex_init(&race.lock, NULL);
    pthread_t sweeper;
    must(pthread_create(&sweeper, NULL, sweep_on, &race) == 0);
    int round = 0;
    while (!atomic_load(&race.is_over)) {
        set_keeping(&race, true);
        finish(&world, begin(&world, race.bytes));
        CHECK(is_on_disk(&world, race.bytes) || files(&world) == 0);
        set_keeping(&race, false);
        usleep((useconds_t)(5000 * (round++ % 8))); /* now and then the sweep comes first */
    }
    pthread_join(sweeper, NULL);
    finish(&world, begin(&world, race.bytes));
    CHECK(files(&world) > 0 && is_on_disk(&world, race.bytes));
    CHECK(blob_freed(world.store) > 0);
    pthread_mutex_destroy(&race.lock);
    world_close(&world);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    int has_postgres = getenv("TEST_DATABASE") != NULL;
    for (int on_postgres = 0; on_postgres <= has_postgres; on_postgres++) {
        bytes_go(on_postgres);
        bytes_come_back(on_postgres);
    }
    return unit_end("sweep");
}
