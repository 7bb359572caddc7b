/* scenario: runs the *.scenario files of all modules against the real dispatcher and store, and
 * after them the laws that hold for every op.
 *
 * A line is what somebody does and what comes of it (see CONTRIBUTING.md):
 *
 *   organisation 临江县 owner Ana
 *   person Bo
 *   Ana  talk_create title=Hall people=Bo            as hall=conversation.id
 *   Ana  talk_send conversation=hall body="supper"   -> seq=2
 *   Bo   hears message body=supper
 *   Eve  talk_send conversation=hall body="me too"   -> forbidden
 *   settle
 *
 * Lines: `organisation NAME owner ACTOR`, `person ACTOR…` (each comes in by invitation), `ACTOR op
 * field=value…` with `-> word` (that error) or `-> path=value…` (`path=`: absent or empty;
 * `list.#=2`: its length) and `as name=path…` (kept for later lines), `ACTOR hears KIND
 * field=value…` (goes through what was heard up to the event that fits; `dropped`: a drop; `hears
 * nothing`: nothing is left since the last `hears`), `ACTOR signs-in LOGIN PASSWORD`, `ACTOR
 * uploads UPLOAD BYTES`, `ACTOR closed CODE`, `settle` (coalesced hints go out), `hours N` (so much
 * server time passes, and what is done once an hour is done). `Stranger` has no session, `Server`
 * is the server itself. An actor's name as a value is their person's id.
 *
 * Ops, fields and their kinds come from the tables; nothing here knows a module. A field `key` that
 * is not given is made up. SQLite, or PostgreSQL when TEST_DATABASE names a server. `--sockets`
 * sends the same lines over HTTP, through the gateway, with cookies. A word runs the files that
 * have it in their names, without the laws.
 */
#include "base/hash.h"
#include "base/log.h"
#include "base/must.h"
#include "main/commands.h"
#include "org/org.h"
#include "store/blob.h"
#include "store/engine.h"
#include "talk/talk.h"
#include "tests/places.h"

#include <jansson.h>

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MOST_ACTORS = 40, MOST_NAMES = 400, MOST_EVENTS = 2000, MOST_WORDS = 60 };

struct actor {
    struct str name;
    int64_t session, person;
    struct str token;            /* of the session's cookie, over sockets */
    json_t *events[MOST_EVENTS]; /* heard and not yet asked for */
    size_t event_count, event_next;
    int closed; /* code, once the sockets were closed */
    json_t
        *model; /* conversation -> seq -> message, from events alone; "from": the first's number */
};

struct bound {
    struct str name;
    json_t *value;
};

struct world {
    struct place place;
    struct store *store;
    struct api *api;
    struct net *net;   /* over sockets */
    struct str cookie; /* the last one that came */
    struct db *db;
    struct arena *arena; /* of the scenario */
    struct actor actors[MOST_ACTORS];
    size_t actor_count;
    struct bound bound[MOST_NAMES];
    size_t bound_count;
    struct map follows; /* hash of (actor, topic) */
    struct str file;
    int line;
    int64_t keys;
    pthread_mutex_t lock;
};

static struct map called; /* ops that were exercised: hash of the name */
static bool on_postgres, over_sockets;

static void complain(struct world *world, const char *what, struct str detail)
{
    unit_failed++;
    fprintf(stderr, "%.*s:%d: %s: %.*s\n", STR_ARG(world->file), world->line, what,
            STR_ARG(detail));
}

static void expect(struct world *world, bool is_so, const char *what, struct str detail)
{
    if (is_so)
        unit_passed++;
    else
        complain(world, what, detail);
}

/* ---- what actors hear ---------------------------------------------------------------------- */

static int64_t follow_key(size_t actor, int64_t topic)
{
    return (int64_t)((uint64_t)topic * 64 + actor + 1);
}

static void remember(struct actor *actor, json_t *event)
{
    if (actor->event_count < MOST_EVENTS)
        actor->events[actor->event_count++] = json_incref(event);
    const char *kind = json_string_value(json_object_get(event, "kind"));
    if (!kind || strcmp(kind, "message") != 0)
        return;
    const char *topic = json_string_value(json_object_get(event, "topic"));
    json_t *conversation = json_object_get(actor->model, topic);
    if (!conversation) {
        conversation = json_pack("{s:O}", "from", json_object_get(event, "number"));
        json_object_set_new(actor->model, topic, conversation);
    }
    json_object_set(conversation, json_string_value(json_object_get(event, "id")),
                    json_object_get(event, "object"));
}

