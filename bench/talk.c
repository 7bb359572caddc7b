/* talk: what a message to a group of 1,000 people on line costs the whole product, durable and
 * checked, against mosquitto's QoS 0 fan-out of the same bytes to 1,000 subscribers.
 *
 * The product and mosquitto run as processes of their own; this one holds all the far ends. One
 * message is sent and awaited by all before the next, on both sides, in rounds that take turns. The
 * value is the median of the rounds' ratios of deliveries per server CPU-second. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MEMBERS = 1000, ROUNDS = 11, MESSAGES = 40, WAIT_MS = 10000 };

/* ---- the product --------------------------------------------------------------------------- */

static struct {
    struct server server;
    struct client members[MEMBERS];
    struct swarm swarm;
    int64_t group;
    long delivered, answered;
    char event[2000]; /* the last that was delivered */
} ours;

static void fill(struct request *r, void *context)
{
    (void)context;
    static int64_t people[MEMBERS];
    world_organisation(r);
    for (size_t i = 0; i < MEMBERS; i++)
        people[i] = world_person(r, i, NULL);
    r->person = people[0];
    ours.group = talk_make_group(r, S("全校教职工"), &(struct ids){people, MEMBERS});
}

static void open_ours(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    world_write(world, fill, NULL);
    world_close(world);
    ours.server = server_start(directory, NULL, getenv("BENCH_LOG"));
    ours.swarm = swarm_open();
    for (size_t i = 0; i < MEMBERS; i++) {
        client_open(&ours.members[i], ours.server.port, i);
        client_do(&ours.members[i], "talk_sync", "{}");
        swarm_add(&ours.swarm, &ours.members[i]);
    }
}

static void take_ours(struct client *client, struct str text, void *context)
{
    (void)context;
    if (str_starts(text, S("{\"topic\""))) {
        ours.delivered++;
        snprintf(ours.event, sizeof ours.event, "%.*s", STR_ARG(text));
    } else if (is_reply(text, client->calls))
        ours.answered++;
}

/* Deliveries per CPU-second. */
static double round_ours(void)
{
    static const char body[] = "请大家今天下班前把期中考试的成绩录入系统，录完说一声。";
    double cpu = process_cpu(ours.server.pid);
    for (int i = 0; i < MESSAGES; i++) {
        ours.delivered = ours.answered = 0;
        client_call(&ours.members[i], "talk_send",
                    "{\"conversation\":\"%lld\",\"body\":\"%s\",\"key\":\"%s\"}",
                    (long long)ours.group, body, key_new().text);
        while (ours.delivered < MEMBERS || ours.answered < 1)
            must(swarm_read(&ours.swarm, WAIT_MS, take_ours, NULL));
    }
    return MESSAGES * (double)MEMBERS / (process_cpu(ours.server.pid) - cpu);
}

/* ---- mosquitto ----------------------------------------------------------------------------- */

static struct {
    pid_t pid;
    int epoll, publisher;
    unsigned char packet[3000];
    size_t len;
} theirs;

static void expect_packet(int fd, unsigned char kind, size_t len)
{
    unsigned char bytes[16];
    must(recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len && bytes[0] == kind);
}

static int mqtt_connect(int port, int number)
{
    unsigned char packet[64] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 6};
    int fd = connect_to(port), len = 14;
    len += snprintf((char *)packet + len, 20, "c%05d", number);
    packet[1] = (unsigned char)(len - 2);
    must(send(fd, packet, (size_t)len, MSG_NOSIGNAL) == len);
    expect_packet(fd, 0x20, 4);
    return fd;
}

static void mqtt_subscribe(int fd)
{
    static const unsigned char packet[] = {0x82, 9, 0, 1, 0, 4, 'r', 'o', 'o', 'm', 0};
    must(send(fd, packet, sizeof packet, MSG_NOSIGNAL) == sizeof packet);
    expect_packet(fd, 0x90, 5);
}

/* PUBLISH at QoS 0 of the same bytes that a member of the group gets. */
static void make_packet(const char *payload)
{
    size_t size = 6 + strlen(payload), at = 0;
    must(size >= 128 && size < sizeof theirs.packet - 3);
    theirs.packet[at++] = 0x30;
    theirs.packet[at++] = (unsigned char)(0x80 | (size & 0x7f));
    theirs.packet[at++] = (unsigned char)(size >> 7);
    memcpy(theirs.packet + at, "\0\4room", 6);
    memcpy(theirs.packet + at + 6, payload, strlen(payload));
    theirs.len = at + size;
}

static void open_theirs(const char *directory)
{
    char path[300];
    int port = free_port();
    snprintf(path, sizeof path, "%s/mosquitto.conf", directory);
    FILE *file = fopen(path, "we");
    must(file);
    fprintf(file,
            "listener %d 127.0.0.1\nallow_anonymous true\nlog_dest none\nset_tcp_nodelay true\n"
            "max_queued_messages 0\nuser root\n",
            port);
    fclose(file);
    const char *const arguments[] = {"mosquitto", "-c", path, NULL};
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", 1);
    theirs.pid = process_start(arguments, NULL, NULL);
    sleep_ms(500);
    theirs.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < MEMBERS; i++) {
        int fd = mqtt_connect(port, i);
        mqtt_subscribe(fd);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        must(epoll_ctl(theirs.epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    }
    theirs.publisher = mqtt_connect(port, MEMBERS);
}

static size_t drain_theirs(void)
{
    static char sink[65536];
    struct epoll_event events[256];
    int count = epoll_wait(theirs.epoll, events, 256, WAIT_MS);
    must(count > 0);
    size_t come = 0;
    for (int i = 0; i < count; i++) {
        ssize_t got = recv(events[i].data.fd, sink, sizeof sink, MSG_DONTWAIT);
        must(got > 0);
        come += (size_t)got;
    }
    return come;
}

static double round_theirs(void)
{
    double cpu = process_cpu(theirs.pid);
    for (int i = 0; i < MESSAGES; i++) {
        must(send(theirs.publisher, theirs.packet, theirs.len, MSG_NOSIGNAL) ==
             (ssize_t)theirs.len);
        for (size_t come = 0; come < MEMBERS * theirs.len;)
            come += drain_theirs();
    }
    return MESSAGES * (double)MEMBERS / (process_cpu(theirs.pid) - cpu);
}

/* ---- both ---------------------------------------------------------------------------------- */

static int body(const char *directory)
{
    raise_descriptors();
    open_ours(directory);
    round_ours();
    make_packet(ours.event);
    open_theirs(directory);
    round_theirs();
    double mine[ROUNDS], peer[ROUNDS], ratios[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        mine[i] = round_ours();
        peer[i] = round_theirs();
        ratios[i] = mine[i] / peer[i];
    }
    printf("deliveries per server CPU-second: Carillon %.0f, mosquitto %.0f; frames of %zu bytes\n",
           median_of(mine, ROUNDS), median_of(peer, ROUNDS), strlen(ours.event));
    double ratio = median_of(ratios, ROUNDS);
    printf("rounds %.2f to %.2f\n", ratios[0], ratios[ROUNDS - 1]);
    process_end(theirs.pid, SIGTERM);
    server_stop(&ours.server);
    return verdict(ratio >= 1.5, "talk", "1.5", "%.2f times mosquitto", ratio);
}

int main(void)
{
    return bench_guard("talk", 55, body);
}
