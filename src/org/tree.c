/* tree: departments and posts.
 *
 * A department's path names all above it, so that "below" is a range of an index; its count of
 * people is kept as posts come and go, each person once however many posts they have below it. */
#include "org/inner.h"
#include "base/id.h"
#include "base/must.h"

enum { PAGE = 50, DEEPEST = 12, MOST_ANCESTORS = 1024 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define ORG_DEPARTMENT(F, S)                                             \
    F(S, ID, id, NEEDED, 0, 0, "the department")                         \
    F(S, ID, parent, OPTIONAL, 0, 0, "the one above; absent at the top") \
    F(S, TEXT, name, NEEDED, 0, 0, "its name")                           \
    F(S, INT, people, NEEDED, 0, 0, "people in it and below, each once") \
    F(S, INT, position, NEEDED, 0, 0, "place among its neighbours")
SCHEMA(org_department, ORG_DEPARTMENT)

#define DEPARTMENT_IN(F, S)                                             \
    F(S, ID, department, OPTIONAL, 0, 0, "absent: the top of the tree") \
    F(S, TEXT, after, OPTIONAL, 1, 60, "the former answer's `more`")    \
    F(S, INT, limit, OPTIONAL, 1, 200, "people at most; 50 otherwise")
SCHEMA(org_department_in, DEPARTMENT_IN)
#define ORG_HERE(F, S)                                                   \
    F(S, PERSON, person, NEEDED, 0, 0, "one of the people")              \
    F(S, TEXT, title, OPTIONAL, 0, 0, "what they are in the department") \
    F(S, BOOL, is_head, NEEDED, 0, 0, "heads the department")
SCHEMA(org_here, ORG_HERE)
#define DEPARTMENT_OUT(F, S)                                                                       \
    F(S, OBJECT(org_department), department, OPTIONAL, 0, 0, "absent at the top")                  \
    F(S, LIST(org_department), path, NEEDED, 0, 0, "those above it, from the top")                 \
    F(S, LIST(org_department), departments, NEEDED, 0, 0, "those just below it")                   \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "its own people; at the top: those without post") \
    F(S, LIST(org_here), here, NEEDED, 0, 0, "their posts in the department")                      \
    F(S, INT, total, NEEDED, 0, 0, "people of the whole organisation")                             \
    F(S, TEXT, more, OPTIONAL, 0, 0, "there are more people: `after` of the next call")
SCHEMA(org_department_out, DEPARTMENT_OUT)

#define DEPARTMENT_ADD_IN(F, S)                                           \
    F(S, ID, parent, OPTIONAL, 0, 0, "the one above; absent: at the top") \
    F(S, TEXT, name, NEEDED, 1, 80, "its name")                           \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(org_department_add_in, DEPARTMENT_ADD_IN)
#define ONE_DEPARTMENT(F, S) \
    F(S, OBJECT(org_department), department, NEEDED, 0, 0, "the department")
SCHEMA(org_department_add_out, ONE_DEPARTMENT)

#define DEPARTMENT_CHANGE_IN(F, S)                                              \
    F(S, ID, department, NEEDED, 0, 0, "the department")                        \
    F(S, TEXT, name, OPTIONAL, 1, 80, "its new name")                           \
    F(S, ID, parent, OPTIONAL, 0, 0, "move it, with all below, under this one") \
    F(S, BOOL, to_top, OPTIONAL, 0, 0, "move it to the top")                    \
    F(S, INT, position, OPTIONAL, 0, 1000000, "place among its neighbours")
SCHEMA(org_department_change_in, DEPARTMENT_CHANGE_IN)
SCHEMA(org_department_change_out, ONE_DEPARTMENT)

#define DEPARTMENT_REMOVE_IN(F, S) F(S, ID, department, NEEDED, 0, 0, "an empty department")
SCHEMA(org_department_remove_in, DEPARTMENT_REMOVE_IN)
SCHEMA(org_department_remove_out, NO_FIELDS)

#define POST_SET_IN(F, S)                                           \
    F(S, PERSON, person, NEEDED, 0, 0, "the person")                \
    F(S, ID, department, NEEDED, 0, 0, "the department")            \
    F(S, TEXT, title, OPTIONAL, 0, 200, "what the person is there") \
    F(S, BOOL, is_main, OPTIONAL, 0, 0, "make it the main post")    \
    F(S, BOOL, is_head, OPTIONAL, 0, 0, "heads the department")
