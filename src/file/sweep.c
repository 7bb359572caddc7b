/* sweep: files to which nothing refers any more are forgotten, and bytes that no file names any
 * more leave the disk.
 *
 * A slice looks at a stretch of the files and has the writer drop the rows of those that are unused
 * and a day old. The same call answers which of their hashes no row names any more; their blobs are
 * removed after its commit. What that misses (a backup was running, the bytes were young, the
 * process ended in between, an upload was never finished) is found by going along the shelves, some
 * each hour and all of them within a day. */
#include "file/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "store/blob.h"

#include <sodium.h>

enum {
    STRETCH = 1000,       /* files looked at in a slice */
    AT_ONCE = 32,         /* dropped in one call: a few milliseconds of the writer */
    HEX = 2 * BLOB_HASH,  /* letters of a hash */
    SHELVES_AN_HOUR = 11, /* 256 within a day */
};

/* ---- the writer's part --------------------------------------------------------------------- */

#define FORGET_IN(F, S)                                                               \
    F(S, ID, org, OPTIONAL, 0, 0, "organisation of the files")                        \
    F(S, IDS, files, OPTIONAL, 0, AT_ONCE, "files to drop, if they are unused still") \
    F(S, TEXT, hashes, OPTIONAL, 0, AT_ONCE *(HEX + 1), "in hex, with spaces between")
SCHEMA(file_forget_in, FORGET_IN)
#define FORGET_OUT(F, S) \
    F(S, TEXT, unnamed, NEEDED, 0, 0, "those of the hashes that no file names any more")
SCHEMA(file_forget_out, FORGET_OUT)

#define SWEEP_OPS(OP)                                                           \
    OP(file_forget, NULL, NULL, WRITES, 0, "Drop files that nothing refers to", \
       MAY_CALL(the_server))
OPS(SWEEP_OPS)

static hourly_function sweep;

static const struct store_rule rules[] = {
    {"file %2 of organisation %1 is referred to by %3 but is not there",
     "SELECT u.org, u.file, u.holder FROM file_use u WHERE NOT EXISTS "
     "(SELECT 1 FROM file f WHERE f.org = u.org AND f.id = u.file)"},
    {0},
};

const struct module file_sweep_module = {
    .name = "file_sweep",
    MODULE_OPS,
    .hourly = sweep,
    .rules = rules,
    .blobs = "SELECT org, id, hash, size FROM file WHERE hash IS NOT NULL ORDER BY org, id"};

static bool hash_of(struct str hex, char hash[static BLOB_HASH])
{
    size_t len = 0;
    return hex.len == HEX &&
           sodium_hex2bin((unsigned char *)hash, BLOB_HASH, hex.ptr, hex.len, NULL, &len, NULL) ==
               0 &&
           len == BLOB_HASH;
}

static bool is_named(struct db *db, struct str hash)
{
    return db_read(db, "SELECT 1 FROM file WHERE hash = ?1 LIMIT 1", BLOB(hash)).count != 0;
}

static bool file_forget(struct request *r, const struct file_forget_in *in,
                        struct file_forget_out *out)
{
    for (size_t i = 0; i < in->files.count; i++)
        WRITE(r,
              "DELETE FROM file WHERE org = ?1 AND id = ?2 AND created < ?3 AND hash IS NOT NULL "
              "AND NOT EXISTS (SELECT 1 FROM file_use u WHERE u.org = ?1 AND u.file = ?2)",
              INT(in->org), INT(in->files.at[i]), INT(r->now - DAY_MS));
    struct buf unnamed = buf_new(AT_ONCE * (HEX + 1));
    struct str rest = in->hashes;
    while (rest.len) {
        struct str hex = str_cut(&rest, ' ');
        char hash[BLOB_HASH];
        if (!hash_of(hex, hash) || is_named(r->db, str_of(hash, BLOB_HASH)) || has_failed(r))
            continue;
        if (unnamed.len)
            buf_char(&unnamed, ' ');
        buf_add(&unnamed, hex);
    }
    out->unnamed = arena_copy(r->arena, buf_str(&unnamed));
    buf_free(&unnamed);
    return !has_failed(r);
}

/* ---- the keeper's part --------------------------------------------------------------------- */

/* What one call is about: files of one organisation and their hashes, or hashes alone. */
struct batch {
    int64_t org;
    int64_t files[AT_ONCE];
    char hashes[AT_ONCE][BLOB_HASH];
    size_t file_count, hash_count;
};

static void add_hash(struct batch *batch, struct str hash)
{
    if (hash.len == BLOB_HASH)
        memcpy(batch->hashes[batch->hash_count++], hash.ptr, BLOB_HASH);
}

static struct str batch_write(const struct batch *batch, struct arena *arena)
{
    struct buf text = buf_new(64 * 1024);
    struct json json = json_to(&text);
    json_open(&json);
    if (batch->org) {
        json_name(&json, S("org"));
        json_id(&json, batch->org);
    }
    json_name(&json, S("files"));
    json_list_open(&json);
    for (size_t i = 0; i < batch->file_count; i++)
        json_id(&json, batch->files[i]);
    json_list_close(&json);
    struct buf hashes = buf_new(AT_ONCE * (HEX + 1));
    for (size_t i = 0; i < batch->hash_count; i++) {
        if (i)
            buf_char(&hashes, ' ');
        buf_add(&hashes, text_hex(arena, str_of(batch->hashes[i], BLOB_HASH)));
    }
    json_name(&json, S("hashes"));
    json_text(&json, buf_str(&hashes));
    json_close(&json);
    struct str copy = arena_copy(arena, buf_str(&text));
    buf_free(&hashes);
    buf_free(&text);
    return copy;
}

