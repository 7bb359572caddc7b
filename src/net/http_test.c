/* Units of net: HTTP over real sockets. */
#include "net/gateway_test.h"

#include <poll.h>

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

static off_t upload_size(void)
{
    int file = open(world.upload, O_RDONLY | O_CLOEXEC);
    off_t size = lseek(file, 0, SEEK_END);
    close(file);
    return size;
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

int main(void)
{
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
    net_close(world.net);
    remove_files();
    return unit_end("net http");
}
