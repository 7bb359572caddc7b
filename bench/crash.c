/* crash: the server is killed at a random moment under load, 100 times, and nothing that it had
 * acknowledged may be missing afterwards.
 *
 * After each restart every message of the round, acknowledged or not, is sent again with the same
 * key, as clients do: an acknowledged one must come back with the number it had. Then the whole
 * round is read: each text must be there exactly once. A kill leaves the kernel's page cache alone,
 * so this tests the order of things in the server, not the disk. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

#include <signal.h>

enum {
    ROUNDS = 100,
    SENDERS = 8,
    MOST = 4000,
    LEAST_MS = 10,
    SPREAD_MS = 140,
    PAGE = 200,
    WAIT_MS = 10000
};

struct sender {
    struct client client;
    int64_t seq[MOST];   /* as acknowledged, or 0 */
    int64_t again[MOST]; /* when it was sent again */
    int found[MOST];     /* how often it stands in the history */
    size_t sent, answered;
};

static struct {
    struct server server;
    struct sender senders[SENDERS];
    struct swarm swarm;
    int64_t group, read_upto;
    int round;
    bool is_loading;
    uint64_t random;
    long acknowledged, unanswered, lost, doubled;
} run;

static void fill(struct request *r, void *context)
{
    (void)context;
    int64_t people[SENDERS];
    world_organisation(r);
    for (size_t i = 0; i < SENDERS; i++)
        people[i] = world_person(r, i, NULL);
    r->person = people[0];
    run.group = talk_make_group(r, S("抢险指挥部"), &(struct ids){people, SENDERS});
}

static void open_all(const char *directory)
{
    run.server = server_start(directory, NULL, getenv("BENCH_LOG"));
    run.swarm = swarm_open();
    for (size_t i = 0; i < SENDERS; i++) {
        client_open(&run.senders[i].client, run.server.port, i);
        run.senders[i].client.number = i;
        swarm_add(&run.swarm, &run.senders[i].client);
    }
}

static void close_all(void)
{
    for (size_t i = 0; i < SENDERS; i++)
        client_close(&run.senders[i].client);
    swarm_close(&run.swarm);
}

static void send_message(struct sender *sender, size_t number)
{
    client_call(&sender->client, "talk_send",
                "{\"conversation\":\"%lld\",\"body\":\"r%d-s%zu-m%zu.\",\"key\":\"crash-%d-%zu\"}",
                (long long)run.group, run.round, sender->client.number, number, run.round, number);
}

/* ---- load ---------------------------------------------------------------------------------- */

static void take_answer(struct client *client, struct str text, void *context)
{
    (void)context;
    struct sender *sender = &run.senders[client->number];
    if (!is_reply(text, client->calls))
        return;
    sender->seq[sender->sent - 1] = field_of(text, "seq");
    run.acknowledged++;
    if (run.is_loading && sender->sent < MOST)
        send_message(sender, sender->sent++);
}

static void load_and_kill(void)
{
    run.is_loading = true;
    for (size_t i = 0; i < SENDERS; i++) {
        struct sender *sender = &run.senders[i];
        memset(sender->seq, 0, sizeof sender->seq);
        sender->sent = 1;
        send_message(sender, 0);
    }
    double end = monotonic() + (LEAST_MS + random_next(&run.random) % SPREAD_MS) / 1e3;
    for (double left; (left = end - monotonic()) > 0;)
        swarm_read(&run.swarm, (int)(left * 1e3), take_answer, NULL);
    process_end(run.server.pid, SIGKILL);
    /* What had left the server before it died is an acknowledgement, too. */
    run.is_loading = false;
    for (size_t i = 0; i < SENDERS; i++)
        while (client_read(&run.senders[i].client, true, take_answer, NULL))
            ;
}

/* ---- the look afterwards -------------------------------------------------------------------- */

/* The calls of the new connection are numbered from 1 in the order of the messages. */
static void take_repeated(struct client *client, struct str text, void *context)
{
    (void)context;
    struct sender *sender = &run.senders[client->number];
    int64_t call = field_of(text, "call");
    must(is_reply(text, call) && (size_t)call <= sender->sent);
    sender->again[call - 1] = field_of(text, "seq");
    sender->answered++;
}

static void send_again(void)
{
    size_t all = 0, answered = 0;
    for (size_t i = 0; i < SENDERS; i++) {
        struct sender *sender = &run.senders[i];
        memset(sender->again, 0, sizeof sender->again);
        memset(sender->found, 0, sizeof sender->found);
        sender->answered = 0;
        all += sender->sent;
        for (size_t j = 0; j < sender->sent; j++)
            send_message(sender, j);
    }
    while (answered < all) {
        must(swarm_read(&run.swarm, WAIT_MS, take_repeated, NULL));
        answered = 0;
        for (size_t i = 0; i < SENDERS; i++)
            answered += run.senders[i].answered;
    }
}

/* One page of the history; returns how many messages it had. */
static size_t read_page(struct client *client)
{
    struct buf reply = client_reply(
        client, client_call(client, "talk_history",
                            "{\"conversation\":\"%lld\",\"after\":%lld,\"limit\":%d}",
                            (long long)run.group, (long long)run.read_upto, (int)PAGE));
    struct str rest = buf_str(&reply);
    size_t count = 0;
    for (ptrdiff_t at; (at = str_find(rest, S("{\"seq\":"))) >= 0; count++) {
        rest = str_skip(rest, (size_t)at + 1);
        run.read_upto = field_of(rest, "seq");
        ptrdiff_t body = str_find(rest, S("\"body\":\"r"));
        int round;
        size_t sender, number;
        if (body < 0 ||
            sscanf(rest.ptr + body, "\"body\":\"r%d-s%zu-m%zu.", &round, &sender, &number) != 3)
            continue;
        must(sender < SENDERS && number < MOST);
        if (round == run.round && run.senders[sender].again[number] == run.read_upto)
            run.senders[sender].found[number]++;
        else
            run.doubled++;
    }
    buf_free(&reply);
    return count;
}

static void compare(void)
{
    while (read_page(&run.senders[0].client) == PAGE)
        ;
    for (size_t i = 0; i < SENDERS; i++)
        for (size_t j = 0; j < run.senders[i].sent; j++) {
            const struct sender *sender = &run.senders[i];
            run.unanswered += sender->seq[j] == 0;
            run.lost += sender->seq[j] && sender->seq[j] != sender->again[j];
            run.lost += sender->found[j] == 0;
            run.doubled += sender->found[j] > 1;
        }
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    world_write(world, fill, NULL);
    world_close(world);
    run.random = (uint64_t)(monotonic() * 1e6);
    run.read_upto = 1; /* the notice that the group was made */
    int broken = 0;
    open_all(directory);
    for (run.round = 0; run.round < ROUNDS; run.round++) {
        long before = run.lost + run.doubled;
        load_and_kill();
        close_all();
        open_all(directory);
        send_again();
        compare();
        broken += run.lost + run.doubled > before;
    }
    printf("%ld messages acknowledged, %ld in flight at a kill; %ld lost, %ld doubled\n",
           run.acknowledged, run.unanswered, run.lost, run.doubled);
    server_stop(&run.server);
    return verdict(!broken, "crash", "0 of 100", "loss in %d of %d rounds", broken, (int)ROUNDS);
}

int main(void)
{
    return bench_guard("crash", 58, body);
}
