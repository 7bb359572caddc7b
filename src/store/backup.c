/* backup: one file with everything, made beside a running server. The way back is restore.c.
 *
 * The file is a SQLite database with the tables of the installation and, in backup_blob, the files
 * in parts of 1 MiB. It is consistent because a file is durable before a row names it and because
 * nothing is deleted while a backup runs. */
#include "store/blob.h"
#include "store/engine.h"
#include "base/must.h"

#include <sqlite3.h>

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

bool backup_copy_ceiling(struct db *reader, struct db *writer, struct arena *arena,
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
                      backup_copy_ceiling(reader, writer, arena, error) &&
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
