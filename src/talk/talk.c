/* talk: conversations and their members; keeping a client in step. */
#include "talk/inner.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/must.h"
#include "base/time.h"

EMBED_SQL(talk);

enum {
    WINDOW = 60, /* conversations of the first answer */
    PAGE = 100,
    MOST_ADDED = 1000, /* people in one call */
};

/* A commit may become visible this much behind its own time. */
static const int64_t OVERLAP_MS = 60 * (int64_t)SECOND_MS;
/* After a longer absence the client starts afresh. */
static const int64_t LONGEST_ABSENCE_MS = 30 * (int64_t)DAY_MS;

/* ---- rows ---------------------------------------------------------------------------------- */

#define SYNC_IN(F, S)                                          \
    F(S, ID, epoch, OPTIONAL, 0, 0, "of the last good answer") \
    F(S, TIME, since, OPTIONAL, 0, 0, "`time` of the last good answer")
SCHEMA(talk_sync_in, SYNC_IN)
#define SYNC_OUT(F, S)                                                                       \
    F(S, ID, epoch, NEEDED, 0, 0, "another one means: drop what is stored")                  \
    F(S, TIME, time, NEEDED, 0, 0, "for the next call")                                      \
    F(S, BOOL, is_reset, NEEDED, 0, 0, "drop what is stored; this is a first window")        \
    F(S, LIST(talk_conversation), conversations, NEEDED, 0, 0, "changed ones, newest first") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom they show")                           \
    F(S, IDS, all, NEEDED, 0, 0, "every conversation of the caller; others are gone")        \
    F(S, TEXT, more, OPTIONAL, 0, 0, "`before` of talk_list")
SCHEMA(talk_sync_out, SYNC_OUT)

#define LIST_IN(F, S)                                                 \
    F(S, TEXT, before, OPTIONAL, 1, 60, "the former answer's `more`") \
    F(S, INT, limit, OPTIONAL, 1, 200, "at most; 60 otherwise")
SCHEMA(talk_list_in, LIST_IN)
#define LIST_OUT(F, S)                                                               \
    F(S, LIST(talk_conversation), conversations, NEEDED, 0, 0, "last changed first") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom they show")                   \
    F(S, TEXT, more, OPTIONAL, 0, 0, "`before` of the next call")
SCHEMA(talk_list_out, LIST_OUT)

#define CONVERSATION_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the conversation")
SCHEMA(talk_get_in, CONVERSATION_IN)
#define ONE_CONVERSATION(F, S)                                                           \
    F(S, OBJECT(talk_conversation), conversation, NEEDED, 0, 0, "as the caller sees it") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom it shows")
SCHEMA(talk_one, ONE_CONVERSATION)
#define talk_get_out           talk_one
#define talk_get_out_schema    talk_one_schema
#define talk_create_out        talk_one
#define talk_create_out_schema talk_one_schema
#define talk_direct_out        talk_one
#define talk_direct_out_schema talk_one_schema

#define CREATE_IN(F, S)                                                        \
    F(S, TEXT, title, NEEDED, 1, 80, "of the group")                           \
    F(S, IDS, people, NEEDED, 0, MOST_ADDED, "its members besides the caller") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_create_in, CREATE_IN)

#define DIRECT_IN(F, S)                                   \
    F(S, PERSON, person, NEEDED, 0, 0, "whom to talk to") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_direct_in, DIRECT_IN)

#define RENAME_IN(F, S)                               \
    F(S, ID, conversation, NEEDED, 0, 0, "the group") \
    F(S, TEXT, title, NEEDED, 1, 80, "its new title")
SCHEMA(talk_rename_in, RENAME_IN)
SCHEMA(talk_rename_out, NO_FIELDS)

#define TALK_MEMBER(F, S)                            \
    F(S, PERSON, person, NEEDED, 0, 0, "the member") \
    F(S, TEXT, role, NEEDED, 0, 0, "owner, admin or member")
SCHEMA(talk_member, TALK_MEMBER)
#define MEMBERS_IN(F, S)                                             \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")         \
    F(S, TEXT, after, OPTIONAL, 1, 60, "the former answer's `more`") \
    F(S, INT, limit, OPTIONAL, 1, 500, "at most; 100 otherwise")
