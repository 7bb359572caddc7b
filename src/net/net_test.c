/* Units of net: the pure readers, then a gateway on loopback with real sockets. */
#include "base/buf.h"
#include "base/must.h"
#include "base/time.h"
#include "net/chunked.h"
#include "net/deflate.h"
#include "net/frame.h"
#include "net/head.h"
#include "net/net.h"
#include "tests/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- pure readers -------------------------------------------------------------------------- */

static int read_head(const char *text, struct head *out)
{
    size_t at = 0;
    int status = head_scan(str_from(text), 16384, &at);
    return status == HEAD_WHOLE ? head_parse(str_take(str_from(text), at), out) : status;
}

static int status_of(const char *text)
{
    static struct head head;
    return read_head(text, &head);
}

static void heads(void)
{
    struct head head;
    CHECK(read_head(
              "POST /a/b%20?x=1&y HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\nA:  b c \r\n\r\nzz",
              &head) == HEAD_WHOLE);
    CHECK(head.verb == NET_POST && str_equal(head.path, S("/a/b%20")));
    CHECK(str_equal(head.query, S("x=1&y")) && head.length == 5 && head.keeps_alive);
    CHECK(head.field_count == 3 && str_equal(head.fields[2].value, S("b c")));
    CHECK(read_head("GET / HTTP/1.0\r\n\r\n", &head) == HEAD_WHOLE && !head.keeps_alive);
    CHECK(read_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", &head) == HEAD_WHOLE &&
          head.keeps_alive);
    CHECK(read_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", &head) ==
              HEAD_WHOLE &&
          !head.keeps_alive);
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n", HEAD_MORE},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\x16\x03\x01", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = status_of(cases[i].text);
        CHECK(status == cases[i].status);
        if (status != cases[i].status)
            fprintf(stderr, "  %d for %s\n", status, cases[i].text);
    }
}

static void head_ceilings(void)
{
    size_t at = 0;
    CHECK(head_scan(S("GET /aaaaaaaaaaaaaaaa"), 16, &at) == 414);
    at = 0;
    CHECK(head_scan(S("GET / HTTP/1.1\r\nA: b\r\n"), 20, &at) == 431);
    struct buf many = buf_new(100000);
    buf_add(&many, S("GET / HTTP/1.1\r\nHost: a\r\n"));
    for (int i = 0; i < 64; i++)
        buf_add(&many, S("A: b\r\n"));
    buf_add(&many, S("\r\n"));
    buf_char(&many, 0);
    CHECK(status_of(many.ptr) == 431);
    buf_free(&many);
    /* In pieces of any size the end is found at the same place. */
    struct str text = S("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest");
    at = 0;
    for (size_t len = 0; len < text.len - 4; len++)
        CHECK(head_scan(str_take(text, len), 16384, &at) == HEAD_MORE && at == len);
    CHECK(head_scan(text, 16384, &at) == HEAD_WHOLE && at == text.len - 4);
}

static void ranges(void)
{
    struct head_range range = head_range(S("bytes=5-9"));
    CHECK(range.kind == RANGE_SPAN && range.first == 5 && range.last == 9);
    CHECK(head_range(S("bytes=5-")).kind == RANGE_FROM);
    CHECK(head_range(S("bytes=-5")).kind == RANGE_LAST);
    CHECK(head_range(S("bytes=9-5")).kind == RANGE_NONE);
    CHECK(head_range(S("bytes=1-2,4-5")).kind == RANGE_NONE);
    CHECK(head_range(S("bytes=-")).kind == RANGE_NONE);
    CHECK(head_range(S("bytes=--5")).kind == RANGE_NONE);
    CHECK(head_range(S("lines=1-2")).kind == RANGE_NONE);
}

/* Decodes in steps of `step` bytes; the result, and what was decoded in `out`. */
static enum chunked_result decode(struct str in, size_t step, struct buf *out)
{
    struct chunked chunked = {0};
    enum chunked_result result = CHUNKED_MORE;
    buf_clear(out);
    while (in.len) {
        struct str part = str_take(in, step), data;
        size_t used = 0;
        result = chunked_read(&chunked, part, &used, &data);
        buf_add(out, data);
        in = str_skip(in, used);
        if (result == CHUNKED_BAD || result == CHUNKED_END)
            break;
    }
    return result;
}

