/* gateway: what the tests of net share: a gateway on loopback that answers by path, and clients
 * with real sockets. */
#ifndef NET_GATEWAY_TEST_H
#define NET_GATEWAY_TEST_H

#include "base/buf.h"
#include "base/must.h"
#include "base/time.h"
#include "net/frame.h"
#include "net/net.h"
#include "tests/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- a gateway ----------------------------------------------------------------------------- */

static struct {
    struct net *net;
    atomic_int opened, closed, received, broken;
    atomic_llong closed_tag;
    struct net_peer slow; /* under the lock */
    bool has_slow;
    pthread_mutex_t lock;
    char directory[64], file[96], upload[96];
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline struct net_plan on_head(void *context, const struct net_request *head)
{
    (void)context;
    struct net_plan plan = {.kind = NET_BUFFER, .body_limit = 1 << 20};
    if (str_equal(head->path, S("/small")))
        plan.body_limit = 10;
    if (str_equal(head->path, S("/hold")) || str_equal(head->path, S("/held-refusal")))
        plan.kind = NET_HOLD;
    if (str_equal(head->path, S("/static"))) {
        plan.kind = NET_ANSWER;
        plan.answer = (struct net_answer){.status = 200,
                                          .type = S("text/plain"),
                                          .etag = S("\"v1\""),
                                          .headers = S("Cache-Control: no-cache\r\n"),
                                          .body = S("static body"),
                                          .is_static = true};
    }
    return plan;
}

static inline int64_t number_in(struct str query)
{
    int64_t number = 0;
    str_to_int(query, &number);
    return number;
}

static inline void answer_file(struct net_peer peer)
{
    struct net_answer answer = {.status = 200, .type = S("application/x"), .etag = S("\"f\"")};
    answer.file = open(world.file, O_RDONLY | O_CLOEXEC);
    answer.has_file = true;
    answer.file_size = 1000000;
    net_answer(world.net, peer, &answer);
}

static inline void on_request(void *context, struct net_request *request)
{
    (void)context;
    struct net_answer answer = {.status = 200, .type = S("text/plain"), .body = request->body};
    if (str_equal(request->path, S("/ws"))) {
        int64_t number = number_in(request->query), topics[2] = {1000, 2000 + number};
        struct net_socket who = {{number}};
        net_upgrade(world.net, request->peer, &who, S("X-Extra: 1\r\n"));
        net_follow(world.net, request->peer, topics, 2);
        atomic_fetch_add(&world.opened, 1);
    } else if (str_equal(request->path, S("/file"))) {
        answer_file(request->peer);
    } else if (str_equal(request->path, S("/hold"))) {
        int file = open(world.upload, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        net_receive(world.net, request->peer, file, 3000000, (void *)(intptr_t)file);
    } else if (str_equal(request->path, S("/held-refusal"))) {
        answer.status = 403;
        net_answer(world.net, request->peer, &answer);
    } else if (str_equal(request->path, S("/slow"))) {
        pthread_mutex_lock(&world.lock);
        world.slow = request->peer;
        world.has_slow = true;
        pthread_mutex_unlock(&world.lock);
    } else {
        if (str_equal(request->path, S("/where")))
            answer.body = str_from(request->address);
        answer.closes = str_equal(request->path, S("/close"));
        net_answer(world.net, request->peer, &answer);
    }
    arena_free(request->arena);
}

static inline void on_received(void *context, struct net_peer peer, void *token, bool is_whole)
{
    (void)context;
    close((int)(intptr_t)token);
    atomic_fetch_add(is_whole ? &world.received : &world.broken, 1);
    if (is_whole)
        net_answer(world.net, peer, &(struct net_answer){.status = 201, .body = S("kept")});
}

static inline void on_message(void *context, struct net_peer peer, const struct net_socket *who,
                              struct str text)
{
    (void)context;
    (void)who;
    struct frame *frame = frame_new(text, false);
    net_send(world.net, peer, frame);
    frame_free(frame);
}

static inline void on_closed(void *context, struct net_peer peer, const struct net_socket *who)
{
    (void)context;
    (void)peer;
    atomic_store(&world.closed_tag, who->tag[0]);
    atomic_fetch_add(&world.closed, 1);
}

static inline void open_world(struct net_settings settings)
{
    static const struct net_handler handler = {NULL,        on_head,    on_request,
                                               on_received, on_message, on_closed};
    struct arena *arena = arena_new();
    struct str error = {0};
    settings.host = S("127.0.0.1");
    world.has_slow = false;
    world.opened = world.closed = world.received = world.broken = 0;
    world.net = net_open(&settings, &handler, arena, &error);
    if (!world.net)
        fprintf(stderr, "net_open: %.*s\n", STR_ARG(error));
    must(world.net);
    arena_free(arena);
}

static inline void make_files(void)
{
    snprintf(world.directory, sizeof world.directory, "/tmp/net_test.XXXXXX");
    must(mkdtemp(world.directory));
    snprintf(world.file, sizeof world.file, "%s/file", world.directory);
    snprintf(world.upload, sizeof world.upload, "%s/upload", world.directory);
    FILE *file = fopen(world.file, "w");
    must(file);
    for (size_t i = 0; i < 1000000; i++)
        fputc((int)(i * 31 >> 3) & 255, file);
    fclose(file);
}

static inline void remove_files(void)
{
    unlink(world.file);
    unlink(world.upload);
    rmdir(world.directory);
}

/* ---- a client ------------------------------------------------------------------------------ */

struct client {
    int fd;
    SSL *tls;
    struct buf in;
    bool is_ended; /* by the other side */
};

static inline struct client client_new(void)
{
    return (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                           .in = buf_new(8 << 20)};
}

static inline void connect_client(const struct client *client)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)net_port(world.net)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(connect(client->fd, (struct sockaddr *)&to, sizeof to) == 0);
    struct timeval five = {.tv_sec = 5};
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &five, sizeof five);
    int yes = 1;
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static inline struct client dial(void)
{
    struct client client = client_new();
    connect_client(&client);
    return client;
}

