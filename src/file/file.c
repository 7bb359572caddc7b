/* file: uploading in parts, reading, and the gates that say who may. */
#include "file/file.h"
#include "base/id.h"
#include "base/must.h"
#include "base/text.h"
#include "base/time.h"
#include "store/blob.h"

#include <sodium.h>

#include <unistd.h>

EMBED_SQL(file);

enum {
    LARGEST_PART = 8 << 20,
    PROBED_BYTES = 512 << 10,
    LARGEST_PICTURE = 1 << 20,
    UPLOAD_HOURS = 48,
    MOST_GATES = 16,
};
#define LARGEST_FILE ((int64_t)4 << 30)

/* ---- rows ---------------------------------------------------------------------------------- */

#define BEGIN_IN(F, S)                                                       \
    F(S, TEXT, name, NEEDED, 1, 200, "file name")                            \
    F(S, TEXT, type, OPTIONAL, 0, 100, "media type, as the browser sees it") \
    F(S, INT, size, NEEDED, 1, LARGEST_FILE, "bytes")                        \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(file_begin_in, BEGIN_IN)
#define BEGIN_OUT(F, S)                                                     \
    F(S, ID, upload, NEEDED, 0, 0, "for PUT /v1/uploads/{upload}?offset=N") \
    F(S, INT, received, NEEDED, 0, 0, "bytes that are there already")
SCHEMA(file_begin_out, BEGIN_OUT)

#define STATE_IN(F, S) F(S, ID, upload, NEEDED, 0, 0, "the upload")
SCHEMA(file_state_in, STATE_IN)
SCHEMA(file_state_out, BEGIN_OUT)

#define PART_IN(F, S)                            \
    F(S, ID, upload, NEEDED, 0, 0, "the upload") \
    F(S, INT, offset, NEEDED, 0, LARGEST_FILE, "where the body's first byte goes")
SCHEMA(file_part_in, PART_IN)
#define file_part_out        upload_out
#define file_part_out_schema upload_out_schema

#define FINISH_IN(F, S)                                          \
    F(S, ID, upload, NEEDED, 0, 0, "the upload, all of it sent") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(file_finish_in, FINISH_IN)
#define FINISH_OUT(F, S) F(S, OBJECT(file_file), file, NEEDED, 0, 0, "the file")
SCHEMA(file_finish_out, FINISH_OUT)

#define GET_IN(F, S) F(S, ID, file, NEEDED, 0, 0, "the file")
SCHEMA(file_get_in, GET_IN)
#define file_get_out        raw_out
#define file_get_out_schema raw_out_schema

#define file_expire_in        later_in
#define file_expire_in_schema later_in_schema
SCHEMA(file_expire_out, NO_FIELDS)

#define FILE_OPS(OP)                                                                          \
    OP(file_begin, "POST", "/v1/uploads", WRITES | ONCE, 120, "Begin an upload",              \
       MAY_CALL(org_member))                                                                  \
    OP(file_state, "GET", "/v1/uploads/{upload}", READS, 0, "How much of an upload is there", \
       MAY(own_upload, upload))                                                               \
    OP(file_part, "PUT", "/v1/uploads/{upload}", UPLOAD, 1200, "Send a part, 8 MiB at most",  \
       MAY(own_upload, upload))                                                               \
    OP(file_finish, "POST", "/v1/uploads/{upload}/finish", WRITES | ONCE, 120,                \
       "Make a file of an upload", MAY(own_upload, upload))                                   \
    OP(file_get, "GET", "/v1/files/{file}", RAW, 3000, "Read a file", MAY(file_reader, file)) \
    OP(file_expire, NULL, NULL, WRITES, 0, "Forget an upload that was given up",              \
       MAY_CALL(the_server))

static bool allows_own_upload(struct request *r, int64_t upload)
{
    struct rows found =
        READ(r, "SELECT 1 FROM file WHERE org = ?1 AND id = ?2 AND owner = ?3 AND hash IS NULL",
             INT(r->org), INT(upload), INT(r->person));
    return r->person && (found.count || fail(r, NOT_FOUND, "upload", "没有这个上传任务",
                                             "there is no such upload"));
}

static bool allows_reader(struct request *r, int64_t file)
{
    return r->person && (file_is_readable(r, file) ||
                         fail(r, NOT_FOUND, "file", "没有这个文件", "there is no such file"));
}

static const struct policy own_upload = {"own_upload", "who began the upload", allows_own_upload};
static const struct policy file_reader = {
    "file_reader", "its owner, and whoever may read what refers to it", allows_reader};

