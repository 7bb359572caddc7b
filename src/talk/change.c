/* change: what becomes of a message after it was sent: taken back, edited, reacted to, pinned. */
#include "talk/inner.h"
#include "base/time.h"

enum {
    PINS = 50,           /* in one conversation */
    REACTIONS = 20,      /* kinds on one message */
    ANSWERS_SHOWN = 300, /* some 10 ms of the writer */
    DEFAULT_MINUTES = 24 * 60,
    LONGEST_MINUTES = 365 * 24 * 60,
};

/* ---- rows ---------------------------------------------------------------------------------- */

#define MESSAGE_IN(F, S)                                     \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 1, 1000000000, "the message")
SCHEMA(talk_recall_in, MESSAGE_IN)
SCHEMA(talk_recall_out, NO_FIELDS)

#define EDIT_IN(F, S)                                              \
    MESSAGE_IN(F, S)                                               \
    F(S, TEXT, body, NEEDED, 1, 20000, "what it says from now on") \
    F(S, IDS, mentions, OPTIONAL, 0, 100, "members it calls now")  \
    F(S, BOOL, mentions_all, OPTIONAL, 0, 0, "it calls everybody now")
SCHEMA(talk_edit_in, EDIT_IN)
SCHEMA(talk_edit_out, NO_FIELDS)

SCHEMA(talk_edits_in, MESSAGE_IN)
#define TALK_EDIT(F, S)                                   \
    F(S, TIME, at, NEEDED, 0, 0, "until when it said so") \
    F(S, TEXT, body, NEEDED, 0, 0, "what it said")
SCHEMA(talk_former, TALK_EDIT)
#define EDITS_OUT(F, S) F(S, LIST(talk_former), edits, NEEDED, 0, 0, "oldest first")
SCHEMA(talk_edits_out, EDITS_OUT)

#define REACT_IN(F, S)                           \
    MESSAGE_IN(F, S)                             \
    F(S, TEXT, emoji, NEEDED, 1, 12, "the sign") \
    F(S, BOOL, is_on, NEEDED, 0, 0, "put it, or take it away")
SCHEMA(talk_react_in, REACT_IN)
SCHEMA(talk_react_out, NO_FIELDS)

#define PIN_IN(F, S) \
    MESSAGE_IN(F, S) \
    F(S, BOOL, is_on, NEEDED, 0, 0, "to the top, or away from it")
SCHEMA(talk_pin_in, PIN_IN)
SCHEMA(talk_pin_out, NO_FIELDS)

#define PINS_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the conversation")
SCHEMA(talk_pins_in, PINS_IN)
#define PINS_OUT(F, S)                                                    \
    F(S, LIST(talk_message), messages, NEEDED, 0, 0, "last pinned first") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom they show; names and pictures only")
SCHEMA(talk_pins_out, PINS_OUT)

SCHEMA(talk_rules_in, NO_FIELDS)
#define RULES(F, S)                                                                             \
    F(S, INT, recall_minutes, NEEDED, 0, LONGEST_MINUTES, "how long one's own can be recalled") \
    F(S, INT, edit_minutes, NEEDED, 0, LONGEST_MINUTES, "how long one's own can be edited")     \
    F(S, BOOL, previews, OPTIONAL, 0, 0, "the server looks what stands behind links")
SCHEMA(talk_rules_out, RULES)
SCHEMA(talk_rules_set_in, RULES)
SCHEMA(talk_rules_set_out, NO_FIELDS)

#define CHANGE_OPS(OP)                                                                             \
    OP(talk_recall, "POST", "/v1/conversations/{conversation}/messages/{seq}/recall", WRITES, 0,   \
       "Take a message back: one's own in time, any as the group's manager",                       \
       MAY(talk_member, conversation))                                                             \
    OP(talk_edit, "PUT", "/v1/conversations/{conversation}/messages/{seq}", WRITES, 120,           \
       "Change the words of one's own message; what it said before stays to be seen",              \
       MAY(talk_member, conversation))                                                             \
    OP(talk_edits, "GET", "/v1/conversations/{conversation}/messages/{seq}/edits", READS, 0,       \
       "What a message said before", MAY(talk_member, conversation))                               \
    OP(talk_react, "PUT", "/v1/conversations/{conversation}/messages/{seq}/reactions", WRITES,     \
       300, "Put a sign to a message, or take it away", MAY(talk_member, conversation))            \
    OP(talk_pin, "PUT", "/v1/conversations/{conversation}/messages/{seq}/pin", WRITES, 60,         \
       "Pin a message to the top, or take it down", MAY(talk_pinner, conversation))                \
    OP(talk_pins, "GET", "/v1/conversations/{conversation}/pins", READS, 0, "Messages at the top", \
       MAY(talk_member, conversation))                                                             \
    OP(talk_rules, "GET", "/v1/talk/rules", READS, 0, "The organisation's rules of talking",       \
       MAY_CALL(org_member))                                                                       \
    OP(talk_rules_set, "PUT", "/v1/talk/rules", WRITES, 0, "Set the rules of talking",             \
       MAY_CALL(org_admin))
