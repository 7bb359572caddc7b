/* fuzz json: any bytes as the JSON of an op's input, as a WebSocket message and as a query. What is
 * bound must be what the schema allows. */
#include "api/bind.h"
#include "base/must.h"
#include "base/text.h"

#define INNER(F, S)                          \
    F(S, TEXT, word, NEEDED, 1, 5, "a word") \
    F(S, BOOL, is_so, OPTIONAL, 0, 0, "yes or no")
SCHEMA(fuzz_inner, INNER)

#define OUTER(F, S)                                            \
    F(S, ID, id, OPTIONAL, 0, 0, "an id")                      \
    F(S, INT, number, OPTIONAL, -5, 5, "a number")             \
    F(S, TIME, at, OPTIONAL, 0, 0, "a time")                   \
    F(S, TEXT, text, OPTIONAL, 0, 20, "a text")                \
    F(S, IDS, ids, OPTIONAL, 0, 3, "ids")                      \
    F(S, OBJECT(fuzz_inner), one, OPTIONAL, 0, 0, "an object") \
    F(S, LIST(fuzz_inner), many, OPTIONAL, 0, 2, "objects")
SCHEMA(fuzz_outer, OUTER)

static void check(const struct fuzz_outer *out)
{
    must(out->id >= 0 && out->number >= -5 && out->number <= 5);
    must(text_is_utf8(out->text) && text_length(out->text) <= 20);
    must(out->ids.count <= 3 && out->many.count <= 2);
    for (size_t i = 0; i < out->many.count; i++)
        must(out->many.at[i].word.len && text_length(out->many.at[i].word) <= 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_of((const char *)data, size);
    struct request r = {.arena = arena_new(), .language = LANGUAGE_EN};
    const struct fuzz_outer *out = bind_json(&r, &fuzz_outer_schema, text);
    must(out || r.failure.code == BAD_INPUT);
    if (out)
        check(out);
    r.failure = (struct failure){0};
    struct envelope envelope;
    if (bind_envelope(&r, text, &envelope))
        bind_parsed(&r, &fuzz_outer_schema, envelope.in);
    r.failure = (struct failure){0};
    struct fuzz_outer query = {0};
    if (bind_query(&r, &fuzz_outer_schema, &query, text))
        check(&query);
    arena_free(r.arena);
    return 0;
}
