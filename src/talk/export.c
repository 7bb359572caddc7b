/* export: a conversation, or all talk of the organisation, as one file to keep or to take
 * elsewhere.
 *
 * The file is a tar (POSIX ustar) of JSON texts and the files that were sent; docs/export.md tells
 * its form. It is written by a job, page by page, from one snapshot, and becomes a file of whoever
 * asked for it, which is forgotten after a day like any file that nothing refers to. */
#include "talk/inner.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "store/blob.h"

#include <stdio.h>
#include <unistd.h>

enum { PAGE = 500, EXPORTS = 20, TAR_BLOCK = 512, COPY = 1 << 16, LONGEST_NAME = 99 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define EXPORT_IN(F, S)                                                                           \
    F(S, ID, conversation, NEEDED, 0, 0, "a conversation of the caller's, as the caller sees it") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_export_in, EXPORT_IN)
#define TALK_EXPORT(F, S)                                                     \
    F(S, ID, id, NEEDED, 0, 0, "the export")                                  \
    F(S, ID, conversation, OPTIONAL, 0, 0, "absent: the whole organisation")  \
    F(S, TIME, at, NEEDED, 0, 0, "when it was asked for")                     \
    F(S, ID, file, OPTIONAL, 0, 0, "the file, once it is written; for a day") \
    F(S, INT, size, OPTIONAL, 0, 0, "its bytes")
SCHEMA(talk_exported_row, TALK_EXPORT)
SCHEMA(talk_export_out, TALK_EXPORT)

#define EXPORT_ALL_IN(F, S) F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_export_all_in, EXPORT_ALL_IN)
SCHEMA(talk_export_all_out, TALK_EXPORT)

SCHEMA(talk_exports_in, NO_FIELDS)
#define EXPORTS_OUT(F, S) F(S, LIST(talk_exported_row), exports, NEEDED, 0, 0, "newest first")
SCHEMA(talk_exports_out, EXPORTS_OUT)

#define EXPORTED_IN(F, S)                                    \
    F(S, ID, org, NEEDED, 0, 0, "organisation")              \
    F(S, PERSON, person, NEEDED, 0, 0, "who asked for it")   \
    F(S, ID, id, NEEDED, 0, 0, "the export")                 \
    F(S, TEXT, name, NEEDED, 1, 200, "of the file")          \
    F(S, TEXT, hash, NEEDED, 64, 64, "of its bytes, in hex") \
    F(S, INT, size, NEEDED, 0, 0, "its bytes")
SCHEMA(talk_exported_in, EXPORTED_IN)
SCHEMA(talk_exported_out, NO_FIELDS)

#define EXPORT_OPS(OP)                                                                    \
    OP(talk_export, "POST", "/v1/conversations/{conversation}/export", WRITES | ONCE, 10, \
       "Have a conversation written to a file", MAY(talk_member, conversation))           \
    OP(talk_export_all, "POST", "/v1/talk/export", WRITES | ONCE, 5,                      \
       "Have all talk of the organisation written to a file", MAY_CALL(org_owner))        \
    OP(talk_exports, "GET", "/v1/talk/exports", READS, 0, "The caller's exports",         \
       MAY_CALL(org_member))                                                              \
    OP(talk_exported, NULL, NULL, WRITES, 0, "An export is written", MAY_CALL(the_server))
OPS(EXPORT_OPS)

static bool write_export(struct api *api, int64_t org, struct str payload, struct arena *arena);
static const struct job_kind jobs[] = {{"talk_exporting", write_export, 0, true}, {0}};

const struct module talk_export_module = {.name = "talk_export", MODULE_OPS, .jobs = jobs};

#define EXPORTING(F, S)                                    \
    F(S, PERSON, person, NEEDED, 0, 0, "who asked for it") \
    F(S, ID, id, NEEDED, 0, 0, "the export")               \
    F(S, ID, conversation, OPTIONAL, 0, 0, "one, or all")  \
    F(S, INT, since, OPTIONAL, 0, 0, "first message that the person may see")
SCHEMA(talk_exporting, EXPORTING)

/* ---- asking --------------------------------------------------------------------------------- */

