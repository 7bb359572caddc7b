/* reply: robots that answer. A message of their group that calls one is told to its outside address
 * after the commit; what comes back is posted under the robot's name. */
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "fetch/fetch.h"
#include "robot/inner.h"

enum { WAIT_MS = 10000, TRIES = 5 };

/* ---- rows ---------------------------------------------------------------------------------- */

/* What is kept until it has been told. */
#define CALL_IN(F, S)                                 \
    F(S, ID, robot, NEEDED, 0, 0, "who was called")   \
    F(S, INT, seq, NEEDED, 0, 0, "by which message")  \
    F(S, ID, author, NEEDED, 0, 0, "whose")           \
    F(S, TIME, at, NEEDED, 0, 0, "when")              \
    F(S, TEXT, body, OPTIONAL, 0, 0, "what was said") \
    F(S, IDS, mentions, NEEDED, 0, 0, "all who were called")
SCHEMA(robot_call_in, CALL_IN)
#define CALL_OUT(F, S)                                                              \
    F(S, TEXT, url, OPTIONAL, 0, 0, "the address to tell; absent: nobody any more") \
    F(S, TEXT, timestamp, OPTIONAL, 0, 0, "of the signature")                       \
    F(S, TEXT, sign, OPTIONAL, 0, 0, "the signature")                               \
    F(S, TEXT, body, OPTIONAL, 0, 0, "the message in the protocol's words")
SCHEMA(robot_call_out, CALL_OUT)

#define ANSWER_IN(F, S)                                        \
    F(S, ID, robot, NEEDED, 0, 0, "who answers")               \
    F(S, INT, seq, NEEDED, 0, 0, "the message that called it") \
    F(S, TEXT, type, OPTIONAL, 0, 200, "content type")         \
    F(S, TEXT, body, OPTIONAL, 0, LARGEST_MESSAGE, "what came back")
SCHEMA(robot_answer_in, ANSWER_IN)
SCHEMA(robot_answer_out, NO_FIELDS)

#define REPLY_OPS(OP)                                                                      \
    OP(robot_call, NULL, NULL, READS, 0, "What a called robot's address is told",          \
       MAY_CALL(the_server))                                                               \
    OP(robot_answer, NULL, NULL, WRITES, 0, "Post what a called robot's address answered", \
       MAY_CALL(the_server))
OPS(REPLY_OPS)

static bool tell(struct api *api, int64_t org, struct str payload, struct arena *arena);
static const struct job_kind jobs[] = {{"robot_tell", tell, TRIES, true}, {0}};

const struct module robot_reply_module = {
    .name = "robot_reply", MODULE_OPS, .start = robot_reply_start, .jobs = jobs};

/* ---- being called --------------------------------------------------------------------------- */

static bool is_guest(struct request *r, int64_t conversation, int64_t person)
{
    struct robot robot;
    return robot_by_id(r, person, &robot) && robot.conversation == conversation;
}

/* Robots do not call robots: they might never stop. */
static void called(struct request *r, int64_t seq, const struct talk_past *said)
{
    for (size_t i = 0; i < said->mentions.count; i++) {
        struct robot robot;
        if (!robot_by_id(r, said->mentions.at[i], &robot) || !robot.url.len || robot.is_off ||
            robot.conversation != said->conversation || !org_is_active(r, said->author))
            continue;
        struct robot_call_in call = {.robot = robot.id,
                                     .seq = seq,
                                     .author = said->author,
                                     .at = said->at ? said->at : r->now,
                                     .body = said->body,
                                     .mentions = said->mentions};
        job_add(r, "robot_tell", r->now, &robot_call_in_schema, &call);
    }
}

static const struct talk_guests guests = {is_guest, called};

void robot_reply_start(void)
{
    talk_register_guests(&guests);
}

/* ---- what is told --------------------------------------------------------------------------- */

static void text_member(struct json *json, struct str name, struct str text)
{
    json_name(json, name);
    json_text(json, text);
}

static void id_member(struct json *json, struct str name, int64_t id)
{
    json_name(json, name);
    json_id(json, id);
}

/* The words without "@robot". */
static struct str without(struct request *r, struct str body, struct str name)
{
    struct str sign = arena_printf(r->arena, "@%.*s", STR_ARG(name));
    ptrdiff_t at = str_find(body, sign);
    if (at < 0)
        return body;
    return str_trim(arena_printf(r->arena, "%.*s%.*s", (int)at, body.ptr,
                                 STR_ARG(str_skip(body, (size_t)at + sign.len))));
}

static bool is_org_admin(const struct org_person *card)
{
    return str_equal(card->role, S("admin")) || str_equal(card->role, S("owner"));
}

static void write_session(struct request *r, struct json *json, const struct robot *robot)
{
    struct robot_session session = {.org = r->org,
                                    .robot = robot->id,
                                    .expires = r->now + (int64_t)SESSION_MINUTES * MINUTE_MS};
    struct str name = robot_session_write(r->arena, &session, robot->reply_key);
    text_member(json, S("sessionWebhook"),
                arena_printf(r->arena, "%.*s/robot/sendBySession?session=%.*s",
                             STR_ARG(api_url(r->api)), STR_ARG(name)));
    json_name(json, S("sessionWebhookExpiredTime"));
    json_int(json, session.expires);
}

