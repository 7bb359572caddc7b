/* json: writing JSON text (RFC 8259) into a buf.
 *
 * The writer puts the commas; the caller opens and closes in pairs. Reading stands in api/bind.c,
 * since it needs a library and base sees libc only. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

struct json {
    struct buf *out;
    bool needs_comma;
};

static inline struct json json_to(struct buf *out)
{
    return (struct json){.out = out};
}

void json_open(struct json *json);  /* { */
void json_close(struct json *json); /* } */
void json_list_open(struct json *json);
void json_list_close(struct json *json);

/* The name of the member whose value is written next; one of ours, with nothing to escape. */
void json_name(struct json *json, struct str name);

void json_text(struct json *json, struct str text); /* must be UTF-8 */
void json_int(struct json *json, int64_t number);   /* as a number; safe up to 2^53 in browsers */
void json_id(struct json *json, int64_t id);        /* as a decimal string */
void json_bool(struct json *json, bool value);
void json_none(struct json *json);

/* Text that already is one JSON value. */
void json_raw(struct json *json, struct str value);

#endif