OPS(FILE_OPS)

static void file_start(void);

static bool file_finish_prepare(struct request *r, const void *in, void *out);
static const struct slow_part slow_parts[] = {{"file_finish", file_finish_prepare}, {0}};

const struct module file_module = {.name = "file",
                                   MODULE_OPS,
                                   .slow_parts = slow_parts,
                                   .start = file_start,
                                   .sql = file_sql,
                                   .sql_end = file_sql_end};

/* ---- gates --------------------------------------------------------------------------------- */

static const struct file_gate *gates[MOST_GATES];
static size_t gate_count;

void file_register(const struct file_gate *gate)
{
    for (size_t i = 0; i < gate_count; i++)
        if (gates[i] == gate)
            return;
    must(gate_count < MOST_GATES);
    gates[gate_count++] = gate;
}

static bool opens(struct request *r, struct str kind, int64_t holder)
{
    for (size_t i = 0; i < gate_count; i++)
        if (str_equal(kind, str_from(gates[i]->kind)))
            return gates[i]->may_read(r, holder);
    return false;
}

bool file_is_readable(struct request *r, int64_t file)
{
    struct rows own = READ(r,
                           "SELECT owner FROM file WHERE org = ?1 AND id = ?2 AND "
                           "hash IS NOT NULL",
                           INT(r->org), INT(file));
    if (!own.count || row_int(&own, 0, 0) == r->person)
        return own.count != 0;
    struct rows uses = READ(r, "SELECT holder, kind FROM file_use WHERE org = ?1 AND file = ?2",
                            INT(r->org), INT(file));
    for (size_t i = 0; i < uses.count; i++)
        if (opens(r, row_text(&uses, i, 1), row_int(&uses, i, 0)))
            return true;
    return false;
}

void file_use(struct request *r, int64_t file, int64_t holder, const char *kind)
{
    WRITE(r,
          "INSERT INTO file_use (org, file, holder, kind) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (org, file, holder) DO NOTHING",
          INT(r->org), INT(file), INT(holder), TEXT(str_from(kind)));
}

void file_release(struct request *r, int64_t holder, const char *kind)
{
    WRITE(r, "DELETE FROM file_use WHERE org = ?1 AND holder = ?2 AND kind = ?3", INT(r->org),
          INT(holder), TEXT(str_from(kind)));
}

/* A person's picture is for everybody in the organisation. */
static bool picture_gate(struct request *r, int64_t person)
{
    (void)person;
    return r->person != 0;
}
static const struct file_gate person_gate = {"person", picture_gate};

bool file_take_picture(struct request *r, const char *field, int64_t file, int64_t holder,
                       const char *kind)
{
    struct file_file found = {0};
    if (file && (!file_is_readable(r, file) || !file_read(r, file, &found)))
        return fail(r, NOT_FOUND, field, "没有这个文件", "there is no such file");
    if (file && (!found.width || found.size > LARGEST_PICTURE))
        return fail(r, BAD_INPUT, field, "头像须是不超过 1 MB 的图片",
                    "is not a picture of at most 1 MB");
    file_release(r, holder, kind);
    if (file)
        file_use(r, file, holder, kind);
    return true;
}

static bool take_picture(struct request *r, int64_t person, int64_t file)
{
    return file_take_picture(r, "avatar", file, person, person_gate.kind);
}

static void file_start(void)
{
    file_register(&person_gate);
    org_register_picture(take_picture);
}

bool file_read(struct request *r, int64_t file, struct file_file *out)
{
    struct rows found = READ(r,
                             "SELECT name, type, size, width, height FROM file "
                             "WHERE org = ?1 AND id = ?2 AND hash IS NOT NULL",
                             INT(r->org), INT(file));
    if (!found.count)
        return false;
    *out = (struct file_file){.id = file,
                              .name = row_text(&found, 0, 0),
                              .type = row_text(&found, 0, 1),
                              .size = row_int(&found, 0, 2),
                              .width = row_int(&found, 0, 3),
                              .height = row_int(&found, 0, 4)};
    return true;
}

/* ---- uploading ----------------------------------------------------------------------------- */

/* The last part of a path, without control characters and what file systems dislike. */
static struct str clean_name(struct request *r, struct str name)
{
    char *out = arena_alloc(r->arena, name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c == '/' || c == '\\')
            len = 0;
        else if (c >= 0x20 && c != 0x7f && !strchr("<>:\"|?*", c))
            out[len++] = (char)c;
    }
    struct str clean = str_trim(str_of(out, len));
    while (str_starts(clean, S(".")))
        clean = str_skip(clean, 1);
    return clean.len ? clean : S("file");
}

