/* history: server CPU for a page of 50 messages of a group of 100 people and 10,000 messages, at
 * random places. Eight people turn pages at once, each over a WebSocket and the next when the last
 * has come.
 *
 * Of the messages 12 % are answers, 5 % call somebody, 3 % carry a file and 2 % were taken back. */
#include "base/id.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

enum { PEOPLE = 100, MESSAGES = 10000, SLICE = 1000, ROUNDS = 15, CALLS = 800, READERS = 8 };

static struct {
    int64_t people[PEOPLE], group;
    uint64_t random;
} group;

static void fill_people(struct request *r, void *context)
{
    (void)context;
    world_organisation(r);
    for (size_t i = 0; i < PEOPLE; i++)
        group.people[i] = world_person(r, i, NULL);
    r->person = group.people[0];
    group.group = talk_make_group(r, S("高一年级组"), &(struct ids){group.people, PEOPLE});
}

static int64_t add_file(struct request *r)
{
    int64_t id = id_next();
    WRITE(
        r,
        "INSERT INTO file (org, id, hash, name, type, size, width, height, owner, created) "
        "VALUES (?1, ?2, ?3, '期中考试成绩.xlsx', 'application/octet-stream', 20000, 0, 0, ?4, ?5)",
        INT(r->org), INT(id), BLOB(S("0123456789abcdef0123456789abcdef")), INT(r->person),
        INT(r->now));
    return id;
}

static void add_message(struct request *r, int64_t seq)
{
    uint32_t dice = random_next(&group.random) % 100;
    int64_t file, called = group.people[random_next(&group.random) % PEOPLE];
    r->person = group.people[random_next(&group.random) % PEOPLE];
    struct talk_past past = {
        .conversation = group.group, .author = r->person, .body = world_sentence(&group.random)};
    if (dice < 3) {
        file = add_file(r);
        past.files = (struct ids){&file, 1};
    } else if (dice < 15 && seq > 50)
        past.reply_to = seq - 1 - random_next(&group.random) % 40;
    else if (dice < 20)
        past.mentions = (struct ids){&called, 1};
    must(talk_post(r, &past) == seq);
    if (dice == 20 || dice == 21)
        WRITE(r,
              "UPDATE message SET body = '', recalled = ?4, changed = 1 WHERE org = ?1 "
              "AND conversation = ?2 AND seq = ?3",
              INT(r->org), INT(group.group), INT(seq), INT(r->now));
}

static void fill_messages(struct request *r, void *context)
{
    int64_t *seq = context;
    for (int i = 0; i < SLICE; i++)
        add_message(r, ++*seq);
    talk_mark_read(r, group.group, group.people[1], *seq - 7);
}

/* ---- reading ------------------------------------------------------------------------------- */

struct round {
    int to_ask, come;
    double bytes;
};

static void ask(struct round *round, struct client *client)
{
    round->to_ask--;
    client_call(client, "talk_history", "{\"conversation\":\"%lld\",\"before\":%d,\"limit\":50}",
                (long long)group.group, (int)(52 + random_next(&group.random) % (MESSAGES - 52)));
}

static void take_page(struct client *client, struct str text, void *context)
{
    struct round *round = context;
    if (!is_reply(text, client->calls))
        return;
    round->come++;
    round->bytes += (double)text.len;
    if (round->to_ask)
        ask(round, client);
}

/* Milliseconds of the server's CPU for one page. */
static double run_round(pid_t server, const struct swarm *swarm, struct client *readers,
                        double *bytes)
{
    struct round round = {.to_ask = CALLS};
    double cpu = process_cpu(server);
    for (size_t i = 0; i < READERS; i++)
        ask(&round, &readers[i]);
    while (round.come < CALLS)
        must(swarm_read(swarm, 10000, take_page, &round));
    *bytes = round.bytes / CALLS;
    return (process_cpu(server) - cpu) / CALLS * 1e3;
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    world_write(world, fill_people, NULL);
    int64_t seq = 1; /* the notice that the group was made */
    for (int i = 0; i < MESSAGES / SLICE; i++)
        world_write(world, fill_messages, &seq);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    struct swarm swarm = swarm_open();
    struct client readers[READERS];
    for (size_t i = 0; i < READERS; i++) {
        client_open(&readers[i], server.port, i);
        swarm_add(&swarm, &readers[i]);
    }
    double ms[ROUNDS], bytes;
    run_round(server.pid, &swarm, readers, &bytes);
    for (int i = 0; i < ROUNDS; i++)
        ms[i] = run_round(server.pid, &swarm, readers, &bytes);
    double value = median_of(ms, ROUNDS);
    printf("%d calls, replies of %.0f bytes; rounds %.3f to %.3f ms\n", ROUNDS * CALLS, bytes,
           ms[0], ms[ROUNDS - 1]);
    server_stop(&server);
    return verdict(value <= 0.10, "history", "0.10", "%.3f ms", value);
}

int main(void)
{
    return bench_guard("history", 55, body);
}
