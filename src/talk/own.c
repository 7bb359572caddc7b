/* own: what only its owner sees: favourites, drafts, messages to be sent later. */
#include "talk/inner.h"
#include "base/id.h"
#include "base/time.h"

enum { PAGE = 50, DRAFTS = 200, SCHEDULED = 100 };

static const int64_t LATEST_MS = (int64_t)366 * DAY_MS;

/* ---- rows ---------------------------------------------------------------------------------- */

#define FAVOUR_IN(F, S)                                      \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 1, 1000000000, "the message")     \
    F(S, BOOL, is_on, NEEDED, 0, 0, "keep it, or no longer")
SCHEMA(talk_favour_in, FAVOUR_IN)
SCHEMA(talk_favour_out, NO_FIELDS)

#define FAVOURITES_IN(F, S)                                        \
    F(S, ID, before, OPTIONAL, 0, 0, "the former answer's `more`") \
    F(S, INT, limit, OPTIONAL, 1, 100, "at most; 50 otherwise")
SCHEMA(talk_favourites_in, FAVOURITES_IN)
#define TALK_FAVOURITE(F, S)                                         \
    F(S, ID, id, NEEDED, 0, 0, "the favourite")                      \
    F(S, TIME, at, NEEDED, 0, 0, "since when")                       \
    F(S, ID, conversation, NEEDED, 0, 0, "where the message stands") \
    F(S, TEXT, title, OPTIONAL, 0, 0, "of the group")                \
    F(S, OBJECT(talk_message), message, OPTIONAL, 0, 0,              \
      "absent when the caller may no longer see it")
SCHEMA(talk_favourite, TALK_FAVOURITE)
#define FAVOURITES_OUT(F, S)                                             \
    F(S, LIST(talk_favourite), favourites, NEEDED, 0, 0, "newest first") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom they show")       \
    F(S, ID, more, OPTIONAL, 0, 0, "`before` of the next call")
SCHEMA(talk_favourites_out, FAVOURITES_OUT)

#define UNFAVOUR_IN(F, S) F(S, ID, id, NEEDED, 0, 0, "the favourite")
SCHEMA(talk_unfavour_in, UNFAVOUR_IN)
SCHEMA(talk_unfavour_out, NO_FIELDS)

#define DRAFT_IN(F, S)                                                            \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")                      \
    F(S, TEXT, body, NEEDED, 0, 20000, "what is written so far; empty: no draft") \
    F(S, INT, reply_to, OPTIONAL, 1, 1000000000, "the message it is to answer")
SCHEMA(talk_draft_in, DRAFT_IN)
SCHEMA(talk_draft_out, NO_FIELDS)

SCHEMA(talk_drafts_in, NO_FIELDS)
#define DRAFTS_OUT(F, S) F(S, LIST(talk_draft_row), drafts, NEEDED, 0, 0, "newest first")
SCHEMA(talk_drafts_out, DRAFTS_OUT)

#define SCHEDULE_IN(F, S)                                                    \
    F(S, ID, conversation, NEEDED, 0, 0, "conversation it goes to")          \
    F(S, TIME, due, NEEDED, 0, 0, "when")                                    \
    F(S, TEXT, body, OPTIONAL, 0, 20000, "what is said")                     \
    F(S, IDS, files, OPTIONAL, 0, 20, "files to go with it")                 \
    F(S, IDS, mentions, OPTIONAL, 0, 100, "members it calls")                \
    F(S, BOOL, mentions_all, OPTIONAL, 0, 0, "it calls everybody")           \
    F(S, INT, reply_to, OPTIONAL, 1, 1000000000, "message this one answers") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_schedule_in, SCHEDULE_IN)

#define TALK_SCHEDULED(F, S)                                        \
    F(S, ID, id, NEEDED, 0, 0, "the message to be")                 \
    F(S, ID, conversation, NEEDED, 0, 0, "conversation it goes to") \
    F(S, TIME, due, NEEDED, 0, 0, "when")                           \
    F(S, TEXT, body, NEEDED, 0, 0, "what it will say")              \
    F(S, INT, files, OPTIONAL, 0, 0, "how many files go with it")   \
    F(S, TEXT, refused, OPTIONAL, 0, 0, "why it was not sent")
SCHEMA(talk_scheduled_row, TALK_SCHEDULED)
SCHEMA(talk_schedule_out, TALK_SCHEDULED)
SCHEMA(talk_scheduled_in, NO_FIELDS)
#define SCHEDULED_OUT(F, S) F(S, LIST(talk_scheduled_row), messages, NEEDED, 0, 0, "soonest first")
SCHEMA(talk_scheduled_out, SCHEDULED_OUT)

