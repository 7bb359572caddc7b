/* send: one job a message finds whom it concerns and sends them its beginning.
 *
 * The job works beside the database: a plan is read page by page, the push services are asked, and
 * what came of it is reported. What did not get through is tried again alone, each browser by a job
 * of its own, until a day's notice is not worth it any more. */
#include "push/inner.h"
#include "base/must.h"
#include "base/text.h"
#include "base/time.h"
#include "fetch/fetch.h"

enum {
    PAGE = 100,          /* members looked at by one plan */
    MOST_TRIES = 6,      /* of one notice to one browser */
    MOST_FAILURES = 100, /* of a browser in a row: then it is forgotten */
    FIRST_WAIT_S = 30,
    LONGEST_WAIT_S = 3600,
    ANSWER_MS = 20000,
    LARGEST_ANSWER = 4096,
    LONGEST_TITLE = 100, /* escaped, six bytes a character at most: both fit into one record */
    LONGEST_BODY = 300,
    TOPIC_BYTES = 24,
    LATEST_DIGEST_MS = 6 * HOUR_MS,
    NAMED_FOR_S = 12 * 3600, /* RFC 8292 allows a day */
};

/* ---- rows ---------------------------------------------------------------------------------- */

#define SEND(F, S)                                                                           \
    F(S, ID, org, NEEDED, 0, 0, "organisation")                                              \
    F(S, TEXT, what, NEEDED, 1, 20, "message, disturb, digest or test")                      \
    F(S, ID, conversation, OPTIONAL, 0, 0, "where the message stands")                       \
    F(S, INT, seq, OPTIONAL, 0, 0, "the message")                                            \
    F(S, ID, person, OPTIONAL, 0, 0, "this person alone")                                    \
    F(S, ID, device, OPTIONAL, 0, 0, "this browser of theirs alone, which was tried before") \
    F(S, INT, tries, OPTIONAL, 0, 0, "how often")                                            \
    F(S, TIME, upto, OPTIONAL, 0, 0, "when the quiet hours ended")
SCHEMA(push_send, SEND)

#define PLAN_IN(F, S)                                             \
    SEND(F, S)                                                    \
    F(S, ID, after, OPTIONAL, 0, 0, "the former answer's `more`") \
    F(S, BOOL, even_online, OPTIONAL, 0, 0, "also to those who have the program open")
SCHEMA(push_plan_in, PLAN_IN)
#define DELIVERY(F, S)                                               \
    F(S, ID, device, NEEDED, 0, 0, "the browser")                    \
    F(S, PERSON, person, NEEDED, 0, 0, "whose it is")                \
    F(S, TEXT, endpoint, NEEDED, 0, 0, "where it is reached")        \
    F(S, TEXT, point, NEEDED, 0, 0, "its public key")                \
    F(S, TEXT, auth, NEEDED, 0, 0, "its secret")                     \
    F(S, INT, failures, OPTIONAL, 0, 0, "since it was reached last") \
    F(S, BOOL, is_urgent, OPTIONAL, 0, 0, "it may wake the device")  \
    F(S, TEXT, title, NEEDED, 0, 0, "who, or which group")           \
    F(S, TEXT, body, NEEDED, 0, 0, "the message's beginning")
SCHEMA(push_delivery, DELIVERY)
#define PLAN_OUT(F, S)                                                            \
    F(S, LIST(push_delivery), deliveries, NEEDED, 0, 0, "what is to be sent")     \
    F(S, TEXT, secret, NEEDED, 0, 0, "the server's pair")                         \
    F(S, TEXT, point, NEEDED, 0, 0, "and its public half")                        \
    F(S, TEXT, topic, NEEDED, 0, 0, "a later notice takes the place of this one") \
    F(S, ID, more, OPTIONAL, 0, 0, "`after` of the next call")
SCHEMA(push_plan_out, PLAN_OUT)

#define RESULT(F, S)                                                           \
    F(S, ID, device, NEEDED, 0, 0, "the browser")                              \
    F(S, PERSON, person, NEEDED, 0, 0, "whose it is")                          \
    F(S, BOOL, is_reached, OPTIONAL, 0, 0, "its push service took the notice") \
    F(S, BOOL, is_gone, OPTIONAL, 0, 0, "its push service knows it no more")   \
    F(S, INT, wait, OPTIONAL, 0, 0, "seconds after which it is tried again; 0: never")