SCHEMA(talk_members_in, MEMBERS_IN)
#define MEMBERS_OUT(F, S)                                                       \
    F(S, LIST(talk_member), members, NEEDED, 0, 0, "in the order of their ids") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "their cards")                 \
    F(S, TEXT, more, OPTIONAL, 0, 0, "`after` of the next call")
SCHEMA(talk_members_out, MEMBERS_OUT)

#define ADD_IN(F, S)                                  \
    F(S, ID, conversation, NEEDED, 0, 0, "the group") \
    F(S, IDS, people, NEEDED, 1, MOST_ADDED, "who comes in")
SCHEMA(talk_add_in, ADD_IN)
SCHEMA(talk_add_out, NO_FIELDS)

#define REMOVE_IN(F, S)                               \
    F(S, ID, conversation, NEEDED, 0, 0, "the group") \
    F(S, PERSON, person, NEEDED, 0, 0, "who goes")
SCHEMA(talk_remove_in, REMOVE_IN)
SCHEMA(talk_remove_out, NO_FIELDS)

SCHEMA(talk_leave_in, CONVERSATION_IN)
SCHEMA(talk_leave_out, NO_FIELDS)

#define WATCH_IN(F, S) F(S, IDS, people, NEEDED, 0, 200, "people on screen; none: nobody")
SCHEMA(talk_watch_in, WATCH_IN)
#define WATCH_OUT(F, S) F(S, IDS, online, NEEDED, 0, 0, "those who have the program open")
SCHEMA(talk_watch_out, WATCH_OUT)

#define TALK_OPS(OP)                                                                              \
    OP(talk_sync, "GET", "/v1/sync", READS, 60,                                                   \
       "What changed since; a WebSocket then follows all of it", MAY_CALL(org_member))            \
    OP(talk_list, "GET", "/v1/conversations", READS, 0, "The caller's conversations",             \
       MAY_CALL(org_member))                                                                      \
    OP(talk_get, "GET", "/v1/conversations/{conversation}", READS, 0, "One conversation",         \
       MAY(talk_member, conversation))                                                            \
    OP(talk_create, "POST", "/v1/conversations", WRITES | ONCE, 30, "Make a group",               \
       MAY(org_someone, people), MAY_CALL(org_member))                                            \
    OP(talk_direct, "POST", "/v1/people/{person}/conversation", WRITES | ONCE, 60,                \
       "The conversation with one person", MAY(org_someone, person))                              \
    OP(talk_rename, "PUT", "/v1/conversations/{conversation}/title", WRITES, 0, "Rename a group", \
       MAY(talk_manager, conversation))                                                           \
    OP(talk_members, "GET", "/v1/conversations/{conversation}/members", READS, 0,                 \
       "Members of a conversation", MAY(talk_member, conversation))                               \
    OP(talk_add, "POST", "/v1/conversations/{conversation}/members", WRITES, 0,                   \
       "Bring people into a group", MAY(talk_member, conversation), MAY(org_someone, people))     \
    OP(talk_remove, "DELETE", "/v1/conversations/{conversation}/members/{person}", WRITES, 0,     \
       "Take somebody out of a group", MAY(talk_manager, conversation))                           \
    OP(talk_leave, "POST", "/v1/conversations/{conversation}/leave", WRITES, 0, "Leave a group",  \
       MAY(talk_member, conversation))                                                            \
    OP(talk_watch, NULL, NULL, ON_SOCKET, 0, "Be told of the coming and going of these people",   \
       MAY(org_someone, people), MAY_CALL(org_member))

/* ---- policies ------------------------------------------------------------------------------ */

static struct str role_of(struct request *r, int64_t conversation, int64_t person)
{
    struct rows found =
        READ(r, "SELECT role FROM member WHERE org = ?1 AND conversation = ?2 AND person = ?3",
             INT(r->org), INT(conversation), INT(person));
    return found.count ? row_text(&found, 0, 0) : S("");
}

static bool allows_member(struct request *r, int64_t conversation)
{
    if (!r->person)
        return false;
    return role_of(r, conversation, r->person).len ||
           fail(r, FORBIDDEN, "conversation", "你不在这个会话里",
                "you are not a member of this conversation");
}

static bool allows_manager(struct request *r, int64_t conversation)
{
    if (!allows_member(r, conversation))
        return false;
    return !str_equal(role_of(r, conversation, r->person), S("member")) ||
           fail(r, FORBIDDEN, "conversation", "只有群主和管理员能这样做",
                "only the group's owner and admins may do this");
}