SCHEMA(org_post_set_in, POST_SET_IN)
#define POST_OUT(F, S) F(S, OBJECT(org_person), person, NEEDED, 0, 0, "the person's card")
SCHEMA(org_post_set_out, POST_OUT)

#define POST_REMOVE_IN(F, S)                         \
    F(S, PERSON, person, NEEDED, 0, 0, "the person") \
    F(S, ID, department, NEEDED, 0, 0, "the department")
SCHEMA(org_post_remove_in, POST_REMOVE_IN)
SCHEMA(org_post_remove_out, POST_OUT)

#define TREE_OPS(OP)                                                                         \
    OP(org_department, "GET", "/v1/departments", READS, 0,                                   \
       "Open a department: what is above, just below, and its people", MAY_CALL(org_member)) \
    OP(org_department_add, "POST", "/v1/departments", WRITES | ONCE, 0, "Add a department",  \
       MAY_CALL(org_admin))                                                                  \
    OP(org_department_change, "PATCH", "/v1/departments/{department}", WRITES, 0,            \
       "Rename or move a department", MAY_CALL(org_admin))                                   \
    OP(org_department_remove, "DELETE", "/v1/departments/{department}", WRITES, 0,           \
       "Remove a department that is empty", MAY_CALL(org_admin))                             \
    OP(org_post_set, "PUT", "/v1/departments/{department}/people/{person}", WRITES, 0,       \
       "Put somebody into a department, or change their post there", MAY_CALL(org_admin),    \
       MAY(org_someone, person))                                                             \
    OP(org_post_remove, "DELETE", "/v1/departments/{department}/people/{person}", WRITES, 0, \
       "Take somebody out of a department", MAY_CALL(org_admin), MAY(org_someone, person))
OPS(TREE_OPS)

const struct module org_tree_module = {.name = "org_tree", MODULE_OPS};

/* ---- reading ------------------------------------------------------------------------------- */