static inline void hang_up(struct client *client)
{
    SSL_free(client->tls);
    close(client->fd);
    buf_free(&client->in);
}

static inline void say(struct client *client, struct str bytes)
{
    while (bytes.len) {
        ssize_t sent = client->tls ? SSL_write(client->tls, bytes.ptr, (int)bytes.len)
                                   : send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes = str_skip(bytes, (size_t)sent);
    }
}

/* Reads on; false at the end, after five seconds, or on an error. */
static inline bool hear(struct client *client)
{
    char *room = buf_room(&client->in, 65536);
    must(room);
    ssize_t got;
    do
        got = client->tls ? SSL_read(client->tls, room, 65536) : recv(client->fd, room, 65536, 0);
    while (got < 0 && errno == EINTR);
    client->is_ended = got == 0 || (got < 0 && errno == ECONNRESET);
    if (got <= 0)
        return false;
    client->in.len += (size_t)got;
    return true;
}

static inline bool has_ended(struct client *client)
{
    while (hear(client))
        continue;
    return client->is_ended;
}

struct reply {
    int status;
    struct str head, body; /* of the client's buffer until the next call */
};

static inline struct str field_of(struct str head, const char *name)
{
    while (head.len) {
        struct str line = str_trim(str_cut(&head, '\n'));
        struct str field = str_cut(&line, ':');
        if (str_equal_fold(field, str_from(name)))
            return str_trim(line);
    }
    return (struct str){0};
}

static inline struct reply read_reply_to(struct client *client, bool is_head)
{
    static struct buf kept;
    buf_free(&kept);
    kept = buf_new(8 << 20);
    struct reply reply = {0};
    ptrdiff_t end;
    while ((end = str_find(buf_str(&client->in), S("\r\n\r\n"))) < 0)
        if (!hear(client))
            return reply;
    size_t head_len = (size_t)end + 4;
    int64_t len = 0;
    str_to_int(field_of(str_take(buf_str(&client->in), head_len), "content-length"), &len);
    size_t whole = head_len + (is_head ? 0 : (size_t)len);
    while (client->in.len < whole)
        if (!hear(client))
            return reply;
    buf_add(&kept, str_take(buf_str(&client->in), whole));
    buf_drop(&client->in, whole);
    int64_t status = 0;
    str_to_int(str_take(str_skip(buf_str(&kept), 9), 3), &status);
    reply.status = (int)status;
    reply.head = str_take(buf_str(&kept), head_len);
    reply.body = str_skip(buf_str(&kept), head_len);
    return reply;
}