static void chunks(void)
{
    struct buf out = buf_new(1000);
    for (size_t step = 1; step < 40; step++) {
        CHECK(decode(S("5\r\nhello\r\nA;x=y\r\n, world..!\r\n0\r\nT: v\r\n\r\n"), step, &out) ==
              CHUNKED_END);
        CHECK(str_equal(buf_str(&out), S("hello, world..!")));
    }
    static const char *bad[] = {"\r\n",
                                "g\r\n",
                                "5\nhello",
                                "5\r\nhelloX",
                                "5 \r\n",
                                "-1\r\n",
                                "0x5\r\n",
                                "1111111111111111\r\n",
                                "0\r\n\n",
                                "5\r\nhello\n",
                                "5;\x01\r\nhello\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(decode(str_from(bad[i]), 1, &out) == CHUNKED_BAD);
    buf_free(&out);
}

/* A client's frame. */
static void put_frame(struct buf *out, unsigned char first, struct str payload, bool is_masked)
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

static struct frame_event read_one(struct frame_reader *reader, unsigned char first,
                                   struct str payload)
{
    static struct buf bytes;
    buf_free(&bytes);
    bytes = buf_new(1 << 20);
    put_frame(&bytes, first, payload, true);
    size_t used = 0;
    for (size_t len = 0; len < bytes.len; len += 1 + bytes.len / 50)
        if (frame_read(reader, bytes.ptr, len, 70000, &used).kind == FRAME_FAILED)
            break;
    struct frame_event event = frame_read(reader, bytes.ptr, bytes.len, 70000, &used);
    CHECK(event.kind == FRAME_FAILED || used == bytes.len);
    return event;
}

static int fails_with(unsigned char first, struct str payload)
{
    struct frame_reader reader = {0};
    struct frame_event event = read_one(&reader, first, payload);
    frame_reader_clear(&reader);
    return event.kind == FRAME_FAILED ? event.code : 0;
}

static void frames(void)
{
    struct frame_reader reader = {0};
    static char large[80000];
    struct frame_event event = read_one(&reader, 0x81, S("hello"));
    CHECK(event.kind == FRAME_MESSAGE && str_equal(event.payload, S("hello")));
    for (size_t len = 125; len <= 127; len++)
        CHECK(read_one(&reader, 0x81, str_of(large, len)).payload.len == len);
    CHECK(read_one(&reader, 0x81, str_of(large, 66000)).payload.len == 66000);
    CHECK(read_one(&reader, 0x01, S("ab")).kind == FRAME_NOTHING);
    CHECK(read_one(&reader, 0x89, S("p")).kind == FRAME_PINGED);
    CHECK(read_one(&reader, 0x00, S("cd")).kind == FRAME_NOTHING);
    event = read_one(&reader, 0x80, S("ef"));
    CHECK(event.kind == FRAME_MESSAGE && str_equal(event.payload, S("abcdef")));
    frame_reader_clear(&reader);
    CHECK(read_one(&reader, 0x88, S("\x03\xe9 x")).code == 1001);
    CHECK(read_one(&reader, 0x88, S("")).code == CLOSE_NO_CODE);
    CHECK(fails_with(0x88, S("\x03")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x88, S("\x03\xed")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x88, S("\x03\xe8\xff")) == CLOSE_NOT_UTF8);
    CHECK(fails_with(0x82, S("x")) == CLOSE_UNSUPPORTED);
    CHECK(fails_with(0x80, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0xc1, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x83, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x09, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x89, str_of(large, 126)) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x81, str_of(large, 70001)) == CLOSE_TOO_BIG);
    size_t used;
    char bare[] = "\x81\x01x";
    CHECK(frame_read(&reader, bare, 3, 100, &used).code == CLOSE_PROTOCOL);
    char padded[] = "\x81\xfe\x00\x01\0\0\0\0x";
    CHECK(frame_read(&reader, padded, 9, 100, &used).code == CLOSE_PROTOCOL);
    read_one(&reader, 0x81, S("")); /* frees its buffer below */
}

static void deflated(void)
{
    static char text[300];
    memset(text, 'a', sizeof text);
    struct frame *frame = frame_new(str_of(text, sizeof text), false);
    struct frame *small = frame_deflated(frame);
    CHECK(small != frame && small->len < 60 && frame_deflated(frame) == small);
    struct buf out = buf_new(1000);
    CHECK(deflate_undo(frame_payload(small), &out) == 0);
    CHECK(str_equal(buf_str(&out), str_of(text, sizeof text)));
    buf_free(&out);
    out = buf_new(100);
    CHECK(deflate_undo(frame_payload(small), &out) == CLOSE_TOO_BIG);
    CHECK(deflate_undo(S("\xff\xff\xff"), &out) != 0);
    buf_free(&out);
    frame_free(frame);
    deflate_end_thread();
}

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

static struct net_plan on_head(void *context, const struct net_request *head)
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

static int64_t number_in(struct str query)
{
    int64_t number = 0;
    str_to_int(query, &number);
    return number;
}

