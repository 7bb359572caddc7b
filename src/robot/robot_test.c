/* Pure parts of robot: signatures, ranges of addresses, keywords, sessions, addresses of links. */
#include "robot/inner.h"
#include "base/time.h"
#include "tests/unit.h"

static struct arena *arena;

/* The value is openssl's: printf '%s\n%s' T SEC | openssl dgst -sha256 -hmac SEC -binary | base64
 */
static void signatures(void)
{
    struct str secret = S("SEC0123456789"), at = S("1700000000000");
    struct str sign = robot_sign(arena, secret, at);
    CHECK(str_equal(sign, S("VloEIlTtJU6a/AGf2pud1WypXdicIlyQAOpspu6OP6s=")));
    int64_t now = 1700000000000;
    const char *why;
    CHECK(robot_is_signed(arena, secret, at, sign, now, &why));
    CHECK(robot_is_signed(arena, secret, at, sign, now + HOUR_MS, &why));
    CHECK(!robot_is_signed(arena, secret, at, sign, now + HOUR_MS + 1, &why));
    CHECK(!strcmp(why, "invalid timestamp"));
    CHECK(!robot_is_signed(arena, secret, at, sign, now - HOUR_MS - 1, &why));
    CHECK(!robot_is_signed(arena, secret, S("now"), sign, now, &why));
    CHECK(!robot_is_signed(arena, S("SEC0123456780"), at, sign, now, &why));
    CHECK(!strcmp(why, "sign not match"));
    CHECK(!robot_is_signed(arena, secret, at, S(""), now, &why));
    /* A tool that forgot to escape '+'. */
    struct str plus = robot_sign(arena, secret, S("1700000000002"));
    char spaced[100];
    CHECK(str_find_char(plus, '+') >= 0);
    for (size_t i = 0; i < plus.len; i++)
        spaced[i] = plus.ptr[i] == '+' ? ' ' : plus.ptr[i];
    CHECK(robot_is_signed(arena, secret, S("1700000000002"), str_of(spaced, plus.len), now, &why));
}

static void ranges(void)
{
    CHECK(robot_is_range(S("10.0.0.0/8")) && robot_is_range(S("10.1.2.3")));
    CHECK(robot_is_range(S("2001:db8::/32")) && robot_is_range(S("::/0")));
    CHECK(robot_is_range(S("::ffff:10.0.0.0/104")));
    CHECK(!robot_is_range(S("10.0.0.0/33")) && !robot_is_range(S("10.0.0/8")));
    CHECK(!robot_is_range(S("")) && !robot_is_range(S("10.0.0.0/")) &&
          !robot_is_range(S("2001:db8::/129")) && !robot_is_range(S("10.0.0.0/-1")));
    CHECK(robot_is_allowed(S("192.0.2.7\n10.0.0.0/8"), S("10.255.0.1")));
    CHECK(robot_is_allowed(S("192.0.2.7\n10.0.0.0/8"), S("192.0.2.7")));
    CHECK(!robot_is_allowed(S("192.0.2.7\n10.0.0.0/8"), S("11.0.0.1")));
    CHECK(robot_is_allowed(S("10.0.0.0/8"), S("::ffff:10.0.0.1")));
    CHECK(robot_is_allowed(S("::ffff:10.0.0.0/104"), S("10.9.9.9")));
    CHECK(!robot_is_allowed(S("::ffff:10.0.0.0/104"), S("12.9.9.9")));
    CHECK(robot_is_allowed(S("2001:db8::/33"), S("2001:db8:7fff::1")));
    CHECK(!robot_is_allowed(S("2001:db8::/33"), S("2001:db8:8000::1")));
    CHECK(robot_is_allowed(S("0.0.0.0/0"), S("1.2.3.4")) &&
          !robot_is_allowed(S("0.0.0.0/0"), S("::1")));
    CHECK(!robot_is_allowed(S("10.0.0.0/8"), S("socket")) && !robot_is_allowed(S(""), S("::1")));
}