OPS(CHANGE_OPS)

const struct module talk_change_module = {.name = "talk_change", MODULE_OPS};

/* ---- the organisation's rules --------------------------------------------------------------- */

static void read_rules(struct request *r, struct talk_rules_out *out)
{
    struct rows found = READ(
        r, "SELECT recall_minutes, edit_minutes, has_no_previews FROM talk_rules WHERE org = ?1",
        INT(r->org));
    out->recall_minutes = found.count ? row_int(&found, 0, 0) : DEFAULT_MINUTES;
    out->edit_minutes = found.count ? row_int(&found, 0, 1) : DEFAULT_MINUTES;
    out->previews = !found.count || !row_int(&found, 0, 2);
}

static bool talk_rules(struct request *r, const struct talk_rules_in *in,
                       struct talk_rules_out *out)
{
    (void)in;
    read_rules(r, out);
    return true;
}

static bool talk_rules_set(struct request *r, const struct talk_rules_set_in *in,
                           struct talk_rules_set_out *out)
{
    (void)out;
    struct talk_rules_out former = {0};
    read_rules(r, &former);
    bool previews = HAS(talk_rules_set_in, in, previews) ? in->previews : former.previews;
    WRITE(r,
          "INSERT INTO talk_rules (org, recall_minutes, edit_minutes, has_no_previews) "
          "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (org) DO UPDATE SET "
          "recall_minutes = excluded.recall_minutes, edit_minutes = excluded.edit_minutes, "
          "has_no_previews = excluded.has_no_previews",
          INT(r->org), INT(in->recall_minutes), INT(in->edit_minutes), INT(!previews));
    audit(r, "talk_rules", 0,
          arena_printf(r->arena, "%lld/%lld", (long long)in->recall_minutes,
                       (long long)in->edit_minutes));
    return true;
}

/* ---- showing anew --------------------------------------------------------------------------- */

/* The message with its next version, as it is now, to everybody. */
static void show(struct request *r, int64_t conversation, int64_t seq, int64_t version)
{
    size_t count;
    struct talk_message *shown = messages_read(r, conversation, seq, seq, 1, false, &count);
    if (count)
        event_put_as(r, conversation, version, "message", seq, &talk_message_schema, shown);
}

static void set_traits(struct request *r, int64_t conversation, int64_t seq, int64_t on,
                       int64_t off)
{
    struct rows found = READ(r,
                             "SELECT traits FROM message WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3 AND recalled = 0",
                             INT(r->org), INT(conversation), INT(seq));
    if (!found.count)
        return;
    int64_t version = topic_next_version(r, conversation);
    WRITE(r,
          "UPDATE message SET traits = ?4, changed = 1, version = ?5 "
          "WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
          INT(r->org), INT(conversation), INT(seq), INT((row_int(&found, 0, 0) | on) & ~off),
          INT(version));
    show(r, conversation, seq, version);
}

void message_mark(struct request *r, int64_t conversation, int64_t seq, int64_t traits)
{
    set_traits(r, conversation, seq, traits, 0);
}

void message_unmark(struct request *r, int64_t conversation, int64_t seq, int64_t traits)
{
    set_traits(r, conversation, seq, 0, traits);
}

/* What goes with the words of a message that was not taken back. */
static bool extra_of(struct request *r, int64_t conversation, int64_t seq, struct talk_extra *out)
{
    struct rows found = READ(r,
                             "SELECT extra FROM message WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3 AND recalled = 0",
                             INT(r->org), INT(conversation), INT(seq));
    struct str text = found.count ? row_text(&found, 0, 0) : S("");
    const struct talk_extra *former = text.len ? object_read(r, &talk_extra_schema, text) : NULL;
    *out = former ? *former : (struct talk_extra){0};
    return found.count != 0;
}