static inline struct reply read_reply(struct client *client)
{
    return read_reply_to(client, false);
}

static inline struct reply ask(struct client *client, const char *text)
{
    say(client, str_from(text));
    return read_reply(client);
}

#define H "Host: x\r\n"

static inline void wait_for(atomic_int *count, int least)
{
    for (int i = 0; i < 500 && atomic_load(count) < least; i++)
        usleep(10000);
    CHECK(atomic_load(count) == least);
}

static inline void put_frame(struct buf *out, unsigned char first, struct str payload,
                             bool is_masked)
{
    static const unsigned char mask[4] = {1, 2, 250, 77};
    buf_char(out, (char)first);
    char bit = (char)(is_masked ? 0x80 : 0);
    if (payload.len < 126)
        buf_char(out, (char)(bit | (char)payload.len));
    else {
        size_t count = payload.len < 65536 ? 2 : 8;
        buf_char(out, (char)(bit | (count == 2 ? 126 : 127)));
        for (size_t i = count; i > 0; i--)
            buf_char(out, (char)(payload.len >> 8 * (i - 1)));
    }
    if (is_masked)
        buf_add(out, str_of((const char *)mask, 4));
    for (size_t i = 0; i < payload.len; i++)
        buf_char(out,
                 is_masked ? (char)((unsigned char)payload.ptr[i] ^ mask[i & 3]) : payload.ptr[i]);
}

/* ---- its WebSockets ---------------------------------------------------------------------------
 */

