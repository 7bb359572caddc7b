/* blob: files under their hash. A blob is on the disk, and its name too, before blob_keep returns;
 * so a row that names it is never ahead of it. */
#include "store/blob.h"
#include "store/engine.h"
#include "base/log.h"
#include "base/must.h"
#include "base/time.h"

#include <sodium.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, CHUNK = 1 << 18, LARGEST_SHELF = 64 << 20 };

/* "<directory>/<folder>" + what the format says; a path that does not fit is a broken promise. */
static void path_write(char out[static PATH_SIZE], const struct store *store, const char *folder,
                       const char *name)
{
    int len = snprintf(out, PATH_SIZE, "%.*s/%s%s", STR_ARG(store->directory), folder, name);
    must(len > 0 && len < PATH_SIZE);
}

static void part_path(char out[static PATH_SIZE], const struct store *store, int64_t upload)
{
    char name[24];
    snprintf(name, sizeof name, "%lld", (long long)upload);
    path_write(out, store, "uploads/", name);
}

static void blob_path(char out[static PATH_SIZE], const struct store *store, const char *hash)
{
    char hex[2 * BLOB_HASH + 1], name[2 * BLOB_HASH + 2];
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)hash, BLOB_HASH);
    snprintf(name, sizeof name, "%.2s/%s", hex, hex + 2);
    path_write(out, store, "blobs/", name);
}

static bool complain(const char *path)
{
    log_line(LOG_ERROR, "blob-failed", LOG_TEXT("path", str_from(path)),
             LOG_TEXT("why", str_from(strerror(errno))));
    return false;
}

/* ---- parts ---------------------------------------------------------------------------------- */

int blob_part_open(struct store *store, int64_t upload, uint64_t offset)
{
    char path[PATH_SIZE];
    part_path(path, store, upload);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        complain(path);
        return -1;
    }
    struct stat status;
    bool is_long_enough = fstat(file, &status) == 0 && (uint64_t)status.st_size >= offset;
    if (is_long_enough && ftruncate(file, (off_t)offset) == 0 &&
        lseek(file, (off_t)offset, SEEK_SET) == (off_t)offset)
        return file;
    close(file);
    return -1;
}

uint64_t blob_part_size(struct store *store, int64_t upload)
{
    char path[PATH_SIZE];
    part_path(path, store, upload);
    struct stat status;
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

void blob_part_drop(struct store *store, int64_t upload)
{
    char path[PATH_SIZE];
    part_path(path, store, upload);
    if (unlink(path) != 0 && errno != ENOENT)
        complain(path);
}

/* ---- keeping -------------------------------------------------------------------------------- */

bool blob_sync(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool is_synced = (file >= 0 && fsync(file) == 0) || complain(path);
    if (file >= 0)
        close(file);
    return is_synced;
}

/* The directory ab/ of a hash, made and known to the disk. */
static bool make_shelf(const struct store *store, const char *hash, char shelf[static PATH_SIZE])
{
    char name[3], blobs[PATH_SIZE];
    sodium_bin2hex(name, sizeof name, (const unsigned char *)hash, 1);
    path_write(shelf, store, "blobs/", name);
    if (mkdir(shelf, 0700) != 0)
        return errno == EEXIST || complain(shelf);
    path_write(blobs, store, "blobs", "");
    return blob_sync(blobs);
}

bool blob_hash_file(int file, char hash[static BLOB_HASH])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, BLOB_HASH);
    static _Thread_local unsigned char bytes[CHUNK];
    ssize_t got;
    off_t at = 0;
    while ((got = pread(file, bytes, sizeof bytes, at)) > 0) {
        crypto_generichash_update(&state, bytes, (unsigned long long)got);
        at += got;
    }
    crypto_generichash_final(&state, (unsigned char *)hash, BLOB_HASH);
    return got == 0;
}

bool blob_keep(struct store *store, int64_t upload, char hash[static BLOB_HASH])
{
    char part[PATH_SIZE], shelf[PATH_SIZE], path[PATH_SIZE];
    part_path(part, store, upload);
    int file = open(part, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return complain(part);
    bool is_durable = blob_hash_file(file, hash) && futimens(file, NULL) == 0 && fsync(file) == 0;
    close(file);
    if (!is_durable)
        return complain(part);
    blob_path(path, store, hash);
    if (!make_shelf(store, hash, shelf))
        return false;
    pthread_mutex_lock(&store->shelves);
    bool is_placed = rename(part, path) == 0 || complain(part);
    pthread_mutex_unlock(&store->shelves);
    return is_placed && blob_sync(shelf);
}

static bool write_all(int file, struct str bytes)
{
    while (bytes.len) {
        ssize_t written = write(file, bytes.ptr, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes = str_skip(bytes, (size_t)written);
    }
    return true;
}

bool blob_keep_bytes(struct store *store, struct str bytes, char hash[static BLOB_HASH])
{
    int64_t upload = 0;
    randombytes_buf(&upload, sizeof upload);
    upload = -(upload & INT64_MAX) - 1; /* below zero: no upload of a client has such a number */
    int file = blob_part_open(store, upload, 0);
    if (file < 0)
        return false;
    bool is_written = write_all(file, bytes);
    close(file);
    if (is_written && blob_keep(store, upload, hash))
        return true;
    blob_part_drop(store, upload);
    return false;
}

int blob_open(struct store *store, struct str hash, uint64_t *size)
{
    must(hash.len == BLOB_HASH);
    char path[PATH_SIZE];
    blob_path(path, store, hash.ptr);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file >= 0 && fstat(file, &status) == 0) {
        *size = (uint64_t)status.st_size;
        return file;
    }
    if (file >= 0)
        close(file);
    return -1;
}

int blob_lock(const struct store *store, bool is_backup)
{
    char path[PATH_SIZE];
    path_write(path, store, "backup.lock", "");
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock >= 0 && flock(lock, is_backup ? LOCK_SH : LOCK_EX | LOCK_NB) == 0)
        return lock;
    if (lock >= 0)
        close(lock);
    return -1;
}

