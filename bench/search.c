/* search: server CPU for the newest 50 of a two-character word over 1,000,000 messages in 1,000
 * groups, for a person who is in all of them and for one who is in 10.
 *
 * The words are drawn from 400, so that each stands in some 2 % of the messages. */
#include "base/id.h"
#include "base/log.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "store/search.h"
#include "talk/talk.h"

#include <stdio.h>

enum {
    GROUPS = 1000,
    EACH = 1000, /* messages of a group */
    WORDS = 400, /* two characters each */
    LENGTH = 8,  /* words of a message */
    FEW = 10,    /* groups of the second person */
    SLICE = 20,  /* rounds through all groups in one commit */
    ROUNDS = 9,
    CALLS = 100
};

static struct {
    int64_t people[3], groups[GROUPS];
    uint64_t random;
} all;

static void set_indexed(struct request *r, int64_t upto)
{
    WRITE(r,
          "INSERT INTO message_indexed (org, upto) VALUES (?1, ?2) "
          "ON CONFLICT (org) DO UPDATE SET upto = excluded.upto",
          INT(r->org), INT(upto));
}

static void fill_groups(struct request *r, void *context)
{
    (void)context;
    world_organisation(r);
    set_indexed(r, INT64_MAX); /* the product's own indexing keeps away meanwhile */
    for (size_t i = 0; i < 3; i++)
        all.people[i] = world_person(r, i, NULL);
    r->person = all.people[2];
    for (size_t i = 0; i < GROUPS; i++) {
        struct ids members = {all.people, i % (GROUPS / FEW) ? 1 : 2};
        all.groups[i] = talk_make_group(r, S("项目讨论组"), &members);
    }
}

/* Two of 20 common characters. */
static struct str word_of(size_t number)
{
    static const char characters[] = "水电路桥山河田林校村镇县工农医药粮油车船";
    static char word[7];
    memcpy(word, characters + number / 20 * 3, 3);
    memcpy(word + 3, characters + number % 20 * 3, 3);
    return str_of(word, 6);
}

/* Straight into the tables, as posting and indexing a million would take a minute. */
static void fill_messages(struct request *r, void *context)
{
    int64_t *seq = context;
    for (int round = 0; round < SLICE; round++, ++*seq)
        for (size_t i = 0; i < GROUPS; i++) {
            char body[LENGTH * 10 + 1];
            size_t len = 0;
            for (int j = 0; j < LENGTH; j++) {
                memcpy(body + len, word_of(random_next(&all.random) % WORDS).ptr, 6);
                memcpy(body + len + 6, j % 3 == 2 ? "，" : "的", 3);
                len += 9;
            }
            int64_t id = id_next();
            WRITE(r,
                  "INSERT INTO message (org, conversation, seq, id, version, author, at, kind, "
                  "body, people, files, reply_to, changed, recalled) "
                  "VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6, 'text', ?7, '', '', 0, 0, 0)",
                  INT(r->org), INT(all.groups[i]), INT(*seq), INT(id), INT(all.people[2]),
                  INT(r->now), TEXT(str_of(body, len)));
            search_put(r->db, id,
                       arena_printf(r->arena, "%.*s xc%lld xa%lld", (int)len, body,
                                    (long long)all.groups[i], (long long)all.people[2]));
        }
}

static void finish(struct request *r, void *context)
{
    const int64_t *seq = context;
    WRITE(r, "UPDATE topic SET seq = ?2, version = ?2 WHERE org = ?1", INT(r->org), INT(*seq - 1));
    set_indexed(r, id_next());
}

/* Milliseconds of server CPU for one search. */
static double measure(struct client *client, pid_t server, size_t *bytes)
{
    double ms[ROUNDS];
    for (int i = -1; i < ROUNDS; i++) {
        double cpu = process_cpu(server);
        for (int j = 0; j < CALLS; j++) {
            size_t word = random_next(&all.random) % WORDS;
            *bytes = client_do(client, "talk_search", "{\"query\":\"%.6s\",\"limit\":50}",
                               word_of(word).ptr);
        }
        if (i >= 0)
            ms[i] = (process_cpu(server) - cpu) / CALLS * 1e3;
    }
    return median_of(ms, ROUNDS);
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    log_set_level(LOG_ERROR); /* these writes are slow, and mean to be */
    world_write(world, fill_groups, NULL);
    int64_t seq = 2; /* the first is the notice that the group was made */
    for (int i = 0; i < EACH / SLICE; i++)
        world_write(world, fill_messages, &seq);
    world_write(world, finish, &seq);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    struct client everywhere, somewhere;
    client_open(&everywhere, server.port, 0);
    client_open(&somewhere, server.port, 1);
    size_t bytes;
    double in_all = measure(&everywhere, server.pid, &bytes);
    printf("in all groups %.2f ms, replies of %zu bytes\n", in_all, bytes);
    double in_few = measure(&somewhere, server.pid, &bytes);
    printf("in %d groups %.2f ms, replies of %zu bytes\n", FEW, in_few, bytes);
    server_stop(&server);
    return verdict(in_all <= 2 && in_few <= 4, "search", "2; 4",
                   "%.2f ms in all groups, %.2f ms in 1 %% of them", in_all, in_few);
}

int main(void)
{
    return bench_guard("search", 110, body);
}
