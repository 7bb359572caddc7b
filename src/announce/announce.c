/* announce: writing, reading, withdrawing announcements, and who has read them. */
#include "announce/inner.h"
#include "base/id.h"
#include "base/text.h"
#include "base/time.h"

EMBED_SQL(announce);

enum { PAGE = 30, READERS = 100, BEGINNING = 120, REMIND_MINUTES = 10 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define POST_IN(F, S)                                                                    \
    F(S, TEXT, title, NEEDED, 1, 100, "its title")                                       \
    F(S, TEXT, body, NEEDED, 1, 50000, "its words, in light markup")                     \
    F(S, IDS, departments, OPTIONAL, 0, 50, "for everybody in these or below")           \
    F(S, IDS, people, OPTIONAL, 0, 1000, "for these people besides")                     \
    F(S, BOOL, is_for_all, OPTIONAL, 0, 0, "for the whole organisation; by admins only") \
    F(S, ID, cover, OPTIONAL, 0, 0, "a picture above it, uploaded before")               \
    F(S, IDS, files, OPTIONAL, 0, 20, "files with it")                                   \
    F(S, INT, secrecy, OPTIONAL, 0, 2, "0 none, 1 internal, 2 secret")                   \
    F(S, BOOL, is_must, OPTIONAL, 0, 0, "it must be read")                               \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(announce_post_in, POST_IN)
#define POST_OUT(F, S) F(S, ID, announcement, NEEDED, 0, 0, "the announcement")
SCHEMA(announce_post_out, POST_OUT)

#define ANNOUNCEMENT(F, S)                                                              \
    F(S, ID, id, NEEDED, 0, 0, "the announcement")                                      \
    F(S, PERSON, author, NEEDED, 0, 0, "who wrote it")                                  \
    F(S, TIME, at, NEEDED, 0, 0, "when")                                                \
    F(S, TEXT, title, NEEDED, 0, 0, "its title")                                        \
    F(S, TEXT, body, NEEDED, 0, 0, "its words; in a list their beginning")              \
    F(S, ID, cover, OPTIONAL, 0, 0, "the picture above it")                             \
    F(S, LIST(file_file), files, OPTIONAL, 0, 0, "files with it; not in a list")        \
    F(S, INT, secrecy, OPTIONAL, 0, 0, "0 none, 1 internal, 2 secret")                  \
    F(S, BOOL, is_must, OPTIONAL, 0, 0, "it must be read")                              \
    F(S, BOOL, is_read, OPTIONAL, 0, 0, "the caller has read it")                       \
    F(S, BOOL, is_withdrawn, OPTIONAL, 0, 0, "it was withdrawn; nothing of it is left") \
    F(S, INT, audience, OPTIONAL, 0, 0, "people it is for; to its author and admins")   \
    F(S, INT, reads, OPTIONAL, 0, 0, "people who have read it; to its author and admins")
SCHEMA(announce_row, ANNOUNCEMENT)

#define LIST_IN(F, S)                                              \
    F(S, ID, before, OPTIONAL, 0, 0, "the former answer's `more`") \
    F(S, INT, limit, OPTIONAL, 1, 100, "at most; 30 otherwise")    \
    F(S, BOOL, is_sent, OPTIONAL, 0, 0, "those that the caller wrote, instead")
SCHEMA(announce_list_in, LIST_IN)
#define LIST_OUT(F, S)                                                                      \
    F(S, LIST(announce_row), announcements, NEEDED, 0, 0, "newest first")                   \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "their authors")                           \
    F(S, INT, unread, NEEDED, 0, 0, "of the newest hundred, those the caller has not read") \
    F(S, ID, more, OPTIONAL, 0, 0, "`before` of the next call")
SCHEMA(announce_list_out, LIST_OUT)

#define ONE_IN(F, S) F(S, ID, announcement, NEEDED, 0, 0, "the announcement")
SCHEMA(announce_get_in, ONE_IN)
#define GET_OUT(F, S)                                                   \
    F(S, OBJECT(announce_row), announcement, NEEDED, 0, 0, "all of it") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "its author")