static void published(void *context, int64_t topic, struct str text)
{
    struct world *world = context;
    json_t *event = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    must(event);
    pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->actor_count; i++)
        if (map_get(&world->follows, follow_key(i, topic)))
            remember(&world->actors[i], event);
    pthread_mutex_unlock(&world->lock);
    json_decref(event);
}

static void followed(void *context, int64_t via, int64_t topic, bool follows)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->actor_count; i++) {
        if (!map_get(&world->follows, follow_key(i, via)))
            continue;
        if (follows)
            map_set(&world->follows, follow_key(i, topic), world);
        else
            map_remove(&world->follows, follow_key(i, topic));
    }
    pthread_mutex_unlock(&world->lock);
}

static void closed(void *context, int64_t topic, int code)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->actor_count; i++)
        if (map_get(&world->follows, follow_key(i, topic)))
            world->actors[i].closed = code;
    pthread_mutex_unlock(&world->lock);
}

/* ---- checking a reply against its schema ----------------------------------------------------- */

static bool fits_schema(const struct schema *schema, json_t *value);

static bool fits_field(const struct field *field, json_t *value)
{
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
    case FIELD_TEXT:
        return json_is_string(value);
    case FIELD_INT:
    case FIELD_TIME:
        return json_is_integer(value);
    case FIELD_BOOL:
        return json_is_boolean(value);
    case FIELD_OBJECT:
        return fits_schema(field->of, value);
    case FIELD_IDS:
    case FIELD_LIST:
        if (!json_is_array(value))
            return false;
        for (size_t i = 0; i < json_array_size(value); i++)
            if (field->kind == FIELD_LIST ? !fits_schema(field->of, json_array_get(value, i))
                                          : !json_is_string(json_array_get(value, i)))
                return false;
        return true;
    }
    return false;
}

static bool fits_schema(const struct schema *schema, json_t *value)
{
    if (!json_is_object(value))
        return false;
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        json_t *member = json_object_get(value, field->name.ptr);
        if (member ? !fits_field(field, member) : field->need == FIELD_NEEDED)
            return false;
    }
    for (void *it = json_object_iter(value); it; it = json_object_iter_next(value, it))
        if (!schema_find(schema, str_from(json_object_iter_key(it))))
            return false;
    return true;
}

/* ---- words of a line ----------------------------------------------------------------------- */

/* Cuts a line into words; quotes keep spaces together and are taken off. JSON behind '=' keeps its
 * own, and has no spaces. */
static size_t cut_words(struct str line, struct str *words, struct arena *arena)
{
    size_t count = 0;
    while ((line = str_trim(line)).len && line.ptr[0] != '#' && count < MOST_WORDS) {
        char *out = arena_alloc(arena, line.len + 1);
        size_t at = 0, len = 0;
        bool is_quoted = false, is_json = false;
        for (; at < line.len && (is_quoted || line.ptr[at] != ' '); at++) {
            is_json = is_json ||
                      (len && out[len - 1] == '=' && (line.ptr[at] == '[' || line.ptr[at] == '{'));
            if (line.ptr[at] == '"' && !is_json)
                is_quoted = !is_quoted;
            else
                out[len++] = line.ptr[at];
        }
        words[count++] = str_of(out, len);
        line = str_skip(line, at);
    }
    return count;
}

static struct actor *find_actor(struct world *world, struct str name)
{
    for (size_t i = 0; i < world->actor_count; i++)
        if (str_equal(world->actors[i].name, name))
            return &world->actors[i];
    return NULL;
}

/* What a word means: a bound name's value, an actor's person, or itself. */
static struct str meaning(struct world *world, struct str word)
{
    for (size_t i = world->bound_count; i > 0; i--)
        if (str_equal(world->bound[i - 1].name, word)) {
            json_t *value = world->bound[i - 1].value;
            return json_is_integer(value)
                       ? arena_printf(world->arena, "%lld", (long long)json_integer_value(value))
                       : str_from(json_string_value(value));
        }
    const struct actor *actor = find_actor(world, word);
    return actor ? arena_printf(world->arena, "%lld", (long long)actor->person) : word;
}

static json_t *ids_of(struct world *world, struct str list)
{
    json_t *ids = json_array();
    while (list.len) {
        struct str id = meaning(world, str_cut(&list, ','));
        json_array_append_new(ids, json_stringn(id.ptr, id.len));
    }
    return ids;
}