static bool begin(struct request *r, int64_t conversation, int64_t since,
                  struct talk_exported_row *out)
{
    *out = (struct talk_exported_row){.id = id_next(), .conversation = conversation, .at = r->now};
    WRITE(r,
          "INSERT INTO export (org, person, id, conversation, at, file, size) "
          "VALUES (?1, ?2, ?3, ?4, ?5, 0, 0)",
          INT(r->org), INT(r->person), INT(out->id), INT(conversation), INT(r->now));
    struct talk_exporting work = {
        .person = r->person, .id = out->id, .conversation = conversation, .since = since};
    job_add(r, "talk_exporting", r->now, &talk_exporting_schema, &work);
    audit(r, "talk_export", conversation, S(""));
    return true;
}

static bool talk_export(struct request *r, const struct talk_export_in *in,
                        struct talk_export_out *out)
{
    int64_t since = 1, upto = 0;
    struct talk_exported_row row;
    reading_of(r, in->conversation, &since, &upto);
    begin(r, in->conversation, since, &row);
    *out = (struct talk_export_out){.id = row.id, .conversation = row.conversation, .at = row.at};
    return true;
}

static bool talk_export_all(struct request *r, const struct talk_export_all_in *in,
                            struct talk_export_all_out *out)
{
    (void)in;
    struct talk_exported_row row;
    begin(r, 0, 1, &row);
    *out = (struct talk_export_all_out){.id = row.id, .at = row.at};
    return true;
}

static bool talk_exports(struct request *r, const struct talk_exports_in *in,
                         struct talk_exports_out *out)
{
    (void)in;
    struct rows found = READ(r,
                             "SELECT e.id, e.conversation, e.at, f.id, e.size FROM export e "
                             "LEFT JOIN file f ON f.org = e.org AND f.id = e.file "
                             "WHERE e.org = ?1 AND e.person = ?2 AND (e.file = 0 OR "
                             "f.id IS NOT NULL) ORDER BY e.id DESC LIMIT ?3",
                             INT(r->org), INT(r->person), INT(EXPORTS));
    out->exports.at = ARENA_ARRAY(r->arena, found.count, struct talk_exported_row);
    out->exports.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->exports.at[i] = (struct talk_exported_row){.id = row_int(&found, i, 0),
                                                        .conversation = row_int(&found, i, 1),
                                                        .at = row_int(&found, i, 2),
                                                        .file = row_int(&found, i, 3),
                                                        .size = row_int(&found, i, 4)};
    return true;
}

static bool talk_exported(struct request *r, const struct talk_exported_in *in,
                          struct talk_exported_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows found = READ(r,
                             "SELECT conversation, at FROM export WHERE org = ?1 AND person = ?2 "
                             "AND id = ?3 AND file = 0",
                             INT(r->org), INT(in->person), INT(in->id));
    if (!found.count)
        return true;
    int64_t file = file_adopt(r, in->person, in->name, in->hash, in->size);
    if (!file)
        return false;
    WRITE(r, "UPDATE export SET file = ?4, size = ?5 WHERE org = ?1 AND person = ?2 AND id = ?3",
          INT(r->org), INT(in->person), INT(in->id), INT(file), INT(in->size));
    struct talk_exported_row row = {.id = in->id,
                                    .conversation = row_int(&found, 0, 0),
                                    .at = row_int(&found, 0, 1),
                                    .file = file,
                                    .size = in->size};
    event_put(r, in->person, "export", in->id, &talk_exported_row_schema, &row);
    return true;
}

/* ---- tar (POSIX.1-2001, pax: "ustar Interchange Format") ---------------------------------------
 */

struct tar {
    FILE *out;
    int64_t now;
    bool has_failed;
};

static void put(struct tar *tar, const void *bytes, size_t len)
{
    if (len && fwrite(bytes, 1, len, tar->out) != len)
        tar->has_failed = true;
}

