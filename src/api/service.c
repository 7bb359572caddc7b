/* service: what api itself offers: the three basic policies, health, figures, the audit table's
 * reading, and the reporting of jobs. */
#include "api/inner.h"
#include "base/must.h"
#include "store/blob.h"

EMBED_SQL(api);

/* ---- policies ------------------------------------------------------------------------------ */

static bool allows_anyone(struct request *r, int64_t object)
{
    (void)r;
    (void)object;
    return true;
}

static bool allows_signed_in(struct request *r, int64_t object)
{
    (void)object;
    return r->account != 0 || fail(r, UNAUTHENTICATED, NULL, "请先登录", "please sign in first");
}

static bool allows_the_server(struct request *r, int64_t object)
{
    (void)object;
    return r->session == API_SERVER;
}

/* The figures are for the machine's own monitoring, not for the network. */
static bool allows_this_machine(struct request *r, int64_t object)
{
    (void)object;
    return r->session == API_SERVER || str_starts(r->address, S("127.")) ||
           str_equal(r->address, S("::1"));
}

const struct policy anyone = {"anyone", "whoever calls, strangers too", allows_anyone};
const struct policy signed_in = {"signed_in", "whoever has signed in", allows_signed_in};
const struct policy the_server = {"the_server", "the server itself, never a caller",
                                  allows_the_server};
static const struct policy this_machine = {"this_machine", "calls from the server's own machine",
                                           allows_this_machine};

/* ---- rows ---------------------------------------------------------------------------------- */

SCHEMA(api_health_in, NO_FIELDS)
#define api_health_out        raw_out
#define api_health_out_schema raw_out_schema
SCHEMA(api_figures_in, NO_FIELDS)
#define api_figures_out        raw_out
#define api_figures_out_schema raw_out_schema

SCHEMA(api_job_done_out, NO_FIELDS)

#define API_OPS(OP)                                                                              \
    OP(api_health, "GET", "/healthz", RAW, 0, "Is the server able to answer?", MAY_CALL(anyone)) \
    OP(api_figures, "GET", "/metrics", RAW, 0, "Figures in Prometheus' text format",             \
       MAY_CALL(this_machine))                                                                   \
    OP(api_job_done, NULL, NULL, WRITES, 0, "A job reports back", MAY_CALL(the_server))
OPS(API_OPS)

const struct module api_module = {
    .name = "api", MODULE_OPS, .sql = api_sql, .sql_end = api_sql_end};

/* ---- functions ----------------------------------------------------------------------------- */

static bool api_health(struct request *r, const struct api_health_in *in,
                       struct api_health_out *out)
{
    (void)in;
    READ(r, "SELECT 1", NONE);
    if (has_failed(r))
        return fail(r, UNAVAILABLE, NULL, "数据库暂时不可用", "the database is not reachable");
    out->type = S("text/plain");
    out->bytes = S("ok\n");
    return true;
}

static void figure(struct buf *out, const char *name, const char *kind, const char *help,
                   uint64_t value)
{
    buf_printf(out, "# HELP carillon_%s %s\n# TYPE carillon_%s %s\ncarillon_%s %llu\n", name, help,
               name, kind, name, (unsigned long long)value);
}

static void net_part(const struct api *api, struct buf *out)
{
    struct net_figures net = {0};
    if (api->net)
        net_figures(api->net, &net);
    figure(out, "connections", "gauge", "Open connections", net.connections);
    figure(out, "sockets", "gauge", "Open WebSockets", net.sockets);
    figure(out, "accepted_total", "counter", "Connections accepted", net.accepted);
    figure(out, "requests_total", "counter", "HTTP requests read", net.requests);
    figure(out, "messages_in_total", "counter", "WebSocket messages read", net.messages_in);
    figure(out, "frames_out_total", "counter", "WebSocket frames sent", net.frames_out);
    figure(out, "bytes_in_total", "counter", "Bytes read", net.bytes_in);
    figure(out, "bytes_out_total", "counter", "Bytes sent", net.bytes_out);
    figure(out, "refused_total", "counter", "Malformed or oversized input", net.refused);
    figure(out, "closed_slow_total", "counter", "Connections closed as too slow", net.closed_slow);
}

static bool api_figures(struct request *r, const struct api_figures_in *in,
                        struct api_figures_out *out)
{
    (void)in;
    struct api *api = r->api;
    struct buf text = buf_new(65536);
    net_part(api, &text);
    figure(&text, "calls_total", "counter", "Ops called", atomic_load(&api->calls));
    figure(&text, "failures_total", "counter", "Ops refused", atomic_load(&api->failures));
    figure(&text, "commits_total", "counter", "Groups committed", atomic_load(&api->groups));
    figure(&text, "writes_total", "counter", "Writes in those groups", atomic_load(&api->grouped));
    figure(&text, "freed_bytes_total", "counter",
           "Bytes of files that nothing referred to any more", blob_freed(api->store));
    pthread_mutex_lock(&api->presence_lock);
    figure(&text, "people_online", "gauge", "People with an open WebSocket", api->presence.count);
    pthread_mutex_unlock(&api->presence_lock);
    out->type = S("text/plain; version=0.0.4");
    out->bytes = arena_copy(r->arena, buf_str(&text));
    buf_free(&text);
    return true;
}

static bool api_job_done(struct request *r, const struct api_job_done_in *in,
                         struct api_job_done_out *out)
{
    (void)out;
    if (in->is_done)
        WRITE(r, "DELETE FROM job WHERE org = ?1 AND id = ?2", INT(in->org), INT(in->job));
    else
        WRITE(r, "UPDATE job SET attempts = attempts + 1, due = ?3 WHERE org = ?1 AND id = ?2",
              INT(in->org), INT(in->job), INT(in->due));
    return true;
}
