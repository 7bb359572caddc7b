/* describe: the API in words of others: OpenAPI 3.1 and the client's TypeScript, from the rows. */
#include "api/bind.h"
#include "base/must.h"

enum { MOST_SCHEMAS = 500 };

/* Schemas that stand inside others, each once, in order of first appearance. */
struct named {
    const struct schema *at[MOST_SCHEMAS];
    size_t count;
};

static void collect(struct named *named, const struct schema *schema)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct schema *of = schema->fields[i].of;
        if (!of)
            continue;
        bool is_known = false;
        for (size_t j = 0; j < named->count; j++)
            is_known = is_known || !strcmp(named->at[j]->name, of->name);
        if (is_known)
            continue;
        must(named->count < MOST_SCHEMAS);
        collect(named, of);
        named->at[named->count++] = of;
    }
}

static bool is_for_callers(const struct op *op)
{
    return op->policies[0].policy != &the_server;
}

static struct named collect_all(const struct module *const *modules, size_t count)
{
    struct named named = {0};
    for (size_t m = 0; m < count; m++)
        for (size_t i = 0; i < modules[m]->op_count; i++) {
            const struct op *op = &modules[m]->ops[i];
            if (!is_for_callers(op))
                continue;
            collect(&named, op->in);
            if (!(op->flags & (RAW | UPLOAD)))
                collect(&named, op->out);
        }
    return named;
}

/* ---- TypeScript ---------------------------------------------------------------------------- */

/* talk_message -> TalkMessage */
static void camel(struct buf *out, const char *name)
{
    bool is_start = true;
    for (; *name; name++) {
        if (*name == '_') {
            is_start = true;
            continue;
        }
        buf_char(out, is_start && *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name);
        is_start = false;
    }
}

static void ts_type(struct buf *out, const struct field *field)
{
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
    case FIELD_TEXT:
        buf_add(out, S("string"));
        break;
    case FIELD_INT:
    case FIELD_TIME:
        buf_add(out, S("number"));
        break;
    case FIELD_BOOL:
        buf_add(out, S("boolean"));
        break;
    case FIELD_IDS:
        buf_add(out, S("string[]"));
        break;
    case FIELD_OBJECT:
        camel(out, field->of->name);
        break;
    case FIELD_LIST:
        camel(out, field->of->name);
        buf_add(out, S("[]"));
        break;
    }
}

static void ts_schema(struct buf *out, const struct schema *schema)
{
    buf_printf(out, "export interface ");
    camel(out, schema->name);
    buf_add(out, S(" {\n"));
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        buf_printf(out, "  %s%s: ", field->name.ptr, field->need == FIELD_OPTIONAL ? "?" : "");
        ts_type(out, field);
        buf_printf(out, "; // %s\n", field->sentence);
    }
    buf_add(out, S("}\n\n"));
}

static void ts_fields(struct buf *out, const struct schema *schema)
{
    buf_add(out, S("{"));
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        buf_printf(out, "%s %s%s: ", i ? ";" : "", field->name.ptr,
                   field->need == FIELD_OPTIONAL ? "?" : "");
        ts_type(out, field);
    }
    buf_add(out, schema->field_count ? S(" }") : S("}"));
}

void describe_typescript(const struct module *const *modules, size_t count, struct buf *out)
{
    struct named named = collect_all(modules, count);
    buf_add(out, S("// Written by `carillon api --typescript`; do not edit.\n\n"));
    for (size_t i = 0; i < named.count; i++)
        ts_schema(out, named.at[i]);
    buf_add(out, S("export interface Ops {\n"));
    for (size_t m = 0; m < count; m++)
        for (size_t i = 0; i < modules[m]->op_count; i++) {
            const struct op *op = &modules[m]->ops[i];
            if (!is_for_callers(op) || op->flags & (RAW | UPLOAD))
                continue;
            buf_printf(out, "  // %s.\n  %s: { in: ", op->sentence, op->name);
            ts_fields(out, op->in);
            buf_add(out, S("; out: "));
            ts_fields(out, op->out);
            buf_add(out, S(" };\n"));
        }
    buf_add(out, S("}\n"));
}

/* ---- OpenAPI ------------------------------------------------------------------------------- */

static void text_member(struct json *json, struct str name, const char *text)
{
    json_name(json, name);
    json_text(json, str_from(text));
}

static void reference(struct json *json, const struct schema *schema)
{
    struct buf path = buf_new(200);
    buf_printf(&path, "#/components/schemas/");
    camel(&path, schema->name);
    json_open(json);
    json_name(json, S("$ref"));
    json_text(json, buf_str(&path));
    json_close(json);
    buf_free(&path);
}

