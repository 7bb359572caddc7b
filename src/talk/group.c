/* group: a group's title, picture, rules and notice; coming in by link, code or number; its end. */
#include "talk/inner.h"
#include "base/id.h"
#include "base/time.h"

#include <sodium.h>
#include <stddef.h>

enum { REQUESTS = 100, LINK_DAYS = 365, LOWEST_NUMBER = 10000000, NUMBERS = 90000000 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define GROUP_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the group")

#define RENAME_IN(F, S) \
    GROUP_IN(F, S)      \
    F(S, TEXT, title, NEEDED, 1, 80, "its new title")
SCHEMA(talk_rename_in, RENAME_IN)
SCHEMA(talk_rename_out, NO_FIELDS)

#define PICTURE_IN(F, S) \
    GROUP_IN(F, S)       \
    F(S, ID, file, OPTIONAL, 0, 0, "a picture that the caller uploaded; absent: none any more")
SCHEMA(talk_picture_in, PICTURE_IN)
SCHEMA(talk_picture_out, NO_FIELDS)

#define SET_IN(F, S) \
    GROUP_IN(F, S)   \
    TALK_SWITCHES(F, S)
SCHEMA(talk_group_set_in, SET_IN)
SCHEMA(talk_group_set_out, NO_FIELDS)

#define NOTICE_IN(F, S) \
    GROUP_IN(F, S)      \
    F(S, TEXT, body, NEEDED, 0, 5000, "for all to read; empty: none any more")
SCHEMA(talk_notice_in, NOTICE_IN)
SCHEMA(talk_notice_out, NO_FIELDS)
SCHEMA(talk_notice_get_in, GROUP_IN)
#define NOTICE_OUT(F, S)                                                                     \
    F(S, TEXT, body, OPTIONAL, 0, 0, "the notice; absent: none")                             \
    F(S, PERSON, person, OPTIONAL, 0, 0, "who wrote it")                                     \
    F(S, TIME, at, OPTIONAL, 0, 0, "when")                                                   \
    F(S, INT, seq, OPTIONAL, 0, 0, "the message that told it: its readers are the notice's") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "its writer")
SCHEMA(talk_notice_get_out, NOTICE_OUT)

#define LINK_IN(F, S) \
    GROUP_IN(F, S)    \
    F(S, INT, days, OPTIONAL, 1, LINK_DAYS, "how long it works; 7 otherwise")
SCHEMA(talk_link_in, LINK_IN)
#define LINK_OUT(F, S)                                            \
    F(S, TEXT, token, NEEDED, 0, 0, "for the address /#/g/TOKEN") \
    F(S, TIME, expires, NEEDED, 0, 0, "until when it works")
SCHEMA(talk_link_out, LINK_OUT)

#define BY_IN(F, S)                                          \
    F(S, TEXT, token, OPTIONAL, 1, 100, "of a link or code") \
    F(S, INT, number, OPTIONAL, LOWEST_NUMBER, 99999999, "or the group's number")
SCHEMA(talk_group_find_in, BY_IN)
#define FOUND_OUT(F, S)                                                   \
    F(S, ID, conversation, OPTIONAL, 0, 0, "to members: where to go")     \
    F(S, TEXT, title, NEEDED, 0, 0, "the group's title")                  \
    F(S, INT, members, NEEDED, 0, 0, "how many people")                   \
    F(S, ID, avatar, OPTIONAL, 0, 0, "its picture")                       \
    F(S, BOOL, asks_managers, OPTIONAL, 0, 0, "a manager lets people in") \
    F(S, BOOL, is_waiting, OPTIONAL, 0, 0, "the caller has asked already")
SCHEMA(talk_group_find_out, FOUND_OUT)

#define JOIN_IN(F, S) \
    BY_IN(F, S)       \
    F(S, TEXT, words, OPTIONAL, 0, 200, "to the managers, where they let people in")
SCHEMA(talk_join_in, JOIN_IN)
#define JOIN_OUT(F, S)                                           \
    F(S, ID, conversation, OPTIONAL, 0, 0, "the group, when in") \
    F(S, BOOL, is_waiting, OPTIONAL, 0, 0, "a manager has been asked")
SCHEMA(talk_join_out, JOIN_OUT)

SCHEMA(talk_requests_in, GROUP_IN)
#define TALK_REQUEST(F, S)                             \
    F(S, ID, conversation, NEEDED, 0, 0, "the group")  \
    F(S, PERSON, person, NEEDED, 0, 0, "who wants in") \
    F(S, TEXT, words, OPTIONAL, 0, 0, "what they say") \
    F(S, TIME, at, NEEDED, 0, 0, "since when")
