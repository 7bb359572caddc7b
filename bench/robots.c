/* robots: what a post to a robot's webhook costs the server: signed, checked, and answered after
 * the fsynced commit, on SQLite.
 *
 * Each of 64 robots has one connection that stays open, and posts its next message when the answer
 * to its last has come. They speak in eight groups of eight people, of whom nobody is on line: what
 * delivering costs is `talk`'s matter. The full-text index, which follows behind, is waited for and
 * counted. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "robot/robot.h"

#include <sodium.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROBOTS = 64, GROUPS = 8, MEMBERS = 8, ROUNDS = 5, MESSAGES = 6400, INDEX_MS = 2300 };
enum { PER_MINUTE = 6000, WAIT_MS = 10000, BAR = 8000 };

struct tool {
    int fd;
    char token[64], secret[80];
    char answer[2000];
    size_t len;
};

static struct tool tools[ROBOTS];

static void fill(struct request *r, void *context)
{
    (void)context;
    int64_t people[GROUPS * MEMBERS], groups[GROUPS];
    world_organisation(r);
    for (size_t i = 0; i < GROUPS * MEMBERS; i++)
        people[i] = world_person(r, i, NULL);
    for (size_t i = 0; i < GROUPS; i++) {
        r->person = people[i * MEMBERS];
        struct ids members = {people + i * MEMBERS, MEMBERS};
        groups[i] = talk_make_group(r, S("值班群"), &members);
    }
    for (size_t i = 0; i < ROBOTS; i++) {
        struct str token, secret;
        must(robot_make(r, groups[i % GROUPS], arena_printf(r->arena, "告警%zu", i), PER_MINUTE,
                        &token, &secret));
        snprintf(tools[i].token, sizeof tools[i].token, "%.*s", STR_ARG(token));
        snprintf(tools[i].secret, sizeof tools[i].secret, "%.*s", STR_ARG(secret));
    }
}

/* ---- a tool --------------------------------------------------------------------------------- */

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void escape(const char *text, char *out)
{
    for (; *text; text++) {
        bool is_plain = *text != '+' && *text != '/' && *text != '=';
        out += is_plain ? sprintf(out, "%c", *text) : sprintf(out, "%%%02X", *text);
    }
}

static void make_sign(const struct tool *tool, int64_t at, char *out)
{
    char text[200], base64[80];
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    int len = snprintf(text, sizeof text, "%lld\n%s", (long long)at, tool->secret);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)tool->secret, strlen(tool->secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, (unsigned long long)len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(base64, sizeof base64, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    escape(base64, out);
}

static void post(struct tool *tool, struct str words)
{
    char sign[160], body[2000], request[4000];
    int64_t at = wall_ms();
    make_sign(tool, at, sign);
    int size = snprintf(body, sizeof body,
                        "{\"msgtype\":\"text\",\"text\":{\"content\":\"%.*s\"},"
                        "\"at\":{\"isAtAll\":false}}",
                        STR_ARG(words));
    int len = snprintf(request, sizeof request,
                       "POST /robot/send?access_token=%s&timestamp=%lld&sign=%s HTTP/1.1\r\n"
                       "Host: 127.0.0.1\r\nContent-Type: application/json\r\n"
                       "Content-Length: %d\r\n\r\n%s",
                       tool->token, (long long)at, sign, size, body);
    must(len < (int)sizeof request);
    must(send(tool->fd, request, (size_t)len, MSG_NOSIGNAL) == len);
    tool->len = 0;
}

/* True when the whole answer is there, and says that the message was posted. */
static bool is_answered(struct tool *tool)
{
    ssize_t got =
        recv(tool->fd, tool->answer + tool->len, sizeof tool->answer - 1 - tool->len, MSG_DONTWAIT);
    must(got > 0);
    tool->len += (size_t)got;
    tool->answer[tool->len] = 0;
    const char *end = strstr(tool->answer, "\r\n\r\n");
    if (!end || tool->answer[tool->len - 1] != '}')
        return false;
    if (strcmp(end + 4, "{\"errcode\":0,\"errmsg\":\"ok\"}") != 0)
        fprintf(stderr, "%s\n", tool->answer);
    must(strcmp(end + 4, "{\"errcode\":0,\"errmsg\":\"ok\"}") == 0);
    return true;
}

/* ---- a round -------------------------------------------------------------------------------- */

static void run_round(int epoll, uint64_t *random)
{
    int to_send = MESSAGES, answered = 0;
    for (size_t i = 0; i < ROBOTS; i++, to_send--)
        post(&tools[i], world_sentence(random));
    while (answered < MESSAGES) {
        struct epoll_event events[ROBOTS];
        int count = epoll_wait(epoll, events, ROBOTS, WAIT_MS);
        must(count > 0);
        for (int i = 0; i < count; i++) {
            struct tool *tool = events[i].data.ptr;
            if (!is_answered(tool))
                continue;
            answered++;
            if (to_send > 0) {
                to_send--;
                post(tool, world_sentence(random));
            }
        }
    }
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    world_write(world, fill, NULL);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < ROBOTS; i++) {
        tools[i].fd = connect_to(server.port);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &tools[i]};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, tools[i].fd, &event) == 0);
    }
    double answered[ROUNDS], whole[ROUNDS], per_second[ROUNDS];
    uint64_t random = 1;
    for (size_t i = 0; i < ROUNDS; i++) {
        double cpu = process_cpu(server.pid), began = monotonic();
        run_round(epoll, &random);
        per_second[i] = MESSAGES / (monotonic() - began);
        answered[i] = MESSAGES / (process_cpu(server.pid) - cpu);
        sleep_ms(INDEX_MS);
        process_settle(server.pid, 5000);
        whole[i] = MESSAGES / (process_cpu(server.pid) - cpu);
    }
    close(epoll);
    server_stop(&server);
    double value = median_of(whole, ROUNDS);
    printf("posts per CPU-second: %.0f until answered, %.0f with the index; %.0f posts/s\n",
           median_of(answered, ROUNDS), value, median_of(per_second, ROUNDS));
    printf("rounds %.0f to %.0f\n", whole[0], whole[ROUNDS - 1]);
    return verdict(value >= BAR, "robots", "8000", "%.0f posts per CPU-second", value);
}

int main(void)
{
    return bench_guard("robots", 55, body);
}
