/* member: who is in a conversation, as what, and who may do what there. */
#include "talk/inner.h"
#include "base/hash.h"
#include "base/time.h"

enum { PAGE = 100, MOST_ADDED = 1000 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define TALK_MEMBER(F, S)                                                  \
    F(S, PERSON, person, NEEDED, 0, 0, "the member")                       \
    F(S, TEXT, role, NEEDED, 0, 0, "owner, admin or member")               \
    F(S, TEXT, nickname, OPTIONAL, 0, 0, "what the member is called here") \
    F(S, TIME, muted, OPTIONAL, 0, 0, "until when the member may not speak")
SCHEMA(talk_member, TALK_MEMBER)
#define MEMBERS_IN(F, S)                                             \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")         \
    F(S, TEXT, after, OPTIONAL, 1, 60, "the former answer's `more`") \
    F(S, INT, limit, OPTIONAL, 1, 500, "at most; 100 otherwise")     \
    F(S, BOOL, is_named, OPTIONAL, 0, 0, "only those with a nickname")
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

#define LEAVE_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the group")
SCHEMA(talk_leave_in, LEAVE_IN)
SCHEMA(talk_leave_out, NO_FIELDS)

#define ROLE_IN(F, S)                                 \
    F(S, ID, conversation, NEEDED, 0, 0, "the group") \
    F(S, PERSON, person, NEEDED, 0, 0, "a member")    \
    F(S, TEXT, role, NEEDED, 1, 10, "admin, member, or owner: the group is handed over")
SCHEMA(talk_role_in, ROLE_IN)
SCHEMA(talk_role_out, NO_FIELDS)

#define MUTE_IN(F, S)                                 \
    F(S, ID, conversation, NEEDED, 0, 0, "the group") \
    F(S, PERSON, person, NEEDED, 0, 0, "a member")    \
    F(S, INT, minutes, NEEDED, 0, 525600, "for how long; 0: may speak again")
SCHEMA(talk_mute_in, MUTE_IN)
SCHEMA(talk_mute_out, NO_FIELDS)

#define NICKNAME_IN(F, S)                             \
    F(S, ID, conversation, NEEDED, 0, 0, "the group") \
    F(S, TEXT, nickname, NEEDED, 0, 40, "what the caller is called here; empty: the name")
SCHEMA(talk_nickname_in, NICKNAME_IN)
SCHEMA(talk_nickname_out, NO_FIELDS)

#define MEMBER_OPS(OP)                                                                           \
    OP(talk_members, "GET", "/v1/conversations/{conversation}/members", READS, 0,                \
       "Members of a conversation", MAY(talk_member, conversation))                              \
    OP(talk_add, "POST", "/v1/conversations/{conversation}/members", WRITES, 0,                  \
       "Bring people into a group", MAY(talk_adder, conversation), MAY(org_someone, people))     \
    OP(talk_remove, "DELETE", "/v1/conversations/{conversation}/members/{person}", WRITES, 0,    \
       "Take somebody out of a group", MAY(talk_manager, conversation))                          \
    OP(talk_leave, "POST", "/v1/conversations/{conversation}/leave", WRITES, 0, "Leave a group", \
       MAY(talk_member, conversation))                                                           \
    OP(talk_role, "PUT", "/v1/conversations/{conversation}/members/{person}/role", WRITES, 0,    \
       "Make a member an admin, or hand the group over", MAY(talk_manager, conversation))        \
    OP(talk_mute, "PUT", "/v1/conversations/{conversation}/members/{person}/mute", WRITES, 0,    \
       "Silence a member for a time", MAY(talk_manager, conversation))                           \
    OP(talk_nickname, "PUT", "/v1/conversations/{conversation}/nickname", WRITES, 30,            \
       "What the caller is called in a group", MAY(talk_member, conversation))
OPS(MEMBER_OPS)

const struct module talk_member_module = {.name = "talk_member", MODULE_OPS};

/* ---- policies ------------------------------------------------------------------------------ */

static struct str role_of(struct request *r, int64_t conversation, int64_t person)
{
    struct rows found =
        READ(r, "SELECT role FROM member WHERE org = ?1 AND conversation = ?2 AND person = ?3",
             INT(r->org), INT(conversation), INT(person));
    return found.count ? row_text(&found, 0, 0) : S("");
}

/* The caller's; empty too when the department by which the caller is a member is no longer theirs.
 */
static struct str own_role(struct request *r, int64_t conversation)
{
    struct rows found = READ(r,
                             "SELECT role, department FROM member WHERE org = ?1 "
                             "AND conversation = ?2 AND person = ?3",
                             INT(r->org), INT(conversation), INT(r->person));
    return found.count && member_is_current(r, row_int(&found, 0, 1)) ? row_text(&found, 0, 0)
                                                                      : S("");
}

bool talk_has_member(struct request *r, int64_t conversation, int64_t person)
{
    return role_of(r, conversation, person).len != 0;
}

static bool allows_member(struct request *r, int64_t conversation)
{
    if (!r->person)
        return false;
    return own_role(r, conversation).len || fail(r, FORBIDDEN, "conversation", "你不在这个会话里",
                                                 "you are not a member of this conversation");
}

bool talk_manages(struct request *r, int64_t conversation)
{
    struct str role = own_role(r, conversation);
    return role.len && !str_equal(role, S("member"));
}

static bool allows_manager(struct request *r, int64_t conversation)
{
    return allows_member(r, conversation) &&
           (talk_manages(r, conversation) ||
            fail(r, FORBIDDEN, "conversation", "只有群主和管理员能这样做",
                 "only the group's owner and admins may do this"));
}

static bool allows_owner(struct request *r, int64_t conversation)
{
    return allows_member(r, conversation) &&
           (str_equal(role_of(r, conversation, r->person), S("owner")) ||
            fail(r, FORBIDDEN, "conversation", "只有群主能这样做",
                 "only the group's owner may do this"));
}

/* Not where a switch of the group leaves it to the managers. */
static bool unless(struct request *r, int64_t conversation, int64_t bit)
{
    if (!allows_member(r, conversation))
        return false;
    return !(group_switches(r, conversation) & bit) || allows_manager(r, conversation);
}

static bool allows_adder(struct request *r, int64_t conversation)
{
    return unless(r, conversation, GROUP_ADD_BY_MANAGERS);
}

static bool allows_pinner(struct request *r, int64_t conversation)
{
    return unless(r, conversation, GROUP_PIN_BY_MANAGERS);
}

/* Several reasons to be silent, each with its sentence. One statement: every message asks it. */
static bool allows_speaker(struct request *r, int64_t conversation)
{
    if (!r->person)
        return false;
    struct rows found =
        READ(r,
             "SELECT m.role, m.muted, c.switches, c.closed, m.department FROM member m "
             "JOIN conversation c ON c.org = m.org AND c.id = m.conversation "
             "WHERE m.org = ?1 AND m.conversation = ?2 AND m.person = ?3",
             INT(r->org), INT(conversation), INT(r->person));
    if (!found.count || !member_is_current(r, row_int(&found, 0, 4)))
        return fail(r, FORBIDDEN, "conversation", "你不在这个会话里",
                    "you are not a member of this conversation");
    if (row_int(&found, 0, 3))
        return fail(r, CONFLICT, "conversation", "群已解散", "the group was dissolved");
    if (!str_equal(row_text(&found, 0, 0), S("member")))
        return true;
    if (row_int(&found, 0, 2) & GROUP_MUTED)
        return fail(r, FORBIDDEN, "conversation", "全员禁言中，只有群主和管理员能发言",
                    "only the group's owner and admins may speak now");
    return row_int(&found, 0, 1) <= r->now ||
           fail(r, FORBIDDEN, "conversation", "你已被禁言", "you may not speak here for a while");
}

const struct policy talk_member = {"talk_member", "members of the conversation", allows_member};
const struct policy talk_manager = {"talk_manager", "the group's owner and admins", allows_manager};
const struct policy talk_owner = {"talk_owner", "the group's owner", allows_owner};
const struct policy talk_adder = {"talk_adder", "members who may bring others in", allows_adder};
const struct policy talk_pinner = {"talk_pinner", "members who may pin", allows_pinner};
const struct policy talk_speaker = {"talk_speaker", "members who may speak", allows_speaker};

/* ---- coming in ------------------------------------------------------------------------------ */

bool conversation_is_group(struct request *r, int64_t conversation)
{
    struct rows found = READ(r, "SELECT kind, closed FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(conversation));
    if (!found.count)
        return false;
    if (!str_equal(row_text(&found, 0, 0), S("group")))
        return fail(r, CONFLICT, "conversation", "单聊不能这样做", "this is for groups only");
    return !row_int(&found, 0, 1) ||
           fail(r, CONFLICT, "conversation", "群已解散", "the group was dissolved");
}

bool talk_group_is_open(struct request *r, int64_t conversation, struct str *title)
{
    struct rows found =
        READ(r, "SELECT kind, closed, title FROM conversation WHERE org = ?1 AND id = ?2",
             INT(r->org), INT(conversation));
    if (!found.count || !str_equal(row_text(&found, 0, 0), S("group")) || row_int(&found, 0, 1))
        return false;
    *title = row_text(&found, 0, 2);
    return true;
}

/* Whoever comes in sees the messages from now on. */
void member_insert(struct request *r, int64_t conversation, int64_t person, const char *role,
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

/* Those of the list who are not in yet, each once. */
struct ids member_newcomers(struct request *r, int64_t conversation, const struct ids *people)
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

/* Where whoever comes in begins to read. */
static int64_t member_since(struct request *r, int64_t conversation)
{
    bool sees_all = (group_switches(r, conversation) & GROUP_SHOWS_HISTORY) != 0;
    return sees_all ? 1 : topic_seq(r, conversation) + 1;
}

void members_insert(struct request *r, int64_t conversation, const struct ids *people)
{
    int64_t since = member_since(r, conversation), last = topic_seq(r, conversation);
    for (size_t i = 0; i < people->count; i++) {
        member_insert(r, conversation, people->at[i], "member", since);
        if (since <= last) /* what was said before is no news */
            talk_mark_read(r, conversation, people->at[i], last);
    }
}

void members_welcome(struct request *r, int64_t conversation, const struct ids *people,
                     const char *notice)
{
    for (size_t i = 0; i < people->count; i++)
        conversation_tell(r, conversation, people->at[i]);
    post_notice(r, conversation, notice, S(""), people);
}

static bool talk_members(struct request *r, const struct talk_members_in *in,
                         struct talk_members_out *out)
{
    int64_t after = 0, limit = in->limit ? in->limit : PAGE;
    str_to_int(in->after, &after);
    struct rows found = READ(
        r,
        "SELECT person, role, nickname, muted FROM member WHERE org = ?1 AND conversation = ?2 "
        "AND person > ?3 AND (?5 = 0 OR nickname IS NOT NULL) ORDER BY person LIMIT ?4",
        INT(r->org), INT(in->conversation), INT(after), INT(limit), INT(in->is_named));
    int64_t *ids = ARENA_ARRAY(r->arena, found.count, int64_t);
    out->members.at = ARENA_ARRAY(r->arena, found.count, struct talk_member);
    out->members.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        ids[i] = row_int(&found, i, 0);
        out->members.at[i] = (struct talk_member){.person = ids[i],
                                                  .role = row_text(&found, i, 1),
                                                  .nickname = row_text(&found, i, 2),
                                                  .muted = row_int(&found, i, 3)};
        if (out->members.at[i].muted <= r->now)
            out->members.at[i].muted = 0;
    }
    out->people.at = org_cards(r, ids, found.count, &out->people.count);
    if ((int64_t)found.count == limit)
        out->more = arena_printf(r->arena, "%lld", (long long)ids[found.count - 1]);
    return true;
}

static bool talk_add(struct request *r, const struct talk_add_in *in, struct talk_add_out *out)
{
    (void)out;
    if (!conversation_is_group(r, in->conversation))
        return false;
    struct ids come = member_newcomers(r, in->conversation, &in->people);
    if (!come.count)
        return true;
    members_insert(r, in->conversation, &come);
    members_welcome(r, in->conversation, &come, "added");
    conversation_tell_all(r, in->conversation);
    return true;
}

/* ---- going ---------------------------------------------------------------------------------- */

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
    conversation_tell(r, conversation, row_int(&next, 0, 0));
}

void member_leave(struct request *r, int64_t conversation, int64_t person, const char *notice)
{
    bool is_owner = str_equal(role_of(r, conversation, person), S("owner"));
    drop_member(r, conversation, person);
    post_notice(r, conversation, notice, S(""), &(struct ids){&person, 1});
    if (is_owner)
        hand_over(r, conversation);
    conversation_tell_all(r, conversation);
}

static bool talk_remove(struct request *r, const struct talk_remove_in *in,
                        struct talk_remove_out *out)
{
    (void)out;
    if (!conversation_is_group(r, in->conversation))
        return false;
    struct str role = role_of(r, in->conversation, in->person);
    if (!role.len)
        return fail(r, NOT_FOUND, "person", "这个人不在群里", "the person is not in the group");
    if (str_equal(role, S("owner")))
        return fail(r, FORBIDDEN, "person", "不能移除群主", "the group's owner cannot be removed");
    member_leave(r, in->conversation, in->person, "removed");
    return true;
}

static bool talk_leave(struct request *r, const struct talk_leave_in *in,
                       struct talk_leave_out *out)
{
    (void)out;
    struct rows found = READ(r, "SELECT kind, closed FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(in->conversation));
    if (!found.count || !str_equal(row_text(&found, 0, 0), S("group")))
        return fail(r, CONFLICT, "conversation", "单聊不能这样做", "this is for groups only");
    if (row_int(&found, 0, 1)) { /* dissolved: it only goes from the caller's list */
        drop_member(r, in->conversation, r->person);
        return true;
    }
    if (group_switches(r, in->conversation) & GROUP_STAYS && !talk_manages(r, in->conversation))
        return fail(r, FORBIDDEN, "conversation", "本群不允许自行退群，请联系群主",
                    "members of this group do not leave by themselves; ask its owner");
    member_leave(r, in->conversation, r->person, "left");
    return true;
}

/* Whoever is taken out of the organisation is taken out of its groups. */
void member_leave_all(struct request *r, int64_t person)
{
    struct rows groups = READ(r,
                              "SELECT m.conversation FROM member m JOIN conversation c "
                              "ON c.org = m.org AND c.id = m.conversation AND c.kind = 'group' "
                              "WHERE m.org = ?1 AND m.person = ?2",
                              INT(r->org), INT(person));
    for (size_t i = 0; i < groups.count; i++)
        member_leave(r, row_int(&groups, i, 0), person, "removed");
}

/* ---- as what -------------------------------------------------------------------------------- */

static bool find_member(struct request *r, int64_t conversation, int64_t person, struct str *role)
{
    *role = role_of(r, conversation, person);
    return role->len ||
           fail(r, NOT_FOUND, "person", "这个人不在群里", "the person is not in the group");
}

static void set_role(struct request *r, int64_t conversation, int64_t person, const char *role)
{
    WRITE(r, "UPDATE member SET role = ?4 WHERE org = ?1 AND conversation = ?2 AND person = ?3",
          INT(r->org), INT(conversation), INT(person), TEXT(str_from(role)));
    conversation_tell(r, conversation, person);
}

static bool talk_role(struct request *r, const struct talk_role_in *in, struct talk_role_out *out)
{
    (void)out;
    struct str role;
    if (!conversation_is_group(r, in->conversation) || !talk_owner.allows(r, in->conversation) ||
        !find_member(r, in->conversation, in->person, &role))
        return false;
    if (in->person == r->person)
        return fail(r, BAD_INPUT, "person", "群主要先转让给别人", "hand the group over to another");
    if (str_equal(in->role, S("owner"))) {
        set_role(r, in->conversation, in->person, "owner");
        set_role(r, in->conversation, r->person, "admin");
        post_notice(r, in->conversation, "handed", S(""),
                    &(struct ids){(int64_t[]){in->person}, 1});
        return true;
    }
    bool is_admin = str_equal(in->role, S("admin"));
    if (!is_admin && !str_equal(in->role, S("member")))
        return fail(r, BAD_INPUT, "role", "角色应为 admin、member 或 owner",
                    "the role is admin, member or owner");
    set_role(r, in->conversation, in->person, is_admin ? "admin" : "member");
    return true;
}

static bool talk_mute(struct request *r, const struct talk_mute_in *in, struct talk_mute_out *out)
{
    (void)out;
    struct str role;
    if (!conversation_is_group(r, in->conversation) ||
        !find_member(r, in->conversation, in->person, &role))
        return false;
    if (!str_equal(role, S("member")))
        return fail(r, FORBIDDEN, "person", "不能禁言群主和管理员",
                    "owners and admins cannot be silenced");
    WRITE(r, "UPDATE member SET muted = ?4 WHERE org = ?1 AND conversation = ?2 AND person = ?3",
          INT(r->org), INT(in->conversation), INT(in->person),
          INT(in->minutes ? r->now + in->minutes * MINUTE_MS : 0));
    conversation_tell(r, in->conversation, in->person);
    return true;
}

static bool talk_nickname(struct request *r, const struct talk_nickname_in *in,
                          struct talk_nickname_out *out)
{
    (void)out;
    if (!conversation_is_group(r, in->conversation))
        return false;
    struct str nickname = str_trim(in->nickname);
    WRITE(r, "UPDATE member SET nickname = ?4 WHERE org = ?1 AND conversation = ?2 AND person = ?3",
          INT(r->org), INT(in->conversation), INT(r->person), nickname.len ? TEXT(nickname) : NONE);
    struct talk_named named = {.person = r->person, .nickname = nickname};
    event_put(r, in->conversation, "nickname", r->person, &talk_named_schema, &named);
    return true;
}