SCHEMA(talk_request, TALK_REQUEST)
#define REQUESTS_OUT(F, S)                                           \
    F(S, LIST(talk_request), requests, NEEDED, 0, 0, "oldest first") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "who they are")
SCHEMA(talk_requests_out, REQUESTS_OUT)

#define ANSWER_IN(F, S)                             \
    GROUP_IN(F, S)                                  \
    F(S, PERSON, person, NEEDED, 0, 0, "who asked") \
    F(S, BOOL, accepts, NEEDED, 0, 0, "let them in, or not")
SCHEMA(talk_request_answer_in, ANSWER_IN)
SCHEMA(talk_request_answer_out, NO_FIELDS)

SCHEMA(talk_dissolve_in, GROUP_IN)
SCHEMA(talk_dissolve_out, NO_FIELDS)

#define GROUP_OPS(OP)                                                                             \
    OP(talk_rename, "PUT", "/v1/conversations/{conversation}/title", WRITES, 0, "Rename a group", \
       MAY(talk_manager, conversation))                                                           \
    OP(talk_picture, "PUT", "/v1/conversations/{conversation}/picture", WRITES, 0,                \
       "Give a group a picture", MAY(talk_manager, conversation))                                 \
    OP(talk_group_set, "PATCH", "/v1/conversations/{conversation}/switches", WRITES, 0,           \
       "Set a group's switches; those not given stay", MAY(talk_manager, conversation))           \
    OP(talk_notice, "PUT", "/v1/conversations/{conversation}/notice", WRITES, 20,                 \
       "Put a notice above a group, and tell it", MAY(talk_manager, conversation))                \
    OP(talk_notice_get, "GET", "/v1/conversations/{conversation}/notice", READS, 0,               \
       "The notice above a group", MAY(talk_member, conversation))                                \
    OP(talk_link, "POST", "/v1/conversations/{conversation}/links", WRITES, 30,                   \
       "Make a link or code by which people of the organisation come in",                         \
       MAY(talk_adder, conversation))                                                             \
    OP(talk_group_find, "POST", "/v1/groups/find", READS, 60, "Which group is it?",               \
       MAY_CALL(org_member))                                                                      \
    OP(talk_join, "POST", "/v1/groups/join", WRITES, 30, "Come in by link, code or number",       \
       MAY_CALL(org_member))                                                                      \
    OP(talk_requests, "GET", "/v1/conversations/{conversation}/requests", READS, 0,               \
       "Who wants to come in", MAY(talk_manager, conversation))                                   \
    OP(talk_request_answer, "POST", "/v1/conversations/{conversation}/requests/{person}", WRITES, \
       0, "Let somebody in, or not", MAY(talk_manager, conversation))                             \
    OP(talk_dissolve, "POST", "/v1/conversations/{conversation}/dissolve", WRITES, 0,             \
       "End a group: it can be read, and no more", MAY(talk_owner, conversation))
OPS(GROUP_OPS)

const struct module talk_group_module = {.name = "talk_group", MODULE_OPS};

/* ---- switches ------------------------------------------------------------------------------- */

/* Every switch stands at the same place of both structs' lists. */
#define SWITCH(name, bit)                                                               \
    {                                                                                   \
        offsetof(struct talk_switches, name), offsetof(struct talk_group_set_in, name), \
            talk_group_set_in_at_##name, bit                                            \
    }
static const struct {
    size_t shown, given;
    int field;
    int64_t bit;
} switches[] = {
    SWITCH(all_by_managers, GROUP_ALL_BY_MANAGERS),
    SWITCH(add_by_managers, GROUP_ADD_BY_MANAGERS),
    SWITCH(pin_by_managers, GROUP_PIN_BY_MANAGERS),
    SWITCH(asks_managers, GROUP_ASKS_MANAGERS),
    SWITCH(shows_history, GROUP_SHOWS_HISTORY),
    SWITCH(is_muted, GROUP_MUTED),
    SWITCH(is_unlisted, GROUP_UNLISTED),
    SWITCH(counts_only, GROUP_COUNTS_ONLY),
    SWITCH(no_private, GROUP_NO_PRIVATE),
    SWITCH(stays, GROUP_STAYS),
};
enum { SWITCHES = sizeof switches / sizeof *switches };