SCHEMA(push_result, RESULT)
#define REPORT_IN(F, S) \
    SEND(F, S)          \
    F(S, LIST(push_result), results, NEEDED, 0, 0, "those that were not simply reached")
SCHEMA(push_report_in, REPORT_IN)
SCHEMA(push_report_out, NO_FIELDS)

#define SEND_OPS(OP)                                                               \
    OP(push_plan, NULL, NULL, READS, 0, "Whom a notice goes to, and what it says", \
       MAY_CALL(the_server))                                                       \
    OP(push_report, NULL, NULL, WRITES, 0, "What came of sending", MAY_CALL(the_server))
OPS(SEND_OPS)

static bool run_send(struct api *api, int64_t org, struct str payload, struct arena *arena);

static const struct job_kind jobs[] = {{"push_send", run_send, 0, false}, {0}};

const struct module push_send_module = {.name = "push_send", MODULE_OPS, .jobs = jobs};

/* What a browser's service worker is told. */
#define NOTICE(F, S)                                          \
    F(S, TEXT, title, NEEDED, 0, 0, "who, or which group")    \
    F(S, TEXT, body, NEEDED, 0, 0, "the message's beginning") \
    F(S, ID, conversation, OPTIONAL, 0, 0, "what is opened")  \
    F(S, INT, seq, OPTIONAL, 0, 0, "the message")             \
    F(S, ID, organisation, OPTIONAL, 0, 0, "where it stands")
SCHEMA(push_notice, NOTICE)

/* ---- asking for it -------------------------------------------------------------------------- */

/* On the path of every message: the first row of an index, or none. */
static bool has_devices(struct request *r)
{
    return READ(r, "SELECT 1 FROM push_device WHERE org = ?1 LIMIT 1", INT(r->org)).count != 0;
}

void send_posted(struct request *r, int64_t conversation, int64_t seq)
{
    struct push_send job = {
        .org = r->org, .what = S("message"), .conversation = conversation, .seq = seq};
    if (has_devices(r))
        job_add(r, "push_send", r->now, &push_send_schema, &job);
}

void send_test(struct request *r)
{
    struct push_send job = {.org = r->org, .what = S("test"), .person = r->person};
    job_add(r, "push_send", r->now, &push_send_schema, &job);
}

void send_disturbing(struct request *r, int64_t conversation, int64_t seq)
{
    struct push_send job = {
        .org = r->org, .what = S("disturb"), .conversation = conversation, .seq = seq};
    if (has_devices(r))
        job_add(r, "push_send", r->now, &push_send_schema, &job);
}

void send_digest(struct request *r, int64_t person, int64_t upto)
{
    struct push_send job = {.org = r->org, .what = S("digest"), .person = person, .upto = upto};
    if (has_devices(r) && r->now - upto < LATEST_DIGEST_MS)
        job_add(r, "push_send", r->now, &push_send_schema, &job);
}

/* ---- planning ------------------------------------------------------------------------------- */

struct text {
    struct str title, body;
};

static struct text text_of(struct request *r, const struct talk_brief *brief,
                           enum language language)
{
    const char *colon = language == LANGUAGE_ZH ? "：" : ": ";
    if (brief->is_direct)
        return (struct text){brief->name, brief->words};
    return (struct text){brief->title, arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(brief->name),
                                                    colon, STR_ARG(brief->words))};
}

static void add_devices(struct request *r, const struct push_plan_in *in, int64_t person,
                        const struct text *text, bool is_urgent, struct push_plan_out *out)
{
    struct rows found = READ(r,
                             "SELECT id, account, session, endpoint, point, auth, failures "
                             "FROM push_device WHERE org = ?1 AND person = ?2 ORDER BY id",
                             INT(r->org), INT(person));
    for (size_t i = 0; i < found.count && i < PUSH_DEVICES; i++) {
        int64_t device = row_int(&found, i, 0);
        if ((in->device && in->device != device) ||
            !org_session_is_open(r, row_int(&found, i, 2), row_int(&found, i, 1)))
            continue;
        out->deliveries.at[out->deliveries.count++] =
            (struct push_delivery){.device = device,
                                   .person = person,
                                   .endpoint = row_text(&found, i, 3),
                                   .point = text_base64url(r->arena, row_text(&found, i, 4)),
                                   .auth = text_base64url(r->arena, row_text(&found, i, 5)),
                                   .failures = row_int(&found, i, 6),
                                   .is_urgent = is_urgent,
                                   .title = text->title,
                                   .body = text->body};
    }
}

