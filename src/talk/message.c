/* message: sending, reading, recalling. */
#include "talk/inner.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/must.h"
#include "base/text.h"
#include "base/time.h"

enum {
    HISTORY = 50,
    CHANGES = 200,
    QUOTE_LENGTH = 120,
    UNREAD_SCANNED = 200,
};

static const int64_t RECALL_MS = DAY_MS;

/* ---- rows ---------------------------------------------------------------------------------- */

#define SEND_IN(F, S)                                                        \
    F(S, ID, conversation, NEEDED, 0, 0, "conversation it goes to")          \
    F(S, TEXT, body, OPTIONAL, 0, 20000, "what is said, in light markup")    \
    F(S, IDS, files, OPTIONAL, 0, 20, "files to go with it")                 \
    F(S, IDS, mentions, OPTIONAL, 0, 100, "members it calls")                \
    F(S, BOOL, mentions_all, OPTIONAL, 0, 0, "it calls everybody")           \
    F(S, INT, reply_to, OPTIONAL, 1, 1000000000, "message this one answers") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key: a retry never posts twice")
SCHEMA(talk_send_in, SEND_IN)
#define SEND_OUT(F, S)                                                     \
    F(S, INT, seq, NEEDED, 0, 0, "the message's number")                   \
    F(S, INT, version, NEEDED, 0, 0, "the conversation's version with it") \
    F(S, TIME, at, NEEDED, 0, 0, "when the server took it")
SCHEMA(talk_send_out, SEND_OUT)

#define HISTORY_IN(F, S)                                                                  \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")                              \
    F(S, INT, before, OPTIONAL, 1, 1000000000, "messages below this number, the nearest") \
    F(S, INT, after, OPTIONAL, 0, 1000000000, "messages above this number, the nearest")  \
    F(S, INT, limit, OPTIONAL, 1, 200, "at most; 50 otherwise")
SCHEMA(talk_history_in, HISTORY_IN)
#define MESSAGES_OUT(F, S)                                              \
    F(S, LIST(talk_message), messages, NEEDED, 0, 0, "in rising order") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom they show; names and pictures only")
SCHEMA(talk_history_out, MESSAGES_OUT)

#define CHANGES_IN(F, S)                                          \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")      \
    F(S, INT, since, NEEDED, 0, 0, "version that the client has") \
    F(S, INT, from, NEEDED, 0, 1000000000, "lowest message that the client holds")
SCHEMA(talk_changes_in, CHANGES_IN)
#define CHANGES_OUT(F, S)                                                                     \
    F(S, LIST(talk_message), messages, NEEDED, 0, 0, "new and changed ones, in rising order") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom they show; names and pictures only")   \
    F(S, INT, version, NEEDED, 0, 0, "the conversation's version now")                        \
    F(S, BOOL, is_too_many, OPTIONAL, 0, 0, "there are more: read the history again")
SCHEMA(talk_changes_out, CHANGES_OUT)

#define MESSAGE_IN(F, S)                                     \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 1, 1000000000, "the message")
SCHEMA(talk_recall_in, MESSAGE_IN)
SCHEMA(talk_recall_out, NO_FIELDS)

#define TYPING_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the conversation")
SCHEMA(talk_typing_in, TYPING_IN)
SCHEMA(talk_typing_out, NO_FIELDS)

#define MESSAGE_OPS(OP)                                                                          \
    OP(talk_send, "POST", "/v1/conversations/{conversation}/messages", WRITES | ONCE, 240,       \
       "Post a message to a conversation", MAY(talk_member, conversation))                       \
    OP(talk_history, "GET", "/v1/conversations/{conversation}/messages", READS, 0,               \
       "Messages of a conversation; the newest without before and after",                        \
       MAY(talk_member, conversation))                                                           \
    OP(talk_changes, "GET", "/v1/conversations/{conversation}/changes", READS, 0,                \
       "Messages that came or changed since a version", MAY(talk_member, conversation))          \
    OP(talk_recall, "POST", "/v1/conversations/{conversation}/messages/{seq}/recall", WRITES, 0, \
       "Take a message back: one's own within a day, any as the group's manager",                \
       MAY(talk_member, conversation))                                                           \
    OP(talk_typing, "POST", "/v1/conversations/{conversation}/typing", READS, 120,               \
       "The caller is writing", MAY(talk_member, conversation))
