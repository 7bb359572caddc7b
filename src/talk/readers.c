/* readers: who has read what.
 *
 * A member's mark says how far they have read; a message's readers follow from the marks of all.
 * Its author hears of them in hints, at most once a second a conversation; nobody else does. */
#include "talk/inner.h"
#include "base/hash.h"

#include <stdlib.h>

enum {
    READERS = 100,
    RECEIPTS_MS = 1000,  /* counts of readers leave at most this often */
    MOST_RECEIPTS = 100, /* messages in one such event */
};

/* ---- rows ---------------------------------------------------------------------------------- */

#define READ_IN(F, S)                                        \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, upto, NEEDED, 0, 1000000000, "last message that was seen")
SCHEMA(talk_read_in, READ_IN)
SCHEMA(talk_read_out, NO_FIELDS)

#define READERS_IN(F, S)                                                        \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")                    \
    F(S, INT, seq, NEEDED, 1, 1000000000, "the message")                        \
    F(S, BOOL, has_read, NEEDED, 0, 0, "those who have, or those who have not") \
    F(S, TEXT, after, OPTIONAL, 1, 60, "the former answer's `more`")            \
    F(S, INT, limit, OPTIONAL, 1, 500, "at most; 100 otherwise")
SCHEMA(talk_readers_in, READERS_IN)
#define READERS_OUT(F, S)                                                     \
    F(S, INT, read, NEEDED, 0, 0, "how many have read it")                    \
    F(S, INT, unread, NEEDED, 0, 0, "how many have not")                      \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "in the order of their ids") \
    F(S, TEXT, more, OPTIONAL, 0, 0, "`after` of the next call")
SCHEMA(talk_readers_out, READERS_OUT)

#define talk_receipts_in        later_in
#define talk_receipts_in_schema later_in_schema
SCHEMA(talk_receipts_out, NO_FIELDS)

#define READERS_OPS(OP)                                                                           \
    OP(talk_read, "PUT", "/v1/conversations/{conversation}/read", WRITES, 0,                      \
       "Mark as read up to a message", MAY(talk_member, conversation))                            \
    OP(talk_readers, "GET", "/v1/conversations/{conversation}/messages/{seq}/readers", READS, 0,  \
       "Who has read a message of the caller's, and who has not", MAY(talk_member, conversation)) \
    OP(talk_receipts, NULL, NULL, WRITES, 0, "Tell authors how many have read",                   \
       MAY_CALL(the_server))
OPS(READERS_OPS)

const struct module talk_readers_module = {.name = "talk_readers", MODULE_OPS};

/* ---- counting readers ---------------------------------------------------------------------- */

/* Everybody's marks of one conversation, in the order of the person. A count walks all of them:
 * three comparisons a member, which the compiler does several at a time. */
struct marks {
    int64_t *person, *since, *upto;
    size_t count;
};

static struct marks read_marks(struct request *r, int64_t conversation)
{
    struct rows rows = READ(r,
                            "SELECT person, since, upto FROM reading WHERE org = ?1 "
                            "AND conversation = ?2 ORDER BY person",
                            INT(r->org), INT(conversation));
    struct marks marks = {.person = ARENA_ARRAY(r->arena, rows.count, int64_t),
                          .since = ARENA_ARRAY(r->arena, rows.count, int64_t),
                          .upto = ARENA_ARRAY(r->arena, rows.count, int64_t),
                          .count = rows.count};
    for (size_t i = 0; i < rows.count; i++) {
        marks.person[i] = row_int(&rows, i, 0);
        marks.since[i] = row_int(&rows, i, 1);
        marks.upto[i] = row_int(&rows, i, 2);
    }
    return marks;
}

/* The author is neither a reader nor missing, nor is whoever came later. */
static void count_readers(const struct marks *marks, int64_t seq, int64_t author, int64_t *read,
                          int64_t *unread)
{
    int64_t there = 0, have_read = 0;
    for (size_t i = 0; i < marks->count; i++) {
        int64_t counts = (marks->since[i] <= seq) & (marks->person[i] != author);
        there += counts;
        have_read += counts & (marks->upto[i] >= seq);
    }
    *read = have_read;
    *unread = there - have_read;
}

void messages_count_readers(struct request *r, int64_t conversation, struct talk_message *list,
                            size_t count)
{
    struct marks marks = {0};
    for (size_t i = 0; i < count; i++) {
        if (list[i].author != r->person || list[i].is_recalled || list[i].notice.len)
            continue;
        if (!marks.count)
            marks = read_marks(r, conversation);
        count_readers(&marks, list[i].seq, r->person, &list[i].read, &list[i].unread);
    }
}

/* ---- marking ------------------------------------------------------------------------------- */

#define CURSOR(F, S)                                         \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, upto, NEEDED, 0, 0, "read up to here")         \
    F(S, INT, unread, NEEDED, 0, 0, "what is left")
SCHEMA(talk_cursor, CURSOR)