static json_t *value_of(struct world *world, const struct field *field, struct str word)
{
    if (!field)
        return json_stringn(word.ptr, word.len);
    struct str meant = meaning(world, word);
    int64_t number;
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
        return json_stringn(meant.ptr, meant.len);
    case FIELD_INT:
    case FIELD_TIME:
        if (field->kind == FIELD_TIME && str_starts(word, S("+")) &&
            str_to_int(str_skip(word, 1), &number))
            return json_integer(time_now() + number);
        return str_to_int(meant, &number) ? json_integer(number) : json_stringn(word.ptr, word.len);
    case FIELD_BOOL:
        return str_equal(word, S("true"))    ? json_true()
               : str_equal(word, S("false")) ? json_false()
                                             : json_stringn(word.ptr, word.len);
    case FIELD_IDS:
        return ids_of(world, word);
    case FIELD_TEXT:
        return json_stringn(meant.ptr, meant.len);
    case FIELD_OBJECT:
    case FIELD_LIST:
        return json_loadb(word.ptr, word.len, JSON_DECODE_ANY, NULL);
    }
    return NULL;
}

/* "messages.0.body" in a reply; "messages.#" is the list's length. */
static json_t *find_path(json_t *value, struct str path)
{
    while (path.len && value) {
        struct str part = str_cut(&path, '.');
        char name[100];
        snprintf(name, sizeof name, "%.*s", STR_ARG(part));
        int64_t index;
        if (json_is_array(value) && str_equal(part, S("#")))
            return json_integer((json_int_t)json_array_size(value));
        value = json_is_array(value)
                    ? (str_to_int(part, &index) ? json_array_get(value, (size_t)index) : NULL)
                    : json_object_get(value, name);
    }
    return json_incref(value);
}

static struct str shown(struct world *world, json_t *value)
{
    if (json_is_string(value))
        return arena_copy(world->arena, str_from(json_string_value(value)));
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    struct str copy = arena_copy(world->arena, str_from(text ? text : "absent"));
    free(text);
    return copy;
}

/* "path=value"; "path=" means absent or empty. */
static bool is_met(struct world *world, json_t *reply, struct str condition)
{
    struct str wanted = condition, path = str_cut(&wanted, '=');
    json_t *value = find_path(reply, path);
    struct str have = value ? shown(world, value) : S("");
    bool is_list = json_is_array(value);
    json_decref(value);
    if (is_list && str_find_char(wanted, '[') < 0) {
        json_t *ids = ids_of(world, wanted), *list = find_path(reply, path);
        bool is_same = json_equal(ids, list);
        json_decref(list);
        json_decref(ids);
        return is_same;
    }
    return str_equal(have, wanted) || str_equal(have, meaning(world, wanted));
}

/* ---- calling ------------------------------------------------------------------------------- */

/* One request over a connection of its own; the whole answer. */
static struct str exchange(struct world *world, struct str request)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)net_port(world->net)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    while (request.len) {
        ssize_t sent = send(fd, request.ptr, request.len, MSG_NOSIGNAL);
        must(sent > 0 || errno == EINTR);
        request = str_skip(request, sent > 0 ? (size_t)sent : 0);
    }
    struct buf answer = buf_new(64 << 20);
    for (;;) {
        char *room = buf_room(&answer, 65536);
        must(room);
        ssize_t got = recv(fd, room, 65536, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        answer.len += (size_t)got;
    }
    close(fd);
    struct str copy = arena_copy(world->arena, buf_str(&answer));
    buf_free(&answer);
    return copy;
}

/* The op over HTTP, by its name; keeps a cookie that comes with the answer. */
static int call_over_http(struct world *world, const struct actor *actor, const struct op *op,
                          struct str input, struct str *reply)
{
    struct str cookie =
        actor && actor->token.len
            ? arena_printf(world->arena, "Cookie: carillon=%.*s\r\n", STR_ARG(actor->token))
            : S("");
    struct str answer = exchange(
        world, arena_printf(world->arena,
                            "POST /v1/ops/%s HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n%.*s"
                            "Accept-Language: en\r\n"
                            "Content-Type: application/json\r\nConnection: close\r\n"
                            "Content-Length: %zu\r\n\r\n%.*s",
                            op->name, STR_ARG(cookie), input.len, STR_ARG(input)));
    ptrdiff_t end = str_find(answer, S("\r\n\r\n"));
    ptrdiff_t set = str_find(answer, S("Set-Cookie: carillon="));
    must(end > 0 && answer.len > 12);
    if (set > 0 && set < end) {
        struct str rest = str_skip(answer, (size_t)set + 21);
        world->cookie = str_cut(&rest, ';');
    }
    *reply = str_skip(answer, (size_t)end + 4);
    int64_t status = 0;
    str_to_int(str_take(str_skip(answer, 9), 3), &status);
    return (int)status;
}

