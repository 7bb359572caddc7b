/* remind: an author asks those who have not read, or not confirmed, a message to look at it. They
 * are called by it as if it mentioned them. In slices: a group can have 10,000 members. */
#include "talk/inner.h"
#include "base/time.h"

enum { SLICE = 200, EVERY_MINUTES = 10 };

#define REMIND_IN(F, S)                                      \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 1, 1000000000, "the message")     \
    F(S, BOOL, is_confirm, OPTIONAL, 0, 0, "those who have not confirmed, instead of not read")
SCHEMA(talk_remind_in, REMIND_IN)
#define REMIND_OUT(F, S) F(S, INT, people, NEEDED, 0, 0, "how many are reminded")
SCHEMA(talk_remind_out, REMIND_OUT)

#define REMINDING_IN(F, S)                                    \
    F(S, ID, org, NEEDED, 0, 0, "organisation")               \
    F(S, ID, conversation, NEEDED, 0, 0, "where it is")       \
    F(S, INT, seq, NEEDED, 0, 0, "the message")               \
    F(S, PERSON, author, NEEDED, 0, 0, "who reminds")         \
    F(S, BOOL, is_confirm, OPTIONAL, 0, 0, "see talk_remind") \
    F(S, INT, after, OPTIONAL, 0, 0, "go on behind this person")
SCHEMA(talk_reminding_in, REMINDING_IN)
SCHEMA(talk_reminding_out, NO_FIELDS)

#define REMIND_OPS(OP)                                                                            \
    OP(talk_remind, "POST", "/v1/conversations/{conversation}/messages/{seq}/remind", WRITES, 20, \
       "Remind those who have not read, or not confirmed, a message of the caller's",             \
       MAY(talk_speaker, conversation))                                                           \
    OP(talk_reminding, NULL, NULL, WRITES, 0, "Remind the next of them", MAY_CALL(the_server))
OPS(REMIND_OPS)

const struct module talk_remind_module = {.name = "talk_remind", MODULE_OPS};

/* The next who are missing, in the order of their ids. */
static struct rows missing(struct request *r, const struct talk_reminding_in *in, int64_t limit)
{
    if (in->is_confirm)
        return READ(r,
                    "SELECT g.person FROM reading g WHERE g.org = ?1 AND g.conversation = ?2 "
                    "AND g.since <= ?3 AND g.person > ?4 AND g.person <> ?5 AND NOT EXISTS "
                    "(SELECT 1 FROM answer a WHERE a.org = ?1 AND a.conversation = ?2 "
                    "AND a.seq = ?3 AND a.person = g.person) ORDER BY g.person LIMIT ?6",
                    INT(r->org), INT(in->conversation), INT(in->seq), INT(in->after),
                    INT(in->author), INT(limit));
    return READ(r,
                "SELECT person FROM reading WHERE org = ?1 AND conversation = ?2 AND since <= ?3 "
                "AND person > ?4 AND person <> ?5 AND upto < ?3 ORDER BY person LIMIT ?6",
                INT(r->org), INT(in->conversation), INT(in->seq), INT(in->after), INT(in->author),
                INT(limit));
}

#define TALK_REMINDED(F, S)                                  \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 0, 0, "the message to look at")   \
    F(S, PERSON, author, NEEDED, 0, 0, "who reminds")
SCHEMA(talk_reminded, TALK_REMINDED)

static bool talk_reminding(struct request *r, const struct talk_reminding_in *in,
                           struct talk_reminding_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows people = missing(r, in, SLICE);
    struct talk_reminded reminded = {
        .conversation = in->conversation, .seq = in->seq, .author = in->author};
    for (size_t i = 0; i < people.count; i++) {
        int64_t person = row_int(&people, i, 0);
        mentions_note(r, in->conversation, in->seq, &(struct ids){&person, 1}, false);
        event_put(r, person, "remind", in->conversation, &talk_reminded_schema, &reminded);
    }
    if (people.count < SLICE)
        return true;
    struct talk_reminding_in next = *in;
    next.after = row_int(&people, people.count - 1, 0);
    job_add(r, "talk_reminding", r->now, &talk_reminding_in_schema, &next);
    return true;
}

static bool may_remind(struct request *r, const struct talk_remind_in *in)
{
    struct rows found = READ(r,
                             "SELECT author FROM message WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3 AND recalled = 0",
                             INT(r->org), INT(in->conversation), INT(in->seq));
    if (!found.count)
        return fail(r, NOT_FOUND, "seq", "没有这条消息", "there is no such message");
    if (row_int(&found, 0, 0) != r->person)
        return fail(r, FORBIDDEN, "seq", "只有发送者能提醒",
                    "only its author reminds of a message");
    struct rows last = READ(r,
                            "SELECT at FROM reminder WHERE org = ?1 AND conversation = ?2 "
                            "AND seq = ?3",
                            INT(r->org), INT(in->conversation), INT(in->seq));
    int64_t again = last.count ? row_int(&last, 0, 0) + EVERY_MINUTES * MINUTE_MS : 0;
    return again <= r->now || fail_for(r, (again - r->now) / 1000 + 1, "十分钟内只能提醒一次",
                                       "people can be reminded once in ten minutes");
}

static bool talk_remind(struct request *r, const struct talk_remind_in *in,
                        struct talk_remind_out *out)
{
    if (!may_remind(r, in))
        return false;
    WRITE(r,
          "INSERT INTO reminder (org, conversation, seq, at) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (org, conversation, seq) DO UPDATE SET at = excluded.at",
          INT(r->org), INT(in->conversation), INT(in->seq), INT(r->now));
    struct talk_reminding_in all = {.org = r->org,
                                    .conversation = in->conversation,
                                    .seq = in->seq,
                                    .author = r->person,
                                    .is_confirm = in->is_confirm};
    out->people = (int64_t)missing(r, &all, INT64_MAX).count;
    if (out->people)
        job_add(r, "talk_reminding", r->now, &talk_reminding_in_schema, &all);
    return true;
}
