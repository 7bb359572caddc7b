/* Units of demo: a whole fill on a store of its own, and what must hold of the texts. */
#include "demo/inner.h"
#include "base/log.h"
#include "base/must.h"
#include "base/time.h"
#include "talk/talk.h"
#include "tests/places.h"

static struct arena *arena;

static const struct module *const modules[] = {
    &api_module,          &org_account_module,  &org_join_module,    &org_people_module,
    &org_tree_module,     &file_module,         &file_sweep_module,  &talk_module,
    &talk_message_module, &talk_readers_module, &talk_search_module, &demo_module,
};
enum { MODULES = sizeof modules / sizeof *modules };

static struct store *open_in(const struct place *place)
{
    struct store_module list[MODULES];
    for (size_t i = 0; i < MODULES; i++)
        list[i] = (struct store_module){
            .name = modules[i]->name,
            .migrations = str_of(modules[i]->sql, (size_t)(modules[i]->sql_end - modules[i]->sql))};
    struct str error = S("");
    struct store *store = store_open(&place->settings, list, MODULES, arena, &error);
    if (!store)
        fprintf(stderr, "store_open: %.*s\n", STR_ARG(error));
    must(store);
    return store;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static bool has_braces(struct str body)
{
    return str_find_char(body, '{') >= 0 || str_find_char(body, '}') >= 0 ||
           str_find_char(body, '<') >= 0 || str_find_char(body, '>') >= 0;
}

static void check_script(const struct script *script, int64_t now)
{
    CHECK(script->count > 0 && script->members.count > 0);
    for (size_t i = 0; i < script->count; i++) {
        const struct line *line = &script->lines[i];
        bool is_in = line->author == script->owner;
        for (size_t j = 0; j < script->members.count; j++)
            is_in = is_in || script->members.at[j] == line->author;
        CHECK(is_in);
        CHECK(line->at < now && (!i || line->at > script->lines[i - 1].at));
        CHECK(line->body.len && !has_braces(line->body));
        if (line->file.len)
            CHECK(demo_file(arena, line->file).len > 100);
    }
}

static void scripts(void)
{
    int64_t now = 1780000000000, last = 0;
    struct county county = county_make(arena);
    CHECK(county.count >= 300 && county.count <= 400);
    CHECK(str_equal(county.people[county.first].name, S("林晓棠")));
    for (size_t i = 0; i < conversation_count; i++)
        for (int hour = 0; hour < 24; hour += 5) {
            struct script script = script_make(arena, &county, i, now + hour * HOUR_MS);
            check_script(&script, now + hour * HOUR_MS);
            if (!hour) {
                CHECK(script.lines[script.count - 1].at > last);
                last = script.lines[script.count - 1].at;
            }
        }
}

static void pictures(void)
{
    struct image image;
    struct str png = demo_file(arena, S("白石站水位过程线.png"));
    CHECK(image_probe(png, &image) && image.width > 400);
    CHECK(str_equal(png, demo_file(arena, S("白石站水位过程线.png"))));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int call(struct api *api, const char *op, struct str input, int64_t org, struct str *reply)
{
    return api_call(api, str_from(op), input, API_SERVER, org, arena, reply);
}

static int fill(struct api *api, struct str *reply)
{
    must(call(api, "org_setup_token", S("{}"), 0, reply) == 200);
    ptrdiff_t at = str_find(*reply, S("\"token\":\""));
    struct str token = at < 0 ? S("none") : str_skip(*reply, (size_t)at + 9);
    token = str_cut(&token, '"');
    struct str input = arena_printf(arena, "{\"token\":\"%.*s\",\"key\":\"demo-test-%d\"}",
                                    STR_ARG(token), (int)token.len);
    return call(api, "demo_fill", input, 0, reply);
}

#define COUNT(db, sql) count_of(db_read(db, sql, NONE))

static int64_t count_of(struct rows rows)
{
    return rows.count ? row_int(&rows, 0, 0) : -1;
}

static void check_rows(struct db *db)
{
    int64_t messages = COUNT(db, "SELECT count(*) FROM message");
    printf("%lld departments, %lld people, %lld conversations, %lld messages (%lld texts), "
           "%lld files\n",
           (long long)COUNT(db, "SELECT count(*) FROM department"),
           (long long)COUNT(db, "SELECT count(*) FROM person"),
           (long long)COUNT(db, "SELECT count(*) FROM conversation"), (long long)messages,
           (long long)COUNT(db, "SELECT count(DISTINCT body) FROM message"),
           (long long)COUNT(db, "SELECT count(*) FROM file"));
    CHECK(messages >= 2500 && messages <= 4500);
    CHECK(COUNT(db, "SELECT count(*) FROM conversation") == (int64_t)conversation_count);
    CHECK(COUNT(db,
                "SELECT count(*) FROM topic t JOIN conversation c ON c.org = t.org AND c.id = t.id "
                "WHERE t.seq >= 600") >= 2);
    CHECK(
        COUNT(db,
              "SELECT count(*) FROM message a JOIN message b ON b.org = a.org AND b.conversation = "
              "a.conversation AND b.seq = a.seq + 1 WHERE b.at < a.at") == 0);
    CHECK(COUNT(db, "SELECT count(*) FROM post WHERE is_main = 0") ==
          (int64_t)county_second_post_count);
    CHECK(COUNT(db, "SELECT count(*) FROM mention") > 50);
    CHECK(COUNT(db, "SELECT count(*) FROM message WHERE reply_to <> 0") > 100);
    CHECK(COUNT(db, "SELECT max(members) FROM conversation") >= 100);
    CHECK(COUNT(db, "SELECT count(*) FROM person WHERE role = 'owner'") == 1);
}

static void whole(void)
{
    struct place place = place_new(getenv("TEST_DATABASE") != NULL);
    struct store *store = open_in(&place);
    log_set_level(LOG_WARN);
    struct api_settings quiet = {.readers = 1, .rate_factor = 1000};
    struct api *api = api_open(store, modules, MODULES, org_who, &quiet);
    struct str reply;
    int64_t began = time_monotonic_ns();
    CHECK(fill(api, &reply) == 200 && str_find(reply, S("\"login\":\"demo\"")) >= 0);
    int64_t filled = time_monotonic_ns();
    struct db *db = store_reader(store);
    db_set_arena(db, arena);
    int64_t org = COUNT(db, "SELECT org FROM organisation");
    do {
        usleep(20000);
        CHECK(call(api, "demo_state", S("{}"), org, &reply) == 200);
    } while (str_find(reply, S("\"is_done\":true")) < 0);
    int64_t done = time_monotonic_ns();
    printf("people after %lld ms, the rest after %lld ms\n", (long long)(filled - began) / 1000000,
           (long long)(done - filled) / 1000000);
    check_rows(db);
    CHECK(fill(api, &reply) == 403);
    db_close(db);
    api_close(api);
    store_close(store);
    place_free(&place);
}

int main(void)
{
    arena = arena_new();
    scripts();
    pictures();
    whole();
    arena_free(arena);
    return unit_end("demo");
}
