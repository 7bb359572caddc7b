/* client: frames by hand (RFC 6455): texts of the server are unmasked and never fragmented. */
#include "bench/kit/client.h"
#include "base/time.h"
#include "bench/kit/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 20, LARGEST_MESSAGE = 16 << 20, TEXT = 1, CLOSE = 8 };

/* ---- opening ------------------------------------------------------------------------------- */

int connect_to(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    must(fd >= 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void send_all(int fd, const void *bytes, size_t len)
{
    must(send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
}

void client_open(struct client *client, int port, size_t person)
{
    *client = (struct client){.fd = connect_to(port), .rest = buf_new(LARGEST_MESSAGE)};
    char head[1000];
    int len = snprintf(head, sizeof head,
                       "GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                       "Origin: http://127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       "Cookie: carillon=%s\r\n\r\n",
                       port, port, token_of(person).text);
    send_all(client->fd, head, (size_t)len);
    size_t have = 0;
    while (have < 4 || memcmp(head + have - 4, "\r\n\r\n", 4) != 0) {
        must(have < sizeof head && recv(client->fd, head + have, 1, 0) == 1);
        have++;
    }
    must(memcmp(head, "HTTP/1.1 101", 12) == 0);
}

void client_close(struct client *client)
{
    close(client->fd);
    buf_free(&client->rest);
}

/* ---- sending ------------------------------------------------------------------------------- */

/* Adds the masked frame's head; the mask is fixed. */
static const unsigned char mask[4] = {0x5a, 0x13, 0xc7, 0x28};

static void send_text(struct client *client, struct str text)
{
    unsigned char frame[32 * 1024];
    must(text.len < sizeof frame - 8);
    size_t at = 0;
    frame[at++] = 0x81;
    if (text.len < 126)
        frame[at++] = (unsigned char)(0x80 | text.len);
    else {
        frame[at++] = 0x80 | 126;
        frame[at++] = (unsigned char)(text.len >> 8);
        frame[at++] = (unsigned char)text.len;
    }
    memcpy(frame + at, mask, sizeof mask);
    at += sizeof mask;
    for (size_t i = 0; i < text.len; i++)
        frame[at + i] = (unsigned char)text.ptr[i] ^ mask[i % 4];
    send_all(client->fd, frame, at + text.len);
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
    send_text(client, str_of(text, (size_t)len));
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

/* Length of the frame at the beginning, head included, or 0 when it is not whole. */
static size_t frame_length(const unsigned char *bytes, size_t len, size_t *head)
{
    if (len < 2)
        return 0;
    size_t size = bytes[1] & 0x7f;
    *head = size == 126 ? 4 : size == 127 ? 10 : 2;
    if (len < *head)
        return 0;
    if (size >= 126) {
        size = 0;
        for (size_t i = 2; i < *head; i++)
            size = size << 8 | bytes[i];
    }
    return *head + size <= len ? *head + size : 0;
}

static size_t take_frames(struct client *client, const char *bytes, size_t len,
                          client_message *each, void *context)
{
    size_t at = 0, head = 0, size;
    while ((size = frame_length((const unsigned char *)bytes + at, len - at, &head))) {
        if ((bytes[at] & 0x0f) == TEXT)
            each(client, str_of(bytes + at + head, size - head), context);
        if ((bytes[at] & 0x0f) == CLOSE)
            fprintf(stderr, "the server closed a WebSocket with %d\n",
                    (unsigned char)bytes[at + head] << 8 | (unsigned char)bytes[at + head + 1]);
        at += size;
    }
    return at;
}

bool client_read(struct client *client, bool waits, client_message *each, void *context)
{
    static char sink[READ_BYTES];
    ssize_t got = recv(client->fd, sink, sizeof sink, waits ? 0 : MSG_DONTWAIT);
    if (got <= 0)
        return false;
    if (!client->rest.len) {
        size_t taken = take_frames(client, sink, (size_t)got, each, context);
        buf_add(&client->rest, str_of(sink + taken, (size_t)got - taken));
        return true;
    }
    buf_add(&client->rest, str_of(sink, (size_t)got));
    must(!client->rest.is_full);
    buf_drop(&client->rest, take_frames(client, client->rest.ptr, client->rest.len, each, context));
    return true;
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
    must(epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, client->fd, &event) == 0);
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
