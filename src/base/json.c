/* json: escaping and commas. */
#include "base/json.h"

static void begin_value(struct json *json)
{
    if (json->needs_comma)
        buf_char(json->out, ',');
    json->needs_comma = true;
}

void json_open(struct json *json)
{
    begin_value(json);
    buf_char(json->out, '{');
    json->needs_comma = false;
}

void json_close(struct json *json)
{
    buf_char(json->out, '}');
    json->needs_comma = true;
}

void json_list_open(struct json *json)
{
    begin_value(json);
    buf_char(json->out, '[');
    json->needs_comma = false;
}

void json_list_close(struct json *json)
{
    buf_char(json->out, ']');
    json->needs_comma = true;
}

/* The bytes up to the next one that JSON wants escaped go out in one piece. */
static void write_quoted(struct buf *out, struct str text)
{
    static const char hex[] = "0123456789abcdef";
    buf_char(out, '"');
    size_t plain = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(out, str_of(text.ptr + plain, i - plain));
        plain = i + 1;
        if (c == '"')
            buf_add(out, S("\\\""));
        else if (c == '\\')
            buf_add(out, S("\\\\"));
        else if (c == '\n')
            buf_add(out, S("\\n"));
        else {
            char escaped[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            buf_add(out, str_of(escaped, sizeof escaped));
        }
    }
    buf_add(out, str_of(text.ptr + plain, text.len - plain));
    buf_char(out, '"');
}

void json_name(struct json *json, struct str name)
{
    begin_value(json);
    buf_char(json->out, '"');
    buf_add(json->out, name);
    buf_add(json->out, S("\":"));
    json->needs_comma = false;
}

void json_text(struct json *json, struct str text)
{
    begin_value(json);
    write_quoted(json->out, text);
}

void json_int(struct json *json, int64_t number)
{
    begin_value(json);
    buf_int(json->out, number);
}

void json_id(struct json *json, int64_t id)
{
    begin_value(json);
    buf_char(json->out, '"');
    buf_int(json->out, id);
    buf_char(json->out, '"');
}

void json_bool(struct json *json, bool value)
{
    begin_value(json);
    buf_add(json->out, value ? S("true") : S("false"));
}

void json_none(struct json *json)
{
    begin_value(json);
    buf_add(json->out, S("null"));
}

void json_raw(struct json *json, struct str value)
{
    begin_value(json);
    buf_add(json->out, value);
}
