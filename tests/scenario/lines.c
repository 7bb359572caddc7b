/* lines: what a line of a scenario does. */
#include "tests/scenario/scenario.h"
#include "store/blob.h"
#include "store/engine.h"

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
        compare_models(world);
    }
    json_decref(input);
    json_decref(reply);
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

void run_line(struct world *world, struct str line)
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
        hear_all(world);
        expect(world, actor->closed == code, "the sockets were closed otherwise",
               arena_printf(world->arena, "%d", actor->closed));
        return;
    }
    const struct op *op = api_find(world->api, words[1]);
    if (!op)
        complain(world, "no such op", words[1]);
    else
        do_op(world, is_server ? &server : actor, op, words + 2, count - 2);
}
