/* openim: 50,000 people in the directory, 10,000 of them on line, 1,700 messages a second, durable,
 * into their conversations of 10 members on line in the mean. Beside the cores and the memory that
 * the server takes stand the figures that OpenIM publishes for 50,000 people on line: 9.0 cores and
 * 6.99 GiB for its own processes and those it needs. */
#include "base/time.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

#include <stdio.h>

enum {
    PEOPLE = 50000,
    ONLINE = 10000,
    GROUP = 10,
    GROUPS = ONLINE / GROUP,
    PER_SECOND = 1700,
    SECONDS = 10
};

static struct {
    int64_t people[ONLINE], groups[GROUPS];
    uint64_t random;
    size_t made, grouped;
} all;

static void fill_people(struct request *r, void *context)
{
    int64_t *org = context;
    if (!*org)
        *org = world_organisation(r);
    r->org = *org;
    for (int i = 0; i < 1000 && all.made < PEOPLE; i++, all.made++) {
        int64_t person = world_person(r, all.made, NULL);
        if (all.made < ONLINE)
            all.people[all.made] = person;
    }
}

static void fill_groups(struct request *r, void *context)
{
    r->org = *(int64_t *)context;
    for (int i = 0; i < 100 && all.grouped < GROUPS; i++, all.grouped++) {
        const int64_t *first = all.people + all.grouped * GROUP;
        struct ids others = {all.people + all.grouped * GROUP + 1, GROUP - 1};
        r->person = *first;
        all.groups[all.grouped] = talk_make_group(r, S("工作组"), &others);
    }
}

struct count {
    int64_t deliveries;
};

static void take(struct client *client, struct str text, void *context)
{
    struct count *count = context;
    (void)client;
    count->deliveries += str_find(text, S("\"kind\":\"message\"")) >= 0;
}

static int body(const char *directory)
{
    int64_t org = 0;
    struct world *world = world_open(directory, NULL);
    while (all.made < PEOPLE)
        world_write(world, fill_people, &org);
    while (all.grouped < GROUPS)
        world_write(world, fill_groups, &org);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    struct swarm swarm = swarm_open();
    static struct client members[ONLINE];
    for (size_t i = 0; i < ONLINE; i++) {
        client_open(&members[i], server.port, i);
        client_do(&members[i], "talk_sync", "{}");
        swarm_add(&swarm, &members[i]);
    }
    struct count count = {0};
    double cpu = process_cpu(server.pid);
    int64_t began = time_monotonic_ns(), sent = 0;
    while (sent < (int64_t)PER_SECOND * SECONDS) {
        int64_t due = (time_monotonic_ns() - began) / 1000 * PER_SECOND / 1000000;
        for (; sent < due; sent++) {
            size_t sender = random_next(&all.random) % ONLINE;
            struct str words = world_sentence(&all.random);
            client_call(&members[sender], "talk_send",
                        "{\"conversation\":\"%lld\",\"body\":\"%.*s\",\"key\":\"%s\"}",
                        (long long)all.groups[sender / GROUP], STR_ARG(words), key_new().text);
        }
        swarm_read(&swarm, 1, take, &count);
    }
    while (count.deliveries < sent * GROUP)
        must(swarm_read(&swarm, 10000, take, &count));
    double seconds = (double)(time_monotonic_ns() - began) / 1e9;
    double cores = (process_cpu(server.pid) - cpu) / seconds;
    double mib = process_memory(server.pid).resident / 1024;
    printf("%lld messages, %lld deliveries in %.1f s; OpenIM: 9.0 cores, 7158 MiB\n",
           (long long)sent, (long long)count.deliveries, seconds);
    server_stop(&server);
    return verdict(cores <= 1 && mib <= 500, "openim", "1; 500", "%.2f cores, %.0f MiB", cores,
                   mib);
}

int main(void)
{
    return bench_guard("openim", 110, body);
}
