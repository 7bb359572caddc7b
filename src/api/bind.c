/* bind: strangers' text into structs. Every byte here comes from outside: jansson reads the JSON
 * (depth and size are bounded), the schema says what is allowed, the first bad field is named. */
#include "api/bind.h"
#include "base/must.h"
#include "base/text.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

enum { SAFE_INTEGER_BITS = 53 };

const struct field *schema_find(const struct schema *schema, struct str name)
{
    for (size_t i = 0; i < schema->field_count; i++)
        if (str_equal(name, schema->fields[i].name))
            return &schema->fields[i];
    return NULL;
}

/* ---- jansson in an arena ------------------------------------------------------------------- */

/* Set while a text is being parsed: what jansson takes then dies with the arena and is never freed
 * alone. Elsewhere (in tests) it uses the heap as ever. */
static _Thread_local struct arena *json_arena;

static void *json_take(size_t size)
{
    return json_arena ? arena_alloc(json_arena, size) : malloc(size);
}

static void json_leave(void *memory)
{
    if (!json_arena)
        free(memory);
}

static void json_prepare(void)
{
    json_set_alloc_funcs(json_take, json_leave);
}

static json_t *json_parse(struct arena *arena, struct str text, size_t flags, json_error_t *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, json_prepare);
    json_arena = arena;
    json_t *value = json_loadb(text.ptr, text.len, flags, error);
    json_arena = NULL;
    return value;
}

json_t *json_read(struct arena *arena, struct str text)
{
    json_error_t error;
    return json_parse(arena, text, 0, &error);
}

/* ---- refusing a field ---------------------------------------------------------------------- */

static bool refuse(struct request *r, const char *field, const char *zh, const char *en)
{
    struct str zh_said = arena_printf(r->arena, "“%s”%s", field, zh);
    struct str en_said = arena_printf(r->arena, "\"%s\" %s", field, en);
    return fail(r, BAD_INPUT, field, zh_said.ptr, en_said.ptr);
}

static bool refuse_range(struct request *r, const struct field *field, bool is_less,
                         const char *zh_of, const char *en_of)
{
    long long limit = is_less ? field->least : field->most;
    struct str zh = arena_printf(r->arena, "%s%s %lld", zh_of, is_less ? "至少" : "最多", limit);
    struct str en = arena_printf(r->arena, "must have %s %lld%s", is_less ? "at least" : "at most",
                                 limit, en_of);
    return refuse(r, field->name.ptr, zh.ptr, en.ptr);
}

static bool has_length(struct request *r, const struct field *field, size_t count,
                       const char *zh_of, const char *en_of)
{
    if ((int64_t)count < field->least)
        return refuse_range(r, field, true, zh_of, en_of);
    if (field->most && (int64_t)count > field->most)
        return refuse_range(r, field, false, zh_of, en_of);
    return true;
}

/* ---- one value ----------------------------------------------------------------------------- */

static void *at(const struct field *field, void *object)
{
    return (char *)object + field->offset;
}

static bool set_text(struct request *r, const struct field *field, void *object, struct str value)
{
    if (!has_length(r, field, text_length(value), "的字数", " characters"))
        return false;
    *(struct str *)at(field, object) = value;
    return true;
}

static bool set_int(struct request *r, const struct field *field, void *object, int64_t value)
{
    bool is_bounded = field->least || field->most;
    int64_t widest = (int64_t)1 << SAFE_INTEGER_BITS;
    if (is_bounded && field->kind == FIELD_INT && (value < field->least || value > field->most)) {
        struct str zh = arena_printf(r->arena, "应在 %lld 到 %lld 之间", (long long)field->least,
                                     (long long)field->most);
        struct str en = arena_printf(r->arena, "must be from %lld to %lld", (long long)field->least,
                                     (long long)field->most);
        return refuse(r, field->name.ptr, zh.ptr, en.ptr);
    }
    if (value > widest || value < -widest)
        return refuse(r, field->name.ptr, "超出范围", "is out of range");
    *(int64_t *)at(field, object) = value;
    return true;
}

static bool read_id(struct request *r, const char *name, struct str text, int64_t *out)
{
    if (!str_to_int(text, out) || *out <= 0)
        return refuse(r, name, "不是有效的编号", "is not a valid id");
    return true;
}

static void *bind_object(struct request *r, const struct schema *schema, json_t *value);

static struct str json_str(json_t *value)
{
    return str_of(json_string_value(value), json_string_length(value));
}

