/* follow: groups that follow a department. Who has a post in it, or below, is a member.
 *
 * A person's own move is followed in the same write. When a whole department moves, or a group
 * begins to follow, the list is brought in step in slices; meanwhile each access asks the
 * directory, so that nobody who has left can read on. */
#include "talk/inner.h"
#include "base/time.h"

enum { SLICE = 100 };

#define FOLLOW_IN(F, S)                                                                 \
    F(S, ID, department, NEEDED, 0, 0, "the department")                                \
    F(S, TEXT, title, OPTIONAL, 0, 80, "of the group; otherwise the department's name") \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_follow_in, FOLLOW_IN)
#define FOLLOW_OUT(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the group")
SCHEMA(talk_follow_out, FOLLOW_OUT)

#define FOLLOWING_IN(F, S)                                                                       \
    F(S, ID, org, NEEDED, 0, 0, "organisation")                                                  \
    F(S, ID, conversation, NEEDED, 0, 0, "the group")                                            \
    F(S, BOOL, is_leaving, OPTIONAL, 0, 0, "look for those who are no longer in the department") \
    F(S, INT, after, OPTIONAL, 0, 0, "go on behind this person")
SCHEMA(talk_following_in, FOLLOWING_IN)
SCHEMA(talk_following_out, NO_FIELDS)

#define FOLLOW_OPS(OP)                                                               \
    OP(talk_follow, "POST", "/v1/departments/{department}/group", WRITES | ONCE, 30, \
       "Make a group whose members are those of a department, now and later",        \
       MAY(org_leads, department))                                                   \
    OP(talk_following, NULL, NULL, WRITES, 0, "Bring the next members in step",      \
       MAY_CALL(the_server))
OPS(FOLLOW_OPS)

const struct module talk_follow_module = {.name = "talk_follow", MODULE_OPS};

bool member_is_current(struct request *r, int64_t department)
{
    return !department || org_is_in(r, r->person, department);
}

static int64_t followed(struct request *r, int64_t conversation)
{
    struct rows found = READ(r, "SELECT department FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(conversation));
    return found.count ? row_int(&found, 0, 0) : 0;
}

static void follow_soon(struct request *r, int64_t conversation)
{
    struct talk_following_in first = {.org = r->org, .conversation = conversation};
    job_add(r, "talk_following", r->now, &talk_following_in_schema, &first);
}

static bool talk_follow(struct request *r, const struct talk_follow_in *in,
                        struct talk_follow_out *out)
{
    struct rows former =
        READ(r, "SELECT id FROM conversation WHERE org = ?1 AND department = ?2 AND closed IS NULL",
             INT(r->org), INT(in->department));
    if (former.count)
        return fail(r, CONFLICT, "department", "这个部门已经有部门群",
                    "the department has its group");
    struct str title = str_trim(in->title);
    if (!title.len)
        title = org_department_name(r, in->department);
    out->conversation = talk_make_group(r, title, &(struct ids){0});
    if (!out->conversation)
        return false;
    WRITE(r, "UPDATE conversation SET department = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(out->conversation), INT(in->department));
    conversation_tell(r, out->conversation, r->person);
    follow_soon(r, out->conversation);
    return true;
}

/* ---- in slices ------------------------------------------------------------------------------ */

/* They are members by the department from now on, and told so. */
static void bring(struct request *r, int64_t conversation, int64_t department,
                  const struct ids *people)
{
    struct ids come = member_newcomers(r, conversation, people);
    if (!come.count)
        return;
    members_insert(r, conversation, &come);
    for (size_t i = 0; i < come.count; i++)
        WRITE(r,
              "UPDATE member SET department = ?4 WHERE org = ?1 AND conversation = ?2 "
              "AND person = ?3",
              INT(r->org), INT(conversation), INT(come.at[i]), INT(department));
    members_welcome(r, conversation, &come, "added");
    conversation_tell_all(r, conversation);
}

static struct ids members_after(struct request *r, int64_t conversation, int64_t after)
{
    struct rows found = READ(r,
                             "SELECT person FROM member WHERE org = ?1 AND conversation = ?2 "
                             "AND person > ?3 AND department IS NOT NULL ORDER BY person LIMIT ?4",
                             INT(r->org), INT(conversation), INT(after), INT(SLICE));
    struct ids ids = {ARENA_ARRAY(r->arena, found.count, int64_t), found.count};
    for (size_t i = 0; i < found.count; i++)
        ids.at[i] = row_int(&found, i, 0);
    return ids;
}

/* What is said here is said in the name of the group's owner. */
static void speak_as_owner(struct request *r, int64_t conversation)
{
    struct rows owner = READ(r,
                             "SELECT person FROM member WHERE org = ?1 AND conversation = ?2 "
                             "AND role = 'owner'",
                             INT(r->org), INT(conversation));
    r->person = owner.count ? row_int(&owner, 0, 0) : 0;
}

static bool talk_following(struct request *r, const struct talk_following_in *in,
                           struct talk_following_out *out)
{
    (void)out;
    r->org = in->org;
    int64_t department = followed(r, in->conversation);
    speak_as_owner(r, in->conversation);
    if (!department || !r->person)
        return true;
    struct ids people = in->is_leaving ? members_after(r, in->conversation, in->after)
                                       : org_people_in(r, department, in->after, SLICE);
    struct talk_following_in next = *in;
    if (in->is_leaving)
        for (size_t i = 0; i < people.count; i++) {
            if (!org_is_in(r, people.at[i], department))
                member_leave(r, in->conversation, people.at[i], "removed");
        }
    else
        bring(r, in->conversation, department, &people);
    if (people.count == SLICE)
        next.after = people.at[people.count - 1];
    else if (!in->is_leaving) {
        next.is_leaving = true;
        next.after = 0;
    } else
        return true;
    job_add(r, "talk_following", r->now, &talk_following_in_schema, &next);
    return true;
}

/* ---- the directory has changed -------------------------------------------------------------- */

static struct rows groups_of(struct request *r, int64_t department)
{
    return READ(r,
                "SELECT id FROM conversation WHERE org = ?1 AND department = ?2 "
                "AND closed IS NULL",
                INT(r->org), INT(department));
}

void follow_person(struct request *r, int64_t person, int64_t department)
{
    struct ids above = org_above(r, department);
    int64_t caller = r->person;
    for (size_t i = 0; i < above.count; i++) {
        struct rows groups = groups_of(r, above.at[i]);
        bool is_in = groups.count && org_is_in(r, person, above.at[i]);
        for (size_t j = 0; j < groups.count; j++) {
            int64_t group = row_int(&groups, j, 0);
            struct rows member = READ(r,
                                      "SELECT department FROM member WHERE org = ?1 "
                                      "AND conversation = ?2 AND person = ?3",
                                      INT(r->org), INT(group), INT(person));
            speak_as_owner(r, group);
            if (is_in && !member.count)
                bring(r, group, above.at[i], &(struct ids){&person, 1});
            else if (!is_in && member.count && row_int(&member, 0, 0))
                member_leave(r, group, person, "removed");
            r->person = caller;
        }
    }
}

void follow_tree(struct request *r, const struct ids *departments)
{
    for (size_t i = 0; i < departments->count; i++) {
        struct rows groups = groups_of(r, departments->at[i]);
        for (size_t j = 0; j < groups.count; j++)
            follow_soon(r, row_int(&groups, j, 0));
    }
}