const struct policy talk_member = {"talk_member", "members of the conversation", allows_member};
const struct policy talk_manager = {"talk_manager", "the group's owner and admins", allows_manager};
const struct policy talk_pinner = {"talk_pinner", "members who may pin", allows_member};

/* A file is held by a message: read by members who may see it, until it is taken back. */
static bool gate_allows(struct request *r, int64_t message)
{
    struct rows found =
        READ(r,
             "SELECT 1 FROM message m JOIN reading g ON g.org = m.org "
             "AND g.conversation = m.conversation AND g.person = ?3 AND g.since <= m.seq "
             "WHERE m.org = ?1 AND m.id = ?2 AND m.recalled = 0",
             INT(r->org), INT(message), INT(r->person));
    return found.count != 0;
}
const struct file_gate talk_gate = {"message", gate_allows};

OPS(TALK_OPS)

static void talk_start(void);

const struct module talk_module = {
    .name = "talk", MODULE_OPS, .start = talk_start, .sql = talk_sql, .sql_end = talk_sql_end};

/* ---- reading conversations ----------------------------------------------------------------- */

/* From a row of conversation_read or list_page: both select these columns in this order. */
static void fill(struct request *r, const struct rows *rows, size_t row,
                 struct talk_conversation *out)
{
    *out = (struct talk_conversation){.id = row_int(rows, row, 0),
                                      .kind = row_text(rows, row, 1),
                                      .title = row_text(rows, row, 2),
                                      .members = row_int(rows, row, 3),
                                      .role = row_text(rows, row, 4),
                                      .version = row_int(rows, row, 5),
                                      .last_seq = row_int(rows, row, 6),
                                      .changed = row_int(rows, row, 7),
                                      .since = row_int(rows, row, 8),
                                      .upto = row_int(rows, row, 9)};
    out->unread = unread_count(r, out->id, out->upto, out->last_seq);
    if (out->unread) {
        struct rows called = READ(r,
                                  "SELECT 1 FROM mention WHERE org = ?1 AND conversation = ?2 "
                                  "AND person IN (0, ?3) AND seq > ?4 LIMIT 1",
                                  INT(r->org), INT(out->id), INT(r->person), INT(out->upto));
        out->is_mentioned = called.count != 0;
    }
    if (str_equal(out->kind, S("direct"))) {
        struct rows peer = READ(r,
                                "SELECT person FROM member WHERE org = ?1 "
                                "AND conversation = ?2 AND person <> ?3",
                                INT(r->org), INT(out->id), INT(r->person));
        out->peer = peer.count ? row_int(&peer, 0, 0) : 0;
    }
    size_t count = 0;
    if (out->last_seq >= out->since)
        out->last = messages_read(r, out->id, out->last_seq, out->last_seq, 1, false, &count);
    if (!count)
        out->last = NULL;
}

bool conversation_read(struct request *r, int64_t conversation, struct talk_conversation *out)
{
    struct rows found =
        READ(r,
             "SELECT c.id, c.kind, c.title, c.members, m.role, t.version, t.seq, t.changed, "
             "g.since, g.upto FROM member m "
             "JOIN conversation c ON c.org = m.org AND c.id = m.conversation "
             "JOIN reading g ON g.org = m.org AND g.conversation = m.conversation "
             "AND g.person = m.person "
             "LEFT JOIN topic t ON t.org = m.org AND t.id = m.conversation "
             "WHERE m.org = ?1 AND m.conversation = ?2 AND m.person = ?3",
             INT(r->org), INT(conversation), INT(r->person));
    if (!found.count)
        return false;
    fill(r, &found, 0, out);
    if (r->op->flags & WRITES) { /* the topic's numbers are written at the group's end only */
        out->version = topic_version(r, conversation);
        out->last_seq = topic_seq(r, conversation);
        out->changed = r->now;
        out->unread = unread_count(r, conversation, out->upto, out->last_seq);
        size_t count = 0;
        out->last = messages_read(r, conversation, out->last_seq, out->last_seq, 1, false, &count);
        if (!count || out->last_seq < out->since)
            out->last = NULL;
    }
    return true;
}

