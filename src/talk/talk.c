/* talk: conversations and their members; keeping a client in step. */
#include "talk/inner.h"
#include "base/id.h"
#include "base/must.h"
#include "base/time.h"

EMBED_SQL(talk);

enum {
    WINDOW = 60,       /* conversations of the first answer */
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

#define ATTENTION_IN(F, S)                                                           \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")                         \
    F(S, BOOL, is_muted, OPTIONAL, 0, 0, "no sound and no notice, but for mentions") \
    F(S, BOOL, is_folded, OPTIONAL, 0, 0, "it stands among the folded ones")         \
    F(S, BOOL, is_top, OPTIONAL, 0, 0, "it stands above the others")                 \
    F(S, BOOL, is_marked, OPTIONAL, 0, 0, "it counts as unread until it is opened")
SCHEMA(talk_attention_in, ATTENTION_IN)
SCHEMA(talk_attention_out, NO_FIELDS)

#define WATCH_IN(F, S) F(S, IDS, people, NEEDED, 0, 200, "people on screen; none: nobody")
SCHEMA(talk_watch_in, WATCH_IN)
#define WATCH_OUT(F, S) F(S, IDS, online, NEEDED, 0, 0, "those who have the program open")
SCHEMA(talk_watch_out, WATCH_OUT)

#define TALK_OPS(OP)                                                                            \
    OP(talk_sync, "GET", "/v1/sync", READS, 60,                                                 \
       "What changed since; a WebSocket then follows all of it", MAY_CALL(org_member))          \
    OP(talk_list, "GET", "/v1/conversations", READS, 0, "The caller's conversations",           \
       MAY_CALL(org_member))                                                                    \
    OP(talk_get, "GET", "/v1/conversations/{conversation}", READS, 0, "One conversation",       \
       MAY(talk_member, conversation))                                                          \
    OP(talk_create, "POST", "/v1/conversations", WRITES | ONCE, 30, "Make a group",             \
       MAY(org_someone, people), MAY_CALL(org_member))                                          \
    OP(talk_direct, "POST", "/v1/people/{person}/conversation", WRITES | ONCE, 60,              \
       "The conversation with one person", MAY(org_someone, person))                            \
    OP(talk_attention, "PATCH", "/v1/conversations/{conversation}/attention", WRITES, 120,      \
       "How the caller wants to be told of a conversation", MAY(talk_member, conversation))     \
    OP(talk_watch, NULL, NULL, ON_SOCKET, 0, "Be told of the coming and going of these people", \
       MAY(org_someone, people), MAY_CALL(org_member))

/* ---- files held by messages ---------------------------------------------------------------- */

/* A file is held by a message: read by members who may see it, until it is taken back. */
static bool gate_allows(struct request *r, int64_t message)
{
    struct rows found =
        READ(r,
             "SELECT b.department FROM message m JOIN reading g ON g.org = m.org "
             "AND g.conversation = m.conversation AND g.person = ?3 AND g.since <= m.seq "
             "JOIN member b ON b.org = m.org AND b.conversation = m.conversation "
             "AND b.person = ?3 WHERE m.org = ?1 AND m.id = ?2 AND m.recalled = 0",
             INT(r->org), INT(message), INT(r->person));
    return found.count && member_is_current(r, row_int(&found, 0, 0));
}
const struct file_gate talk_gate = {"message", gate_allows};

OPS(TALK_OPS)

static void talk_start(void);

const struct module talk_module = {
    .name = "talk", MODULE_OPS, .start = talk_start, .sql = talk_sql, .sql_end = talk_sql_end};

/* ---- reading conversations ----------------------------------------------------------------- */

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
                                      .upto = row_int(rows, row, 9),
                                      .avatar = row_int(rows, row, 10),
                                      .is_closed = row_int(rows, row, 12) != 0,
                                      .number = row_int(rows, row, 13),
                                      .nickname = row_text(rows, row, 14),
                                      .department = row_int(rows, row, 18)};
    if (row_int(rows, row, 15) > r->now)
        out->muted = row_int(rows, row, 15);
    if (row_int(rows, row, 11))
        out->switches =
            group_show_switches(row_int(rows, row, 11), ARENA_NEW(r->arena, struct talk_switches));
    int64_t attention = row_int(rows, row, 16);
    out->is_muted = (attention & ATTENTION_MUTED) != 0;
    out->is_folded = (attention & ATTENTION_FOLDED) != 0;
    out->is_top = (attention & ATTENTION_TOP) != 0;
    out->is_marked = (attention & ATTENTION_MARKED) != 0;
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
             "g.since, g.upto, c.avatar, c.switches, c.closed, c.number, m.nickname, m.muted, "
             "m.attention, m.department, c.department FROM member m "
             "JOIN conversation c ON c.org = m.org AND c.id = m.conversation "
             "JOIN reading g ON g.org = m.org AND g.conversation = m.conversation "
             "AND g.person = m.person "
             "LEFT JOIN topic t ON t.org = m.org AND t.id = m.conversation "
             "WHERE m.org = ?1 AND m.conversation = ?2 AND m.person = ?3",
             INT(r->org), INT(conversation), INT(r->person));
    if (!found.count || !member_is_current(r, row_int(&found, 0, 17)))
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
    return org_faces(r, ids.at, ids.count, found);
}

