/* audience: whom an announcement is for. It is never written out: an organisation can have more
 * than a million people, so it follows from the directory each time it is asked for, a page at a
 * time.
 *
 * Whoever is on line is told at once; everybody else finds it when they come. */
#include "announce/inner.h"
#include "base/hash.h"

enum { SLICE = 500 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define SLICE_IN(F, S)                                           \
    F(S, ID, org, NEEDED, 0, 0, "organisation")                  \
    F(S, ID, announcement, NEEDED, 0, 0, "the announcement")     \
    F(S, INT, after, OPTIONAL, 0, 0, "go on behind this person") \
    F(S, INT, counted, OPTIONAL, 0, 0, "people so far")
SCHEMA(announce_tell_in, SLICE_IN)
SCHEMA(announce_tell_out, NO_FIELDS)
SCHEMA(announce_reminding_in, SLICE_IN)
SCHEMA(announce_reminding_out, NO_FIELDS)

#define AUDIENCE_OPS(OP)                                                                      \
    OP(announce_tell, NULL, NULL, WRITES, 0, "Count the next of the audience, and tell them", \
       MAY_CALL(the_server))                                                                  \
    OP(announce_reminding, NULL, NULL, WRITES, 0, "Remind the next who have not read",        \
       MAY_CALL(the_server))
OPS(AUDIENCE_OPS)

const struct module announce_audience_module = {.name = "announce_audience", MODULE_OPS};

/* ---- who ------------------------------------------------------------------------------------ */

static struct rows targets_of(struct request *r, int64_t announcement)
{
    return READ(r,
                "SELECT department FROM announcement_target WHERE org = ?1 AND announcement = ?2",
                INT(r->org), INT(announcement));
}

bool audience_has(struct request *r, int64_t announcement, int64_t person)
{
    struct rows named = READ(r,
                             "SELECT 1 FROM announcement_person WHERE org = ?1 AND person = ?2 "
                             "AND announcement = ?3",
                             INT(r->org), INT(person), INT(announcement));
    struct rows targets = targets_of(r, announcement);
    bool has = named.count != 0;
    for (size_t i = 0; i < targets.count && !has; i++) {
        int64_t department = row_int(&targets, i, 0);
        has = department ? org_is_in(r, person, department) : org_is_active(r, person);
    }
    return has;
}

static struct ids ids_of(struct request *r, const struct rows *rows)
{
    struct ids ids = {ARENA_ARRAY(r->arena, rows->count, int64_t), rows->count};
    for (size_t i = 0; i < rows->count; i++)
        ids.at[i] = row_int(rows, i, 0);
    return ids;
}

/* Both rising; the smaller ones first, each once, at most `limit`. */
static struct ids merge(struct request *r, const struct ids *one, const struct ids *other,
                        size_t limit)
{
    struct ids all = {ARENA_ARRAY(r->arena, one->count + other->count, int64_t), 0};
    for (size_t i = 0, j = 0; (i < one->count || j < other->count) && all.count < limit;) {
        bool takes_one = j == other->count || (i < one->count && one->at[i] <= other->at[j]);
        int64_t next = takes_one ? one->at[i++] : other->at[j++];
        if (!all.count || all.at[all.count - 1] != next)
            all.at[all.count++] = next;
    }
    return all;
}

struct ids audience_after(struct request *r, int64_t announcement, int64_t after, size_t limit)
{
    struct rows named = READ(r,
                             "SELECT person FROM announcement_person WHERE org = ?1 "
                             "AND announcement = ?2 AND person > ?3 ORDER BY person LIMIT ?4",
                             INT(r->org), INT(announcement), INT(after), INT((int64_t)limit));
    struct rows targets = targets_of(r, announcement);
    struct ids all = ids_of(r, &named);
    for (size_t i = 0; i < targets.count; i++) {
        int64_t department = row_int(&targets, i, 0);
        struct ids some = department ? org_people_in(r, department, after, (int64_t)limit)
                                     : org_people_after(r, after, (int64_t)limit);
        all = merge(r, &all, &some, limit);
    }
    return all;
}

struct ids audience_departments(struct request *r)
{
    struct rows posts = READ(r, "SELECT department FROM post WHERE org = ?1 AND person = ?2",
                             INT(r->org), INT(r->person));
    struct map seen = {0};
    struct ids all = {ARENA_ARRAY(r->arena, 1 + posts.count * 20, int64_t), 1};
    all.at[0] = 0;
    for (size_t i = 0; i < posts.count; i++) {
        struct ids above = org_above(r, row_int(&posts, i, 0));
        for (size_t j = 0; j < above.count && j < 20; j++) {
            if (map_get(&seen, above.at[j]))
                continue;
            map_set(&seen, above.at[j], &seen);
            all.at[all.count++] = above.at[j];
        }
    }
    map_free(&seen);
    return all;
}

/* ---- telling -------------------------------------------------------------------------------- */

#define TOLD(F, S)                                         \
    F(S, ID, id, NEEDED, 0, 0, "the announcement")         \
    F(S, TEXT, title, NEEDED, 0, 0, "its title")           \
    F(S, PERSON, author, NEEDED, 0, 0, "who wrote it")     \
    F(S, BOOL, is_must, OPTIONAL, 0, 0, "it must be read") \
    F(S, BOOL, is_reminder, OPTIONAL, 0, 0, "it is still unread")
SCHEMA(announce_told, TOLD)

static bool read_told(struct request *r, int64_t announcement, struct announce_told *out)
{
    struct rows found = READ(r,
                             "SELECT title, author, is_must FROM announcement WHERE org = ?1 "
                             "AND id = ?2 AND withdrawn = 0",
                             INT(r->org), INT(announcement));
    if (!found.count)
        return false;
    *out = (struct announce_told){.id = announcement,
                                  .title = row_text(&found, 0, 0),
                                  .author = row_int(&found, 0, 1),
                                  .is_must = row_int(&found, 0, 2) != 0};
    return true;
}

void audience_tell(struct request *r, int64_t announcement)
{
    struct announce_tell_in first = {.org = r->org, .announcement = announcement};
    job_add(r, "announce_tell", r->now, &announce_tell_in_schema, &first);
}

void audience_remind(struct request *r, int64_t announcement)
{
    struct announce_reminding_in first = {.org = r->org, .announcement = announcement};
    job_add(r, "announce_reminding", r->now, &announce_reminding_in_schema, &first);
}

static bool announce_tell(struct request *r, const struct announce_tell_in *in,
                          struct announce_tell_out *out)
{
    (void)out;
    r->org = in->org;
    struct announce_told told;
    if (!read_told(r, in->announcement, &told))
        return true;
    struct ids people = audience_after(r, in->announcement, in->after, SLICE);
    for (size_t i = 0; i < people.count; i++)
        if (people.at[i] != told.author && presence_of(r->api, people.at[i]))
            event_put(r, people.at[i], "announcement", told.id, &announce_told_schema, &told);
    struct announce_tell_in next = *in;
    next.counted += (int64_t)people.count;
    if (people.count == SLICE) {
        next.after = people.at[SLICE - 1];
        job_add(r, "announce_tell", r->now, &announce_tell_in_schema, &next);
        return true;
    }
    WRITE(r, "UPDATE announcement SET audience = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(in->announcement), INT(next.counted));
    return true;
}

static bool announce_reminding(struct request *r, const struct announce_reminding_in *in,
                               struct announce_reminding_out *out)
{
    (void)out;
    r->org = in->org;
    struct announce_told told;
    if (!read_told(r, in->announcement, &told))
        return true;
    told.is_reminder = true;
    struct ids people = audience_after(r, in->announcement, in->after, SLICE);
    for (size_t i = 0; i < people.count; i++) {
        if (!presence_of(r->api, people.at[i]) || people.at[i] == told.author)
            continue;
        struct rows read = READ(r,
                                "SELECT 1 FROM announcement_read WHERE org = ?1 "
                                "AND announcement = ?2 AND person = ?3",
                                INT(r->org), INT(in->announcement), INT(people.at[i]));
        if (!read.count)
            event_put(r, people.at[i], "announcement", told.id, &announce_told_schema, &told);
    }
    if (people.count < SLICE)
        return true;
    struct announce_reminding_in next = *in;
    next.after = people.at[SLICE - 1];
    job_add(r, "announce_reminding", r->now, &announce_reminding_in_schema, &next);
    return true;
}