static void answer_file(struct net_peer peer)
{
    struct net_answer answer = {.status = 200, .type = S("application/x"), .etag = S("\"f\"")};
    answer.file = open(world.file, O_RDONLY | O_CLOEXEC);
    answer.has_file = true;
    answer.file_size = 1000000;
    net_answer(world.net, peer, &answer);
}

static void on_request(void *context, struct net_request *request)
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

static void on_received(void *context, struct net_peer peer, void *token, bool is_whole)
{
    (void)context;
    close((int)(intptr_t)token);
    atomic_fetch_add(is_whole ? &world.received : &world.broken, 1);
    if (is_whole)
        net_answer(world.net, peer, &(struct net_answer){.status = 201, .body = S("kept")});
}

static void on_message(void *context, struct net_peer peer, const struct net_socket *who,
                       struct str text)
{
    (void)context;
    (void)who;
    struct frame *frame = frame_new(text, false);
    net_send(world.net, peer, frame);
    frame_free(frame);
}

static void on_closed(void *context, struct net_peer peer, const struct net_socket *who)
{
    (void)context;
    (void)peer;
    atomic_store(&world.closed_tag, who->tag[0]);
    atomic_fetch_add(&world.closed, 1);
}

static void open_world(struct net_settings settings)
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

/* ---- a client ------------------------------------------------------------------------------ */

struct client {
    int fd;
    SSL *tls;
    struct buf in;
    bool is_ended; /* by the other side */
};

static struct client client_new(void)
{
    return (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                           .in = buf_new(8 << 20)};
}

static void connect_client(const struct client *client)
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

static struct client dial(void)
{
    struct client client = client_new();
    connect_client(&client);
    return client;
}

static void hang_up(struct client *client)
{
    SSL_free(client->tls);
    close(client->fd);
    buf_free(&client->in);
}

static void say(struct client *client, struct str bytes)
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
static bool hear(struct client *client)
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

static bool has_ended(struct client *client)
{
    while (hear(client))
        continue;
    return client->is_ended;
}

struct reply {
    int status;
    struct str head, body; /* of the client's buffer until the next call */
};

static struct str field_of(struct str head, const char *name)
{
    while (head.len) {
        struct str line = str_trim(str_cut(&head, '\n'));
        struct str field = str_cut(&line, ':');
        if (str_equal_fold(field, str_from(name)))
            return str_trim(line);
    }
    return (struct str){0};
}

static struct reply read_reply_to(struct client *client, bool is_head)
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

static struct reply read_reply(struct client *client)
{
    return read_reply_to(client, false);
}

static struct reply ask(struct client *client, const char *text)
{
    say(client, str_from(text));
    return read_reply(client);
}

/* ---- http ---------------------------------------------------------------------------------- */

#define H "Host: x\r\n"

