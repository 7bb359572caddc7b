/* many-groups: server CPU for the first window of a person who is in 2,000 groups of an
 * organisation with 89,000: what a device asks first when it has nothing yet, over a WebSocket that
 * then follows all 2,000. */
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

enum {
    GROUPS = 89000,
    OWN = 2000,   /* the person's */
    PEOPLE = 200, /* others, ten in each group */
    MEMBERS = 10,
    SAID = 3, /* messages of a group */
    SLICE = 4450,
    ROUNDS = 9,
    CALLS = 20
};

static struct {
    int64_t people[PEOPLE + 1];
    uint64_t random;
    size_t made;
} all;

static void fill_people(struct request *r, void *context)
{
    (void)context;
    world_organisation(r);
    for (size_t i = 0; i <= PEOPLE; i++)
        all.people[i] = world_person(r, i, NULL);
}

static void add_member(struct request *r, int64_t group, int64_t person, const char *role)
{
    WRITE(r,
          "INSERT INTO member (org, conversation, person, role, joined) "
          "VALUES (?1, ?2, ?3, ?4, ?5)",
          INT(r->org), INT(group), INT(person), TEXT(str_from(role)), INT(r->now));
    WRITE(r,
          "INSERT INTO reading (org, conversation, person, since, upto) VALUES (?1, ?2, ?3, 1, 0)",
          INT(r->org), INT(group), INT(person));
}

/* Straight into the tables: making them by ops would take minutes. */
static void fill_groups(struct request *r, void *context)
{
    (void)context;
    for (int i = 0; i < SLICE; i++, all.made++) {
        int64_t group = id_next(), at = r->now - DAY_MS + (int64_t)all.made;
        bool is_own = all.made % (GROUPS / OWN) == 0 && all.made / (GROUPS / OWN) < OWN;
        WRITE(r,
              "INSERT INTO conversation (org, id, kind, title, members, created) "
              "VALUES (?1, ?2, 'group', '防汛专项工作组', ?3, ?4)",
              INT(r->org), INT(group), INT(MEMBERS + is_own), INT(at));
        WRITE(r, "INSERT INTO topic (org, id, version, seq, changed) VALUES (?1, ?2, ?3, ?3, ?4)",
              INT(r->org), INT(group), INT(SAID), INT(at));
        for (size_t j = 0; j < MEMBERS; j++)
            add_member(r, group, all.people[1 + (all.made * 7 + j) % PEOPLE],
                       j ? "member" : "owner");
        if (is_own)
            add_member(r, group, all.people[0], "member");
        for (int64_t seq = 1; seq <= SAID; seq++)
            WRITE(r,
                  "INSERT INTO message (org, conversation, seq, id, version, author, at, kind, "
                  "body, people, files, reply_to, changed, recalled) "
                  "VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6, 'text', ?7, '', '', 0, 0, 0)",
                  INT(r->org), INT(group), INT(seq), INT(id_next()),
                  INT(all.people[1 + (all.made * 7) % PEOPLE]), INT(at),
                  TEXT(world_sentence(&all.random)));
    }
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    log_set_level(LOG_ERROR); /* these writes are slow, and mean to be */
    world_write(world, fill_people, NULL);
    while (all.made < GROUPS)
        world_write(world, fill_groups, NULL);
    world_close(world);
    struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
    double ms[ROUNDS];
    size_t bytes = 0;
    for (int i = -1; i < ROUNDS; i++) {
        struct client clients[CALLS];
        for (size_t j = 0; j < CALLS; j++)
            client_open(&clients[j], server.port, 0);
        double cpu = process_cpu(server.pid);
        for (size_t j = 0; j < CALLS; j++)
            bytes = client_do(&clients[j], "talk_sync", "{}");
        if (i >= 0)
            ms[i] = (process_cpu(server.pid) - cpu) / CALLS * 1e3;
        for (size_t j = 0; j < CALLS; j++)
            client_close(&clients[j]);
    }
    double value = median_of(ms, ROUNDS);
    printf("windows of %zu bytes; rounds %.2f to %.2f ms\n", bytes, ms[0], ms[ROUNDS - 1]);
    server_stop(&server);
    return verdict(value <= 5, "many-groups", "5", "%.2f ms", value);
}

int main(void)
{
    return bench_guard("many-groups", 110, body);
}