SCHEMA(announce_get_out, GET_OUT)
SCHEMA(announce_read_in, ONE_IN)
SCHEMA(announce_read_out, NO_FIELDS)
SCHEMA(announce_withdraw_in, ONE_IN)
SCHEMA(announce_withdraw_out, NO_FIELDS)
SCHEMA(announce_remind_in, ONE_IN)
SCHEMA(announce_remind_out, NO_FIELDS)

#define READERS_IN(F, S)                                                  \
    F(S, ID, announcement, NEEDED, 0, 0, "the announcement")              \
    F(S, BOOL, has_read, NEEDED, 0, 0, "those who have, or who have not") \
    F(S, TEXT, after, OPTIONAL, 1, 60, "the former answer's `more`")      \
    F(S, INT, limit, OPTIONAL, 1, 500, "at most; 100 otherwise")
SCHEMA(announce_readers_in, READERS_IN)
#define READER(F, S)                          \
    F(S, PERSON, person, NEEDED, 0, 0, "who") \
    F(S, TIME, at, OPTIONAL, 0, 0, "when they read it")
SCHEMA(announce_reader_row, READER)
#define READERS_OUT(F, S)                                                               \
    F(S, LIST(announce_reader_row), readers, NEEDED, 0, 0, "in the order of their ids") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "their cards")                         \
    F(S, TEXT, more, OPTIONAL, 0, 0, "`after` of the next call")
SCHEMA(announce_readers_out, READERS_OUT)

#define announce_counts_in        later_in
#define announce_counts_in_schema later_in_schema
SCHEMA(announce_counts_out, NO_FIELDS)

#define ANNOUNCE_OPS(OP)                                                                      \
    OP(announce_post, "POST", "/v1/announcements", WRITES | ONCE, 30, "Announce something",   \
       MAY(org_leads, departments), MAY(org_someone, people), MAY_CALL(org_member))           \
    OP(announce_list, "GET", "/v1/announcements", READS, 0,                                   \
       "Announcements for the caller, or by the caller", MAY_CALL(org_member))                \
    OP(announce_get, "GET", "/v1/announcements/{announcement}", READS, 0, "One announcement", \
       MAY(announce_reader, announcement))                                                    \
    OP(announce_read, "PUT", "/v1/announcements/{announcement}/read", WRITES, 0,              \
       "The caller has read it", MAY(announce_reader, announcement))                          \
    OP(announce_readers, "GET", "/v1/announcements/{announcement}/readers", READS, 0,         \
       "Who has read it, and when, and who has not", MAY(announce_keeper, announcement))      \
    OP(announce_remind, "POST", "/v1/announcements/{announcement}/remind", WRITES, 20,        \
       "Remind those who have not read it", MAY(announce_keeper, announcement))               \
    OP(announce_withdraw, "POST", "/v1/announcements/{announcement}/withdraw", WRITES, 0,     \
       "Take it back", MAY(announce_keeper, announcement))                                    \
    OP(announce_counts, NULL, NULL, WRITES, 0, "Tell its author how many have read it",       \
       MAY_CALL(the_server))

/* ---- policies ------------------------------------------------------------------------------- */

