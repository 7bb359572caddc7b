/* store: opening and closing, the writer's lock, the epoch and server time. */
#include "store/engine.h"
#include "base/log.h"
#include "base/must.h"
#include "base/time.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    TIME_AHEAD = 10 * SECOND_MS, /* what a crash can put the clock ahead by */
    TIME_LEFT = 7 * SECOND_MS,   /* the writer renews the ceiling when less is left */
    TIME_LEFT_IDLE = 5 * SECOND_MS,
    PASSIVE_PAGES = 16 * 256, /* 16 MiB of log */
};

/* ---- the directory -------------------------------------------------------------------------- */

/* The type of the file system that holds the directory, as the kernel names it; empty if unknown.
 */
static struct str file_system(struct arena *arena, const char *directory)
{
    struct stat status;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    struct str type = S("");
    if (mounts && stat(directory, &status) == 0) {
        char line[4096];
        while (fgets(line, sizeof line, mounts)) {
            unsigned major_number, minor_number;
            const char *behind = strstr(line, " - ");
            if (behind && sscanf(line, "%*d %*d %u:%u", &major_number, &minor_number) == 2 &&
                status.st_dev == makedev(major_number, minor_number)) {
                struct str rest = str_from(behind + 3);
                type = arena_copy(arena, str_cut(&rest, ' '));
            }
        }
    }
    if (mounts)
        fclose(mounts);
    return type;
}

static bool is_network(struct str type)
{
    static const char *const types[] = {"nfs",   "nfs4",       "cifs",           "smb3",
                                        "smbfs", "fuse.sshfs", "fuse.glusterfs", "ceph",
                                        "afs",   "lustre",     "fuse.s3fs",      "fuse.rclone"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_equal(type, str_from(types[i])))
            return true;
    return false;
}

static bool make_directory(struct arena *arena, struct str directory, const char *below,
                           struct str *error)
{
    struct str path = arena_printf(arena, "%.*s/%s", STR_ARG(directory), below);
    if (mkdir(path.ptr, 0700) == 0 || errno == EEXIST)
        return true;
    *error = arena_printf(arena, "%s: %s", path.ptr, strerror(errno));
    return false;
}

static bool prepare_directory(struct store *store, struct arena *arena, struct str *error)
{
    struct str directory = store->directory;
    if (!store->is_reader_only && !(make_directory(arena, directory, "", error) &&
                                    make_directory(arena, directory, "blobs", error) &&
                                    make_directory(arena, directory, "uploads", error)))
        return false;
    struct stat status;
    if (stat(directory.ptr, &status) != 0 || !S_ISDIR(status.st_mode)) {
        *error = arena_printf(arena, "%s: no such directory", directory.ptr);
        return false;
    }
    struct str type = file_system(arena, directory.ptr);
    if (store->database.len || !is_network(type))
        return true;
    *error = arena_printf(arena, "%s is on a network file system (%.*s), where SQLite loses data",
                          directory.ptr, STR_ARG(type));
    return false;
}

