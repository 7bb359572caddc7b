/* preview: from an address in a message to what stands behind it, over a web server of this test's
 * own. */
#include "tests/outside.h"

/* A PNG of one pixel. */
static const unsigned char picture[] = {
    0x89, 'P',  'N',  'G',  0x0d, 0x0a, 0x1a, 0x0a, 0,    0,    0,    0x0d, 'I',  'H',
    'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,    6,    0,    0,
    0,    0x1f, 0x15, 0xc4, 0x89, 0,    0,    0,    0x0a, 'I',  'D',  'A',  'T',  0x78,
    0x9c, 0x63, 0,    1,    0,    0,    5,    0,    1,    0x0d, 0x0a, 0x2d, 0xb4, 0,
    0,    0,    0,    'I',  'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82};

static void say(int fd, const char *head, struct str words)
{
    must(dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", head,
                 words.len) > 0);
    for (ssize_t sent; words.len && (sent = write(fd, words.ptr, words.len)) > 0;)
        words = str_skip(words, (size_t)sent);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held: /slow waits */

static void answer(int fd, struct str request)
{
    struct str rest = request;
    str_cut(&rest, ' ');
    struct str path = str_cut(&rest, ' ');
    if (str_equal(path, S("/slow"))) {
        pthread_mutex_lock(&gate);
        pthread_mutex_unlock(&gate);
    }
    if (str_equal(path, S("/moved")))
        say(fd, "302 Found\r\nLocation: /page", S(""));
    else if (str_equal(path, S("/p.png")))
        say(fd, "200 OK\r\nContent-Type: image/png", str_of((const char *)picture, sizeof picture));
    else if (str_equal(path, S("/gbk")))
        say(fd, "200 OK\r\nContent-Type: text/html; charset=GB2312",
            S("<title>\xb1\xe0\xd6\xd3</title>"));
    else if (str_equal(path, S("/plain")))
        say(fd, "200 OK\r\nContent-Type: text/plain", S("<title>not read</title>"));
    else if (str_equal(path, S("/large"))) {
        static char bytes[2 << 20];
        memset(bytes, ' ', 2 << 20);
        memcpy(bytes, "<title>large</title>", 20);
        say(fd, "200 OK\r\nContent-Type: text/html", str_of(bytes, 2 << 20));
    } else if (str_equal(path, S("/none")))
        say(fd, "404 Not Found\r\nContent-Type: text/html", S("<title>not found</title>"));
    else
        say(fd, "200 OK\r\nContent-Type: text/html; charset=utf-8",
            S("<title>t</title><meta property=og:title content='水库 &amp; 堤防'>"
              "<meta name=description content='今日水位'><meta property=og:image content=/p.png>"));
}

/* ---- what comes of it ------------------------------------------------------------------------ */

static int64_t waiting(void)
{
    db_snapshot_begin(db);
    int64_t found =
        number(db_read(db, "SELECT count(*) FROM job WHERE kind = 'talk_preview'", NONE));
    db_snapshot_end(db);
    return found;
}

static void settle(void)
{
    for (int i = 0; i < 10000 && waiting(); i++)
        usleep(1000);
    CHECK(!waiting());
}

/* The newest message. */
static struct str newest(void)
{
    return call(bo, "talk_history", "{\"conversation\":\"%s\",\"limit\":1}", pair.ptr);
}

static struct str after(const char *path)
{
    send_message(arena_printf(arena, "看 http://127.0.0.1:%d%s 吧", service.port, path).ptr);
    settle();
    return newest();
}

static bool has(struct str reply, const char *text)
{
    return str_find(reply, str_from(text)) >= 0;
}

static void pages(void)
{
    struct str reply = after("/page");
    CHECK(has(reply, "\"title\":\"水库 & 堤防\"") && has(reply, "\"text\":\"今日水位\""));
    CHECK(str_equal(member(reply, "url"),
                    arena_printf(arena, "http://127.0.0.1:%d/page", service.port)));
    struct str file = member(str_skip(reply, (size_t)str_find(reply, S("今日水位"))), "file");
    CHECK(file.len > 0);
    struct str bytes;
    struct str input = arena_printf(arena, "{\"file\":\"%s\"}", file.ptr);
    CHECK(api_call(api, S("file_get"), input, bo, 0, arena, &bytes) == 200);
    CHECK(has(after("/moved"), "\"title\":\"水库 & 堤防\""));
    CHECK(has(after("/gbk"), "\"title\":\"编钟\""));
    CHECK(has(after("/large"), "\"title\":\"large\"")); /* the rest of it is left */
    CHECK(!has(after("/plain"), "\"link\"") && !has(after("/none"), "\"link\""));
    CHECK(!has(after("/p.png"), "\"link\""));
    send_message("http://127.0.0.1:1/ 没有人");
    settle();
    CHECK(!has(newest(), "\"link\""));
}

/* Whoever changes the message in between keeps what they made of it. */
static void changes(void)
{
    struct str text = arena_printf(arena, "http://127.0.0.1:%d/slow", service.port);
    pthread_mutex_lock(&gate);
    send_message(text.ptr);
    struct str reply = newest();
    ptrdiff_t at = str_find(reply, S("\"seq\":"));
    struct str rest = str_skip(reply, (size_t)at + 6), seq = arena_copy(arena, str_cut(&rest, ','));
    call(ana, "talk_edit", "{\"conversation\":\"%s\",\"seq\":%s,\"body\":\"改了\"}", pair.ptr,
         seq.ptr);
    pthread_mutex_unlock(&gate);
    settle();
    CHECK(has(newest(), "改了") && !has(newest(), "\"link\""));
    pthread_mutex_lock(&gate);
    send_message(text.ptr);
    reply = newest();
    at = str_find(reply, S("\"seq\":"));
    rest = str_skip(reply, (size_t)at + 6);
    seq = arena_copy(arena, str_cut(&rest, ','));
    call(ana, "talk_recall", "{\"conversation\":\"%s\",\"seq\":%s}", pair.ptr, seq.ptr);
    pthread_mutex_unlock(&gate);
    settle();
    CHECK(has(newest(), "is_recalled") && !has(newest(), "\"link\""));
}

static void rules(void)
{
    call(ana, "talk_rules_set", "{\"recall_minutes\":9,\"edit_minutes\":9,\"previews\":false}");
    pthread_mutex_lock(&service.lock);
    size_t before = service.count;
    pthread_mutex_unlock(&service.lock);
    CHECK(!has(after("/page"), "\"link\""));
    call(ana, "talk_rules_set", "{\"recall_minutes\":9,\"edit_minutes\":9}");
    CHECK(!has(after("/page"), "\"link\"")); /* it stays as it was */
    call(ana, "talk_rules_set", "{\"recall_minutes\":9,\"edit_minutes\":9,\"previews\":true}");
    fetch_close();
    fetch_open(false);
    CHECK(!has(after("/page"), "\"link\"")); /* a private address is refused */
    pthread_mutex_lock(&service.lock);
    CHECK(service.count == before);
    pthread_mutex_unlock(&service.lock);
}

int main(void)
{
    outside_open(answer);
    pages();
    changes();
    rules();
    outside_close();
    return unit_end("previews of pages");
}