static void put_extra(struct request *r, int64_t conversation, int64_t seq,
                      const struct talk_extra *extra)
{
    int64_t version = topic_next_version(r, conversation);
    WRITE(r,
          "UPDATE message SET extra = ?4, changed = 1, version = ?5 "
          "WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
          INT(r->org), INT(conversation), INT(seq),
          TEXT(object_write(r, &talk_extra_schema, extra)), INT(version));
    show(r, conversation, seq, version);
}

void talk_card_set(struct request *r, int64_t conversation, int64_t seq,
                   const struct talk_card *card)
{
    struct talk_extra extra;
    struct talk_card kept = *card;
    if (!extra_of(r, conversation, seq, &extra))
        return;
    extra.card = &kept;
    put_extra(r, conversation, seq, &extra);
}

void message_link_set(struct request *r, int64_t conversation, int64_t seq,
                      const struct talk_link *link)
{
    struct talk_extra extra;
    struct talk_link kept = *link;
    if (!extra_of(r, conversation, seq, &extra) || extra.link)
        return;
    extra.link = &kept;
    put_extra(r, conversation, seq, &extra);
}

/* Answers show the beginning of what they answer, so they change with it: the newest ones at once.
 * Older ones show it when they are read again. */
static void show_answers(struct request *r, int64_t conversation, int64_t seq)
{
    struct rows answers =
        READ(r,
             "SELECT seq FROM message WHERE org = ?1 AND conversation = ?2 AND reply_to = ?3 "
             "AND recalled = 0 ORDER BY seq DESC LIMIT ?4",
             INT(r->org), INT(conversation), INT(seq), INT(ANSWERS_SHOWN));
    for (size_t i = 0; i < answers.count; i++)
        message_mark(r, conversation, row_int(&answers, i, 0), 0);
}

/* ---- recalling and editing ------------------------------------------------------------------ */

/* A message that its author, or a manager, is about to change. Not of the system, not recalled. */
struct subject {
    int64_t id, author, at;
    struct str body;
    bool is_recalled;
};

static bool find_subject(struct request *r, int64_t conversation, int64_t seq, struct subject *out)
{
    struct rows found = READ(r,
                             "SELECT author, at, recalled, body, kind, id FROM message "
                             "WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
                             INT(r->org), INT(conversation), INT(seq));
    if (!found.count || str_starts(row_text(&found, 0, 4), S("notice")))
        return fail(r, NOT_FOUND, "seq", "没有这条消息", "there is no such message");
    *out = (struct subject){.author = row_int(&found, 0, 0),
                            .at = row_int(&found, 0, 1),
                            .is_recalled = row_int(&found, 0, 2) != 0,
                            .body = row_text(&found, 0, 3),
                            .id = row_int(&found, 0, 5)};
    return true;
}

static bool may_recall(struct request *r, const struct subject *subject)
{
    struct talk_rules_out rules = {0};
    talk_rules(r, &(struct talk_rules_in){0}, &rules);
    if (r->now - subject->at <= rules.recall_minutes * MINUTE_MS)
        return true;
    struct str zh =
        arena_printf(r->arena, "发出超过 %lld 分钟的消息不能撤回", (long long)rules.recall_minutes);
    struct str en = arena_printf(r->arena, "a message can be taken back for %lld minutes",
                                 (long long)rules.recall_minutes);
    return fail(r, CONFLICT, "seq", zh.ptr, en.ptr);
}

/* Nothing of it stays, but that there was something. */
static void wipe(struct request *r, int64_t conversation, int64_t seq, int64_t id, int64_t traits)
{
    int64_t version = topic_next_version(r, conversation);
    search_change(r, conversation, seq, true);
    WRITE(r,
          "UPDATE message SET kind = 'text', body = '', people = '', files = '', extra = NULL, "
          "traits = ?6, changed = 1, recalled = ?4, version = ?5 "
          "WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
          INT(r->org), INT(conversation), INT(seq), INT(r->now), INT(version), INT(traits));
    WRITE(r, "DELETE FROM mention WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
          INT(conversation), INT(seq));
    WRITE(r, "DELETE FROM message_edit WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
          INT(r->org), INT(conversation), INT(seq));
    WRITE(r, "DELETE FROM reaction WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
          INT(conversation), INT(seq));
    WRITE(r, "DELETE FROM pin WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
          INT(conversation), INT(seq));
    WRITE(r, "DELETE FROM answer WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
          INT(conversation), INT(seq));
    WRITE(r, "DELETE FROM poll WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
          INT(conversation), INT(seq));
    file_release(r, id, talk_gate.kind);
    show(r, conversation, seq, version);
    show_answers(r, conversation, seq);
}