static void write_called(struct json *json, const struct ids *mentions)
{
    json_name(json, S("atUsers"));
    json_list_open(json);
    for (size_t i = 0; i < mentions->count; i++) {
        json_open(json);
        id_member(json, S("dingtalkId"), mentions->at[i]);
        id_member(json, S("staffId"), mentions->at[i]);
        json_close(json);
    }
    json_list_close(json);
    json_name(json, S("isInAtList"));
    json_bool(json, true);
}

static void write_sender(struct request *r, struct json *json, int64_t author)
{
    size_t count;
    const struct org_person *card = org_cards(r, &author, 1, &count);
    id_member(json, S("senderId"), author);
    id_member(json, S("senderStaffId"), author);
    text_member(json, S("senderNick"), count ? card->name : S(""));
    id_member(json, S("senderCorpId"), r->org);
    json_name(json, S("isAdmin"));
    json_bool(json, count && is_org_admin(card));
}

static struct str write_message(struct request *r, const struct robot *robot, struct str title,
                                const struct robot_call_in *in)
{
    struct buf out = buf_new(512 << 10);
    struct json json = json_to(&out);
    json_open(&json);
    text_member(
        &json, S("msgId"),
        arena_printf(r->arena, "msg%lld.%lld", (long long)robot->conversation, (long long)in->seq));
    text_member(&json, S("msgtype"), S("text"));
    json_name(&json, S("text"));
    json_open(&json);
    text_member(&json, S("content"), without(r, in->body, org_name(r, robot->id)));
    json_close(&json);
    id_member(&json, S("conversationId"), robot->conversation);
    text_member(&json, S("conversationType"), S("2"));
    text_member(&json, S("conversationTitle"), title);
    write_sender(r, &json, in->author);
    id_member(&json, S("chatbotUserId"), robot->id);
    id_member(&json, S("chatbotCorpId"), r->org);
    id_member(&json, S("robotCode"), robot->id);
    write_called(&json, &in->mentions);
    json_name(&json, S("createAt"));
    json_int(&json, in->at);
    write_session(r, &json, robot);
    json_close(&json);
    struct str text = arena_copy(r->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static bool robot_call(struct request *r, const struct robot_call_in *in,
                       struct robot_call_out *out)
{
    struct robot robot;
    struct str title;
    if (!robot_by_id(r, in->robot, &robot) || robot.is_off || !robot.url.len ||
        !talk_group_is_open(r, robot.conversation, &title))
        return true;
    out->url = robot.url;
    out->timestamp = arena_printf(r->arena, "%lld", (long long)r->now);
    out->sign = robot_sign(r->arena, robot.secret, out->timestamp);
    out->body = write_message(r, &robot, title, in);
    return true;
}

/* ---- the errand ----------------------------------------------------------------------------- */

/* Once a message: the same answer may come twice when the server ended in between. */
static bool robot_answer(struct request *r, const struct robot_answer_in *in,
                         struct robot_answer_out *out)
{
    (void)out;
    struct robot robot;
    struct robot_said said;
    struct str title, why;
    if (!robot_by_id(r, in->robot, &robot) || robot.is_off ||
        !talk_group_is_open(r, robot.conversation, &title) ||
        robot_read(r->arena, in->type, in->body, &said, &why) != ROBOT_OK)
        return true;
    said.key = arena_printf(r->arena, "answer:%lld", (long long)in->seq);
    robot_post(r, &robot, &said);
    return true;
}

static struct str as_json(struct arena *arena, const struct robot_answer_in *in)
{
    struct request quiet = {.arena = arena};
    return object_write(&quiet, &robot_answer_in_schema, in);
}

/* Others than those that answer with a message say "" or {} or whatever they like. */
static bool tell(struct api *api, int64_t org, struct str payload, struct arena *arena)
{
    struct request reader = {.arena = arena};
    struct str reply, why;
    if (api_call(api, S("robot_call"), payload, API_SERVER, org, arena, &reply) != 200)
        return false;
    const struct robot_call_in *in = object_read(&reader, &robot_call_in_schema, payload);
    const struct robot_call_out *out = object_read(&reader, &robot_call_out_schema, reply);
    if (!in || !out || !out->url.len)
        return true;
    const struct fetch_header headers[] = {{S("timestamp"), out->timestamp},
                                           {S("sign"), out->sign}};
    struct fetch fetch = {.url = out->url,
                          .type = S("application/json; charset=utf-8"),
                          .body = out->body,
                          .headers = headers,
                          .header_count = sizeof headers / sizeof *headers,
                          .most = LARGEST_MESSAGE,
                          .timeout_ms = WAIT_MS};
    struct fetch_answer answer;
    bool is_told = fetch_run(arena, &fetch, &answer, &why);
    log_line(LOG_INFO, "robot_told", LOG_INT("org", org), LOG_INT("robot", in->robot),
             LOG_INT("status", answer.status), LOG_TEXT("why", is_told ? S("") : why));
    if (!is_told || answer.status >= 500 || answer.status == 429)
        return is_told ? false
                       : str_equal(why, S("refused-address")) || str_equal(why, S("address"));
    bool is_message = answer.status < 300 && text_is_utf8(answer.body) && answer.body.len;
    struct robot_answer_in said = {.robot = in->robot,
                                   .seq = in->seq,
                                   .type = text_is_utf8(answer.type) ? text_take(answer.type, 200)
                                                                     : S(""),
                                   .body = answer.body};
    return !is_message || api_call(api, S("robot_answer"), as_json(arena, &said), API_SERVER, org,
                                   arena, &reply) == 200;
}
