/* durable: server CPU per message when 64 people write at once and each answer comes after the
 * fsynced commit; on SQLite, and on PostgreSQL with the processes of its cluster.
 *
 * Each of 64 sockets sends its next message when the reply to its last has come. They write in
 * eight groups and follow none of them: what delivering costs is `talk`'s matter. The full-text
 * index, which follows behind, is waited for and counted. Run by tests/postgres. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

#include <signal.h>

enum { SENDERS = 64, GROUPS = 8, ROUNDS = 5, MESSAGES = 6400, INDEX_MS = 2300 };

struct side {
    const char *name;
    struct server server;
    pid_t cluster; /* PostgreSQL's first process, or 0 */
    struct client senders[SENDERS];
    int64_t groups[GROUPS];
    struct swarm swarm;
    double until_answered[ROUNDS], with_index[ROUNDS], per_second[ROUNDS];
};

/* ---- the world ----------------------------------------------------------------------------- */

static void fill(struct request *r, void *context)
{
    struct side *side = context;
    int64_t people[SENDERS];
    world_organisation(r);
    for (size_t i = 0; i < SENDERS; i++)
        people[i] = world_person(r, i, NULL);
    for (size_t i = 0; i < GROUPS; i++) {
        r->person = people[i * SENDERS / GROUPS];
        struct ids members = {people + i * SENDERS / GROUPS, SENDERS / GROUPS};
        side->groups[i] = talk_make_group(r, S("教研组"), &members);
    }
}

static void open_side(struct side *side, const char *directory, const char *database)
{
    struct world *world = world_open(directory, database);
    world_write(world, fill, side);
    world_close(world);
    side->server = server_start(directory, database, getenv("BENCH_LOG"));
    side->swarm = swarm_open();
    for (size_t i = 0; i < SENDERS; i++) {
        client_open(&side->senders[i], side->server.port, i);
        side->senders[i].number = i;
        swarm_add(&side->swarm, &side->senders[i]);
    }
}

/* ---- a round ------------------------------------------------------------------------------- */

struct round {
    struct side *side;
    int to_send, answered;
    uint64_t random;
};

static void send_next(struct round *round, struct client *client)
{
    struct side *side = round->side;
    struct str body = world_sentence(&round->random);
    round->to_send--;
    client_call(client, "talk_send", "{\"conversation\":\"%lld\",\"body\":\"%.*s\",\"key\":\"%s\"}",
                (long long)side->groups[client->number * GROUPS / SENDERS], STR_ARG(body),
                key_new().text);
}

static void take_answer(struct client *client, struct str text, void *context)
{
    struct round *round = context;
    if (!is_reply(text, client->calls))
        return;
    round->answered++;
    if (round->to_send)
        send_next(round, client);
}

static double cpu_of(const struct side *side)
{
    return process_cpu(side->server.pid) + (side->cluster ? process_family_cpu(side->cluster) : 0);
}

/* Returns the CPU at its beginning. */
static double run_round(struct side *side, int number)
{
    struct round round = {.side = side, .to_send = MESSAGES, .random = (uint64_t)number};
    double cpu = cpu_of(side), began = monotonic();
    for (size_t i = 0; i < SENDERS; i++)
        send_next(&round, &side->senders[i]);
    while (round.answered < MESSAGES)
        must(swarm_read(&side->swarm, 10000, take_answer, &round));
    side->per_second[number] = MESSAGES / (monotonic() - began);
    side->until_answered[number] = (cpu_of(side) - cpu) / MESSAGES * 1e6;
    return cpu;
}

static void report(struct side *side)
{
    printf("%s: %.0f µs until all are answered, %.0f µs with the index; %.0f messages/s\n",
           side->name, median_of(side->until_answered, ROUNDS), median_of(side->with_index, ROUNDS),
           median_of(side->per_second, ROUNDS));
}

/* ---- both engines -------------------------------------------------------------------------- */

static pid_t cluster_of(const char *directory)
{
    char path[500];
    snprintf(path, sizeof path, "%s/postmaster.pid", directory);
    FILE *file = fopen(path, "re");
    int pid = 0;
    must(file && fscanf(file, "%d", &pid) == 1);
    fclose(file);
    return pid;
}

static int body(const char *directory)
{
    static struct side sqlite = {.name = "SQLite"}, postgres = {.name = "PostgreSQL"};
    struct side *sides[] = {&sqlite, &postgres};
    const char *url = getenv("TEST_DATABASE"), *cluster = getenv("TEST_CLUSTER");
    if (!url || !cluster) {
        fprintf(stderr, "durable: to be run by tests/postgres\n");
        return 2;
    }
    struct arena *arena = arena_new();
    postgres.cluster = cluster_of(cluster);
    for (size_t i = 0; i < 2; i++) {
        struct str place = arena_printf(arena, "%s/%s", directory, sides[i]->name);
        open_side(sides[i], place.ptr, i ? url : NULL);
    }
    for (int i = 0; i < ROUNDS; i++) {
        double began[2];
        for (size_t j = 0; j < 2; j++)
            began[j] = run_round(sides[j], i);
        sleep_ms(INDEX_MS);
        for (size_t j = 0; j < 2; j++) {
            process_settle(sides[j]->server.pid, 5000);
            sides[j]->with_index[i] = (cpu_of(sides[j]) - began[j]) / MESSAGES * 1e6;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        report(sides[i]);
        server_stop(&sides[i]->server);
    }
    arena_free(arena);
    double ours = median_of(sqlite.with_index, ROUNDS);
    double theirs = median_of(postgres.with_index, ROUNDS);
    return verdict(ours <= 50 && theirs <= 120, "durable", "50; 120",
                   "%.0f µs SQLite, %.0f µs PostgreSQL", ours, theirs);
}

int main(void)
{
    return bench_guard("durable", 58, body);
}