static bool take_lock(struct store *store, struct arena *arena, struct str *error)
{
    struct str path = arena_printf(arena, "%.*s/writer.lock", STR_ARG(store->directory));
    store->lock = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock >= 0 && flock(store->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    const char *why = errno == EWOULDBLOCK ? "another writer is at work here" : strerror(errno);
    *error = arena_printf(arena, "%.*s: %s", STR_ARG(store->directory), why);
    return false;
}

/* ---- epoch and server time ------------------------------------------------------------------ */

int64_t store_meta_get(struct db *db, const char *name)
{
    struct rows rows =
        db_read(db, "SELECT value FROM store_meta WHERE name = ?1", TEXT(str_from(name)));
    return rows.count ? row_int(&rows, 0, 0) : 0;
}

static void meta_set(struct db *writer, const char *name, int64_t value)
{
    db_write(writer,
             "INSERT INTO store_meta (name, value) VALUES (?1, ?2)"
             " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
             TEXT(str_from(name)), INT(value));
}

static int64_t random_number(void)
{
    int64_t number;
    randombytes_buf(&number, sizeof number);
    number &= INT64_MAX;
    return number ? number : 1;
}

static bool meta_commit(struct db *writer, const char *name, int64_t value)
{
    db_group_begin(writer);
    db_op_begin(writer);
    meta_set(writer, name, value);
    bool is_kept = db_op_end(writer, true);
    return db_group_end(writer, is_kept) && is_kept;
}

static void raise_to(_Atomic int64_t *number, int64_t least)
{
    int64_t seen = atomic_load(number);
    while (seen < least && !atomic_compare_exchange_weak(number, &seen, least))
        continue;
}

int64_t store_time(struct store *store)
{
    raise_to(&store->last_time, time_now());
    return atomic_load(&store->last_time);
}

int64_t store_time_ahead(struct db *writer)
{
    struct store *store = writer->store;
    int64_t now = store_time(store);
    if (atomic_load(&store->ceiling) - now >= TIME_LEFT)
        return 0;
    db_op_begin(writer);
    meta_set(writer, "ceiling", now + TIME_AHEAD);
    return db_op_end(writer, true) ? now + TIME_AHEAD : 0;
}

bool store_take_over(struct store *store, bool is_new_epoch, int64_t floor)
{
    struct db *writer = store->writer;
    struct arena *arena = arena_new();
    db_set_arena(writer, arena);
    raise_to(&store->last_time, floor);
    raise_to(&store->last_time, store_meta_get(writer, "ceiling"));
    store->epoch = store_meta_get(writer, "epoch");
    bool is_taken = !db_failed(writer);
    if (is_new_epoch || !store->epoch) {
        store->epoch = random_number();
        is_taken = is_taken && meta_commit(writer, "epoch", store->epoch);
    }
    int64_t token = random_number();
    is_taken = is_taken && meta_commit(writer, "writer", token);
    store->token = token;
    int64_t ceiling = store_time(store) + TIME_AHEAD;
    is_taken = is_taken && meta_commit(writer, "ceiling", ceiling);
    atomic_store(&store->ceiling, ceiling);
    db_set_arena(writer, NULL);
    arena_free(arena);
    return is_taken;
}

/* ---- opening -------------------------------------------------------------------------------- */

static struct store *store_new(const struct store_settings *settings,
                               const struct store_module *modules, size_t module_count)
{
    struct store *store = calloc(1, sizeof *store);
    must(store);
    store->arena = arena_new();
    must(pthread_mutex_init(&store->shelves, NULL) == 0);
    store->lock = -1;
    store->directory = arena_copy(store->arena, settings->directory);
    store->database = arena_copy(store->arena, settings->database);
    store->engine = settings->database.len ? &postgres_engine : &sqlite_engine;
    store->is_reader_only = settings->is_reader_only;
    store->module_count = module_count;
    store->modules = ARENA_ARRAY(store->arena, module_count, struct store_module);
    if (module_count)
        memcpy(store->modules, modules, module_count * sizeof *modules);
    return store;
}

struct store *store_on_file(struct str file, const struct store_module *modules,
                            size_t module_count)
{
    struct store_settings settings = {.is_reader_only = true};
    struct store *store = store_new(&settings, modules, module_count);
    store->file = arena_copy(store->arena, file);
    return store;
}

struct store *store_claim(const struct store_settings *settings, struct str file,
                          const struct store_module *modules, size_t module_count,
                          struct arena *arena, struct str *error)
{
    must(sodium_init() >= 0);
    struct store *store = store_new(settings, modules, module_count);
    store->file = arena_copy(store->arena, file);
    if (prepare_directory(store, arena, error) &&
        (store->is_reader_only || take_lock(store, arena, error)))
        return store;
    store_close(store);
    return NULL;
}

/* What a store beside another process's writer needs to know of the tables. */
static bool look_at(struct store *store, struct arena *arena, struct str *error)
{
    struct db *reader = db_connect(store, false, arena, error);
    if (!reader)
        return false;
    bool is_known = migrate_is_known(reader, true, arena, error);
    if (is_known) {
        store->epoch = store_meta_get(reader, "epoch");
        raise_to(&store->last_time, store_meta_get(reader, "ceiling") - TIME_AHEAD);
    }
    db_close(reader);
    return is_known;
}

struct store *store_open(const struct store_settings *settings, const struct store_module *modules,
                         size_t module_count, struct arena *arena, struct str *error)
{
    struct store *store = store_claim(settings, S(""), modules, module_count, arena, error);
    if (!store)
        return NULL;
    if (store->is_reader_only && look_at(store, arena, error))
        return store;
    if (!store->is_reader_only && (store->writer = db_connect(store, true, arena, error)) &&
        migrate(store->writer, NULL, 0, arena, error)) {
        db_set_arena(store->writer, NULL);
        if (store_take_over(store, false, 0))
            return store;
        *error = S("the database cannot be written");
    }
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store->writer && store->token)
        meta_commit(store->writer, "ceiling", store_time(store));
    db_close(store->writer);
    if (store->lock >= 0)
        close(store->lock);
    pthread_mutex_destroy(&store->shelves);
    arena_free(store->arena);
    free(store);
}

bool store_is_postgres(const struct store *store)
{
    return store->database.len > 0;
}

struct str store_directory(const struct store *store)
{
    return store->directory;
}

int64_t store_epoch(const struct store *store)
{
    return store->epoch;
}

struct db *store_writer(struct store *store)
{
    must(store && store->writer);
    return store->writer;
}

/* While nothing is written, the ceiling of server time is moved from here. */
static void renew_ceiling(struct db *reader)
{
    struct store *store = reader->store;
    int64_t now = store_time(store);
    if (store->is_reader_only || atomic_load(&store->ceiling) - now >= TIME_LEFT_IDLE)
        return;
    struct arena *arena = arena_new();
    struct str text = arena_printf(
        arena, "UPDATE store_meta SET value = %lld WHERE name = 'ceiling' AND value < %lld",
        (long long)(now + TIME_AHEAD), (long long)(now + TIME_AHEAD));
    if (!store_is_postgres(store))
        text = arena_printf(arena, "PRAGMA query_only = OFF; %s; PRAGMA query_only = ON", text.ptr);
    struct str error = S("");
    if (reader->engine->script(reader, text, arena, &error))
        raise_to(&store->ceiling, now + TIME_AHEAD);
    else
        log_line(LOG_WARN, "upkeep-failed", LOG_TEXT("why", error));
    arena_free(arena);
}

void store_upkeep(struct db *reader)
{
    must(!reader->is_writer && !reader->in_snapshot);
    renew_ceiling(reader);
    if (!store_is_postgres(reader->store) && atomic_load(&reader->store->wal_pages) > PASSIVE_PAGES)
        sqlite_checkpoint(reader);
}