int64_t group_switches(struct request *r, int64_t conversation)
{
    struct rows found = READ(r, "SELECT switches FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(conversation));
    return found.count ? row_int(&found, 0, 0) : 0;
}

struct talk_switches *group_show_switches(int64_t bits, struct talk_switches *out)
{
    *out = (struct talk_switches){0};
    for (size_t i = 0; i < SWITCHES; i++)
        *(bool *)((char *)out + switches[i].shown) = (bits & switches[i].bit) != 0;
    return bits ? out : NULL;
}

static bool talk_group_set(struct request *r, const struct talk_group_set_in *in,
                           struct talk_group_set_out *out)
{
    (void)out;
    if (!conversation_is_group(r, in->conversation))
        return false;
    int64_t former = group_switches(r, in->conversation), bits = former;
    for (size_t i = 0; i < SWITCHES; i++) {
        if (!(in->has >> switches[i].field & 1))
            continue;
        bool is_on = *(const bool *)((const char *)in + switches[i].given);
        bits = is_on ? bits | switches[i].bit : bits & ~switches[i].bit;
    }
    if (bits == former)
        return true;
    WRITE(r, "UPDATE conversation SET switches = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(in->conversation), INT(bits));
    if ((bits ^ former) & GROUP_MUTED)
        post_notice(r, in->conversation, bits & GROUP_MUTED ? "muted" : "unmuted", S(""),
                    &(struct ids){0});
    conversation_tell_all(r, in->conversation);
    return true;
}

bool group_forbids_private(struct request *r, int64_t one, int64_t other)
{
    struct rows found = READ(r,
                             "SELECT c.switches FROM member a JOIN member b ON b.org = a.org "
                             "AND b.conversation = a.conversation AND b.person = ?3 "
                             "JOIN conversation c ON c.org = a.org AND c.id = a.conversation "
                             "WHERE a.org = ?1 AND a.person = ?2 AND a.role = 'member' "
                             "AND b.role = 'member' AND c.switches IS NOT NULL "
                             "AND c.closed IS NULL",
                             INT(r->org), INT(one), INT(other));
    for (size_t i = 0; i < found.count; i++)
        if (row_int(&found, i, 0) & GROUP_NO_PRIVATE)
            return true;
    return false;
}

/* ---- title and picture ---------------------------------------------------------------------- */

static bool talk_rename(struct request *r, const struct talk_rename_in *in,
                        struct talk_rename_out *out)
{
    (void)out;
    struct str title = str_trim(in->title);
    if (!conversation_is_group(r, in->conversation))
        return false;
    if (!title.len)
        return fail(r, BAD_INPUT, "title", "群名称不能为空", "a group needs a title");
    WRITE(r, "UPDATE conversation SET title = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(in->conversation), TEXT(title));
    post_notice(r, in->conversation, "renamed", title, &(struct ids){0});
    conversation_tell_all(r, in->conversation);
    return true;
}

/* A group's picture is for those who may see the group's name: its members, and whoever looks it
 * up. */
static bool shows_picture(struct request *r, int64_t conversation)
{
    struct rows found = READ(r, "SELECT 1 FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(conversation));
    return r->person && found.count;
}
const struct file_gate group_gate = {"group", shows_picture};

static bool talk_picture(struct request *r, const struct talk_picture_in *in,
                         struct talk_picture_out *out)
{
    (void)out;
    if (!conversation_is_group(r, in->conversation) ||
        !file_take_picture(r, "file", in->file, in->conversation, group_gate.kind))
        return false;
    WRITE(r, "UPDATE conversation SET avatar = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(in->conversation), in->file ? INT(in->file) : NONE);
    conversation_tell_all(r, in->conversation);
    return true;
}

/* ---- the notice ----------------------------------------------------------------------------- */

static bool talk_notice(struct request *r, const struct talk_notice_in *in,
                        struct talk_notice_out *out)
{
    (void)out;
    struct str body = str_trim(in->body);
    if (!conversation_is_group(r, in->conversation))
        return false;
    if (!body.len) {
        WRITE(r, "DELETE FROM group_notice WHERE org = ?1 AND conversation = ?2", INT(r->org),
              INT(in->conversation));
        conversation_tell_all(r, in->conversation);
        return true;
    }
    struct talk_card card = {.kind = S("notice"), .title = S("$notice")};
    struct talk_extra extra = {.card = &card};
    struct talk_past past = {.conversation = in->conversation,
                             .author = r->person,
                             .body = body,
                             .mentions_all = true,
                             .extra = &extra};
    int64_t seq = talk_post(r, &past);
    WRITE(r,
          "INSERT INTO group_notice (org, conversation, body, person, at, seq) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (org, conversation) DO UPDATE SET "
          "body = excluded.body, person = excluded.person, at = excluded.at, seq = excluded.seq",
          INT(r->org), INT(in->conversation), TEXT(body), INT(r->person), INT(r->now), INT(seq));
    conversation_tell_all(r, in->conversation);
    return true;
}

static bool talk_notice_get(struct request *r, const struct talk_notice_get_in *in,
                            struct talk_notice_get_out *out)
{
    struct rows found = READ(r,
                             "SELECT body, person, at, seq FROM group_notice WHERE org = ?1 "
                             "AND conversation = ?2",
                             INT(r->org), INT(in->conversation));
    if (!found.count)
        return true;
    out->body = row_text(&found, 0, 0);
    out->person = row_int(&found, 0, 1);
    out->at = row_int(&found, 0, 2);
    out->seq = row_int(&found, 0, 3);
    out->people.at = org_faces(r, &out->person, 1, &out->people.count);
    return true;
}

/* ---- coming in by link, code or number ------------------------------------------------------- */

int64_t group_number_new(struct request *r)
{
    for (int i = 0; i < 20; i++) {
        int64_t number = LOWEST_NUMBER + (int64_t)randombytes_uniform(NUMBERS);
        struct rows taken = READ(r, "SELECT 1 FROM conversation WHERE org = ?1 AND number = ?2",
                                 INT(r->org), INT(number));
        if (!taken.count)
            return number;
    }
    return 0; /* the group is then found by links only */
}

static bool talk_link(struct request *r, const struct talk_link_in *in, struct talk_link_out *out)
{
    if (!conversation_is_group(r, in->conversation))
        return false;
    out->token = org_token_new(r->arena);
    out->expires = r->now + (in->days ? in->days : 7) * DAY_MS;
    WRITE(r, "DELETE FROM group_link WHERE org = ?1 AND conversation = ?2 AND expires < ?3",
          INT(r->org), INT(in->conversation), INT(r->now));
    WRITE(r,
          "INSERT INTO group_link (org, hash, conversation, person, expires) "
          "VALUES (?1, ?2, ?3, ?4, ?5)",
          INT(r->org), BLOB(org_token_hash(r->arena, out->token)), INT(in->conversation),
          INT(r->person), INT(out->expires));
    return true;
}

/* The group that the token or number names, or 0 after fail(). */
static int64_t find_group(struct request *r, struct str token, int64_t number)
{
    struct rows found =
        token.len ? READ(r,
                         "SELECT conversation FROM group_link WHERE org = ?1 AND hash = ?2 "
                         "AND expires > ?3",
                         INT(r->org), BLOB(org_token_hash(r->arena, token)), INT(r->now))
                  : READ(r, "SELECT id FROM conversation WHERE org = ?1 AND number = ?2",
                         INT(r->org), INT(number));
    int64_t group = found.count ? row_int(&found, 0, 0) : 0;
    bool is_hidden = !token.len && group && group_switches(r, group) & GROUP_UNLISTED;
    if (group && !is_hidden)
        return group;
    fail(r, NOT_FOUND, token.len ? "token" : "number",
         token.len ? "链接或二维码已失效" : "没有这个群号",
         token.len ? "this link no longer works" : "there is no group of this number");
    return 0;
}

static bool is_member(struct request *r, int64_t conversation, int64_t person)
{
    struct rows found = READ(r,
                             "SELECT 1 FROM member WHERE org = ?1 AND conversation = ?2 "
                             "AND person = ?3",
                             INT(r->org), INT(conversation), INT(person));
    return found.count != 0;
}

static bool is_waiting(struct request *r, int64_t conversation, int64_t person)
{
    struct rows found = READ(r,
                             "SELECT 1 FROM group_request WHERE org = ?1 AND conversation = ?2 "
                             "AND person = ?3",
                             INT(r->org), INT(conversation), INT(person));
    return found.count != 0;
}

static bool talk_group_find(struct request *r, const struct talk_group_find_in *in,
                            struct talk_group_find_out *out)
{
    int64_t group = find_group(r, in->token, in->number);
    if (!group)
        return false;
    struct rows found = READ(r,
                             "SELECT title, members, avatar, switches FROM conversation "
                             "WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(group));
    out->title = row_text(&found, 0, 0);
    out->members = row_int(&found, 0, 1);
    out->avatar = row_int(&found, 0, 2);
    out->asks_managers = (row_int(&found, 0, 3) & GROUP_ASKS_MANAGERS) != 0;
    out->conversation = is_member(r, group, r->person) ? group : 0;
    out->is_waiting = is_waiting(r, group, r->person);
    return true;
}

static void let_in(struct request *r, int64_t group, int64_t person)
{
    WRITE(r, "DELETE FROM group_request WHERE org = ?1 AND conversation = ?2 AND person = ?3",
          INT(r->org), INT(group), INT(person));
    if (is_member(r, group, person))
        return;
    struct ids come = {&person, 1};
    members_insert(r, group, &come);
    members_welcome(r, group, &come, "joined");
    conversation_tell_all(r, group);
}

/* A request comes and goes on the screens of those who decide. */
static void tell_managers(struct request *r, const struct talk_request *request, bool is_gone)
{
    struct rows found = READ(r,
                             "SELECT person FROM member WHERE org = ?1 AND conversation = ?2 "
                             "AND role <> 'member' LIMIT 50",
                             INT(r->org), INT(request->conversation));
    for (size_t i = 0; i < found.count; i++)
        if (is_gone)
            event_drop(r, row_int(&found, i, 0), "request", request->person);
        else
            event_put(r, row_int(&found, i, 0), "request", request->person, &talk_request_schema,
                      request);
}

static bool talk_join(struct request *r, const struct talk_join_in *in, struct talk_join_out *out)
{
    int64_t group = find_group(r, in->token, in->number);
    if (!group || !conversation_is_group(r, group))
        return false;
    if (!is_member(r, group, r->person) && group_switches(r, group) & GROUP_ASKS_MANAGERS) {
        struct talk_request request = {
            .conversation = group, .person = r->person, .words = str_trim(in->words), .at = r->now};
        WRITE(r,
              "INSERT INTO group_request (org, conversation, person, words, at) "
              "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (org, conversation, person) "
              "DO UPDATE SET words = excluded.words",
              INT(r->org), INT(group), INT(r->person), TEXT(request.words), INT(r->now));
        tell_managers(r, &request, false);
        out->is_waiting = true;
        return true;
    }
    let_in(r, group, r->person);
    out->conversation = group;
    return true;
}

static bool talk_requests(struct request *r, const struct talk_requests_in *in,
                          struct talk_requests_out *out)
{
    struct rows found = READ(r,
                             "SELECT person, words, at FROM group_request WHERE org = ?1 "
                             "AND conversation = ?2 ORDER BY at, person LIMIT ?3",
                             INT(r->org), INT(in->conversation), INT(REQUESTS));
    int64_t *ids = ARENA_ARRAY(r->arena, found.count, int64_t);
    out->requests.at = ARENA_ARRAY(r->arena, found.count, struct talk_request);
    out->requests.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        ids[i] = row_int(&found, i, 0);
        out->requests.at[i] = (struct talk_request){.conversation = in->conversation,
                                                    .person = ids[i],
                                                    .words = row_text(&found, i, 1),
                                                    .at = row_int(&found, i, 2)};
    }
    out->people.at = org_cards(r, ids, found.count, &out->people.count);
    return true;
}

static bool talk_request_answer(struct request *r, const struct talk_request_answer_in *in,
                                struct talk_request_answer_out *out)
{
    (void)out;
    if (!conversation_is_group(r, in->conversation))
        return false;
    if (!is_waiting(r, in->conversation, in->person))
        return fail(r, NOT_FOUND, "person", "这个人没有申请入群", "this person has not asked");
    if (in->accepts && org_is_active(r, in->person))
        let_in(r, in->conversation, in->person);
    else
        WRITE(r, "DELETE FROM group_request WHERE org = ?1 AND conversation = ?2 AND person = ?3",
              INT(r->org), INT(in->conversation), INT(in->person));
    struct talk_request gone = {.conversation = in->conversation, .person = in->person};
    tell_managers(r, &gone, true);
    return true;
}

/* ---- its end -------------------------------------------------------------------------------- */

static bool talk_dissolve(struct request *r, const struct talk_dissolve_in *in,
                          struct talk_dissolve_out *out)
{
    (void)out;
    if (!conversation_is_group(r, in->conversation))
        return false;
    post_notice(r, in->conversation, "dissolved", S(""), &(struct ids){0});
    WRITE(r, "UPDATE conversation SET closed = ?3, number = NULL WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(in->conversation), INT(r->now));
    WRITE(r, "DELETE FROM group_link WHERE org = ?1 AND conversation = ?2", INT(r->org),
          INT(in->conversation));
    WRITE(r, "DELETE FROM group_request WHERE org = ?1 AND conversation = ?2", INT(r->org),
          INT(in->conversation));
    conversation_tell_all(r, in->conversation);
    return true;
}