static inline struct client dial_socket_with(int number, SSL_CTX *tls, const char *more)
{
    struct client client = dial();
    if (tls) {
        client.tls = SSL_new(tls);
        SSL_set_fd(client.tls, client.fd);
        CHECK(SSL_connect(client.tls) == 1);
    }
    struct buf text = buf_new(1000);
    buf_printf(&text,
               "GET /ws?%d HTTP/1.1\r\n" H "Upgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\n%s"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
               number, more);
    say(&client, buf_str(&text));
    buf_free(&text);
    struct reply reply = read_reply(&client);
    CHECK(reply.status == 101);
    CHECK(
        str_equal(field_of(reply.head, "sec-websocket-accept"), S("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    CHECK(str_equal(field_of(reply.head, "x-extra"), S("1")));
    return client;
}

static inline struct client dial_socket(int number)
{
    return dial_socket_with(number, NULL, "");
}

static inline void say_frame(struct client *client, unsigned char first, struct str payload)
{
    struct buf bytes = buf_new(1 << 20);
    put_frame(&bytes, first, payload, true);
    say(client, buf_str(&bytes));
    buf_free(&bytes);
}

struct heard {
    int first; /* the first byte; -1 at the end */
    struct str payload;
};

/* The next frame from the server, valid until the next call. */
static inline struct heard hear_frame(struct client *client)
{
    static struct buf kept;
    buf_free(&kept);
    kept = buf_new(1 << 20);
    for (;;) {
        const unsigned char *p = (const unsigned char *)client->in.ptr;
        size_t have = client->in.len;
        size_t extra = have < 2 ? 0 : p[1] == 126 ? 2 : p[1] == 127 ? 8 : 0;
        if (have >= 2 + extra) {
            size_t len = extra ? 0 : p[1];
            for (size_t i = 0; i < extra; i++)
                len = len << 8 | p[2 + i];
            if (have >= 2 + extra + len) {
                int first = p[0];
                buf_add(&kept, str_of(client->in.ptr + 2 + extra, len));
                buf_drop(&client->in, 2 + extra + len);
                return (struct heard){first, buf_str(&kept)};
            }
        }
        if (!hear(client))
            return (struct heard){-1, {0}};
    }
}

static inline bool hears(struct client *client, struct str text)
{
    struct heard heard = hear_frame(client);
    return heard.first == 0x81 && str_equal(heard.payload, text);
}

static inline int hears_close(struct client *client)
{
    struct heard heard = hear_frame(client);
    while (heard.first == 0x81)
        heard = hear_frame(client);
    if (heard.first != 0x88 || heard.payload.len < 2)
        return heard.first == 0x88 ? CLOSE_NO_CODE : -1;
    return (unsigned char)heard.payload.ptr[0] << 8 | (unsigned char)heard.payload.ptr[1];
}

/* ---- what holds with and without TLS -------------------------------------------------------- */

static inline bool is_from_file(struct str bytes, size_t from)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.ptr[i] != (char)((from + i) * 31 >> 3))
            return false;
    return true;
}

static inline void check_range(struct client *client, const char *field, int status, size_t from,
                               size_t len)
{
    struct buf text = buf_new(1000);
    buf_printf(&text, "GET /file HTTP/1.1\r\n" H "%s\r\n\r\n", field);
    say(client, buf_str(&text));
    struct reply reply = read_reply(client);
    CHECK(reply.status == status && reply.body.len == len && is_from_file(reply.body, from));
    if (reply.status != status || reply.body.len != len)
        fprintf(stderr, "  %s: %d, %zu bytes\n", field, reply.status, reply.body.len);
    buf_free(&text);
}

static inline void files(struct client *client)
{
    check_range(client, "X: y", 200, 0, 1000000);
    check_range(client, "Range: bytes=100-199", 206, 100, 100);
    check_range(client, "Range: bytes=999990-", 206, 999990, 10);
    check_range(client, "Range: bytes=999990-2000000", 206, 999990, 10);
    check_range(client, "Range: bytes=-10", 206, 999990, 10);
    check_range(client, "Range: bytes=1000000-", 416, 0, 0);
    check_range(client, "Range: bytes=0-1, 5-6", 200, 0, 1000000);
    check_range(client, "If-Range: \"f\"\r\nRange: bytes=5-9", 206, 5, 5);
    check_range(client, "If-Range: \"g\"\r\nRange: bytes=5-9", 200, 0, 1000000);
    check_range(client, "If-None-Match: \"f\"", 304, 0, 0);
    struct reply reply = ask(client, "GET /file HTTP/1.1\r\n" H "Range: bytes=1-2\r\n\r\n");
    CHECK(str_equal(field_of(reply.head, "content-range"), S("bytes 1-2/1000000")));
    say(client, S("HEAD /file HTTP/1.1\r\n" H "\r\n"));
    reply = read_reply_to(client, true);
    CHECK(str_equal(field_of(reply.head, "content-length"), S("1000000")));
    CHECK(str_equal(field_of(reply.head, "accept-ranges"), S("bytes")));
}

static inline void echo(struct client *client)
{
    static char large[200000];
    memset(large, 'x', sizeof large);
    say_frame(client, 0x81, S("hello"));
    CHECK(hears(client, S("hello")));
    say_frame(client, 0x81, str_of(large, sizeof large));
    CHECK(hears(client, str_of(large, sizeof large)));
    say_frame(client, 0x01, S("\xe7\xbc"));
    say_frame(client, 0x89, S("ping"));
    struct heard pong = hear_frame(client);
    CHECK(pong.first == 0x8a && str_equal(pong.payload, S("ping")));
    say_frame(client, 0x80, S("\x96钟"));
    CHECK(hears(client, S("编钟")));
    /* Two in one write, the second cut in the middle. */
    struct buf bytes = buf_new(1000);
    put_frame(&bytes, 0x81, S("one"), true);
    put_frame(&bytes, 0x81, S("two"), true);
    say(client, str_of(bytes.ptr, bytes.len - 2));
    CHECK(hears(client, S("one")));
    say(client, str_of(bytes.ptr + bytes.len - 2, 2));
    CHECK(hears(client, S("two")));
    buf_free(&bytes);
}

static inline void publish(int64_t topic, const char *text)
{
    struct frame *frame = frame_new(str_from(text), false);
    net_publish(world.net, topic, frame);
    frame_free(frame);
}

#endif
