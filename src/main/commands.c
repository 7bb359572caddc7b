/* commands: everything but serving. */
#include "main/commands.h"
#include "base/buf.h"
#include "org/org.h"

#include <stdio.h>
#include <unistd.h>

enum { LARGEST_DESCRIPTION = 16 << 20 };

static int complain(struct str sentence)
{
    fprintf(stderr, "carillon: %.*s\n", STR_ARG(sentence));
    return 1;
}

const struct store_module *store_modules(struct arena *arena)
{
    struct store_module *list = ARENA_ARRAY(arena, module_count, struct store_module);
    for (size_t i = 0; i < module_count; i++)
        list[i] = (struct store_module){
            modules[i]->name,
            str_of(modules[i]->sql, (size_t)(modules[i]->sql_end - modules[i]->sql)),
            modules[i]->rules, modules[i]->blobs};
    return list;
}

struct store *open_store(const struct settings *settings, bool is_reader_only, struct arena *arena)
{
    struct store_settings where = {.directory = settings->data,
                                   .database = settings->database,
                                   .is_reader_only = is_reader_only};
    struct str error;
    struct store *store = store_open(&where, store_modules(arena), module_count, arena, &error);
    if (!store)
        complain(error);
    return store;
}

int command_backup(const struct settings *settings, struct arena *arena)
{
    if (settings->rest_count != 1)
        return complain(S("usage: carillon backup FILE [--data DIR] [--database URL]"));
    struct store *store = open_store(settings, true, arena);
    if (!store)
        return 1;
    struct str error;
    bool is_done = store_backup(store, settings->rest[0], arena, &error);
    store_close(store);
    if (!is_done)
        return complain(error);
    printf("backed up to %.*s\n", STR_ARG(settings->rest[0]));
    return 0;
}

int command_restore(const struct settings *settings, struct arena *arena)
{
    if (settings->rest_count != 1)
        return complain(S("usage: carillon restore FILE [--data DIR] [--database URL]"));
    struct store_settings where = {.directory = settings->data, .database = settings->database};
    struct str error;
    if (!store_restore(&where, store_modules(arena), module_count, settings->rest[0], arena,
                       &error))
        return complain(error);
    printf("restored from %.*s\n", STR_ARG(settings->rest[0]));
    return 0;
}

static void print_finding(void *context, bool is_damage, struct str sentence)
{
    (void)context;
    printf("%s%.*s\n", is_damage ? "" : "left out: ", STR_ARG(sentence));
}

int command_check(const struct settings *settings, struct arena *arena)
{
    struct store *store = open_store(settings, true, arena);
    if (!store)
        return 1;
    int64_t damages = store_check(store, print_finding, NULL, arena);
    store_close(store);
    printf(damages ? "%lld damages\n" : "no damage found\n", (long long)damages);
    return damages != 0;
}

/* carillon db copy FROM TO: each a data directory, or a postgresql:// address whose files lie in
 * --data. */
static struct store *open_side(struct str where, const struct settings *settings, bool is_source,
                               struct arena *arena)
{
    struct settings side = *settings;
    bool is_postgres = str_starts(where, S("postgresql://")) || str_starts(where, S("postgres://"));
    if (is_postgres)
        side.database = where;
    else {
        side.database = S("");
        side.data = where;
    }
    return open_store(&side, is_source, arena);
}

int command_db(const struct settings *settings, struct arena *arena)
{
    if (settings->rest_count != 3 || !str_equal(settings->rest[0], S("copy")))
        return complain(S("usage: carillon db copy FROM TO [--data DIR]\n"
                          "FROM and TO are a data directory or postgresql://…; DIR holds the "
                          "files of the latter"));
    struct store *from = open_side(settings->rest[1], settings, true, arena);
    struct store *to = from ? open_side(settings->rest[2], settings, false, arena) : NULL;
    struct str error;
    bool is_done = to && store_copy(from, to, arena, &error);
    if (to && !is_done)
        complain(error);
    if (to)
        store_close(to);
    if (from)
        store_close(from);
    if (is_done)
        printf("copied\n");
    return !is_done;
}

int command_api(const struct settings *settings, struct arena *arena)
{
    (void)settings;
    (void)arena;
    struct buf out = buf_new(LARGEST_DESCRIPTION);
    if (settings->rest_count == 1 && str_equal(settings->rest[0], S("typescript")))
        describe_typescript(modules, module_count, &out);
    else if (settings->rest_count == 1 && str_equal(settings->rest[0], S("openapi")))
        describe_openapi(modules, module_count, &out);
    else
        return complain(S("usage: carillon api --openapi | --typescript"));
    fwrite(out.ptr, 1, out.len, stdout);
    buf_free(&out);
    return 0;
}

/* Runs beside a stopped server only: the writer's lock says so. */
int command_reset_password(const struct settings *settings, struct arena *arena)
{
    if (settings->rest_count != 1)
        return complain(S("usage: carillon reset-password LOGIN [--data DIR] [--database URL]"));
    struct store *store = open_store(settings, false, arena);
    if (!store)
        return 1;
    struct api_settings quiet = {.readers = 1};
    struct api *api = api_open(store, modules, module_count, org_who, &quiet);
    struct str reply;
    struct buf input = buf_new(4096);
    struct json json = json_to(&input);
    json_open(&json);
    json_name(&json, S("login"));
    json_text(&json, settings->rest[0]);
    json_close(&json);
    int status = api_call(api, S("org_reset_login"), buf_str(&input), API_SERVER, 0, arena, &reply);
    buf_free(&input);
    api_close(api);
    store_close(store);
    if (status != 200)
        return complain(reply);
    ptrdiff_t at = str_find(reply, S("\"token\":\""));
    struct str token = str_skip(reply, (size_t)at + 9);
    printf("open /#/reset/%.*s on the server's page within a day to set a new password\n",
           STR_ARG(str_cut(&token, '"')));
    return 0;
}
