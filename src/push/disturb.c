/* disturb: exceptions from quiet hours. Each has a name and a reason, and stays on record for whom
 * it disturbed to see. */
#include "push/inner.h"
#include "base/id.h"
#include "base/time.h"

enum { MOST_DISTURBED = 200, PAGE = 50, COUNTED_DAYS = 30, COUNTED_PEOPLE = 200 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define DISTURB_IN(F, S)                                                         \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")                     \
    F(S, INT, seq, NEEDED, 1, 1000000000, "a message of one's own, of this day") \
    F(S, TEXT, reason, NEEDED, 2, 200, "why it cannot wait; they see it")
SCHEMA(push_disturb_in, DISTURB_IN)
#define DISTURB_OUT(F, S) F(S, INT, people, NEEDED, 0, 0, "whom it disturbs now")
SCHEMA(push_disturb_out, DISTURB_OUT)

#define DISTURBED_IN(F, S) F(S, ID, before, OPTIONAL, 0, 0, "the former answer's `more`")
SCHEMA(push_disturbed_in, DISTURBED_IN)
#define DISTURBANCE(F, S)                                     \
    F(S, ID, id, NEEDED, 0, 0, "the disturbance")             \
    F(S, PERSON, author, NEEDED, 0, 0, "who disturbed")       \
    F(S, ID, conversation, NEEDED, 0, 0, "where")             \
    F(S, INT, seq, NEEDED, 0, 0, "by which message")          \
    F(S, TEXT, reason, NEEDED, 0, 0, "why it could not wait") \
    F(S, TIME, at, NEEDED, 0, 0, "when")
SCHEMA(push_disturbance, DISTURBANCE)
#define DISTURBED_OUT(F, S)                                                                 \
    F(S, LIST(push_disturbance), disturbances, NEEDED, 0, 0, "of the caller, newest first") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "who disturbed; names and pictures only")  \
    F(S, ID, more, OPTIONAL, 0, 0, "`before` of the next call")
SCHEMA(push_disturbed_out, DISTURBED_OUT)

#define COUNTS_IN(F, S) F(S, INT, days, OPTIONAL, 1, 366, "of the last so many; 30 otherwise")
SCHEMA(push_disturb_counts_in, COUNTS_IN)
#define COUNT(F, S)                                     \
    F(S, PERSON, author, NEEDED, 0, 0, "who disturbed") \
    F(S, INT, people, NEEDED, 0, 0, "how many times somebody was disturbed by them")
SCHEMA(push_disturb_count, COUNT)
#define COUNTS_OUT(F, S)                                                                    \
    F(S, INT, total, NEEDED, 0, 0, "how many times somebody was disturbed")                 \
    F(S, LIST(push_disturb_count), counts, NEEDED, 0, 0, "most first, two hundred at most") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "who; names and pictures only")
SCHEMA(push_disturb_counts_out, COUNTS_OUT)

#define DISTURB_OPS(OP)                                                                         \
    OP(push_disturb, "POST", "/v1/conversations/{conversation}/messages/{seq}/disturb", WRITES, \
       10, "Push a message of one's own through quiet hours, with a reason",                    \
       MAY(talk_member, conversation))                                                          \
    OP(push_disturbed, "GET", "/v1/me/disturbances", READS, 0,                                  \
       "Who disturbed the caller's quiet hours, when and why", MAY_CALL(org_member))            \
    OP(push_disturb_counts, "GET", "/v1/quiet/disturbances", READS, 0,                          \
       "How often quiet hours were disturbed, and by whom", MAY_CALL(org_admin))
OPS(DISTURB_OPS)

const struct module push_disturb_module = {.name = "push_disturb", MODULE_OPS};

/* ---- who may -------------------------------------------------------------------------------- */

struct str disturb_rule(struct request *r)
{
    struct rows found = READ(r, "SELECT disturb FROM quiet_rule WHERE org = ?1", INT(r->org));
    return found.count ? row_text(&found, 0, 0) : S("all");
}

bool disturb_is_allowed(struct request *r)
{
    struct str rule = disturb_rule(r);
    if (!str_equal(rule, S("named")))
        return str_equal(rule, S("all"));
    return READ(r, "SELECT 1 FROM quiet_disturber WHERE org = ?1 AND person = ?2", INT(r->org),
                INT(r->person))
               .count != 0;
}

/* ---- disturbing ----------------------------------------------------------------------------- */

