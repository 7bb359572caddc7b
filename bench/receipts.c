/* receipts: 2,000 members mark a group as read within a second. Their marks are durable when they
 * are answered, and the sender's count is right. The value is the server's CPU for all of them,
 * with reading their calls, committing, answering, and telling the sender. */
#include "base/time.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

#include <time.h>

enum { MEMBERS = 2000, SAID = 20, ROUNDS = 7, SLICES = 50, SLICE_MS = 20 };

static struct {
    int64_t people[MEMBERS + 1], group;
    uint64_t random;
} all;

static void fill_people(struct request *r, void *context)
{
    size_t *made = context;
    if (!*made)
        world_organisation(r);
    for (int i = 0; i < 500 && *made <= MEMBERS; i++, ++*made)
        all.people[*made] = world_person(r, *made, NULL);
}

static void fill_group(struct request *r, void *context)
{
    (void)context;
    r->person = all.people[0];
    all.group = talk_make_group(r, S("全校教职工"), &(struct ids){all.people + 1, MEMBERS});
    for (int i = 0; i < SAID; i++)
        talk_post(r, &(struct talk_past){.conversation = all.group,
                                         .author = all.people[0],
                                         .body = world_sentence(&all.random)});
}

struct round {
    int64_t calls[MEMBERS + 1];
    int answered;
    int64_t read; /* the sender's count of the last message */
};

static void take(struct client *client, struct str text, void *context)
{
    struct round *round = context;
    if (is_reply(text, client->calls))
        round->answered++;
    ptrdiff_t at = str_find(text, S("\"receipts\""));
    if (at >= 0)
        round->read = field_of(str_skip(text, (size_t)at), "read");
}

/* Milliseconds of CPU until all are answered and the sender knows. */
static double run_round(pid_t server, const struct swarm *swarm, struct client *members,
                        struct client *sender, int64_t seq)
{
    static struct round round;
    round = (struct round){0};
    double cpu = process_cpu(server);
    for (int slice = 0; slice < SLICES; slice++) {
        int64_t began = time_monotonic_ns();
        for (int i = 0; i < MEMBERS / SLICES; i++) {
            struct client *client = &members[slice * (MEMBERS / SLICES) + i];
            client_call(client, "talk_read", "{\"conversation\":\"%lld\",\"upto\":%lld}",
                        (long long)all.group, (long long)seq);
        }
        int64_t left;
        while ((left = SLICE_MS - (time_monotonic_ns() - began) / 1000000) > 0)
            swarm_read(swarm, (int)left, take, &round);
    }
    while (round.answered < MEMBERS || round.read < MEMBERS)
        must(swarm_read(swarm, 10000, take, &round));
    (void)sender;
    return (process_cpu(server) - cpu) * 1e3;
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    for (size_t made = 0; made <= MEMBERS;)
        world_write(world, fill_people, &made);
    world_write(world, fill_group, NULL);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    struct swarm swarm = swarm_open();
    static struct client sender, members[MEMBERS];
    client_open(&sender, server.port, 0);
    client_do(&sender, "talk_sync", "{}");
    swarm_add(&swarm, &sender);
    for (size_t i = 0; i < MEMBERS; i++) {
        client_open(&members[i], server.port, i + 1);
        swarm_add(&swarm, &members[i]);
    }
    double ms[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct buf reply = client_reply(
            &sender, client_call(&sender, "talk_send",
                                 "{\"conversation\":\"%lld\",\"body\":\"请阅\",\"key\":\"%s\"}",
                                 (long long)all.group, key_new().text));
        int64_t seq = field_of(buf_str(&reply), "seq");
        buf_free(&reply);
        ms[i] = run_round(server.pid, &swarm, members, &sender, seq);
    }
    double value = median_of(ms, ROUNDS);
    printf("%d marks; rounds %.0f to %.0f ms\n", MEMBERS, ms[0], ms[ROUNDS - 1]);
    server_stop(&server);
    return verdict(value <= 80, "receipts", "80", "%.0f ms", value);
}

int main(void)
{
    return bench_guard("receipts", 55, body);
}
