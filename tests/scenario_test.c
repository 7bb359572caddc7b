/* scenario: runs the *.scenario files of all modules against the real dispatcher and store, and
 * after them the laws that hold for every op.
 *
 * A line is what somebody does and what comes of it (see CONTRIBUTING.md):
 *
 *   organisation 临江县 owner Ana
 *   person Bo
 *   Ana  talk_create title=Hall people=Bo            as hall=conversation.id
 *   Ana  talk_send conversation=hall body="supper"   -> seq=2
 *   Bo   hears message body=supper
 *   Eve  talk_send conversation=hall body="me too"   -> forbidden
 *   settle
 *
 * Lines: `organisation NAME owner ACTOR`, `person ACTOR…` (each comes in by invitation), `ACTOR op
 * field=value…` with `-> word` (that error) or `-> path=value…` (`path=`: absent or empty;
 * `list.#=2`: its length) and `as name=path…` (kept for later lines), `ACTOR hears KIND
 * field=value…` (goes through what was heard up to the event that fits; `dropped`: a drop; `hears
 * nothing`: nothing is left since the last `hears`), `ACTOR signs-in LOGIN PASSWORD`, `ACTOR
 * uploads UPLOAD BYTES`, `ACTOR closed CODE`, `settle` (coalesced hints go out), `hours N` (so much
 * server time passes, and what is done once an hour is done). `Stranger` has no session, `Server`
 * is the server itself. An actor's name as a value is their person's id.
 *
 * Ops, fields and their kinds come from the tables; nothing here knows a module. A field `key` that
 * is not given is made up. SQLite, or PostgreSQL when TEST_DATABASE names a server. `--sockets`
 * sends the same lines over HTTP, through the gateway, with cookies, and hears over a WebSocket for
 * each actor. A word runs the files that
 * have it in their names, without the laws.
 */
#include "tests/scenario/scenario.h"
#include "base/log.h"

#include <glob.h>

static bool on_postgres, over_sockets;

void complain(struct world *world, const char *what, struct str detail)
{
    unit_failed++;
    fprintf(stderr, "%.*s:%d: %s: %.*s\n", STR_ARG(world->file), world->line, what,
            STR_ARG(detail));
}

void expect(struct world *world, bool is_so, const char *what, struct str detail)
{
    if (is_so)
        unit_passed++;
    else
        complain(world, what, detail);
}

void world_open(struct world *world, struct str file)
{
    *world = (struct world){.arena = arena_new(), .file = file};
    pthread_mutex_init(&world->lock, NULL);
    world->place = place_new(on_postgres);
    struct str error = S("");
    world->store = store_open(&world->place.settings, store_modules(world->arena), module_count,
                              world->arena, &error);
    if (!world->store)
        fprintf(stderr, "%.*s\n", STR_ARG(error));
    must(world->store);
    world->db = store_reader(world->store);
    db_set_arena(world->db, world->arena);
    struct api_settings settings = {.readers = 2, .rate_factor = 1000};
    world->api = api_open(world->store, modules, module_count, org_who, &settings);
    if (!over_sockets) {
        struct api_tap tap = tap_of(world);
        api_set_tap(world->api, &tap);
    } else {
        struct net_settings gateway = {.host = S("127.0.0.1"), .threads = 2};
        struct net_handler handler = api_handler(world->api);
        world->net = net_open(&gateway, &handler, world->arena, &error);
        must(world->net);
        api_set_net(world->api, world->net);
    }
}

static void tell_damage(void *context, bool is_damage, struct str sentence)
{
    if (is_damage)
        complain(context, "damage", sentence);
}

void world_close(struct world *world)
{
    expect(world, store_check(world->store, tell_damage, world, world->arena) == 0,
           "what was done has left damage", world->file);
    for (size_t i = 0; i < world->actor_count; i++)
        if (world->actors[i].has_socket)
            websocket_close(&world->actors[i].socket);
    if (world->net)
        net_drain(world->net, 1000);
    api_close(world->api);
    if (world->net)
        net_close(world->net);
    db_close(world->db);
    store_close(world->store);
    place_free(&world->place);
    for (size_t i = 0; i < world->actor_count; i++) {
        for (size_t j = 0; j < world->actors[i].event_count; j++)
            json_decref(world->actors[i].events[j]);
        json_decref(world->actors[i].model);
    }
    for (size_t i = 0; i < world->bound_count; i++)
        json_decref(world->bound[i].value);
    map_free(&world->follows);
    pthread_mutex_destroy(&world->lock);
    arena_free(world->arena);
}

static void run_file(const char *path)
{
    FILE *file = fopen(path, "re");
    must(file);
    static struct world world;
    world_open(&world, str_from(path));
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        world.line++;
        run_line(&world, arena_copy(world.arena, str_from(line)));
    }
    compare_models(&world);
    world_close(&world);
    fclose(file);
}

int main(int argc, char **argv)
{
    on_postgres = getenv("TEST_DATABASE") != NULL;
    over_sockets = argc > 1 && !strcmp(argv[1], "--sockets");
    const char *only = argc > 1 + over_sockets ? argv[1 + over_sockets] : "";
    log_set_level(LOG_WARN);
    glob_t files;
    must(glob("src/*/*.scenario", 0, NULL, &files) == 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        if (strstr(files.gl_pathv[i], only))
            run_file(files.gl_pathv[i]);
    globfree(&files);
    CHECK(unit_passed > 0); /* no scenario of that name */
    if (!*only)
        laws();
    forget_called();
    return unit_end(over_sockets  ? "scenarios over sockets"
                    : on_postgres ? "scenarios on PostgreSQL"
                                  : "scenarios on SQLite");
}
