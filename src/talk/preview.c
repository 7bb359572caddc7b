/* preview: what stands behind a link in a message.
 *
 * A job looks, with the server's own eyes and once for all readers, so that nobody's browser tells
 * the other server who reads. What it finds is put onto the message, unless that was changed
 * meanwhile. */
#include "talk/inner.h"
#include "base/must.h"
#include "base/time.h"
#include "fetch/fetch.h"

enum {
    PER_MINUTE = 60, /* of an organisation */
    LARGEST_PAGE = 512 << 10,
    LARGEST_PICTURE = 1 << 20,
    ANSWER_MS = 5000,
    REDIRECTS = 3,
};
static const int64_t LATEST_MS = 10 * (int64_t)MINUTE_MS; /* then nobody looks at it any more */

/* ---- rows ---------------------------------------------------------------------------------- */

#define LOOK(F, S)                                           \
    F(S, ID, org, NEEDED, 0, 0, "organisation")              \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 0, 0, "the message")
SCHEMA(talk_preview_plan_in, LOOK)
#define PLAN_OUT(F, S) F(S, TEXT, url, OPTIONAL, 0, 0, "the address to look at; absent: none")
SCHEMA(talk_preview_plan_out, PLAN_OUT)

#define SET_IN(F, S)                                                   \
    LOOK(F, S)                                                         \
    F(S, TEXT, url, NEEDED, 1, 2000, "the address, as it was written") \
    F(S, TEXT, title, OPTIONAL, 0, 200, "what it is called")           \
    F(S, TEXT, text, OPTIONAL, 0, 500, "what it says of itself")       \
    F(S, OBJECT(file_kept), picture, OPTIONAL, 0, 0, "its picture")
SCHEMA(talk_preview_set_in, SET_IN)
SCHEMA(talk_preview_set_out, NO_FIELDS)

#define PREVIEW_OPS(OP)                                                                         \
    OP(talk_preview_plan, NULL, NULL, READS, 0, "The link in a message that is looked at",      \
       MAY_CALL(the_server))                                                                    \
    OP(talk_preview_set, NULL, NULL, WRITES, 0, "Put what stands behind a link onto a message", \
       MAY_CALL(the_server))
OPS(PREVIEW_OPS)

static bool run_preview(struct api *api, int64_t org, struct str payload, struct arena *arena);

static const struct job_kind jobs[] = {{"talk_preview", run_preview, 0, true}, {0}};

const struct module talk_preview_module = {.name = "talk_preview", MODULE_OPS, .jobs = jobs};

/* ---- asking for it -------------------------------------------------------------------------- */

static bool is_wanted(struct request *r)
{
    struct rows found =
        READ(r, "SELECT has_no_previews FROM talk_rules WHERE org = ?1", INT(r->org));
    return !found.count || !row_int(&found, 0, 0);
}

void preview_posted(struct request *r, const struct draft *draft, int64_t seq)
{
    struct talk_preview_plan_in look = {
        .org = r->org, .conversation = draft->conversation, .seq = seq};
    bool has_link = draft->extra && draft->extra->link;
    if (!has_link && page_find_address(draft->body).len && is_wanted(r))
        job_add(r, "talk_preview", r->now, &talk_preview_plan_in_schema, &look);
}

/* ---- the ops of the job --------------------------------------------------------------------- */

/* The message as it was sent: not edited, not taken back. */
static struct rows untouched(struct request *r, int64_t conversation, int64_t seq)
{
    return READ(r,
                "SELECT body, at, author FROM message WHERE org = ?1 AND conversation = ?2 "
                "AND seq = ?3 AND recalled = 0 AND coalesce(edited, 0) = 0",
                INT(r->org), INT(conversation), INT(seq));
}

static bool talk_preview_plan(struct request *r, const struct talk_preview_plan_in *in,
                              struct talk_preview_plan_out *out)
{
    r->org = in->org;
    struct rows found = untouched(r, in->conversation, in->seq);
    if (!found.count || r->now - row_int(&found, 0, 1) > LATEST_MS || !is_wanted(r))
        return true;
    struct str bucket = arena_printf(r->arena, "previews:%lld", (long long)in->org);
    if (!rate_take(r, bucket, PER_MINUTE))
        return false;
    out->url = page_find_address(row_text(&found, 0, 0));
    return true;
}

static bool talk_preview_set(struct request *r, const struct talk_preview_set_in *in,
                             struct talk_preview_set_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows found = untouched(r, in->conversation, in->seq);
    if (!found.count || !str_equal(page_find_address(row_text(&found, 0, 0)), in->url))
        return true;
    struct talk_link link = {.url = in->url, .title = in->title, .text = in->text};
    if (in->picture)
        link.file = file_make_kept(r, row_int(&found, 0, 2), S("preview"), in->picture);
    struct ids files = {&link.file, link.file != 0};
    message_hold(r, in->conversation, in->seq, &files);
    message_link_set(r, in->conversation, in->seq, &link);
    return true;
}

/* ---- looking -------------------------------------------------------------------------------- */

static bool look_at(struct arena *arena, struct str url, size_t most, bool cuts,
                    struct fetch_answer *out)
{
    static const struct fetch_header headers[] = {
        {{"Accept-Language", 15}, {"zh-CN,zh;q=0.9,en;q=0.5", 23}}};
    struct fetch fetch = {.url = url,
                          .headers = headers,
                          .header_count = 1,
                          .most = most,
                          .cuts = cuts,
                          .timeout_ms = ANSWER_MS,
                          .redirects = REDIRECTS};
    struct str why;
    return fetch_run(arena, &fetch, out, &why) && out->status == 200;
}

static bool is_page(struct str type)
{
    return str_starts(type, S("text/html")) || str_starts(type, S("application/xhtml+xml"));
}

static struct file_kept *take_picture(struct api *api, struct arena *arena, struct str base,
                                      struct str address)
{
    struct fetch_answer answer;
    struct file_kept *kept = ARENA_NEW(arena, struct file_kept);
    struct str url = fetch_resolve(arena, base, address);
    return url.len && look_at(arena, url, LARGEST_PICTURE, false, &answer) &&
                   file_keep_picture(api, arena, answer.body, kept)
               ? kept
               : NULL;
}

/* A page that cannot be read has no preview; that is no failure. */
static bool run_preview(struct api *api, int64_t org, struct str payload, struct arena *arena)
{
    struct request reader = {.api = api, .arena = arena};
    const struct talk_preview_plan_in *look =
        object_read(&reader, &talk_preview_plan_in_schema, payload);
    must(look);
    const struct talk_preview_plan_out *plan = api_ask(api, "talk_preview_plan", org, look, arena);
    struct fetch_answer answer;
    struct page page;
    if (!plan || !plan->url.len || !look_at(arena, plan->url, LARGEST_PAGE, true, &answer) ||
        !is_page(arena_lower(arena, answer.type)))
        return plan != NULL;
    page_read(arena, answer.type, answer.body, &page);
    struct talk_preview_set_in set = {.org = org,
                                      .conversation = look->conversation,
                                      .seq = look->seq,
                                      .url = plan->url,
                                      .title = page.title,
                                      .text = page.text};
    set.picture = take_picture(api, arena, answer.url, page.picture);
    if (!page.title.len && !page.text.len && !set.picture)
        return true;
    return api_ask(api, "talk_preview_set", org, &set, arena) != NULL;
}