static void limits(struct json *json, const struct field *field, struct str least, struct str most)
{
    if (field->least) {
        json_name(json, least);
        json_int(json, field->least);
    }
    if (field->most) {
        json_name(json, most);
        json_int(json, field->most);
    }
}

static void json_type(struct json *json, const struct field *field)
{
    static const struct str id_pattern = {"^[1-9][0-9]{0,18}$", 18};
    json_open(json);
    switch (field->kind) {
    case FIELD_ID:
    case FIELD_PERSON:
        text_member(json, S("type"), "string");
        json_name(json, S("pattern"));
        json_text(json, id_pattern);
        break;
    case FIELD_INT:
    case FIELD_TIME:
        text_member(json, S("type"), "integer");
        limits(json, field, S("minimum"), S("maximum"));
        break;
    case FIELD_BOOL:
        text_member(json, S("type"), "boolean");
        break;
    case FIELD_TEXT:
        text_member(json, S("type"), "string");
        limits(json, field, S("minLength"), S("maxLength"));
        break;
    case FIELD_IDS:
    case FIELD_LIST:
        text_member(json, S("type"), "array");
        json_name(json, S("items"));
        if (field->kind == FIELD_LIST)
            reference(json, field->of);
        else {
            json_open(json);
            text_member(json, S("type"), "string");
            json_close(json);
        }
        limits(json, field, S("minItems"), S("maxItems"));
        break;
    case FIELD_OBJECT:
        json_name(json, S("allOf"));
        json_list_open(json);
        reference(json, field->of);
        json_list_close(json);
        break;
    }
    text_member(json, S("description"), field->sentence);
    json_close(json);
}

static bool is_in_path(const struct op *op, const struct field *field)
{
    struct buf part = buf_new(200);
    buf_printf(&part, "{%s}", field->name.ptr);
    bool is_there = op->path && str_find(str_from(op->path), buf_str(&part)) >= 0;
    buf_free(&part);
    return is_there;
}

/* An object type of the fields that do not stand in the path of `op` (NULL: of all). */
static void object_type(struct json *json, const struct schema *schema, const struct op *op)
{
    json_open(json);
    text_member(json, S("type"), "object");
    json_name(json, S("properties"));
    json_open(json);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (op && is_in_path(op, &schema->fields[i]))
            continue;
        json_name(json, schema->fields[i].name);
        json_type(json, &schema->fields[i]);
    }
    json_close(json);
    json_name(json, S("required"));
    json_list_open(json);
    for (size_t i = 0; i < schema->field_count; i++)
        if (schema->fields[i].need == FIELD_NEEDED && !(op && is_in_path(op, &schema->fields[i])))
            json_text(json, schema->fields[i].name);
    json_list_close(json);
    json_close(json);
}

static bool has_body(const struct op *op)
{
    return strcmp(op->verb, "GET") != 0 && strcmp(op->verb, "DELETE") != 0 && !(op->flags & UPLOAD);
}

/* Of an op that reads its body itself, all but the body and its type stand in the query. */
static bool is_parameter(const struct op *op, const struct field *field)
{
    return op->flags & RAW_BODY && !str_equal(field->name, S("body")) &&
           !str_equal(field->name, S("type"));
}

static void parameters(struct json *json, const struct op *op)
{
    json_name(json, S("parameters"));
    json_list_open(json);
    for (size_t i = 0; i < op->in->field_count; i++) {
        const struct field *field = &op->in->fields[i];
        bool stands_in_path = is_in_path(op, field);
        if (!stands_in_path && has_body(op) && !is_parameter(op, field))
            continue;
        json_open(json);
        text_member(json, S("name"), field->name.ptr);
        text_member(json, S("in"), stands_in_path ? "path" : "query");
        json_name(json, S("required"));
        json_bool(json, stands_in_path || field->need == FIELD_NEEDED);
        json_name(json, S("schema"));
        json_type(json, field);
        json_close(json);
    }
    json_list_close(json);
}

static void content(struct json *json, const char *type)
{
    json_name(json, S("content"));
    json_open(json);
    json_name(json, str_from(type));
    json_open(json);
    json_name(json, S("schema"));
}

