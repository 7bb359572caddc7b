/* backup: one file with everything, made beside a running server, and the way back.
 *
 * The file is a SQLite database with the tables of the installation and, in backup_blob, the files
 * in parts of 1 MiB. It is consistent because a file is durable before a row names it and because
 * nothing is deleted while a backup runs. */
#include "store/blob.h"
#include "store/engine.h"
#include "base/must.h"

#include <sqlite3.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PART_SIZE = 1 << 20 };

/* ---- writing the files ---------------------------------------------------------------------- */

struct blob_writer {
    sqlite3 *handle;
    sqlite3_stmt *insert;
    char *bytes;
};

/* A blob that is empty has one empty part. */
static bool write_blob(void *context, struct str hash, const char *path)
{
    struct blob_writer *writer = context;
    if (hash.len == 0)
        return true; /* not ours; store_check tells of it */
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 0;
    bool is_good = file >= 0;
    for (int part = 0; is_good && (part == 0 || got == PART_SIZE); part++) {
        got = pread(file, writer->bytes, PART_SIZE, (off_t)part * PART_SIZE);
        if (got < 0 || (part > 0 && got == 0)) {
            is_good = got == 0;
            break;
        }
        sqlite3_bind_blob(writer->insert, 1, hash.ptr, (int)hash.len, SQLITE_STATIC);
        sqlite3_bind_int(writer->insert, 2, part);
        sqlite3_bind_blob(writer->insert, 3, writer->bytes, (int)got, SQLITE_STATIC);
        is_good = sqlite3_step(writer->insert) == SQLITE_DONE;
        sqlite3_reset(writer->insert);
    }
    if (file >= 0)
        close(file);
    return is_good;
}

