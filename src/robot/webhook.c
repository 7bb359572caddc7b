/* webhook: posting from outside, with the protocol of DingTalk's custom robots. Its answers are 200
 * with a number and a text; nothing is ever answered "ok" and dropped. */
#include "base/buf.h"
#include "base/text.h"
#include "base/time.h"
#include "robot/inner.h"

/* So many calls of one address: the robots' own limits, and that of wrong tokens, are what counts.
 */
enum { CALLS = 1000000, WRONG_TOKENS = 60 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define SEND_IN(F, S)                                                        \
    F(S, TEXT, access_token, OPTIONAL, 0, 100, "the robot's token")          \
    F(S, TEXT, timestamp, OPTIONAL, 0, 20, "milliseconds; with a signature") \
    F(S, TEXT, sign, OPTIONAL, 0, 100,                                       \
      "base64 of HMAC-SHA256, key: the secret, text: "                       \
      "timestamp LF secret")                                                 \
    RAW_IN(F, S, LARGEST_MESSAGE)
SCHEMA(robot_send_in, SEND_IN)
#define robot_send_out        raw_out
#define robot_send_out_schema raw_out_schema

#define SESSION_IN(F, S)                                                         \
    F(S, TEXT, session, OPTIONAL, 0, 200, "out of the sessionWebhook of a call") \
    RAW_IN(F, S, LARGEST_MESSAGE)
SCHEMA(robot_send_by_session_in, SESSION_IN)
#define robot_send_by_session_out        raw_out
#define robot_send_by_session_out_schema raw_out_schema

#define WEBHOOK_OPS(OP)                                                                       \
    OP(robot_send, "POST", "/robot/send", WRITES | RAW | RAW_BODY, CALLS,                     \
       "Post as a robot, with the protocol of DingTalk's custom robots", MAY_CALL(anyone))    \
    OP(robot_send_by_session, "POST", "/robot/sendBySession", WRITES | RAW | RAW_BODY, CALLS, \
       "Answer a call of a robot, for 90 minutes", MAY_CALL(anyone))
OPS(WEBHOOK_OPS)

const struct module robot_webhook_module = {.name = "robot_webhook", MODULE_OPS};

/* ---- answers -------------------------------------------------------------------------------- */

/* The call itself is in order: what is wrong is told in the protocol's own words. */
static bool answer(struct request *r, struct raw_out *out, enum robot_code code, struct str words)
{
    struct buf text = buf_new(4096);
    struct json json = json_to(&text);
    json_open(&json);
    json_name(&json, S("errcode"));
    json_int(&json, code);
    json_name(&json, S("errmsg"));
    json_text(&json, words);
    json_close(&json);
    out->type = S("application/json");
    out->bytes = arena_copy(r->arena, buf_str(&text));
    buf_free(&text);
    return true;
}

static bool too_fast(struct request *r, struct raw_out *out, int64_t seconds)
{
    return answer(
        r, out, ROBOT_TOO_FAST,
        arena_printf(r->arena, "send too fast, try again in %lld seconds", (long long)seconds));
}

/* Guessing is slowed down by address. */
static bool no_token(struct request *r, struct raw_out *out, const char *words)
{
    struct str bucket = arena_printf(r->arena, "robot_wrong:%.*s", STR_ARG(r->address));
    int64_t seconds = rate_ask(r, bucket, WRONG_TOKENS);
    return seconds ? too_fast(r, out, seconds) : answer(r, out, ROBOT_NO_TOKEN, str_from(words));
}

/* ---- posting -------------------------------------------------------------------------------- */

/* A member of the robot's group whom the tool names by phone number, id or login; 0: nobody. */
static int64_t find_called(struct request *r, int64_t conversation, struct str word)
{
    int64_t person = 0;
    if (str_to_int(word, &person) && talk_has_member(r, conversation, person))
        return person;
    person = org_person_of(r, word);
    return person && talk_has_member(r, conversation, person) ? person : 0;
}

static bool is_word(struct str text)
{
    char c = text.len ? str_lower(text.ptr[0]) : ' ';
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Not where a longer word begins with it. */
static struct str replace_all(struct request *r, struct str text, struct str part, struct str with,
                              bool *is_there)
{
    struct buf out = buf_new(8 * LARGEST_MESSAGE);
    struct str whole = text;
    ptrdiff_t at;
    *is_there = false;
    while ((at = str_find(text, part)) >= 0) {
        struct str rest = str_skip(text, (size_t)at + part.len);
        bool is_whole = !is_word(rest);
        buf_add(&out, str_take(text, (size_t)at));
        buf_add(&out, is_whole ? with : part);
        *is_there = *is_there || is_whole;
        text = rest;
    }
    buf_add(&out, text);
    struct str made = out.is_full ? whole : arena_copy(r->arena, buf_str(&out));
    buf_free(&out);
    return made;
}

/* "@13800000000" becomes "@name"; who is called and does not stand in the words is added. */
static struct str name_called(struct request *r, struct str body, struct str word, struct str name)
{
    bool is_there = false;
    struct str sign = arena_printf(r->arena, "@%.*s", STR_ARG(word));
    struct str shown = arena_printf(r->arena, "@%.*s", STR_ARG(name));
    body = replace_all(r, body, sign, shown, &is_there);
    if (is_there || str_find(body, shown) >= 0)
        return body;
    return arena_printf(r->arena, "%.*s %.*s", STR_ARG(body), STR_ARG(shown));
}

static bool is_called(const struct ids *ids, int64_t person)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->at[i] == person)
            return true;
    return false;
}

