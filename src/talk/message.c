/* message: from rows to messages, and reading them. */
#include "talk/inner.h"
#include "base/hash.h"
#include "base/must.h"
#include "base/text.h"

enum {
    HISTORY = 50,
    CHANGES = 200,
    QUOTE_LENGTH = 120,
    UNREAD_SCANNED = 200,
    FACES_SHOWN = 100, /* people named beside a reaction */
    REACTIONS = 20,    /* kinds on one message */
};

/* ---- rows ---------------------------------------------------------------------------------- */

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

#define THREAD_IN(F, S)                                                    \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")               \
    F(S, INT, seq, NEEDED, 1, 1000000000, "the message that is answered")  \
    F(S, INT, after, OPTIONAL, 0, 1000000000, "answers above this number") \
    F(S, INT, limit, OPTIONAL, 1, 200, "at most; 50 otherwise")
SCHEMA(talk_thread_in, THREAD_IN)
#define talk_thread_out        talk_history_out
#define talk_thread_out_schema talk_history_out_schema

#define MESSAGE_OPS(OP)                                                                         \
    OP(talk_history, "GET", "/v1/conversations/{conversation}/messages", READS, 0,              \
       "Messages of a conversation; the newest without before and after",                       \
       MAY(talk_member, conversation))                                                          \
    OP(talk_changes, "GET", "/v1/conversations/{conversation}/changes", READS, 0,               \
       "Messages that came or changed since a version", MAY(talk_member, conversation))         \
    OP(talk_thread, "GET", "/v1/conversations/{conversation}/messages/{seq}/replies", READS, 0, \
       "A message and the answers to it", MAY(talk_member, conversation))
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
enum column {
    SEQ,
    CHANGE,
    AUTHOR,
    AT,
    KIND,
    BODY,
    PEOPLE,
    FILES,
    REPLY_TO,
    RECALLED,
    EXTRA,
    TRAITS,
    EDITED
};
#define MESSAGE_COLUMNS                                                                        \
    "seq, version, author, at, kind, body, people, files, reply_to, recalled, extra, traits, " \
    "edited"

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

/* Who reacted, in the order in which each sign was first put. */
static void fill_reactions(struct request *r, int64_t conversation, struct talk_message *message)
{
    struct rows kinds = READ(r,
                             "SELECT emoji, count(*) FROM reaction WHERE org = ?1 "
                             "AND conversation = ?2 AND seq = ?3 "
                             "GROUP BY emoji ORDER BY min(at), emoji LIMIT ?4",
                             INT(r->org), INT(conversation), INT(message->seq), INT(REACTIONS));
    message->reactions.at = ARENA_ARRAY(r->arena, kinds.count, struct talk_reaction);
    message->reactions.count = kinds.count;
    for (size_t i = 0; i < kinds.count; i++) {
        struct talk_reaction *reaction = &message->reactions.at[i];
        *reaction =
            (struct talk_reaction){.emoji = row_text(&kinds, i, 0), .count = row_int(&kinds, i, 1)};
        struct rows who = READ(r,
                               "SELECT person FROM reaction WHERE org = ?1 AND conversation = ?2 "
                               "AND seq = ?3 AND emoji = ?4 ORDER BY at, person LIMIT ?5",
                               INT(r->org), INT(conversation), INT(message->seq),
                               TEXT(reaction->emoji), INT(FACES_SHOWN));
        reaction->people = (struct ids){ARENA_ARRAY(r->arena, who.count, int64_t), who.count};
        for (size_t j = 0; j < who.count; j++)
            reaction->people.at[j] = row_int(&who, j, 0);
    }
}

static void fill_traits(struct request *r, int64_t conversation, int64_t traits,
                        struct talk_message *message)
{
    message->is_pinned = (traits & TRAIT_PINNED) != 0;
    if (traits & TRAIT_REACTIONS)
        fill_reactions(r, conversation, message);
    if (traits & TRAIT_REPLIES) {
        struct rows found = READ(r,
                                 "SELECT count(*) FROM message WHERE org = ?1 "
                                 "AND conversation = ?2 AND reply_to = ?3 "
                                 "AND recalled = 0",
                                 INT(r->org), INT(conversation), INT(message->seq));
        message->replies = found.count ? row_int(&found, 0, 0) : 0;
    }
}

void message_fill(struct request *r, int64_t conversation, const struct rows *rows, size_t row,
                  struct talk_message *out)
{
    *out = (struct talk_message){.seq = row_int(rows, row, SEQ),
                                 .version = row_int(rows, row, CHANGE),
                                 .author = row_int(rows, row, AUTHOR),
                                 .at = row_int(rows, row, AT),
                                 .kind = row_text(rows, row, KIND),
                                 .body = row_text(rows, row, BODY),
                                 .is_recalled = row_int(rows, row, RECALLED) != 0,
                                 .edited = row_int(rows, row, EDITED)};
    out->is_expired = out->is_recalled && row_int(rows, row, TRAITS) & TRAIT_EXPIRED;
    struct str extra = row_text(rows, row, EXTRA);
    int64_t traits = row_int(rows, row, TRAITS);
    struct str people = row_text(rows, row, PEOPLE), files = row_text(rows, row, FILES);
    if (str_starts(out->kind, S("notice:"))) {
        out->notice = str_skip(out->kind, 7);
        out->kind = S("notice");
    }
    if (people.len)
        fill_people(r, people, out);
    if (files.len)
        fill_files(r, files, out);
    if (out->is_recalled)
        return;
    int64_t reply_to = row_int(rows, row, REPLY_TO);
    if (reply_to)
        out->quote = read_quote(r, conversation, reply_to, rows);
    if (extra.len)
        out->extra = object_read(r, &talk_extra_schema, extra);
    if (traits)
        fill_traits(r, conversation, traits, out);
}