struct str department_name(struct request *r, int64_t department)
{
    struct rows found = READ(r, "SELECT name FROM department WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(department));
    return found.count ? row_text(&found, 0, 0) : S("");
}

static struct str department_path(struct request *r, int64_t department)
{
    struct rows found = READ(r, "SELECT path FROM department WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(department));
    return found.count ? row_text(&found, 0, 0) : S("");
}

bool department_exists(struct request *r, const char *field, int64_t department)
{
    return department_path(r, department).len ||
           fail(r, NOT_FOUND, field, "没有这个部门", "there is no such department");
}

static struct org_department department_at(const struct rows *rows, size_t row)
{
    return (struct org_department){.id = row_int(rows, row, 0),
                                   .parent = row_int(rows, row, 1),
                                   .name = row_text(rows, row, 2),
                                   .people = row_int(rows, row, 3),
                                   .position = row_int(rows, row, 4)};
}

static struct org_department *read_department(struct request *r, int64_t department)
{
    struct rows found = READ(r,
                             "SELECT id, parent, name, people, position FROM department "
                             "WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(department));
    if (!found.count) {
        fail(r, NOT_FOUND, "department", "没有这个部门", "there is no such department");
        return NULL;
    }
    struct org_department *row = ARENA_NEW(r->arena, struct org_department);
    *row = department_at(&found, 0);
    return row;
}

/* The ids of a path "/1/5/9/", from the top. */
static struct ids path_ids(struct request *r, struct str path)
{
    struct ids ids = {ARENA_ARRAY(r->arena, MOST_ANCESTORS, int64_t), 0};
    struct str rest = str_skip(path, 1);
    while (rest.len && ids.count < MOST_ANCESTORS)
        if (str_to_int(str_cut(&rest, '/'), &ids.at[ids.count]))
            ids.count++;
    return ids;
}

static void fill_path(struct request *r, struct str path, struct org_department_out *out)
{
    struct ids ids = path_ids(r, path);
    out->path.at = ARENA_ARRAY(r->arena, ids.count, struct org_department);
    for (size_t i = 0; i + 1 < ids.count; i++) {
        struct org_department *row = read_department(r, ids.at[i]);
        if (row)
            out->path.at[out->path.count++] = *row;
    }
}

static void fill_children(struct request *r, int64_t department, struct org_department_out *out)
{
    struct rows found = READ(r,
                             "SELECT id, parent, name, people, position FROM department "
                             "WHERE org = ?1 AND parent = ?2 ORDER BY position, id LIMIT 1000",
                             INT(r->org), INT(department));
    out->departments.at = ARENA_ARRAY(r->arena, found.count, struct org_department);
    out->departments.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->departments.at[i] = department_at(&found, i);
}

/* Heads first, then as ordered. `after` is "position/person" of the last one shown. */
static void fill_people(struct request *r, int64_t department, struct str after, int64_t limit,
                        struct org_department_out *out)
{
    int64_t position = -1, person = 0;
    if (after.len && !(str_to_int(str_cut(&after, '/'), &position) && str_to_int(after, &person)))
        position = -1;
    struct rows found = READ(
        r,
        "SELECT person, position, title, is_head FROM post "
        "WHERE org = ?1 AND department = ?2 AND (position > ?3 OR (position = ?3 AND person > ?4)) "
        "ORDER BY position, person LIMIT ?5",
        INT(r->org), INT(department), INT(position), INT(person), INT(limit));
    int64_t *ids = ARENA_ARRAY(r->arena, found.count, int64_t);
    out->here.at = ARENA_ARRAY(r->arena, found.count, struct org_here);
    out->here.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        ids[i] = row_int(&found, i, 0);
        out->here.at[i] = (struct org_here){.person = ids[i],
                                            .title = row_text(&found, i, 2),
                                            .is_head = row_int(&found, i, 3) != 0};
    }
    out->people.at = org_cards(r, ids, found.count, &out->people.count);
    if ((int64_t)found.count == limit)
        out->more =
            arena_printf(r->arena, "%lld/%lld", (long long)row_int(&found, found.count - 1, 1),
                         (long long)row_int(&found, found.count - 1, 0));
}

static void fill_homeless(struct request *r, struct str after, int64_t limit,
                          struct org_department_out *out)
{
    int64_t person = 0;
    str_to_int(after, &person);
    struct rows found =
        READ(r,
             "SELECT p.id FROM person p WHERE p.org = ?1 AND p.id > ?2 AND p.state = 'active' "
             "AND NOT EXISTS (SELECT 1 FROM post o WHERE o.org = p.org AND o.person = p.id) "
             "ORDER BY p.id LIMIT ?3",
             INT(r->org), INT(person), INT(limit));
    int64_t *ids = ARENA_ARRAY(r->arena, found.count, int64_t);
    for (size_t i = 0; i < found.count; i++)
        ids[i] = row_int(&found, i, 0);
    out->people.at = org_cards(r, ids, found.count, &out->people.count);
    if ((int64_t)found.count == limit)
        out->more = arena_printf(r->arena, "%lld", (long long)row_int(&found, found.count - 1, 0));
}

static bool org_department(struct request *r, const struct org_department_in *in,
                           struct org_department_out *out)
{
    int64_t limit = in->limit ? in->limit : PAGE;
    if (in->department) {
        if (!(out->department = read_department(r, in->department)))
            return false;
        fill_path(r, department_path(r, in->department), out);
    }
    if (!in->after.len)
        fill_children(r, in->department, out);
    if (in->department)
        fill_people(r, in->department, in->after, limit, out);
    else
        fill_homeless(r, in->after, limit, out);
    struct rows total = READ(r, "SELECT people FROM organisation WHERE org = ?1", INT(r->org));
    out->total = total.count ? row_int(&total, 0, 0) : 0;
    return true;
}

/* ---- departments --------------------------------------------------------------------------- */

static int64_t next_position(struct request *r, int64_t parent)
{
    struct rows last = READ(r,
                            "SELECT position FROM department WHERE org = ?1 AND parent = ?2 "
                            "ORDER BY position DESC, id DESC LIMIT 1",
                            INT(r->org), INT(parent));
    return last.count ? row_int(&last, 0, 0) + 1 : 0;
}

int64_t org_make_department(struct request *r, int64_t parent, struct str name)
{
    int64_t id = id_next();
    struct str above = parent ? department_path(r, parent) : S("/");
    if (!above.len) {
        fail(r, NOT_FOUND, "parent", "没有这个上级部门", "there is no such department above");
        return 0;
    }
    if (path_ids(r, above).count >= DEEPEST) {
        fail(r, BAD_INPUT, "parent", "部门最多 12 级", "departments go 12 levels deep");
        return 0;
    }
    struct str path = arena_printf(r->arena, "%.*s%lld/", STR_ARG(above), (long long)id);
    WRITE(r,
          "INSERT INTO department (org, id, parent, position, name, path, people) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
          INT(r->org), INT(id), INT(parent), INT(next_position(r, parent)), TEXT(name), TEXT(path));
    names_put(r, "d", id, name);
    return id;
}

static bool org_department_add(struct request *r, const struct org_department_add_in *in,
                               struct org_department_add_out *out)
{
    if (!str_trim(in->name).len)
        return fail(r, BAD_INPUT, "name", "部门名称不能为空", "a name is needed");
    int64_t id = org_make_department(r, in->parent, str_trim(in->name));
    if (!id)
        return false;
    audit(r, "department_add", id, in->name);
    out->department = read_department(r, id);
    return out->department != NULL;
}

/* The end of the range of paths that begin with `path` (which ends in '/'). */
static struct str path_end(struct request *r, struct str path)
{
    return arena_printf(r->arena, "%.*s0", (int)path.len - 1, path.ptr);
}

static void recount(struct request *r, int64_t department)
{
    struct str path = department_path(r, department);
    WRITE(r,
          "UPDATE department SET people = (SELECT count(DISTINCT o.person) FROM department d "
          "JOIN post o ON o.org = d.org AND o.department = d.id "
          "WHERE d.org = ?1 AND d.path >= ?3 AND d.path < ?4) WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(department), TEXT(path), TEXT(path_end(r, path)));
}

/* Counts of all above a path, after a subtree came or went. */
static void recount_above(struct request *r, struct str path)
{
    struct ids ids = path_ids(r, path);
    for (size_t i = 0; i + 1 < ids.count; i++)
        recount(r, ids.at[i]);
}

/* ---- who listens ---------------------------------------------------------------------------- */

enum { MOST_LISTENERS = 8 };
static const struct org_tree_listener *listeners[MOST_LISTENERS];
static size_t listener_count;

void org_register_tree(const struct org_tree_listener *listener)
{
    for (size_t i = 0; i < listener_count; i++)
        if (listeners[i] == listener)
            return;
    must(listener_count < MOST_LISTENERS);
    listeners[listener_count++] = listener;
}

static void tell_moved(struct request *r, int64_t person, int64_t department)
{
    for (size_t i = 0; i < listener_count; i++)
        listeners[i]->moved(r, person, department);
}

static void tell_reshaped(struct request *r, const struct ids *departments)
{
    for (size_t i = 0; i < listener_count; i++)
        listeners[i]->reshaped(r, departments);
}

static bool move(struct request *r, int64_t department, int64_t parent)
{
    struct str old = department_path(r, department);
    struct str above = parent ? department_path(r, parent) : S("/");
    if (!above.len)
        return fail(r, NOT_FOUND, "parent", "没有这个上级部门",
                    "there is no such department above");
    if (str_starts(above, old))
        return fail(r, CONFLICT, "parent", "不能移到自己的下级里",
                    "a department cannot move below itself");
    struct str moved = arena_printf(r->arena, "%.*s%lld/", STR_ARG(above), (long long)department);
    WRITE(r,
          "UPDATE department SET path = ?4 || substr(path, CAST(?5 AS INTEGER)) "
          "WHERE org = ?1 AND path >= ?2 AND path < ?3",
          INT(r->org), TEXT(old), TEXT(path_end(r, old)), TEXT(moved), INT((int64_t)old.len + 1));
    WRITE(r, "UPDATE department SET parent = ?3, position = ?4 WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(department), INT(parent), INT(next_position(r, parent)));
    recount_above(r, old);
    recount_above(r, moved);
    struct ids before = path_ids(r, old), after = path_ids(r, moved);
    tell_reshaped(r, &before);
    tell_reshaped(r, &after);
    return true;
}

static bool org_department_change(struct request *r, const struct org_department_change_in *in,
                                  struct org_department_change_out *out)
{
    if (!department_exists(r, "department", in->department))
        return false;
    if ((in->parent || in->to_top) && !move(r, in->department, in->to_top ? 0 : in->parent))
        return false;
    struct str name = str_trim(in->name);
    if (name.len) {
        WRITE(r, "UPDATE department SET name = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
              INT(in->department), TEXT(name));
        names_drop(r, "d", in->department);
        names_put(r, "d", in->department, name);
    }
    if (HAS(org_department_change_in, in, position))
        WRITE(r, "UPDATE department SET position = ?3 WHERE org = ?1 AND id = ?2", INT(r->org),
              INT(in->department), INT(in->position));
    audit(r, "department_change", in->department, name);
    out->department = read_department(r, in->department);
    return out->department != NULL;
}

static bool org_department_remove(struct request *r, const struct org_department_remove_in *in,
                                  struct org_department_remove_out *out)
{
    (void)out;
    if (!department_exists(r, "department", in->department))
        return false;
    struct rows below = READ(r, "SELECT 1 FROM department WHERE org = ?1 AND parent = ?2 LIMIT 1",
                             INT(r->org), INT(in->department));
    struct rows people = READ(r, "SELECT 1 FROM post WHERE org = ?1 AND department = ?2 LIMIT 1",
                              INT(r->org), INT(in->department));
    if (below.count || people.count)
        return fail(r, CONFLICT, "department", "部门里还有下级部门或人员，请先移走",
                    "the department still has people or departments; move them first");
    audit(r, "department_remove", in->department, department_name(r, in->department));
    WRITE(r, "DELETE FROM department WHERE org = ?1 AND id = ?2", INT(r->org), INT(in->department));
    WRITE(r, "UPDATE invite SET department = 0 WHERE org = ?1 AND department = ?2", INT(r->org),
          INT(in->department));
    names_drop(r, "d", in->department);
    return true;
}

/* ---- questions of modules above -------------------------------------------------------------- */

struct str org_department_name(struct request *r, int64_t department)
{
    return department_name(r, department);
}

bool org_is_in(struct request *r, int64_t person, int64_t department)
{
    struct str path = department_path(r, department);
    if (!path.len)
        return false;
    struct rows found = READ(r,
                             "SELECT 1 FROM post o JOIN department d "
                             "ON d.org = o.org AND d.id = o.department "
                             "WHERE o.org = ?1 AND o.person = ?2 AND d.path >= ?3 AND d.path < ?4 "
                             "LIMIT 1",
                             INT(r->org), INT(person), TEXT(path), TEXT(path_end(r, path)));
    return found.count != 0;
}

struct ids org_people_in(struct request *r, int64_t department, int64_t after, int64_t limit)
{
    struct str path = department_path(r, department);
    struct rows found = {0};
    if (path.len)
        found = READ(r,
                     "SELECT DISTINCT o.person FROM department d JOIN post o "
                     "ON o.org = d.org AND o.department = d.id "
                     "WHERE d.org = ?1 AND d.path >= ?2 AND d.path < ?3 AND o.person > ?4 "
                     "ORDER BY o.person LIMIT ?5",
                     INT(r->org), TEXT(path), TEXT(path_end(r, path)), INT(after), INT(limit));
    struct ids ids = {ARENA_ARRAY(r->arena, found.count, int64_t), found.count};
    for (size_t i = 0; i < found.count; i++)
        ids.at[i] = row_int(&found, i, 0);
    return ids;
}

struct ids org_above(struct request *r, int64_t department)
{
    struct str path = department_path(r, department);
    return path.len ? path_ids(r, path) : (struct ids){0};
}

static bool allows_leader(struct request *r, int64_t department)
{
    if (!r->person)
        return false;
    if (!department_exists(r, "department", department))
        return false;
    if (org_has_role(r, "admin", "owner"))
        return true;
    struct ids above = org_above(r, department);
    for (size_t i = 0; i < above.count; i++) {
        struct rows head = READ(r,
                                "SELECT 1 FROM post WHERE org = ?1 AND department = ?2 "
                                "AND person = ?3 AND is_head = 1",
                                INT(r->org), INT(above.at[i]), INT(r->person));
        if (head.count)
            return true;
    }
    return fail(r, FORBIDDEN, "department", "只有管理员和部门负责人能这样做",
                "only admins and the department's heads may do this");
}

const struct policy org_leads = {"org_leads", "admins, and heads of the department or above",
                                 allows_leader};

/* ---- posts --------------------------------------------------------------------------------- */

/* Adds `by` to the count of each department on the path under which the person has no other post.
 */
static void count_person(struct request *r, int64_t person, int64_t department, int by)
{
    struct ids ids = path_ids(r, department_path(r, department));
    struct rows others = READ(r,
                              "SELECT d.path FROM post o JOIN department d "
                              "ON d.org = o.org AND d.id = o.department "
                              "WHERE o.org = ?1 AND o.person = ?2 AND o.department <> ?3",
                              INT(r->org), INT(person), INT(department));
    for (size_t i = 0; i < ids.count; i++) {
        struct str part = arena_printf(r->arena, "/%lld/", (long long)ids.at[i]);
        bool is_counted = false;
        for (size_t j = 0; j < others.count; j++)
            is_counted = is_counted || str_find(row_text(&others, j, 0), part) >= 0;
        if (!is_counted)
            WRITE(r, "UPDATE department SET people = people + ?3 WHERE org = ?1 AND id = ?2",
                  INT(r->org), INT(ids.at[i]), INT(by));
    }
}

static bool has_main_post(struct request *r, int64_t person)
{
    struct rows found = READ(r, "SELECT 1 FROM post WHERE org = ?1 AND person = ?2 AND is_main = 1",
                             INT(r->org), INT(person));
    return found.count != 0;
}

static int64_t post_position(struct request *r, int64_t department, bool is_head)
{
    if (is_head)
        return 0;
    struct rows last = READ(r,
                            "SELECT position FROM post WHERE org = ?1 AND department = ?2 "
                            "ORDER BY position DESC, person DESC LIMIT 1",
                            INT(r->org), INT(department));
    return last.count ? row_int(&last, 0, 0) + 1 : 1;
}

bool org_make_post(struct request *r, int64_t person, int64_t department, struct str title,
                   bool is_main, bool is_head)
{
    if (!department_exists(r, "department", department))
        return false;
    struct rows old = READ(r,
                           "SELECT position, is_main FROM post "
                           "WHERE org = ?1 AND department = ?2 AND person = ?3",
                           INT(r->org), INT(department), INT(person));
    bool becomes_main = is_main || !has_main_post(r, person);
    bool stays_main = old.count && row_int(&old, 0, 1);
    if (!old.count)
        count_person(r, person, department, 1);
    if (becomes_main)
        WRITE(r, "UPDATE post SET is_main = 0 WHERE org = ?1 AND person = ?2", INT(r->org),
              INT(person));
    WRITE(r,
          "INSERT INTO post (org, department, person, title, is_main, is_head, position) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (org, department, person) DO UPDATE "
          "SET title = excluded.title, is_main = excluded.is_main, is_head = excluded.is_head, "
          "position = excluded.position",
          INT(r->org), INT(department), INT(person), TEXT(title), INT(becomes_main || stays_main),
          INT(is_head), INT(post_position(r, department, is_head)));
    tell_moved(r, person, department);
    return !has_failed(r);
}

void org_drop_post(struct request *r, int64_t person, int64_t department)
{
    count_person(r, person, department, -1);
    WRITE(r, "DELETE FROM post WHERE org = ?1 AND department = ?2 AND person = ?3", INT(r->org),
          INT(department), INT(person));
    tell_moved(r, person, department);
    if (has_main_post(r, person))
        return;
    struct rows next = READ(r,
                            "SELECT department FROM post WHERE org = ?1 AND person = ?2 "
                            "ORDER BY department LIMIT 1",
                            INT(r->org), INT(person));
    if (next.count)
        WRITE(r, "UPDATE post SET is_main = 1 WHERE org = ?1 AND department = ?2 AND person = ?3",
              INT(r->org), INT(row_int(&next, 0, 0)), INT(person));
}

static bool org_post_set(struct request *r, const struct org_post_set_in *in,
                         struct org_post_set_out *out)
{
    if (!org_make_post(r, in->person, in->department, str_trim(in->title), in->is_main,
                       in->is_head))
        return false;
    audit(r, "post_set", in->person, department_name(r, in->department));
    people_changed(r, in->person);
    out->person = people_card(r, in->person);
    return out->person != NULL;
}

static bool org_post_remove(struct request *r, const struct org_post_remove_in *in,
                            struct org_post_remove_out *out)
{
    struct rows found =
        READ(r, "SELECT 1 FROM post WHERE org = ?1 AND department = ?2 AND person = ?3",
             INT(r->org), INT(in->department), INT(in->person));
    if (!found.count)
        return fail(r, NOT_FOUND, "department", "这个人不在该部门",
                    "the person has no post in this department");
    org_drop_post(r, in->person, in->department);
    audit(r, "post_remove", in->person, department_name(r, in->department));
    people_changed(r, in->person);
    out->person = people_card(r, in->person);
    return out->person != NULL;
}