static void remove_blobs(struct api *api, struct str hashes)
{
    while (hashes.len) {
        char hash[BLOB_HASH];
        if (hash_of(str_cut(&hashes, ' '), hash))
            blob_remove(api_store(api), str_of(hash, BLOB_HASH));
    }
}

/* The rows go, and after their commit the blobs. */
static bool carry_out(struct api *api, const struct batch *batch, struct arena *arena)
{
    if (!batch->hash_count)
        return true;
    struct str reply, mark = S("{\"unnamed\":\"");
    int status = api_call(api, S("file_forget"), batch_write(batch, arena), API_SERVER, batch->org,
                          arena, &reply);
    if (status != 200 || !str_starts(reply, mark)) {
        log_line(LOG_WARN, "sweep_failed", LOG_TEXT("reply", reply));
        return false;
    }
    struct str rest = str_skip(reply, mark.len);
    remove_blobs(api, str_cut(&rest, '"'));
    return true;
}

/* The next stretch of files; false behind the last. The unused ones are dropped, those of one
 * organisation at once. */
static bool sweep_files(struct api *api, struct db *db, struct progress *at, struct arena *arena)
{
    struct batch batch = {0};
    db_snapshot_begin(db);
    struct rows files =
        db_read(db,
                "SELECT f.org, f.id, f.hash, (SELECT COUNT(*) FROM file_use u WHERE u.org = f.org "
                "AND u.file = f.id) FROM file f WHERE (f.org, f.id) > (?1, ?2) AND f.created < ?3 "
                "AND f.hash IS NOT NULL ORDER BY f.org, f.id LIMIT ?4",
                INT(at->org), INT(at->id), INT(store_time(api_store(api)) - DAY_MS), INT(STRETCH));
    db_snapshot_end(db);
    for (size_t i = 0; i < files.count; i++) {
        bool is_unused = row_int(&files, i, 3) == 0;
        if (is_unused && (batch.file_count == AT_ONCE ||
                          (batch.file_count && batch.org != row_int(&files, i, 0))))
            break;
        at->org = row_int(&files, i, 0);
        at->id = row_int(&files, i, 1);
        if (!is_unused)
            continue;
        batch.org = at->org;
        batch.files[batch.file_count++] = at->id;
        add_hash(&batch, row_text(&files, i, 2));
    }
    return carry_out(api, &batch, arena) && files.count != 0;
}

/* Takes along the hashes of a shelf, behind the one in *done, that the rows do not name; *done
 * moves on. */
static void gather_strays(const struct rows *named, const struct blob_hash *kept, size_t count,
                          size_t *done, struct batch *batch)
{
    size_t row = 0;
    for (; *done < count && batch->hash_count < AT_ONCE; (*done)++) {
        struct str hash = str_of(kept[*done].bytes, BLOB_HASH);
        while (row < named->count && str_compare(row_text(named, row, 0), hash) < 0)
            row++;
        if (row == named->count || !str_equal(row_text(named, row, 0), hash))
            add_hash(batch, hash);
    }
}

/* Bytes that somebody has kept and is about to name may look like a stray: they are too young. */
static bool sweep_shelf(struct api *api, struct db *db, unsigned shelf, struct arena *arena)
{
    struct blob_hash *kept = NULL;
    size_t count = 0, done = 0;
    if (!blob_shelf(api_store(api), shelf, arena, &kept, &count))
        return false;
    char first[BLOB_HASH] = {(char)shelf}, last[BLOB_HASH + 1];
    memset(last, 0xff, sizeof last);
    last[0] = (char)shelf;
    db_snapshot_begin(db);
    struct rows named =
        db_read(db, "SELECT DISTINCT hash FROM file WHERE hash >= ?1 AND hash <= ?2 ORDER BY hash",
                BLOB(str_of(first, 1)), BLOB(str_of(last, sizeof last)));
    bool is_read = !db_failed(db);
    db_snapshot_end(db);
    while (is_read && done < count) {
        struct batch batch = {0};
        gather_strays(&named, kept, count, &done, &batch);
        is_read = carry_out(api, &batch, arena);
    }
    return is_read;
}

/* First the files; then this hour's shelves, which follow from the clock alone. */
static bool sweep(struct api *api, struct db *db, struct progress *at, struct arena *arena)
{
    if (at->stage == 0) {
        if (!sweep_files(api, db, at, arena))
            *at = (struct progress){.stage = 1,
                                    .id = store_time(api_store(api)) / HOUR_MS * SHELVES_AN_HOUR};
        return true;
    }
    unsigned shelf = (unsigned)((at->id + at->stage - 1) % BLOB_SHELVES);
    sweep_shelf(api, db, shelf, arena);
    return at->stage++ < SHELVES_AN_HOUR;
}
