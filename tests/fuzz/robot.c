/* fuzz robot: any bytes as what a tool posts to a robot. The first byte chooses a content type.
 * What is read must fit the columns of a message, as it is read back. */
#include "api/bind.h"
#include "base/must.h"
#include "base/text.h"
#include "robot/inner.h"

static void check(const struct robot_said *said)
{
    struct request r = {.arena = arena_new(), .language = LANGUAGE_EN};
    must(said->body.len && text_is_utf8(said->body) && text_length(said->body) <= 20000);
    must(text_is_utf8(said->words) && text_is_utf8(said->key));
    must(said->called_count <= MOST_CALLED);
    struct str text = object_write(&r, &talk_extra_schema, said->extra);
    must(object_read(&r, &talk_extra_schema, text) && !r.failure.code);
    arena_free(r.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str types[] = {{"", 0},
                                       {"application/json", 16},
                                       {"application/x-www-form-urlencoded", 33},
                                       {"text/plain; charset=utf-8", 25}};
    if (!size || size > LARGEST_MESSAGE)
        return 0;
    struct arena *arena = arena_new();
    struct str text = str_of((const char *)data + 1, size - 1), why;
    struct robot_said said;
    enum robot_code code = robot_read(arena, types[data[0] & 3], text, &said, &why);
    must(code ? why.len > 0 : why.len == 0);
    if (code == ROBOT_OK)
        check(&said);
    struct robot_session session;
    if (robot_session_read(text, &session))
        must(!robot_session_is_true(arena, &session, S("key"), text));
    struct str url;
    robot_clean_url(arena, text, &url);
    robot_is_range(text);
    robot_is_allowed(text, S("10.0.0.1"));
    robot_has_keyword(text, S("words"));
    arena_free(arena);
    return 0;
}