static bool is_posted(struct request *r, const struct robot *robot, struct str key)
{
    struct str hash = org_token_hash(r->arena, key);
    WRITE(r, "DELETE FROM robot_once WHERE org = ?1 AND robot = ?2 AND at < ?3", INT(r->org),
          INT(robot->id), INT(r->now - DAY_MS));
    struct rows known =
        READ(r, "SELECT 1 FROM robot_once WHERE org = ?1 AND robot = ?2 AND hash = ?3", INT(r->org),
             INT(robot->id), BLOB(hash));
    if (!known.count)
        WRITE(r, "INSERT INTO robot_once (org, robot, hash, at) VALUES (?1, ?2, ?3, ?4)",
              INT(r->org), INT(robot->id), BLOB(hash), INT(r->now));
    return known.count != 0;
}

void robot_post(struct request *r, const struct robot *robot, const struct robot_said *said)
{
    struct talk_past past = {.conversation = robot->conversation,
                             .author = robot->id,
                             .body = said->body,
                             .mentions_all = said->calls_all,
                             .extra = said->extra};
    if (said->key.len && is_posted(r, robot, said->key))
        return;
    past.mentions.at = ARENA_ARRAY(r->arena, said->called_count, int64_t);
    for (size_t i = 0; i < said->called_count; i++) {
        int64_t person = find_called(r, robot->conversation, said->called[i]);
        if (!person)
            continue;
        if (said->is_text)
            past.body = name_called(r, past.body, said->called[i], org_name(r, person));
        if (!is_called(&past.mentions, person))
            past.mentions.at[past.mentions.count++] = person;
    }
    bool names_all = str_find(past.body, S("@所有人")) >= 0 || str_find(past.body, S("@all")) >= 0;
    if (said->calls_all && said->is_text && !names_all)
        past.body = arena_printf(r->arena, "%.*s @所有人", STR_ARG(past.body));
    talk_post(r, &past);
}

/* ---- checks --------------------------------------------------------------------------------- */

/* All that does not need the message. True: it may go on; otherwise it has been answered. */
static bool may_post(struct request *r, const struct robot *robot, struct raw_out *out)
{
    struct str title;
    r->org = robot->org;
    if (robot->is_off) {
        answer(r, out, ROBOT_STOPPED, S("robot is stopped"));
        return false;
    }
    if (!talk_group_is_open(r, robot->conversation, &title)) {
        answer(r, out, ROBOT_GROUP_GONE, S("group is dissolved"));
        return false;
    }
    struct str bucket = arena_printf(r->arena, "robot:%lld", (long long)robot->id);
    int64_t seconds = rate_ask(r, bucket, (int)robot->per_minute);
    if (seconds)
        too_fast(r, out, seconds);
    return seconds == 0;
}

/* The words for which the robot refuses, or NULL. */
static const char *why_not(struct request *r, const struct robot *robot,
                           const struct robot_send_in *in)
{
    const char *why = NULL;
    if (robot->checks & CHECK_ADDRESSES && !robot_is_allowed(robot->addresses, r->address))
        return arena_printf(r->arena, "ip %.*s not in whitelist", STR_ARG(r->address)).ptr;
    if (robot->checks & CHECK_SIGNATURE &&
        !robot_is_signed(r->arena, robot->secret, in->timestamp, in->sign, r->now, &why))
        return why;
    return NULL;
}

static bool post(struct request *r, const struct robot *robot, struct str type, struct str body,
                 bool asks_keywords, struct raw_out *out)
{
    struct robot_said said;
    struct str why;
    enum robot_code code = robot_read(r->arena, type, body, &said, &why);
    if (code)
        return answer(r, out, code, why);
    if (asks_keywords && !robot_has_keyword(robot->keywords, said.words))
        return answer(r, out, ROBOT_NOT_ALLOWED, S("keywords not in content"));
    if (said.key.len) /* apart from the keys of what was answered to a call */
        said.key = arena_printf(r->arena, "key:%.*s", STR_ARG(said.key));
    robot_post(r, robot, &said);
    return answer(r, out, ROBOT_OK, S("ok"));
}

static bool robot_send(struct request *r, const struct robot_send_in *in,
                       struct robot_send_out *out)
{
    struct robot robot;
    if (!in->access_token.len || !robot_by_token(r, in->access_token, &robot))
        return no_token(r, out, "token is not exist");
    if (!may_post(r, &robot, out))
        return true;
    const char *why = why_not(r, &robot, in);
    if (why)
        return answer(r, out, ROBOT_NOT_ALLOWED, str_from(why));
    return post(r, &robot, in->type, in->body, robot.checks & CHECK_KEYWORDS, out);
}

static bool robot_send_by_session(struct request *r, const struct robot_send_by_session_in *in,
                                  struct robot_send_by_session_out *out)
{
    struct robot robot;
    struct robot_session session;
    if (!robot_session_read(in->session, &session))
        return no_token(r, out, "session is not exist");
    r->org = session.org;
    if (!robot_by_id(r, session.robot, &robot) ||
        !robot_session_is_true(r->arena, &session, robot.reply_key, in->session))
        return no_token(r, out, "session is not exist");
    if (session.expires <= r->now)
        return answer(r, out, ROBOT_NO_TOKEN, S("session is expired"));
    return !may_post(r, &robot, out) || post(r, &robot, in->type, in->body, false, out);
}