static void keywords(void)
{
    CHECK(robot_has_keyword(S("水位\nalarm"), S("an alarm came")));
    CHECK(robot_has_keyword(S("水位\nalarm"), S("今日水位")));
    CHECK(!robot_has_keyword(S("水位\nalarm"), S("Alarm")));
    CHECK(!robot_has_keyword(S(""), S("x")));
}

static void sessions(void)
{
    struct robot_session session = {.org = 7, .robot = 8, .expires = 9}, read;
    struct str text = robot_session_write(arena, &session, S("key"));
    CHECK(robot_session_read(text, &read) && read.org == 7 && read.robot == 8 && read.expires == 9);
    CHECK(robot_session_is_true(arena, &read, S("key"), text));
    CHECK(!robot_session_is_true(arena, &read, S("other"), text));
    read.expires = 10;
    CHECK(!robot_session_is_true(arena, &read, S("key"), text));
    CHECK(!robot_session_read(S("7.8"), &read) && !robot_session_read(S(""), &read));
}

static void urls(void)
{
    struct str out;
    CHECK(robot_clean_url(arena, S(" https://example.org/a?b=c "), &out) &&
          str_equal(out, S("https://example.org/a?b=c")));
    CHECK(robot_clean_url(arena,
                          S("dingtalk://dingtalkclient/page/link?url=http%3A%2F%2Fa.cn%2F&"
                            "pc_slide=true"),
                          &out) &&
          str_equal(out, S("http://a.cn/")));
    CHECK(!robot_clean_url(arena, S("dingtalk://dingtalkclient/page/link?url=javascript:1"), &out));
    CHECK(!robot_clean_url(arena, S("dingtalk://dingtalkclient/action/x"), &out));
    CHECK(!robot_clean_url(arena, S("javascript:alert(1)"), &out));
    CHECK(!robot_clean_url(arena, S("https://"), &out) && !robot_clean_url(arena, S(""), &out));
    CHECK(!robot_clean_url(arena, S("https://a b"), &out));
}

static enum robot_code read(struct str body, struct robot_said *out)
{
    struct str why;
    return robot_read(arena, S(""), body, out, &why);
}

static void messages(void)
{
    struct robot_said said;
    CHECK(read(S("{\"msgtype\":\"text\",\"text\":{\"content\":5},\"at\":{\"atMobiles\":[138,\" "
                 "139 \",null],\"isAtAll\":1}}"),
               &said) == ROBOT_OK);
    CHECK(str_equal(said.body, S("5")) && said.calls_all && said.called_count == 2 &&
          str_equal(said.called[1], S("139")));
    CHECK(read(S("\xef\xbb\xbf {\"msgtype\":\"TEXT\",\"text\":\"hello\"}"), &said) == ROBOT_OK);
    CHECK(read(S("{\"msgtype\":\"text\",\"text\":{\"content\":\"a\\u0000b\"}}"), &said) ==
          ROBOT_NO_JSON);
    CHECK(read(S("msgtype=text&text={\"content\":\"a+b\"}&at=%7B%22isAtAll%22%3Atrue%7D"), &said) ==
          ROBOT_OK);
    CHECK(str_equal(said.body, S("a b")) && said.calls_all);
    char longest[30000];
    size_t len = (size_t)snprintf(longest, sizeof longest, "msgtype=text&text=");
    memset(longest + len, 'x', 20001);
    CHECK(read(str_of(longest, len + 20000), &said) == ROBOT_OK && said.body.len == 20000);
    CHECK(read(str_of(longest, len + 20001), &said) == ROBOT_NO_JSON);
}

int main(void)
{
    arena = arena_new();
    signatures();
    ranges();
    keywords();
    sessions();
    urls();
    messages();
    arena_free(arena);
    return unit_end("robot units");
}
