/* schema: whether a reply is what its op's row says. */
#include "tests/scenario/scenario.h"

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

bool fits_schema(const struct schema *schema, json_t *value)
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
