/* big-group: 10,000 members of one group on line, one of whom sends a message each 100 ms for 20 s,
 * each durable before it is told. The value is the server's CPU for one delivery. Beside it stands
 * the physical limit: the CPU of a bare send() of as many bytes, to sockets that somebody reads. */
#include "base/time.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMBERS = 10000, EVERY_MS = 100, SECONDS = 20, BARE = 1000, BARE_ROUNDS = 50 };

/* ---- the limit ------------------------------------------------------------------------------ */

/* Connects BARE times and reads until it is ended. */
static _Noreturn void drain(int port)
{
    int epoll = epoll_create1(0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < BARE; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        must(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    }
    for (;;) {
        struct epoll_event events[256];
        char bytes[4096];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++)
            if (recv(events[i].data.fd, bytes, sizeof bytes, 0) <= 0)
                _exit(0);
    }
}

static double bare_micros(size_t len)
{
    static char bytes[4096];
    static int fds[BARE];
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof any;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(listener, (struct sockaddr *)&any, size) == 0 && listen(listener, BARE) == 0);
    must(getsockname(listener, (struct sockaddr *)&any, &size) == 0);
    pid_t child = fork();
    if (child == 0)
        drain(ntohs(any.sin_port));
    for (int i = 0; i < BARE; i++)
        must((fds[i] = accept(listener, NULL, NULL)) >= 0);
    double cpu = process_cpu(getpid());
    for (int round = 0; round < BARE_ROUNDS; round++) {
        for (int i = 0; i < BARE; i++)
            must(send(fds[i], bytes, len, 0) == (ssize_t)len);
        usleep(20000);
    }
    cpu = process_cpu(getpid()) - cpu;
    for (int i = 0; i < BARE; i++)
        close(fds[i]);
    close(listener);
    waitpid(child, NULL, 0);
    return cpu / (BARE * BARE_ROUNDS) * 1e6;
}

/* ---- the product ---------------------------------------------------------------------------- */

static struct {
    int64_t people[MEMBERS], group;
    uint64_t random;
} all;

static void fill_people(struct request *r, void *context)
{
    size_t *made = context;
    if (!*made)
        world_organisation(r);
    for (int i = 0; i < 500 && *made < MEMBERS; i++, ++*made)
        all.people[*made] = world_person(r, *made, NULL);
}

static void fill_group(struct request *r, void *context)
{
    (void)context;
    r->person = all.people[0];
    all.group = talk_make_group(r, S("全县干部"), &(struct ids){all.people + 1, MEMBERS - 1});
}

struct count {
    int64_t deliveries;
    size_t bytes;
};

static void take(struct client *client, struct str text, void *context)
{
    struct count *count = context;
    (void)client;
    if (str_find(text, S("\"kind\":\"message\"")) < 0)
        return;
    count->deliveries++;
    count->bytes += text.len;
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    for (size_t made = 0; made < MEMBERS;)
        world_write(world, fill_people, &made);
    world_write(world, fill_group, NULL);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    struct swarm swarm = swarm_open();
    static struct client members[MEMBERS];
    for (size_t i = 0; i < MEMBERS; i++) {
        client_open(&members[i], server.port, i);
        client_do(&members[i], "talk_sync", "{}");
        swarm_add(&swarm, &members[i]);
    }
    struct count count = {0};
    double cpu = process_cpu(server.pid);
    int64_t began = time_monotonic_ns();
    int sent = 0;
    while (sent < SECONDS * 1000 / EVERY_MS) {
        int64_t due = began + (int64_t)sent * EVERY_MS * 1000000, now = time_monotonic_ns();
        if (now >= due) {
            struct str words = world_sentence(&all.random);
            client_call(&members[0], "talk_send",
                        "{\"conversation\":\"%lld\",\"body\":\"%.*s\",\"key\":\"%s\"}",
                        (long long)all.group, STR_ARG(words), key_new().text);
            sent++;
            continue;
        }
        swarm_read(&swarm, (int)((due - now) / 1000000) + 1, take, &count);
    }
    while (count.deliveries < (int64_t)sent * MEMBERS)
        must(swarm_read(&swarm, 10000, take, &count));
    double micros = (process_cpu(server.pid) - cpu) / (double)count.deliveries * 1e6;
    printf("%d messages to %d members in %.1f s\n", sent, MEMBERS,
           (double)(time_monotonic_ns() - began) / 1e9);
    server_stop(&server);
    size_t bytes = count.bytes / (size_t)count.deliveries + 4;
    printf("a bare send() of %zu bytes: %.2f µs\n", bytes, bare_micros(bytes));
    return verdict(micros <= 6, "big-group", "6", "%.2f µs a delivery", micros);
}

int main(void)
{
    return bench_guard("big-group", 110, body);
}