/* The people whom conversations show: peers, and authors and names of the last messages. */
static struct org_person *people_of(struct request *r, const struct talk_conversation *list,
                                    size_t count, size_t *found)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += 1 + (list[i].last ? messages_people_most(list[i].last, 1) : 0);
    struct ids ids = {ARENA_ARRAY(r->arena, most, int64_t), 0};
    for (size_t i = 0; i < count; i++) {
        if (list[i].peer)
            ids.at[ids.count++] = list[i].peer;
        if (list[i].last)
            messages_people(list[i].last, 1, &ids);
    }
    return org_cards(r, ids.at, ids.count, found);
}

/* "changed/id" of the last one of a page. */
static struct str place(struct request *r, const struct talk_conversation *last)
{
    return arena_printf(r->arena, "%lld/%lld", (long long)last->changed, (long long)last->id);
}

/* Conversations changed after `since` and standing behind `before` in the list, newest first. Only
 * those of the page are looked up beyond their place in it. */
static struct talk_conversation *list_page(struct request *r, int64_t since, struct str before,
                                           int64_t limit, size_t *count, struct str *more)
{
    int64_t changed = INT64_MAX, id = INT64_MAX;
    if (before.len && !(str_to_int(str_cut(&before, '/'), &changed) && str_to_int(before, &id)))
        changed = INT64_MAX;
    struct rows found =
        READ(r,
             "SELECT c.id, c.kind, c.title, c.members, m.role, k.version, k.seq, k.changed, "
             "g.since, g.upto FROM "
             "(SELECT t.id, t.version, t.seq, t.changed FROM member n "
             "JOIN topic t ON t.org = n.org AND t.id = n.conversation "
             "WHERE n.org = ?1 AND n.person = ?2 AND t.changed > ?3 "
             "AND (t.changed < ?4 OR (t.changed = ?4 AND t.id < ?5)) "
             "ORDER BY t.changed DESC, t.id DESC LIMIT ?6) k "
             "JOIN conversation c ON c.org = ?1 AND c.id = k.id "
             "JOIN member m ON m.org = ?1 AND m.conversation = k.id AND m.person = ?2 "
             "JOIN reading g ON g.org = ?1 AND g.conversation = k.id AND g.person = ?2 "
             "ORDER BY k.changed DESC, k.id DESC",
             INT(r->org), INT(r->person), INT(since), INT(changed), INT(id), INT(limit));
    struct talk_conversation *list = ARENA_ARRAY(r->arena, found.count, struct talk_conversation);
    for (size_t i = 0; i < found.count; i++)
        fill(r, &found, i, &list[i]);
    *count = found.count;
    *more = (int64_t)found.count == limit ? place(r, &list[found.count - 1]) : S("");
    return list;
}

static struct ids all_conversations(struct request *r)
{
    struct rows found = READ(r,
                             "SELECT conversation FROM member WHERE org = ?1 AND person = ?2 "
                             "ORDER BY conversation",
                             INT(r->org), INT(r->person));
    struct ids ids = {ARENA_ARRAY(r->arena, found.count, int64_t), found.count};
    for (size_t i = 0; i < found.count; i++)
        ids.at[i] = row_int(&found, i, 0);
    return ids;
}

/* Those of `before` (rising) that `now` (rising) lacks. */
static struct ids missing(struct request *r, const struct ids *before, const struct ids *now)
{
    struct ids gone = {ARENA_ARRAY(r->arena, before->count, int64_t), 0};
    for (size_t i = 0, j = 0; i < before->count; i++) {
        while (j < now->count && now->at[j] < before->at[i])
            j++;
        if (j == now->count || now->at[j] != before->at[i])
            gone.at[gone.count++] = before->at[i];
    }
    return gone;
}

/* Follow first, then look: what is committed in between comes as an event, what came before is in
 * the snapshot. The list is read again after following, so that a conversation left meanwhile is
 * not followed for ever. */