static void pad(struct tar *tar, uint64_t size)
{
    static const char zeros[TAR_BLOCK];
    put(tar, zeros, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

/* Sizes of 8 GiB and more do not fit into the eleven octal digits, and no file is so large. */
static void head(struct tar *tar, struct str name, uint64_t size)
{
    char block[TAR_BLOCK] = {0};
    snprintf(block, LONGEST_NAME + 1, "%.*s", STR_ARG(str_take(name, LONGEST_NAME)));
    snprintf(block + 100, 8, "%07o", 0600);
    snprintf(block + 108, 8, "%07o", 0);
    snprintf(block + 116, 8, "%07o", 0);
    snprintf(block + 124, 12, "%011llo", (unsigned long long)size);
    snprintf(block + 136, 12, "%011llo", (unsigned long long)(tar->now / 1000));
    memset(block + 148, ' ', 8);
    block[156] = '0';
    static const char magic[] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
    memcpy(block + 257, magic, sizeof magic);
    unsigned sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 7, "%06o", sum);
    put(tar, block, TAR_BLOCK);
}

static void add_text(struct tar *tar, struct str name, struct str text)
{
    head(tar, name, text.len);
    put(tar, text.ptr, text.len);
    pad(tar, text.len);
}

static void add_blob(struct tar *tar, struct store *store, struct str name, struct str hash)
{
    uint64_t size, left;
    int file = blob_open(store, hash, &size);
    if (file < 0)
        return;
    static _Thread_local char bytes[COPY];
    head(tar, name, size);
    for (left = size; left && !tar->has_failed;) {
        ssize_t got = read(file, bytes, left < COPY ? left : COPY);
        if (got <= 0)
            tar->has_failed = true;
        else {
            put(tar, bytes, (size_t)got);
            left -= (uint64_t)got;
        }
    }
    pad(tar, size);
    close(file);
}

/* ---- what stands in it ---------------------------------------------------------------------- */

struct export
{
    struct api *api;
    struct db *db;
    int64_t org;
    struct tar tar;
    struct map people, files; /* whom and what the messages name */
    int64_t since;
};

static void member_text(struct json *json, const char *name, struct str text)
{
    if (!text.len)
        return;
    json_name(json, str_from(name));
    json_text(json, text);
}

static void member_id(struct json *json, const char *name, int64_t id)
{
    if (!id)
        return;
    json_name(json, str_from(name));
    json_id(json, id);
}

static void member_int(struct json *json, const char *name, int64_t number)
{
    if (!number)
        return;
    json_name(json, str_from(name));
    json_int(json, number);
}

static void note(struct map *map, struct str ids)
{
    for (int64_t id; ids.len;)
        if (str_to_int(str_cut(&ids, ' '), &id) && id > 0)
            map_set(map, id, map);
}

/* A line of messages.jsonl. Columns: seq, at, author, kind, body, people, files, reply_to,
 * recalled, edited, extra. */
static void write_message(struct export *export, const struct rows *rows, size_t row,
                          struct buf *out)
{
    struct json json = json_to(out);
    struct str extra = row_text(rows, row, 10);
    json_open(&json);
    member_int(&json, "seq", row_int(rows, row, 0));
    member_int(&json, "at", row_int(rows, row, 1));
    member_id(&json, "author", row_int(rows, row, 2));
    member_text(&json, "kind", row_text(rows, row, 3));
    member_text(&json, "body", row_text(rows, row, 4));
    member_text(&json, "people", row_text(rows, row, 5));
    member_text(&json, "files", row_text(rows, row, 6));
    member_int(&json, "reply_to", row_int(rows, row, 7));
    member_int(&json, "recalled", row_int(rows, row, 8));
    member_int(&json, "edited", row_int(rows, row, 9));
    if (extra.len) {
        json_name(&json, S("extra"));
        json_raw(&json, extra);
    }
    json_close(&json);
    buf_char(out, '\n');
    map_set(&export->people, row_int(rows, row, 2), export);
    note(&export->people, row_text(rows, row, 5));
    note(&export->files, row_text(rows, row, 6));
}

/* The messages of a conversation in parts of PAGE, as tar wants each member's size ahead. */
static void add_messages(struct export *export, int64_t conversation, struct arena *arena)
{
    int64_t after = export->since - 1;
    for (int part = 1;; part++) {
        struct rows found =
            db_read(export->db,
                    "SELECT seq, at, author, kind, body, people, files, reply_to, recalled, "
                    "edited, extra FROM message WHERE org = ?1 AND conversation = ?2 "
                    "AND seq > ?3 ORDER BY seq LIMIT ?4",
                    INT(export->org), INT(conversation), INT(after), INT(PAGE));
        struct buf out = buf_new((size_t)1 << 30);
        for (size_t i = 0; i < found.count; i++)
            write_message(export, &found, i, &out);
        if (found.count) {
            after = row_int(&found, found.count - 1, 0);
            add_text(&export->tar,
                     arena_printf(arena, "conversations/%lld/messages-%05d.jsonl",
                                  (long long)conversation, part),
                     buf_str(&out));
        }
        buf_free(&out);
        if (found.count < PAGE)
            return;
    }
}

static void add_conversation(struct export *export, int64_t conversation)
{
    struct arena *arena = arena_new();
    db_set_arena(export->db, arena);
    struct rows about = db_read(export->db,
                                "SELECT kind, title, created FROM conversation WHERE org = ?1 "
                                "AND id = ?2",
                                INT(export->org), INT(conversation));
    struct rows members = db_read(export->db,
                                  "SELECT person, role FROM member WHERE org = ?1 "
                                  "AND conversation = ?2 ORDER BY person",
                                  INT(export->org), INT(conversation));
    struct buf out = buf_new((size_t)1 << 28);
    struct json json = json_to(&out);
    json_open(&json);
    member_id(&json, "id", conversation);
    if (about.count) {
        member_text(&json, "kind", row_text(&about, 0, 0));
        member_text(&json, "title", row_text(&about, 0, 1));
        member_int(&json, "created", row_int(&about, 0, 2));
    }
    json_name(&json, S("members"));
    json_list_open(&json);
    for (size_t i = 0; i < members.count; i++) {
        json_open(&json);
        member_id(&json, "person", row_int(&members, i, 0));
        member_text(&json, "role", row_text(&members, i, 1));
        json_close(&json);
        map_set(&export->people, row_int(&members, i, 0), export);
    }
    json_list_close(&json);
    json_close(&json);
    add_text(&export->tar,
             arena_printf(arena, "conversations/%lld/conversation.json", (long long)conversation),
             buf_str(&out));
    buf_free(&out);
    add_messages(export, conversation, arena);
    arena_free(arena);
}

/* One line for each, by the statement's columns id and name (and hash, of a file). */
static void add_people(struct export *export)
{
    struct arena *arena = arena_new();
    struct buf out = buf_new((size_t)1 << 30);
    db_set_arena(export->db, arena);
    for (struct map_entry *e = map_first(&export->people); e; e = map_after(&export->people, e)) {
        struct rows found =
            db_read(export->db, "SELECT name, state FROM person WHERE org = ?1 AND id = ?2",
                    INT(export->org), INT(e->key));
        if (!found.count)
            continue;
        struct json json = json_to(&out);
        json_open(&json);
        member_id(&json, "id", e->key);
        member_text(&json, "name", row_text(&found, 0, 0));
        member_text(&json, "state", row_text(&found, 0, 1));
        json_close(&json);
        buf_char(&out, '\n');
    }
    add_text(&export->tar, S("people.jsonl"), buf_str(&out));
    buf_free(&out);
    arena_free(arena);
}

static void add_files(struct export *export)
{
    struct arena *arena = arena_new();
    struct buf out = buf_new((size_t)1 << 30);
    db_set_arena(export->db, arena);
    for (struct map_entry *e = map_first(&export->files); e; e = map_after(&export->files, e)) {
        struct rows found = db_read(export->db,
                                    "SELECT name, type, size, hash FROM file WHERE org = ?1 "
                                    "AND id = ?2 AND hash IS NOT NULL",
                                    INT(export->org), INT(e->key));
        if (!found.count)
            continue;
        struct json json = json_to(&out);
        json_open(&json);
        member_id(&json, "id", e->key);
        member_text(&json, "name", row_text(&found, 0, 0));
        member_text(&json, "type", row_text(&found, 0, 1));
        member_int(&json, "size", row_int(&found, 0, 2));
        json_close(&json);
        buf_char(&out, '\n');
        add_blob(&export->tar, api_store(export->api),
                 arena_printf(arena, "files/%lld", (long long)e->key), row_text(&found, 0, 3));
    }
    add_text(&export->tar, S("files.jsonl"), buf_str(&out));
    buf_free(&out);
    arena_free(arena);
}

static void add_manifest(struct export *export, const struct talk_exporting *work)
{
    struct buf out = buf_new(4096);
    struct json json = json_to(&out);
    json_open(&json);
    member_text(&json, "format", S("carillon-talk-1"));
    member_id(&json, "organisation", export->org);
    member_id(&json, "conversation", work->conversation);
    member_id(&json, "person", work->person);
    member_int(&json, "at", export->tar.now);
    json_close(&json);
    add_text(&export->tar, S("manifest.json"), buf_str(&out));
    buf_free(&out);
}

static void add_all(struct export *export, const struct talk_exporting *work)
{
    export->since = work->since ? work->since : 1;
    add_manifest(export, work);
    if (work->conversation) {
        add_conversation(export, work->conversation);
        return;
    }
    for (int64_t after = 0;;) {
        struct arena *arena = arena_new();
        db_set_arena(export->db, arena);
        struct rows found = db_read(export->db,
                                    "SELECT id FROM conversation WHERE org = ?1 AND id > ?2 "
                                    "ORDER BY id LIMIT ?3",
                                    INT(export->org), INT(after), INT(PAGE));
        for (size_t i = 0; i < found.count; i++)
            add_conversation(export, after = row_int(&found, i, 0));
        size_t count = found.count;
        arena_free(arena);
        if (count < PAGE)
            return;
    }
}

/* ---- the job -------------------------------------------------------------------------------- */

static bool finish(struct export *export, const struct talk_exporting *work, struct arena *arena)
{
    static const char end[2 * TAR_BLOCK];
    char hash[BLOB_HASH];
    put(&export->tar, end, sizeof end);
    bool is_written = !export->tar.has_failed && !db_failed(export->db);
    int64_t size = ftell(export->tar.out);
    if (fclose(export->tar.out) != 0 || !is_written ||
        !blob_keep(api_store(export->api), work->id, hash)) {
        blob_part_drop(api_store(export->api), work->id);
        return false;
    }
    char day[25];
    time_write(export->tar.now, day);
    struct talk_exported_in in = {.org = export->org,
                                  .person = work->person,
                                  .id = work->id,
                                  .name = arena_printf(arena, "carillon-talk-%.10s.tar", day),
                                  .hash = text_hex(arena, str_of(hash, BLOB_HASH)),
                                  .size = size};
    struct buf text = buf_new(4096);
    struct json json = json_to(&text);
    json_open(&json);
    member_id(&json, "org", in.org);
    member_id(&json, "person", in.person);
    member_id(&json, "id", in.id);
    member_text(&json, "name", in.name);
    member_text(&json, "hash", in.hash);
    member_int(&json, "size", in.size);
    json_close(&json);
    struct str reply;
    int status = api_call(export->api, S("talk_exported"), buf_str(&text), API_SERVER, in.org,
                          arena, &reply);
    buf_free(&text);
    return status == 200;
}

static bool write_export(struct api *api, int64_t org, struct str payload, struct arena *arena)
{
    struct request r = {.api = api, .arena = arena};
    struct talk_exporting *work = object_read(&r, &talk_exporting_schema, payload);
    if (!work)
        return true; /* nothing that trying again would mend */
    struct export export = {.api = api, .org = org, .tar.now = store_time(api_store(api))};
    int file = blob_part_open(api_store(api), work->id, 0);
    export.tar.out = file < 0 ? NULL : fdopen(file, "w");
    export.db = store_reader(api_store(api));
    if (!export.tar.out || !export.db) {
        db_close(export.db);
        return false;
    }
    db_snapshot_begin(export.db);
    add_all(&export, work);
    add_people(&export);
    add_files(&export);
    db_set_arena(export.db, arena);
    bool is_done = finish(&export, work, arena);
    db_snapshot_end(export.db);
    db_close(export.db);
    map_free(&export.people);
    map_free(&export.files);
    log_line(LOG_INFO, "talk-exported", LOG_INT("org", org),
             LOG_INT("conversation", work->conversation),
             LOG_TEXT("result", is_done ? S("ok") : S("failed")));
    return is_done;
}
