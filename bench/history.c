/* history: server CPU for a page of 50 messages of a group of 100 people and 10,000 messages, asked
 * over a WebSocket, one call after another, at random places.
 *
 * Of the messages 12 % are answers, 5 % call somebody, 3 % carry a file and 2 % were taken back. */
#include "base/id.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

enum { PEOPLE = 100, MESSAGES = 10000, SLICE = 1000, ROUNDS = 15, CALLS = 600 };

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
    WRITE(r,
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
    struct talk_past past = {.conversation = group.group,
                             .author = r->person,
                             .body = world_sentence(&group.random)};
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

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    world_write(world, fill_people, NULL);
    int64_t seq = 1; /* the notice that the group was made */
    for (int i = 0; i < MESSAGES / SLICE; i++)
        world_write(world, fill_messages, &seq);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    struct client client;
    client_open(&client, server.port, 1);
    double ms[ROUNDS], bytes = 0;
    for (int i = -1; i < ROUNDS; i++) {
        double cpu = process_cpu(server.pid);
        for (int j = 0; j < CALLS; j++)
            bytes += (double)client_do(&client, "talk_history",
                                       "{\"conversation\":\"%lld\",\"before\":%d,\"limit\":50}",
                                       (long long)group.group,
                                       (int)(52 + random_next(&group.random) % (MESSAGES - 52)));
        if (i >= 0)
            ms[i] = (process_cpu(server.pid) - cpu) / CALLS * 1e3;
    }
    double value = median_of(ms, ROUNDS);
    printf("%d calls, replies of %.0f bytes; rounds %.3f to %.3f ms\n", ROUNDS * CALLS,
           bytes / ((ROUNDS + 1) * CALLS), ms[0], ms[ROUNDS - 1]);
    server_stop(&server);
    return verdict(value <= 0.10, "history", "0.10", "%.3f ms", value);
}

int main(void)
{
    return bench_guard("history", 55, body);
}