#define UNSCHEDULE_IN(F, S) F(S, ID, id, NEEDED, 0, 0, "the message to be")
SCHEMA(talk_unschedule_in, UNSCHEDULE_IN)
SCHEMA(talk_unschedule_out, NO_FIELDS)

#define DUE_IN(F, S)                                   \
    F(S, ID, org, NEEDED, 0, 0, "organisation")        \
    F(S, PERSON, person, NEEDED, 0, 0, "who wrote it") \
    F(S, ID, id, NEEDED, 0, 0, "the message to be")
SCHEMA(talk_due_in, DUE_IN)
SCHEMA(talk_due_out, NO_FIELDS)

#define OWN_OPS(OP)                                                                                \
    OP(talk_favour, "PUT", "/v1/conversations/{conversation}/messages/{seq}/favourite", WRITES,    \
       120, "Keep a message among the favourites", MAY(talk_member, conversation))                 \
    OP(talk_favourites, "GET", "/v1/me/favourites", READS, 0, "The caller's favourites",           \
       MAY_CALL(org_member))                                                                       \
    OP(talk_unfavour, "DELETE", "/v1/me/favourites/{id}", WRITES, 120,                             \
       "Take a favourite away, whatever became of its message", MAY_CALL(org_member))              \
    OP(talk_draft, "PUT", "/v1/conversations/{conversation}/draft", WRITES, 240,                   \
       "Keep what is written so far, for all of one's devices", MAY(talk_member, conversation))    \
    OP(talk_drafts, "GET", "/v1/me/drafts", READS, 0, "The caller's drafts", MAY_CALL(org_member)) \
    OP(talk_schedule, "POST", "/v1/conversations/{conversation}/scheduled", WRITES | ONCE, 60,     \
       "Have a message sent at a time", MAY(talk_member, conversation))                            \
    OP(talk_scheduled, "GET", "/v1/me/scheduled", READS, 0, "Messages waiting for their time",     \
       MAY_CALL(org_member))                                                                       \
    OP(talk_unschedule, "DELETE", "/v1/me/scheduled/{id}", WRITES, 0, "Do not send it after all",  \
       MAY_CALL(org_member))                                                                       \
    OP(talk_due, NULL, NULL, WRITES, 0, "Send what is due", MAY_CALL(the_server))
OPS(OWN_OPS)

const struct module talk_own_module = {.name = "talk_own", MODULE_OPS};

/* ---- favourites ----------------------------------------------------------------------------- */

static bool talk_favour(struct request *r, const struct talk_favour_in *in,
                        struct talk_favour_out *out)
{
    (void)out;
    if (!message_is_there(r, in->conversation, in->seq, "seq"))
        return false;
    if (in->is_on)
        WRITE(r,
              "INSERT INTO favourite (org, person, id, conversation, seq, at) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
              "ON CONFLICT (org, person, conversation, seq) DO NOTHING",
              INT(r->org), INT(r->person), INT(id_next()), INT(in->conversation), INT(in->seq),
              INT(r->now));
    else
        WRITE(r,
              "DELETE FROM favourite WHERE org = ?1 AND person = ?2 AND conversation = ?3 "
              "AND seq = ?4",
              INT(r->org), INT(r->person), INT(in->conversation), INT(in->seq));
    return true;
}

static bool talk_unfavour(struct request *r, const struct talk_unfavour_in *in,
                          struct talk_unfavour_out *out)
{
    (void)out;
    WRITE(r, "DELETE FROM favourite WHERE org = ?1 AND person = ?2 AND id = ?3", INT(r->org),
          INT(r->person), INT(in->id));
    return true;
}

static void fill_favourite(struct request *r, struct talk_favourite *out, int64_t seq)
{
    int64_t since = 0, upto = 0;
    if (!reading_of(r, out->conversation, &since, &upto) || seq < since)
        return;
    size_t count;
    struct talk_message *message = messages_read(r, out->conversation, seq, seq, 1, false, &count);
    if (count && !message->is_recalled)
        out->message = message;
}

