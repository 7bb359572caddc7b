/* Units of api: binding and its sentences, replies, rate limits. */
#include "api/inner.h"
#include "tests/unit.h"

#define LIST_OF(F, S) F(S, TEXT, word, NEEDED, 1, 5, "a word")
SCHEMA(unit_inner, LIST_OF)
#define ALL(F, S)                                              \
    F(S, ID, id, NEEDED, 0, 0, "an id")                        \
    F(S, INT, number, OPTIONAL, -5, 5, "a number")             \
    F(S, BOOL, is_so, OPTIONAL, 0, 0, "yes or no")             \
    F(S, TEXT, text, OPTIONAL, 2, 4, "a text")                 \
    F(S, IDS, ids, OPTIONAL, 0, 2, "ids")                      \
    F(S, OBJECT(unit_inner), one, OPTIONAL, 0, 0, "an object") \
    F(S, LIST(unit_inner), many, OPTIONAL, 0, 2, "objects")
SCHEMA(unit_all, ALL)

static struct request r = {.language = LANGUAGE_EN};

static struct unit_all *bound(const char *text)
{
    r.failure = (struct failure){0};
    struct unit_all *in = bind_json(&r, &unit_all_schema, str_from(text));
    return in && bind_is_whole(&r, &unit_all_schema, in) ? in : NULL;
}

static bool refused(const char *text, const char *field, const char *sentence)
{
    bool is_so = !bound(text) && r.failure.code == BAD_INPUT &&
                 str_equal(r.failure.field, str_from(field)) &&
                 str_equal(r.failure.sentence, str_from(sentence));
    if (!is_so)
        fprintf(stderr, "%s: %.*s\n", text, STR_ARG(r.failure.sentence));
    return is_so;
}

static void binding(void)
{
    struct unit_all *in = bound("{\"id\":\"9223372036854775807\",\"number\":-5,\"is_so\":true,"
                                "\"text\":\"编钟\",\"ids\":[\"1\",\"2\"],\"one\":{\"word\":\"a\"},"
                                "\"many\":[{\"word\":\"b\"},{\"word\":\"c\"}]}");
    CHECK(in && in->id == INT64_MAX && in->number == -5 && in->is_so && in->ids.at[1] == 2 &&
          str_equal(in->one->word, S("a")) && str_equal(in->many.at[1].word, S("c")));
    CHECK(in && HAS(unit_all, in, number) && in->many.count == 2);
    in = bound("{\"id\":\"1\",\"text\":null}");
    CHECK(in && !HAS(unit_all, in, text) && !HAS(unit_all, in, number));
    CHECK(refused("{}", "id", "\"id\" is missing"));
    CHECK(refused("{\"id\":1}", "id", "\"id\" must be an id in quotes"));
    CHECK(refused("{\"id\":\"0\"}", "id", "\"id\" is not a valid id"));
    CHECK(refused("{\"id\":\"1\",\"x\":1}", "x", "\"x\" is not a field here"));
    CHECK(refused("{\"id\":\"1\",\"number\":6}", "number", "\"number\" must be from -5 to 5"));
    CHECK(refused("{\"id\":\"1\",\"text\":\"a\"}", "text",
                  "\"text\" must have at least 2 characters"));
    CHECK(refused("{\"id\":\"1\",\"text\":\"abcde\"}", "text",
                  "\"text\" must have at most 4 characters"));
    CHECK(refused("{\"id\":\"1\",\"ids\":[\"1\",\"2\",\"3\"]}", "ids",
                  "\"ids\" must have at most 2 elements"));
    CHECK(refused("{\"id\":\"1\",\"one\":{}}", "word", "\"word\" is missing"));
    CHECK(refused("{\"id\":\"1\",\"id\":\"1\"}", "",
                  "the input is not valid JSON (line 1, column 13)") ||
          r.failure.code == BAD_INPUT);
    CHECK(!bound("[1]") && !bound("{\"id\":\"1\"") && !bound("\xff"));
}

static void queries(void)
{
    struct unit_all in = {0};
    r.failure = (struct failure){0};
    CHECK(bind_query(&r, &unit_all_schema, &in, S("id=12&text=%E7%BC%96+a&is_so=true")) &&
          in.id == 12 && in.is_so && str_equal(in.text, S("编 a")));
    CHECK(!bind_query(&r, &unit_all_schema, &in, S("id=13")));
    CHECK(str_equal(r.failure.sentence, S("\"id\" is given twice")));
    struct str out;
    CHECK(!percent_decode(r.arena, S("%e"), true, &out) &&
          !percent_decode(r.arena, S("%zz"), true, &out) &&
          !percent_decode(r.arena, S("%ff"), true, &out) &&
          !percent_decode(r.arena, S("%00"), true, &out));
}

static void replies(void)
{
    struct unit_inner words[] = {{.word = S("x")}};
    struct unit_all reply = {.id = 5, .text = S("a\"b")};
    reply.many.at = words;
    reply.many.count = 1;
    struct buf out = buf_new(1000);
    struct json json = json_to(&out);
    reply_write(&json, &unit_all_schema, &reply);
    CHECK(str_equal(buf_str(&out),
                    S("{\"id\":\"5\",\"text\":\"a\\\"b\",\"many\":[{\"word\":\"x\"}]}")));
    buf_free(&out);
}

static void rates(void)
{
    static struct api api;
    int64_t seconds = 0;
    rate_open(&api);
    int allowed = 0;
    while (allowed < 100 && rate_allows(&api, S("a"), 6, &seconds))
        allowed++;
    CHECK(allowed == 6 && seconds >= 9 && seconds <= 11);
    CHECK(rate_allows(&api, S("b"), 6, &seconds));
    rate_close(&api);
}

int main(void)
{
    r.arena = arena_new();
    binding();
    queries();
    replies();
    rates();
    arena_free(r.arena);
    return unit_end("api");
}
