/* Units of push: the examples of RFC 8291 and RFC 8292. */
#include "push/inner.h"
#include "base/must.h"
#include "base/text.h"
#include "tests/browser.h"
#include "tests/unit.h"

static struct arena *arena;

static struct str bytes_of(const char *text)
{
    struct str out;
    must(text_base64url_read(arena, str_from(text), &out));
    return out;
}

static struct crypt_pair pair_of(const char *point, const char *secret)
{
    struct crypt_pair pair;
    memcpy(pair.point, bytes_of(point).ptr, CRYPT_POINT);
    memcpy(pair.secret, bytes_of(secret).ptr, CRYPT_SECRET);
    return pair;
}

static const char point[] =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8p"
    "ZGH6SRpkNtoIAiw4";
static const char secret[] = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
static const char auth_text[] = "BTBZMqHH6r4Tts7J_aSIgg";

/* RFC 8291, 5 and appendix A. */
static void sealing(void)
{
    struct crypt_pair browser = pair_of(point, secret);
    struct crypt_pair server =
        pair_of("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
                "jl7A8",
                "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
    struct str words = S("When I grow up, I want to be a watermelon"), out;
    CHECK(crypt_seal_with(arena, &server, bytes_of("DGv6ra1nlYgDCS1FRnbzlw"), bytes_of(point),
                          bytes_of(auth_text), words, &out));
    CHECK(str_equal(
        text_base64url(arena, out),
        S("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
          "WAmS6TlzAC8wEqKK6PBru3jl7A_"
          "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSg"
          "Sxsj_Qulcy4a-fN")));
    CHECK(str_equal(browser_open(arena, &browser, bytes_of(auth_text), out), words));
    for (size_t len = 0; len <= CRYPT_LONGEST; len += len < 40 ? 1 : 659) {
        struct str text = str_of(arena_alloc(arena, len + 1), len);
        CHECK(crypt_seal(arena, bytes_of(point), bytes_of(auth_text), text, &out));
        CHECK(out.len <= 4096 && out.len == CRYPT_HEAD + len + 17);
        CHECK(str_equal(browser_open(arena, &browser, bytes_of(auth_text), out), text));
    }
    CHECK(!browser_open(arena, &server, bytes_of(auth_text), out).len);
}

static void keys(void)
{
    struct push_keys out;
    struct crypt_pair made = crypt_new_pair();
    CHECK(crypt_is_point(str_of(made.point, CRYPT_POINT)));
    CHECK(push_keys_read(arena, str_from(point), str_from(auth_text), &out));
    CHECK(!push_keys_read(arena, S(""), str_from(auth_text), &out));
    CHECK(!push_keys_read(arena, str_from(point), S("BTBZMqHH6r4Tts7J_aSI"), &out));
    CHECK(!push_keys_read(arena, str_from(auth_text), str_from(point), &out));
    made.point[40] = (char)(made.point[40] ^ 1); /* beside the curve */
    CHECK(!crypt_is_point(str_of(made.point, CRYPT_POINT)));
    char nowhere[CRYPT_POINT] = {4};
    CHECK(!crypt_is_point(str_of(nowhere, sizeof nowhere)));
    struct str sealed;
    CHECK(
        !crypt_seal(arena, str_of(nowhere, sizeof nowhere), bytes_of(auth_text), S("x"), &sealed));
}

/* RFC 8292, 2.4: its signature is good, and so are ours. */
static void naming(void)
{
    struct str own =
        bytes_of("BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2E"
                 "mClBPs");
    struct str said =
        S("eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJle"
          "HAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0");
    struct str signature =
        bytes_of("i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzv"
                 "oD1oA");
    CHECK(crypt_is_signed(own, said, signature));
    CHECK(!crypt_is_signed(own, S("other words"), signature));
    struct crypt_pair pair = crypt_new_pair();
    struct str name = crypt_name(arena, &pair, S("https://push.example.net"),
                                 S("mailto:push@example.com"), 1453523768);
    CHECK(str_starts(name, S("vapid t=")));
    struct str rest = str_skip(name, 8), token = str_cut(&rest, ',');
    CHECK(str_starts(token, said)); /* the same claims */
    CHECK(crypt_is_signed(str_of(pair.point, CRYPT_POINT), str_take(token, said.len),
                          bytes_of(arena_copy(arena, str_skip(token, said.len + 1)).ptr)));
    CHECK(str_equal(bytes_of(arena_copy(arena, str_skip(rest, 3)).ptr),
                    str_of(pair.point, CRYPT_POINT)));
}

/* ---- quiet hours ----------------------------------------------------------------------------- */

enum { EVERY_DAY = 127, WORKDAYS = 31, FRIDAY = 16, SUNDAY = 64, CHINA = 480 };

/* 2026-11-23 is a Monday; times of China. */
static int64_t at(int day, int hour, int minute)
{
    return 1795392000000 + ((int64_t)(day - 23) * 24 * 60 + hour * 60 + minute - CHINA) * 60000;
}

static bool spans(const struct week *week, int64_t time, bool is_quiet, int64_t from, int64_t upto)
{
    struct week_span span = week_look(week, CHINA, time);
    return span.is_quiet == is_quiet && span.from == from && span.upto == upto;
}

static void quiet_hours(void)
{
    struct week week = {0}, own = {0};
    CHECK(spans(&week, at(23, 3, 0), false, 0, 0));
    week_add(&week, WORKDAYS, 18 * 60, 9 * 60);
    CHECK(spans(&week, at(23, 17, 59), false, at(21, 9, 0), at(23, 18, 0)));
    CHECK(spans(&week, at(23, 18, 0), true, at(23, 18, 0), at(24, 9, 0)));
    CHECK(spans(&week, at(24, 8, 59), true, at(23, 18, 0), at(24, 9, 0)));
    CHECK(spans(&week, at(24, 9, 0), false, at(24, 9, 0), at(24, 18, 0)));
    week_add(&week, FRIDAY | 32 | SUNDAY, 9 * 60, 9 * 60); /* the whole day */
    CHECK(spans(&week, at(28, 12, 0), true, at(26, 18, 0), at(30, 9, 0)));
    CHECK(spans(&week, at(30, 9, 0), false, at(30, 9, 0), at(30, 18, 0)));
    week_add(&own, EVERY_DAY, 8 * 60, 10 * 60);
    CHECK(spans(&own, at(24, 8, 0), true, at(24, 8, 0), at(24, 10, 0)));
    week_join(&own, &week);
    CHECK(spans(&own, at(24, 9, 30), true, at(23, 18, 0), at(24, 10, 0)));
    week_add(&own, EVERY_DAY, 0, 0);
    CHECK(spans(&own, at(24, 9, 30), true, 0, 0));
}

int main(void)
{
    arena = arena_new();
    sealing();
    keys();
    naming();
    quiet_hours();
    arena_free(arena);
    return unit_end("push");
}
