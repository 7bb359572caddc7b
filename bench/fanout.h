/* fanout: what one delivery costs the gateway, as a share of the bare price of send().
 *
 * 1,000 WebSockets follow one topic; beside them stand 1,000 plain connections. A child process
 * holds the far ends of both and only drains them. Publishing and a bare send() loop with the same
 * bytes take turns, and their CPU time (all threads of this process, system time included) is
 * compared round by round. The value is the median of these ratios. */
#ifndef BENCH_FANOUT_H
#define BENCH_FANOUT_H

#include "base/must.h"
#include "net/frame.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FANOUT_MEMBERS = 1000,
    FANOUT_TEXT = 300,
    FANOUT_MOST_FRAMES = 8,
    FANOUT_ROUNDS = 15,
    FANOUT_BATCHES = 40, /* in a quarter of a round */
    FANOUT_TOPIC = 7,
};

/* ---- the child ----------------------------------------------------------------------------- */

static int fanout_connect(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static void fanout_upgrade(int fd)
{
    static const char head[] = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    must(send(fd, head, sizeof head - 1, MSG_NOSIGNAL) == (ssize_t)sizeof head - 1);
    char answer[1024];
    size_t len = 0;
    while (len < 4 || memcmp(answer + len - 4, "\r\n\r\n", 4) != 0) {
        must(len < sizeof answer && recv(fd, answer + len, 1, 0) == 1);
        len++;
    }
    must(memcmp(answer, "HTTP/1.1 101", 12) == 0);
}

/* Connects everything, then drains for ever and writes a byte whenever a batch has come whole. */
static _Noreturn void fanout_drain(int from_parent, int to_parent)
{
    int ports[2];
    size_t batch, come = 0;
    must(read(from_parent, ports, sizeof ports) == (ssize_t)sizeof ports);
    must(read(from_parent, &batch, sizeof batch) == (ssize_t)sizeof batch);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    must(epoll >= 0);
    for (int i = 0; i < 2 * FANOUT_MEMBERS; i++) {
        int fd = fanout_connect(ports[i % 2]);
        if (i % 2 == 0)
            fanout_upgrade(fd);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    }
    must(write(to_parent, "", 1) == 1);
    static char sink[65536];
    struct epoll_event events[256];
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            ssize_t got = recv(events[i].data.fd, sink, sizeof sink, MSG_DONTWAIT);
            if (got == 0)
                _exit(0); /* the bench is over */
            come += got > 0 ? (size_t)got : 0;
        }
        for (; come >= batch; come -= batch)
            must(write(to_parent, "", 1) == 1);
    }
}

/* ---- the gateway --------------------------------------------------------------------------- */

static struct net *fanout_net;

static struct net_plan fanout_head(void *context, const struct net_request *head)
{
    (void)context;
    (void)head;
    return (struct net_plan){.kind = NET_BUFFER};
}

static void fanout_request(void *context, struct net_request *request)
{
    (void)context;
    int64_t topic = FANOUT_TOPIC;
    struct net_socket who = {{0}};
    net_upgrade(fanout_net, request->peer, &who, (struct str){0});
    net_follow(fanout_net, request->peer, &topic, 1);
    arena_free(request->arena);
}

static void fanout_received(void *context, struct net_peer peer, void *token, bool is_whole)
{
    (void)context, (void)peer, (void)token, (void)is_whole;
}

static void fanout_message(void *context, struct net_peer peer, const struct net_socket *who,
                           struct str text)
{
    (void)context, (void)peer, (void)who, (void)text;
}

static void fanout_closed(void *context, struct net_peer peer, const struct net_socket *who)
{
    (void)context, (void)peer, (void)who;
}

static void fanout_open(void)
{
    static const struct net_handler handler = {.head = fanout_head,
                                               .request = fanout_request,
                                               .received = fanout_received,
                                               .message = fanout_message,
                                               .closed = fanout_closed};
    struct net_settings settings = {.host = S("127.0.0.1"), .threads = 1};
    struct arena *arena = arena_new();
    struct str error = {0};
    fanout_net = net_open(&settings, &handler, arena, &error);
    must(fanout_net);
    arena_free(arena);
}

/* ---- rounds -------------------------------------------------------------------------------- */

struct fanout {
    int frames; /* in one batch */
    struct net_publication list[FANOUT_MOST_FRAMES];
    char *bytes; /* the same as they go over the wire */
    size_t len;
    int bare[FANOUT_MEMBERS];
    int from_child, to_child;
};

