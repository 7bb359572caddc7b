/* serve: the running server, from its settings to its graceful stop. */
#include "fetch/fetch.h"
#include "main/commands.h"
#include "base/log.h"
#include "base/must.h"
#include "main/pages.h"
#include "main/trust.h"
#include "org/org.h"
#include "push/push.h"
#include "talk/talk.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { GRACE_MS = 10000, WANTED_DESCRIPTORS = 250000, KEPT_DESCRIPTORS = 1000 };

/* As many descriptors as the system allows: each connection is one. */
static int64_t raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    limit.rlim_cur = limit.rlim_max < WANTED_DESCRIPTORS ? limit.rlim_max : WANTED_DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return (int64_t)limit.rlim_cur;
}

/* What is left for connections besides files, the database, and those who are told that the server
 * is full. 0: the gateway's own ceiling is lower. */
static size_t most_connections(int64_t descriptors)
{
    int64_t kept = descriptors / 2 < KEPT_DESCRIPTORS ? descriptors / 2 : KEPT_DESCRIPTORS;
    return descriptors >= WANTED_DESCRIPTORS ? 0 : (size_t)(descriptors - kept);
}

static bool read_listen(struct str listen, struct net_settings *out)
{
    size_t colon = listen.len;
    while (colon && listen.ptr[colon - 1] != ':')
        colon--;
    int64_t port;
    if (!colon || !str_to_int(str_skip(listen, colon), &port) || port < 0 || port > 65535)
        return false;
    out->host = str_take(listen, colon - 1);
    if (str_starts(out->host, S("[")) && str_ends(out->host, S("]")))
        out->host = str_of(out->host.ptr + 1, out->host.len - 2);
    out->port = (int)port;
    return true;
}

static int thread_count(struct str text)
{
    int64_t count = 0;
    str_to_int(text, &count);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (count <= 0)
        count = processors > 8 ? 8 : processors;
    return (int)(count > 64 ? 64 : count);
}

/* The address to open; with the one-time token while nobody has set the server up. */
static void print_address(struct api *api, const struct net_settings *net_settings, int port,
                          struct arena *arena)
{
    bool is_everywhere =
        str_equal(net_settings->host, S("0.0.0.0")) || str_equal(net_settings->host, S("::"));
    struct str host = is_everywhere ? S("localhost") : net_settings->host;
    bool is_v6 = str_find_char(host, ':') >= 0;
    struct str reply;
    int status = api_call(api, S("org_setup_token"), S("{}"), API_SERVER, 0, arena, &reply);
    ptrdiff_t at = status == 200 ? str_find(reply, S("\"token\":\"")) : -1;
    struct str token = at >= 0 ? str_skip(reply, (size_t)at + 9) : S("");
    token = str_cut(&token, '"');
    printf("Carillon is ready: %s://%s%.*s%s:%d/%s%.*s\n",
           net_settings->certificate_file.len ? "https" : "http", is_v6 ? "[" : "", STR_ARG(host),
           is_v6 ? "]" : "", port, token.len ? "#/setup/" : "", STR_ARG(token));
    fflush(stdout);
}

/* Waits for SIGTERM or SIGINT; SIGHUP reads the certificates again. */
static void wait_for_end(struct net *net, const sigset_t *signals)
{
    for (;;) {
        int signal;
        must(sigwait(signals, &signal) == 0);
        if (signal != SIGHUP)
            return;
        struct arena *arena = arena_new();
        struct str error = S("");
        bool is_done = net_reload(net, arena, &error);
        log_line(is_done ? LOG_INFO : LOG_ERROR, "certificates_reloaded", LOG_TEXT("error", error));
        arena_free(arena);
    }
}

