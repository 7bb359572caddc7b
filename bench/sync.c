/* sync: server CPU for talk_sync of a person with 500 conversations, of which 100 have 300 new
 * messages since the last time; asked over a WebSocket.
 *
 * talk_sync answers the first window of what changed and where to go on; the rest is fetched by
 * talk_list, and that is counted too: the value is what a client spends until it has all. */
#include "base/time.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

enum {
    PEOPLE = 200,
    CONVERSATIONS = 500,
    DIRECT = 100,
    BUSY = 100,
    NEW = 300,
    OLD = 20,
    ROUNDS = 9,
    CALLS = 100
};

static struct {
    int64_t people[PEOPLE], conversations[CONVERSATIONS], authors[CONVERSATIONS];
    int64_t since;
    uint64_t random;
} all;

static void fill_conversations(struct request *r, void *context)
{
    (void)context;
    world_organisation(r);
    for (size_t i = 0; i < PEOPLE; i++)
        all.people[i] = world_person(r, i, NULL);
    r->person = all.people[0];
    for (size_t i = 0; i < CONVERSATIONS; i++) {
        struct ids members = {all.people + 1 + i % (PEOPLE - 20), 15};
        all.conversations[i] = i < DIRECT ? talk_make_direct(r, all.people[1 + i])
                                          : talk_make_group(r, S("项目讨论组"), &members);
        all.authors[i] = all.people[1 + i % (PEOPLE - 20)];
    }
}

static int64_t say(struct request *r, size_t conversation, int64_t at)
{
    return talk_post(r, &(struct talk_past){.conversation = all.conversations[conversation],
                                            .author = all.authors[conversation],
                                            .at = at,
                                            .body = world_sentence(&all.random)});
}

static void fill_old(struct request *r, void *context)
{
    (void)context;
    for (size_t i = 0; i < CONVERSATIONS; i++) {
        int64_t seq = 0;
        for (int j = 0; j < OLD; j++)
            seq = say(r, i, r->now - DAY_MS);
        talk_mark_read(r, all.conversations[i], all.people[0], seq);
    }
}

/* All that is there is an hour old. */
static void age(struct request *r, void *context)
{
    (void)context;
    WRITE(r, "UPDATE topic SET changed = changed - ?2 WHERE org = ?1", INT(r->org),
          INT((int64_t)HOUR_MS));
    all.since = r->now - HOUR_MS / 2;
}

static void fill_new(struct request *r, void *context)
{
    (void)context;
    for (size_t i = 0; i < NEW; i++) {
        size_t at = i % BUSY * (CONVERSATIONS / BUSY);
        say(r, at, r->now);
    }
}

static int64_t epoch_of(struct client *client)
{
    struct buf reply = client_reply(client, client_call(client, "talk_sync", "{}"));
    int64_t epoch = field_of(buf_str(&reply), "epoch");
    buf_free(&reply);
    return epoch;
}

static size_t count_of(struct str text, struct str part)
{
    size_t count = 0;
    for (ptrdiff_t at; (at = str_find(text, part)) >= 0; text = str_skip(text, (size_t)at + 1))
        count++;
    return count;
}

struct cost {
    double first, all;
    size_t conversations, bytes;
};

/* The whole of a client's catching up. */
static struct cost sync_once(struct client *client, pid_t server, int64_t epoch)
{
    double cpu = process_cpu(server);
    struct buf reply =
        client_reply(client, client_call(client, "talk_sync", "{\"epoch\":\"%lld\",\"since\":%lld}",
                                         (long long)epoch, (long long)all.since));
    struct cost cost = {.first = process_cpu(server) - cpu};
    must(str_find(buf_str(&reply), S("\"is_reset\":false")) >= 0);
    cost.bytes = reply.len;
    for (;;) {
        cost.conversations += count_of(buf_str(&reply), S("\"last_seq\":"));
        ptrdiff_t more = str_find(buf_str(&reply), S("\"more\":\""));
        if (more < 0 || cost.conversations >= BUSY)
            break;
        struct str place = str_skip(buf_str(&reply), (size_t)more + 8);
        place = str_cut(&place, '"');
        int64_t call = client_call(client, "talk_list", "{\"before\":\"%.*s\",\"limit\":%d}",
                                   STR_ARG(place), (int)(BUSY - cost.conversations));
        buf_free(&reply);
        reply = client_reply(client, call);
        cost.bytes += reply.len;
    }
    buf_free(&reply);
    cost.all = process_cpu(server) - cpu;
    return cost;
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    world_write(world, fill_conversations, NULL);
    world_write(world, fill_old, NULL);
    world_write(world, age, NULL);
    world_write(world, fill_new, NULL);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    struct client client;
    client_open(&client, server.port, 0);
    int64_t epoch = epoch_of(&client);
    double first[ROUNDS], whole[ROUNDS];
    struct cost cost = {0};
    for (int i = -1; i < ROUNDS; i++) {
        double sum_first = 0, sum_all = 0;
        for (int j = 0; j < CALLS; j++) {
            cost = sync_once(&client, server.pid, epoch);
            sum_first += cost.first;
            sum_all += cost.all;
        }
        if (i < 0)
            continue;
        first[i] = sum_first / CALLS * 1e3;
        whole[i] = sum_all / CALLS * 1e3;
    }
    double value = median_of(whole, ROUNDS);
    printf("%zu conversations and %zu bytes a time; talk_sync alone %.2f ms\n", cost.conversations,
           cost.bytes, median_of(first, ROUNDS));
    server_stop(&server);
    return verdict(value <= 2, "sync", "2", "%.2f ms", value);
}

int main(void)
{
    return bench_guard("sync", 55, body);
}