static json_t *call(struct world *world, const struct actor *actor, const struct op *op,
                    json_t *input, int *status)
{
    char *text = json_dumps(input, JSON_COMPACT);
    struct str reply;
    bool is_plain = !(op->flags & (RAW | UPLOAD | ON_SOCKET)) && (!actor || actor->session > 0);
    *status = world->net && is_plain
                  ? call_over_http(world, actor, op, str_from(text), &reply)
                  : api_call(world->api, str_from(op->name), str_from(text),
                             actor ? actor->session : 0, 0, world->arena, &reply);
    free(text);
    json_t *value = json_loadb(reply.ptr, reply.len, 0, NULL);
    bool is_json = *status != 200 || !(op->flags & (RAW | UPLOAD));
    expect(world, value || !is_json, "the reply is no JSON", reply);
    if (value && *status == 200)
        expect(world, fits_schema(op->out, value), "the reply does not fit its schema", reply);
    if (*status == 200)
        map_set(&called, (int64_t)(hash_bytes(str_from(op->name)) | 1), world);
    expect(world, *status != 500, "an internal error", reply);
    return value;
}

static json_t *input_of(struct world *world, const struct op *op, const struct str *words,
                        size_t count)
{
    json_t *input = json_object();
    for (size_t i = 0; i < count; i++) {
        struct str value = words[i], name = str_cut(&value, '=');
        json_t *made = value_of(world, schema_find(op->in, name), value);
        json_object_setn_new(input, name.ptr, name.len, made);
    }
    if (op->flags & ONCE && !json_object_get(input, "key"))
        json_object_set_new(input, "key", json_sprintf("key-%08lld", (long long)++world->keys));
    return input;
}

static void check_reply(struct world *world, json_t *reply, int status, const struct str *words,
                        size_t count)
{
    bool wants_error = count && str_find_char(words[0], '=') < 0;
    if (!wants_error && status != 200) {
        complain(world, "refused", shown(world, reply));
        return;
    }
    if (wants_error) {
        json_t *code = find_path(reply, S("error.code"));
        struct str have = code ? shown(world, code) : S("no error");
        expect(world, str_equal(have, words[0]), "another outcome", shown(world, reply));
        json_decref(code);
        reply = json_object_get(reply, "error");
    }
    for (size_t i = wants_error; i < count; i++)
        expect(world, is_met(world, reply, words[i]), "the reply differs",
               arena_printf(world->arena, "%.*s in %.*s", STR_ARG(words[i]),
                            STR_ARG(shown(world, reply))));
}

static void bind_name(struct world *world, json_t *reply, struct str word)
{
    struct str path = word, name = str_cut(&path, '=');
    json_t *value = find_path(reply, path.len ? path : name);
    expect(world, value && world->bound_count < MOST_NAMES, "nothing to name", shown(world, reply));
    if (value)
        world->bound[world->bound_count++] = (struct bound){arena_copy(world->arena, name), value};
}

/* ---- the law of snapshots ------------------------------------------------------------------ */

static json_int_t version_of(json_t *message)
{
    return json_integer_value(json_object_get(message, "version"));
}

/* What the events told of the actor's conversations is what a fresh look shows, but for what the
 * actor alone sees there. */
static void compare_model(struct world *world, struct actor *actor)
{
    const struct op *history = api_find(world->api, S("talk_history"));
    const char *conversation;
    json_t *messages;
    json_object_foreach(actor->model, conversation, messages)
    {
        int status;
        json_t *input = json_pack("{s:s, s:i}", "conversation", conversation, "limit", 200);
        json_t *reply = call(world, actor, history, input, &status);
        json_t *list = json_object_get(reply, "messages");
        for (size_t i = 0; status == 200 && i < json_array_size(list); i++) {
            json_t *fresh = json_array_get(list, i);
            json_object_del(fresh, "read");
            json_object_del(fresh, "unread");
            json_object_del(json_object_get(json_object_get(fresh, "extra"), "card"), "mine");
            char seq[32];
            snprintf(seq, sizeof seq, "%lld",
                     (long long)json_integer_value(json_object_get(fresh, "seq")));
            json_t *told = json_object_get(messages, seq);
            if (!told && version_of(fresh) < json_integer_value(json_object_get(messages, "from")))
                continue; /* said before the actor came in */
            expect(world, told && json_equal(told, fresh), "events tell another story",
                   shown(world, fresh));
        }
        json_decref(input);
        json_decref(reply);
    }
}