static bool read_net_settings(const struct settings *settings, struct arena *arena,
                              struct net_settings *out, struct str *error)
{
    *out = (struct net_settings){.threads = thread_count(settings->threads),
                                 .certificate_file = settings->certificate,
                                 .key_file = settings->key};
    if (!read_listen(settings->listen, out)) {
        *error = S("--listen wants HOST:PORT, for example 0.0.0.0:7070");
        return false;
    }
    if (out->certificate_file.len || !str_equal(settings->tls, S("yes")))
        return true;
    if (!trust_make(settings->data, arena, &out->certificate_file, &out->key_file, error))
        return false;
    pages_offer_authority(trust_authority(settings->data, arena));
    return true;
}

/* Without the setting it is where the server listens, which is right for this machine alone. */
static struct str own_url(const struct settings *settings, const struct net_settings *net,
                          struct arena *arena)
{
    struct str url = str_trim(settings->url);
    while (str_ends(url, S("/")))
        url.len--;
    if (url.len)
        return url;
    bool is_everywhere = str_equal(net->host, S("0.0.0.0")) || str_equal(net->host, S("::"));
    struct str host = is_everywhere ? S("localhost") : net->host;
    bool is_v6 = str_find_char(host, ':') >= 0;
    return arena_printf(arena, "%s://%s%.*s%s:%d", net->certificate_file.len ? "https" : "http",
                        is_v6 ? "[" : "", STR_ARG(host), is_v6 ? "]" : "", net->port);
}

static int run(struct store *store, const struct settings *settings,
               const struct net_settings *net_settings, const sigset_t *signals,
               struct arena *arena)
{
    int64_t readers = 0, factor = 1;
    str_to_int(settings->readers, &readers);
    str_to_int(settings->rate_factor, &factor);
    struct api_settings api_settings = {.readers = (int)readers,
                                        .rate_factor = factor,
                                        .url = own_url(settings, net_settings, arena),
                                        .page = pages_answer,
                                        .trusts_proxy = str_equal(settings->proxy, S("yes"))};
    fetch_open(str_equal(settings->reach_private, S("yes")));
    bool is_named = settings->contact.len || !str_starts(api_settings.url, S("https://"));
    push_open(is_named ? settings->contact : api_settings.url);
    struct api *api = api_open(store, modules, module_count, org_who, &api_settings);
    struct net_handler handler = api_handler(api);
    struct str error;
    struct net *net = net_open(net_settings, &handler, arena, &error);
    if (!net) {
        fprintf(stderr, "carillon: %.*s\n", STR_ARG(error));
        api_close(api);
        fetch_close();
        return 1;
    }
    api_set_net(api, net);
    print_address(api, net_settings, net_port(net), arena);
    wait_for_end(net, signals);
    log_line(LOG_INFO, "stopping", LOG_INT("grace_ms", GRACE_MS));
    net_drain(net, GRACE_MS);
    api_close(api);
    fetch_close();
    net_close(net);
    return 0;
}

int command_serve(const struct settings *settings, struct arena *arena)
{
    enum log_level level = LOG_INFO;
    if (!log_level_from(settings->log, &level)) {
        fprintf(stderr, "carillon: --log wants debug, info, warn or error\n");
        return 1;
    }
    log_set_level(level);
    struct net_settings net_settings;
    struct str error;
    if (!read_net_settings(settings, arena, &net_settings, &error)) {
        fprintf(stderr, "carillon: %.*s\n", STR_ARG(error));
        return 1;
    }
    /* Threads made from here on leave the signals to wait_for_end. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    int64_t descriptors = raise_descriptors();
    net_settings.connections = most_connections(descriptors);
    log_line(LOG_INFO, "starting", LOG_TEXT("version", S(VERSION)),
             LOG_INT("descriptors", descriptors), LOG_TEXT("data", settings->data),
             LOG_TEXT("engine", settings->database.len ? S("postgresql") : S("sqlite")));
    struct store *store = open_store(settings, false, arena);
    if (!store)
        return 1;
    int status = run(store, settings, &net_settings, &signals, arena);
    store_close(store);
    return status;
}
