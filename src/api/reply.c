/* reply: structs into JSON. Every person in a reply passes here, so that the viewer's privacy has
 * one place. */
#include "api/bind.h"
#include "api/inner.h"
#include "base/must.h"

static const struct {
    const char *word;
    int status;
} errors[] = {
    [0] = {"none", 200},
    [BAD_INPUT] = {"bad_input", 400},
    [UNAUTHENTICATED] = {"unauthenticated", 401},
    [FORBIDDEN] = {"forbidden", 403},
    [NOT_FOUND] = {"not_found", 404},
    [CONFLICT] = {"conflict", 409},
    [TOO_LARGE] = {"too_large", 413},
    [TOO_MANY] = {"too_many", 429},
    [INTERNAL] = {"internal", 500},
    [UNAVAILABLE] = {"unavailable", 503},
};

const char *error_word(enum error_code code)
{
    return errors[code].word;
}

int error_status(enum error_code code)
{
    return errors[code].status;
}

static const void *at(const struct field *field, const void *object)
{
    return (const char *)object + field->offset;
}

/* An optional field that is zero, empty or NULL is left out. */
static bool is_left_out(const struct field *field, const void *object)
{
    if (field->need == FIELD_NEEDED)
        return false;
    struct any_list list;
    const void *pointer;
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
    case FIELD_INT:
    case FIELD_TIME:
        return *(const int64_t *)at(field, object) == 0;
    case FIELD_BOOL:
        return !*(const bool *)at(field, object);
    case FIELD_TEXT:
        return ((const struct str *)at(field, object))->len == 0;
    case FIELD_IDS:
        return ((const struct ids *)at(field, object))->count == 0;
    case FIELD_LIST:
        memcpy(&list, at(field, object), sizeof list);
        return list.count == 0;
    case FIELD_OBJECT:
        memcpy(&pointer, at(field, object), sizeof pointer);
        return pointer == NULL;
    }
    return false;
}

static void write_list(struct json *json, const struct field *field, const void *object)
{
    struct any_list list;
    memcpy(&list, at(field, object), sizeof list);
    json_list_open(json);
    for (size_t i = 0; i < list.count; i++)
        reply_write(json, field->of, (const char *)list.at + i * field->of->size);
    json_list_close(json);
}

static void write_value(struct json *json, const struct field *field, const void *object)
{
    const struct ids *ids;
    const void *pointer;
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
        json_id(json, *(const int64_t *)at(field, object));
        break;
    case FIELD_INT:
    case FIELD_TIME:
        json_int(json, *(const int64_t *)at(field, object));
        break;
    case FIELD_BOOL:
        json_bool(json, *(const bool *)at(field, object));
        break;
    case FIELD_TEXT:
        json_text(json, *(const struct str *)at(field, object));
        break;
    case FIELD_IDS:
        ids = at(field, object);
        json_list_open(json);
        for (size_t i = 0; i < ids->count; i++)
            json_id(json, ids->at[i]);
        json_list_close(json);
        break;
    case FIELD_LIST:
        write_list(json, field, object);
        break;
    case FIELD_OBJECT:
        memcpy(&pointer, at(field, object), sizeof pointer);
        must(pointer);
        reply_write(json, field->of, pointer);
        break;
    }
}

void reply_write(struct json *json, const struct schema *schema, const void *object)
{
    must(schema);
    json_open(json);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        if (is_left_out(field, object))
            continue;
        json_name(json, field->name);
        write_value(json, field, object);
    }
    json_close(json);
}

struct str object_write(struct request *r, const struct schema *schema, const void *object)
{
    struct buf out = buf_new(LARGEST_REPLY);
    struct json json = json_to(&out);
    reply_write(&json, schema, object);
    must(!out.is_full);
    struct str text = arena_copy(r->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

void reply_failure(struct json *json, const struct failure *failure)
{
    json_open(json);
    json_name(json, S("error"));
    json_open(json);
    json_name(json, S("code"));
    json_text(json, str_from(error_word(failure->code)));
    if (failure->field.len) {
        json_name(json, S("field"));
        json_text(json, failure->field);
    }
    json_name(json, S("sentence"));
    json_text(json, failure->sentence);
    if (failure->retry_after) {
        json_name(json, S("retry_after"));
        json_int(json, failure->retry_after);
    }
    json_close(json);
    json_close(json);
}
