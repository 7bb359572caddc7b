/* demo: the ops that fill an empty server.
 *
 * Departments and people are there at once; conversations follow in slices, each queued by the one
 * before it, so that whoever looks on sees them grow. A slice may be run twice: its key sees to it
 * that it works once. */
#include "demo/inner.h"
#include "base/must.h"
#include "base/time.h"
#include "talk/talk.h"

enum { SLICE_LINES = 100, MOST_PEOPLE = 1000 };

#define DEMO_LOGIN    "demo"
#define DEMO_PASSWORD "bianzhong2026"

/* ---- rows ---------------------------------------------------------------------------------- */

#define FILL_IN(F, S)                                                             \
    F(S, TEXT, token, NEEDED, 1, 100, "from the address that the server printed") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key: a retry never does it twice")
SCHEMA(demo_fill_in, FILL_IN)
#define FILL_OUT(F, S)                                       \
    F(S, ID, organisation, NEEDED, 0, 0, "the organisation") \
    F(S, TEXT, login, NEEDED, 0, 0, "who the caller is now") \
    F(S, TEXT, password, NEEDED, 0, 0, "of everybody in the demonstration")
SCHEMA(demo_fill_out, FILL_OUT)

SCHEMA(demo_state_in, NO_FIELDS)
#define STATE_OUT(F, S) F(S, BOOL, is_done, NEEDED, 0, 0, "nothing is being filled in any more")
SCHEMA(demo_state_out, STATE_OUT)

#define SLICE_IN(F, S)                                                                          \
    F(S, IDS, people, NEEDED, 1, MOST_PEOPLE, "everybody, in the order of the county's tables") \
    F(S, TIME, now, NEEDED, 0, 0, "when it began: what is said happened before")                \
    F(S, INT, number, NEEDED, 0, 1000, "of the conversation in its table")                      \
    F(S, ID, conversation, OPTIONAL, 0, 0, "once it is made")                                   \
    F(S, INT, line, OPTIONAL, 0, 100000, "first one to be said")                                \
    F(S, TEXT, key, NEEDED, 8, 64, "a slice that is run again changes nothing")
SCHEMA(demo_slice_in, SLICE_IN)
SCHEMA(demo_slice_out, NO_FIELDS)

static bool allows_watcher(struct request *r, int64_t object)
{
    (void)object;
    return r->session == API_SERVER || r->person;
}
static const struct policy demo_watcher = {"demo_watcher", "members, and the server itself",
                                           allows_watcher};

#define DEMO_OPS(OP)                                                                               \
    OP(demo_fill, "POST", "/v1/setup/demo", WRITES | ONCE, 20,                                     \
       "Fill an empty server with a county to try everything in", MAY_CALL(anyone))                \
    OP(demo_state, "GET", "/v1/setup/demo", READS, 600, "Is the demonstration complete?",          \
       MAY_CALL(demo_watcher))                                                                     \
    OP(demo_slice, NULL, NULL, WRITES | ONCE, 0, "Fill in some messages, and queue the next ones", \
       MAY_CALL(the_server))
OPS(DEMO_OPS)

static bool demo_fill_prepare(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct demo_fill_in *in = input;
    if (!org_check_setup(r, in->token))
        return false;
    struct str *hash = ARENA_NEW(r->arena, struct str);
    *hash = org_hash_password(r->arena, S(DEMO_PASSWORD));
    r->prepared = hash;
    return true;
}

static const struct slow_part slow_parts[] = {{"demo_fill", demo_fill_prepare}, {0}};

const struct module demo_module = {.name = "demo", MODULE_OPS, .slow_parts = slow_parts};

/* ---- departments and people ------------------------------------------------------------------ */

static int64_t *make_places(struct request *r)
{
    int64_t *ids = ARENA_ARRAY(r->arena, county_place_count, int64_t);
    for (size_t i = 0; i < county_place_count; i++) {
        struct str parent = str_from(county_places[i].parent);
        ids[i] = org_make_department(r, parent.len ? ids[county_place(parent)] : 0,
                                     str_from(county_places[i].name));
    }
    return ids;
}