static void keep_alive(void)
{
    struct client client = dial();
    for (int i = 0; i < 3; i++) {
        struct reply reply =
            ask(&client, "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello");
        CHECK(reply.status == 200 && str_equal(reply.body, S("hello")));
        CHECK(field_of(reply.head, "date").len == 29);
        CHECK(field_of(reply.head, "connection").len == 0);
    }
    struct reply reply = ask(&client, "GET /where HTTP/1.1\r\n" H "\r\n");
    CHECK(str_equal(reply.body, S("127.0.0.1")));
    reply = ask(&client, "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(str_equal(field_of(reply.head, "connection"), S("keep-alive")));
    reply = ask(&client, "GET /close HTTP/1.1\r\n" H "\r\n");
    CHECK(str_equal(field_of(reply.head, "connection"), S("close")));
    CHECK(has_ended(&client) && client.in.len == 0);
    hang_up(&client);
    client = dial();
    CHECK(ask(&client, "GET /echo HTTP/1.0\r\n\r\n").status == 200);
    CHECK(has_ended(&client));
    hang_up(&client);
}

static void pipelining(void)
{
    struct client client = dial();
    struct buf many = buf_new(100000);
    for (int i = 0; i < 100; i++)
        buf_printf(&many, "POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\n%03d", i);
    say(&client, buf_str(&many));
    bool is_right = true;
    for (int i = 0; i < 100; i++) {
        char expected[12];
        snprintf(expected, sizeof expected, "%03d", i);
        is_right = is_right && str_equal(read_reply(&client).body, str_from(expected));
    }
    CHECK(is_right);
    /* Byte by byte, and then the client's half is shut: all is answered still. */
    for (size_t i = 0; i < 150; i++)
        say(&client, str_of(many.ptr + i, 1));
    shutdown(client.fd, SHUT_WR);
    CHECK(read_reply(&client).status == 200 && read_reply(&client).status == 200);
    CHECK(has_ended(&client) && client.in.len == 0);
    buf_free(&many);
    hang_up(&client);
}

static void bodies(void)
{
    struct client client = dial();
    say(&client, S("POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nab"));
    usleep(20000);
    struct reply reply = ask(&client, "c\r\n4\r\ndefg\r\n0\r\n\r\n");
    CHECK(reply.status == 200 && str_equal(reply.body, S("abcdefg")));
    say(&client,
        S("POST /echo HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    CHECK(read_reply(&client).status == 100);
    CHECK(str_equal(ask(&client, "hi").body, S("hi")));
    reply = ask(&client, "POST /small HTTP/1.1\r\n" H "Content-Length: 11\r\n\r\n01234567890");
    CHECK(reply.status == 413 && str_equal(field_of(reply.head, "connection"), S("close")));
    CHECK(has_ended(&client));
    hang_up(&client);
    client = dial();
    CHECK(ask(&client, "POST /small HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
                       "b\r\n01234567890\r\n0\r\n\r\n")
              .status == 413);
    hang_up(&client);
    client = dial();
    CHECK(ask(&client, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nzz\r\n")
              .status == 400);
    hang_up(&client);
}

/* A body larger than any buffer goes to and fro. */
static void large_body(void)
{
    struct client client = dial();
    size_t size = 1 << 20;
    char *text = malloc(size);
    must(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 23);
    say(&client, S("POST /echo HTTP/1.1\r\n" H "Content-Length: 1048576\r\n\r\n"));
    say(&client, str_of(text, size));
    CHECK(str_equal(read_reply(&client).body, str_of(text, size)));
    free(text);
    hang_up(&client);
}

static void refusals(void)
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"GET / HTTP/1.1\n", 400},
        {"BREW / HTTP/1.1\r\n" H "\r\n", 501},
        {"GET / HTTP/3.0\r\n" H "\r\n", 505},
        {"GET /ws HTTP/1.1\r\n" H "Upgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n",
         426},
        {"GET /ws HTTP/1.1\r\n" H "Upgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
         400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client client = dial();
        struct reply reply = ask(&client, cases[i].text);
        CHECK(reply.status == cases[i].status);
        CHECK(str_equal(field_of(reply.head, "connection"), S("close")) && has_ended(&client));
        hang_up(&client);
    }
}

static void static_answers(void)
{
    struct client client = dial();
    struct reply reply = ask(&client, "GET /static HTTP/1.1\r\n" H "\r\n");
    CHECK(reply.status == 200 && str_equal(reply.body, S("static body")));
    CHECK(str_equal(field_of(reply.head, "etag"), S("\"v1\"")));
    CHECK(str_equal(field_of(reply.head, "cache-control"), S("no-cache")));
    reply = ask(&client, "GET /static HTTP/1.1\r\n" H "If-None-Match: \"a\", W/\"v1\"\r\n\r\n");
    CHECK(reply.status == 304 && reply.body.len == 0);
    CHECK(ask(&client, "GET /static HTTP/1.1\r\n" H "If-None-Match: \"v2\"\r\n\r\n").status == 200);
    say(&client, S("HEAD /static HTTP/1.1\r\n" H "\r\n"));
    reply = read_reply_to(&client, true);
    CHECK(reply.status == 200 && str_equal(field_of(reply.head, "content-length"), S("11")));
    /* A short body behind an early answer is read past; a long one ends the connection. */
    reply = ask(&client, "POST /static HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nbody");
    CHECK(reply.status == 200);
    CHECK(ask(&client, "GET /static HTTP/1.1\r\n" H "\r\n").status == 200);
    reply = ask(&client, "POST /static HTTP/1.1\r\n" H "Content-Length: 9999999\r\n\r\nbody");
    CHECK(reply.status == 200 && str_equal(field_of(reply.head, "connection"), S("close")));
    CHECK(has_ended(&client));
    hang_up(&client);
}

static bool is_from_file(struct str bytes, size_t from)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.ptr[i] != (char)((from + i) * 31 >> 3))
            return false;
    return true;
}

