#include "bench/kit/client.h"
#include "base/time.h"
#include "bench/kit/server.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { LARGEST_MESSAGE = 16 << 20 };

/* ---- opening and calling --------------------------------------------------------------------- */

void client_open(struct client *client, int port, size_t person)
{
    *client = (struct client){0};
    must(websocket_open(&client->socket, port, str_from(token_of(person).text)));
}

void client_close(struct client *client)
{
    websocket_close(&client->socket);
}

int64_t client_call(struct client *client, const char *op, const char *format, ...)
{
    char text[30 * 1024];
    int64_t call = ++client->calls;
    int len =
        snprintf(text, sizeof text, "{\"call\":%lld,\"op\":\"%s\",\"in\":", (long long)call, op);
    va_list arguments;
    va_start(arguments, format);
    len += vsnprintf(text + len, sizeof text - (size_t)len, format, arguments);
    va_end(arguments);
    must((size_t)len < sizeof text - 1);
    text[len++] = '}';
    websocket_send(&client->socket, str_of(text, (size_t)len));
    return call;
}

struct key key_new(void)
{
    static uint64_t random = 7;
    struct key key;
    snprintf(key.text, sizeof key.text, "%012llx%08x%08x%04x", (unsigned long long)time_now(),
             random_next(&random), random_next(&random), random_next(&random) & 0xffff);
    return key;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct reading {
    struct client *client;
    client_message *each;
    void *context;
};

static void take_text(void *context, struct str text)
{
    struct reading *reading = context;
    reading->each(reading->client, text, reading->context);
}

bool client_read(struct client *client, bool waits, client_message *each, void *context)
{
    struct reading reading = {client, each, context};
    bool is_read = websocket_read(&client->socket, waits, take_text, &reading);
    if (client->socket.closed)
        fprintf(stderr, "the server closed a WebSocket with %d\n", client->socket.closed);
    return is_read;
}

bool is_reply(struct str text, int64_t call)
{
    char wanted[64];
    int len = snprintf(wanted, sizeof wanted, "{\"call\":%lld,", (long long)call);
    if (!str_starts(text, str_of(wanted, (size_t)len)))
        return false;
    bool is_good = str_starts(str_skip(text, (size_t)len), S("\"out\":"));
    if (!is_good)
        fprintf(stderr, "%.*s\n", STR_ARG(text));
    must(is_good);
    return true;
}

struct awaited {
    int64_t call;
    bool has_come;
    struct buf text;
};

static void take_reply(struct client *client, struct str text, void *context)
{
    (void)client;
    struct awaited *awaited = context;
    if (awaited->has_come || !is_reply(text, awaited->call))
        return;
    awaited->has_come = true;
    buf_add(&awaited->text, text);
}

struct buf client_reply(struct client *client, int64_t call)
{
    struct awaited awaited = {.call = call, .text = buf_new(LARGEST_MESSAGE)};
    while (!awaited.has_come)
        must(client_read(client, true, take_reply, &awaited));
    return awaited.text;
}

size_t client_wait(struct client *client, int64_t call)
{
    struct buf reply = client_reply(client, call);
    size_t len = reply.len;
    buf_free(&reply);
    return len;
}

int64_t field_of(struct str text, const char *name)
{
    char wanted[64];
    int len = snprintf(wanted, sizeof wanted, "\"%s\":", name);
    ptrdiff_t at = str_find(text, str_of(wanted, (size_t)len));
    if (at < 0)
        return -1;
    struct str rest = str_skip(text, (size_t)at + (size_t)len);
    if (str_starts(rest, S("\"")))
        rest = str_skip(rest, 1);
    int64_t number = 0;
    for (size_t i = 0; i < rest.len && rest.ptr[i] >= '0' && rest.ptr[i] <= '9'; i++)
        number = 10 * number + (rest.ptr[i] - '0');
    return number;
}

/* ---- many ---------------------------------------------------------------------------------- */

struct swarm swarm_open(void)
{
    struct swarm swarm = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
    must(swarm.epoll >= 0);
    return swarm;
}

void swarm_close(const struct swarm *swarm)
{
    close(swarm->epoll);
}

void swarm_add(const struct swarm *swarm, struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    must(epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, client->socket.fd, &event) == 0);
}

size_t swarm_read(const struct swarm *swarm, int ms, client_message *each, void *context)
{
    struct epoll_event events[256];
    int count = epoll_wait(swarm->epoll, events, 256, ms);
    must(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++)
        must(client_read(events[i].data.ptr, false, each, context));
    return count < 0 ? 0 : (size_t)count;
}