static struct talk_message *fill_all(struct request *r, int64_t conversation,
                                     const struct rows *rows, bool is_falling, size_t *count)
{
    struct talk_message *list = ARENA_ARRAY(r->arena, rows->count, struct talk_message);
    for (size_t i = 0; i < rows->count; i++)
        message_fill(r, conversation, rows, i, &list[is_falling ? rows->count - 1 - i : i]);
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
    for (size_t i = 0; i < count; i++) {
        most += 4 + list[i].mentions.count + list[i].people.count;
        for (size_t j = 0; j < list[i].reactions.count; j++)
            most += list[i].reactions.at[j].people.count;
    }
    return most;
}

/* Those whom the reader sees without opening anything. */
static void add_people(struct ids *ids, const struct ids *people, size_t most)
{
    for (size_t i = 0; i < people->count && i < most; i++)
        ids->at[ids->count++] = people->at[i];
}

void messages_people(const struct talk_message *list, size_t count, struct ids *ids)
{
    for (size_t i = 0; i < count; i++) {
        ids->at[ids->count++] = list[i].author;
        if (list[i].quote)
            ids->at[ids->count++] = list[i].quote->author;
        if (list[i].extra) {
            ids->at[ids->count++] = list[i].extra->contact;
            ids->at[ids->count++] = list[i].extra->source;
        }
        add_people(ids, &list[i].mentions, SIZE_MAX);
        add_people(ids, &list[i].people, 10);
        for (size_t j = 0; j < list[i].reactions.count; j++)
            add_people(ids, &list[i].reactions.at[j].people, 10);
    }
}

struct org_person *messages_faces(struct request *r, const struct talk_message *list, size_t count,
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

void messages_for_caller(struct request *r, int64_t conversation, struct talk_message *list,
                         size_t count)
{
    messages_count_readers(r, conversation, list, count);
    for (size_t i = 0; i < count; i++)
        if (list[i].extra && list[i].extra->card)
            card_for_caller(r, conversation, list[i].seq, list[i].extra->card);
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
    messages_for_caller(r, in->conversation, out->messages.at, out->messages.count);
    out->people.at = messages_faces(r, out->messages.at, out->messages.count, &out->people.count);
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
            message_fill(r, in->conversation, &changed, i, &list[out->messages.count++]);
    for (size_t i = new_count; i > 0; i--)
        message_fill(r, in->conversation, &found, i - 1, &list[out->messages.count++]);
    out->messages.at = list;
    messages_for_caller(r, in->conversation, list, out->messages.count);
    out->people.at = messages_faces(r, list, out->messages.count, &out->people.count);
    struct rows topic = READ(r, "SELECT version FROM topic WHERE org = ?1 AND id = ?2", INT(r->org),
                             INT(in->conversation));
    out->version = topic.count ? row_int(&topic, 0, 0) : 0;
    return true;
}

static bool talk_thread(struct request *r, const struct talk_thread_in *in,
                        struct talk_thread_out *out)
{
    int64_t since = 1, upto = 0;
    reading_of(r, in->conversation, &since, &upto);
    int64_t low = in->after + 1 > since ? in->after + 1 : since;
    struct rows first =
        READ(r,
             "SELECT " MESSAGE_COLUMNS " FROM message WHERE org = ?1 "
             "AND conversation = ?2 AND seq = ?3 AND seq >= ?4",
             INT(r->org), INT(in->conversation), INT(in->seq), INT(in->after ? INT64_MAX : since));
    struct rows found =
        READ(r,
             "SELECT " MESSAGE_COLUMNS " FROM message WHERE org = ?1 AND conversation = ?2 "
             "AND reply_to = ?3 AND seq >= ?4 ORDER BY seq LIMIT ?5",
             INT(r->org), INT(in->conversation), INT(in->seq), INT(low),
             INT(in->limit ? in->limit : HISTORY));
    out->messages.at = ARENA_ARRAY(r->arena, first.count + found.count, struct talk_message);
    for (size_t i = 0; i < first.count; i++)
        message_fill(r, in->conversation, &first, i, &out->messages.at[out->messages.count++]);
    for (size_t i = 0; i < found.count; i++)
        message_fill(r, in->conversation, &found, i, &out->messages.at[out->messages.count++]);
    messages_for_caller(r, in->conversation, out->messages.at, out->messages.count);
    out->people.at = messages_faces(r, out->messages.at, out->messages.count, &out->people.count);
    return true;
}
