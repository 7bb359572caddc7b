/* words: cutting lines, what a word means, and looking into replies. */
#include "tests/scenario/scenario.h"

/* JSON behind '=' keeps its quotes, and has no spaces. */
size_t cut_words(struct str line, struct str *words, struct arena *arena)
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

struct actor *find_actor(struct world *world, struct str name)
{
    for (size_t i = 0; i < world->actor_count; i++)
        if (str_equal(world->actors[i].name, name))
            return &world->actors[i];
    return NULL;
}

/* What a word means: a bound name's value, an actor's person, or itself. */
struct str meaning(struct world *world, struct str word)
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

json_t *value_of(struct world *world, const struct field *field, struct str word)
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
json_t *find_path(json_t *value, struct str path)
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

struct str shown(struct world *world, json_t *value)
{
    if (json_is_string(value))
        return arena_copy(world->arena, str_from(json_string_value(value)));
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    struct str copy = arena_copy(world->arena, str_from(text ? text : "absent"));
    free(text);
    return copy;
}

/* "path=value"; "path=" means absent or empty. */
bool is_met(struct world *world, json_t *reply, struct str condition)
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
