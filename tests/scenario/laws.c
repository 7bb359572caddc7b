/* laws: what holds for every op, without a line that says so. */
#include "tests/scenario/scenario.h"

/* ---- the law of snapshots ------------------------------------------------------------------ */

static json_int_t version_of(json_t *message)
{
    return json_integer_value(json_object_get(message, "version"));
}

/* True when the events told of the message what a fresh look shows, but for what the actor alone
 * sees there; or when it was said before the actor came in. */
static bool is_as_told(json_t *messages, json_t *fresh)
{
    json_object_del(fresh, "read");
    json_object_del(fresh, "unread");
    json_object_del(json_object_get(json_object_get(fresh, "extra"), "card"), "mine");
    char seq[32];
    snprintf(seq, sizeof seq, "%lld", (long long)json_integer_value(json_object_get(fresh, "seq")));
    json_t *told = json_object_get(messages, seq);
    return told ? json_equal(told, fresh)
                : version_of(fresh) < json_integer_value(json_object_get(messages, "from"));
}

/* Compares a copy of the actor's model with the histories. *differing gets the first message that
 * is not as told, or stays empty; returns how many were looked at. */
static int compare_model(struct world *world, struct actor *actor, struct str *differing)
{
    const struct op *history = api_find(world->api, S("talk_history"));
    const char *conversation;
    json_t *messages;
    int compared = 0;
    pthread_mutex_lock(&world->lock);
    json_t *model = json_deep_copy(actor->model);
    pthread_mutex_unlock(&world->lock);
    json_object_foreach(model, conversation, messages)
    {
        int status;
        json_t *input = json_pack("{s:s, s:i}", "conversation", conversation, "limit", 200);
        json_t *reply = call(world, actor, history, input, &status);
        json_t *list = json_object_get(reply, "messages");
        for (size_t i = 0; status == 200 && i < json_array_size(list); i++, compared++) {
            json_t *fresh = json_array_get(list, i);
            if (!is_as_told(messages, fresh) && !differing->len)
                *differing = shown(world, fresh);
        }
        json_decref(input);
        json_decref(reply);
    }
    json_decref(model);
    return compared;
}

/* What the events told is what a fresh look shows. A job may have written something between hearing
 * and looking: then a next look agrees. */
void compare_models(struct world *world)
{
    enum { LOOKS = 50 };
    hear_all(world);
    for (size_t i = 0; i < world->actor_count; i++) {
        struct str differing = S("");
        int compared = 0;
        for (int look = 0; look < LOOKS && world->actors[i].session; look++) {
            differing = S("");
            compared = compare_model(world, &world->actors[i], &differing);
            if (!differing.len)
                break;
            usleep(2000);
            hear_all(world);
        }
        for (int n = 1; n < compared; n++)
            expect(world, true, "", S(""));
        if (compared)
            expect(world, !differing.len, "events tell another story", differing);
    }
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
static void random_input_is_borne(struct world *world, struct actor *actor)
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
               (ops[i]->flags & (RAW | UPLOAD | ON_SOCKET) && !(ops[i]->flags & RAW_BODY)) ||
                   was_called(ops[i]),
               "no scenario calls it", str_from(ops[i]->name));
}

void laws(void)
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
