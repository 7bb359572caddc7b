/* thread: one loop, its clock, and the end of its tick. */
#include "net/deflate.h"
#include "net/inner.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

static void settle_all(struct thread *thread)
{
    while (thread->first_dirty) {
        struct connection *c = thread->first_dirty;
        thread->first_dirty = c->next_dirty;
        if (!thread->first_dirty)
            thread->last_dirty = NULL;
        c->is_dirty = false;
        if (thread->first_dirty) { /* its lines come while this one's are being sent */
            __builtin_prefetch(&thread->first_dirty->thread);
            __builtin_prefetch(&thread->first_dirty->next_dirty);
            __builtin_prefetch(&thread->first_dirty->is_dirty);
        }
        connection_settle(c);
    }
}

/* With the last connection a drained thread reports; net_drain waits for all of them. */
static void report_drained(struct thread *thread)
{
    struct net *net = thread->net;
    if (!thread->is_draining ||
        atomic_load_explicit(&thread->counters[COUNT_CONNECTIONS], memory_order_relaxed))
        return;
    thread->is_draining = false;
    pthread_mutex_lock(&net->lock);
    net->drained++;
    pthread_cond_broadcast(&net->changed);
    pthread_mutex_unlock(&net->lock);
}

static void end_tick(struct thread *thread)
{
    settle_all(thread);
    report_drained(thread);
}

static void before_poll(uv_prepare_t *handle)
{
    end_tick(handle->data);
}

static void after_poll(uv_check_t *handle)
{
    end_tick(handle->data);
}

static void on_wake(uv_async_t *handle)
{
    orders_carry_out(handle->data);
}

static void set_date(struct thread *thread)
{
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(thread->date, sizeof thread->date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
}

static void on_second(uv_timer_t *handle)
{
    struct thread *thread = handle->data;
    thread->now = 1 + (uint32_t)(uv_now(&thread->loop) / 1000);
    set_date(thread);
    if (!thread->is_listening && thread->listen_fd >= 0)
        listen_start(thread); /* it had paused for want of descriptors */
    for (uint32_t i = 0; i < thread->slot_count; i++)
        if (thread->slots[i].connection && thread->slots[i].due <= thread->now)
            connection_sweep(thread->slots[i].connection);
}

void thread_open(struct thread *thread, int listen_fd)
{
    thread->listen_fd = listen_fd;
    thread->free_slot = NO_SLOT;
    thread->input = malloc(INPUT_BYTES);
    thread->join = malloc(JOIN_BYTES);
    must(thread->input && thread->join);
    must(pthread_mutex_init(&thread->lock, NULL) == 0);
    must(uv_loop_init(&thread->loop) == 0);
    must(uv_async_init(&thread->loop, &thread->wake, on_wake) == 0);
    must(uv_prepare_init(&thread->loop, &thread->before) == 0);
    must(uv_check_init(&thread->loop, &thread->after) == 0);
    must(uv_timer_init(&thread->loop, &thread->clock) == 0);
    must(uv_poll_init(&thread->loop, &thread->listener, listen_fd) == 0);
    thread->wake.data = thread->before.data = thread->after.data = thread;
    thread->clock.data = thread->listener.data = thread;
    must(uv_prepare_start(&thread->before, before_poll) == 0);
    must(uv_check_start(&thread->after, after_poll) == 0);
    must(uv_timer_start(&thread->clock, on_second, 1000, 1000) == 0);
    thread->now = 1 + (uint32_t)(uv_now(&thread->loop) / 1000);
    set_date(thread);
    listen_start(thread);
}

static void *run(void *argument)
{
    struct thread *thread = argument;
    uv_run(&thread->loop, UV_RUN_DEFAULT);
    deflate_end_thread();
    return NULL;
}

/* The signals belong to the main thread; sendfile and OpenSSL would raise SIGPIPE here. */
void thread_start(struct thread *thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    must(pthread_create(&thread->id, NULL, run, thread) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void thread_drain(struct thread *thread)
{
    listen_stop(thread);
    thread->is_draining = true;
    for (uint32_t i = 0; i < thread->slot_count; i++) {
        struct connection *c = thread->slots[i].connection;
        if (c && c->phase == PHASE_SOCKET)
            socket_close(c, CLOSE_RESTART);
        else if (c && c->phase == PHASE_HTTP && !c->http && !c->input)
            connection_leave(c);
    }
}

void thread_stop(struct thread *thread)
{
    thread->is_stopping = true;
    listen_stop(thread);
    for (uint32_t i = 0; i < thread->slot_count; i++)
        if (thread->slots[i].connection)
            connection_drop(thread->slots[i].connection);
    settle_all(thread);
    uv_close((uv_handle_t *)&thread->wake, NULL);
    uv_close((uv_handle_t *)&thread->before, NULL);
    uv_close((uv_handle_t *)&thread->after, NULL);
    uv_close((uv_handle_t *)&thread->clock, NULL);
    uv_close((uv_handle_t *)&thread->listener, NULL);
}

void thread_free(struct thread *thread)
{
    must(uv_loop_close(&thread->loop) == 0);
    orders_free(thread);
    topics_free(thread);
    queue_free_pool(thread);
    pthread_mutex_destroy(&thread->lock);
    free(thread->slots);
    free(thread->input);
    free(thread->join);
}
