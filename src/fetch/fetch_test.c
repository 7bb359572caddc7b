/* Units of fetch: which addresses are public, and transfers with a server of this test's own. */
#include "fetch/fetch.h"
#include "base/must.h"
#include "tests/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_public(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return fetch_is_public((const struct sockaddr *)&four);
    must(inet_pton(AF_INET6, text, &six.sin6_addr) == 1);
    return fetch_is_public((const struct sockaddr *)&six);
}

static void addresses(void)
{
    static const char *const open[] = {"1.1.1.1",      "114.114.114.114", "172.15.0.1",
                                       "172.32.0.1",   "100.63.0.1",      "192.167.1.1",
                                       "2400:3200::1", "::ffff:1.1.1.1",  "2002:0101:0101::1",
                                       "198.20.0.1",   "11.0.0.1",        "223.5.5.5"};
    static const char *const closed[] = {
        "127.0.0.1",      "10.1.2.3",          "172.16.0.1",  "172.31.255.255",
        "192.168.1.1",    "169.254.169.254",   "100.64.0.1",  "0.0.0.0",
        "224.0.0.1",      "255.255.255.255",   "::1",         "::",
        "fe80::1",        "fc00::1",           "fd00::1",     "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:0a00:0001::1", "2001:db8::1", "ff02::1",
        "2001:0::1",      "192.0.2.1",         "198.18.0.1"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        CHECK(is_public(open[i]));
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        CHECK(!is_public(closed[i]));
    CHECK(fetch_is_address(S("https://example.org/a?b=c")));
    CHECK(fetch_is_address(S("http://[2400:3200::1]:8080/")));
    CHECK(!fetch_is_address(S("ftp://example.org/")) && !fetch_is_address(S("file:///etc/passwd")));
    CHECK(!fetch_is_address(S("https://ana:secret@example.org/")));
    CHECK(!fetch_is_address(S("")) && !fetch_is_address(S("example.org")));
    CHECK(!fetch_is_address(S("http://")) && !fetch_is_address(S("http://a\0b/")));
}

static bool resolves(struct arena *arena, const char *base, const char *reference,
                     const char *wanted)
{
    return str_equal(fetch_resolve(arena, str_from(base), str_from(reference)), str_from(wanted));
}

static void references(void)
{
    struct arena *arena = arena_new();
    CHECK(resolves(arena, "https://a.org/b/c?d", "/p.png", "https://a.org/p.png"));
    CHECK(resolves(arena, "https://a.org/b/c?d", "p q.png", "https://a.org/b/p%20q.png"));
    CHECK(resolves(arena, "https://a.org/b", "//c.org/p", "https://c.org/p"));
    CHECK(resolves(arena, "https://a.org/b", "http://c.org/p", "http://c.org/p"));
    CHECK(resolves(arena, "https://a.org/b", "file:///etc/passwd", ""));
    CHECK(resolves(arena, "https://a.org/b", "data:image/png;base64,AA", ""));
    CHECK(resolves(arena, "https://a.org/b", "", "") && resolves(arena, "", "p", ""));
    arena_free(arena);
}

/* ---- a server that gives one answer after another -------------------------------------------- */

struct place {
    int listener;
    int port;
    struct str asked; /* the last request */
    char bytes[4096];
};

static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n"
                           "Connection: close\r\n\r\n0123456789";

static void answer(struct place *place, int fd)
{
    ssize_t got = recv(fd, place->bytes, sizeof place->bytes - 1, 0);
    must(got > 0);
    place->asked = str_of(place->bytes, (size_t)got);
    if (str_find(place->asked, S(" /moved ")) >= 0)
        dprintf(fd,
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/page\r\n"
                "Content-Length: 0\r\nConnection: close\r\n\r\n",
                place->port);
    else if (str_find(place->asked, S(" /busy ")) >= 0)
        dprintf(fd, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n"
                    "Connection: close\r\n\r\n");
    else if (str_find(place->asked, S(" /slow ")) >= 0)
        usleep(400 * 1000);
    else
        dprintf(fd, "%s", page);
}

static void *serve(void *context)
{
    struct place *place = context;
    for (int fd; (fd = accept(place->listener, NULL, NULL)) >= 0; close(fd))
        answer(place, fd);
    return NULL;
}

static struct place *place;

static bool run(struct fetch fetch, const char *path, struct fetch_answer *out, struct str *why)
{
    static struct arena *arena;
    arena = arena ? arena : arena_new();
    fetch.url = arena_printf(arena, "http://127.0.0.1:%d%s", place->port, path);
    bool has_come = fetch_run(arena, &fetch, out, why);
    if (!path[0])
        arena_free(arena);
    return has_come;
}

static void transfers(void)
{
    struct fetch_answer out;
    struct str why = S("");
    struct fetch usual = {.most = 100, .timeout_ms = 5000, .redirects = 2};
    fetch_open(false);
    CHECK(!run(usual, "/page", &out, &why) && str_equal(why, S("refused-address")));
    fetch_close();
    fetch_open(true);
    CHECK(run(usual, "/page", &out, &why) && out.status == 200);
    CHECK(str_equal(out.body, S("0123456789")) && str_equal(out.type, S("text/plain")));
    CHECK(run(usual, "/moved", &out, &why) && str_ends(out.url, S("/page")));
    usual.redirects = 0;
    CHECK(run(usual, "/moved", &out, &why) && out.status == 302);
    usual.most = 4;
    CHECK(!run(usual, "/page", &out, &why) && str_equal(why, S("too-large")));
    usual.cuts = true;
    CHECK(run(usual, "/page", &out, &why) && str_equal(out.body, S("0123")));
    usual.timeout_ms = 100;
    CHECK(!run(usual, "/slow", &out, &why) && str_equal(why, S("timeout")));
    struct fetch_header header = {S("X-Mark"), S("bell")};
    struct fetch post = {.type = S("application/json"),
                         .body = S("{}"),
                         .headers = &header,
                         .header_count = 1,
                         .most = 100,
                         .timeout_ms = 5000};
    CHECK(run(post, "/page", &out, &why));
    CHECK(str_starts(place->asked, S("POST /page ")) && str_ends(place->asked, S("{}")));
    CHECK(str_find(place->asked, S("X-Mark: bell")) > 0);
    CHECK(run(usual, "/busy", &out, &why) && out.status == 429 && out.retry_after == 7);
    run(usual, "", &out, &why);
    fetch_close();
}

static void many_transfers(void)
{
    enum { ITEMS = 40 };
    struct arena *arena = arena_new();
    struct fetch_item items[ITEMS] = {0};
    fetch_open(true);
    for (int i = 0; i < ITEMS; i++)
        items[i].fetch =
            (struct fetch){.url = i == 3 ? S("nowhere")
                                         : arena_printf(arena, "http://127.0.0.1:%d%s", place->port,
                                                        i % 2 ? "/page" : "/busy"),
                           .most = 100,
                           .timeout_ms = 5000};
    fetch_run_all(arena, items, ITEMS);
    for (int i = 0; i < ITEMS; i++)
        CHECK(i == 3 ? !items[i].has_come && str_equal(items[i].why, S("address"))
                     : items[i].has_come && items[i].answer.status == (i % 2 ? 200 : 429));
    fetch_close();
    arena_free(arena);
}

int main(void)
{
    static struct place it;
    place = &it;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof any;
    it.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(it.listener, (struct sockaddr *)&any, len) == 0 && listen(it.listener, 5) == 0);
    must(getsockname(it.listener, (struct sockaddr *)&any, &len) == 0);
    it.port = ntohs(any.sin_port);
    pthread_t thread;
    must(pthread_create(&thread, NULL, serve, &it) == 0);
    addresses();
    references();
    transfers();
    many_transfers();
    shutdown(it.listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(it.listener);
    return unit_end("fetch");
}