static bool bind_ids(struct request *r, const struct field *field, void *object, json_t *value)
{
    size_t count = json_array_size(value);
    if (!has_length(r, field, count, "的项数", " elements"))
        return false;
    struct ids ids = {ARENA_ARRAY(r->arena, count, int64_t), count};
    for (size_t i = 0; i < count; i++) {
        json_t *element = json_array_get(value, i);
        if (!json_is_string(element))
            return refuse(r, field->name.ptr, "应为编号列表", "must be a list of ids");
        if (!read_id(r, field->name.ptr, json_str(element), &ids.at[i]))
            return false;
    }
    *(struct ids *)at(field, object) = ids;
    return true;
}

static bool bind_list(struct request *r, const struct field *field, void *object, json_t *value)
{
    size_t count = json_array_size(value), size = field->of->size;
    if (!has_length(r, field, count, "的项数", " elements"))
        return false;
    struct any_list list = {arena_array(r->arena, count, size), count};
    for (size_t i = 0; i < count; i++) {
        void *element = bind_object(r, field->of, json_array_get(value, i));
        if (!element)
            return false;
        memcpy((char *)list.at + i * size, element, size);
    }
    memcpy(at(field, object), &list, sizeof list);
    return true;
}

static bool bind_value(struct request *r, const struct field *field, void *object, json_t *value)
{
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
        if (!json_is_string(value))
            return refuse(r, field->name.ptr, "应为字符串形式的编号", "must be an id in quotes");
        return read_id(r, field->name.ptr, json_str(value), at(field, object));
    case FIELD_INT:
    case FIELD_TIME:
        if (!json_is_integer(value))
            return refuse(r, field->name.ptr, "应为整数", "must be a whole number");
        return set_int(r, field, object, json_integer_value(value));
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return refuse(r, field->name.ptr, "应为 true 或 false", "must be true or false");
        *(bool *)at(field, object) = json_is_true(value);
        return true;
    case FIELD_TEXT:
        if (!json_is_string(value))
            return refuse(r, field->name.ptr, "应为文字", "must be text");
        return set_text(r, field, object, json_str(value));
    case FIELD_IDS:
        if (!json_is_array(value))
            return refuse(r, field->name.ptr, "应为列表", "must be a list");
        return bind_ids(r, field, object, value);
    case FIELD_LIST:
        if (!json_is_array(value))
            return refuse(r, field->name.ptr, "应为列表", "must be a list");
        return bind_list(r, field, object, value);
    case FIELD_OBJECT: {
        void *made = bind_object(r, field->of, value);
        memcpy(at(field, object), &made, sizeof made);
        return made != NULL;
    }
    }
    must(false);
    return false;
}

static void mark(const struct schema *schema, const struct field *field, void *object)
{
    *(uint64_t *)object |= (uint64_t)1 << (field - schema->fields);
}

static bool is_marked(const struct schema *schema, const struct field *field, const void *object)
{
    return (*(const uint64_t *)object >> (field - schema->fields) & 1) != 0;
}

static bool bind_members(struct request *r, const struct schema *schema, json_t *value,
                         void *object)
{
    for (void *it = json_object_iter(value); it; it = json_object_iter_next(value, it)) {
        const char *key = json_object_iter_key(it);
        const struct field *field = schema_find(schema, str_from(key));
        if (!field)
            return refuse(r, key, "不是这里的字段", "is not a field here");
        json_t *member = json_object_iter_value(it);
        if (json_is_null(member) && field->need == FIELD_OPTIONAL)
            continue;
        if (!bind_value(r, field, object, member))
            return false;
        mark(schema, field, object);
    }
    return true;
}

static void *bind_object(struct request *r, const struct schema *schema, json_t *value)
{
    if (!json_is_object(value)) {
        fail(r, BAD_INPUT, NULL, "内容应为 JSON 对象", "the input must be a JSON object");
        return NULL;
    }
    void *object = arena_alloc(r->arena, schema->size);
    return bind_members(r, schema, value, object) && bind_is_whole(r, schema, object) ? object
                                                                                      : NULL;
}

