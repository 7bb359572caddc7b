/* bind: between text and the structs of a schema. */
#ifndef API_BIND_H
#define API_BIND_H

#include "api/api.h"

/* Fills a new struct of `schema` from a JSON object (empty text: an empty object). Unknown,
 * doubled, missing, ill-typed or out-of-range fields are refused by name. NULL after fail(). */
void *bind_json(struct request *r, const struct schema *schema, struct str text);

/* A message on a WebSocket: {"call": 7, "op": "talk_send", "in": {…}}. */
struct envelope {
    int64_t call;
    struct str op;
    void *in; /* parsed, for bind_parsed */
};

/* False after fail(); `call` is set whenever it could be read. */
bool bind_envelope(struct request *r, struct str text, struct envelope *out);

/* As bind_json, from the envelope's input. */
void *bind_parsed(struct request *r, const struct schema *schema, void *in);

/* Sets one field from the text of a path or query parameter, percent-decoded. */
bool bind_text(struct request *r, const struct schema *schema, void *object, struct str name,
               struct str value);

/* After all parts are bound: is every NEEDED field there? */
bool bind_is_whole(struct request *r, const struct schema *schema, const void *object);

/* Every field of query text "a=1&b=2". */
bool bind_query(struct request *r, const struct schema *schema, void *object, struct str query);

/* The fields of query text that the schema has and that fit; the rest is passed over. */
void bind_query_loosely(struct request *r, const struct schema *schema, void *object,
                        struct str query);

/* Writes the struct as a JSON object. */
void reply_write(struct json *json, const struct schema *schema, const void *object);

/* {"error":{…}} */
void reply_failure(struct json *json, const struct failure *failure);

/* The word of an error in JSON, and its HTTP status. */
const char *error_word(enum error_code code);
int error_status(enum error_code code);

#endif