/* Everybody can sign in: demo, demo2, demo3 and so on. */
static int64_t make_person(struct request *r, const struct county *county, size_t number,
                           struct str hash, int64_t *account)
{
    const struct inhabitant *who = &county->people[number];
    bool is_first = number == county->first;
    struct str login =
        is_first ? S(DEMO_LOGIN) : arena_printf(r->arena, DEMO_LOGIN "%zu", number + 2);
    struct str phone = arena_printf(r->arena, "0300555%04zu", number + 1);
    *account = org_make_account(r, login, phone, S(""), hash);
    if (!*account)
        return 0;
    bool is_keeper = str_equal(who->title, S("系统管理员"));
    return org_make_person(r, *account, who->name,
                           is_first    ? "owner"
                           : is_keeper ? "admin"
                                       : "member");
}

static void make_second_posts(struct request *r, const struct county *county,
                              const struct ids *people, const int64_t *places)
{
    for (size_t i = 0; i < county_second_post_count; i++) {
        const struct second_post *post = &county_second_posts[i];
        struct numbers who = county_find(r->arena, county, str_from(post->who));
        must(who.count == 1);
        org_make_post(r, people->at[who.at[0]], places[county_place(str_from(post->place))],
                      str_from(post->title), false, false);
    }
}

/* Returns everybody's ids; *account is the first person's. */
static struct ids make_people(struct request *r, const struct county *county, int64_t *account)
{
    int64_t *places = make_places(r);
    struct str hash = *(const struct str *)r->prepared;
    struct ids people = {ARENA_ARRAY(r->arena, county->count, int64_t), 0};
    for (size_t i = 0; i < county->count && !has_failed(r); i++) {
        const struct inhabitant *who = &county->people[i];
        int64_t made;
        people.at[people.count++] = make_person(r, county, i, hash, &made);
        if (i == county->first)
            *account = made;
        org_make_post(r, people.at[i], places[who->place], who->title, true, who->is_head);
    }
    make_second_posts(r, county, &people, places);
    return people;
}

static void queue_slice(struct request *r, const struct demo_slice_in *slice)
{
    struct demo_slice_in next = *slice;
    next.key = arena_printf(r->arena, "demo-slice-%lld-%lld", (long long)slice->number,
                            (long long)slice->line);
    job_add(r, "demo_slice", r->now, &demo_slice_in_schema, &next);
}

static bool demo_fill(struct request *r, const struct demo_fill_in *in, struct demo_fill_out *out)
{
    if (!org_claim_setup(r, in->token))
        return false;
    out->organisation = r->org = org_make(r, S("临江县"));
    struct county county = county_make(r->arena);
    int64_t account = 0;
    struct ids people = make_people(r, &county, &account);
    if (has_failed(r))
        return false;
    r->person = people.at[county.first];
    if (r->session != API_SERVER)
        org_begin_session(r, account, r->org);
    queue_slice(r, &(struct demo_slice_in){.people = people, .now = r->now});
    out->login = S(DEMO_LOGIN);
    out->password = S(DEMO_PASSWORD);
    return true;
}

/* A slice's job goes only in the commit after that which queued the next one. */
static bool demo_state(struct request *r, const struct demo_state_in *in,
                       struct demo_state_out *out)
{
    (void)in;
    struct rows left =
        READ(r, "SELECT 1 FROM job WHERE org = ?1 AND kind = 'demo_slice' LIMIT 1", INT(r->org));
    out->is_done = left.count == 0;
    return true;
}

/* ---- conversations --------------------------------------------------------------------------- */

struct slice {
    const struct demo_slice_in *in;
    struct county county;
    struct script script;
    const struct conversation *about;
    int64_t conversation;
};