static struct str clean_type(struct str type)
{
    for (size_t i = 0; i < type.len; i++) {
        char c = type.ptr[i];
        bool is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' ||
                       c == '-' || c == '+';
        if (!is_good)
            return S("application/octet-stream");
    }
    return type.len ? type : S("application/octet-stream");
}

static bool file_begin(struct request *r, const struct file_begin_in *in,
                       struct file_begin_out *out)
{
    out->upload = id_next();
    WRITE(r,
          "INSERT INTO file (org, id, hash, name, type, size, width, height, owner, created) "
          "VALUES (?1, ?2, NULL, ?3, ?4, ?5, 0, 0, ?6, ?7)",
          INT(r->org), INT(out->upload), TEXT(clean_name(r, in->name)), TEXT(clean_type(in->type)),
          INT(in->size), INT(r->person), INT(r->now));
    struct later_in payload = {.org = r->org, .object = out->upload};
    job_add(r, "file_expire", r->now + (int64_t)UPLOAD_HOURS * HOUR_MS, &later_in_schema, &payload);
    return true;
}

static int64_t size_of(struct request *r, int64_t upload)
{
    struct rows found =
        READ(r, "SELECT size FROM file WHERE org = ?1 AND id = ?2", INT(r->org), INT(upload));
    return found.count ? row_int(&found, 0, 0) : 0;
}

static bool file_state(struct request *r, const struct file_state_in *in,
                       struct file_state_out *out)
{
    out->upload = in->upload;
    out->received = (int64_t)blob_part_size(api_store(r->api), in->upload);
    return true;
}

static bool file_part(struct request *r, const struct file_part_in *in, struct file_part_out *out)
{
    int64_t size = size_of(r, in->upload);
    if (in->offset > size)
        return fail(r, BAD_INPUT, "offset", "超出了文件的大小", "is past the end of the file");
    int file = blob_part_open(api_store(r->api), in->upload, (uint64_t)in->offset);
    if (file < 0)
        return fail(r, CONFLICT, "offset", "前面的部分还没有收到",
                    "the bytes before it have not come yet");
    out->file = file;
    out->before = in->offset;
    out->limit = size - in->offset < LARGEST_PART ? size - in->offset : LARGEST_PART;
    return true;
}

struct finished {
    char hash[BLOB_HASH];
    struct image image;
    bool is_image;
};

static void probe(struct request *r, struct finished *done)
{
    uint64_t size;
    int file = blob_open(api_store(r->api), str_of(done->hash, BLOB_HASH), &size);
    if (file < 0)
        return;
    char *bytes = arena_alloc(r->arena, PROBED_BYTES);
    ssize_t got = read(file, bytes, PROBED_BYTES);
    close(file);
    done->is_image = got > 0 && image_probe(str_of(bytes, (size_t)got), &done->image);
}

static bool file_finish_prepare(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct file_finish_in *in = input;
    struct finished *done = ARENA_NEW(r->arena, struct finished);
    if ((int64_t)blob_part_size(api_store(r->api), in->upload) != size_of(r, in->upload))
        return fail(r, CONFLICT, "upload", "文件还没有传完", "not all of the file has come yet");
    if (!blob_keep(api_store(r->api), in->upload, done->hash))
        return fail(r, UNAVAILABLE, NULL, "服务器磁盘暂时写不进去", "the disk cannot take it now");
    probe(r, done);
    r->prepared = done;
    return true;
}

static bool file_finish(struct request *r, const struct file_finish_in *in,
                        struct file_finish_out *out)
{
    const struct finished *done = r->prepared;
    const struct image *image = &done->image;
    if (!blob_is_kept(api_store(r->api), str_of(done->hash, BLOB_HASH)))
        return fail(r, CONFLICT, "upload", "文件没有存下来，请重新上传",
                    "the file has not been kept: send it again");
    WRITE(r, "UPDATE file SET hash = ?3, width = ?4, height = ?5 WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(in->upload), BLOB(str_of(done->hash, BLOB_HASH)),
          INT(done->is_image ? image->width : 0), INT(done->is_image ? image->height : 0));
    if (done->is_image)
        WRITE(r, "UPDATE file SET type = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
              INT(in->upload), TEXT(str_from(image->type)));
    out->file = ARENA_NEW(r->arena, struct file_file);
    return file_read(r, in->upload, out->file);
}