static bool talk_favourites(struct request *r, const struct talk_favourites_in *in,
                            struct talk_favourites_out *out)
{
    int64_t limit = in->limit ? in->limit : PAGE;
    struct rows found =
        READ(r,
             "SELECT f.id, f.at, f.conversation, f.seq, c.title FROM favourite f "
             "JOIN conversation c ON c.org = f.org AND c.id = f.conversation "
             "WHERE f.org = ?1 AND f.person = ?2 AND f.id < ?3 ORDER BY f.id DESC LIMIT ?4",
             INT(r->org), INT(r->person), INT(in->before ? in->before : INT64_MAX), INT(limit));
    out->favourites.at = ARENA_ARRAY(r->arena, found.count, struct talk_favourite);
    out->favourites.count = found.count;
    size_t most = 0;
    for (size_t i = 0; i < found.count; i++) {
        struct talk_favourite *favourite = &out->favourites.at[i];
        *favourite = (struct talk_favourite){.id = row_int(&found, i, 0),
                                             .at = row_int(&found, i, 1),
                                             .conversation = row_int(&found, i, 2),
                                             .title = row_text(&found, i, 4)};
        fill_favourite(r, favourite, row_int(&found, i, 3));
        if (favourite->message)
            most += messages_people_most(favourite->message, 1);
    }
    struct ids ids = {ARENA_ARRAY(r->arena, most, int64_t), 0};
    for (size_t i = 0; i < found.count; i++)
        if (out->favourites.at[i].message)
            messages_people(out->favourites.at[i].message, 1, &ids);
    out->people.at = org_faces(r, ids.at, ids.count, &out->people.count);
    if ((int64_t)found.count == limit)
        out->more = row_int(&found, found.count - 1, 0);
    return true;
}

/* ---- drafts --------------------------------------------------------------------------------- */

static bool talk_draft(struct request *r, const struct talk_draft_in *in,
                       struct talk_draft_out *out)
{
    (void)out;
    if (in->body.len)
        WRITE(r,
              "INSERT INTO draft (org, person, conversation, body, reply_to, at) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (org, person, conversation) "
              "DO UPDATE SET body = excluded.body, reply_to = excluded.reply_to, "
              "at = excluded.at",
              INT(r->org), INT(r->person), INT(in->conversation), TEXT(in->body), INT(in->reply_to),
              INT(r->now));
    else
        WRITE(r, "DELETE FROM draft WHERE org = ?1 AND person = ?2 AND conversation = ?3",
              INT(r->org), INT(r->person), INT(in->conversation));
    struct talk_draft_row row = {
        .conversation = in->conversation, .body = in->body, .reply_to = in->reply_to, .at = r->now};
    event_put(r, r->person, "draft", in->conversation, &talk_draft_row_schema, &row);
    return true;
}

static bool talk_drafts(struct request *r, const struct talk_drafts_in *in,
                        struct talk_drafts_out *out)
{
    (void)in;
    struct rows found =
        READ(r,
             "SELECT conversation, body, reply_to, at FROM draft WHERE org = ?1 AND person = ?2 "
             "ORDER BY at DESC LIMIT ?3",
             INT(r->org), INT(r->person), INT(DRAFTS));
    out->drafts.at = ARENA_ARRAY(r->arena, found.count, struct talk_draft_row);
    out->drafts.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->drafts.at[i] = (struct talk_draft_row){.conversation = row_int(&found, i, 0),
                                                    .body = row_text(&found, i, 1),
                                                    .reply_to = row_int(&found, i, 2),
                                                    .at = row_int(&found, i, 3)};
    return true;
}

/* ---- later ---------------------------------------------------------------------------------- */

static bool waits_for_caller(struct request *r, int64_t id)
{
    struct rows found =
        READ(r, "SELECT 1 FROM scheduled WHERE org = ?1 AND person = ?2 AND id = ?3", INT(r->org),
             INT(r->person), INT(id));
    return found.count != 0;
}
const struct file_gate scheduled_gate = {"scheduled", waits_for_caller};

static bool talk_schedule(struct request *r, const struct talk_schedule_in *in,
                          struct talk_schedule_out *out)
{
    struct str body = str_trim(in->body);
    if (!body.len && !in->files.count)
        return fail(r, BAD_INPUT, "body", "消息不能为空", "a message needs words or a file");
    if (in->due <= r->now || in->due > r->now + LATEST_MS)
        return fail(r, BAD_INPUT, "due", "发送时间要在将来的一年之内",
                    "the time must lie within the coming year");
    if (in->reply_to && !message_is_there(r, in->conversation, in->reply_to, "reply_to"))
        return false;
    if (!mentions_are_members(r, in->conversation, &in->mentions) ||
        !files_are_readable(r, &in->files))
        return false;
    struct rows waiting = READ(r, "SELECT count(*) FROM scheduled WHERE org = ?1 AND person = ?2",
                               INT(r->org), INT(r->person));
    if (row_int(&waiting, 0, 0) >= SCHEDULED)
        return fail(r, CONFLICT, "due", "定时消息已达 100 条", "there are 100 waiting messages");
    *out = (struct talk_schedule_out){.id = id_next(),
                                      .conversation = in->conversation,
                                      .due = in->due,
                                      .body = body,
                                      .files = (int64_t)in->files.count};
    WRITE(r,
          "INSERT INTO scheduled (org, person, id, conversation, due, body, people, files, "
          "reply_to, refused) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '')",
          INT(r->org), INT(r->person), INT(out->id), INT(in->conversation), INT(in->due),
          TEXT(body), TEXT(mentions_write(r, &in->mentions, in->mentions_all)),
          TEXT(ids_write(r, &in->files)), INT(in->reply_to));
    for (size_t i = 0; i < in->files.count; i++)
        file_use(r, in->files.at[i], out->id, scheduled_gate.kind);
    struct talk_due_in due = {.org = r->org, .person = r->person, .id = out->id};
    job_add(r, "talk_due", in->due, &talk_due_in_schema, &due);
    event_put(r, r->person, "scheduled", out->id, &talk_schedule_out_schema, out);
    return true;
}