static void compare_models(struct world *world)
{
    for (size_t i = 0; i < world->actor_count; i++)
        if (world->actors[i].session)
            compare_model(world, &world->actors[i]);
}

static size_t find_word(const struct str *words, size_t count, const char *word)
{
    size_t at = 0;
    while (at < count && !str_equal(words[at], str_from(word)))
        at++;
    return at;
}

/* ACTOR op field=value… [-> outcome…] [as name=path…] */
static void do_op(struct world *world, struct actor *actor, const struct op *op,
                  const struct str *words, size_t count)
{
    size_t as = find_word(words, count, "as"), arrow = find_word(words, as, "->");
    int status;
    json_t *input = input_of(world, op, words, arrow);
    json_t *reply = call(world, actor, op, input, &status);
    check_reply(world, reply, status, words + arrow + (arrow < as), as - arrow - (arrow < as));
    for (size_t i = as + 1; i < count; i++)
        bind_name(world, reply, words[i]);
    if (op->flags & ONCE && status == 200) {
        /* A call repeated with the same key gives the same reply and changes nothing. */
        int again;
        json_t *same = call(world, actor, op, input, &again);
        expect(world, again == 200 && json_equal(same, reply), "a repeated call differs",
               shown(world, same));
        json_decref(same);
    }
    if (op->flags & WRITES && status == 200) {
        /* The writer's next group begins when the events of the last have left. */
        struct str done;
        api_call(world->api, S("api_job_done"), S("{\"org\":\"1\",\"job\":\"1\",\"is_done\":true}"),
                 API_SERVER, 0, world->arena, &done);
        compare_models(world);
    }
    json_decref(input);
    json_decref(reply);
}

/* ---- people and their sessions ------------------------------------------------------------- */

static struct actor *add_actor(struct world *world, struct str name)
{
    must(world->actor_count < MOST_ACTORS);
    struct actor *actor = &world->actors[world->actor_count];
    *actor = (struct actor){.name = arena_copy(world->arena, name), .model = json_object()};
    world->actor_count++;
    return actor;
}

/* The newest session is the one that the last call began. */
static void take_session(struct world *world, struct actor *actor)
{
    db_snapshot_begin(world->db);
    struct rows found =
        db_read(world->db,
                "SELECT s.id, p.id FROM session s LEFT JOIN person p "
                "ON p.org = s.org AND p.account = s.account ORDER BY s.id DESC LIMIT 1",
                NONE);
    db_snapshot_end(world->db);
    must(found.count);
    actor->session = row_int(&found, 0, 0);
    actor->person = row_int(&found, 0, 1);
    actor->token = world->cookie;
    size_t index = (size_t)(actor - world->actors);
    pthread_mutex_lock(&world->lock);
    map_set(&world->follows, follow_key(index, actor->person), world);
    map_set(&world->follows, follow_key(index, actor->session), world);
    pthread_mutex_unlock(&world->lock);
}

static json_t *must_call(struct world *world, const struct actor *actor, const char *name,
                         json_t *input)
{
    int status;
    const struct op *op = api_find(world->api, str_from(name));
    must(op);
    json_t *reply = call(world, actor, op, input, &status);
    if (status != 200)
        complain(world, name, shown(world, reply));
    json_decref(input);
    return reply;
}

/* A name in another script gets a login of its place in the list. */
static struct str login_of(struct world *world, struct str name)
{
    return (unsigned char)name.ptr[0] < 0x80
               ? name
               : arena_printf(world->arena, "person%zu", world->actor_count);
}

static const struct actor server = {.session = API_SERVER};

/* organisation NAME owner ACTOR */
static void make_organisation(struct world *world, const struct str *words, size_t count)
{
    must(count == 4);
    json_t *token = must_call(world, &server, "org_setup_token", json_object());
    struct actor *owner = add_actor(world, words[3]);
    struct str login = login_of(world, words[3]);
    json_t *reply = must_call(world, NULL, "org_setup",
                              json_pack("{s:s, s:s%, s:s%, s:s%, s:s, s:s}", "token",
                                        json_string_value(json_object_get(token, "token")),
                                        "organisation", words[1].ptr, words[1].len, "name",
                                        words[3].ptr, words[3].len, "login", login.ptr, login.len,
                                        "password", "correct horse", "key", "setup-key-1"));
    json_decref(token);
    json_decref(reply);
    take_session(world, owner);
}

