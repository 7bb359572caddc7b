/* quiet: hours in which messages arrive without a sound.
 *
 * The organisation publishes them, a person may add to them and never take away. The message is the
 * same for all at any time: quiet hours decide only who is pushed, and tell the receiver's programs
 * to make no sound. Time itself begins and ends them, so a timer tells it. */
#include "push/inner.h"
#include "base/must.h"
#include "base/time.h"

enum { PERIODS = 20, NAMED = 200, TOLD_AT_ONCE = 500, MINUTES = 24 * 60 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define PERIOD(F, S)                                                                         \
    F(S, INT, days, NEEDED, 1, 127, "days on which it begins: bits, 1 is Monday, 64 Sunday") \
    F(S, INT, low, NEEDED, 0, MINUTES - 1, "minute of the day at which it begins")           \
    F(S, INT, high, NEEDED, 0, MINUTES - 1,                                                  \
      "minute at which it ends, on the next day unless that is later than its beginning")
SCHEMA(push_period, PERIOD)

#define RULE(F, S)                                                                                 \
    F(S, INT, zone, NEEDED, -720, 840, "the organisation's time, in minutes east of UTC")          \
    F(S, LIST(push_period), periods, NEEDED, 0, PERIODS, "quiet hours of everybody")               \
    F(S, TEXT, disturb, NEEDED, 3, 5, "who may push through them with a reason: all, named, none") \
    F(S, IDS, disturbers, OPTIONAL, 0, NAMED, "those named")

SCHEMA(push_quiet_in, NO_FIELDS)
#define QUIET_OUT(F, S)                                                               \
    RULE(F, S)                                                                        \
    F(S, LIST(push_period), own, NEEDED, 0, 0, "what the caller adds for themselves") \
    F(S, BOOL, may_disturb, NEEDED, 0, 0, "the caller may push through others' quiet hours")
SCHEMA(push_quiet_out, QUIET_OUT)

SCHEMA(push_quiet_set_in, RULE)
SCHEMA(push_quiet_set_out, NO_FIELDS)

#define OWN_IN(F, S) \
    F(S, LIST(push_period), periods, NEEDED, 0, PERIODS, "added to the organisation's")
SCHEMA(push_quiet_own_in, OWN_IN)
SCHEMA(push_quiet_own_out, NO_FIELDS)

SCHEMA(push_quiet_now_in, NO_FIELDS)
#define NOW_OUT(F, S)                                   \
    F(S, BOOL, is_quiet, NEEDED, 0, 0, "make no sound") \
    F(S, TIME, changes, OPTIONAL, 0, 0, "when that changes next; absent: never")
SCHEMA(push_quiet_now_out, NOW_OUT)

#define OF_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the conversation")
SCHEMA(push_quiet_of_in, OF_IN)
#define OF_OUT(F, S)                                                   \
    F(S, INT, people, NEEDED, 0, 0,                                    \
      "members, without the caller, whom messages reach silently now") \
    F(S, INT, of, NEEDED, 0, 0, "members without the caller")          \
    F(S, TIME, until, OPTIONAL, 0, 0,                                  \
      "when the last of them is back; absent: nobody is quiet, or for ever")
SCHEMA(push_quiet_of_out, OF_OUT)

#define TURN_IN(F, S)                                                               \
    F(S, ID, org, NEEDED, 0, 0, "organisation")                                     \
    F(S, ID, person, OPTIONAL, 0, 0, "whose own hours; absent: the organisation's") \
    F(S, INT, version, NEEDED, 0, 0, "of the timer")                                \
    F(S, TIME, at, NEEDED, 0, 0, "the time at which they begin or end")             \
    F(S, ID, after, OPTIONAL, 0, 0, "people up to this one have been told")
SCHEMA(push_turn_in, TURN_IN)
SCHEMA(push_turn_out, NO_FIELDS)

#define QUIET_OPS(OP)                                                                             \
    OP(push_quiet, "GET", "/v1/quiet", READS, 0, "Quiet hours, and who may disturb them",         \
       MAY_CALL(org_member))                                                                      \
    OP(push_quiet_set, "PUT", "/v1/quiet", WRITES, 30, "Set the organisation's quiet hours",      \
       MAY_CALL(org_admin))                                                                       \
    OP(push_quiet_own, "PUT", "/v1/me/quiet", WRITES, 30,                                         \
       "Add quiet hours of one's own to the organisation's", MAY_CALL(org_member))                \
    OP(push_quiet_now, "GET", "/v1/me/quiet", READS, 0,                                           \
       "Whether messages reach the caller silently now", MAY_CALL(org_member))                    \
    OP(push_quiet_of, "GET", "/v1/conversations/{conversation}/quiet", READS, 0,                  \
       "Who of a conversation is in quiet hours, and until when", MAY(talk_member, conversation)) \
    OP(push_turn, NULL, NULL, WRITES, 0, "Quiet hours begin or end", MAY_CALL(the_server))
OPS(QUIET_OPS)

static void quiet_start(void);

const struct module push_quiet_module = {.name = "push_quiet", MODULE_OPS, .start = quiet_start};

/* ---- reading -------------------------------------------------------------------------------- */

static struct rows read_periods(struct request *r, int64_t person)
{
    return READ(r,
                "SELECT days, low, high FROM quiet_period WHERE org = ?1 AND person = ?2 "
                "ORDER BY number",
                INT(r->org), INT(person));
}

static int64_t zone_of(struct request *r)
{
    struct rows found = READ(r, "SELECT zone FROM quiet_rule WHERE org = ?1", INT(r->org));
    return found.count ? row_int(&found, 0, 0) : 0;
}

/* NULL: no periods. */
static struct week *week_of(struct request *r, int64_t person)
{
    struct rows found = read_periods(r, person);
    struct week *week = found.count ? ARENA_NEW(r->arena, struct week) : NULL;
    for (size_t i = 0; i < found.count; i++)
        week_add(week, row_int(&found, i, 0), row_int(&found, i, 1), row_int(&found, i, 2));
    return week;
}

struct quiet quiet_read(struct request *r)
{
    return (struct quiet){zone_of(r), week_of(r, 0)};
}

struct week_span quiet_look(struct request *r, const struct quiet *quiet, int64_t person,
                            int64_t at)
{
    struct week *week = week_of(r, person);
    if (week && quiet->week)
        week_join(week, quiet->week);
    const struct week *both = week ? week : quiet->week;
    return both ? week_look(both, quiet->zone, at) : (struct week_span){0};
}

/* ---- timers --------------------------------------------------------------------------------- */

/* Tells everybody concerned now, and again at each beginning and end from then on. */
static void start_clock(struct request *r, int64_t person)
{
    WRITE(r,
          "INSERT INTO quiet_clock (org, person, version) VALUES (?1, ?2, 1) "
          "ON CONFLICT (org, person) DO UPDATE SET version = quiet_clock.version + 1",
          INT(r->org), INT(person));
    struct rows found = READ(r, "SELECT version FROM quiet_clock WHERE org = ?1 AND person = ?2",
                             INT(r->org), INT(person));
    struct push_turn_in turn = {.org = r->org,
                                .person = person,
                                .version = found.count ? row_int(&found, 0, 0) : 0,
                                .at = r->now};
    job_add(r, "push_turn", r->now, &push_turn_in_schema, &turn);
}

static void tell(struct request *r, const struct quiet *quiet, int64_t person)
{
    struct week_span span = quiet_look(r, quiet, person, r->now);
    struct push_quiet_now_out now = {.is_quiet = span.is_quiet, .changes = span.upto};
    event_put(r, person, "quiet", person, &push_quiet_now_out_schema, &now);
}

/* The timer of the next turn; and what was missed, when this one ended quiet hours. */
static void go_on(struct request *r, const struct push_turn_in *in, const struct quiet *quiet)
{
    const struct week *week = in->person ? week_of(r, in->person) : quiet->week;
    if (!week)
        return;
    struct week_span before = week_look(week, quiet->zone, in->at - 1),
                     after = week_look(week, quiet->zone, in->at),
                     now = week_look(week, quiet->zone, r->now);
    if (before.is_quiet && !after.is_quiet)
        send_digest(r, in->person, in->at);
    struct push_turn_in next = *in;
    next.at = now.upto;
    if (next.at)
        job_add(r, "push_turn", next.at, &push_turn_in_schema, &next);
}

static bool push_turn(struct request *r, const struct push_turn_in *in, struct push_turn_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows clock = READ(r, "SELECT version FROM quiet_clock WHERE org = ?1 AND person = ?2",
                             INT(r->org), INT(in->person));
    if (!clock.count || row_int(&clock, 0, 0) != in->version)
        return true;
    struct quiet quiet = quiet_read(r);
    if (!in->after)
        go_on(r, in, &quiet);
    if (in->person) {
        tell(r, &quiet, in->person);
        return true;
    }
    struct ids people = org_people_after(r, in->after, TOLD_AT_ONCE);
    for (size_t i = 0; i < people.count; i++)
        tell(r, &quiet, people.at[i]);
    if (people.count == TOLD_AT_ONCE) {
        struct push_turn_in rest = *in;
        rest.after = people.at[people.count - 1];
        job_add(r, "push_turn", r->now, &push_turn_in_schema, &rest);
    }
    return true;
}

static void forget_person(struct request *r, int64_t person)
{
    WRITE(r, "DELETE FROM quiet_period WHERE org = ?1 AND person = ?2", INT(r->org), INT(person));
    WRITE(r, "DELETE FROM quiet_clock WHERE org = ?1 AND person = ?2", INT(r->org), INT(person));
    WRITE(r, "DELETE FROM quiet_disturber WHERE org = ?1 AND person = ?2", INT(r->org),
          INT(person));
}

static void quiet_start(void)
{
    org_register_leaving(forget_person);
}

/* ---- setting -------------------------------------------------------------------------------- */

static void put_periods(struct request *r, int64_t person, const struct push_period *list,
                        size_t count)
{
    WRITE(r, "DELETE FROM quiet_period WHERE org = ?1 AND person = ?2", INT(r->org), INT(person));
    for (size_t i = 0; i < count; i++)
        WRITE(r,
              "INSERT INTO quiet_period (org, person, number, days, low, high) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
              INT(r->org), INT(person), INT((int64_t)i), INT(list[i].days), INT(list[i].low),
              INT(list[i].high));
}

/* In another time zone everybody's own hours lie elsewhere, too. */
static void restart_own(struct request *r)
{
    struct rows found = READ(r,
                             "SELECT DISTINCT person FROM quiet_period WHERE org = ?1 "
                             "AND person > 0",
                             INT(r->org));
    for (size_t i = 0; i < found.count; i++)
        start_clock(r, row_int(&found, i, 0));
}

static bool push_quiet_set(struct request *r, const struct push_quiet_set_in *in,
                           struct push_quiet_set_out *out)
{
    (void)out;
    bool is_known = str_equal(in->disturb, S("all")) || str_equal(in->disturb, S("named")) ||
                    str_equal(in->disturb, S("none"));
    if (!is_known)
        return fail(r, BAD_INPUT, "disturb", "只能是 all、named 或 none", "is all, named or none");
    for (size_t i = 0; i < in->disturbers.count; i++)
        if (!org_is_active(r, in->disturbers.at[i]))
            return fail(r, NOT_FOUND, "disturbers", "组织里没有这个人",
                        "there is no such person here");
    bool moves = zone_of(r) != in->zone;
    WRITE(r,
          "INSERT INTO quiet_rule (org, zone, disturb) VALUES (?1, ?2, ?3) "
          "ON CONFLICT (org) DO UPDATE SET zone = excluded.zone, disturb = excluded.disturb",
          INT(r->org), INT(in->zone), TEXT(in->disturb));
    WRITE(r, "DELETE FROM quiet_disturber WHERE org = ?1", INT(r->org));
    for (size_t i = 0; i < in->disturbers.count; i++)
        WRITE(r,
              "INSERT INTO quiet_disturber (org, person) VALUES (?1, ?2) "
              "ON CONFLICT (org, person) DO NOTHING",
              INT(r->org), INT(in->disturbers.at[i]));
    put_periods(r, 0, in->periods.at, in->periods.count);
    start_clock(r, 0);
    if (moves)
        restart_own(r);
    audit(r, "quiet_set", 0, in->disturb);
    return true;
}

static bool push_quiet_own(struct request *r, const struct push_quiet_own_in *in,
                           struct push_quiet_own_out *out)
{
    (void)out;
    put_periods(r, r->person, in->periods.at, in->periods.count);
    start_clock(r, r->person);
    return true;
}

/* ---- asking --------------------------------------------------------------------------------- */

static struct push_period *list_periods(struct request *r, int64_t person, size_t *count)
{
    struct rows found = read_periods(r, person);
    struct push_period *list = ARENA_ARRAY(r->arena, found.count, struct push_period);
    for (size_t i = 0; i < found.count; i++)
        list[i] = (struct push_period){.days = row_int(&found, i, 0),
                                       .low = row_int(&found, i, 1),
                                       .high = row_int(&found, i, 2)};
    *count = found.count;
    return list;
}

static bool push_quiet(struct request *r, const struct push_quiet_in *in,
                       struct push_quiet_out *out)
{
    (void)in;
    struct rows named =
        READ(r, "SELECT person FROM quiet_disturber WHERE org = ?1 ORDER BY person", INT(r->org));
    out->zone = zone_of(r);
    out->periods.at = list_periods(r, 0, &out->periods.count);
    out->own.at = list_periods(r, r->person, &out->own.count);
    out->disturb = disturb_rule(r);
    out->may_disturb = disturb_is_allowed(r);
    out->disturbers.at = ARENA_ARRAY(r->arena, named.count, int64_t);
    out->disturbers.count = named.count;
    for (size_t i = 0; i < named.count; i++)
        out->disturbers.at[i] = row_int(&named, i, 0);
    return true;
}

static bool push_quiet_now(struct request *r, const struct push_quiet_now_in *in,
                           struct push_quiet_now_out *out)
{
    (void)in;
    struct quiet quiet = quiet_read(r);
    struct week_span span = quiet_look(r, &quiet, r->person, r->now);
    out->is_quiet = span.is_quiet;
    out->changes = span.upto;
    return true;
}

/* In the organisation's quiet hours all are quiet, so only those who add to them are looked at. */
struct ids quiet_members(struct request *r, int64_t conversation, int64_t *until, int64_t *of)
{
    struct quiet quiet = quiet_read(r);
    struct ids members = talk_members_of(r, conversation);
    struct rows strict = READ(r,
                              "SELECT DISTINCT person FROM quiet_period WHERE org = ?1 "
                              "AND person > 0 ORDER BY person",
                              INT(r->org));
    struct week_span all =
        quiet.week ? week_look(quiet.week, quiet.zone, r->now) : (struct week_span){0};
    struct ids found = {ARENA_ARRAY(r->arena, members.count, int64_t), 0};
    *until = *of = 0;
    for (size_t i = 0, j = 0; i < members.count; i++) {
        int64_t person = members.at[i];
        while (j < strict.count && row_int(&strict, j, 0) < person)
            j++;
        bool is_strict = j < strict.count && row_int(&strict, j, 0) == person;
        struct week_span span = is_strict ? quiet_look(r, &quiet, person, r->now) : all;
        *of += person != r->person;
        if (person == r->person || !span.is_quiet)
            continue;
        found.at[found.count++] = person;
        *until = span.upto > *until ? span.upto : *until;
    }
    return found;
}

static bool push_quiet_of(struct request *r, const struct push_quiet_of_in *in,
                          struct push_quiet_of_out *out)
{
    out->people = (int64_t)quiet_members(r, in->conversation, &out->until, &out->of).count;
    return true;
}