/* A page of people: one alone, or those behind the last one. */
static int64_t first_after(const struct push_plan_in *in)
{
    return in->person ? in->person - 1 : in->after;
}

static bool is_away(struct request *r, const struct push_plan_in *in, int64_t person)
{
    return in->even_online || !presence_of(r->api, person);
}

/* Is the message for this member, and with which words before it? Whoever has the program open
 * hears of it there; in quiet hours nobody does, but for a disturbance. */
static bool is_for(struct request *r, const struct push_plan_in *in, const struct quiet *quiet,
                   const struct talk_listener *who, struct str *reason)
{
    bool disturbs = str_equal(in->what, S("disturb"));
    bool is_other = in->person && who->person != in->person;
    if (is_other || who->is_out || !is_away(r, in, who->person))
        return false;
    if (disturbs)
        *reason = disturb_reason(r, in->conversation, in->seq, who->person);
    return disturbs ? reason->len != 0
                    : (!who->is_muted || who->is_called) &&
                          !quiet_look(r, quiet, who->person, r->now).is_quiet;
}

static struct text with_reason(struct request *r, struct text text, struct str reason,
                               enum language language)
{
    text.body = arena_printf(r->arena, "%s%.*s%s%.*s",
                             language == LANGUAGE_ZH ? "【紧急】" : "Urgent: ", STR_ARG(reason),
                             language == LANGUAGE_ZH ? "｜" : " | ", STR_ARG(text.body));
    return text;
}

static void plan_message(struct request *r, const struct push_plan_in *in,
                         struct push_plan_out *out)
{
    struct talk_brief briefs[2];
    struct quiet quiet = quiet_read(r);
    size_t count;
    if (!talk_brief(r, in->conversation, in->seq, LANGUAGE_ZH, &briefs[LANGUAGE_ZH]) ||
        !talk_brief(r, in->conversation, in->seq, LANGUAGE_EN, &briefs[LANGUAGE_EN]))
        return;
    struct talk_listener *list = talk_listeners(r, in->conversation, in->seq, first_after(in),
                                                in->person ? 1 : PAGE, &count);
    for (size_t i = 0; i < count && out->deliveries.count < PAGE; i++) {
        struct str reason = S("");
        out->more = list[i].person;
        if (!is_for(r, in, &quiet, &list[i], &reason))
            continue;
        enum language language = org_language_of(r, list[i].person);
        struct text text = text_of(r, &briefs[language], language);
        if (reason.len)
            text = with_reason(r, text, reason, language);
        add_devices(r, in, list[i].person, &text,
                    briefs[language].is_direct || list[i].is_called || reason.len, out);
    }
    if (in->person || (count < PAGE && out->deliveries.count < PAGE))
        out->more = 0;
}

static struct text digest_text(struct request *r, const struct talk_missed *missed,
                               enum language language)
{
    long long messages = missed->messages, conversations = missed->conversations;
    if (language == LANGUAGE_ZH)
        return (struct text){S("编钟"),
                             arena_printf(r->arena, "夜间有 %lld 条消息，来自 %lld 个会话",
                                          messages, conversations)};
    return (struct text){S("Carillon"),
                         arena_printf(r->arena,
                                      "%lld messages during quiet hours, conversations: %lld",
                                      messages, conversations)};
}

/* Those whose own quiet hours go on are told when these end. */
static void plan_digest(struct request *r, const struct push_plan_in *in, struct push_plan_out *out)
{
    struct quiet quiet = quiet_read(r);
    struct rows found = READ(r,
                             "SELECT DISTINCT person FROM push_device WHERE org = ?1 "
                             "AND person > ?2 ORDER BY person LIMIT ?3",
                             INT(r->org), INT(first_after(in)), INT(in->person ? 1 : PAGE));
    size_t i = 0;
    for (; i < found.count && out->deliveries.count < PAGE; i++) {
        int64_t person = row_int(&found, i, 0);
        struct week_span before = quiet_look(r, &quiet, person, in->upto - 1);
        out->more = person;
        if ((in->person && person != in->person) || !is_away(r, in, person) || !before.is_quiet ||
            before.upto != in->upto)
            continue;
        struct talk_missed missed = talk_missed(r, person, before.from, in->upto);
        struct text text = digest_text(r, &missed, org_language_of(r, person));
        if (missed.messages)
            add_devices(r, in, person, &text, false, out);
    }
    if (in->person || (found.count < PAGE && i == found.count))
        out->more = 0;
}