/* person NAME…: each comes in by an invitation of the first actor's. */
static void make_people(struct world *world, const struct str *words, size_t count)
{
    json_t *invite =
        must_call(world, &world->actors[0], "org_invite",
                  json_pack("{s:s+}", "key", "invite-key-",
                            arena_printf(world->arena, "%lld", (long long)++world->keys).ptr));
    for (size_t i = 1; i < count; i++) {
        struct actor *actor = add_actor(world, words[i]);
        struct str login = login_of(world, words[i]);
        json_decref(
            must_call(world, NULL, "org_join",
                      json_pack("{s:s, s:s%, s:s%, s:s, s:s+}", "token",
                                json_string_value(json_object_get(invite, "token")), "name",
                                words[i].ptr, words[i].len, "login", login.ptr, login.len,
                                "password", "correct horse", "key", "join-key-",
                                arena_printf(world->arena, "%lld", (long long)++world->keys).ptr)));
        take_session(world, actor);
    }
    json_decref(invite);
}

/* ---- hearing ------------------------------------------------------------------------------- */

/* Goes on through what the actor heard, up to the event that fits. */
static bool find_event(struct world *world, struct actor *actor, const struct str *words,
                       size_t count, struct str *last)
{
    bool wants_any = str_equal(words[0], S("nothing")), is_heard = false;
    pthread_mutex_lock(&world->lock);
    while (!is_heard && actor->event_next < actor->event_count) {
        json_t *event = actor->events[actor->event_next++];
        json_t *kind = json_object_get(event, "kind");
        json_t *object = json_object_get(event, "object");
        if (!kind)
            kind = json_object_get(event, "event");
        *last = shown(world, event);
        is_heard = wants_any || str_equal(str_from(json_string_value(kind)), words[0]);
        for (size_t i = 1; i < count && is_heard; i++)
            is_heard = str_equal(words[i], S("dropped")) ? object == NULL
                                                         : is_met(world, object, words[i]);
    }
    pthread_mutex_unlock(&world->lock);
    return is_heard;
}

/* ACTOR hears KIND field=value… Over sockets the reply may be here before the events are. */
static void hear(struct world *world, struct actor *actor, const struct str *words, size_t count)
{
    bool wants_nothing = str_equal(words[0], S("nothing"));
    struct str last = S("nothing was heard");
    bool is_heard = find_event(world, actor, words, count, &last);
    for (int i = 0; over_sockets && !is_heard && !wants_nothing && i < 1000; i++) {
        usleep(1000);
        is_heard = find_event(world, actor, words, count, &last);
    }
    expect(world, is_heard != wants_nothing, wants_nothing ? "heard" : "not heard; last", last);
}

/* ACTOR uploads UPLOAD bytes: what PUT /v1/uploads/{upload} does with its body. */
static void upload(struct world *world, struct str id, struct str bytes)
{
    int64_t number = 0;
    str_to_int(id, &number);
    int file = blob_part_open(world->store, number, 0);
    expect(world, file >= 0 && write(file, bytes.ptr, bytes.len) == (ssize_t)bytes.len,
           "cannot upload", id);
    close(file);
}

/* hours N: server time never goes back, so it is enough to have named a later one. */
static void pass_hours(struct world *world, struct str word)
{
    int64_t hours = 0;
    expect(world, str_to_int(word, &hours) && hours > 0, "no number of hours", word);
    atomic_store(&world->store->last_time, store_time(world->store) + hours * HOUR_MS);
    api_hourly(world->api);
}

/* ---- running a file ------------------------------------------------------------------------ */