/* A place in the list: newest first, and of the same time the higher id. */
struct place {
    int64_t changed, id;
};

static bool is_above(struct place one, struct place other)
{
    return one.changed != other.changed ? one.changed > other.changed : one.id > other.id;
}

/* The highest of the list below `before` that changed after `since`, at most `limit`. */
static size_t choose_places(struct request *r, const struct ids *all, int64_t since,
                            struct place before, size_t limit, struct place *out)
{
    int64_t *changed = ARENA_ARRAY(r->arena, all->count, int64_t);
    size_t count = 0;
    topics_changed(r, all, changed);
    for (size_t i = 0; i < all->count; i++) {
        struct place place = {changed[i], all->at[i]};
        if (place.changed <= since || !is_above(before, place) ||
            (count == limit && !is_above(place, out[count - 1])))
            continue;
        size_t at = count < limit ? count++ : count - 1;
        for (; at > 0 && is_above(place, out[at - 1]); at--)
            out[at] = out[at - 1];
        out[at] = place;
    }
    return count;
}

/* A page of these conversations, which are all of the caller's. Only what stands on the page is
 * read. */
static struct talk_conversation *list_page(struct request *r, const struct ids *all, int64_t since,
                                           struct str from, size_t limit, size_t *count,
                                           struct str *more)
{
    struct place before = {INT64_MAX, INT64_MAX};
    if (from.len &&
        !(str_to_int(str_cut(&from, '/'), &before.changed) && str_to_int(from, &before.id)))
        before.changed = INT64_MAX;
    struct place *places = ARENA_ARRAY(r->arena, limit, struct place);
    size_t chosen = choose_places(r, all, since, before, limit, places);
    struct talk_conversation *list = ARENA_ARRAY(r->arena, chosen, struct talk_conversation);
    *count = 0;
    for (size_t i = 0; i < chosen; i++)
        *count += conversation_read(r, places[i].id, &list[*count]);
    if (chosen == limit)
        *more = arena_printf(r->arena, "%lld/%lld", (long long)places[limit - 1].changed,
                             (long long)places[limit - 1].id);
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
    out->all = snapshot_again(r) ? all_conversations(r) : before;
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
        list_page(r, &out->all, since, S(""), WINDOW, &out->conversations.count, &out->more);
    out->people.at =
        people_of(r, out->conversations.at, out->conversations.count, &out->people.count);
    return true;
}

