/* idle: what a signed-in WebSocket that says nothing costs the server in user memory: the slope of
 * its private pages from 1,000 to 10,000 connections.
 *
 * Everybody has called talk_sync and follows one group of 100. The first thousand are spread over
 * all groups and read their histories some times before the first look, so that the database's page
 * cache, which does not grow with connections, is warm. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

enum {
    PEOPLE = 10000,
    FEW = 1000,
    GROUP = 100,
    SLICE = 1000,
    WARM = 4,
    SETTLE_MS = 4000,
    ALLOWED = 2048
};

static struct {
    int64_t people[PEOPLE], groups[PEOPLE / GROUP];
    struct client clients[PEOPLE];
    struct server server;
} all;

static void fill_people(struct request *r, void *context)
{
    size_t *from = context;
    if (!*from)
        world_organisation(r);
    for (size_t i = 0; i < SLICE; i++)
        all.people[*from + i] = world_person(r, *from + i, NULL);
    *from += SLICE;
}

static void fill_groups(struct request *r, void *context)
{
    (void)context;
    for (size_t i = 0; i < PEOPLE / GROUP; i++) {
        r->person = all.people[i * GROUP];
        all.groups[i] = talk_make_group(r, S("校办"), &(struct ids){all.people + i * GROUP, GROUP});
    }
}

static void open_one(size_t person)
{
    client_open(&all.clients[person], all.server.port, person);
    client_do(&all.clients[person], "talk_sync", "{}");
}

/* All readers and the writer's caches see all pages that connecting touches. */
static void warm(void)
{
    for (int i = 0; i < WARM; i++)
        for (size_t j = 0; j < PEOPLE; j += PEOPLE / FEW)
            client_do(&all.clients[j], i % 2 ? "talk_sync" : "org_me", "{}");
}

static double measure(const char *what)
{
    process_settle(all.server.pid, SETTLE_MS);
    struct process_memory memory = process_memory(all.server.pid);
    printf("%s: %.0f KiB private, %.0f KiB resident\n", what, memory.private_, memory.resident);
    return memory.private_ * 1024;
}

static int body(const char *directory)
{
    raise_descriptors();
    struct world *world = world_open(directory, NULL);
    for (size_t from = 0; from < PEOPLE;)
        world_write(world, fill_people, &from);
    world_write(world, fill_groups, NULL);
    world_close(world);
    all.server = server_start(directory, NULL, getenv("BENCH_LOG"));
    measure("at the start");
    for (size_t i = 0; i < PEOPLE; i += PEOPLE / FEW)
        open_one(i);
    warm();
    double few = measure("1,000 connections");
    for (size_t i = 0; i < PEOPLE; i++)
        if (i % (PEOPLE / FEW))
            open_one(i);
    double many = measure("10,000 connections");
    double each = (many - few) / (PEOPLE - FEW);
    server_stop(&all.server);
    return verdict(each <= ALLOWED, "idle", "2 KiB", "%.2f KiB a connection", each / 1024);
}

int main(void)
{
    return bench_guard("idle", 55, body);
}