void message_expire(struct request *r, int64_t conversation, int64_t seq)
{
    struct rows found = READ(r,
                             "SELECT id FROM message WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3",
                             INT(r->org), INT(conversation), INT(seq));
    if (found.count)
        wipe(r, conversation, seq, row_int(&found, 0, 0), TRAIT_EXPIRED);
}

static bool talk_recall(struct request *r, const struct talk_recall_in *in,
                        struct talk_recall_out *out)
{
    (void)out;
    struct subject subject;
    if (!find_subject(r, in->conversation, in->seq, &subject))
        return false;
    if (subject.is_recalled)
        return true;
    bool is_own = subject.author == r->person;
    if (is_own ? !may_recall(r, &subject) : !talk_manager.allows(r, in->conversation))
        return false;
    if (!is_own)
        audit(r, "recall", subject.author, S(""));
    wipe(r, in->conversation, in->seq, subject.id, 0);
    return true;
}

static bool may_edit(struct request *r, const struct subject *subject)
{
    struct talk_rules_out rules = {0};
    talk_rules(r, &(struct talk_rules_in){0}, &rules);
    if (subject->author != r->person)
        return fail(r, FORBIDDEN, "seq", "只能修改自己的消息",
                    "only one's own messages can be edited");
    if (subject->is_recalled)
        return fail(r, CONFLICT, "seq", "消息已撤回", "the message was taken back");
    if (r->now - subject->at <= rules.edit_minutes * MINUTE_MS)
        return true;
    struct str zh =
        arena_printf(r->arena, "发出超过 %lld 分钟的消息不能修改", (long long)rules.edit_minutes);
    struct str en = arena_printf(r->arena, "a message can be edited for %lld minutes",
                                 (long long)rules.edit_minutes);
    return fail(r, CONFLICT, "seq", zh.ptr, en.ptr);
}

static bool talk_edit(struct request *r, const struct talk_edit_in *in, struct talk_edit_out *out)
{
    (void)out;
    struct subject subject;
    struct str body = str_trim(in->body);
    if (!find_subject(r, in->conversation, in->seq, &subject) || !may_edit(r, &subject))
        return false;
    if (!body.len)
        return fail(r, BAD_INPUT, "body", "消息不能为空", "a message needs words or a file");
    if (!mentions_are_members(r, in->conversation, &in->mentions))
        return false;
    int64_t version = topic_next_version(r, in->conversation);
    WRITE(r,
          "INSERT INTO message_edit (org, conversation, seq, version, at, body) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
          INT(r->org), INT(in->conversation), INT(in->seq), INT(version), INT(r->now),
          TEXT(subject.body));
    search_change(r, in->conversation, in->seq, true);
    WRITE(r,
          "UPDATE message SET body = ?4, people = ?5, edited = ?6, changed = 1, version = ?7 "
          "WHERE org = ?1 AND conversation = ?2 AND seq = ?3",
          INT(r->org), INT(in->conversation), INT(in->seq), TEXT(body),
          TEXT(mentions_write(r, &in->mentions, in->mentions_all)), INT(r->now), INT(version));
    WRITE(r, "DELETE FROM mention WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
          INT(in->conversation), INT(in->seq));
    mentions_note(r, in->conversation, in->seq, &in->mentions, in->mentions_all);
    search_change(r, in->conversation, in->seq, false);
    show(r, in->conversation, in->seq, version);
    show_answers(r, in->conversation, in->seq);
    return true;
}

static bool talk_edits(struct request *r, const struct talk_edits_in *in,
                       struct talk_edits_out *out)
{
    if (!message_is_there(r, in->conversation, in->seq, "seq"))
        return false;
    struct rows found = READ(r,
                             "SELECT at, body FROM message_edit WHERE org = ?1 "
                             "AND conversation = ?2 AND seq = ?3 ORDER BY version LIMIT 200",
                             INT(r->org), INT(in->conversation), INT(in->seq));
    out->edits.at = ARENA_ARRAY(r->arena, found.count, struct talk_former);
    out->edits.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->edits.at[i] =
            (struct talk_former){.at = row_int(&found, i, 0), .body = row_text(&found, i, 1)};
    return true;
}

/* ---- reactions and pins --------------------------------------------------------------------- */