static void plan_test(struct request *r, const struct push_plan_in *in, struct push_plan_out *out)
{
    bool is_zh = org_language_of(r, in->person) == LANGUAGE_ZH;
    struct text text = {is_zh ? S("编钟") : S("Carillon"),
                        is_zh ? S("推送可以送达这台设备") : S("Notices reach this device")};
    add_devices(r, in, in->person, &text, true, out);
}

/* The push service need not learn which conversations there are. */
static struct str topic_of(struct request *r, const struct crypt_pair *pair, struct str what,
                           int64_t conversation)
{
    struct str secret = text_hex(r->arena, str_of(pair->secret, CRYPT_SECRET));
    struct str text = arena_printf(r->arena, "%.*s %lld %.*s", STR_ARG(what),
                                   (long long)conversation, STR_ARG(secret));
    return text_base64url(r->arena, str_take(org_token_hash(r->arena, text), TOPIC_BYTES));
}

static bool push_plan(struct request *r, const struct push_plan_in *in, struct push_plan_out *out)
{
    struct crypt_pair pair;
    r->org = in->org;
    if (!push_pair_read(r, &pair))
        return true;
    out->deliveries.at = ARENA_ARRAY(r->arena, PAGE + PUSH_DEVICES, struct push_delivery);
    out->secret = text_base64url(r->arena, str_of(pair.secret, CRYPT_SECRET));
    out->point = text_base64url(r->arena, str_of(pair.point, CRYPT_POINT));
    out->topic = topic_of(r, &pair, in->what, in->conversation);
    if (str_equal(in->what, S("test")))
        plan_test(r, in, out);
    else if (str_equal(in->what, S("digest")))
        plan_digest(r, in, out);
    else
        plan_message(r, in, out);
    return true;
}

/* ---- reporting ------------------------------------------------------------------------------ */

static void try_again(struct request *r, const struct push_report_in *in,
                      const struct push_result *result)
{
    struct push_send job = {.org = in->org,
                            .what = in->what,
                            .conversation = in->conversation,
                            .seq = in->seq,
                            .person = result->person,
                            .device = result->device,
                            .tries = in->tries + 1,
                            .upto = in->upto};
    job_add(r, "push_send", r->now + result->wait * SECOND_MS, &push_send_schema, &job);
}

static bool push_report(struct request *r, const struct push_report_in *in,
                        struct push_report_out *out)
{
    (void)out;
    r->org = in->org;
    for (size_t i = 0; i < in->results.count; i++) {
        const struct push_result *result = &in->results.at[i];
        WRITE(r,
              "UPDATE push_device SET failures = CASE WHEN ?3 = 1 THEN 0 ELSE failures + 1 END "
              "WHERE org = ?1 AND id = ?2",
              INT(r->org), INT(result->device), INT(result->is_reached));
        WRITE(r, "DELETE FROM push_device WHERE org = ?1 AND id = ?2 AND failures >= ?3",
              INT(r->org), INT(result->device), INT(result->is_gone ? 0 : MOST_FAILURES));
        if (result->wait && !result->is_gone)
            try_again(r, in, result);
    }
    return true;
}

/* ---- sending -------------------------------------------------------------------------------- */

enum { HEADERS = 5 };

/* False: its keys are none, so it is gone. */
static bool make_item(struct arena *arena, const struct push_send *job,
                      const struct push_plan_out *plan, const struct push_delivery *to,
                      struct str name, struct fetch_item *out)
{
    struct push_keys keys;
    struct str body;
    struct request writer = {.arena = arena};
    struct push_notice notice = {.title = text_take(to->title, LONGEST_TITLE),
                                 .body = text_take(to->body, LONGEST_BODY),
                                 .conversation = job->conversation,
                                 .seq = job->seq,
                                 .organisation = job->org};
    if (!push_keys_read(arena, to->point, to->auth, &keys) ||
        !crypt_seal(arena, keys.point, keys.auth,
                    object_write(&writer, &push_notice_schema, &notice), &body))
        return false;
    struct fetch_header *headers = ARENA_ARRAY(arena, HEADERS, struct fetch_header);
    headers[0] = (struct fetch_header){S("TTL"), S("86400")};
    headers[1] = (struct fetch_header){S("Topic"), plan->topic};
    headers[2] = (struct fetch_header){S("Urgency"), to->is_urgent ? S("high") : S("normal")};
    headers[3] = (struct fetch_header){S("Content-Encoding"), S("aes128gcm")};
    headers[4] = (struct fetch_header){S("Authorization"), name};
    out->fetch = (struct fetch){.url = to->endpoint,
                                .type = S("application/octet-stream"),
                                .body = body,
                                .headers = headers,
                                .header_count = HEADERS,
                                .most = LARGEST_ANSWER,
                                .cuts = true,
                                .timeout_ms = ANSWER_MS};
    return true;
}

