/* people: persons, their cards, finding them, their roles and their leaving; the audit log. */
#include "org/inner.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/must.h"
#include "base/text.h"

enum { MOST_CARDS = 200, FIND_LIMIT = 20, AUDIT_LIMIT = 50 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define PEOPLE_IN(F, S) F(S, IDS, ids, NEEDED, 1, MOST_CARDS, "whose cards")
SCHEMA(org_people_in, PEOPLE_IN)
#define PEOPLE_OUT(F, S) F(S, LIST(org_person), people, NEEDED, 0, 0, "those that exist")
SCHEMA(org_people_out, PEOPLE_OUT)

#define PERSON_IN(F, S)  F(S, PERSON, person, NEEDED, 0, 0, "the person")
#define PERSON_OUT(F, S) F(S, OBJECT(org_person), person, NEEDED, 0, 0, "the card, with posts")
SCHEMA(org_person_in, PERSON_IN)
SCHEMA(org_person_out, PERSON_OUT)

#define ORG_FOUND_DEPARTMENT(F, S)                                                  \
    F(S, ID, id, NEEDED, 0, 0, "the department")                                    \
    F(S, TEXT, name, NEEDED, 0, 0, "its name")                                      \
    F(S, TEXT, path_names, OPTIONAL, 0, 0, "names of those above it, from the top") \
    F(S, INT, people, NEEDED, 0, 0, "people in it and below")
SCHEMA(org_found_department, ORG_FOUND_DEPARTMENT)

#define FIND_IN(F, S)                                                                    \
    F(S, TEXT, query, NEEDED, 1, 60, "part of a name, of its pinyin or of its initials") \
    F(S, INT, limit, OPTIONAL, 1, 50, "people at most; 20 otherwise")                    \
    F(S, TEXT, after, OPTIONAL, 1, 200, "the former answer's `more`")
SCHEMA(org_find_in, FIND_IN)
#define FIND_OUT(F, S)                                                               \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "those found")                      \
    F(S, LIST(org_found_department), departments, NEEDED, 0, 0, "on the first page") \
    F(S, TEXT, more, OPTIONAL, 0, 0, "there are more: `after` of the next call")
SCHEMA(org_find_out, FIND_OUT)

#define PERSON_CHANGE_IN(F, S)                                                     \
    F(S, PERSON, person, NEEDED, 0, 0, "the person")                               \
    F(S, TEXT, name, OPTIONAL, 1, 80, "name")                                      \
    F(S, TEXT, phone, OPTIONAL, 0, 40, "phone number shown on the card")           \
    F(S, TEXT, email, OPTIONAL, 0, 200, "e-mail address shown on the card")        \
    F(S, ID, avatar, OPTIONAL, 0, 0, "file of a picture that the caller may read") \
    F(S, BOOL, drops_avatar, OPTIONAL, 0, 0, "no picture from now on")
SCHEMA(org_person_change_in, PERSON_CHANGE_IN)
SCHEMA(org_person_change_out, PERSON_OUT)

#define ROLE_IN(F, S)                                \
    F(S, PERSON, person, NEEDED, 0, 0, "the person") \
    F(S, TEXT, role, NEEDED, 1, 10, "owner, admin or member")
SCHEMA(org_role_in, ROLE_IN)
SCHEMA(org_role_out, NO_FIELDS)

SCHEMA(org_remove_in, PERSON_IN)
SCHEMA(org_remove_out, NO_FIELDS)

#define ORG_AUDIT_LINE(F, S)                                                           \
    F(S, ID, id, NEEDED, 0, 0, "the line")                                             \
    F(S, TIME, at, NEEDED, 0, 0, "when")                                               \
    F(S, PERSON, person, OPTIONAL, 0, 0, "who did it")                                 \
    F(S, TEXT, person_name, OPTIONAL, 0, 0, "their name")                              \
    F(S, TEXT, act, NEEDED, 0, 0, "what, as a word")                                   \
    F(S, ID, about, OPTIONAL, 0, 0, "the person, department or other thing concerned") \
    F(S, TEXT, about_name, OPTIONAL, 0, 0, "its name, when it is a person")            \
    F(S, TEXT, detail, OPTIONAL, 0, 0, "more of it")
SCHEMA(org_audit_line, ORG_AUDIT_LINE)
#define AUDIT_IN(F, S)                                            \
    F(S, ID, before, OPTIONAL, 0, 0, "lines older than this one") \
    F(S, INT, limit, OPTIONAL, 1, 200, "at most; 50 otherwise")
SCHEMA(org_audit_in, AUDIT_IN)
#define AUDIT_OUT(F, S)                                             \
    F(S, LIST(org_audit_line), lines, NEEDED, 0, 0, "newest first") \
    F(S, ID, more, OPTIONAL, 0, 0, "`before` of the next call")
SCHEMA(org_audit_out, AUDIT_OUT)

#define PEOPLE_OPS(OP)                                                                            \
    OP(org_people, "POST", "/v1/people/cards", READS, 0, "Cards of several people",               \
       MAY_CALL(org_member))                                                                      \
    OP(org_person, "GET", "/v1/people/{person}", READS, 0, "A person's card",                     \
       MAY_CALL(org_member))                                                                      \
    OP(org_find, "GET", "/v1/find", READS, 600,                                                   \
       "Find people and departments by part of a name, pinyin or initials", MAY_CALL(org_member)) \
    OP(org_person_change, "PATCH", "/v1/people/{person}", WRITES, 0,                              \
       "Change a card: one's own, or anyone's as an admin", MAY(self_or_admin, person),           \
       MAY(org_someone, person))                                                                  \
    OP(org_role, "PUT", "/v1/people/{person}/role", WRITES, 0,                                    \
       "Make somebody owner, admin, member", MAY_CALL(org_owner), MAY(org_someone, person))       \
    OP(org_remove, "DELETE", "/v1/people/{person}", WRITES, 0,                                    \
       "Take somebody out of the organisation", MAY_CALL(org_admin), MAY(org_someone, person))    \
    OP(org_audit, "GET", "/v1/audit", READS, 0, "What admins did, newest first",                  \
       MAY_CALL(org_admin))

static bool allows_self_or_admin(struct request *r, int64_t person)
{
    return r->person && (r->person == person || org_has_role(r, "admin", "owner"));
}

static const struct policy self_or_admin = {"self_or_admin", "the person, and admins",
                                            allows_self_or_admin};

OPS(PEOPLE_OPS)

const struct module org_people_module = {.name = "org_people", MODULE_OPS};

/* ---- cards --------------------------------------------------------------------------------- */

struct str org_name(struct request *r, int64_t person)
{
    struct rows found =
        READ(r, "SELECT name FROM person WHERE org = ?1 AND id = ?2", INT(r->org), INT(person));
    return found.count ? row_text(&found, 0, 0) : S("");
}

bool org_is_active(struct request *r, int64_t person)
{
    struct rows found =
        READ(r, "SELECT 1 FROM person WHERE org = ?1 AND id = ?2 AND state = 'active'", INT(r->org),
             INT(person));
    return found.count != 0;
}

enum language org_language_of(struct request *r, int64_t person)
{
    struct rows found = READ(r,
                             "SELECT a.language FROM person p JOIN account a ON a.id = p.account "
                             "WHERE p.org = ?1 AND p.id = ?2",
                             INT(r->org), INT(person));
    return found.count && str_equal(row_text(&found, 0, 0), S("en")) ? LANGUAGE_EN : LANGUAGE_ZH;
}

struct ids org_people_after(struct request *r, int64_t after, int64_t limit)
{
    struct rows found = READ(r,
                             "SELECT id FROM person WHERE org = ?1 AND id > ?2 "
                             "AND state = 'active' ORDER BY id LIMIT ?3",
                             INT(r->org), INT(after), INT(limit));
    struct ids ids = {ARENA_ARRAY(r->arena, found.count, int64_t), found.count};
    for (size_t i = 0; i < found.count; i++)
        ids.at[i] = row_int(&found, i, 0);
    return ids;
}

bool org_is_admin(struct request *r)
{
    return r->person && org_has_role(r, "admin", "owner");
}

/* So many are read by one statement; fewer are filled up with zeros, which nobody is. */
enum { CARDS = 8 };

static struct rows read_cards(struct request *r, const int64_t *ids)
{
    return READ(
        r,
        "SELECT p.id, p.name, p.pinyin, p.role, p.phone, p.email, p.avatar, p.state, o.title, "
        "d.name FROM person p "
        "LEFT JOIN post o ON o.org = p.org AND o.person = p.id AND o.is_main = 1 "
        "LEFT JOIN department d ON d.org = o.org AND d.id = o.department "
        "WHERE p.org = ?1 AND p.id IN (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        INT(r->org), INT(ids[0]), INT(ids[1]), INT(ids[2]), INT(ids[3]), INT(ids[4]), INT(ids[5]),
        INT(ids[6]), INT(ids[7]));
}

static bool find_card(const struct rows *rows, int64_t id, struct org_person *card)
{
    size_t row = 0;
    while (row < rows->count && row_int(rows, row, 0) != id)
        row++;
    if (row == rows->count)
        return false;
    *card = (struct org_person){.id = id,
                                .name = row_text(rows, row, 1),
                                .pinyin = row_text(rows, row, 2),
                                .role = row_text(rows, row, 3),
                                .phone = row_text(rows, row, 4),
                                .email = row_text(rows, row, 5),
                                .avatar = row_int(rows, row, 6),
                                .state = row_text(rows, row, 7),
                                .title = row_text(rows, row, 8),
                                .department_name = row_text(rows, row, 9)};
    return true;
}

static bool read_card(struct request *r, int64_t id, struct org_person *card)
{
    struct rows rows = read_cards(r, (const int64_t[CARDS]){id});
    return find_card(&rows, id, card);
}

struct org_person *org_cards(struct request *r, const int64_t *ids, size_t count, size_t *found)
{
    struct ids once = people_once(r, ids, count);
    struct org_person *cards = ARENA_ARRAY(r->arena, once.count, struct org_person);
    *found = 0;
    for (size_t i = 0; i < once.count; i += CARDS) {
        int64_t some[CARDS] = {0};
        size_t left = once.count - i < CARDS ? once.count - i : CARDS;
        memcpy(some, once.at + i, left * sizeof *some);
        struct rows rows = read_cards(r, some);
        for (size_t j = 0; j < left; j++)
            *found += find_card(&rows, some[j], &cards[*found]);
    }
    return cards;
}

static void add_posts(struct request *r, struct org_person *card)
{
    struct rows found =
        READ(r,
             "SELECT o.department, d.name, o.title, o.is_main, o.is_head FROM post o "
             "JOIN department d ON d.org = o.org AND d.id = o.department "
             "WHERE o.org = ?1 AND o.person = ?2 ORDER BY o.is_main DESC, o.department LIMIT 100",
             INT(r->org), INT(card->id));
    card->posts.at = ARENA_ARRAY(r->arena, found.count, struct org_post);
    card->posts.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        card->posts.at[i] = (struct org_post){.department = row_int(&found, i, 0),
                                              .department_name = row_text(&found, i, 1),
                                              .title = row_text(&found, i, 2),
                                              .is_main = row_int(&found, i, 3) != 0,
                                              .is_head = row_int(&found, i, 4) != 0};
}

struct org_person *people_card(struct request *r, int64_t person)
{
    struct org_person *card = ARENA_NEW(r->arena, struct org_person);
    if (!read_card(r, person, card)) {
        fail(r, NOT_FOUND, "person", "组织里没有这个人", "there is no such person here");
        return NULL;
    }
    add_posts(r, card);
    if (person == r->person || org_has_role(r, "admin", "owner")) {
        struct rows found =
            READ(r,
                 "SELECT coalesce(a.login, a.phone, a.email) FROM person p "
                 "JOIN account a ON a.id = p.account WHERE p.org = ?1 AND p.id = ?2",
                 INT(r->org), INT(person));
        card->login = found.count ? row_text(&found, 0, 0) : S("");
    }
    return card;
}

static bool org_people(struct request *r, const struct org_people_in *in,
                       struct org_people_out *out)
{
    out->people.at = org_cards(r, in->ids.at, in->ids.count, &out->people.count);
    return true;
}

static bool org_person(struct request *r, const struct org_person_in *in,
                       struct org_person_out *out)
{
    out->person = people_card(r, in->person);
    return out->person != NULL;
}

/* ---- finding ------------------------------------------------------------------------------- */

/* "/1/5/9/" as "临江县 / 青山镇", without the last one. */
static struct str path_names(struct request *r, struct str path)
{
    struct buf out = buf_new(2000);
    struct str rest = str_skip(path, 1);
    while (rest.len) {
        struct str one = str_cut(&rest, '/');
        int64_t id;
        if (!rest.len || !str_to_int(one, &id))
            break;
        if (out.len)
            buf_add(&out, S(" / "));
        buf_add(&out, department_name(r, id));
    }
    struct str names = arena_copy(r->arena, buf_str(&out));
    buf_free(&out);
    return names;
}

static void find_departments(struct request *r, struct str query, struct org_find_out *out)
{
    struct str more;
    struct ids ids = names_find(r, "d", query, S(""), 5, &more);
    out->departments.at = ARENA_ARRAY(r->arena, ids.count, struct org_found_department);
    for (size_t i = 0; i < ids.count; i++) {
        struct rows found = READ(r,
                                 "SELECT name, path, people FROM department "
                                 "WHERE org = ?1 AND id = ?2",
                                 INT(r->org), INT(ids.at[i]));
        if (found.count)
            out->departments.at[out->departments.count++] =
                (struct org_found_department){.id = ids.at[i],
                                              .name = row_text(&found, 0, 0),
                                              .path_names = path_names(r, row_text(&found, 0, 1)),
                                              .people = row_int(&found, 0, 2)};
    }
}

static bool org_find(struct request *r, const struct org_find_in *in, struct org_find_out *out)
{
    if (!str_trim(in->query).len)
        return fail(r, BAD_INPUT, "query", "请输入要找的名字", "say whom to look for");
    size_t limit = in->limit ? (size_t)in->limit : FIND_LIMIT;
    struct ids ids = names_find(r, "p", in->query, in->after, limit, &out->more);
    out->people.at = org_cards(r, ids.at, ids.count, &out->people.count);
    if (!in->after.len)
        find_departments(r, in->query, out);
    return true;
}

/* ---- making and changing ------------------------------------------------------------------- */

static struct str pinyin_of(struct request *r, struct str name)
{
    struct buf full = buf_new(400), initials = buf_new(400);
    pinyin_write(name, &full, &initials);
    struct str text = arena_copy(r->arena, buf_str(&full));
    buf_free(&full);
    buf_free(&initials);
    return text;
}

int64_t org_make_person(struct request *r, int64_t account, struct str name, const char *role)
{
    int64_t person = id_next();
    WRITE(r,
          "INSERT INTO person (org, id, account, name, pinyin, phone, email, avatar, role, state, "
          "created, changed) VALUES (?1, ?2, ?3, ?4, ?5, coalesce((SELECT phone FROM account "
          "WHERE id = ?3), ''), coalesce((SELECT email FROM account WHERE id = ?3), ''), 0, ?6, "
          "'active', ?7, ?7)",
          INT(r->org), INT(person), INT(account), TEXT(name), TEXT(pinyin_of(r, name)),
          TEXT(str_from(role)), INT(r->now));
    WRITE(r, "UPDATE organisation SET people = people + 1 WHERE org = ?1", INT(r->org));
    names_put(r, "p", person, name);
    return has_failed(r) ? 0 : person;
}

int64_t org_make_robot(struct request *r, struct str name)
{
    int64_t robot = id_next();
    WRITE(r,
          "INSERT INTO person (org, id, account, name, pinyin, phone, email, avatar, role, state, "
          "created, changed) VALUES (?1, ?2, ?3, ?4, ?5, '', '', 0, 'member', 'robot', ?6, ?6)",
          INT(r->org), INT(robot), INT(-robot), TEXT(name), TEXT(pinyin_of(r, name)), INT(r->now));
    return has_failed(r) ? 0 : robot;
}

void org_change_robot(struct request *r, int64_t robot, struct str name, int64_t avatar)
{
    WRITE(r,
          "UPDATE person SET name = ?3, pinyin = ?4, avatar = ?5 WHERE org = ?1 AND id = ?2 "
          "AND state = 'robot'",
          INT(r->org), INT(robot), TEXT(name), TEXT(pinyin_of(r, name)), INT(avatar));
    memory_changed(r);
    people_changed(r, robot);
}

void people_changed(struct request *r, int64_t person)
{
    WRITE(r, "UPDATE person SET changed = ?3 WHERE org = ?1 AND id = ?2", INT(r->org), INT(person),
          INT(r->now));
    struct org_person *card = people_card(r, person);
    if (card)
        event_put(r, person, "person", person, &org_person_schema, card);
}

static org_picture *take_picture;

void org_register_picture(org_picture *picture)
{
    take_picture = picture;
}

static bool org_person_change(struct request *r, const struct org_person_change_in *in,
                              struct org_person_change_out *out)
{
    struct str name = str_trim(in->name), phone = in->phone, email = in->email;
    if (HAS(org_person_change_in, in, name) && !name.len)
        return fail(r, BAD_INPUT, "name", "姓名不能为空", "a name is needed");
    if (phone.len && !account_clean_phone(r, in->phone, &phone))
        return false;
    if (email.len && !account_clean_email(r, in->email, &email))
        return false;
    struct rows now_has = READ(r,
                               "SELECT name, phone, email, avatar FROM person "
                               "WHERE org = ?1 AND id = ?2",
                               INT(r->org), INT(in->person));
    must(now_has.count);
    bool changes_picture = in->avatar || in->drops_avatar;
    if (changes_picture && !take_picture(r, in->person, in->avatar))
        return false;
    bool renames = name.len && !str_equal(name, row_text(&now_has, 0, 0));
    if (!name.len)
        name = row_text(&now_has, 0, 0);
    WRITE(r,
          "UPDATE person SET name = ?3, pinyin = ?4, phone = ?5, email = ?6, avatar = ?7 "
          "WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(in->person), TEXT(name), TEXT(pinyin_of(r, name)),
          TEXT(HAS(org_person_change_in, in, phone) ? phone : row_text(&now_has, 0, 1)),
          TEXT(HAS(org_person_change_in, in, email) ? email : row_text(&now_has, 0, 2)),
          INT(changes_picture ? in->avatar : row_int(&now_has, 0, 3)));
    memory_changed(r);
    if (renames) {
        names_drop(r, "p", in->person);
        names_put(r, "p", in->person, name);
    }
    if (in->person != r->person)
        audit(r, "person_change", in->person, name);
    people_changed(r, in->person);
    out->person = people_card(r, in->person);
    return out->person != NULL;
}

/* ---- roles and leaving --------------------------------------------------------------------- */

static bool is_last_owner(struct request *r, int64_t person)
{
    struct rows owners =
        READ(r,
             "SELECT id FROM person WHERE org = ?1 AND role = 'owner' AND state = 'active' "
             "LIMIT 2",
             INT(r->org));
    return owners.count == 1 && row_int(&owners, 0, 0) == person;
}

static bool org_role(struct request *r, const struct org_role_in *in, struct org_role_out *out)
{
    (void)out;
    bool is_owner = str_equal(in->role, S("owner"));
    if (!is_owner && !str_equal(in->role, S("admin")) && !str_equal(in->role, S("member")))
        return fail(r, BAD_INPUT, "role", "角色只能是 owner、admin 或 member",
                    "the role is owner, admin or member");
    if (!is_owner && is_last_owner(r, in->person))
        return fail(r, CONFLICT, "role", "组织至少要有一位所有者，请先指定另一位",
                    "an organisation needs an owner; name another one first");
    WRITE(r, "UPDATE person SET role = ?3 WHERE org = ?1 AND id = ?2", INT(r->org), INT(in->person),
          TEXT(in->role));
    audit(r, "role", in->person, in->role);
    people_changed(r, in->person);
    return true;
}

enum { MOST_LEAVINGS = 16 };
static org_leaving *leavings[MOST_LEAVINGS];
static size_t leaving_count;

void org_register_leaving(org_leaving *leaving)
{
    for (size_t i = 0; i < leaving_count; i++)
        if (leavings[i] == leaving)
            return;
    must(leaving_count < MOST_LEAVINGS);
    leavings[leaving_count++] = leaving;
}

static bool org_remove(struct request *r, const struct org_remove_in *in,
                       struct org_remove_out *out)
{
    (void)out;
    if (is_last_owner(r, in->person))
        return fail(r, CONFLICT, "person", "不能移除唯一的所有者", "the only owner cannot go");
    struct rows role =
        READ(r, "SELECT role FROM person WHERE org = ?1 AND id = ?2", INT(r->org), INT(in->person));
    if (role.count && str_equal(row_text(&role, 0, 0), S("owner")) &&
        !org_has_role(r, "owner", "owner"))
        return fail(r, FORBIDDEN, "person", "只有所有者能移除所有者",
                    "only an owner may take an owner out");
    struct rows posts = READ(r, "SELECT department FROM post WHERE org = ?1 AND person = ?2",
                             INT(r->org), INT(in->person));
    for (size_t i = 0; i < posts.count; i++)
        org_drop_post(r, in->person, row_int(&posts, i, 0));
    WRITE(r,
          "UPDATE person SET state = 'removed', role = 'member', changed = ?3 "
          "WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(in->person), INT(r->now));
    WRITE(r, "UPDATE organisation SET people = people - 1 WHERE org = ?1", INT(r->org));
    names_drop(r, "p", in->person);
    for (size_t i = 0; i < leaving_count; i++)
        leavings[i](r, in->person);
    audit(r, "remove", in->person, org_name(r, in->person));
    close_followers(r, in->person, 4002);
    return true;
}

static bool org_audit(struct request *r, const struct org_audit_in *in, struct org_audit_out *out)
{
    int64_t limit = in->limit ? in->limit : AUDIT_LIMIT;
    struct rows found =
        READ(r,
             "SELECT a.id, a.at, a.person, p.name, a.act, a.about, b.name, a.detail FROM audit a "
             "LEFT JOIN person p ON p.org = a.org AND p.id = a.person "
             "LEFT JOIN person b ON b.org = a.org AND b.id = a.about "
             "WHERE a.org = ?1 AND a.id < ?2 ORDER BY a.id DESC LIMIT ?3",
             INT(r->org), INT(in->before ? in->before : INT64_MAX), INT(limit));
    out->lines.at = ARENA_ARRAY(r->arena, found.count, struct org_audit_line);
    out->lines.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->lines.at[i] = (struct org_audit_line){.id = row_int(&found, i, 0),
                                                   .at = row_int(&found, i, 1),
                                                   .person = row_int(&found, i, 2),
                                                   .person_name = row_text(&found, i, 3),
                                                   .act = row_text(&found, i, 4),
                                                   .about = row_int(&found, i, 5),
                                                   .about_name = row_text(&found, i, 6),
                                                   .detail = row_text(&found, i, 7)};
    if ((int64_t)found.count == limit)
        out->more = row_int(&found, found.count - 1, 0);
    return true;
}