static bool write_blobs(struct store *store, const char *path, struct arena *arena,
                        struct str *error)
{
    struct blob_writer writer = {.bytes = malloc(PART_SIZE)};
    must(writer.bytes);
    static const char *const make =
        "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "CREATE TABLE backup_blob (hash BLOB NOT NULL, part INTEGER NOT NULL,"
        " bytes BLOB NOT NULL, PRIMARY KEY (hash, part)) STRICT; BEGIN";
    bool is_good =
        sqlite3_open_v2(path, &writer.handle, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_exec(writer.handle, make, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(writer.handle, "INSERT INTO backup_blob VALUES (?1, ?2, ?3)", -1,
                           &writer.insert, NULL) == SQLITE_OK &&
        blob_each(store, write_blob, &writer) &&
        sqlite3_exec(writer.handle, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (!is_good)
        *error =
            arena_printf(arena, "the files cannot be backed up: %s", sqlite3_errmsg(writer.handle));
    sqlite3_finalize(writer.insert);
    sqlite3_close(writer.handle);
    free(writer.bytes);
    return is_good;
}

/* ---- writing the rows ----------------------------------------------------------------------- */

static struct str quoted(struct arena *arena, struct str path)
{
    struct buf out = buf_new(1 << 16);
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '\'')
            buf_char(&out, '\'');
        buf_char(&out, path.ptr[i]);
    }
    struct str text = arena_printf(arena, "'%.*s'", STR_ARG(buf_str(&out)));
    buf_free(&out);
    return text;
}

static bool vacuum_into(struct db *reader, struct str path, struct arena *arena, struct str *error)
{
    struct str sql =
        arena_printf(arena, "PRAGMA query_only = OFF; VACUUM INTO %s", quoted(arena, path).ptr);
    return reader->engine->script(reader, sql, arena, error);
}

/* The numbers of store_meta, so that a restore knows what server time had reached. */
static bool copy_ceiling(struct db *reader, struct db *writer, struct arena *arena,
                         struct str *error)
{
    struct str sql =
        arena_printf(arena, "INSERT INTO store_meta (name, value) VALUES ('ceiling', %lld)",
                     (long long)store_meta_get(reader, "ceiling"));
    return writer->engine->script(writer, sql, arena, error);
}

static bool write_from_postgres(struct store *store, struct db *reader, struct str path,
                                struct arena *arena, struct str *error)
{
    struct store *file = store_on_file(path, store->modules, store->module_count);
    struct db *writer = db_connect(file, true, arena, error);
    db_snapshot_begin(reader);
    db_set_arena(reader, arena);
    bool is_written = writer && migrate(writer, NULL, 0, arena, error) &&
                      copy_ceiling(reader, writer, arena, error) &&
                      copy_rows(reader, writer, arena, error);
    db_snapshot_end(reader);
    db_close(writer);
    store_close(file);
    return is_written;
}

static bool write_rows(struct store *store, struct str path, struct arena *arena, struct str *error)
{
    struct db *reader = db_connect(store, false, arena, error);
    if (!reader)
        return false;
    bool is_written = store_is_postgres(store)
                          ? write_from_postgres(store, reader, path, arena, error)
                          : vacuum_into(reader, path, arena, error);
    db_close(reader);
    return is_written;
}

static bool put_in_place(struct str part, struct str file, struct arena *arena, struct str *error)
{
    ptrdiff_t slash = -1;
    for (size_t i = 0; i < file.len; i++)
        slash = file.ptr[i] == '/' ? (ptrdiff_t)i : slash;
    struct str folder = slash < 0 ? S(".") : arena_copy(arena, str_take(file, (size_t)slash + 1));
    struct str target = arena_copy(arena, file);
    if (blob_sync(part.ptr) && rename(part.ptr, target.ptr) == 0 && blob_sync(folder.ptr))
        return true;
    *error = arena_printf(arena, "%s: %s", target.ptr, strerror(errno));
    return false;
}

bool store_backup(struct store *store, struct str file, struct arena *arena, struct str *error)
{
    int lock = blob_lock(store, true);
    if (lock < 0) {
        *error = S("the backup's lock is not to be had");
        return false;
    }
    struct str part = arena_printf(arena, "%.*s.part", STR_ARG(file));
    unlink(part.ptr);
    int file_made = open(part.ptr, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file_made < 0) {
        *error = arena_printf(arena, "%s: %s", part.ptr, strerror(errno));
        close(lock);
        return false;
    }
    close(file_made);
    *error = S("the database does not answer");
    bool is_written = write_rows(store, part, arena, error) &&
                      write_blobs(store, part.ptr, arena, error) &&
                      put_in_place(part, file, arena, error);
    if (is_written)
        *error = S("");
    else
        unlink(part.ptr);
    close(lock);
    return is_written;
}

/* ---- restoring ------------------------------------------------------------------------------ */

struct blob_reader {
    struct store *store;
    char hash[BLOB_HASH]; /* of the file being put together */
    int file;
    bool has_failed;
};

enum { RESTORE_UPLOAD = -1 };

static bool finish_blob(struct blob_reader *reader)
{
    if (reader->file < 0)
        return true;
    close(reader->file);
    reader->file = -1;
    char hash[BLOB_HASH];
    reader->has_failed = !blob_keep(reader->store, RESTORE_UPLOAD, hash) ||
                         memcmp(hash, reader->hash, BLOB_HASH) != 0;
    return !reader->has_failed;
}

static bool read_part(void *context, const struct rows *row)
{
    struct blob_reader *reader = context;
    struct str hash = row_text(row, 0, 0), bytes = row_text(row, 0, 2);
    if (hash.len != BLOB_HASH || (row_int(row, 0, 1) == 0 && !finish_blob(reader))) {
        reader->has_failed = true;
        return false;
    }
    if (row_int(row, 0, 1) == 0) {
        reader->file = blob_part_open(reader->store, RESTORE_UPLOAD, 0);
        memcpy(reader->hash, hash.ptr, BLOB_HASH);
    }
    while (bytes.len && reader->file >= 0) {
        ssize_t written = write(reader->file, bytes.ptr, bytes.len);
        if (written <= 0)
            break;
        bytes = str_skip(bytes, (size_t)written);
    }
    reader->has_failed = reader->file < 0 || bytes.len > 0;
    return !reader->has_failed;
}

static bool restore_blobs(struct db *backup, struct store *store, struct str *error)
{
    struct blob_reader reader = {.store = store, .file = -1};
    bool is_read = db_walk(backup, read_part, &reader,
                           "SELECT hash, part, bytes FROM backup_blob ORDER BY hash, part", NONE);
    is_read = is_read && !reader.has_failed && finish_blob(&reader);
    if (reader.file >= 0)
        close(reader.file);
    if (!is_read)
        *error = S("the files cannot be restored: the backup is damaged or the disk is full");
    return is_read;
}

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
    return copy_rows(backup, writer, arena, error) && migrate(writer, NULL, 0, arena, error);
}

static bool is_directory_empty(struct str directory, struct arena *arena, struct str *error)
{
    DIR *entries = opendir(arena_copy(arena, directory).ptr);
    bool is_empty = true;
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        is_empty =
            is_empty && (entry->d_name[0] == '.' || strcmp(entry->d_name, "lost+found") == 0);
    if (entries)
        closedir(entries);
    if (!is_empty)
        *error = arena_printf(arena, "%.*s is not empty", STR_ARG(directory));
    return is_empty;
}

static bool has_no_tables(struct db *writer, struct arena *arena, struct str *error)
{
    db_set_arena(writer, arena);
    if (copy_tables(writer).count == 0 && !db_failed(writer))
        return true;
    *error = S("the database is not empty");
    return false;
}

static bool restore_into(struct store *store, struct db *backup, struct arena *arena,
                         struct str *error)
{
    db_set_arena(backup, arena);
    copy_uses_disk(backup);
    int64_t floor = store_meta_get(backup, "ceiling");
    bool is_restored = has_no_tables(store->writer, arena, error) &&
                       restore_blobs(backup, store, error) &&
                       restore_rows(backup, store->writer, arena, error);
    if (is_restored && !store_take_over(store, true, floor)) {
        *error = S("the database cannot be written");
        is_restored = false;
    }
    return is_restored;
}

bool store_restore(const struct store_settings *settings, const struct store_module *modules,
                   size_t module_count, struct str file, struct arena *arena, struct str *error)
{
    if (!is_directory_empty(settings->directory, arena, error))
        return false;
    struct store *source = store_on_file(file, modules, module_count);
    struct db *backup = db_connect(source, false, arena, error);
    bool is_restored = false;
    if (backup && migrate_is_known(backup, false, arena, error)) {
        struct store *store = store_attach(settings, modules, module_count, arena, error);
        is_restored = store && restore_into(store, backup, arena, error);
        store_close(store);
    }
    db_close(backup);
    store_close(source);
    return is_restored;
}
