/* demo: fills an empty server from the command line. */
#include "base/buf.h"
#include "base/log.h"
#include "main/commands.h"
#include "org/org.h"

#include <stdio.h>
#include <time.h>

enum { STEP_MS = 50, LONGEST_WAIT_MS = 300000 };

/* The text member of that name in a flat reply; empty when it is not there. */
static struct str member(struct arena *arena, struct str reply, const char *name)
{
    struct str begin = arena_printf(arena, "\"%s\":\"", name);
    ptrdiff_t at = str_find(reply, begin);
    struct str value = at < 0 ? S("") : str_skip(reply, (size_t)at + begin.len);
    return str_cut(&value, '"');
}

/* Until the last slice is there; the organisation is the server's only one. */
static bool wait_for_slices(struct api *api, int64_t org, struct arena *arena)
{
    for (int waited = 0; waited < LONGEST_WAIT_MS; waited += STEP_MS) {
        struct str reply;
        int status = api_call(api, S("demo_state"), S("{}"), API_SERVER, org, arena, &reply);
        if (status != 200 || str_find(reply, S("\"is_done\":true")) >= 0)
            return status == 200;
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
    }
    return false;
}

static int fill(struct api *api, struct arena *arena)
{
    struct str reply;
    api_call(api, S("org_setup_token"), S("{}"), API_SERVER, 0, arena, &reply);
    struct str token = member(arena, reply, "token");
    if (!token.len) {
        fprintf(stderr, "carillon: this server is already set up; demo needs an empty one\n");
        return 1;
    }
    struct str input = arena_printf(arena, "{\"token\":\"%.*s\",\"key\":\"demo-%.*s\"}",
                                    STR_ARG(token), 16, token.ptr);
    int status = api_call(api, S("demo_fill"), input, API_SERVER, 0, arena, &reply);
    struct str filled = reply;
    int64_t org = 0;
    if (status != 200 || !str_to_int(member(arena, filled, "organisation"), &org) ||
        !wait_for_slices(api, org, arena)) {
        fprintf(stderr, "carillon: %.*s\n", STR_ARG(reply));
        return 1;
    }
    api_settle(api);
    struct str login = member(arena, filled, "login"), password = member(arena, filled, "password");
    printf("A county is there to try everything in. Start it with: carillon serve\n"
           "Sign in as %.*s with the password %.*s (others: demo2, demo3, … with the same).\n",
           STR_ARG(login), STR_ARG(password));
    return 0;
}

int command_demo(const struct settings *settings, struct arena *arena)
{
    struct store *store = open_store(settings, false, arena);
    if (!store)
        return 1;
    log_set_level(LOG_WARN);
    struct api_settings quiet = {.readers = 1, .rate_factor = 1000};
    struct api *api = api_open(store, modules, module_count, org_who, &quiet);
    int status = fill(api, arena);
    api_close(api);
    store_close(store);
    return status;
}