/* The parsed object, or NULL after fail(). */
static json_t *parse_object(struct request *r, struct str text)
{
    json_error_t error;
    json_t *value = json_parse(r->arena, text, JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        struct str zh = arena_printf(r->arena, "内容不是有效的 JSON（第 %d 行，第 %d 列）",
                                     error.line, error.column);
        struct str en = arena_printf(r->arena, "the input is not valid JSON (line %d, column %d)",
                                     error.line, error.column);
        fail(r, BAD_INPUT, NULL, zh.ptr, en.ptr);
        return NULL;
    }
    if (json_is_object(value))
        return value;
    fail(r, BAD_INPUT, NULL, "内容应为 JSON 对象", "the input must be a JSON object");
    return NULL;
}

void *object_read(struct request *r, const struct schema *schema, struct str text)
{
    return bind_json(r, schema, text);
}

void *bind_json(struct request *r, const struct schema *schema, struct str text)
{
    void *object = arena_alloc(r->arena, schema->size);
    if (text.len == 0)
        return object;
    json_t *value = parse_object(r, text);
    return value && bind_members(r, schema, value, object) ? object : NULL;
}

bool bind_envelope(struct request *r, struct str text, struct envelope *out)
{
    json_t *value = parse_object(r, text);
    if (!value)
        return false;
    out->call = json_integer_value(json_object_get(value, "call"));
    out->in = json_object_get(value, "in");
    json_t *op = json_object_get(value, "op");
    if (!json_is_string(op) || !json_is_object((json_t *)out->in) || out->call <= 0)
        return fail(r, BAD_INPUT, NULL, "消息应含 call、op 和 in",
                    "a message must have call, op and in");
    out->op = json_str(op);
    return true;
}

void *bind_parsed(struct request *r, const struct schema *schema, void *in)
{
    return bind_object(r, schema, in);
}

bool bind_is_whole(struct request *r, const struct schema *schema, const void *object)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        if (field->need == FIELD_NEEDED && !is_marked(schema, field, object))
            return refuse(r, field->name.ptr, "不能缺少", "is missing");
    }
    return true;
}

/* ---- path and query ------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool percent_decode(struct arena *arena, struct str text, bool is_query, struct str *out)
{
    char *bytes = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && is_query)
            c = ' ';
        bytes[len++] = c;
    }
    *out = str_of(bytes, len);
    return text_is_utf8(*out);
}

bool bind_text(struct request *r, const struct schema *schema, void *object, struct str name,
               struct str value)
{
    const struct field *field = schema_find(schema, name);
    struct str shown = arena_copy(r->arena, str_take(name, 64));
    if (!field)
        return refuse(r, shown.ptr, "不是这里的字段", "is not a field here");
    if (is_marked(schema, field, object))
        return refuse(r, field->name.ptr, "出现了两次", "is given twice");
    mark(schema, field, object);
    int64_t number;
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
        return read_id(r, field->name.ptr, value, at(field, object));
    case FIELD_INT:
    case FIELD_TIME:
        if (!str_to_int(value, &number))
            return refuse(r, field->name.ptr, "应为整数", "must be a whole number");
        return set_int(r, field, object, number);
    case FIELD_BOOL:
        if (!str_equal(value, S("true")) && !str_equal(value, S("false")))
            return refuse(r, field->name.ptr, "应为 true 或 false", "must be true or false");
        *(bool *)at(field, object) = str_equal(value, S("true"));
        return true;
    case FIELD_TEXT:
        return set_text(r, field, object, value);
    case FIELD_IDS:
    case FIELD_OBJECT:
    case FIELD_LIST:
        break;
    }
    return refuse(r, field->name.ptr, "只能放在请求正文里", "can only stand in the body");
}

void bind_query_loosely(struct request *r, const struct schema *schema, void *object,
                        struct str query)
{
    while (query.len) {
        struct str value = str_cut(&query, '&'), name = str_cut(&value, '=');
        struct str plain_name, plain_value;
        struct request quiet = {.arena = r->arena};
        if (percent_decode(r->arena, name, true, &plain_name) &&
            percent_decode(r->arena, value, true, &plain_value))
            bind_text(&quiet, schema, object, plain_name, plain_value);
    }
}

bool bind_query(struct request *r, const struct schema *schema, void *object, struct str query)
{
    while (query.len) {
        struct str value = str_cut(&query, '&'), name = str_cut(&value, '=');
        struct str plain_name, plain_value;
        if (!percent_decode(r->arena, name, true, &plain_name) ||
            !percent_decode(r->arena, value, true, &plain_value))
            return fail(r, BAD_INPUT, NULL, "网址里的参数写法不对",
                        "a parameter of the address is malformed");
        if (!bind_text(r, schema, object, plain_name, plain_value))
            return false;
    }
    return true;
}