static bool is_open(struct request *r, int64_t conversation, int64_t seq)
{
    struct subject subject;
    return message_is_there(r, conversation, seq, "seq") &&
           find_subject(r, conversation, seq, &subject) &&
           (!subject.is_recalled ||
            fail(r, CONFLICT, "seq", "消息已撤回", "the message was taken back"));
}

static bool talk_react(struct request *r, const struct talk_react_in *in,
                       struct talk_react_out *out)
{
    (void)out;
    struct str emoji = str_trim(in->emoji);
    if (!is_open(r, in->conversation, in->seq))
        return false;
    if (!emoji.len)
        return fail(r, BAD_INPUT, "emoji", "表情不能为空", "a sign is needed");
    struct rows kinds = READ(r,
                             "SELECT count(DISTINCT emoji) FROM reaction WHERE org = ?1 "
                             "AND conversation = ?2 AND seq = ?3 AND emoji <> ?4",
                             INT(r->org), INT(in->conversation), INT(in->seq), TEXT(emoji));
    if (in->is_on && row_int(&kinds, 0, 0) >= REACTIONS)
        return fail(r, CONFLICT, "emoji", "这条消息的表情种类已满",
                    "this message has all the signs it can have");
    if (in->is_on)
        WRITE(r,
              "INSERT INTO reaction (org, conversation, seq, emoji, person, at) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
              "ON CONFLICT (org, conversation, seq, emoji, person) DO NOTHING",
              INT(r->org), INT(in->conversation), INT(in->seq), TEXT(emoji), INT(r->person),
              INT(r->now));
    else
        WRITE(r,
              "DELETE FROM reaction WHERE org = ?1 AND conversation = ?2 AND seq = ?3 "
              "AND emoji = ?4 AND person = ?5",
              INT(r->org), INT(in->conversation), INT(in->seq), TEXT(emoji), INT(r->person));
    message_mark(r, in->conversation, in->seq, TRAIT_REACTIONS);
    return true;
}

static bool talk_pin(struct request *r, const struct talk_pin_in *in, struct talk_pin_out *out)
{
    (void)out;
    if (!is_open(r, in->conversation, in->seq))
        return false;
    struct rows pins = READ(r,
                            "SELECT count(*) FROM pin WHERE org = ?1 AND conversation = ?2 "
                            "AND seq <> ?3",
                            INT(r->org), INT(in->conversation), INT(in->seq));
    if (in->is_on && row_int(&pins, 0, 0) >= PINS)
        return fail(r, CONFLICT, "seq", "置顶消息已达 50 条", "there are 50 pinned messages");
    if (!in->is_on) {
        WRITE(r, "DELETE FROM pin WHERE org = ?1 AND conversation = ?2 AND seq = ?3", INT(r->org),
              INT(in->conversation), INT(in->seq));
        message_unmark(r, in->conversation, in->seq, TRAIT_PINNED);
        return true;
    }
    WRITE(r,
          "INSERT INTO pin (org, conversation, seq, person, at) VALUES (?1, ?2, ?3, ?4, ?5) "
          "ON CONFLICT (org, conversation, seq) DO NOTHING",
          INT(r->org), INT(in->conversation), INT(in->seq), INT(r->person), INT(r->now));
    message_mark(r, in->conversation, in->seq, TRAIT_PINNED);
    return true;
}

static bool talk_pins(struct request *r, const struct talk_pins_in *in, struct talk_pins_out *out)
{
    int64_t since = 1, upto = 0;
    reading_of(r, in->conversation, &since, &upto);
    struct rows found = READ(r,
                             "SELECT seq FROM pin WHERE org = ?1 AND conversation = ?2 "
                             "AND seq >= ?3 ORDER BY at DESC, seq DESC LIMIT ?4",
                             INT(r->org), INT(in->conversation), INT(since), INT(PINS));
    out->messages.at = ARENA_ARRAY(r->arena, found.count, struct talk_message);
    for (size_t i = 0; i < found.count; i++) {
        int64_t seq = row_int(&found, i, 0);
        size_t count;
        struct talk_message *message =
            messages_read(r, in->conversation, seq, seq, 1, false, &count);
        if (count)
            out->messages.at[out->messages.count++] = *message;
    }
    messages_for_caller(r, in->conversation, out->messages.at, out->messages.count);
    out->people.at = messages_faces(r, out->messages.at, out->messages.count, &out->people.count);
    return true;
}