static void check_range(struct client *client, const char *field, int status, size_t from,
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

static void files(struct client *client)
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

static off_t upload_size(void)
{
    int file = open(world.upload, O_RDONLY | O_CLOEXEC);
    off_t size = lseek(file, 0, SEEK_END);
    close(file);
    return size;
}

static void wait_for(atomic_int *count, int least)
{
    for (int i = 0; i < 500 && atomic_load(count) < least; i++)
        usleep(10000);
    CHECK(atomic_load(count) == least);
}

static void held_bodies(void)
{
    struct client client = dial();
    size_t size = 2500000;
    char *text = calloc(1, size);
    must(text);
    say(&client, S("POST /hold HTTP/1.1\r\n" H "Content-Length: 2500000\r\n\r\n"));
    say(&client, str_of(text, size));
    struct reply reply = read_reply(&client);
    CHECK(reply.status == 201 && str_equal(reply.body, S("kept")));
    CHECK(upload_size() == 2500000 && atomic_load(&world.received) == 1);
    reply = ask(&client, "POST /hold HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\n0\r\n\r\n");
    CHECK(reply.status == 201 && upload_size() == 3);
    reply = ask(&client, "POST /hold HTTP/1.1\r\n" H "\r\n");
    CHECK(reply.status == 201 && upload_size() == 0);
    say(&client, S("PUT /hold HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    CHECK(read_reply(&client).status == 100);
    CHECK(ask(&client, "hi").status == 201 && upload_size() == 2);
    reply = ask(&client, "PUT /held-refusal HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nbody");
    CHECK(reply.status == 403);
    CHECK(ask(&client, "POST /hold HTTP/1.1\r\n" H "Content-Length: 3000001\r\n\r\n").status ==
          413);
    wait_for(&world.broken, 1);
    hang_up(&client);
    client = dial();
    say(&client, S("POST /hold HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\nabc"));
    usleep(20000);
    hang_up(&client);
    wait_for(&world.broken, 2);
    free(text);
}

/* ---- websocket ----------------------------------------------------------------------------- */

static struct client dial_socket_with(int number, SSL_CTX *tls, const char *more)
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

static struct client dial_socket(int number)
{
    return dial_socket_with(number, NULL, "");
}

static void say_frame(struct client *client, unsigned char first, struct str payload)
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
static struct heard hear_frame(struct client *client)
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

static bool hears(struct client *client, struct str text)
{
    struct heard heard = hear_frame(client);
    return heard.first == 0x81 && str_equal(heard.payload, text);
}

static int hears_close(struct client *client)
{
    struct heard heard = hear_frame(client);
    while (heard.first == 0x81)
        heard = hear_frame(client);
    if (heard.first != 0x88 || heard.payload.len < 2)
        return heard.first == 0x88 ? CLOSE_NO_CODE : -1;
    return (unsigned char)heard.payload.ptr[0] << 8 | (unsigned char)heard.payload.ptr[1];
}

static void echo(struct client *client)
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

static void wait_for_sockets(uint64_t count)
{
    struct net_figures figures;
    net_figures(world.net, &figures);
    for (int i = 0; i < 500 && figures.sockets != count; i++) {
        usleep(10000);
        net_figures(world.net, &figures);
    }
    CHECK(figures.sockets == count);
}

static void socket_ends(void)
{
    static char large[300000];
    static const struct {
        unsigned char first;
        const char *text;
        int code;
    } cases[] = {
        {0x82, "x", 1003}, {0x81, "\xff", 1007}, {0x83, "x", 1002}, {0x88, "\x03\xe9", 1001}};
    wait_for_sockets(0);
    atomic_store(&world.closed, 0);
    int ended = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client client = dial_socket(5);
        say_frame(&client, cases[i].first, str_from(cases[i].text));
        CHECK(hears_close(&client) == cases[i].code && hear_frame(&client).first == -1);
        wait_for(&world.closed, ++ended);
        hang_up(&client);
    }
    struct client client = dial_socket(6);
    say_frame(&client, 0x81, str_of(large, sizeof large));
    CHECK(hears_close(&client) == 1009);
    hang_up(&client);
    client = dial_socket(7);
    say(&client, S("\x81\x01x"));
    CHECK(hears_close(&client) == 1002);
    hang_up(&client);
    client = dial_socket(8);
    hang_up(&client);
    wait_for(&world.closed, ended + 3);
}

static void publish(int64_t topic, const char *text)
{
    struct frame *frame = frame_new(str_from(text), false);
    net_publish(world.net, topic, frame);
    frame_free(frame);
}

enum { CROWD = 20 };

static void following(void)
{
    struct client crowd[CROWD];
    for (int i = 0; i < CROWD; i++)
        crowd[i] = dial_socket(100 + i);
    publish(1000, "to all");
    for (int i = 0; i < CROWD; i++)
        CHECK(hears(&crowd[i], S("to all")));
    /* Person 103 joins and leaves topic 50; the order of one thread's wishes is kept. */
    net_follow_via(world.net, 2103, 50);
    publish(50, "a");
    net_unfollow_via(world.net, 2103, 50);
    publish(50, "never");
    publish(1000, "b");
    CHECK(hears(&crowd[3], S("a")) && hears(&crowd[3], S("b")) && hears(&crowd[4], S("b")));
    net_unfollow_via(world.net, 1000, 2110);
    publish(2110, "never");
    publish(2111, "mine");
    CHECK(hears(&crowd[11], S("b")) && hears(&crowd[11], S("mine")));
    struct frame *frames[8];
    struct net_publication list[8];
    for (int i = 0; i < 8; i++) {
        char text[2] = {(char)('0' + i), 0};
        frames[i] = frame_new(str_from(text), false);
        list[i] = (struct net_publication){i % 2 ? 2112 : 1000, frames[i]};
    }
    net_publish_all(world.net, list, 8);
    CHECK(hears(&crowd[12], S("b")));
    for (int i = 0; i < 8; i++) {
        char text[2] = {(char)('0' + i), 0};
        CHECK(hears(&crowd[12], str_from(text)));
        frame_free(frames[i]);
    }
    frames[0] = frame_new(S("x"), false);
    frames[1] = frame_new(S("y"), true);
    for (int i = 0; i < 4; i++)
        list[i] = (struct net_publication){1000, frames[i == 3]};
    net_publish_all(world.net, list, 3);     /* joined */
    net_publish_all(world.net, list + 2, 2); /* not: one is lossy */
    for (int i = 0; i < 5; i++)
        CHECK(hears(&crowd[12], i < 4 ? S("x") : S("y")));
    frame_free(frames[0]);
    frame_free(frames[1]);
    net_close_topic(world.net, 2105, 4001);
    CHECK(hears_close(&crowd[5]) == 4001);
    for (int i = 0; i < CROWD; i++)
        hang_up(&crowd[i]);
    wait_for_sockets(0);
    publish(1000, "to nobody");
}

static void deflating(void)
{
    struct client client = dial_socket_with(9, NULL,
                                            "Sec-WebSocket-Extensions: permessage-deflate; "
                                            "client_max_window_bits\r\n");
    static char text[1000];
    memset(text, 'z', sizeof text - 1);
    publish(2009, text);
    struct heard heard = hear_frame(&client);
    struct buf out = buf_new(10000);
    CHECK(heard.first == 0xc1 && heard.payload.len < 100);
    CHECK(deflate_undo(heard.payload, &out) == 0);
    CHECK(str_equal(buf_str(&out), str_from(text)));
    say_frame(&client, 0xc1, heard.payload);
    buf_clear(&out);
    heard = hear_frame(&client);
    CHECK(deflate_undo(heard.payload, &out) == 0 && str_equal(buf_str(&out), str_from(text)));
    say_frame(&client, 0x81, S("plain"));
    CHECK(hears(&client, S("plain")));
    buf_free(&out);
    deflate_end_thread();
    hang_up(&client);
}

/* A reader that does not read: lossy frames are left out, then it is closed with 1013. */
static void back_pressure(void)
{
    struct client client = dial_socket(10);
    static char text[100001];
    memset(text, 'q', sizeof text - 1);
    struct net_figures before, after;
    net_figures(world.net, &before);
    for (int i = 0; i < 200; i++) {
        publish(2010, text);
        usleep(1000);
        net_figures(world.net, &after);
        if (after.closed_slow > before.closed_slow)
            break;
    }
    CHECK(after.closed_slow == before.closed_slow + 1);
    CHECK(hears_close(&client) == 1013);
    hang_up(&client);
}

/* ---- tls ----------------------------------------------------------------------------------- */

static void make_certificate(char *certificate, char *key)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    must(pair && x509);
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, pair);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(x509, name);
    must(X509_sign(x509, pair, EVP_sha256()) > 0);
    FILE *file = fopen(certificate, "w");
    must(file && PEM_write_X509(file, x509) == 1 && fclose(file) == 0);
    file = fopen(key, "w");
    must(file && PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL) == 1 &&
         fclose(file) == 0);
    X509_free(x509);
    EVP_PKEY_free(pair);
}

