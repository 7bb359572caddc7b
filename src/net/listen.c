/* listen: the listeners, one a thread on the same port, and accepting. */
#include "net/inner.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, ACCEPTS_A_TURN = 64 };

static int bound_socket(const struct addrinfo *at, bool is_shared)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int yes = 1, no = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (is_shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (at->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* SO_REUSEPORT would let us share the port with a stranger's listener; a first bind without it
 * finds that the address is taken. */
static int open_at(const struct addrinfo *at, bool is_first)
{
    if (is_first) {
        int probe = bound_socket(at, false);
        if (probe < 0)
            return -1;
        close(probe);
    }
    return bound_socket(at, true);
}

int listen_open(struct str host, int port, bool is_first, struct arena *arena, struct str *error)
{
    struct str name = arena_copy(arena, host);
    struct str service = arena_printf(arena, "%d", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(name.len ? name.ptr : NULL, service.ptr, &hints, &found) != 0 || !found) {
        *error = arena_printf(arena, "%s is not an address to listen on", name.ptr);
        return -1;
    }
    int fd = open_at(found, is_first);
    if (fd < 0)
        *error =
            arena_printf(arena, "cannot listen on %s port %d: %s", name.ptr, port, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

int listen_port(int fd)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    must(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, &at, sizeof v4);
    memcpy(&v6, &at, sizeof v6);
    return ntohs(at.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

/* IPv4 as ::ffff:a.b.c.d, so that one field holds both. */
static struct in6_addr address_of(const struct sockaddr_storage *from)
{
    struct in6_addr out = {0};
    if (from->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        return v6.sin6_addr;
    }
    struct sockaddr_in v4;
    memcpy(&v4, from, sizeof v4);
    out.s6_addr[10] = out.s6_addr[11] = 0xff;
    memcpy(&out.s6_addr[12], &v4.sin_addr, 4);
    return out;
}

static void turn_away(struct thread *thread, int fd)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
                                 "Retry-After: 5\r\nConnection: close\r\n\r\n";
    count_add(thread, COUNT_REFUSED, 1);
    if (!thread->net->settings.certificate_file.len)
        (void)!send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
    close(fd);
}

static void welcome(struct thread *thread, int fd, const struct sockaddr_storage *from)
{
    struct net *net = thread->net;
    if (atomic_load(&net->connections) >= net->settings.connections) {
        turn_away(thread, fd);
        return;
    }
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct in6_addr address = address_of(from);
    connection_open(thread, fd, &address, tls_accept(net, fd));
}

/* Asking again at once would spin: the clock begins anew within a second. Those who knock meanwhile
 * wait in the kernel's queue. One line tells of it, however many threads and seconds it lasts. */
static void pause_listening(struct thread *thread, int reason)
{
    uv_poll_stop(&thread->listener);
    thread->is_listening = false;
    if (thread->is_short)
        return;
    thread->is_short = true;
    if (atomic_fetch_add(&thread->net->short_threads, 1) == 0)
        log_line(LOG_ERROR, "accepting-paused", LOG_TEXT("why", str_from(strerror(reason))),
                 LOG_INT("connections", (int64_t)atomic_load(&thread->net->connections)));
}

/* All who had knocked are in. */
static void end_shortage(struct thread *thread)
{
    if (!thread->is_short)
        return;
    thread->is_short = false;
    if (atomic_fetch_sub(&thread->net->short_threads, 1) == 1)
        log_line(LOG_WARN, "accepting-again",
                 LOG_INT("connections", (int64_t)atomic_load(&thread->net->connections)));
}

static void on_knock(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct thread *thread = poll->data;
    for (int turn = 0; status == 0 && turn < ACCEPTS_A_TURN; turn++) {
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        int fd = accept4(thread->listen_fd, (struct sockaddr *)&from, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(thread, fd, &from);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_listening(thread, errno);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            end_shortage(thread);
            return;
        }
    }
}

void listen_start(struct thread *thread)
{
    thread->is_listening = uv_poll_start(&thread->listener, UV_READABLE, on_knock) == 0;
}

void listen_stop(struct thread *thread)
{
    if (thread->listen_fd < 0)
        return;
    uv_poll_stop(&thread->listener);
    close(thread->listen_fd);
    thread->listen_fd = -1;
    thread->is_listening = false;
}