static bool talk_list(struct request *r, const struct talk_list_in *in, struct talk_list_out *out)
{
    struct ids all = all_conversations(r);
    size_t limit = in->limit ? (size_t)in->limit : WINDOW;
    out->conversations.at =
        list_page(r, &all, -1, in->before, limit, &out->conversations.count, &out->more);
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

/* ---- telling -------------------------------------------------------------------------------- */

void conversation_tell(struct request *r, int64_t conversation, int64_t person)
{
    int64_t caller = r->person;
    struct talk_conversation seen;
    r->person = person;
    if (conversation_read(r, conversation, &seen))
        event_put(r, person, "conversation", conversation, &talk_conversation_schema, &seen);
    r->person = caller;
}

void conversation_tell_all(struct request *r, int64_t conversation)
{
    struct rows found = READ(r,
                             "SELECT title, members, avatar, switches, closed, number "
                             "FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(conversation));
    if (!found.count)
        return;
    struct talk_switches switches;
    struct talk_title title = {.id = conversation,
                               .title = row_text(&found, 0, 0),
                               .members = row_int(&found, 0, 1),
                               .avatar = row_int(&found, 0, 2),
                               .is_closed = row_int(&found, 0, 4) != 0,
                               .number = row_int(&found, 0, 5)};
    title.switches = group_show_switches(row_int(&found, 0, 3), &switches);
    event_put(r, conversation, "conversation", conversation, &talk_title_schema, &title);
}

/* ---- making --------------------------------------------------------------------------------- */

static void insert_conversation(struct request *r, int64_t id, const char *kind, struct str title)
{
    WRITE(r,
          "INSERT INTO conversation (org, id, kind, title, members, created) "
          "VALUES (?1, ?2, ?3, ?4, 0, ?5)",
          INT(r->org), INT(id), TEXT(str_from(kind)), TEXT(title), INT(r->now));
}

int64_t talk_make_group(struct request *r, struct str title, const struct ids *people)
{
    int64_t id = id_next();
    insert_conversation(r, id, "group", title);
    int64_t number = group_number_new(r);
    WRITE(r, "UPDATE conversation SET number = ?3 WHERE org = ?1 AND id = ?2", INT(r->org), INT(id),
          number ? INT(number) : NONE);
    member_insert(r, id, r->person, "owner", 1);
    struct ids come = member_newcomers(r, id, people);
    members_insert(r, id, &come);
    conversation_tell(r, id, r->person);
    members_welcome(r, id, &come, "created");
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
    if (group_forbids_private(r, r->person, person)) {
        fail(r, FORBIDDEN, "person", "你们所在的群不允许成员私聊",
             "a group of yours does not allow private talks between its members");
        return 0;
    }
    int64_t id = id_next();
    insert_conversation(r, id, "direct", S(""));
    WRITE(r, "INSERT INTO direct (org, low, high, conversation) VALUES (?1, ?2, ?3, ?4)",
          INT(r->org), INT(low), INT(high), INT(id));
    member_insert(r, id, low, "member", 1);
    member_insert(r, id, high, "member", 1);
    conversation_tell(r, id, low);
    conversation_tell(r, id, high);
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

/* ---- attention ------------------------------------------------------------------------------ */

static void set_bit(int64_t *bits, bool is_given, bool is_on, int64_t bit)
{
    if (is_given)
        *bits = is_on ? *bits | bit : *bits & ~bit;
}

static bool talk_attention(struct request *r, const struct talk_attention_in *in,
                           struct talk_attention_out *out)
{
    (void)out;
    struct rows found = READ(r,
                             "SELECT attention FROM member WHERE org = ?1 AND conversation = ?2 "
                             "AND person = ?3",
                             INT(r->org), INT(in->conversation), INT(r->person));
    int64_t bits = row_int(&found, 0, 0);
    set_bit(&bits, HAS(talk_attention_in, in, is_muted), in->is_muted, ATTENTION_MUTED);
    set_bit(&bits, HAS(talk_attention_in, in, is_folded), in->is_folded, ATTENTION_FOLDED);
    set_bit(&bits, HAS(talk_attention_in, in, is_top), in->is_top, ATTENTION_TOP);
    set_bit(&bits, HAS(talk_attention_in, in, is_marked), in->is_marked, ATTENTION_MARKED);
    WRITE(r,
          "UPDATE member SET attention = ?4 WHERE org = ?1 AND conversation = ?2 AND person = ?3",
          INT(r->org), INT(in->conversation), INT(r->person), INT(bits));
    conversation_tell(r, in->conversation, r->person);
    return true;
}

static void talk_start(void)
{
    file_register(&talk_gate);
    file_register(&scheduled_gate);
    file_register(&group_gate);
    org_register_leaving(member_leave_all);
    static const struct org_tree_listener listener = {follow_person, follow_tree};
    org_register_tree(&listener);
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
