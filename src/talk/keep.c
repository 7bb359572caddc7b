/* keep: how long messages are kept. What is too old is wiped, a little at a time, once an hour: its
 * number stays, and everybody who holds it is told that nothing of it is left. */
#include "talk/inner.h"
#include "base/must.h"
#include "base/time.h"

enum { SLICE = 50, CONVERSATIONS = 200, LONGEST_DAYS = 36500 };

#define KEEPING(F, S)                                                                        \
    F(S, ID, conversation, OPTIONAL, 0, 0, "a group's own rule; absent: the organisation's") \
    F(S, INT, days, OPTIONAL, 0, LONGEST_DAYS,                                               \
      "kept so long; 0: for ever; absent: no rule of its own")
SCHEMA(talk_keep_set_in, KEEPING)
SCHEMA(talk_keep_set_out, NO_FIELDS)

#define KEEP_IN(F, S) F(S, ID, conversation, OPTIONAL, 0, 0, "a group; absent: the organisation")
SCHEMA(talk_keep_in, KEEP_IN)
#define KEEP_OUT(F, S)                                         \
    F(S, INT, days, NEEDED, 0, 0, "kept so long; 0: for ever") \
    F(S, BOOL, is_own, NEEDED, 0, 0, "by the group's own rule, not by the organisation's")
SCHEMA(talk_keep_out, KEEP_OUT)

#define EXPIRE_IN(F, S)                         \
    F(S, ID, org, NEEDED, 0, 0, "organisation") \
    F(S, ID, conversation, NEEDED, 0, 0, "a conversation")
SCHEMA(talk_expire_in, EXPIRE_IN)
#define EXPIRE_OUT(F, S) F(S, BOOL, is_done, OPTIONAL, 0, 0, "nothing too old is left")
SCHEMA(talk_expire_out, EXPIRE_OUT)

#define KEEP_OPS(OP)                                                                          \
    OP(talk_keep_set, "PUT", "/v1/talk/keeping", WRITES, 0, "Set how long messages are kept", \
       MAY_CALL(org_owner))                                                                   \
    OP(talk_keep, "GET", "/v1/talk/keeping", READS, 0, "How long messages are kept",          \
       MAY_CALL(org_member))                                                                  \
    OP(talk_expire, NULL, NULL, WRITES, 0, "Wipe the next messages that are too old",         \
       MAY_CALL(the_server))
OPS(KEEP_OPS)

static hourly_function expire;
const struct module talk_keep_module = {.name = "talk_keep", MODULE_OPS, .hourly = expire};

/* ---- rules ---------------------------------------------------------------------------------- */

/* Days of one row; false: it has none. */
static bool rule_of(struct request *r, int64_t conversation, int64_t *days)
{
    struct rows found = READ(r, "SELECT days FROM keeping WHERE org = ?1 AND conversation = ?2",
                             INT(r->org), INT(conversation));
    *days = found.count ? row_int(&found, 0, 0) : 0;
    return found.count != 0;
}

static bool talk_keep(struct request *r, const struct talk_keep_in *in, struct talk_keep_out *out)
{
    out->is_own = in->conversation && rule_of(r, in->conversation, &out->days);
    if (!out->is_own)
        rule_of(r, 0, &out->days);
    return true;
}