static double fanout_cpu(void)
{
    struct rusage usage;
    must(getrusage(RUSAGE_SELF, &usage) == 0);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void fanout_wait(const struct fanout *bench)
{
    char byte;
    must(read(bench->from_child, &byte, 1) == 1);
}

/* Seconds of CPU for one round. */
static double fanout_round(const struct fanout *bench, bool is_bare)
{
    double begin = fanout_cpu();
    for (int batch = 0; batch < FANOUT_BATCHES; batch++) {
        if (!is_bare)
            net_publish_all(fanout_net, bench->list, (size_t)bench->frames);
        for (int i = 0; is_bare && i < FANOUT_MEMBERS; i++)
            must(send(bench->bare[i], bench->bytes, bench->len, MSG_NOSIGNAL) ==
                 (ssize_t)bench->len);
        fanout_wait(bench);
    }
    return fanout_cpu() - begin;
}

static void fanout_make_frames(struct fanout *bench)
{
    char text[FANOUT_TEXT];
    bench->bytes = malloc((size_t)bench->frames * (FANOUT_TEXT + 16));
    must(bench->bytes);
    for (int i = 0; i < bench->frames; i++) {
        memset(text, 'a' + i, sizeof text);
        struct frame *frame = frame_new(str_of(text, sizeof text), false);
        bench->list[i] = (struct net_publication){FANOUT_TOPIC, frame};
        memcpy(bench->bytes + bench->len, frame->bytes, frame->len);
        bench->len += frame->len;
    }
}

static int fanout_listen(int *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1024) == 0);
    must(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void fanout_connect_all(struct fanout *bench)
{
    int ports[2];
    int listener = fanout_listen(&ports[1]);
    fanout_open();
    ports[0] = net_port(fanout_net);
    size_t batch = bench->len * FANOUT_MEMBERS;
    must(write(bench->to_child, ports, sizeof ports) == (ssize_t)sizeof ports);
    must(write(bench->to_child, &batch, sizeof batch) == (ssize_t)sizeof batch);
    for (int i = 0; i < FANOUT_MEMBERS; i++) {
        bench->bare[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        must(bench->bare[i] >= 0);
        int yes = 1;
        setsockopt(bench->bare[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    fanout_wait(bench);
    close(listener);
}

static int fanout_order(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static double fanout_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, fanout_order);
    return values[count / 2];
}

static double fanout_measure(const struct fanout *bench)
{
    double ratios[FANOUT_ROUNDS], ours[FANOUT_ROUNDS], bare[FANOUT_ROUNDS];
    double deliveries = 2.0 * FANOUT_BATCHES * FANOUT_MEMBERS * bench->frames;
    fanout_round(bench, true);
    fanout_round(bench, false);
    for (int i = 0; i < FANOUT_ROUNDS; i++) {
        /* There and back, so that what drifts meets both alike. */
        double bare_cpu = fanout_round(bench, true);
        double our_cpu = fanout_round(bench, false);
        our_cpu += fanout_round(bench, false);
        bare_cpu += fanout_round(bench, true);
        ours[i] = deliveries / our_cpu;
        bare[i] = deliveries / bare_cpu;
        ratios[i] = ours[i] / bare[i];
    }
    printf("gateway %.0f, bare send loop %.0f deliveries per CPU-second; ",
           fanout_median(ours, FANOUT_ROUNDS), fanout_median(bare, FANOUT_ROUNDS));
    double median = fanout_median(ratios, FANOUT_ROUNDS);
    printf("rounds %.2f to %.2f\n", ratios[0], ratios[FANOUT_ROUNDS - 1]);
    return median;
}

/* `frames` are published together and awaited before the next; prints the result. */
static inline int fanout_main(const char *name, int frames, double bar)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    struct fanout bench = {.frames = frames};
    int down[2], up[2];
    must(pipe(down) == 0 && pipe(up) == 0);
    pid_t child = fork(); /* before there are threads */
    must(child >= 0);
    if (child == 0) {
        close(down[1]);
        fanout_drain(down[0], up[1]);
    }
    close(up[1]);
    bench.to_child = down[1];
    bench.from_child = up[0];
    fanout_make_frames(&bench);
    fanout_connect_all(&bench);
    double value = fanout_measure(&bench);
    net_close(fanout_net);
    waitpid(child, NULL, 0);
    for (int i = 0; i < frames; i++)
        frame_free(bench.list[i].frame);
    free(bench.bytes);
    bool is_pass = value >= bar;
    printf("%s: %.2f of the bare send loop (bar %.2f): %s\n", name, value, bar,
           is_pass ? "pass" : "short");
    return is_pass ? 0 : 1;
}

#endif
