/* flood: fills a data directory for flood.mjs and for the browser's tests, straight into the
 * tables, since saying so much by ops would take minutes. The first time it makes an organisation,
 * people and groups; each time it says EACH messages in every group, which nobody has read.
 *
 *   flood DIRECTORY GROUPS EACH
 *
 * Prints the cookie of one person, who is in all groups, and the id of the last group. The data is
 * in DIRECTORY/data. */
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "bench/kit/server.h"

enum { PEOPLE = 12, SLICE = 5000 };

static struct {
    int64_t people[PEOPLE];
    int groups, each;
    int64_t done, last;
    uint64_t random;
} all;

static void make_groups(struct request *r, void *context)
{
    (void)context;
    world_organisation(r);
    for (size_t i = 0; i < PEOPLE; i++)
        all.people[i] = world_person(r, i, NULL);
    for (int i = 0; i < all.groups; i++) {
        int64_t group = id_next();
        WRITE(r,
              "INSERT INTO conversation (org, id, kind, title, members, created) "
              "VALUES (?1, ?2, 'group', ?3, ?4, ?5)",
              INT(r->org), INT(group), TEXT(arena_printf(r->arena, "防汛工作组 %d", i + 1)),
              INT(PEOPLE), INT(r->now));
        WRITE(r, "INSERT INTO topic (org, id, version, seq, changed) VALUES (?1, ?2, 0, 0, ?3)",
              INT(r->org), INT(group), INT(r->now));
        for (size_t j = 0; j < PEOPLE; j++) {
            WRITE(r,
                  "INSERT INTO member (org, conversation, person, role, joined) "
                  "VALUES (?1, ?2, ?3, ?4, ?5)",
                  INT(r->org), INT(group), INT(all.people[j]), TEXT(j ? S("member") : S("owner")),
                  INT(r->now));
            WRITE(r,
                  "INSERT INTO reading (org, conversation, person, since, upto) "
                  "VALUES (?1, ?2, ?3, 1, 0)",
                  INT(r->org), INT(group), INT(all.people[j]));
        }
    }
}

/* The next messages, one group after another. */
static void say(struct request *r, void *context)
{
    (void)context;
    struct rows groups = READ(r,
                              "SELECT c.org, c.id, t.seq FROM conversation c JOIN topic t "
                              "ON t.org = c.org AND t.id = c.id WHERE c.id > ?1 ORDER BY c.id",
                              INT(0));
    struct rows people =
        READ(r, "SELECT id FROM person WHERE org = ?1 ORDER BY id", INT(row_int(&groups, 0, 0)));
    int64_t total = (int64_t)groups.count * all.each;
    for (int i = 0; i < SLICE && all.done < total; i++, all.done++) {
        size_t at = (size_t)(all.done / all.each);
        int64_t group = row_int(&groups, at, 1), seq = row_int(&groups, at, 2) + 1;
        size_t author = 1 + (size_t)(all.done / 3) % (people.count - 1);
        int64_t nth = all.done % all.each;
        seq += i < nth ? i : nth; /* what this slice has said before */
        r->org = row_int(&groups, at, 0);
        all.last = group;
        WRITE(r,
              "INSERT INTO message (org, conversation, seq, id, version, author, at, kind, body, "
              "people, files, reply_to, changed, recalled) "
              "VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6, 'text', ?7, '', '', 0, 0, 0)",
              INT(r->org), INT(group), INT(seq), INT(id_next()), INT(row_int(&people, author, 0)),
              INT(r->now), TEXT(world_sentence(&all.random)));
        WRITE(r, "UPDATE topic SET version = ?3, seq = ?3, changed = ?4 WHERE org = ?1 AND id = ?2",
              INT(r->org), INT(group), INT(seq), INT(r->now));
    }
}

int main(int argc, char **argv)
{
    must(argc == 4);
    all.groups = atoi(argv[2]);
    all.each = atoi(argv[3]);
    char data[4096];
    snprintf(data, sizeof data, "%s/data/carillon.db", argv[1]);
    FILE *former = fopen(data, "r");
    struct world *world = world_open(argv[1], NULL);
    log_set_level(LOG_ERROR); /* these writes are slow, and mean to be */
    if (former)
        fclose(former);
    else
        world_write(world, make_groups, NULL);
    for (int64_t total = (int64_t)all.groups * all.each; all.done < total;)
        world_write(world, say, NULL);
    world_close(world);
    printf("%s %lld\n", token_of(0).text, (long long)all.last);
    return 0;
}
