/* Units of base: views, arenas, buffers, JSON text, identifiers, maps, UTF-8. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "tests/unit.h"

static void views(void)
{
    struct str rest = S("a/bc//d");
    CHECK(str_equal(str_cut(&rest, '/'), S("a")));
    CHECK(str_equal(str_cut(&rest, '/'), S("bc")));
    CHECK(str_equal(str_cut(&rest, '/'), S("")));
    CHECK(str_equal(str_cut(&rest, '/'), S("d")));
    CHECK(rest.len == 0);
    CHECK(str_equal(str_trim(S(" \tx y\r\n")), S("x y")));
    CHECK(str_equal_fold(S("Content-Length"), S("content-length")));
    CHECK(str_find(S("abcabd"), S("abd")) == 3);
    CHECK(str_find(S("ab"), S("abc")) == -1);
    CHECK(str_equal_secret(S("same"), S("same")) && !str_equal_secret(S("same"), S("sane")));
    int64_t number = 0;
    CHECK(str_to_int(S("-42"), &number) && number == -42);
    CHECK(str_to_int(S("9223372036854775807"), &number) && number == INT64_MAX);
    CHECK(!str_to_int(S("9223372036854775808"), &number));
    CHECK(!str_to_int(S("12a"), &number) && !str_to_int(S(""), &number));
    CHECK(!str_to_int(S("-"), &number) && !str_to_int(S("+1"), &number));
}

static void arenas(void)
{
    struct arena *arena = arena_new();
    char *first = arena_alloc(arena, 3);
    char *second = arena_alloc(arena, 3);
    CHECK(second >= first + 3 && (uintptr_t)second % 16 == 0);
    char *large = arena_alloc(arena, 3000000);
    CHECK(large[0] == 0 && large[2999999] == 0);
    CHECK(arena_size(arena) > 3000000);
    CHECK(str_equal(arena_printf(arena, "%d-%s", 7, "x"), S("7-x")));
    arena_reset(arena);
    CHECK(arena_size(arena) <= 4096);
    CHECK(((char *)arena_alloc(arena, 100))[99] == 0);
    arena_free(arena);
}

static void buffers(void)
{
    struct buf buf = buf_new(10);
    buf_add(&buf, S("12345"));
    buf_add(&buf, S("678901"));
    CHECK(buf.is_full && str_equal(buf_str(&buf), S("12345")));
    buf_int(&buf, -42);
    CHECK(str_equal(buf_str(&buf), S("12345-42")));
    buf_drop(&buf, 5);
    CHECK(str_equal(buf_str(&buf), S("-42")));
    buf_clear(&buf);
    CHECK(!buf.is_full && buf.len == 0);
    buf_free(&buf);
}

static void json(void)
{
    struct buf out = buf_new(1000);
    struct json json = json_to(&out);
    json_open(&json);
    json_name(&json, S("a"));
    json_list_open(&json);
    json_int(&json, INT64_MIN);
    json_id(&json, 7);
    json_bool(&json, true);
    json_none(&json);
    json_list_close(&json);
    json_name(&json, S("b"));
    json_text(&json, S("编\\\"\n\x01"));
    json_close(&json);
    CHECK(str_equal(
        buf_str(&out),
        S("{\"a\":[-9223372036854775808,\"7\",true,null],\"b\":\"编\\\\\\\"\\n\\u0001\"}")));
    buf_free(&out);
}

static void identifiers(void)
{
    int64_t before = id_next();
    bool is_rising = true;
    for (int i = 0; i < 100000; i++) {
        int64_t made = id_next();
        is_rising = is_rising && made > before;
        before = made;
    }
    CHECK(is_rising);
    int64_t distance = id_time(before) - time_now();
    CHECK(distance < 1000 && distance > -1000);
    CHECK(id_time(id_first_at(1800000000000)) == 1800000000000);
    char when[25];
    time_write(1795249845006, when);
    CHECK(str_equal(str_from(when), S("2026-11-21T08:30:45.006Z")));
}

static void maps(void)
{
    struct map map = {0};
    static int values[1000];
    for (int64_t i = 1; i <= 1000; i++)
        map_set(&map, i * 4096, &values[i - 1]);
    for (int64_t i = 1; i <= 1000; i += 2)
        CHECK(map_remove(&map, i * 4096) == &values[i - 1]);
    bool is_right = map.count == 500;
    for (int64_t i = 1; i <= 1000; i++)
        is_right = is_right && map_get(&map, i * 4096) == (i % 2 ? NULL : &values[i - 1]);
    CHECK(is_right);
    size_t seen = 0;
    for (struct map_entry *e = map_first(&map); e; e = map_after(&map, e))
        seen++;
    CHECK(seen == 500);
    map_free(&map);
    CHECK(map_get(&map, 4096) == NULL && map_remove(&map, 1) == NULL);
}

static void texts(void)
{
    CHECK(text_is_utf8(S("编钟 é 😀")));
    CHECK(!text_is_utf8(S("\xc0\x80")) && !text_is_utf8(S("\xed\xa0\x80")));
    CHECK(!text_is_utf8(S("\xf4\x90\x80\x80")) && !text_is_utf8(S("\xe7\xbc")));
    CHECK(!text_is_utf8(str_of("a\0b", 3)));
    CHECK(text_length(S("编钟😀")) == 3);
    CHECK(str_equal(text_take(S("编钟😀"), 2), S("编钟")));
    bool is_same = true;
    for (uint32_t code = 1; code < 0x110000; code += 7) {
        char bytes[4];
        size_t len = text_write(code, bytes), at = 0;
        is_same = is_same && text_next(str_of(bytes, len), &at) == code && at == len;
    }
    CHECK(is_same);
    struct arena *arena = arena_new();
    CHECK(str_equal(text_hex(arena, S("\x01\xff")), S("01ff")));
    CHECK(str_equal(text_base64url(arena, S("\xfb\xff\xfe")), S("-__-")));
    CHECK(str_equal(text_base64url(arena, S("f")), S("Zg")));
    struct str back;
    CHECK(text_base64url_read(arena, S("-__-"), &back) && str_equal(back, S("\xfb\xff\xfe")));
    CHECK(text_base64url_read(arena, S("Zg"), &back) && str_equal(back, S("f")));
    CHECK(text_base64url_read(arena, S("Zg=="), &back) && str_equal(back, S("f")));
    CHECK(text_base64url_read(arena, S(""), &back) && back.len == 0);
    CHECK(!text_base64url_read(arena, S("Zh"), &back) &&
          !text_base64url_read(arena, S("Z"), &back));
    CHECK(!text_base64url_read(arena, S("Z+=="), &back));
    arena_free(arena);
}

int main(void)
{
    views();
    arenas();
    buffers();
    json();
    identifiers();
    maps();
    texts();
    return unit_end("base");
}
