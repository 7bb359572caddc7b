/* Units of net: WebSockets, who follows what, and queues that are too long. */
#include "net/deflate.h"
#include "net/gateway_test.h"

#include <poll.h>

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

int main(void)
{
    make_files();
    open_world((struct net_settings){.threads = 2, .message_bytes = 256 << 10});
    struct client client = dial_socket(1);
    echo(&client);
    hang_up(&client);
    socket_ends();
    following();
    deflating();
    back_pressure();
    net_close(world.net);
    remove_files();
    return unit_end("net websockets");
}