static bool talk_keep_set(struct request *r, const struct talk_keep_set_in *in,
                          struct talk_keep_set_out *out)
{
    (void)out;
    struct rows group = READ(r, "SELECT title FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(in->conversation));
    if (in->conversation && !group.count)
        return fail(r, NOT_FOUND, "conversation", "没有这个会话", "there is no such conversation");
    if (HAS(talk_keep_set_in, in, days))
        WRITE(r,
              "INSERT INTO keeping (org, conversation, days) VALUES (?1, ?2, ?3) "
              "ON CONFLICT (org, conversation) DO UPDATE SET days = excluded.days",
              INT(r->org), INT(in->conversation), INT(in->days));
    else
        WRITE(r, "DELETE FROM keeping WHERE org = ?1 AND conversation = ?2", INT(r->org),
              INT(in->conversation));
    audit(r, "talk_keep", in->conversation,
          arena_printf(r->arena, "%.*s %lld", STR_ARG(group.count ? row_text(&group, 0, 0) : S("")),
                       (long long)in->days));
    return true;
}

/* ---- wiping --------------------------------------------------------------------------------- */

static bool talk_expire(struct request *r, const struct talk_expire_in *in,
                        struct talk_expire_out *out)
{
    int64_t days = 0;
    r->org = in->org;
    if (!rule_of(r, in->conversation, &days))
        rule_of(r, 0, &days);
    out->is_done = true;
    if (!days)
        return true;
    struct rows kept = READ(r, "SELECT upto FROM kept WHERE org = ?1 AND conversation = ?2",
                            INT(r->org), INT(in->conversation));
    int64_t upto = kept.count ? row_int(&kept, 0, 0) : 0;
    struct rows old = READ(r,
                           "SELECT seq, recalled FROM message WHERE org = ?1 "
                           "AND conversation = ?2 AND seq > ?3 AND at < ?4 ORDER BY seq LIMIT ?5",
                           INT(r->org), INT(in->conversation), INT(upto),
                           INT(r->now - days * DAY_MS), INT(SLICE));
    /* Times rise with numbers but for what was said before by an import: a gap ends the slice. */
    for (size_t i = 0; i < old.count; i++) {
        if (row_int(&old, i, 0) != upto + 1)
            break;
        upto++;
        if (!row_int(&old, i, 1))
            message_expire(r, in->conversation, upto);
    }
    out->is_done = old.count < SLICE || row_int(&old, old.count - 1, 0) != upto;
    WRITE(r,
          "INSERT INTO kept (org, conversation, upto) VALUES (?1, ?2, ?3) "
          "ON CONFLICT (org, conversation) DO UPDATE SET upto = excluded.upto",
          INT(r->org), INT(in->conversation), INT(upto));
    return true;
}

/* True when something of the conversation is still too old. */
static bool expire_some(struct api *api, int64_t org, int64_t conversation, struct arena *arena)
{
    struct str reply, input = arena_printf(arena, "{\"org\":\"%lld\",\"conversation\":\"%lld\"}",
                                           (long long)org, (long long)conversation);
    int status = api_call(api, S("talk_expire"), input, API_SERVER, org, arena, &reply);
    return status == 200 && str_find(reply, S("\"is_done\":true")) < 0;
}

/* Conversations that a rule concerns, in the order of their ids, each until it is done. A slice
 * looks past those whose first message that is left is young. */
static bool expire(struct api *api, struct db *db, struct progress *at, struct arena *arena)
{
    db_snapshot_begin(db);
    struct rows found =
        db_read(db,
                "SELECT c.org, c.id, m.at, COALESCE(g.days, o.days, 0) FROM conversation c "
                "LEFT JOIN keeping g ON g.org = c.org AND g.conversation = c.id "
                "LEFT JOIN keeping o ON o.org = c.org AND o.conversation = 0 "
                "LEFT JOIN kept k ON k.org = c.org AND k.conversation = c.id "
                "LEFT JOIN message m ON m.org = c.org AND m.conversation = c.id "
                "AND m.seq = COALESCE(k.upto, 0) + 1 "
                "WHERE (c.org, c.id) > (?1, ?2) ORDER BY c.org, c.id LIMIT ?3",
                INT(at->org), INT(at->id), INT(CONVERSATIONS));
    db_snapshot_end(db);
    int64_t now = store_time(api_store(api));
    for (size_t i = 0; i < found.count; i++) {
        int64_t org = row_int(&found, i, 0), conversation = row_int(&found, i, 1);
        int64_t first = row_int(&found, i, 2), days = row_int(&found, i, 3);
        if (days && first && first < now - days * DAY_MS &&
            expire_some(api, org, conversation, arena))
            return true; /* at the same place again */
        at->org = org;
        at->id = conversation;
    }
    return found.count == CONVERSATIONS;
}