static bool talk_sync(struct request *r, const struct talk_sync_in *in, struct talk_sync_out *out)
{
    struct ids before = all_conversations(r);
    follow_now(r, &before);
    out->time = store_time(api_store(r->api));
    snapshot_again(r);
    out->all = all_conversations(r);
    struct ids gone = missing(r, &before, &out->all), come = missing(r, &out->all, &before);
    if (gone.count)
        unfollow_now(r, &gone);
    if (come.count)
        follow_now(r, &come);

    out->epoch = store_epoch(api_store(r->api));
    out->is_reset = in->epoch != out->epoch || in->since < out->time - LONGEST_ABSENCE_MS ||
                    in->since > out->time;
    int64_t since = out->is_reset ? -1 : in->since - OVERLAP_MS;
    out->conversations.at =
        list_page(r, since, S(""), WINDOW, &out->conversations.count, &out->more);
    out->people.at =
        people_of(r, out->conversations.at, out->conversations.count, &out->people.count);
    return true;
}

static bool talk_list(struct request *r, const struct talk_list_in *in, struct talk_list_out *out)
{
    out->conversations.at = list_page(r, -1, in->before, in->limit ? in->limit : WINDOW,
                                      &out->conversations.count, &out->more);
    out->people.at =
        people_of(r, out->conversations.at, out->conversations.count, &out->people.count);
    return true;
}

/* As an answer: the conversation, and the people whom it shows. */
static bool show_one(struct request *r, int64_t conversation, struct talk_one *out)
{
    out->conversation = ARENA_NEW(r->arena, struct talk_conversation);
    if (!conversation_read(r, conversation, out->conversation))
        return fail(r, NOT_FOUND, "conversation", "没有这个会话", "there is no such conversation");
    out->people.at = people_of(r, out->conversation, 1, &out->people.count);
    return true;
}

static bool talk_get(struct request *r, const struct talk_get_in *in, struct talk_get_out *out)
{
    return show_one(r, in->conversation, out);
}

/* ---- making and changing ------------------------------------------------------------------- */