bool blob_is_kept(struct store *store, struct str hash)
{
    must(hash.len == BLOB_HASH);
    char path[PATH_SIZE];
    blob_path(path, store, hash.ptr);
    return access(path, F_OK) == 0;
}

/* Between the look at its age and its end the blob must not be kept anew: hence the mutex. */
static bool unlink_old(struct store *store, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT || complain(path);
    if (time_now() - status.st_mtime * SECOND_MS < HOUR_MS)
        return false;
    if (unlink(path) != 0)
        return complain(path);
    atomic_fetch_add(&store->freed, (uint64_t)status.st_size);
    return true;
}

bool blob_remove(struct store *store, struct str hash)
{
    must(hash.len == BLOB_HASH);
    int lock = blob_lock(store, false);
    if (lock < 0)
        return false;
    char path[PATH_SIZE];
    blob_path(path, store, hash.ptr);
    pthread_mutex_lock(&store->shelves);
    bool is_gone = unlink_old(store, path);
    pthread_mutex_unlock(&store->shelves);
    close(lock);
    return is_gone;
}

uint64_t blob_freed(const struct store *store)
{
    return atomic_load(&store->freed);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static bool is_hidden(const struct dirent *entry)
{
    return entry->d_name[0] == '.';
}

static bool each_on_shelf(const char *shelf_path, const char *shelf_name,
                          bool (*each)(void *context, struct str hash, const char *path),
                          void *context)
{
    DIR *shelf = opendir(shelf_path);
    if (!shelf)
        return complain(shelf_path);
    bool wants_more = true;
    for (struct dirent *entry; wants_more && (entry = readdir(shelf));) {
        if (is_hidden(entry))
            continue;
        char path[PATH_SIZE], hex[600], hash[BLOB_HASH];
        must(snprintf(path, sizeof path, "%s/%s", shelf_path, entry->d_name) < PATH_SIZE);
        snprintf(hex, sizeof hex, "%s%s", shelf_name, entry->d_name);
        size_t len = 0;
        bool is_hash = strlen(hex) == 2 * BLOB_HASH &&
                       sodium_hex2bin((unsigned char *)hash, sizeof hash, hex, strlen(hex), NULL,
                                      &len, NULL) == 0 &&
                       len == BLOB_HASH;
        wants_more = each(context, is_hash ? str_of(hash, BLOB_HASH) : S(""), path);
    }
    closedir(shelf);
    return wants_more;
}

bool blob_each(struct store *store, bool (*each)(void *context, struct str hash, const char *path),
               void *context)
{
    char path[PATH_SIZE], shelf_path[PATH_SIZE];
    path_write(path, store, "blobs", "");
    DIR *blobs = opendir(path);
    if (!blobs)
        return complain(path);
    bool wants_more = true;
    for (struct dirent *entry; wants_more && (entry = readdir(blobs));) {
        if (is_hidden(entry))
            continue;
        path_write(shelf_path, store, "blobs/", entry->d_name);
        wants_more = each_on_shelf(shelf_path, entry->d_name, each, context);
    }
    closedir(blobs);
    return wants_more;
}

static bool note_hash(void *context, struct str hash, const char *path)
{
    (void)path;
    struct buf *hashes = context;
    buf_add(hashes, hash);
    return !hashes->is_full;
}

static int compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, BLOB_HASH);
}

bool blob_shelf(struct store *store, unsigned shelf, struct arena *arena, struct blob_hash **hashes,
                size_t *count)
{
    char name[3], path[PATH_SIZE];
    snprintf(name, sizeof name, "%02x", shelf % BLOB_SHELVES);
    path_write(path, store, "blobs/", name);
    *count = 0;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    struct buf found = buf_new(LARGEST_SHELF);
    bool is_read = each_on_shelf(path, name, note_hash, &found);
    *count = found.len / BLOB_HASH;
    *hashes = ARENA_ARRAY(arena, *count, struct blob_hash);
    if (*count) {
        memcpy(*hashes, found.ptr, *count * BLOB_HASH);
        qsort(*hashes, *count, BLOB_HASH, compare_hashes);
    }
    buf_free(&found);
    return is_read;
}

enum { COPY_UPLOAD = -2 };

static bool copy_one(void *context, struct str hash, const char *path)
{
    struct store *to = context;
    if (hash.len == 0)
        return true; /* not ours */
    int in = open(path, O_RDONLY | O_CLOEXEC), out = blob_part_open(to, COPY_UPLOAD, 0);
    static _Thread_local char bytes[CHUNK];
    ssize_t got = -1;
    bool is_good = in >= 0 && out >= 0;
    while (is_good && (got = read(in, bytes, sizeof bytes)) > 0)
        is_good = write_all(out, str_of(bytes, (size_t)got));
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    char is[BLOB_HASH];
    is_good = is_good && got == 0 && blob_keep(to, COPY_UPLOAD, is);
    return (is_good && memcmp(is, hash.ptr, BLOB_HASH) == 0) || complain(path);
}

bool blob_copy(struct store *from, struct store *to)
{
    return blob_each(from, copy_one, to);
}
