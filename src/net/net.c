/* net: opening, draining and closing the gateway, and its figures. The other public functions are
 * orders to its threads and stand in order.c; those of frames stand in frame.c. */
#include "net/inner.h"
#include "base/time.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static size_t size_or(size_t given, size_t otherwise)
{
    return given ? given : otherwise;
}

static int seconds_or(int given, int otherwise)
{
    return given > 0 ? given : otherwise;
}

static char *copy_path(struct str path)
{
    char *copy = calloc(1, path.len + 1);
    must(copy);
    if (path.len)
        memcpy(copy, path.ptr, path.len);
    return copy;
}

static struct net *net_new(const struct net_settings *given, const struct net_handler *handler)
{
    must(given->threads >= 1 && given->threads <= 64);
    struct net *net = calloc(1, sizeof *net);
    must(net);
    net->handler = *handler;
    net->settings = *given;
    struct net_settings *settings = &net->settings;
    settings->head_bytes = size_or(given->head_bytes, 16 << 10);
    settings->body_bytes = size_or(given->body_bytes, 256 << 20);
    settings->message_bytes = size_or(given->message_bytes, 256 << 10);
    settings->queue_bytes = size_or(given->queue_bytes, 4 << 20);
    settings->connections = size_or(given->connections, 200000);
    settings->head_seconds = seconds_or(given->head_seconds, 15);
    settings->body_idle_seconds = seconds_or(given->body_idle_seconds, 30);
    settings->keep_alive_seconds = seconds_or(given->keep_alive_seconds, 75);
    settings->ping_seconds = seconds_or(given->ping_seconds, 45);
    net->certificate_file = copy_path(given->certificate_file);
    net->key_file = copy_path(given->key_file);
    settings->certificate_file = str_from(net->certificate_file);
    settings->key_file = str_from(net->key_file);
    settings->host = (struct str){0}; /* the caller's; not kept */
    net->thread_count = (uint32_t)given->threads;
    net->threads = calloc(net->thread_count, sizeof *net->threads);
    must(net->threads);
    must(pthread_mutex_init(&net->lock, NULL) == 0);
    pthread_condattr_t monotonic;
    must(pthread_condattr_init(&monotonic) == 0);
    must(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&net->changed, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    return net;
}

static void net_free(struct net *net)
{
    SSL_CTX_free(net->tls);
    pthread_cond_destroy(&net->changed);
    pthread_mutex_destroy(&net->lock);
    free(net->certificate_file);
    free(net->key_file);
    free(net->threads);
    free(net);
}

/* One listener for each thread; all or none. */
static bool open_listeners(struct net *net, struct str host, int fds[static 64],
                           struct arena *arena, struct str *error)
{
    net->port = net->settings.port;
    for (uint32_t i = 0; i < net->thread_count; i++) {
        fds[i] = listen_open(host, net->port, i == 0, arena, error);
        if (fds[i] < 0) {
            while (i > 0)
                close(fds[--i]);
            return false;
        }
        net->port = listen_port(fds[i]);
    }
    return true;
}

struct net *net_open(const struct net_settings *settings, const struct net_handler *handler,
                     struct arena *arena, struct str *error)
{
    struct net *net = net_new(settings, handler);
    int fds[64];
    if (net->settings.certificate_file.len) {
        net->tls = tls_context(net->certificate_file, net->key_file, arena, error);
        if (!net->tls) {
            net_free(net);
            return NULL;
        }
    }
    if (!open_listeners(net, settings->host, fds, arena, error)) {
        net_free(net);
        return NULL;
    }
    for (uint32_t i = 0; i < net->thread_count; i++) {
        net->threads[i].net = net;
        net->threads[i].index = i;
        thread_open(&net->threads[i], fds[i]);
    }
    for (uint32_t i = 0; i < net->thread_count; i++)
        thread_start(&net->threads[i]);
    return net;
}

int net_port(const struct net *net)
{
    return net->port;
}

bool net_reload(struct net *net, struct arena *arena, struct str *error)
{
    if (!net->settings.certificate_file.len)
        return true;
    SSL_CTX *fresh = tls_context(net->certificate_file, net->key_file, arena, error);
    if (!fresh)
        return false;
    pthread_mutex_lock(&net->lock);
    SSL_CTX *old = net->tls;
    net->tls = fresh;
    pthread_mutex_unlock(&net->lock);
    SSL_CTX_free(old);
    return true;
}

void net_drain(struct net *net, int64_t grace_ms)
{
    int64_t until = time_monotonic_ns() + grace_ms * 1000000;
    struct timespec when = {.tv_sec = (time_t)(until / 1000000000),
                            .tv_nsec = (long)(until % 1000000000)};
    pthread_mutex_lock(&net->lock);
    net->drained = 0;
    pthread_mutex_unlock(&net->lock);
    orders_drain(net);
    pthread_mutex_lock(&net->lock);
    while (net->drained < net->thread_count)
        if (pthread_cond_timedwait(&net->changed, &net->lock, &when) != 0)
            break;
    pthread_mutex_unlock(&net->lock);
}

void net_close(struct net *net)
{
    orders_stop(net);
    for (uint32_t i = 0; i < net->thread_count; i++)
        pthread_join(net->threads[i].id, NULL);
    for (uint32_t i = 0; i < net->thread_count; i++)
        thread_free(&net->threads[i]);
    net_free(net);
}

static uint64_t sum(const struct net *net, enum counter counter)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < net->thread_count; i++)
        total += atomic_load_explicit(&net->threads[i].counters[counter], memory_order_relaxed);
    return total;
}

void net_figures(const struct net *net, struct net_figures *out)
{
    *out = (struct net_figures){
        .connections = sum(net, COUNT_CONNECTIONS),
        .sockets = sum(net, COUNT_SOCKETS),
        .accepted = sum(net, COUNT_ACCEPTED),
        .requests = sum(net, COUNT_REQUESTS),
        .messages_in = sum(net, COUNT_MESSAGES_IN),
        .frames_out = sum(net, COUNT_FRAMES_OUT),
        .bytes_in = sum(net, COUNT_BYTES_IN),
        .bytes_out = sum(net, COUNT_BYTES_OUT),
        .refused = sum(net, COUNT_REFUSED),
        .closed_slow = sum(net, COUNT_CLOSED_SLOW),
    };
}