static bool may_disturb(struct request *r, const struct push_disturb_in *in)
{
    struct talk_brief brief;
    if (!disturb_is_allowed(r))
        return fail(r, FORBIDDEN, NULL, "组织不允许你在休息时间打扰他人",
                    "your organisation does not let you disturb quiet hours");
    if (!talk_brief(r, in->conversation, in->seq, LANGUAGE_ZH, &brief))
        return fail(r, NOT_FOUND, "seq", "没有这条消息", "there is no such message");
    if (brief.author != r->person)
        return fail(r, FORBIDDEN, "seq", "只能为自己的消息打扰他人", "it is not your own message");
    if (r->now - brief.at > DAY_MS)
        return fail(r, CONFLICT, "seq", "消息已超过一天", "the message is older than a day");
    return true;
}

static bool push_disturb(struct request *r, const struct push_disturb_in *in,
                         struct push_disturb_out *out)
{
    int64_t until, of;
    struct str reason = str_trim(in->reason);
    if (!reason.len)
        return fail(r, BAD_INPUT, "reason", "请写明原因", "a reason is needed");
    if (!may_disturb(r, in))
        return false;
    struct ids people = quiet_members(r, in->conversation, &until, &of);
    if (people.count > MOST_DISTURBED)
        return fail(r, CONFLICT, "conversation", "一次最多打扰 200 人",
                    "at most 200 people can be disturbed at once");
    for (size_t i = 0; i < people.count; i++) {
        struct push_disturbance row = {.id = id_next(),
                                       .author = r->person,
                                       .conversation = in->conversation,
                                       .seq = in->seq,
                                       .reason = reason,
                                       .at = r->now};
        if (disturb_reason(r, in->conversation, in->seq, people.at[i]).len)
            continue;
        WRITE(r,
              "INSERT INTO disturbance (org, id, person, author, conversation, seq, reason, at) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
              INT(r->org), INT(row.id), INT(people.at[i]), INT(r->person), INT(in->conversation),
              INT(in->seq), TEXT(reason), INT(r->now));
        event_put(r, people.at[i], "disturbance", row.id, &push_disturbance_schema, &row);
        out->people++;
    }
    if (out->people)
        send_disturbing(r, in->conversation, in->seq);
    return true;
}

struct str disturb_reason(struct request *r, int64_t conversation, int64_t seq, int64_t person)
{
    struct rows found = READ(r,
                             "SELECT reason FROM disturbance WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3 AND person = ?4",
                             INT(r->org), INT(conversation), INT(seq), INT(person));
    return found.count ? row_text(&found, 0, 0) : S("");
}

/* ---- on record ------------------------------------------------------------------------------ */

static bool push_disturbed(struct request *r, const struct push_disturbed_in *in,
                           struct push_disturbed_out *out)
{
    struct rows found =
        READ(r,
             "SELECT id, author, conversation, seq, reason, at FROM disturbance "
             "WHERE org = ?1 AND person = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4",
             INT(r->org), INT(r->person), INT(in->before ? in->before : INT64_MAX), INT(PAGE));
    int64_t *authors = ARENA_ARRAY(r->arena, found.count, int64_t);
    out->disturbances.at = ARENA_ARRAY(r->arena, found.count, struct push_disturbance);
    out->disturbances.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        authors[i] = row_int(&found, i, 1);
        out->disturbances.at[i] = (struct push_disturbance){.id = row_int(&found, i, 0),
                                                            .author = authors[i],
                                                            .conversation = row_int(&found, i, 2),
                                                            .seq = row_int(&found, i, 3),
                                                            .reason = row_text(&found, i, 4),
                                                            .at = row_int(&found, i, 5)};
    }
    out->people.at = org_faces(r, authors, found.count, &out->people.count);
    if (found.count == PAGE)
        out->more = row_int(&found, PAGE - 1, 0);
    return true;
}

static bool push_disturb_counts(struct request *r, const struct push_disturb_counts_in *in,
                                struct push_disturb_counts_out *out)
{
    int64_t since = r->now - (in->days ? in->days : COUNTED_DAYS) * DAY_MS;
    struct rows total = READ(r, "SELECT count(*) FROM disturbance WHERE org = ?1 AND at > ?2",
                             INT(r->org), INT(since));
    struct rows found = READ(r,
                             "SELECT author, count(*) AS people FROM disturbance WHERE org = ?1 "
                             "AND at > ?2 GROUP BY author ORDER BY people DESC, author LIMIT ?3",
                             INT(r->org), INT(since), INT(COUNTED_PEOPLE));
    int64_t *authors = ARENA_ARRAY(r->arena, found.count, int64_t);
    out->total = total.count ? row_int(&total, 0, 0) : 0;
    out->counts.at = ARENA_ARRAY(r->arena, found.count, struct push_disturb_count);
    out->counts.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        authors[i] = row_int(&found, i, 0);
        out->counts.at[i] =
            (struct push_disturb_count){.author = authors[i], .people = row_int(&found, i, 1)};
    }
    out->people.at = org_faces(r, authors, found.count, &out->people.count);
    return true;
}