OPS(MESSAGE_OPS)

const struct module talk_message_module = {.name = "talk_message", MODULE_OPS};

/* ---- lists of ids in a column -------------------------------------------------------------- */

struct str ids_write(struct request *r, const struct ids *ids)
{
    struct buf out = buf_new(64 * 1024);
    for (size_t i = 0; i < ids->count; i++) {
        if (i)
            buf_char(&out, ' ');
        buf_int(&out, ids->at[i]);
    }
    must(!out.is_full);
    struct str text = arena_copy(r->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

struct ids ids_parse(struct request *r, struct str text)
{
    size_t most = text.len ? 1 : 0;
    for (size_t i = 0; i < text.len; i++)
        most += text.ptr[i] == ' ';
    struct ids ids = {ARENA_ARRAY(r->arena, most, int64_t), 0};
    while (text.len)
        if (str_to_int(str_cut(&text, ' '), &ids.at[ids.count]))
            ids.count++;
    return ids;
}

/* What is read of a message, in this order. */
enum column { SEQ, CHANGE, AUTHOR, AT, KIND, BODY, PEOPLE, FILES, REPLY_TO, RECALLED };
#define MESSAGE_COLUMNS "seq, version, author, at, kind, body, people, files, reply_to, recalled"

/* ---- from rows to messages ----------------------------------------------------------------- */

static struct str beginning(struct str body)
{
    return text_take(body, QUOTE_LENGTH);
}

/* The row of a message among these, which stand in rising or falling order. */
static bool find_row(const struct rows *rows, int64_t seq, size_t *row)
{
    size_t low = 0, high = rows->count;
    bool is_falling = high > 1 && row_int(rows, 0, SEQ) > row_int(rows, 1, SEQ);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t at = row_int(rows, middle, SEQ);
        if (at == seq) {
            *row = middle;
            return true;
        }
        if ((at < seq) != is_falling)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Most answers are to what stands a few messages above, which has been read already. */
static struct talk_quote *read_quote(struct request *r, int64_t conversation, int64_t seq,
                                     const struct rows *around)
{
    size_t row = 0;
    struct rows found = {0};
    if (around && find_row(around, seq, &row))
        found = *around;
    else
        found = READ(r,
                     "SELECT " MESSAGE_COLUMNS " FROM message WHERE org = ?1 "
                     "AND conversation = ?2 AND seq = ?3",
                     INT(r->org), INT(conversation), INT(seq));
    if (!found.count)
        return NULL;
    struct talk_quote *quote = ARENA_NEW(r->arena, struct talk_quote);
    *quote = (struct talk_quote){.seq = seq,
                                 .author = row_int(&found, row, AUTHOR),
                                 .body = beginning(row_text(&found, row, BODY)),
                                 .is_recalled = row_int(&found, row, RECALLED) != 0};
    struct file_file file;
    struct ids files = ids_parse(r, row_text(&found, row, FILES));
    if (!quote->body.len && files.count && file_read(r, files.at[0], &file))
        quote->body = arena_printf(r->arena, "[%.*s]", STR_ARG(file.name));
    return quote;
}

static void fill_files(struct request *r, struct str text, struct talk_message *message)
{
    struct ids ids = ids_parse(r, text);
    message->files.at = ARENA_ARRAY(r->arena, ids.count, struct file_file);
    for (size_t i = 0; i < ids.count; i++)
        message->files.count += file_read(r, ids.at[i], &message->files.at[message->files.count]);
}

static void fill_people(struct request *r, struct str text, struct talk_message *message)
{
    struct ids ids = ids_parse(r, text);
    if (str_equal(message->kind, S("notice"))) {
        message->people = ids;
        return;
    }
    for (size_t i = 0; i < ids.count; i++) {
        if (ids.at[i] == -1)
            message->mentions_all = true;
        else
            ids.at[message->mentions.count++] = ids.at[i];
    }
    message->mentions.at = ids.at;
}

static void fill(struct request *r, int64_t conversation, const struct rows *rows, size_t row,
                 struct talk_message *out)
{
    *out = (struct talk_message){.seq = row_int(rows, row, SEQ),
                                 .version = row_int(rows, row, CHANGE),
                                 .author = row_int(rows, row, AUTHOR),
                                 .at = row_int(rows, row, AT),
                                 .kind = row_text(rows, row, KIND),
                                 .body = row_text(rows, row, BODY),
                                 .is_recalled = row_int(rows, row, RECALLED) != 0};
    struct str people = row_text(rows, row, PEOPLE), files = row_text(rows, row, FILES);
    if (str_starts(out->kind, S("notice:"))) {
        out->notice = str_skip(out->kind, 7);
        out->kind = S("notice");
    }
    if (people.len)
        fill_people(r, people, out);
    if (files.len)
        fill_files(r, files, out);
    int64_t reply_to = row_int(rows, row, REPLY_TO);
    if (reply_to && !out->is_recalled)
        out->quote = read_quote(r, conversation, reply_to, rows);
}

static struct talk_message *fill_all(struct request *r, int64_t conversation,
                                     const struct rows *rows, bool is_falling, size_t *count)
{
    struct talk_message *list = ARENA_ARRAY(r->arena, rows->count, struct talk_message);
    for (size_t i = 0; i < rows->count; i++)
        fill(r, conversation, rows, i, &list[is_falling ? rows->count - 1 - i : i]);
    *count = rows->count;
    return list;
}

struct talk_message *messages_read(struct request *r, int64_t conversation, int64_t low,
                                   int64_t high, size_t limit, bool is_from_end, size_t *count)
{
    struct rows found =
        is_from_end
            ? READ(r,
                   "SELECT " MESSAGE_COLUMNS
                   " FROM message WHERE org = ?1 AND conversation = ?2 AND seq >= ?3 AND seq <= ?4 "
                   "ORDER BY seq DESC LIMIT ?5",
                   INT(r->org), INT(conversation), INT(low), INT(high), INT((int64_t)limit))
            : READ(r,
                   "SELECT " MESSAGE_COLUMNS
                   " FROM message WHERE org = ?1 AND conversation = ?2 AND seq >= ?3 AND seq <= ?4 "
                   "ORDER BY seq LIMIT ?5",
                   INT(r->org), INT(conversation), INT(low), INT(high), INT((int64_t)limit));
    return fill_all(r, conversation, &found, is_from_end, count);
}

size_t messages_people_most(const struct talk_message *list, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += 2 + list[i].mentions.count + list[i].people.count;
    return most;
}

void messages_people(const struct talk_message *list, size_t count, struct ids *ids)
{
    for (size_t i = 0; i < count; i++) {
        ids->at[ids->count++] = list[i].author;
        if (list[i].quote)
            ids->at[ids->count++] = list[i].quote->author;
        for (size_t j = 0; j < list[i].mentions.count; j++)
            ids->at[ids->count++] = list[i].mentions.at[j];
        for (size_t j = 0; j < list[i].people.count && j < 10; j++)
            ids->at[ids->count++] = list[i].people.at[j];
    }
}

static struct org_person *faces_of(struct request *r, const struct talk_message *list, size_t count,
                                   size_t *found)
{
    struct ids ids = {ARENA_ARRAY(r->arena, messages_people_most(list, count), int64_t), 0};
    messages_people(list, count, &ids);
    return org_faces(r, ids.at, ids.count, found);
}

bool reading_of(struct request *r, int64_t conversation, int64_t *since, int64_t *upto)
{
    struct rows found = READ(r,
                             "SELECT since, upto FROM reading WHERE org = ?1 "
                             "AND conversation = ?2 AND person = ?3",
                             INT(r->org), INT(conversation), INT(r->person));
    if (!found.count)
        return false;
    *since = row_int(&found, 0, 0);
    *upto = row_int(&found, 0, 1);
    return true;
}

int64_t unread_count(struct request *r, int64_t conversation, int64_t upto, int64_t last_seq)
{
    if (upto >= last_seq)
        return 0;
    struct rows found =
        READ(r,
             "SELECT author, recalled, kind FROM message WHERE org = ?1 AND conversation = ?2 "
             "AND seq > ?3 ORDER BY seq LIMIT ?4",
             INT(r->org), INT(conversation), INT(upto), INT(UNREAD_SCANNED));
    int64_t unread = 0;
    for (size_t i = 0; i < found.count && unread < UNREAD_SHOWN; i++)
        unread += row_int(&found, i, 0) != r->person && !row_int(&found, i, 1) &&
                  !str_starts(row_text(&found, i, 2), S("notice"));
    return unread;
}

/* ---- posting ------------------------------------------------------------------------------- */

struct draft {
    int64_t conversation, author, at, reply_to;
    const char *kind;
    struct str body, people;
    struct ids files;
    struct str file_text;
};

static void insert(struct request *r, const struct draft *draft, int64_t id, int64_t seq,
                   int64_t version)
{
    WRITE(r,
          "INSERT INTO message (org, conversation, seq, id, version, author, at, kind, body, "
          "people, files, reply_to, changed, recalled) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0)",
          INT(r->org), INT(draft->conversation), INT(seq), INT(id), INT(version),
          INT(draft->author), INT(draft->at), TEXT(str_from(draft->kind)), TEXT(draft->body),
          TEXT(draft->people), TEXT(draft->file_text), INT(draft->reply_to));
}

/* The message as everybody sees it. */
static void tell(struct request *r, const struct draft *draft, int64_t seq, int64_t version)
{
    struct talk_message shown = {.seq = seq,
                                 .version = version,
                                 .author = draft->author,
                                 .at = draft->at,
                                 .kind = str_from(draft->kind),
                                 .body = draft->body};
    if (str_starts(shown.kind, S("notice:"))) {
        shown.notice = str_skip(shown.kind, 7);
        shown.kind = S("notice");
    }
    if (draft->people.len)
        fill_people(r, draft->people, &shown);
    if (draft->file_text.len)
        fill_files(r, draft->file_text, &shown);
    if (draft->reply_to)
        shown.quote = read_quote(r, draft->conversation, draft->reply_to, NULL);
    event_put_as(r, draft->conversation, version, "message", seq, &talk_message_schema, &shown);
}

static int64_t post(struct request *r, struct draft *draft, int64_t *version)
{
    int64_t id = id_next(), seq = topic_next_seq(r, draft->conversation);
    *version = topic_next_version(r, draft->conversation);
    draft->file_text = ids_write(r, &draft->files);
    for (size_t i = 0; i < draft->files.count; i++)
        file_use(r, draft->files.at[i], id, talk_gate.kind);
    insert(r, draft, id, seq, *version);
    tell(r, draft, seq, *version);
    search_follow(r);
    return seq;
}

void post_notice(struct request *r, int64_t conversation, const char *notice, struct str body,
                 const struct ids *people)
{
    int64_t version;
    struct draft draft = {.conversation = conversation,
                          .author = r->person,
                          .at = r->now,
                          .kind = arena_printf(r->arena, "notice:%s", notice).ptr,
                          .body = body,
                          .people = ids_write(r, people)};
    post(r, &draft, &version);
}

static bool are_readable(struct request *r, const struct ids *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (!file_is_readable(r, files->at[i]))
            return fail(r, NOT_FOUND, "files", "有文件不存在或还没传完",
                        "a file does not exist or has not been finished");
    return true;
}

static bool are_members(struct request *r, int64_t conversation, const struct ids *people)
{
    for (size_t i = 0; i < people->count; i++) {
        struct rows member = READ(r,
                                  "SELECT 1 FROM member WHERE org = ?1 AND conversation = ?2 "
                                  "AND person = ?3",
                                  INT(r->org), INT(conversation), INT(people->at[i]));
        if (!member.count)
            return fail(r, BAD_INPUT, "mentions", "@ 的人不在这个会话里",
                        "somebody mentioned is not in this conversation");
    }
    return true;
}

/* The column of a message that calls these people, and perhaps everybody. */
static struct str mentions_write(struct request *r, const struct ids *people, bool calls_all)
{
    struct ids ids = {ARENA_ARRAY(r->arena, people->count + 1, int64_t), 0};
    for (size_t i = 0; i < people->count; i++)
        ids.at[ids.count++] = people->at[i];
    if (calls_all)
        ids.at[ids.count++] = -1;
    return ids_write(r, &ids);
}

static void note_mentions(struct request *r, int64_t conversation, int64_t seq,
                          const struct ids *people, bool calls_all)
{
    for (size_t i = 0; i < people->count + (calls_all ? 1 : 0); i++)
        WRITE(r,
              "INSERT INTO mention (org, conversation, person, seq) VALUES (?1, ?2, ?3, ?4) "
              "ON CONFLICT (org, conversation, person, seq) DO NOTHING",
              INT(r->org), INT(conversation), INT(i < people->count ? people->at[i] : 0), INT(seq));
}

int64_t talk_post(struct request *r, const struct talk_past *past)
{
    int64_t version;
    struct draft draft = {.conversation = past->conversation,
                          .author = past->author,
                          .at = past->at ? past->at : r->now,
                          .kind = past->files.count ? "files" : "text",
                          .body = past->body,
                          .people = mentions_write(r, &past->mentions, past->mentions_all),
                          .files = past->files,
                          .reply_to = past->reply_to};
    int64_t seq = post(r, &draft, &version);
    note_mentions(r, past->conversation, seq, &past->mentions, past->mentions_all);
    return seq;
}

static bool has_message(struct request *r, int64_t conversation, int64_t seq, const char *field)
{
    int64_t since = 0, upto = 0;
    reading_of(r, conversation, &since, &upto);
    return (seq >= since && seq <= topic_seq(r, conversation)) ||
           fail(r, NOT_FOUND, field, "没有这条消息", "there is no such message");
}

static bool talk_send(struct request *r, const struct talk_send_in *in, struct talk_send_out *out)
{
    struct draft draft = {.conversation = in->conversation,
                          .author = r->person,
                          .at = r->now,
                          .kind = in->files.count ? "files" : "text",
                          .body = str_trim(in->body),
                          .files = in->files,
                          .reply_to = in->reply_to};
    if (!draft.body.len && !in->files.count)
        return fail(r, BAD_INPUT, "body", "消息不能为空", "a message needs words or a file");
    if (in->reply_to && !has_message(r, in->conversation, in->reply_to, "reply_to"))
        return false;
    if (!are_members(r, in->conversation, &in->mentions) || !are_readable(r, &in->files))
        return false;
    draft.people = mentions_write(r, &in->mentions, in->mentions_all);
    out->seq = post(r, &draft, &out->version);
    out->at = r->now;
    note_mentions(r, in->conversation, out->seq, &in->mentions, in->mentions_all);
    return true;
}

/* ---- recalling ----------------------------------------------------------------------------- */

static bool may_recall(struct request *r, const struct rows *found)
{
    if (row_int(found, 0, 0) != r->person)
        return false;
    return r->now - row_int(found, 0, 1) <= RECALL_MS ||
           fail(r, CONFLICT, "seq", "发出超过一天的消息不能撤回",
                "a message can be taken back for a day");
}

static bool talk_recall(struct request *r, const struct talk_recall_in *in,
                        struct talk_recall_out *out)
{
    (void)out;
    struct rows found = READ(r,
                             "SELECT author, at, recalled, id, body, kind FROM message "
                             "WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
                             INT(r->org), INT(in->conversation), INT(in->seq));
    if (!found.count || str_starts(row_text(&found, 0, 5), S("notice")))
        return fail(r, NOT_FOUND, "seq", "没有这条消息", "there is no such message");
    if (row_int(&found, 0, 2))
        return true;
    bool is_own = row_int(&found, 0, 0) == r->person;
    if (is_own ? !may_recall(r, &found) : !talk_manager.allows(r, in->conversation))
        return false;
    if (!is_own)
        audit(r, "recall", row_int(&found, 0, 0), S(""));
    int64_t version = topic_next_version(r, in->conversation);
    WRITE(r,
          "UPDATE message SET body = '', people = '', files = '', changed = 1, recalled = ?4, "
          "version = ?5 WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
          INT(r->org), INT(in->conversation), INT(in->seq), INT(r->now), INT(version));
    WRITE(r, "DELETE FROM mention WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
          INT(in->conversation), INT(in->seq));
    search_forget(r, row_int(&found, 0, 3), row_text(&found, 0, 4));
    size_t count;
    struct talk_message *shown =
        messages_read(r, in->conversation, in->seq, in->seq, 1, false, &count);
    if (count)
        event_put_as(r, in->conversation, version, "message", in->seq, &talk_message_schema, shown);
    return true;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool talk_history(struct request *r, const struct talk_history_in *in,
                         struct talk_history_out *out)
{
    int64_t since = 1, upto = 0, low, high = INT64_MAX;
    reading_of(r, in->conversation, &since, &upto);
    low = since;
    bool is_upwards = HAS(talk_history_in, in, after);
    if (is_upwards && in->after + 1 > low)
        low = in->after + 1;
    if (in->before)
        high = in->before - 1;
    size_t limit = in->limit ? (size_t)in->limit : HISTORY;
    out->messages.at =
        messages_read(r, in->conversation, low, high, limit, !is_upwards, &out->messages.count);
    messages_count_readers(r, in->conversation, out->messages.at, out->messages.count);
    out->people.at = faces_of(r, out->messages.at, out->messages.count, &out->people.count);
    return true;
}

/* Unchanged messages have versions that rise with their numbers, so the new ones are the newest;
 * changed ones stand in an index of their own. */
static bool talk_changes(struct request *r, const struct talk_changes_in *in,
                         struct talk_changes_out *out)
{
    int64_t first = 1, upto = 0;
    reading_of(r, in->conversation, &first, &upto);
    int64_t low = in->from > first ? in->from : first;
    struct rows found = READ(r,
                             "SELECT " MESSAGE_COLUMNS
                             " FROM message WHERE org = ?1 AND conversation = ?2 AND seq >= ?3 "
                             "ORDER BY seq DESC LIMIT ?4",
                             INT(r->org), INT(in->conversation), INT(low), INT(CHANGES));
    struct rows changed =
        READ(r,
             "SELECT " MESSAGE_COLUMNS
             " FROM message WHERE org = ?1 AND conversation = ?2 AND version > ?3 AND changed = 1 "
             "AND seq >= ?4 ORDER BY version LIMIT ?5",
             INT(r->org), INT(in->conversation), INT(in->since), INT(low), INT(CHANGES));
    size_t new_count = 0;
    while (new_count < found.count && row_int(&found, new_count, 1) > in->since)
        new_count++;
    out->is_too_many = new_count == CHANGES || changed.count == CHANGES;
    int64_t lowest_new = new_count ? row_int(&found, new_count - 1, 0) : INT64_MAX;
    struct talk_message *list =
        ARENA_ARRAY(r->arena, new_count + changed.count, struct talk_message);
    for (size_t i = 0; i < changed.count; i++)
        if (row_int(&changed, i, 0) < lowest_new)
            fill(r, in->conversation, &changed, i, &list[out->messages.count++]);
    for (size_t i = new_count; i > 0; i--)
        fill(r, in->conversation, &found, i - 1, &list[out->messages.count++]);
    out->messages.at = list;
    messages_count_readers(r, in->conversation, list, out->messages.count);
    out->people.at = faces_of(r, list, out->messages.count, &out->people.count);
    struct rows topic = READ(r, "SELECT version FROM topic WHERE org = ?1 AND id = ?2", INT(r->org),
                             INT(in->conversation));
    out->version = topic.count ? row_int(&topic, 0, 0) : 0;
    return true;
}

/* ---- typing --------------------------------------------------------------------------------- */

#define TYPING(F, S) F(S, PERSON, person, NEEDED, 0, 0, "who is writing")
SCHEMA(talk_typing_event, TYPING)

static bool talk_typing(struct request *r, const struct talk_typing_in *in,
                        struct talk_typing_out *out)
{
    (void)out;
    struct talk_typing_event event = {.person = r->person};
    event_lossy(r, in->conversation, in->conversation, "typing", &talk_typing_event_schema, &event);
    return true;
}
