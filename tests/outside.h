/* outside: another server on this machine, and people who call ops: for tests of what goes out. */
#ifndef TESTS_OUTSIDE_H
#define TESTS_OUTSIDE_H

#include "base/log.h"
#include "base/text.h"
#include "fetch/fetch.h"
#include "main/commands.h"
#include "org/org.h"
#include "tests/places.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>

/* ---- the other server ------------------------------------------------------------------------ */

enum { MOST_ASKED = 50, LARGEST_REQUEST = 8192 };

struct service {
    int listener, port;
    void (*answer)(int fd, struct str request); /* writes all of it */
    pthread_t thread;
    pthread_mutex_t lock;
    size_t count;
    struct str asked[MOST_ASKED];
    char bytes[MOST_ASKED][LARGEST_REQUEST];
};
static struct service service = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct arena *arena;

static inline struct str header(struct str request, const char *name)
{
    struct str marked = arena_printf(arena, "\r\n%s: ", name);
    ptrdiff_t at = str_find(request, marked);
    struct str rest = at < 0 ? S("") : str_skip(request, (size_t)at + marked.len);
    return str_cut(&rest, '\r');
}

static inline struct str body(struct str request)
{
    ptrdiff_t end = str_find(request, S("\r\n\r\n"));
    return end < 0 ? S("") : str_skip(request, (size_t)end + 4);
}

static inline bool is_whole(struct str request)
{
    ptrdiff_t end = str_find(request, S("\r\n\r\n")), at = str_find(request, S("Content-Length: "));
    struct str rest = at < 0 ? S("0") : str_skip(request, (size_t)at + 16);
    int64_t length = 0;
    str_to_int(str_cut(&rest, '\r'), &length);
    return end >= 0 && request.len >= (size_t)end + 4 + (size_t)length;
}

static inline void take(int fd)
{
    char bytes[LARGEST_REQUEST];
    size_t len = 0;
    for (ssize_t got = 1; got > 0 && !is_whole(str_of(bytes, len)); len += (size_t)got)
        if ((got = recv(fd, bytes + len, sizeof bytes - len, 0)) < 0)
            break;
    service.answer(fd, str_of(bytes, len));
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

static inline void service_open(void (*answer)(int fd, struct str request))
{
    service.answer = answer;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof any;
    service.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(service.listener, (struct sockaddr *)&any, len) == 0);
    must(listen(service.listener, 20) == 0);
    must(getsockname(service.listener, (struct sockaddr *)&any, &len) == 0);
    service.port = ntohs(any.sin_port);
    must(pthread_create(&service.thread, NULL, serve, NULL) == 0);
}

static inline void service_close(void)
{
    shutdown(service.listener, SHUT_RDWR);
    pthread_join(service.thread, NULL);
    close(service.listener);
}

/* Waits until so many have come; the last of them. */
static inline struct str wait_for(size_t count)
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

static inline struct str call(int64_t session, const char *op, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline struct str call(int64_t session, const char *op, const char *format, ...)
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
static inline struct str member(struct str reply, const char *name)
{
    struct str marked = arena_printf(arena, "\"%s\":\"", name);
    ptrdiff_t at = str_find(reply, marked);
    struct str rest = at < 0 ? S("") : str_skip(reply, (size_t)at + marked.len);
    return arena_copy(arena, str_cut(&rest, '"'));
}

static inline int64_t number(struct rows rows)
{
    return rows.count ? row_int(&rows, 0, 0) : 0;
}

static inline int64_t newest_session(void)
{
    db_snapshot_begin(db);
    int64_t found = number(db_read(db, "SELECT max(id) FROM session", NONE));
    db_snapshot_end(db);
    return found;
}

static int64_t ana, bo;
static struct str pair;

static inline void people(void)
{
    struct str token = member(call(API_SERVER, "org_setup_token", "{}"), "token");
    call(0, "org_setup",
         "{\"token\":\"%s\",\"organisation\":\"县\",\"name\":\"Ana\",\"login\":\"ana\","
         "\"password\":\"correct horse\",\"key\":\"key-setup\"}",
         token.ptr);
    ana = newest_session();
    token = member(call(ana, "org_invite", "{\"key\":\"key-invite\"}"), "token");
    call(0, "org_join",
         "{\"token\":\"%s\",\"name\":\"Bo\",\"login\":\"bo\","
         "\"password\":\"correct horse\",\"key\":\"key-join\"}",
         token.ptr);
    bo = newest_session();
    struct str person = member(call(bo, "org_me", "{}"), "person");
    pair = member(call(ana, "talk_direct", "{\"person\":\"%s\",\"key\":\"key-pair\"}", person.ptr),
                  "id");
}

static inline void send_message(const char *words)
{
    call(ana, "talk_send", "{\"conversation\":\"%s\",\"body\":\"%s\",\"key\":\"key-send%d\"}",
         pair.ptr, words, keys++);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static struct place place;
static struct store *store;

/* A server with Ana and Bo, which may reach private addresses. */
static inline void outside_open(void (*answer)(int fd, struct str request))
{
    struct str error;
    arena = arena_new();
    log_set_level(LOG_ERROR);
    service_open(answer);
    place = place_new(getenv("TEST_DATABASE") != NULL);
    store = store_open(&place.settings, store_modules(arena), module_count, arena, &error);
    must(store);
    struct api_settings settings = {.readers = 1, .rate_factor = 1000};
    fetch_open(true);
    api = api_open(store, modules, module_count, org_who, &settings);
    db = store_reader(store);
    db_set_arena(db, arena);
    people();
}

static inline void outside_close(void)
{
    db_close(db);
    api_close(api);
    fetch_close();
    store_close(store);
    place_free(&place);
    service_close();
    arena_free(arena);
}

#endif