static void responses(struct json *json, const struct op *op)
{
    json_name(json, S("responses"));
    json_open(json);
    json_name(json, S("200"));
    json_open(json);
    text_member(json, S("description"), "Done");
    if (!(op->flags & (RAW | UPLOAD))) {
        content(json, "application/json");
        object_type(json, op->out, NULL);
        json_close(json);
        json_close(json);
    }
    json_close(json);
    json_name(json, S("default"));
    json_open(json);
    text_member(json, S("description"), "Refused; nothing has changed");
    content(json, "application/json");
    json_raw(json, S("{\"$ref\":\"#/components/schemas/Error\"}"));
    json_close(json);
    json_close(json);
    json_close(json);
    json_close(json);
}

static void policies(struct json *json, const struct op *op)
{
    json_name(json, S("x-policies"));
    json_list_open(json);
    for (const struct op_policy *row = op->policies; row->policy; row++) {
        json_open(json);
        text_member(json, S("name"), row->policy->name);
        text_member(json, S("sentence"), row->policy->sentence);
        if (row->field)
            text_member(json, S("field"), row->field);
        json_close(json);
    }
    json_list_close(json);
}

static void operation(struct json *json, const struct op *op)
{
    char verb[8] = {0};
    for (size_t i = 0; i < 7 && op->verb[i]; i++)
        verb[i] = (char)(op->verb[i] | 0x20);
    json_name(json, str_from(verb));
    json_open(json);
    text_member(json, S("operationId"), op->name);
    text_member(json, S("summary"), op->sentence);
    policies(json, op);
    parameters(json, op);
    if (has_body(op)) {
        json_name(json, S("requestBody"));
        json_open(json);
        content(json, op->flags & RAW_BODY ? "*/*" : "application/json");
        if (op->flags & RAW_BODY)
            json_raw(json, S("{\"description\":\"In the words of an outside protocol; see "
                             "docs/protocol.md\"}"));
        else
            object_type(json, op->in, op);
        json_close(json);
        json_close(json);
        json_close(json);
    }
    responses(json, op);
    json_close(json);
}

struct route_list {
    const struct op *at[MOST_SCHEMAS];
    size_t count;
};

static struct route_list all_routes(const struct module *const *modules, size_t count)
{
    struct route_list routes = {0};
    for (size_t m = 0; m < count; m++)
        for (size_t i = 0; i < modules[m]->op_count; i++)
            if (modules[m]->ops[i].verb && is_for_callers(&modules[m]->ops[i])) {
                must(routes.count < MOST_SCHEMAS);
                routes.at[routes.count++] = &modules[m]->ops[i];
            }
    return routes;
}

/* A path's member holds all of its verbs; it is written where the path first appears. */
static void paths(struct json *json, const struct route_list *routes)
{
    json_name(json, S("paths"));
    json_open(json);
    for (size_t i = 0; i < routes->count; i++) {
        bool is_written = false;
        for (size_t j = 0; j < i; j++)
            is_written = is_written || !strcmp(routes->at[i]->path, routes->at[j]->path);
        if (is_written)
            continue;
        json_name(json, str_from(routes->at[i]->path));
        json_open(json);
        for (size_t j = i; j < routes->count; j++)
            if (!strcmp(routes->at[i]->path, routes->at[j]->path))
                operation(json, routes->at[j]);
        json_close(json);
    }
    json_close(json);
}

void describe_openapi(const struct module *const *modules, size_t count, struct buf *out)
{
    struct named named = collect_all(modules, count);
    struct route_list routes = all_routes(modules, count);
    struct json json = json_to(out);
    json_open(&json);
    text_member(&json, S("openapi"), "3.1.0");
    json_name(&json, S("info"));
    json_open(&json);
    text_member(&json, S("title"), "Carillon");
    text_member(&json, S("version"), VERSION);
    text_member(&json, S("summary"), "The API of a self-hosted digital workplace");
    json_close(&json);
    paths(&json, &routes);
    json_name(&json, S("components"));
    json_open(&json);
    json_name(&json, S("schemas"));
    json_open(&json);
    json_name(&json, S("Error"));
    json_raw(&json, S("{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"object\","
                      "\"properties\":{\"code\":{\"type\":\"string\"},\"field\":{\"type\":"
                      "\"string\"},\"sentence\":{\"type\":\"string\"},\"retry_after\":{\"type\":"
                      "\"integer\"}},\"required\":[\"code\",\"sentence\"]}}}"));
    for (size_t i = 0; i < named.count; i++) {
        struct buf name = buf_new(200);
        camel(&name, named.at[i]->name);
        json_name(&json, buf_str(&name));
        object_type(&json, named.at[i], NULL);
        buf_free(&name);
    }
    json_close(&json);
    json_close(&json);
    json_close(&json);
    buf_char(out, '\n');
}