static struct ids ids_of(struct request *r, const struct slice *slice,
                         const struct numbers *numbers)
{
    struct ids ids = {ARENA_ARRAY(r->arena, numbers->count, int64_t), numbers->count};
    for (size_t i = 0; i < numbers->count; i++)
        ids.at[i] = slice->in->people.at[numbers->at[i]];
    return ids;
}

/* Made a little before its first message, by its owner. */
static int64_t begin_conversation(struct request *r, const struct slice *slice)
{
    int64_t now = r->now;
    struct ids members = ids_of(r, slice, &slice->script.members);
    r->now = slice->script.lines[0].at - 5 * MINUTE_MS;
    r->person = slice->in->people.at[slice->script.owner];
    int64_t made = slice->about->title ? talk_make_group(r, str_from(slice->about->title), &members)
                                       : talk_make_direct(r, members.at[0]);
    r->now = now;
    return made;
}

/* `before` is the message before it, 0 when it opens a slice. Returns the message's number. */
static int64_t say(struct request *r, const struct slice *slice, const struct line *line,
                   int64_t before)
{
    int64_t file, *people = slice->in->people.at, called[MOST_MENTIONS];
    struct talk_past past = {.conversation = slice->conversation,
                             .author = people[line->author],
                             .at = line->at,
                             .reply_to = line->is_answer ? before : 0,
                             .body = line->body,
                             .files = {&file, 0},
                             .mentions = {called, line->mention_count},
                             .mentions_all = line->mentions_all};
    for (size_t i = 0; i < line->mention_count; i++)
        called[i] = people[line->mentions[i]];
    if (line->file.len) {
        file = file_make(r, past.author, line->file, demo_file(r->arena, line->file));
        past.files.count = file != 0;
    }
    return talk_post(r, &past);
}

/* How many of the last lines were said by others after the person's own last words, at most `most`:
 * what one has answered one has read. */
static int64_t left_unread(const struct script *script, size_t person, int64_t most)
{
    int64_t left = 0;
    while (left < most && (size_t)left < script->count &&
           script->lines[script->count - 1 - (size_t)left].author != person)
        left++;
    return left;
}

static void mark_all(struct request *r, const struct slice *slice, int64_t last)
{
    const struct script *script = &slice->script;
    struct chance chance = {(uint64_t)slice->in->number + 1};
    for (size_t i = 0; i < slice->county.count; i++) {
        bool is_in = i == script->owner;
        for (size_t j = 0; j < script->members.count && !is_in; j++)
            is_in = script->members.at[j] == i;
        if (!is_in)
            continue;
        int64_t most = 0;
        if (i == slice->county.first)
            most = slice->about->unread;
        else if (chance_between(&chance, 1, 100) <= slice->about->laggards)
            most = chance_between(&chance, 1, 1 + (int64_t)script->count / 8);
        talk_mark_read(r, slice->conversation, slice->in->people.at[i],
                       last - left_unread(script, i, most));
    }
}

static bool demo_slice(struct request *r, const struct demo_slice_in *in,
                       struct demo_slice_out *out)
{
    (void)out;
    if ((size_t)in->number >= conversation_count)
        return true;
    struct slice slice = {.in = in,
                          .county = county_make(r->arena),
                          .about = &conversations[in->number],
                          .conversation = in->conversation};
    must(slice.county.count == in->people.count);
    slice.script = script_make(r->arena, &slice.county, (size_t)in->number, in->now);
    if (!slice.conversation)
        slice.conversation = begin_conversation(r, &slice);
    size_t line = (size_t)in->line, end = line + SLICE_LINES;
    int64_t last = 0;
    for (; line < end && line < slice.script.count && !has_failed(r); line++)
        last = say(r, &slice, &slice.script.lines[line], last);
    struct demo_slice_in next = *in;
    next.conversation = slice.conversation;
    next.line = (int64_t)line;
    if (line == slice.script.count) {
        mark_all(r, &slice, last);
        next.number++;
        next.conversation = next.line = 0;
    }
    queue_slice(r, &next);
    return !has_failed(r);
}
