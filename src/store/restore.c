/* restore: the way back from a backup file, all of it or nothing.
 *
 * The files of the backup go to their places first: without rows that name them they are nothing.
 * The rows are filled into a file beside the database (SQLite), or in one transaction (PostgreSQL);
 * the last step, a rename or its commit, makes everything visible. After a failure the target is as
 * empty as before; a process that is killed leaves files at most, which the next restore takes for
 * its own by the file that marks them. */
#include "store/blob.h"
#include "store/engine.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The unfinished database; on PostgreSQL an empty file that says that there is one. */
#define UNFINISHED "restore.unfinished"

/* ---- files ---------------------------------------------------------------------------------- */

struct blob_reader {
    struct store *store;
    struct arena *arena;
    struct str *error;
    char hash[BLOB_HASH]; /* of the file being put together */
    int file;
    bool has_failed;
};

enum { RESTORE_UPLOAD = -1 };

static bool refuse_blob(struct blob_reader *reader, const char *why)
{
    *reader->error =
        arena_printf(reader->arena, "file %.*s of the backup %s",
                     STR_ARG(text_hex(reader->arena, str_of(reader->hash, BLOB_HASH))), why);
    reader->has_failed = true;
    return false;
}

static bool finish_blob(struct blob_reader *reader)
{
    if (reader->file < 0)
        return true;
    close(reader->file);
    reader->file = -1;
    char hash[BLOB_HASH];
    if (!blob_keep(reader->store, RESTORE_UPLOAD, hash))
        return refuse_blob(reader, strerror(errno));
    return memcmp(hash, reader->hash, BLOB_HASH) == 0 || refuse_blob(reader, "is damaged");
}

static bool read_part(void *context, const struct rows *row)
{
    struct blob_reader *reader = context;
    struct str hash = row_text(row, 0, 0), bytes = row_text(row, 0, 2);
    bool is_first = row_int(row, 0, 1) == 0;
    if (is_first && !finish_blob(reader))
        return false;
    if (hash.len != BLOB_HASH || (!is_first && reader->file < 0))
        return refuse_blob(reader, "is damaged");
    if (is_first) {
        reader->file = blob_part_open(reader->store, RESTORE_UPLOAD, 0);
        memcpy(reader->hash, hash.ptr, BLOB_HASH);
    }
    while (bytes.len && reader->file >= 0) {
        ssize_t written = write(reader->file, bytes.ptr, bytes.len);
        if (written <= 0)
            break;
        bytes = str_skip(bytes, (size_t)written);
    }
    return (reader->file >= 0 && bytes.len == 0) || refuse_blob(reader, strerror(errno));
}