static void run_line(struct world *world, struct str line)
{
    struct str words[MOST_WORDS];
    size_t count = cut_words(line, words, world->arena);
    if (!count)
        return;
    if (str_equal(words[0], S("organisation"))) {
        make_organisation(world, words, count);
        return;
    }
    if (str_equal(words[0], S("person"))) {
        make_people(world, words, count);
        return;
    }
    if (str_equal(words[0], S("settle"))) {
        api_settle(world->api);
        return;
    }
    if (str_equal(words[0], S("hours")) && count == 2) {
        pass_hours(world, words[1]);
        return;
    }
    struct actor *actor = find_actor(world, words[0]);
    bool is_stranger = str_equal(words[0], S("Stranger")),
         is_server = str_equal(words[0], S("Server"));
    if ((!actor && !is_stranger && !is_server) || count < 2) {
        complain(world, "nobody of this name", words[0]);
        return;
    }
    if (actor && str_equal(words[1], S("hears")) && count > 2) {
        hear(world, actor, words + 2, count - 2);
        return;
    }
    if (actor && str_equal(words[1], S("signs-in"))) {
        json_decref(must_call(world, NULL, "org_sign_in",
                              json_pack("{s:s%, s:s%}", "login", words[2].ptr, words[2].len,
                                        "password", words[3].ptr, words[3].len)));
        take_session(world, actor);
        return;
    }
    if (actor && str_equal(words[1], S("uploads")) && count == 4) {
        upload(world, meaning(world, words[2]), words[3]);
        return;
    }
    if (actor && str_equal(words[1], S("closed")) && count == 3) {
        int64_t code = 0;
        str_to_int(words[2], &code);
        expect(world, actor->closed == code, "the sockets were closed otherwise",
               arena_printf(world->arena, "%d", actor->closed));
        return;
    }
    const struct op *op = api_find(world->api, words[1]);
    if (!op)
        complain(world, "no such op", words[1]);
    else
        do_op(world, is_server ? (struct actor *)(uintptr_t)&server : actor, op, words + 2,
              count - 2);
}

static void world_open(struct world *world, struct str file)
{
    *world = (struct world){.arena = arena_new(), .file = file};
    pthread_mutex_init(&world->lock, NULL);
    world->place = place_new(on_postgres);
    struct str error = S("");
    world->store = store_open(&world->place.settings, store_modules(world->arena), module_count,
                              world->arena, &error);
    if (!world->store)
        fprintf(stderr, "%.*s\n", STR_ARG(error));
    must(world->store);
    world->db = store_reader(world->store);
    db_set_arena(world->db, world->arena);
    struct api_settings settings = {.readers = 2, .rate_factor = 1000};
    world->api = api_open(world->store, modules, module_count, org_who, &settings);
    struct api_tap tap = {world, published, followed, closed};
    api_set_tap(world->api, &tap);
    if (over_sockets) {
        struct net_settings gateway = {.host = S("127.0.0.1"), .threads = 2};
        struct net_handler handler = api_handler(world->api);
        world->net = net_open(&gateway, &handler, world->arena, &error);
        must(world->net);
        api_set_net(world->api, world->net);
    }
}

static void world_close(struct world *world)
{
    if (world->net)
        net_drain(world->net, 1000);
    api_close(world->api);
    if (world->net)
        net_close(world->net);
    db_close(world->db);
    store_close(world->store);
    place_free(&world->place);
    for (size_t i = 0; i < world->actor_count; i++) {
        for (size_t j = 0; j < world->actors[i].event_count; j++)
            json_decref(world->actors[i].events[j]);
        json_decref(world->actors[i].model);
    }
    for (size_t i = 0; i < world->bound_count; i++)
        json_decref(world->bound[i].value);
    map_free(&world->follows);
    pthread_mutex_destroy(&world->lock);
    arena_free(world->arena);
}

static void run_file(const char *path)
{
    FILE *file = fopen(path, "re");
    must(file);
    static struct world world;
    world_open(&world, str_from(path));
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        world.line++;
        run_line(&world, arena_copy(world.arena, str_from(line)));
    }
    compare_models(&world);
    world_close(&world);
    fclose(file);
}

/* ---- laws for every op --------------------------------------------------------------------- */

/* The least input that a schema takes. */
static json_t *least_input(const struct schema *schema)
{
    json_t *input = json_object();
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        json_t *value = NULL;
        if (field->need == FIELD_OPTIONAL)
            continue;
        switch (field->kind) {
        case FIELD_ID:
        case FIELD_PERSON:
            value = json_string("1234567");
            break;
        case FIELD_INT:
        case FIELD_TIME:
            value = json_integer(field->least);
            break;
        case FIELD_BOOL:
            value = json_true();
            break;
        case FIELD_TEXT: {
            char text[201] = "";
            memset(text, 'a', (size_t)(field->least > 200 ? 200 : field->least));
            value = json_string(text);
            break;
        }
        case FIELD_IDS:
            value = json_pack("[s]", "1234567");
            break;
        case FIELD_OBJECT:
            value = least_input(field->of);
            break;
        case FIELD_LIST:
            value = json_array();
            for (int64_t j = 0; j < field->least; j++)
                json_array_append_new(value, least_input(field->of));
            break;
        }
        json_object_set_new(input, field->name.ptr, value);
    }
    return input;
}

static bool is_for_anyone(const struct op *op)
{
    return op->policies[0].policy == &anyone;
}