static void set_mark(struct request *r, int64_t conversation, int64_t person, int64_t upto)
{
    WRITE(r, "UPDATE reading SET upto = ?4 WHERE org = ?1 AND conversation = ?2 AND person = ?3",
          INT(r->org), INT(conversation), INT(person), INT(upto));
}

void talk_mark_read(struct request *r, int64_t conversation, int64_t person, int64_t upto)
{
    set_mark(r, conversation, person, upto);
}

static bool talk_read(struct request *r, const struct talk_read_in *in, struct talk_read_out *out)
{
    (void)out;
    int64_t since = 0, upto = 0, last = topic_seq(r, in->conversation);
    int64_t wanted = in->upto < last ? in->upto : last;
    if (!reading_of(r, in->conversation, &since, &upto) || wanted <= upto)
        return true;
    set_mark(r, in->conversation, r->person, wanted);
    struct talk_cursor cursor = {.conversation = in->conversation,
                                 .upto = wanted,
                                 .unread = unread_count(r, in->conversation, wanted, last)};
    event_put(r, r->person, "cursor", in->conversation, &talk_cursor_schema, &cursor);
    later(r, "talk_receipts", in->conversation, upto, wanted, RECEIPTS_MS);
    return true;
}

/* ---- telling authors ----------------------------------------------------------------------- */

#define TALK_COUNT(F, S)                                      \
    F(S, INT, seq, NEEDED, 0, 0, "the message")               \
    F(S, INT, read, NEEDED, 0, 0, "members who have read it") \
    F(S, INT, unread, NEEDED, 0, 0, "members who have not")
SCHEMA(talk_count, TALK_COUNT)
#define TALK_RECEIPTS(F, S)                                  \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, LIST(talk_count), counts, NEEDED, 0, 0, "of the author's own messages")
SCHEMA(talk_receipts, TALK_RECEIPTS)

static void tell_author(struct request *r, int64_t conversation, const struct rows *messages,
                        const struct marks *marks, int64_t author)
{
    struct talk_receipts receipts = {.conversation = conversation};
    receipts.counts.at = ARENA_ARRAY(r->arena, messages->count, struct talk_count);
    for (size_t i = 0; i < messages->count; i++) {
        if (row_int(messages, i, 1) != author)
            continue;
        struct talk_count *count = &receipts.counts.at[receipts.counts.count++];
        count->seq = row_int(messages, i, 0);
        count_readers(marks, count->seq, author, &count->read, &count->unread);
    }
    event_put(r, author, "receipts", conversation, &talk_receipts_schema, &receipts);
}

/* Read marks moved within (low, high]: each author there learns the new counts, in one event. */
static bool talk_receipts(struct request *r, const struct talk_receipts_in *in,
                          struct talk_receipts_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows messages =
        READ(r,
             "SELECT seq, author FROM message WHERE org = ?1 AND conversation = ?2 "
             "AND seq > ?3 AND seq <= ?4 AND recalled = 0 ORDER BY seq DESC LIMIT ?5",
             INT(r->org), INT(in->object), INT(in->low), INT(in->high), INT(MOST_RECEIPTS));
    if (!messages.count)
        return true;
    struct marks marks = read_marks(r, in->object);
    struct map told = {0};
    for (size_t i = 0; i < messages.count; i++) {
        int64_t author = row_int(&messages, i, 1);
        if (map_get(&told, author))
            continue;
        map_set(&told, author, &told);
        tell_author(r, in->object, &messages, &marks, author);
    }
    map_free(&told);
    return true;
}

/* What a message's author may know; others may not watch each other. */
static bool talk_readers(struct request *r, const struct talk_readers_in *in,
                         struct talk_readers_out *out)
{
    struct rows found = READ(r,
                             "SELECT author FROM message WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3",
                             INT(r->org), INT(in->conversation), INT(in->seq));
    if (!found.count)
        return fail(r, NOT_FOUND, "seq", "没有这条消息", "there is no such message");
    if (row_int(&found, 0, 0) != r->person)
        return fail(r, FORBIDDEN, "seq", "只有发送者能看谁读过",
                    "only its author sees who has read a message");
    struct marks marks = read_marks(r, in->conversation);
    count_readers(&marks, in->seq, r->person, &out->read, &out->unread);
    if (group_switches(r, in->conversation) & GROUP_COUNTS_ONLY)
        return true;
    int64_t after = 0;
    size_t limit = in->limit ? (size_t)in->limit : READERS, count = 0;
    str_to_int(in->after, &after);
    int64_t *ids = ARENA_ARRAY(r->arena, limit, int64_t);
    for (size_t i = 0; i < marks.count && count < limit; i++) {
        int64_t person = marks.person[i];
        bool was_there = marks.since[i] <= in->seq && person != r->person;
        bool has_read = marks.upto[i] >= in->seq;
        if (person > after && was_there && has_read == in->has_read)
            ids[count++] = person;
    }
    out->people.at = org_cards(r, ids, count, &out->people.count);
    if (count == limit)
        out->more = arena_printf(r->arena, "%lld", (long long)ids[count - 1]);
    return true;
}