static bool restore_blobs(struct db *backup, struct store *store, struct arena *arena,
                          struct str *error)
{
    struct blob_reader reader = {.store = store, .arena = arena, .error = error, .file = -1};
    bool is_read = db_walk(backup, read_part, &reader,
                           "SELECT hash, part, bytes FROM backup_blob ORDER BY hash, part", NONE);
    if (!is_read && !reader.has_failed)
        *error = S("the backup is damaged: its files cannot be read");
    is_read = is_read && !reader.has_failed && finish_blob(&reader);
    if (reader.file >= 0)
        close(reader.file);
    return is_read;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* Tables as the backup has them first, then its rows, then what has changed in the program since.
 */
static bool restore_rows(struct db *backup, struct db *writer, struct arena *arena,
                         struct str *error)
{
    struct rows steps =
        db_read(backup, "SELECT module, MAX(step) FROM store_step GROUP BY module", NONE);
    struct step_limit *limits = ARENA_ARRAY(arena, steps.count, struct step_limit);
    for (size_t i = 0; i < steps.count; i++)
        limits[i] = (struct step_limit){row_text(&steps, i, 0), row_int(&steps, i, 1)};
    if (!migrate(writer, limits, steps.count, arena, error))
        return false;
    struct rows tables = copy_tables(writer);
    for (size_t i = 0; i < tables.count; i++)
        if (!copy_script(writer, "DELETE FROM \"%s\"", row_text(&tables, i, 0), arena, error))
            return false;
    return copy_rows(backup, writer, arena, error) && migrate(writer, NULL, 0, arena, error) &&
           backup_copy_ceiling(backup, writer, arena, error);
}

static bool has_no_tables(struct db *writer, struct arena *arena, struct str *error)
{
    db_set_arena(writer, arena);
    if (copy_tables(writer).count == 0 && !db_failed(writer))
        return true;
    *error = S("the database is not empty");
    return false;
}

/* Without an epoch in them the tables get a new one when they are opened. */
static bool restore_into(struct store *store, struct db *backup, struct arena *arena,
                         struct str *error)
{
    struct db *writer = store->writer;
    db_set_arena(backup, arena);
    copy_uses_disk(backup);
    if (!has_no_tables(writer, arena, error) || !restore_blobs(backup, store, arena, error))
        return false;
    if (!store_is_postgres(store))
        return restore_rows(backup, writer, arena, error);
    if (!writer->engine->script(writer, S("BEGIN"), arena, error))
        return false;
    writer->is_whole = true;
    return restore_rows(backup, writer, arena, error) &&
           writer->engine->script(writer, S("COMMIT"), arena, error);
}

static bool is_sound(struct db *backup, struct arena *arena, struct str *error)
{
    db_set_arena(backup, arena);
    struct rows found = db_read(backup, "PRAGMA quick_check(1)", NONE);
    if (found.count == 1 && str_equal(row_text(&found, 0, 0), S("ok")))
        return migrate_is_known(backup, false, arena, error);
    *error = arena_printf(arena, "the backup is damaged: %.*s",
                          STR_ARG(found.count ? row_text(&found, 0, 0) : S("it cannot be read")));
    return false;
}

/* ---- the target ----------------------------------------------------------------------------- */

struct target {
    struct str directory, unfinished, database;
    bool was_there; /* the directory */
    bool is_fresh;  /* no file of a former restore is in it */
};

static bool is_ours(const char *name)
{
    static const char *const names[] = {"blobs", "uploads", "writer.lock", "backup.lock",
                                        UNFINISHED};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* What stands in a directory, but for what is hidden. */
static bool look_into(const char *path, bool *is_empty, bool *has_only_ours)
{
    DIR *entries = opendir(path);
    *is_empty = *has_only_ours = true;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lost+found") == 0)
            continue;
        *is_empty = false;
        *has_only_ours = *has_only_ours && is_ours(entry->d_name);
    }
    if (entries)
        closedir(entries);
    return entries != NULL;
}

static bool has_no_files(const struct target *target, struct arena *arena)
{
    bool has_no_blobs, has_no_uploads, ignored;
    look_into(arena_printf(arena, "%.*s/blobs", STR_ARG(target->directory)).ptr, &has_no_blobs,
              &ignored);
    look_into(arena_printf(arena, "%.*s/uploads", STR_ARG(target->directory)).ptr, &has_no_uploads,
              &ignored);
    return has_no_blobs && has_no_uploads;
}

/* Nothing is in the directory, or what a restore left that was killed. */
static bool is_free(struct target *target, struct arena *arena, struct str *error)
{
    bool is_empty, has_only_ours;
    target->was_there = look_into(target->directory.ptr, &is_empty, &has_only_ours);
    bool is_left_over = access(target->unfinished.ptr, F_OK) == 0 || has_no_files(target, arena);
    if (is_empty || (has_only_ours && is_left_over))
        return true;
    *error = arena_printf(arena, "%.*s is not empty", STR_ARG(target->directory));
    return false;
}

/* Once the directory is ours: another restore may have been faster. */
static bool begin(struct target *target, struct arena *arena, struct str *error)
{
    target->is_fresh = has_no_files(target, arena);
    if (access(target->database.ptr, F_OK) == 0) {
        *error = arena_printf(arena, "%.*s is not empty", STR_ARG(target->directory));
        return false;
    }
    FILE *file = fopen(target->unfinished.ptr, "we");
    if (file && fclose(file) == 0)
        return true;
    *error = arena_printf(arena, "%s: %s", target->unfinished.ptr, strerror(errno));
    return false;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Files of a former restore, which was killed, stay with their mark: they harm nobody. */
static void clean_up(const struct target *target, struct arena *arena)
{
    static const char *const made[] = {"blobs", "uploads", UNFINISHED, "backup.lock",
                                       "writer.lock"};
    for (size_t i = 0; target->is_fresh && i < sizeof made / sizeof *made; i++)
        nftw(arena_printf(arena, "%.*s/%s", STR_ARG(target->directory), made[i]).ptr, remove_one,
             16, FTW_DEPTH | FTW_PHYS);
    if (!target->was_there)
        rmdir(target->directory.ptr);
}

/* The last step, of which nothing is seen before it, nor lost after it; PostgreSQL has made its
 * own. */
static bool put_in_place(const struct target *target, const struct store *store,
                         struct arena *arena, struct str *error)
{
    if (store_is_postgres(store)) {
        unlink(target->unfinished.ptr);
        return true;
    }
    if (blob_sync(target->unfinished.ptr) &&
        rename(target->unfinished.ptr, target->database.ptr) == 0 &&
        blob_sync(target->directory.ptr))
        return true;
    *error = arena_printf(arena, "%s: %s", target->database.ptr, strerror(errno));
    return false;
}

static bool fill(struct target *target, struct store *store, struct db *backup, struct arena *arena,
                 struct str *error)
{
    if (!begin(target, arena, error))
        return false;
    store->writer = db_connect(store, true, arena, error);
    bool is_filled = store->writer && restore_into(store, backup, arena, error);
    db_close(store->writer);
    store->writer = NULL;
    if (is_filled && put_in_place(target, store, arena, error))
        return true;
    clean_up(target, arena);
    return false;
}

bool store_restore(const struct store_settings *settings, const struct store_module *modules,
                   size_t module_count, struct str file, struct arena *arena, struct str *error)
{
    struct target target = {.directory = arena_copy(arena, settings->directory)};
    target.unfinished = arena_printf(arena, "%.*s/" UNFINISHED, STR_ARG(target.directory));
    target.database = arena_printf(arena, "%.*s/carillon.db", STR_ARG(target.directory));
    if (!is_free(&target, arena, error))
        return false;
    struct store *source = store_on_file(file, modules, module_count);
    struct db *backup = db_connect(source, false, arena, error);
    bool is_restored = false;
    if (!backup)
        *error = arena_printf(arena, "the backup cannot be opened: %.*s", STR_ARG(*error));
    if (backup && is_sound(backup, arena, error)) {
        struct str unfinished = settings->database.len ? S("") : target.unfinished;
        struct store *store =
            store_claim(settings, unfinished, modules, module_count, arena, error);
        is_restored = store && fill(&target, store, backup, arena, error);
        store_close(store);
    }
    db_close(backup);
    store_close(source);
    return is_restored;
}
