/* push: from a message to what a browser reads, over a push service of this test's own. */
#include "base/log.h"
#include "base/text.h"
#include "fetch/fetch.h"
#include "main/commands.h"
#include "org/org.h"
#include "tests/browser.h"
#include "tests/places.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>

/* ---- a push service -------------------------------------------------------------------------- */

enum { MOST_ASKED = 50, LARGEST_REQUEST = 8192 };

struct service {
    int listener, port;
    pthread_mutex_t lock;
    size_t count;
    struct str asked[MOST_ASKED];
    char bytes[MOST_ASKED][LARGEST_REQUEST];
};
static struct service service = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct arena *arena;

static struct str header(struct str request, const char *name)
{
    struct str marked = arena_printf(arena, "\r\n%s: ", name);
    ptrdiff_t at = str_find(request, marked);
    struct str rest = at < 0 ? S("") : str_skip(request, (size_t)at + marked.len);
    return str_cut(&rest, '\r');
}

static struct str body(struct str request)
{
    ptrdiff_t end = str_find(request, S("\r\n\r\n"));
    return end < 0 ? S("") : str_skip(request, (size_t)end + 4);
}

static bool is_whole(struct str request)
{
    ptrdiff_t end = str_find(request, S("\r\n\r\n")), at = str_find(request, S("Content-Length: "));
    struct str rest = at < 0 ? S("0") : str_skip(request, (size_t)at + 16);
    int64_t length = 0;
    str_to_int(str_cut(&rest, '\r'), &length);
    return end >= 0 && request.len >= (size_t)end + 4 + (size_t)length;
}

static void take(int fd)
{
    char bytes[LARGEST_REQUEST];
    size_t len = 0;
    for (ssize_t got = 1; got > 0 && !is_whole(str_of(bytes, len)); len += (size_t)got)
        if ((got = recv(fd, bytes + len, sizeof bytes - len, 0)) < 0)
            break;
    struct str request = str_of(bytes, len);
    const char *answer = str_find(request, S("POST /gone")) == 0   ? "410 Gone"
                         : str_find(request, S("POST /busy")) == 0 ? "429 Busy\r\nRetry-After: 120"
                                                                   : "201 Created";
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", answer);
    pthread_mutex_lock(&service.lock);
    if (service.count < MOST_ASKED) {
        memcpy(service.bytes[service.count], bytes, len);
        service.asked[service.count] = str_of(service.bytes[service.count], len);
        service.count++;
    }
    pthread_mutex_unlock(&service.lock);
}

static void *serve(void *context)
{
    (void)context;
    for (int fd; (fd = accept(service.listener, NULL, NULL)) >= 0; close(fd))
        take(fd);
    return NULL;
}

static pthread_t service_open(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof any;
    service.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(service.listener, (struct sockaddr *)&any, len) == 0);
    must(listen(service.listener, 20) == 0);
    must(getsockname(service.listener, (struct sockaddr *)&any, &len) == 0);
    service.port = ntohs(any.sin_port);
    pthread_t thread;
    must(pthread_create(&thread, NULL, serve, NULL) == 0);
    return thread;
}

/* Waits until so many have come; the last of them. */
static struct str wait_for(size_t count)
{
    size_t come = 0;
    for (int i = 0; i < 5000 && come < count; i++) {
        usleep(1000);
        pthread_mutex_lock(&service.lock);
        come = service.count;
        pthread_mutex_unlock(&service.lock);
    }
    CHECK(come == count);
    return come >= count && count ? service.asked[count - 1] : S("");
}

/* ---- people ---------------------------------------------------------------------------------- */

static struct api *api;
static struct db *db;
static int keys;

static struct str call(int64_t session, const char *op, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static struct str call(int64_t session, const char *op, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct str input = arena_vprintf(arena, format, arguments), reply;
    va_end(arguments);
    int status = api_call(api, str_from(op), input, session, 0, arena, &reply);
    if (status != 200)
        fprintf(stderr, "%s: %.*s\n", op, STR_ARG(reply));
    CHECK(status == 200);
    return reply;
}

/* The text member of that name, wherever it stands first. */
static struct str member(struct str reply, const char *name)
{
    struct str marked = arena_printf(arena, "\"%s\":\"", name);
    ptrdiff_t at = str_find(reply, marked);
    struct str rest = at < 0 ? S("") : str_skip(reply, (size_t)at + marked.len);
    return arena_copy(arena, str_cut(&rest, '"'));
}

static int64_t number(struct rows rows)
{
    return rows.count ? row_int(&rows, 0, 0) : 0;
}

static int64_t ask(const char *what)
{
    db_snapshot_begin(db);
    int64_t found =
        !strcmp(what, "session") ? number(db_read(db, "SELECT max(id) FROM session", NONE))
        : !strcmp(what, "later") ? number(db_read(db,
                                                  "SELECT count(*) FROM job WHERE kind = "
                                                  "'push_send' AND due > ?1",
                                                  INT(time_now() + 110 * SECOND_MS)))
        : !strcmp(what, "jobs")  ? number(db_read(db,
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

static int64_t ana, bo;
static struct str pair;

static void people(void)
{
    struct str token = member(call(API_SERVER, "org_setup_token", "{}"), "token");
    call(0, "org_setup",
         "{\"token\":\"%s\",\"organisation\":\"县\",\"name\":\"Ana\",\"login\":\"ana\","
         "\"password\":\"correct horse\",\"key\":\"key-setup\"}",
         token.ptr);
    ana = ask("session");
    token = member(call(ana, "org_invite", "{\"key\":\"key-invite\"}"), "token");
    call(0, "org_join",
         "{\"token\":\"%s\",\"name\":\"Bo\",\"login\":\"bo\","
         "\"password\":\"correct horse\",\"key\":\"key-join\"}",
         token.ptr);
    bo = ask("session");
    struct str person = member(call(bo, "org_me", "{}"), "person");
    pair = member(call(ana, "talk_direct", "{\"person\":\"%s\",\"key\":\"key-pair\"}", person.ptr),
                  "id");
}

static void send_message(const char *words)
{
    call(ana, "talk_send", "{\"conversation\":\"%s\",\"body\":\"%s\",\"key\":\"key-send%d\"}",
         pair.ptr, words, keys++);
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

int main(void)
{
    arena = arena_new();
    log_set_level(LOG_ERROR);
    pthread_t thread = service_open();
    struct place place = place_new(getenv("TEST_DATABASE") != NULL);
    struct str error;
    struct store *store =
        store_open(&place.settings, store_modules(arena), module_count, arena, &error);
    must(store);
    struct api_settings settings = {.readers = 1, .rate_factor = 1000};
    fetch_open(true);
    api = api_open(store, modules, module_count, org_who, &settings);
    db = store_reader(store);
    db_set_arena(db, arena);
    people();
    notices();
    quiet_hours();
    failures();
    db_close(db);
    api_close(api);
    fetch_close();
    store_close(store);
    place_free(&place);
    shutdown(service.listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(service.listener);
    arena_free(arena);
    return unit_end("push over a service");
}