/* A stranger gets 401 or 403 wherever the row does not say `anyone`. */
static void strangers_are_refused(struct world *world)
{
    const struct op *const *ops;
    size_t count = api_ops(world->api, &ops);
    for (size_t i = 0; i < count; i++) {
        if (is_for_anyone(ops[i]))
            continue;
        json_t *input = least_input(ops[i]->in);
        int status;
        json_t *reply = call(world, NULL, ops[i], input, &status);
        expect(world, status == 401 || status == 403, "a stranger was let in",
               str_from(ops[i]->name));
        json_decref(input);
        json_decref(reply);
    }
}

static uint32_t dice(uint32_t *state, uint32_t sides)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % sides;
}

/* A value of the right kind, or now and then of a wrong one. */
static json_t *random_value(const struct field *field, uint32_t *state)
{
    static const char *const texts[] = {"",  "a",    "编钟",   "' OR 1=1 --", "<script>",
                                        "0", "😀😀😀😀", "\n\t\\", "%s%n",        "-1"};
    switch (dice(state, 12) ? field->kind : (enum field_kind)dice(state, 9)) {
    case FIELD_ID:
    case FIELD_PERSON:
        return json_sprintf("%u", dice(state, 1 << 24) + 1);
    case FIELD_INT:
    case FIELD_TIME:
        return json_integer((json_int_t)dice(state, 1000) - 10);
    case FIELD_BOOL:
        return json_boolean(dice(state, 2));
    case FIELD_TEXT:
        return dice(state, 4) ? json_sprintf("%s%s", texts[dice(state, 10)], "aaaaaaaa")
                              : json_string(texts[dice(state, 10)]);
    case FIELD_IDS:
        return json_pack("[s]", "77");
    case FIELD_OBJECT:
        return json_object();
    case FIELD_LIST:
        return json_array();
    }
    return json_null();
}

/* Well-shaped and nearly well-shaped input of a member never breaks a promise. */
static void random_input_is_borne(struct world *world, const struct actor *actor)
{
    const struct op *const *ops;
    size_t count = api_ops(world->api, &ops);
    uint32_t state = 20261121;
    for (int round = 0; round < 20; round++)
        for (size_t i = 0; i < count; i++) {
            if (ops[i]->prepare && round > 2)
                continue; /* each costs a password's hash */
            json_t *input = json_object();
            for (size_t f = 0; f < ops[i]->in->field_count; f++)
                if (dice(&state, 8))
                    json_object_set_new(input, ops[i]->in->fields[f].name.ptr,
                                        random_value(&ops[i]->in->fields[f], &state));
            int status;
            json_t *reply = call(world, actor, ops[i], input, &status);
            expect(world, status >= 200 && status < 500, "random input broke it",
                   str_from(ops[i]->name));
            json_decref(input);
            json_decref(reply);
        }
}

static void every_op_is_exercised(struct world *world)
{
    const struct op *const *ops;
    size_t count = api_ops(world->api, &ops);
    for (size_t i = 0; i < count; i++)
        expect(world,
               ops[i]->flags & (RAW | UPLOAD | ON_SOCKET) ||
                   map_get(&called, (int64_t)(hash_bytes(str_from(ops[i]->name)) | 1)) != NULL,
               "no scenario calls it", str_from(ops[i]->name));
}

static void laws(void)
{
    static struct world world;
    world_open(&world, S("laws"));
    every_op_is_exercised(&world);
    run_line(&world, S("organisation Laws owner Ana"));
    run_line(&world, S("person Bo"));
    strangers_are_refused(&world);
    random_input_is_borne(&world, &world.actors[1]);
    world_close(&world);
}

int main(int argc, char **argv)
{
    on_postgres = getenv("TEST_DATABASE") != NULL;
    over_sockets = argc > 1 && !strcmp(argv[1], "--sockets");
    const char *only = argc > 1 + over_sockets ? argv[1 + over_sockets] : "";
    log_set_level(LOG_WARN);
    glob_t files;
    must(glob("src/*/*.scenario", 0, NULL, &files) == 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        if (strstr(files.gl_pathv[i], only))
            run_file(files.gl_pathv[i]);
    globfree(&files);
    CHECK(unit_passed > 0); /* no scenario of that name */
    if (!*only)
        laws();
    map_free(&called);
    return unit_end(over_sockets  ? "scenarios over sockets"
                    : on_postgres ? "scenarios on PostgreSQL"
                                  : "scenarios on SQLite");
}