static bool file_expire(struct request *r, const struct file_expire_in *in,
                        struct file_expire_out *out)
{
    (void)out;
    struct rows open = READ(r, "SELECT 1 FROM file WHERE org = ?1 AND id = ?2 AND hash IS NULL",
                            INT(in->org), INT(in->object));
    if (!open.count)
        return true;
    WRITE(r, "DELETE FROM file WHERE org = ?1 AND id = ?2 AND hash IS NULL", INT(in->org),
          INT(in->object));
    blob_part_drop(api_store(r->api), in->object);
    return true;
}

/* The row of a file whose bytes are kept; NULL: it is no picture. */
static int64_t insert_kept(struct request *r, int64_t owner, struct str name, struct str hash,
                           int64_t size, const struct image *image)
{
    int64_t file = id_next();
    WRITE(r,
          "INSERT INTO file (org, id, hash, name, type, size, width, height, owner, created) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
          INT(r->org), INT(file), BLOB(hash), TEXT(name),
          TEXT(image ? str_from(image->type) : S("application/octet-stream")), INT(size),
          INT(image ? image->width : 0), INT(image ? image->height : 0), INT(owner), INT(r->now));
    return file;
}

int64_t file_make(struct request *r, int64_t owner, struct str name, struct str bytes)
{
    struct finished done = {0};
    if (!blob_keep_bytes(api_store(r->api), bytes, done.hash))
        return 0;
    done.is_image = image_probe(bytes, &done.image);
    return insert_kept(r, owner, name, str_of(done.hash, BLOB_HASH), (int64_t)bytes.len,
                       done.is_image ? &done.image : NULL);
}

int64_t file_adopt(struct request *r, int64_t owner, struct str name, struct str hash_hex,
                   int64_t size)
{
    unsigned char hash[BLOB_HASH];
    size_t len = 0;
    bool is_hash =
        sodium_hex2bin(hash, sizeof hash, hash_hex.ptr, hash_hex.len, NULL, &len, NULL) == 0 &&
        len == sizeof hash;
    uint64_t found;
    int blob = is_hash ? blob_open(api_store(r->api), str_of((char *)hash, BLOB_HASH), &found) : -1;
    if (blob < 0) {
        fail(r, NOT_FOUND, NULL, "文件内容不在了", "the file's content is missing");
        return 0;
    }
    close(blob);
    return insert_kept(r, owner, name, str_of((char *)hash, BLOB_HASH), size, NULL);
}

bool file_keep_picture(struct api *api, struct arena *arena, struct str bytes,
                       struct file_kept *out)
{
    char hash[BLOB_HASH];
    struct image image;
    if (!image_probe(bytes, &image) || !blob_keep_bytes(api_store(api), bytes, hash))
        return false;
    *out = (struct file_kept){.hash = text_base64url(arena, str_of(hash, BLOB_HASH)),
                              .type = str_from(image.type),
                              .size = (int64_t)bytes.len,
                              .width = image.width,
                              .height = image.height};
    return true;
}

int64_t file_make_kept(struct request *r, int64_t owner, struct str name,
                       const struct file_kept *kept)
{
    struct str hash;
    if (!text_base64url_read(r->arena, kept->hash, &hash) || hash.len != BLOB_HASH ||
        !blob_is_kept(api_store(r->api), hash))
        return 0;
    struct image image = {arena_copy(r->arena, kept->type).ptr, kept->width, kept->height};
    return insert_kept(r, owner, name, hash, kept->size, &image);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Pictures that were recognised are shown; everything else is only ever saved. */
static bool file_get(struct request *r, const struct file_get_in *in, struct file_get_out *out)
{
    struct rows found = READ(r,
                             "SELECT hash, name, type, width FROM file WHERE org = ?1 "
                             "AND id = ?2",
                             INT(r->org), INT(in->file));
    must(found.count);
    struct str hash = row_text(&found, 0, 0);
    uint64_t size;
    int file = blob_open(api_store(r->api), hash, &size);
    if (file < 0)
        return fail(r, NOT_FOUND, "file", "文件内容不在了，请联系管理员",
                    "the file's content is missing; tell the keeper of the server");
    bool is_picture = row_int(&found, 0, 3) > 0;
    out->type = is_picture ? row_text(&found, 0, 2) : S("application/octet-stream");
    out->is_inline = is_picture;
    out->is_private = true;
    out->name = row_text(&found, 0, 1);
    out->etag = arena_printf(r->arena, "\"%s\"", text_hex(r->arena, str_take(hash, 16)).ptr);
    out->file = file;
    out->size = (int64_t)size;
    return true;
}
