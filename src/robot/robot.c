/* robot: the robots of a group, as its managers keep them. */
#include "robot/inner.h"
#include "base/must.h"
#include "base/text.h"
#include "fetch/fetch.h"

#include <sodium.h>

EMBED_SQL(robot);

enum { LONGEST_NAME = 40, LONGEST_KEYWORD = 40, LONGEST_ADDRESS = 50, LONGEST_URL = 2000 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define ROBOT_WORD(F, S) F(S, TEXT, text, NEEDED, 1, LONGEST_ADDRESS, "the word or address")
SCHEMA(robot_word, ROBOT_WORD)

#define ROBOT_ROBOT(F, S)                                                                         \
    F(S, PERSON, id, NEEDED, 0, 0, "the robot; calling it is a mention of this id")               \
    F(S, TEXT, name, NEEDED, 0, 0, "its name")                                                    \
    F(S, ID, avatar, OPTIONAL, 0, 0, "file of its picture")                                       \
    F(S, BOOL, answers, OPTIONAL, 0, 0, "it can be called: somebody outside is told")             \
    F(S, BOOL, is_off, OPTIONAL, 0, 0, "it is switched off")                                      \
    F(S, PERSON, creator, NEEDED, 0, 0, "who added it")                                           \
    F(S, TIME, created, NEEDED, 0, 0, "when")                                                     \
    F(S, LIST(robot_word), keywords, OPTIONAL, 0, 0, "to managers: one of them must occur")       \
    F(S, BOOL, is_signed, OPTIONAL, 0, 0, "to managers: messages must be signed with the secret") \
    F(S, TEXT, secret, OPTIONAL, 0, 0, "to managers")                                             \
    F(S, LIST(robot_word), addresses, OPTIONAL, 0, 0,                                             \
      "to managers: messages come from these only")                                               \
    F(S, TEXT, url, OPTIONAL, 0, 0, "to managers: what is told when somebody calls it")           \
    F(S, INT, per_minute, OPTIONAL, 0, 0, "to managers: messages a minute")
SCHEMA(robot_robot, ROBOT_ROBOT)

#define ROBOT_GIVEN(F, S)                                                                        \
    F(S, LIST(robot_word), keywords, OPTIONAL, 0, MOST_KEYWORDS, "one of them must occur")       \
    F(S, BOOL, is_signed, OPTIONAL, 0, 0, "messages must be signed with the secret")             \
    F(S, LIST(robot_word), addresses, OPTIONAL, 0, MOST_ADDRESSES,                               \
      "messages come only from these: IPv4, IPv6, or ranges such as 10.0.0.0/8")                 \
    F(S, TEXT, url, OPTIONAL, 0, LONGEST_URL, "told when somebody calls the robot; empty: none") \
    F(S, INT, per_minute, OPTIONAL, 1, MOST_PER_MINUTE, "messages a minute; 20 otherwise")       \
    F(S, ID, avatar, OPTIONAL, 0, 0, "file of a picture that the caller may read")

#define ADD_IN(F, S)                                                                          \
    F(S, ID, conversation, NEEDED, 0, 0, "the group")                                         \
    F(S, TEXT, name, NEEDED, 1, LONGEST_NAME, "its name; no other robot of the group has it") \
    ROBOT_GIVEN(F, S)
SCHEMA(robot_add_in, ADD_IN)
#define TOKEN_OUT(F, S)                                                                 \
    F(S, OBJECT(robot_robot), robot, NEEDED, 0, 0, "the robot")                         \
    F(S, TEXT, token, NEEDED, 0, 0, "of the address to post to; it is not shown again") \
    F(S, TEXT, url, NEEDED, 0, 0, "that address: a path, or all of it where the server knows it")
SCHEMA(robot_add_out, TOKEN_OUT)

#define LIST_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the group")
SCHEMA(robot_list_in, LIST_IN)
#define LIST_OUT(F, S) F(S, LIST(robot_robot), robots, NEEDED, 0, 0, "in the order of adding")
SCHEMA(robot_list_out, LIST_OUT)

#define ROBOT_IN(F, S)                                \
    F(S, ID, conversation, NEEDED, 0, 0, "the group") \
    F(S, PERSON, robot, NEEDED, 0, 0, "the robot")
#define CHANGE_IN(F, S)                                                \
    ROBOT_IN(F, S)                                                     \
    F(S, TEXT, name, OPTIONAL, 1, LONGEST_NAME, "its name")            \
    ROBOT_GIVEN(F, S)                                                  \
    F(S, BOOL, drops_avatar, OPTIONAL, 0, 0, "no picture from now on") \
    F(S, BOOL, is_off, OPTIONAL, 0, 0, "switched off, or on again")
SCHEMA(robot_change_in, CHANGE_IN)
#define CHANGE_OUT(F, S) F(S, OBJECT(robot_robot), robot, NEEDED, 0, 0, "the robot as it is now")
SCHEMA(robot_change_out, CHANGE_OUT)

SCHEMA(robot_remove_in, ROBOT_IN)
SCHEMA(robot_remove_out, NO_FIELDS)

#define RENEW_IN(F, S) \
    ROBOT_IN(F, S)     \
    F(S, BOOL, also_secret, OPTIONAL, 0, 0, "a new secret, too")
SCHEMA(robot_token_renew_in, RENEW_IN)
SCHEMA(robot_token_renew_out, TOKEN_OUT)

#define ROBOT_OPS(OP)                                                                              \
    OP(robot_add, "POST", "/v1/conversations/{conversation}/robots", WRITES, 30,                   \
       "Add a robot to a group; without any check asked for, it must sign",                        \
       MAY(talk_manager, conversation))                                                            \
    OP(robot_list, "GET", "/v1/conversations/{conversation}/robots", READS, 0,                     \
       "A group's robots; how they are kept is for its owner and admins",                          \
       MAY(talk_member, conversation))                                                             \
    OP(robot_change, "PATCH", "/v1/conversations/{conversation}/robots/{robot}", WRITES, 0,        \
       "Change a robot; what is not given stays", MAY(talk_manager, conversation))                 \
    OP(robot_remove, "DELETE", "/v1/conversations/{conversation}/robots/{robot}", WRITES, 0,       \
       "Take a robot out of a group", MAY(talk_manager, conversation))                             \
    OP(robot_token_renew, "POST", "/v1/conversations/{conversation}/robots/{robot}/token", WRITES, \
       30, "A new token for a robot; the former one ends", MAY(talk_manager, conversation))
OPS(ROBOT_OPS)

static const struct store_rule rules[] = {
    {"robot %2 of organisation %1 belongs to conversation %3, which is not there",
     "SELECT r.org, r.id, r.conversation FROM robot r WHERE NOT EXISTS "
     "(SELECT 1 FROM conversation c WHERE c.org = r.org AND c.id = r.conversation)"},
    {"robot %2 of organisation %1 has no name and face",
     "SELECT r.org, r.id FROM robot r WHERE NOT EXISTS "
     "(SELECT 1 FROM person p WHERE p.org = r.org AND p.id = r.id AND p.state = 'robot')"},
    {0},
};

const struct module robot_module = {
    .name = "robot", MODULE_OPS, .sql = robot_sql, .sql_end = robot_sql_end, .rules = rules};

/* ---- reading -------------------------------------------------------------------------------- */

#define ROBOT_COLUMNS                                                                          \
    "org, id, conversation, checks, per_minute, secret, reply_key, keywords, addresses, url, " \
    "is_off, name, avatar, creator, created"
enum column { NAME = 11, AVATAR, CREATOR, CREATED };

static void fill(const struct rows *rows, size_t row, struct robot *out)
{
    *out = (struct robot){.org = row_int(rows, row, 0),
                          .id = row_int(rows, row, 1),
                          .conversation = row_int(rows, row, 2),
                          .checks = row_int(rows, row, 3),
                          .per_minute = row_int(rows, row, 4),
                          .secret = row_text(rows, row, 5),
                          .reply_key = row_text(rows, row, 6),
                          .keywords = row_text(rows, row, 7),
                          .addresses = row_text(rows, row, 8),
                          .url = row_text(rows, row, 9),
                          .is_off = row_int(rows, row, 10) != 0};
}

/* Found by the token's hash, so the time that a comparison takes tells nothing of the token. */
bool robot_by_token(struct request *r, struct str token, struct robot *out)
{
    struct rows found = READ(r, "SELECT " ROBOT_COLUMNS " FROM robot WHERE hash = ?1",
                             BLOB(org_token_hash(r->arena, token)));
    if (found.count)
        fill(&found, 0, out);
    return found.count != 0;
}

bool robot_by_id(struct request *r, int64_t id, struct robot *out)
{
    struct rows found = READ(r, "SELECT " ROBOT_COLUMNS " FROM robot WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(id));
    if (found.count)
        fill(&found, 0, out);
    return found.count != 0;
}

static void show_words(struct request *r, struct str lines, struct robot_word **at, size_t *count)
{
    *at = ARENA_ARRAY(r->arena, MOST_ADDRESSES, struct robot_word);
    while (lines.len && *count < MOST_ADDRESSES)
        (*at)[(*count)++].text = str_cut(&lines, '\n');
}

static void show(struct request *r, const struct rows *rows, size_t row, bool is_manager,
                 struct robot_robot *out)
{
    struct robot robot;
    fill(rows, row, &robot);
    *out = (struct robot_robot){.id = robot.id,
                                .name = row_text(rows, row, NAME),
                                .avatar = row_int(rows, row, AVATAR),
                                .answers = robot.url.len && !robot.is_off,
                                .is_off = robot.is_off,
                                .creator = row_int(rows, row, CREATOR),
                                .created = row_int(rows, row, CREATED)};
    if (!is_manager)
        return;
    show_words(r, robot.keywords, &out->keywords.at, &out->keywords.count);
    show_words(r, robot.addresses, &out->addresses.at, &out->addresses.count);
    out->is_signed = (robot.checks & CHECK_SIGNATURE) != 0;
    out->secret = robot.secret;
    out->url = robot.url;
    out->per_minute = robot.per_minute;
}

static struct robot_robot *show_one(struct request *r, int64_t id)
{
    struct rows found = READ(r, "SELECT " ROBOT_COLUMNS " FROM robot WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(id));
    struct robot_robot *out = ARENA_NEW(r->arena, struct robot_robot);
    if (found.count)
        show(r, &found, 0, true, out);
    return out;
}

static bool robot_list(struct request *r, const struct robot_list_in *in,
                       struct robot_list_out *out)
{
    struct rows found =
        READ(r,
             "SELECT " ROBOT_COLUMNS " FROM robot WHERE org = ?1 AND conversation = ?2 "
             "ORDER BY id LIMIT ?3",
             INT(r->org), INT(in->conversation), INT(MOST_ROBOTS));
    bool is_manager = talk_manages(r, in->conversation);
    out->robots.at = ARENA_ARRAY(r->arena, found.count, struct robot_robot);
    out->robots.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        show(r, &found, i, is_manager, &out->robots.at[i]);
    return true;
}

/* ---- what is given -------------------------------------------------------------------------- */

struct given {
    struct str keywords, addresses, url;
    int64_t checks, per_minute;
    bool is_off;
};

static bool join_keywords(struct request *r, const struct robot_word *at, size_t count,
                          struct str *out)
{
    *out = S("");
    for (size_t i = 0; i < count; i++) {
        struct str word = str_trim(at[i].text);
        if (!word.len || text_length(word) > LONGEST_KEYWORD || str_find_char(word, '\n') >= 0)
            return fail(r, BAD_INPUT, "keywords", "关键词应为 1 到 40 个字",
                        "a keyword has 1 to 40 characters");
        *out = arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(*out), i ? "\n" : "", STR_ARG(word));
    }
    return true;
}

static bool join_addresses(struct request *r, const struct robot_word *at, size_t count,
                           struct str *out)
{
    *out = S("");
    for (size_t i = 0; i < count; i++) {
        struct str range = str_trim(at[i].text);
        if (!robot_is_range(range))
            return fail(r, BAD_INPUT, "addresses", "IP 地址或网段写法不对，例如 10.0.0.0/8",
                        "an address or range is malformed; 10.0.0.0/8 would be right");
        *out = arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(*out), i ? "\n" : "", STR_ARG(range));
    }
    return true;
}

static bool check_url(struct request *r, struct str url)
{
    return !url.len || fetch_is_address(url) ||
           fail(r, BAD_INPUT, "url", "地址应以 http:// 或 https:// 开头",
                "the address must begin with http:// or https://");
}

static void set_checks(struct given *given, bool is_signed)
{
    given->checks = (given->keywords.len ? CHECK_KEYWORDS : 0) | (is_signed ? CHECK_SIGNATURE : 0) |
                    (given->addresses.len ? CHECK_ADDRESSES : 0);
}

static bool name_is_free(struct request *r, int64_t conversation, int64_t robot, struct str name)
{
    struct rows taken = READ(r,
                             "SELECT 1 FROM robot WHERE org = ?1 AND conversation = ?2 "
                             "AND name = ?3 AND id <> ?4",
                             INT(r->org), INT(conversation), TEXT(name), INT(robot));
    if (!name.len)
        return fail(r, BAD_INPUT, "name", "机器人要有名字", "a robot needs a name");
    return !taken.count ||
           fail(r, CONFLICT, "name", "群里已有同名的机器人", "the group has a robot of this name");
}

/* ---- tokens --------------------------------------------------------------------------------- */

static struct str new_secret(struct request *r)
{
    char bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    return arena_printf(r->arena, "SEC%s", text_hex(r->arena, str_of(bytes, sizeof bytes)).ptr);
}

static struct str new_reply_key(struct request *r)
{
    char *bytes = arena_alloc(r->arena, 32);
    randombytes_buf(bytes, 32);
    return str_of(bytes, 32);
}

static struct str address_of(struct request *r, struct str token)
{
    return arena_printf(r->arena, "%.*s/robot/send?access_token=%.*s", STR_ARG(api_url(r->api)),
                        STR_ARG(token));
}

/* ---- adding --------------------------------------------------------------------------------- */

static int64_t insert(struct request *r, int64_t conversation, struct str name,
                      const struct given *given, struct str token, struct str secret)
{
    int64_t id = org_make_robot(r, name);
    WRITE(
        r,
        "INSERT INTO robot (org, id, conversation, name, avatar, hash, secret, reply_key, checks, "
        "keywords, addresses, url, per_minute, is_off, creator, created) "
        "VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, ?14)",
        INT(r->org), INT(id), INT(conversation), TEXT(name), BLOB(org_token_hash(r->arena, token)),
        TEXT(secret), BLOB(new_reply_key(r)), INT(given->checks), TEXT(given->keywords),
        TEXT(given->addresses), TEXT(given->url), INT(given->per_minute), INT(r->person),
        INT(r->now));
    return has_failed(r) ? 0 : id;
}

int64_t robot_make(struct request *r, int64_t conversation, struct str name, int64_t per_minute,
                   struct str *token, struct str *secret)
{
    struct given given = {.checks = CHECK_SIGNATURE, .per_minute = per_minute};
    *token = org_token_new(r->arena);
    *secret = new_secret(r);
    return insert(r, conversation, name, &given, *token, *secret);
}

static bool has_room(struct request *r, int64_t conversation)
{
    struct str title;
    struct rows found = READ(r, "SELECT count(*) FROM robot WHERE org = ?1 AND conversation = ?2",
                             INT(r->org), INT(conversation));
    if (!talk_group_is_open(r, conversation, &title))
        return fail(r, CONFLICT, "conversation", "只有未解散的群可以有机器人",
                    "only a group that was not dissolved has robots");
    return row_int(&found, 0, 0) < MOST_ROBOTS ||
           fail(r, CONFLICT, "conversation", "一个群最多 50 个机器人",
                "a group has at most 50 robots");
}

static bool set_picture(struct request *r, int64_t robot, struct str name, int64_t file)
{
    if (!file_take_picture(r, "avatar", file, robot, "person"))
        return false;
    WRITE(r, "UPDATE robot SET avatar = ?3 WHERE org = ?1 AND id = ?2", INT(r->org), INT(robot),
          INT(file));
    org_change_robot(r, robot, name, file);
    return true;
}

static bool robot_add(struct request *r, const struct robot_add_in *in, struct robot_add_out *out)
{
    struct str name = str_trim(in->name);
    struct given given = {.url = str_trim(in->url),
                          .per_minute = in->per_minute ? in->per_minute : USUAL_PER_MINUTE};
    if (!has_room(r, in->conversation) || !name_is_free(r, in->conversation, 0, name) ||
        !join_keywords(r, in->keywords.at, in->keywords.count, &given.keywords) ||
        !join_addresses(r, in->addresses.at, in->addresses.count, &given.addresses) ||
        !check_url(r, given.url))
        return false;
    set_checks(&given, in->is_signed || (!given.keywords.len && !given.addresses.len));
    out->token = org_token_new(r->arena);
    out->url = address_of(r, out->token);
    int64_t id = insert(r, in->conversation, name, &given, out->token, new_secret(r));
    if (in->avatar && !set_picture(r, id, name, in->avatar))
        return false;
    audit(r, "robot_add", id, name);
    out->robot = show_one(r, id);
    return true;
}

/* ---- changing ------------------------------------------------------------------------------- */

static bool find_own(struct request *r, int64_t conversation, int64_t id, struct robot *out)
{
    return (robot_by_id(r, id, out) && out->conversation == conversation) ||
           fail(r, NOT_FOUND, "robot", "群里没有这个机器人", "the group has no such robot");
}

/* What is there, with what is given in its place. */
static bool merge(struct request *r, const struct robot *robot, const struct robot_change_in *in,
                  struct given *out)
{
    *out = (struct given){.keywords = robot->keywords,
                          .addresses = robot->addresses,
                          .url = robot->url,
                          .per_minute = in->per_minute ? in->per_minute : robot->per_minute,
                          .is_off = robot->is_off};
    bool is_signed = (robot->checks & CHECK_SIGNATURE) != 0;
    if (HAS(robot_change_in, in, is_signed))
        is_signed = in->is_signed;
    if (HAS(robot_change_in, in, is_off))
        out->is_off = in->is_off;
    if (HAS(robot_change_in, in, url))
        out->url = str_trim(in->url);
    if (HAS(robot_change_in, in, keywords) &&
        !join_keywords(r, in->keywords.at, in->keywords.count, &out->keywords))
        return false;
    if (HAS(robot_change_in, in, addresses) &&
        !join_addresses(r, in->addresses.at, in->addresses.count, &out->addresses))
        return false;
    set_checks(out, is_signed);
    return check_url(r, out->url) &&
           (out->checks || fail(r, BAD_INPUT, "is_signed", "关键词、加签、IP 地址至少要有一项",
                                "keywords, signature or addresses: one of them is needed"));
}

static bool robot_change(struct request *r, const struct robot_change_in *in,
                         struct robot_change_out *out)
{
    struct robot robot;
    struct given given;
    if (!find_own(r, in->conversation, in->robot, &robot) || !merge(r, &robot, in, &given))
        return false;
    const struct robot_robot *former = show_one(r, in->robot);
    struct str name = HAS(robot_change_in, in, name) ? str_trim(in->name) : former->name;
    if (!name_is_free(r, in->conversation, in->robot, name))
        return false;
    WRITE(r,
          "UPDATE robot SET name = ?3, checks = ?4, keywords = ?5, addresses = ?6, url = ?7, "
          "per_minute = ?8, is_off = ?9 WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(in->robot), TEXT(name), INT(given.checks), TEXT(given.keywords),
          TEXT(given.addresses), TEXT(given.url), INT(given.per_minute), INT(given.is_off));
    if (in->avatar || in->drops_avatar) {
        if (!set_picture(r, in->robot, name, in->avatar))
            return false;
    } else if (!str_equal(name, former->name))
        org_change_robot(r, in->robot, name, former->avatar);
    audit(r, "robot_change", in->robot, name);
    out->robot = show_one(r, in->robot);
    return true;
}

static bool robot_remove(struct request *r, const struct robot_remove_in *in,
                         struct robot_remove_out *out)
{
    (void)out;
    struct robot robot;
    if (!find_own(r, in->conversation, in->robot, &robot))
        return false;
    audit(r, "robot_remove", in->robot, org_name(r, in->robot));
    WRITE(r, "DELETE FROM robot WHERE org = ?1 AND id = ?2", INT(r->org), INT(in->robot));
    WRITE(r, "DELETE FROM robot_once WHERE org = ?1 AND robot = ?2", INT(r->org), INT(in->robot));
    return true;
}

/* Sessions that were given out end with the former token. */
static bool robot_token_renew(struct request *r, const struct robot_token_renew_in *in,
                              struct robot_token_renew_out *out)
{
    struct robot robot;
    if (!find_own(r, in->conversation, in->robot, &robot))
        return false;
    out->token = org_token_new(r->arena);
    out->url = address_of(r, out->token);
    WRITE(r, "UPDATE robot SET hash = ?3, secret = ?4, reply_key = ?5 WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(in->robot), BLOB(org_token_hash(r->arena, out->token)),
          TEXT(in->also_secret ? new_secret(r) : robot.secret), BLOB(new_reply_key(r)));
    audit(r, "robot_token_renew", in->robot, org_name(r, in->robot));
    out->robot = show_one(r, in->robot);
    return true;
}