static bool find_author(struct request *r, int64_t announcement, int64_t *author)
{
    struct rows found = READ(r, "SELECT author FROM announcement WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(announcement));
    *author = found.count ? row_int(&found, 0, 0) : 0;
    return found.count ||
           fail(r, NOT_FOUND, "announcement", "没有这条公告", "there is no such announcement");
}

static bool allows_keeper(struct request *r, int64_t announcement)
{
    int64_t author;
    if (!r->person || !find_author(r, announcement, &author))
        return false;
    return author == r->person || org_is_admin(r) ||
           fail(r, FORBIDDEN, "announcement", "只有发布人和管理员能这样做",
                "only its author and admins may do this");
}

static bool allows_reader(struct request *r, int64_t announcement)
{
    int64_t author;
    if (!r->person || !find_author(r, announcement, &author))
        return false;
    return author == r->person || audience_has(r, announcement, r->person) ||
           fail(r, NOT_FOUND, "announcement", "没有这条公告", "there is no such announcement");
}

const struct policy announce_keeper = {"announce_keeper", "its author, and admins", allows_keeper};
const struct policy announce_reader = {"announce_reader", "those whom it is for, and its author",
                                       allows_reader};

/* Its files are for those who may read it, until it is withdrawn. */
static bool gate_allows(struct request *r, int64_t announcement)
{
    struct rows found =
        READ(r, "SELECT author FROM announcement WHERE org = ?1 AND id = ?2 AND withdrawn = 0",
             INT(r->org), INT(announcement));
    return found.count && r->person &&
           (row_int(&found, 0, 0) == r->person || audience_has(r, announcement, r->person));
}
static const struct file_gate gate = {"announcement", gate_allows};

static void announce_start(void)
{
    file_register(&gate);
}

OPS(ANNOUNCE_OPS)

const struct module announce_module = {.name = "announce",
                                       MODULE_OPS,
                                       .start = announce_start,
                                       .sql = announce_sql,
                                       .sql_end = announce_sql_end};

/* ---- writing -------------------------------------------------------------------------------- */

static bool are_good_files(struct request *r, const struct announce_post_in *in)
{
    struct file_file file;
    if (in->cover &&
        (!file_is_readable(r, in->cover) || !file_read(r, in->cover, &file) || !file.width))
        return fail(r, BAD_INPUT, "cover", "封面须是图片", "the cover is no picture");
    for (size_t i = 0; i < in->files.count; i++)
        if (!file_is_readable(r, in->files.at[i]) || !file_read(r, in->files.at[i], &file))
            return fail(r, NOT_FOUND, "files", "有文件不存在或还没传完",
                        "a file does not exist or has not been finished");
    return true;
}

static void hold_files(struct request *r, const struct announce_post_in *in, int64_t id)
{
    if (in->cover)
        file_use(r, in->cover, id, gate.kind);
    for (size_t i = 0; i < in->files.count; i++)
        file_use(r, in->files.at[i], id, gate.kind);
}

static void set_targets(struct request *r, const struct announce_post_in *in, int64_t id)
{
    for (size_t i = 0; i < in->departments.count + in->is_for_all; i++)
        WRITE(r,
              "INSERT INTO announcement_target (org, department, announcement) "
              "VALUES (?1, ?2, ?3) ON CONFLICT (org, department, announcement) DO NOTHING",
              INT(r->org), INT(i < in->departments.count ? in->departments.at[i] : 0), INT(id));
    for (size_t i = 0; i < in->people.count; i++)
        WRITE(r,
              "INSERT INTO announcement_person (org, person, announcement) VALUES (?1, ?2, ?3) "
              "ON CONFLICT (org, person, announcement) DO NOTHING",
              INT(r->org), INT(in->people.at[i]), INT(id));
}

static bool announce_post(struct request *r, const struct announce_post_in *in,
                          struct announce_post_out *out)
{
    struct str title = str_trim(in->title), body = str_trim(in->body);
    if (!title.len)
        return fail(r, BAD_INPUT, "title", "标题不能为空", "a title is needed");
    if (!body.len)
        return fail(r, BAD_INPUT, "body", "内容不能为空", "words are needed");
    if (!in->is_for_all && !in->departments.count && !in->people.count)
        return fail(r, BAD_INPUT, "departments", "请选择发给谁", "say whom it is for");
    if (in->is_for_all && !org_is_admin(r))
        return fail(r, FORBIDDEN, "is_for_all", "只有管理员能发给全体",
                    "only admins announce to everybody");
    if (!are_good_files(r, in))
        return false;
    out->announcement = id_next();
    struct buf files = buf_new(1024);
    for (size_t i = 0; i < in->files.count; i++)
        buf_printf(&files, "%s%lld", i ? " " : "", (long long)in->files.at[i]);
    WRITE(r,
          "INSERT INTO announcement (org, id, author, title, body, cover, files, secrecy, is_must, "
          "at, withdrawn, audience, reads, reminded) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, -1, 0, 0)",
          INT(r->org), INT(out->announcement), INT(r->person), TEXT(title), TEXT(body),
          INT(in->cover), TEXT(arena_copy(r->arena, buf_str(&files))), INT(in->secrecy),
          INT(in->is_must), INT(r->now));
    buf_free(&files);
    set_targets(r, in, out->announcement);
    hold_files(r, in, out->announcement);
    audience_tell(r, out->announcement);
    if (in->is_for_all || in->departments.count)
        audit(r, "announce", out->announcement, title);
    return true;
}

static bool announce_withdraw(struct request *r, const struct announce_withdraw_in *in,
                              struct announce_withdraw_out *out)
{
    (void)out;
    WRITE(r,
          "UPDATE announcement SET title = '', body = '', cover = 0, files = '', withdrawn = ?3 "
          "WHERE org = ?1 AND id = ?2 AND withdrawn = 0",
          INT(r->org), INT(in->announcement), INT(r->now));
    file_release(r, in->announcement, gate.kind);
    audit(r, "announce_withdraw", in->announcement, S(""));
    return true;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool has_read(struct request *r, int64_t announcement)
{
    struct rows found = READ(r,
                             "SELECT 1 FROM announcement_read WHERE org = ?1 "
                             "AND announcement = ?2 AND person = ?3",
                             INT(r->org), INT(announcement), INT(r->person));
    return found.count != 0;
}

static void fill_files(struct request *r, struct str text, struct announce_row *out)
{
    size_t most = text.len ? 1 : 0;
    for (size_t i = 0; i < text.len; i++)
        most += text.ptr[i] == ' ';
    out->files.at = ARENA_ARRAY(r->arena, most, struct file_file);
    for (int64_t id; text.len;)
        if (str_to_int(str_cut(&text, ' '), &id))
            out->files.count += file_read(r, id, &out->files.at[out->files.count]);
}

/* False when it is not there. */
static bool read_row(struct request *r, int64_t announcement, bool is_whole,
                     struct announce_row *out)
{
    struct rows found =
        READ(r,
             "SELECT author, at, title, body, cover, files, secrecy, is_must, withdrawn, audience, "
             "reads FROM announcement WHERE org = ?1 AND id = ?2",
             INT(r->org), INT(announcement));
    if (!found.count)
        return false;
    struct str body = row_text(&found, 0, 3);
    *out = (struct announce_row){.id = announcement,
                                 .author = row_int(&found, 0, 0),
                                 .at = row_int(&found, 0, 1),
                                 .title = row_text(&found, 0, 2),
                                 .body = is_whole ? body : text_take(body, BEGINNING),
                                 .cover = row_int(&found, 0, 4),
                                 .secrecy = row_int(&found, 0, 6),
                                 .is_must = row_int(&found, 0, 7) != 0,
                                 .is_withdrawn = row_int(&found, 0, 8) != 0,
                                 .is_read = has_read(r, announcement)};
    if (is_whole)
        fill_files(r, row_text(&found, 0, 5), out);
    if (out->author == r->person || (is_whole && org_is_admin(r))) {
        out->audience = row_int(&found, 0, 9);
        out->reads = row_int(&found, 0, 10);
    }
    return true;
}

/* Ids below `before` that are for the caller, newest first, each once. */
static struct ids ids_for_caller(struct request *r, int64_t before, size_t limit)
{
    struct ids departments = audience_departments(r);
    struct ids all = {ARENA_ARRAY(r->arena, limit, int64_t), 0};
    for (size_t i = 0; i <= departments.count; i++) {
        struct rows found =
            i < departments.count
                ? READ(r,
                       "SELECT announcement FROM announcement_target WHERE org = ?1 "
                       "AND department = ?2 AND announcement < ?3 "
                       "ORDER BY announcement DESC LIMIT ?4",
                       INT(r->org), INT(departments.at[i]), INT(before), INT((int64_t)limit))
                : READ(r,
                       "SELECT announcement FROM announcement_person WHERE org = ?1 "
                       "AND person = ?2 AND announcement < ?3 "
                       "ORDER BY announcement DESC LIMIT ?4",
                       INT(r->org), INT(r->person), INT(before), INT((int64_t)limit));
        for (size_t j = 0; j < found.count; j++) {
            int64_t id = row_int(&found, j, 0);
            size_t at = 0;
            while (at < all.count && all.at[at] > id)
                at++;
            if (at == limit || (at < all.count && all.at[at] == id))
                continue;
            size_t kept = all.count < limit ? all.count++ : limit - 1;
            memmove(all.at + at + 1, all.at + at, (kept - at) * sizeof *all.at);
            all.at[at] = id;
        }
    }
    return all;
}

static struct ids ids_by_caller(struct request *r, int64_t before, size_t limit)
{
    struct rows found = READ(r,
                             "SELECT id FROM announcement WHERE org = ?1 AND author = ?2 "
                             "AND id < ?3 ORDER BY id DESC LIMIT ?4",
                             INT(r->org), INT(r->person), INT(before), INT((int64_t)limit));
    struct ids ids = {ARENA_ARRAY(r->arena, found.count, int64_t), found.count};
    for (size_t i = 0; i < found.count; i++)
        ids.at[i] = row_int(&found, i, 0);
    return ids;
}

static int64_t count_unread(struct request *r)
{
    enum { LOOKED_AT = 100 };
    struct ids newest = ids_for_caller(r, INT64_MAX, LOOKED_AT);
    int64_t unread = 0;
    for (size_t i = 0; i < newest.count; i++) {
        struct rows found =
            READ(r,
                 "SELECT 1 FROM announcement a WHERE a.org = ?1 AND a.id = ?2 AND a.withdrawn = 0 "
                 "AND a.author <> ?3 AND NOT EXISTS (SELECT 1 FROM announcement_read d "
                 "WHERE d.org = ?1 AND d.announcement = ?2 AND d.person = ?3)",
                 INT(r->org), INT(newest.at[i]), INT(r->person));
        unread += found.count != 0;
    }
    return unread;
}

static bool announce_list(struct request *r, const struct announce_list_in *in,
                          struct announce_list_out *out)
{
    size_t limit = in->limit ? (size_t)in->limit : PAGE;
    int64_t before = in->before ? in->before : INT64_MAX;
    struct ids ids =
        in->is_sent ? ids_by_caller(r, before, limit) : ids_for_caller(r, before, limit);
    int64_t *authors = ARENA_ARRAY(r->arena, ids.count, int64_t);
    out->announcements.at = ARENA_ARRAY(r->arena, ids.count, struct announce_row);
    for (size_t i = 0; i < ids.count; i++) {
        struct announce_row *row = &out->announcements.at[out->announcements.count];
        if (read_row(r, ids.at[i], false, row))
            authors[out->announcements.count++] = row->author;
    }
    out->people.at = org_faces(r, authors, out->announcements.count, &out->people.count);
    out->unread = count_unread(r);
    if (ids.count == limit)
        out->more = ids.at[limit - 1];
    return true;
}

static bool announce_get(struct request *r, const struct announce_get_in *in,
                         struct announce_get_out *out)
{
    out->announcement = ARENA_NEW(r->arena, struct announce_row);
    if (!read_row(r, in->announcement, true, out->announcement))
        return fail(r, NOT_FOUND, "announcement", "没有这条公告", "there is no such announcement");
    out->people.at = org_faces(r, &out->announcement->author, 1, &out->people.count);
    return true;
}

/* ---- who has read it ------------------------------------------------------------------------ */

static bool announce_read(struct request *r, const struct announce_read_in *in,
                          struct announce_read_out *out)
{
    (void)out;
    int64_t author;
    if (!find_author(r, in->announcement, &author))
        return false;
    if (author == r->person || has_read(r, in->announcement))
        return true;
    WRITE(r,
          "INSERT INTO announcement_read (org, announcement, person, at) VALUES (?1, ?2, ?3, ?4)",
          INT(r->org), INT(in->announcement), INT(r->person), INT(r->now));
    WRITE(r, "UPDATE announcement SET reads = reads + 1 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(in->announcement));
    later(r, "announce_counts", in->announcement, 0, 0, SECOND_MS);
    return true;
}

#define COUNTS(F, S)                                      \
    F(S, ID, id, NEEDED, 0, 0, "the announcement")        \
    F(S, INT, audience, NEEDED, 0, 0, "people it is for") \
    F(S, INT, reads, NEEDED, 0, 0, "people who have read it")
SCHEMA(announce_count, COUNTS)

static bool announce_counts(struct request *r, const struct announce_counts_in *in,
                            struct announce_counts_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows found = READ(r,
                             "SELECT author, audience, reads FROM announcement WHERE org = ?1 "
                             "AND id = ?2",
                             INT(r->org), INT(in->object));
    if (!found.count)
        return true;
    struct announce_count count = {
        .id = in->object, .audience = row_int(&found, 0, 1), .reads = row_int(&found, 0, 2)};
    event_put(r, row_int(&found, 0, 0), "announcement_counts", in->object, &announce_count_schema,
              &count);
    return true;
}

static void add_reader(struct announce_readers_out *out, int64_t person, int64_t at)
{
    out->readers.at[out->readers.count++] =
        (struct announce_reader_row){.person = person, .at = at};
}

/* Those of the audience who have not: pages of it are looked through until one is full. */
static void find_unread(struct request *r, const struct announce_readers_in *in, int64_t after,
                        size_t limit, struct announce_readers_out *out)
{
    int64_t author = 0;
    find_author(r, in->announcement, &author);
    for (size_t looked = 0; looked < 20 * READERS && !has_failed(r); looked += limit) {
        struct ids some = audience_after(r, in->announcement, after, limit);
        for (size_t i = 0; i < some.count && out->readers.count < limit; i++) {
            after = some.at[i];
            struct rows read = READ(r,
                                    "SELECT 1 FROM announcement_read WHERE org = ?1 "
                                    "AND announcement = ?2 AND person = ?3",
                                    INT(r->org), INT(in->announcement), INT(after));
            if (!read.count && after != author)
                add_reader(out, after, 0);
        }
        if (some.count < limit)
            return;
        if (out->readers.count == limit)
            break;
    }
    out->more = arena_printf(r->arena, "%lld", (long long)after);
}

static void find_readers(struct request *r, const struct announce_readers_in *in, int64_t after,
                         size_t limit, struct announce_readers_out *out)
{
    struct rows found = READ(r,
                             "SELECT person, at FROM announcement_read WHERE org = ?1 "
                             "AND announcement = ?2 AND person > ?3 ORDER BY person LIMIT ?4",
                             INT(r->org), INT(in->announcement), INT(after), INT((int64_t)limit));
    for (size_t i = 0; i < found.count; i++)
        add_reader(out, row_int(&found, i, 0), row_int(&found, i, 1));
    if (found.count == limit)
        out->more = arena_printf(r->arena, "%lld", (long long)row_int(&found, limit - 1, 0));
}

static bool announce_readers(struct request *r, const struct announce_readers_in *in,
                             struct announce_readers_out *out)
{
    int64_t after = 0;
    size_t limit = in->limit ? (size_t)in->limit : READERS;
    str_to_int(in->after, &after);
    out->readers.at = ARENA_ARRAY(r->arena, limit, struct announce_reader_row);
    if (in->has_read)
        find_readers(r, in, after, limit, out);
    else
        find_unread(r, in, after, limit, out);
    int64_t *ids = ARENA_ARRAY(r->arena, out->readers.count, int64_t);
    for (size_t i = 0; i < out->readers.count; i++)
        ids[i] = out->readers.at[i].person;
    out->people.at = org_cards(r, ids, out->readers.count, &out->people.count);
    return true;
}

static bool announce_remind(struct request *r, const struct announce_remind_in *in,
                            struct announce_remind_out *out)
{
    (void)out;
    struct rows found = READ(r, "SELECT reminded FROM announcement WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(in->announcement));
    int64_t again = row_int(&found, 0, 0) + REMIND_MINUTES * MINUTE_MS;
    if (again > r->now)
        return fail_for(r, (again - r->now) / 1000 + 1, "十分钟内只能提醒一次",
                        "people can be reminded once in ten minutes");
    WRITE(r, "UPDATE announcement SET reminded = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(in->announcement), INT(r->now));
    audience_remind(r, in->announcement);
    return true;
}