static bool is_group(struct request *r, int64_t conversation)
{
    struct rows found = READ(r, "SELECT kind FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(conversation));
    return found.count &&
           (str_equal(row_text(&found, 0, 0), S("group")) ||
            fail(r, CONFLICT, "conversation", "单聊不能这样做", "this is for groups only"));
}

static void insert_conversation(struct request *r, int64_t id, const char *kind, struct str title)
{
    WRITE(r,
          "INSERT INTO conversation (org, id, kind, title, members, created) "
          "VALUES (?1, ?2, ?3, ?4, 0, ?5)",
          INT(r->org), INT(id), TEXT(str_from(kind)), TEXT(title), INT(r->now));
}

/* Whoever comes in sees the messages from now on. */
static void insert_member(struct request *r, int64_t conversation, int64_t person, const char *role,
                          int64_t since)
{
    WRITE(r,
          "INSERT INTO member (org, conversation, person, role, joined) "
          "VALUES (?1, ?2, ?3, ?4, ?5)",
          INT(r->org), INT(conversation), INT(person), TEXT(str_from(role)), INT(r->now));
    WRITE(r,
          "INSERT INTO reading (org, conversation, person, since, upto) "
          "VALUES (?1, ?2, ?3, ?4, ?5)",
          INT(r->org), INT(conversation), INT(person), INT(since), INT(since - 1));
    WRITE(r, "UPDATE conversation SET members = members + 1 WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(conversation));
    follow_via(r, person, conversation);
}

/* The whole conversation, as this person sees it, to this person's devices. */
static void tell_member(struct request *r, int64_t conversation, int64_t person)
{
    int64_t caller = r->person;
    struct talk_conversation seen;
    r->person = person;
    if (conversation_read(r, conversation, &seen))
        event_put(r, person, "conversation", conversation, &talk_conversation_schema, &seen);
    r->person = caller;
}

static void tell_all(struct request *r, int64_t conversation)
{
    struct rows found = READ(r,
                             "SELECT title, members FROM conversation WHERE org = ?1 "
                             "AND id = ?2",
                             INT(r->org), INT(conversation));
    if (!found.count)
        return;
    struct talk_title title = {
        .id = conversation, .title = row_text(&found, 0, 0), .members = row_int(&found, 0, 1)};
    event_put(r, conversation, "conversation", conversation, &talk_title_schema, &title);
}

/* Those of the list who are not in yet, each once. */
static struct ids newcomers(struct request *r, int64_t conversation, const struct ids *people)
{
    struct ids come = {ARENA_ARRAY(r->arena, people->count, int64_t), 0};
    struct map seen = {0};
    for (size_t i = 0; i < people->count; i++) {
        int64_t person = people->at[i];
        if (map_get(&seen, person) || role_of(r, conversation, person).len)
            continue;
        map_set(&seen, person, &come);
        come.at[come.count++] = person;
    }
    map_free(&seen);
    return come;
}

static void bring_in(struct request *r, int64_t conversation, const struct ids *people)
{
    int64_t since = topic_seq(r, conversation) + 1;
    for (size_t i = 0; i < people->count; i++)
        insert_member(r, conversation, people->at[i], "member", since);
}

/* They learn of the conversation first, and then, with everybody, that they came. */
static void welcome(struct request *r, int64_t conversation, const struct ids *people,
                    const char *notice)
{
    for (size_t i = 0; i < people->count; i++)
        tell_member(r, conversation, people->at[i]);
    post_notice(r, conversation, notice, S(""), people);
}

int64_t talk_make_group(struct request *r, struct str title, const struct ids *people)
{
    int64_t id = id_next();
    insert_conversation(r, id, "group", title);
    insert_member(r, id, r->person, "owner", 1);
    struct ids come = newcomers(r, id, people);
    bring_in(r, id, &come);
    tell_member(r, id, r->person);
    welcome(r, id, &come, "created");
    return has_failed(r) ? 0 : id;
}

int64_t talk_make_direct(struct request *r, int64_t person)
{
    int64_t low = person < r->person ? person : r->person;
    int64_t high = person < r->person ? r->person : person;
    struct rows found = READ(r,
                             "SELECT conversation FROM direct WHERE org = ?1 AND low = ?2 "
                             "AND high = ?3",
                             INT(r->org), INT(low), INT(high));
    if (found.count)
        return row_int(&found, 0, 0);
    int64_t id = id_next();
    insert_conversation(r, id, "direct", S(""));
    WRITE(r, "INSERT INTO direct (org, low, high, conversation) VALUES (?1, ?2, ?3, ?4)",
          INT(r->org), INT(low), INT(high), INT(id));
    insert_member(r, id, low, "member", 1);
    insert_member(r, id, high, "member", 1);
    tell_member(r, id, low);
    tell_member(r, id, high);
    return has_failed(r) ? 0 : id;
}

static bool talk_create(struct request *r, const struct talk_create_in *in,
                        struct talk_create_out *out)
{
    if (!str_trim(in->title).len)
        return fail(r, BAD_INPUT, "title", "群名称不能为空", "a group needs a title");
    int64_t id = talk_make_group(r, str_trim(in->title), &in->people);
    return id && show_one(r, id, out);
}

static bool talk_direct(struct request *r, const struct talk_direct_in *in,
                        struct talk_direct_out *out)
{
    if (in->person == r->person)
        return fail(r, BAD_INPUT, "person", "不能和自己聊天", "this is yourself");
    int64_t id = talk_make_direct(r, in->person);
    return id && show_one(r, id, out);
}

static bool talk_rename(struct request *r, const struct talk_rename_in *in,
                        struct talk_rename_out *out)
{
    (void)out;
    struct str title = str_trim(in->title);
    if (!is_group(r, in->conversation))
        return false;
    if (!title.len)
        return fail(r, BAD_INPUT, "title", "群名称不能为空", "a group needs a title");
    WRITE(r, "UPDATE conversation SET title = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(in->conversation), TEXT(title));
    post_notice(r, in->conversation, "renamed", title, &(struct ids){0});
    tell_all(r, in->conversation);
    return true;
}

static bool talk_members(struct request *r, const struct talk_members_in *in,
                         struct talk_members_out *out)
{
    int64_t after = 0, limit = in->limit ? in->limit : PAGE;
    str_to_int(in->after, &after);
    struct rows found = READ(r,
                             "SELECT person, role FROM member WHERE org = ?1 AND conversation = ?2 "
                             "AND person > ?3 ORDER BY person LIMIT ?4",
                             INT(r->org), INT(in->conversation), INT(after), INT(limit));
    int64_t *ids = ARENA_ARRAY(r->arena, found.count, int64_t);
    out->members.at = ARENA_ARRAY(r->arena, found.count, struct talk_member);
    out->members.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        ids[i] = row_int(&found, i, 0);
        out->members.at[i] = (struct talk_member){.person = ids[i], .role = row_text(&found, i, 1)};
    }
    out->people.at = org_cards(r, ids, found.count, &out->people.count);
    if ((int64_t)found.count == limit)
        out->more = arena_printf(r->arena, "%lld", (long long)ids[found.count - 1]);
    return true;
}

static bool talk_add(struct request *r, const struct talk_add_in *in, struct talk_add_out *out)
{
    (void)out;
    if (!is_group(r, in->conversation))
        return false;
    struct ids come = newcomers(r, in->conversation, &in->people);
    if (!come.count)
        return true;
    bring_in(r, in->conversation, &come);
    welcome(r, in->conversation, &come, "added");
    tell_all(r, in->conversation);
    return true;
}

/* Out at once: nothing that is said from now on reaches this person. */
static void drop_member(struct request *r, int64_t conversation, int64_t person)
{
    unfollow_via(r, person, conversation);
    WRITE(r, "DELETE FROM member WHERE org = ?1 AND conversation = ?2 AND person = ?3", INT(r->org),
          INT(conversation), INT(person));
    WRITE(r, "DELETE FROM reading WHERE org = ?1 AND conversation = ?2 AND person = ?3",
          INT(r->org), INT(conversation), INT(person));
    WRITE(r, "UPDATE conversation SET members = members - 1 WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(conversation));
    event_drop(r, person, "conversation", conversation);
}

/* An owner who leaves hands the group to whoever has been in it longest. */
static void hand_over(struct request *r, int64_t conversation)
{
    struct rows next =
        READ(r,
             "SELECT person FROM member WHERE org = ?1 AND conversation = ?2 "
             "ORDER BY CASE role WHEN 'admin' THEN 0 ELSE 1 END, joined, person LIMIT 1",
             INT(r->org), INT(conversation));
    if (!next.count)
        return;
    WRITE(r,
          "UPDATE member SET role = 'owner' WHERE org = ?1 AND conversation = ?2 "
          "AND person = ?3",
          INT(r->org), INT(conversation), INT(row_int(&next, 0, 0)));
    tell_member(r, conversation, row_int(&next, 0, 0));
}

static void leave(struct request *r, int64_t conversation, int64_t person, const char *notice)
{
    bool is_owner = str_equal(role_of(r, conversation, person), S("owner"));
    drop_member(r, conversation, person);
    post_notice(r, conversation, notice, S(""), &(struct ids){&person, 1});
    if (is_owner)
        hand_over(r, conversation);
    tell_all(r, conversation);
}

static bool talk_remove(struct request *r, const struct talk_remove_in *in,
                        struct talk_remove_out *out)
{
    (void)out;
    if (!is_group(r, in->conversation))
        return false;
    struct str role = role_of(r, in->conversation, in->person);
    if (!role.len)
        return fail(r, NOT_FOUND, "person", "这个人不在群里", "the person is not in the group");
    if (str_equal(role, S("owner")))
        return fail(r, FORBIDDEN, "person", "不能移除群主", "the group's owner cannot be removed");
    leave(r, in->conversation, in->person, "removed");
    return true;
}

static bool talk_leave(struct request *r, const struct talk_leave_in *in,
                       struct talk_leave_out *out)
{
    (void)out;
    if (!is_group(r, in->conversation))
        return false;
    leave(r, in->conversation, r->person, "left");
    return true;
}

/* Whoever is taken out of the organisation is taken out of its groups. */
static void leave_groups(struct request *r, int64_t person)
{
    struct rows groups = READ(r,
                              "SELECT m.conversation FROM member m JOIN conversation c "
                              "ON c.org = m.org AND c.id = m.conversation AND c.kind = 'group' "
                              "WHERE m.org = ?1 AND m.person = ?2",
                              INT(r->org), INT(person));
    for (size_t i = 0; i < groups.count; i++)
        leave(r, row_int(&groups, i, 0), person, "removed");
}

static void talk_start(void)
{
    file_register(&talk_gate);
    file_register(&scheduled_gate);
    org_register_leaving(leave_groups);
}

static bool talk_watch(struct request *r, const struct talk_watch_in *in,
                       struct talk_watch_out *out)
{
    if (r->is_socket)
        watch_presence(r, &in->people);
    out->online.at = ARENA_ARRAY(r->arena, in->people.count, int64_t);
    for (size_t i = 0; i < in->people.count; i++)
        if (presence_of(r->api, in->people.at[i]))
            out->online.at[out->online.count++] = in->people.at[i];
    return true;
}