static void tls(void)
{
    char certificate[96], key[96];
    snprintf(certificate, sizeof certificate, "%s/certificate.pem", world.directory);
    snprintf(key, sizeof key, "%s/key.pem", world.directory);
    make_certificate(certificate, key);
    open_world((struct net_settings){
        .threads = 2, .certificate_file = str_from(certificate), .key_file = str_from(key)});
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    must(context);
    SSL_CTX_set_alpn_protos(context, (const unsigned char *)"\x02h2\x08http/1.1", 12);
    struct client client = dial();
    client.tls = SSL_new(context);
    SSL_set_fd(client.tls, client.fd);
    CHECK(SSL_connect(client.tls) == 1);
    CHECK(strcmp(SSL_get_cipher(client.tls), "TLS_AES_128_GCM_SHA256") == 0);
    const unsigned char *protocol = NULL;
    unsigned protocol_len = 0;
    SSL_get0_alpn_selected(client.tls, &protocol, &protocol_len);
    CHECK(protocol_len == 8 && memcmp(protocol, "http/1.1", 8) == 0);
    CHECK(str_equal(ask(&client, "POST /echo HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhi").body,
                    S("hi")));
    files(&client);
    CHECK(ask(&client, "GET /close HTTP/1.1\r\n" H "\r\n").status == 200 && has_ended(&client));
    hang_up(&client);
    struct arena *arena = arena_new();
    struct str error = {0};
    CHECK(net_reload(world.net, arena, &error));
    arena_free(arena);
    client = dial_socket_with(11, context, "");
    echo(&client);
    publish(2011, "over tls");
    CHECK(hears(&client, S("over tls")));
    hang_up(&client);
    /* Plain text to a TLS port, and the other way round nothing to be had. */
    client = dial();
    say(&client, S("GET / HTTP/1.1\r\n" H "\r\n"));
    CHECK(has_ended(&client));
    hang_up(&client);
    SSL_CTX_free(context);
    net_close(world.net);
    unlink(certificate);
    unlink(key);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void *answer_later(void *argument)
{
    (void)argument;
    usleep(100000);
    pthread_mutex_lock(&world.lock);
    struct net_peer peer = world.slow;
    pthread_mutex_unlock(&world.lock);
    net_answer(world.net, peer, &(struct net_answer){.status = 200, .body = S("at last")});
    return NULL;
}

static void draining(void)
{
    open_world((struct net_settings){.threads = 2});
    struct client idle = dial(), slow = dial(), socket = dial_socket(12);
    CHECK(ask(&idle, "GET /echo HTTP/1.1\r\n" H "\r\n").status == 200);
    say(&slow, S("GET /slow HTTP/1.1\r\n" H "\r\n"));
    for (bool is_there = false; !is_there; usleep(1000)) {
        pthread_mutex_lock(&world.lock);
        is_there = world.has_slow;
        pthread_mutex_unlock(&world.lock);
    }
    pthread_t later;
    must(pthread_create(&later, NULL, answer_later, NULL) == 0);
    int64_t begin = time_monotonic_ns();
    net_drain(world.net, 1000);
    CHECK(time_monotonic_ns() - begin > 90 * 1000000);
    pthread_join(later, NULL);
    struct reply reply = read_reply(&slow);
    CHECK(reply.status == 200 && str_equal(reply.body, S("at last")));
    CHECK(str_equal(field_of(reply.head, "connection"), S("close")));
    CHECK(has_ended(&idle) && idle.in.len == 0);
    CHECK(hears_close(&socket) == 1012);
    net_close(world.net);
    CHECK(atomic_load(&world.closed) == 1 && atomic_load(&world.closed_tag) == 12);
    hang_up(&idle);
    hang_up(&slow);
    hang_up(&socket);
}

/* Everything is in flight when the gateway closes; nothing may leak. */
static void closing(void)
{
    open_world((struct net_settings){.threads = 2});
    struct client socket = dial_socket(13), slow = dial(), half = dial(), file = dial();
    say(&slow, S("GET /slow HTTP/1.1\r\n" H "\r\n"));
    say(&half, S("POST /hold HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\nabc"));
    say(&file, S("GET /file HTTP/1.1\r\n" H "\r\n"));
    usleep(50000);
    publish(1000, "on the way");
    net_close(world.net);
    CHECK(atomic_load(&world.closed) == 1 && atomic_load(&world.broken) == 1);
    hang_up(&socket);
    hang_up(&slow);
    hang_up(&half);
    hang_up(&file);
}

static void timeouts(void)
{
    open_world((struct net_settings){.threads = 1,
                                     .head_seconds = 1,
                                     .body_idle_seconds = 1,
                                     .keep_alive_seconds = 1,
                                     .ping_seconds = 1});
    struct client head = dial(), body = dial(), idle = dial(), socket = dial_socket(14);
    say(&head, S("GET / HT"));
    say(&body, S("POST /echo HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc"));
    CHECK(hear_frame(&socket).first == 0x89);
    CHECK(read_reply(&head).status == 408 && read_reply(&body).status == 408);
    CHECK(has_ended(&idle) && idle.in.len == 0);
    CHECK(hear_frame(&socket).first == -1);
    hang_up(&head);
    hang_up(&body);
    hang_up(&idle);
    hang_up(&socket);
    net_close(world.net);
}

/* The ceilings of the gateway as a whole. */
static void ceilings(void)
{
    open_world((struct net_settings){.threads = 1, .body_bytes = 1000, .connections = 2});
    struct client first = dial(), second = dial();
    CHECK(ask(&second, "GET /echo HTTP/1.1\r\n" H "\r\n").status == 200);
    say(&first, S("POST /echo HTTP/1.1\r\n" H "Content-Length: 900\r\n\r\n"));
    static const char text[900];
    say(&first, str_of(text, 800));
    usleep(20000);
    say(&second, S("POST /echo HTTP/1.1\r\n" H "Content-Length: 300\r\n\r\n"));
    say(&second, str_of(text, 300));
    CHECK(read_reply(&second).status == 503);
    struct client third = dial();
    CHECK(read_reply(&third).status == 503 && has_ended(&third));
    say(&first, str_of(text, 100));
    CHECK(read_reply(&first).body.len == 900);
    CHECK(has_ended(&second));
    hang_up(&second);
    hang_up(&third);
    CHECK(ask(&first, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx").status == 200);
    hang_up(&first);
    net_close(world.net);
}

/* ---- descriptors that run out --------------------------------------------------------------- */

enum { KNOCKING = 6, LET_IN = 3 };

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int lines_of(const char *path, const char *event)
{
    char line[1000];
    int count = 0;
    FILE *file = fopen(path, "re");
    must(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, event) != NULL;
    fclose(file);
    return count;
}

/* The lowest descriptor from which on all are free. */
static rlim_t first_free(void)
{
    rlim_t last = 0;
    for (int fd = 0; fd < 1000; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            last = (rlim_t)fd;
    return last + 1;
}

static void out_of_descriptors(void)
{
    open_world((struct net_settings){.threads = 1});
    struct client clients[KNOCKING];
    for (int i = 0; i < KNOCKING; i++)
        clients[i] = client_new();
    int kept = dup(STDERR_FILENO), log = open(world.upload, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int holes; (holes = dup(log)) >= 0 && (rlim_t)holes < first_free() - 1;)
        continue; /* what was closed below the last one is filled */
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = first_free() + LET_IN;
    must(dup2(log, STDERR_FILENO) == STDERR_FILENO && setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (int i = 0; i < KNOCKING; i++) {
        connect_client(&clients[i]);
        say(&clients[i], S("GET /echo HTTP/1.1\r\n" H "\r\n"));
    }
    for (int i = 0; i < LET_IN; i++)
        CHECK(read_reply(&clients[i]).status == 200);
    double began = cpu_seconds();
    usleep(2500000);
    CHECK(cpu_seconds() - began < 0.5);
    for (int i = LET_IN; i < KNOCKING; i++) {
        char byte;
        CHECK(recv(clients[i].fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
    }
    for (int i = 0; i < LET_IN; i++)
        hang_up(&clients[i]);
    for (int i = LET_IN; i < KNOCKING; i++)
        CHECK(read_reply(&clients[i]).status == 200);
    setrlimit(RLIMIT_NOFILE, &before);
    dup2(kept, STDERR_FILENO);
    CHECK(lines_of(world.upload, "accepting-paused") == 1);
    CHECK(lines_of(world.upload, "accepting-again") == 1);
    for (int i = LET_IN; i < KNOCKING; i++)
        hang_up(&clients[i]);
    net_close(world.net);
}

static void taken_address(void)
{
    struct arena *arena = arena_new();
    struct str error = {0};
    struct net_settings settings = {
        .host = S("127.0.0.1"), .port = net_port(world.net), .threads = 1};
    struct net_handler handler = {0};
    CHECK(!net_open(&settings, &handler, arena, &error) && error.len > 0);
    settings.host = S("nowhere");
    CHECK(!net_open(&settings, &handler, arena, &error) && error.len > 0);
    settings.certificate_file = S("/nonexistent");
    CHECK(!net_open(&settings, &handler, arena, &error) && error.len > 0);
    arena_free(arena);
}

static void make_files(void)
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

int main(void)
{
    heads();
    head_ceilings();
    ranges();
    chunks();
    frames();
    deflated();
    make_files();
    open_world((struct net_settings){.threads = 2, .message_bytes = 256 << 10});
    keep_alive();
    pipelining();
    bodies();
    large_body();
    refusals();
    static_answers();
    struct client client = dial();
    files(&client);
    hang_up(&client);
    held_bodies();
    client = dial_socket(1);
    echo(&client);
    hang_up(&client);
    socket_ends();
    following();
    deflating();
    back_pressure();
    taken_address();
    net_close(world.net);
    tls();
    draining();
    closing();
    timeouts();
    ceilings();
    out_of_descriptors();
    unlink(world.file);
    unlink(world.upload);
    rmdir(world.directory);
    return unit_end("net");
}