static int64_t wait_of(int64_t tries, int64_t asked)
{
    int64_t wait = (int64_t)FIRST_WAIT_S << tries;
    wait = asked > wait ? asked : wait;
    return wait > LONGEST_WAIT_S ? LONGEST_WAIT_S : wait;
}

/* RFC 8030: 404 and 410 say that the subscription is over, 429 and 5xx that it may work later. */
static struct push_result result_of(const struct push_delivery *to, const struct fetch_item *item,
                                    int64_t tries)
{
    int status = item->has_come ? item->answer.status : 0;
    struct push_result result = {.device = to->device,
                                 .person = to->person,
                                 .is_reached = status >= 200 && status < 300,
                                 .is_gone = status == 404 || status == 410};
    bool is_refused =
        str_equal(item->why, S("address")) || str_equal(item->why, S("refused-address"));
    bool may_work = item->has_come ? status == 429 || status >= 500 : !is_refused;
    if (!result.is_reached && may_work && tries < MOST_TRIES)
        result.wait = wait_of(tries, item->answer.retry_after);
    return result;
}

/* Asks all push services of a page, and reports what was not simply reached. */
static bool send_page(struct api *api, const struct push_send *job,
                      const struct push_plan_out *plan, struct arena *arena)
{
    struct crypt_pair pair;
    struct str secret, point, origin = S(""), name = S("");
    size_t count = plan->deliveries.count;
    struct push_report_in report = {.org = job->org,
                                    .what = job->what,
                                    .conversation = job->conversation,
                                    .seq = job->seq,
                                    .person = job->person,
                                    .tries = job->tries,
                                    .upto = job->upto};
    report.results.at = ARENA_ARRAY(arena, count, struct push_result);
    struct fetch_item *items = ARENA_ARRAY(arena, count, struct fetch_item);
    must(text_base64url_read(arena, plan->secret, &secret) && secret.len == CRYPT_SECRET);
    must(text_base64url_read(arena, plan->point, &point) && point.len == CRYPT_POINT);
    memcpy(pair.secret, secret.ptr, CRYPT_SECRET);
    memcpy(pair.point, point.ptr, CRYPT_POINT);
    for (size_t i = 0; i < count; i++) {
        const struct push_delivery *to = &plan->deliveries.at[i];
        struct str own = push_origin(to->endpoint);
        if (!name.len || !str_equal(own, origin))
            name =
                crypt_name(arena, &pair, own, push_contact(), time_now() / SECOND_MS + NAMED_FOR_S);
        origin = own;
        if (!make_item(arena, job, plan, to, name, &items[i]))
            items[i].fetch.url = S("");
    }
    fetch_run_all(arena, items, count);
    for (size_t i = 0; i < count; i++) {
        struct push_result result = result_of(&plan->deliveries.at[i], &items[i], job->tries);
        if (!result.is_reached || plan->deliveries.at[i].failures)
            report.results.at[report.results.count++] = result;
    }
    return !report.results.count || api_ask(api, "push_report", job->org, &report, arena);
}

static bool run_send(struct api *api, int64_t org, struct str payload, struct arena *arena)
{
    struct request reader = {.api = api, .arena = arena};
    const struct push_send *job = object_read(&reader, &push_send_schema, payload);
    must(job);
    struct push_plan_in ask = {.org = org,
                               .what = job->what,
                               .conversation = job->conversation,
                               .seq = job->seq,
                               .person = job->person,
                               .device = job->device,
                               .tries = job->tries,
                               .upto = job->upto};
    do {
        const struct push_plan_out *plan = api_ask(api, "push_plan", org, &ask, arena);
        if (!plan || (plan->deliveries.count && !send_page(api, job, plan, arena)))
            return false;
        ask.after = plan->more;
    } while (ask.after);
    return true;
}
