/* push: from a message to what a browser reads, over a push service of this test's own. */
#include "tests/browser.h"
#include "tests/outside.h"

static int64_t ask(const char *what)
{
    db_snapshot_begin(db);
    int64_t found = !strcmp(what, "later") ? number(db_read(db,
                                                            "SELECT count(*) FROM job WHERE kind = "
                                                            "'push_send' AND due > ?1",
                                                            INT(time_now() + 110 * SECOND_MS)))
                    : !strcmp(what, "jobs")
                        ? number(db_read(db,
                                         "SELECT count(*) FROM job WHERE kind = "
                                         "'push_send' AND due <= ?1",
                                         INT(time_now() + 20 * SECOND_MS)))
                    : !strcmp(what, "failed")
                        ? number(db_read(db, "SELECT max(failures) FROM push_device", NONE))
                        : number(db_read(db, "SELECT count(*) FROM push_device", NONE));
    db_snapshot_end(db);
    return found;
}

static void wait_until(const char *what, int64_t wanted)
{
    int64_t found = -1;
    for (int i = 0; i < 5000 && (found = ask(what)) != wanted; i++)
        usleep(1000);
    if (found != wanted)
        fprintf(stderr, "%s: %lld, not %lld\n", what, (long long)found, (long long)wanted);
    CHECK(found == wanted);
}

static const char auth[] = "BTBZMqHH6r4Tts7J_aSIgg";

static struct crypt_pair subscribe(const char *path)
{
    struct crypt_pair browser = crypt_new_pair();
    call(bo, "push_subscribe",
         "{\"endpoint\":\"http://127.0.0.1:%d%s\",\"p256dh\":\"%s\",\"auth\":\"%s\"}", service.port,
         path, arena_copy(arena, text_base64url(arena, str_of(browser.point, CRYPT_POINT))).ptr,
         auth);
    return browser;
}

/* ---- what comes of it ------------------------------------------------------------------------ */

static struct str read_notice(const struct crypt_pair *browser, struct str request)
{
    struct str secret;
    must(text_base64url_read(arena, str_from(auth), &secret));
    return browser_open(arena, browser, secret, body(request));
}

static void check_name(struct str request, struct str key)
{
    struct str name = header(request, "Authorization"), point, signature, claims;
    CHECK(str_starts(name, S("vapid t=")));
    struct str rest = str_skip(name, 8), token = str_cut(&rest, ',');
    CHECK(str_equal(str_trim(rest), arena_printf(arena, "k=%.*s", STR_ARG(key))));
    size_t dot = token.len;
    while (dot && token.ptr[dot - 1] != '.')
        dot--;
    must(dot && text_base64url_read(arena, key, &point));
    CHECK(text_base64url_read(arena, str_skip(token, dot), &signature));
    CHECK(crypt_is_signed(point, str_take(token, dot - 1), signature));
    struct str said = str_take(token, dot - 1);
    str_cut(&said, '.');
    CHECK(text_base64url_read(arena, said, &claims));
    CHECK(
        str_equal(member(claims, "aud"), arena_printf(arena, "http://127.0.0.1:%d", service.port)));
    CHECK(str_starts(member(claims, "sub"), S("mailto:")));
}

static void notices(void)
{
    struct str key = member(call(bo, "push_key", "{}"), "key");
    struct crypt_pair browser = subscribe("/ok");
    call(bo, "push_test", "{}");
    struct str request = wait_for(1), words = read_notice(&browser, request);
    CHECK(str_equal(member(words, "title"), S("编钟")));
    CHECK(!str_equal(header(request, "Topic"), S("")));
    check_name(request, key);
    send_message("六点开会");
    request = wait_for(2);
    words = read_notice(&browser, request);
    CHECK(str_starts(request, S("POST /ok HTTP/1.1")));
    CHECK(str_equal(member(words, "title"), S("Ana")));
    CHECK(str_equal(member(words, "body"), S("六点开会")));
    CHECK(str_equal(member(words, "conversation"), pair));
    CHECK(str_find(words, S("\"seq\":1")) > 0);
    CHECK(str_equal(header(request, "TTL"), S("86400")));
    CHECK(str_equal(header(request, "Urgency"), S("high")));
    CHECK(str_equal(header(request, "Content-Encoding"), S("aes128gcm")));
    struct str topic = header(request, "Topic");
    CHECK(topic.len == 32 && !str_equal(topic, header(service.asked[0], "Topic")));
    send_message("改到七点");
    CHECK(str_equal(header(wait_for(3), "Topic"), topic));
    char longest[2000];
    memset(longest, '~', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    memcpy(longest, "\\u0001", 6);
    send_message(longest);
    CHECK(str_equal(member(read_notice(&browser, wait_for(4)), "title"), S("Ana")));
    wait_until("jobs", 0);
}

/* Quiet hours around now: nothing comes, but for a disturbance; and when they end, what was missed.
 */
static void quiet_hours(void)
{
    int64_t minute = time_now() / MINUTE_MS, upto = (minute + 2) * MINUTE_MS;
    struct crypt_pair browser = subscribe("/ok");
    call(ana, "push_quiet_set",
         "{\"zone\":0,\"disturb\":\"all\",\"periods\":[{\"days\":127,\"low\":%d,\"high\":%d}]}",
         (int)((minute + 1435) % 1440), (int)((minute + 2) % 1440));
    send_message("不急");
    wait_until("jobs", 0);
    wait_for(4);
    send_message("决堤了");
    call(ana, "push_disturb", "{\"conversation\":\"%s\",\"seq\":5,\"reason\":\"快来\"}", pair.ptr);
    struct str words = read_notice(&browser, wait_for(5));
    CHECK(str_equal(member(words, "body"), S("【紧急】快来｜决堤了")));
    call(API_SERVER, "push_turn", "{\"org\":\"%s\",\"version\":1,\"at\":%lld}",
         member(call(ana, "org_me", "{}"), "id").ptr, (long long)upto);
    words = read_notice(&browser, wait_for(6));
    CHECK(str_starts(member(words, "body"), S("夜间有 5 条消息，来自 1 个会话")));
    CHECK(str_find(words, S("conversation")) < 0);
    wait_until("jobs", 0);
    call(ana, "push_quiet_set", "{\"zone\":0,\"disturb\":\"all\",\"periods\":[]}");
}

static void failures(void)
{
    subscribe("/gone");
    wait_until("devices", 2);
    send_message("一");
    wait_for(8);
    wait_until("devices", 1);
    subscribe("/busy");
    send_message("二");
    wait_for(10);
    wait_until("later", 1); /* not before the service asked for */
    wait_until("failed", 1);
    wait_until("jobs", 0);
    fetch_close();
    fetch_open(false);
    send_message("三");
    wait_until("failed", 2); /* loopback is refused, and not tried again */
    wait_until("jobs", 0);
    wait_until("later", 1);
    wait_for(10);
    call(bo, "org_sign_out", "{}");
    wait_until("devices", 0);
}

static void answer(int fd, struct str request)
{
    const char *status = str_starts(request, S("POST /gone"))   ? "410 Gone"
                         : str_starts(request, S("POST /busy")) ? "429 Busy\r\nRetry-After: 120"
                                                                : "201 Created";
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
}

int main(void)
{
    outside_open(answer);
    notices();
    quiet_hours();
    failures();
    outside_close();
    return unit_end("push over a service");
}