static struct talk_scheduled_row scheduled_of(struct request *r, const struct rows *found,
                                              size_t row)
{
    return (struct talk_scheduled_row){.id = row_int(found, row, 0),
                                       .conversation = row_int(found, row, 1),
                                       .due = row_int(found, row, 2),
                                       .body = row_text(found, row, 3),
                                       .files =
                                           (int64_t)ids_parse(r, row_text(found, row, 4)).count,
                                       .refused = row_text(found, row, 5)};
}

static bool talk_scheduled(struct request *r, const struct talk_scheduled_in *in,
                           struct talk_scheduled_out *out)
{
    (void)in;
    struct rows found = READ(r,
                             "SELECT id, conversation, due, body, files, refused FROM scheduled "
                             "WHERE org = ?1 AND person = ?2 ORDER BY due, id LIMIT ?3",
                             INT(r->org), INT(r->person), INT(SCHEDULED));
    out->messages.at = ARENA_ARRAY(r->arena, found.count, struct talk_scheduled_row);
    out->messages.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->messages.at[i] = scheduled_of(r, &found, i);
    return true;
}

static void forget_scheduled(struct request *r, int64_t person, int64_t id)
{
    WRITE(r, "DELETE FROM scheduled WHERE org = ?1 AND person = ?2 AND id = ?3", INT(r->org),
          INT(person), INT(id));
    file_release(r, id, scheduled_gate.kind);
    event_drop(r, person, "scheduled", id);
}

static bool talk_unschedule(struct request *r, const struct talk_unschedule_in *in,
                            struct talk_unschedule_out *out)
{
    (void)out;
    if (!waits_for_caller(r, in->id))
        return fail(r, NOT_FOUND, "id", "没有这条定时消息", "there is no such waiting message");
    forget_scheduled(r, r->person, in->id);
    return true;
}

/* May it still go where it was meant to go? The sentence says why not; empty: it may. */
static const char *why_not(struct request *r, int64_t conversation)
{
    int64_t since = 0, upto = 0;
    bool may = org_is_active(r, r->person) && reading_of(r, conversation, &since, &upto);
    return may ? "" : "你已不在这个会话里 · you are no longer in this conversation";
}

/* Under the name of whoever wrote it, as if sent now. */
static bool talk_due(struct request *r, const struct talk_due_in *in, struct talk_due_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows found = READ(r,
                             "SELECT conversation, body, people, files, reply_to, due "
                             "FROM scheduled WHERE org = ?1 AND person = ?2 AND id = ?3 "
                             "AND refused = ''",
                             INT(r->org), INT(in->person), INT(in->id));
    if (!found.count)
        return true;
    r->person = in->person;
    int64_t conversation = row_int(&found, 0, 0);
    const char *refused = why_not(r, conversation);
    if (refused[0]) {
        WRITE(r, "UPDATE scheduled SET refused = ?4 WHERE org = ?1 AND person = ?2 AND id = ?3",
              INT(r->org), INT(in->person), INT(in->id), TEXT(str_from(refused)));
        struct talk_scheduled_row row = {.id = in->id,
                                         .conversation = conversation,
                                         .due = row_int(&found, 0, 5),
                                         .body = row_text(&found, 0, 1),
                                         .refused = str_from(refused)};
        event_put(r, in->person, "scheduled", in->id, &talk_scheduled_row_schema, &row);
        return true;
    }
    struct ids people = ids_parse(r, row_text(&found, 0, 2));
    struct talk_past past = {.conversation = conversation,
                             .author = in->person,
                             .body = row_text(&found, 0, 1),
                             .files = ids_parse(r, row_text(&found, 0, 3)),
                             .reply_to = row_int(&found, 0, 4)};
    past.mentions = people;
    if (people.count && people.at[people.count - 1] == -1) {
        past.mentions.count--;
        past.mentions_all = true;
    }
    talk_post(r, &past);
    forget_scheduled(r, in->person, in->id);
    return true;
}
