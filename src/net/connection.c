/* connection: one socket from accept to close. Reads, deadlines, and the end of the tick.
 *
 * Bytes go to the exchange (http.c) or to the WebSocket (websocket.c); what these do not take yet
 * is kept in `input`, which exists only while it holds something. */
#include "net/inner.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READS_A_TURN = 4 };

/* ---- slots --------------------------------------------------------------------------------- */

static uint32_t take_slot(struct thread *thread)
{
    if (thread->free_slot == NO_SLOT) {
        uint32_t count = thread->slot_count ? 2 * thread->slot_count : 64;
        thread->slots = realloc(thread->slots, count * sizeof *thread->slots);
        must(thread->slots);
        for (uint32_t i = count; i > thread->slot_count; i--) {
            thread->slots[i - 1] = (struct slot){.generation = 1, .next_free = thread->free_slot};
            thread->free_slot = i - 1;
        }
        thread->slot_count = count;
    }
    uint32_t slot = thread->free_slot;
    thread->free_slot = thread->slots[slot].next_free;
    return slot;
}

static void give_slot(struct thread *thread, uint32_t at)
{
    struct slot *slot = &thread->slots[at];
    slot->connection = NULL;
    slot->generation++;
    slot->next_free = thread->free_slot;
    thread->free_slot = at;
}

struct connection *thread_find(struct thread *thread, struct net_peer peer)
{
    if (peer.slot >= thread->slot_count || thread->slots[peer.slot].generation != peer.generation)
        return NULL;
    struct connection *c = thread->slots[peer.slot].connection;
    return c && c->phase != PHASE_GONE ? c : NULL;
}

struct net_peer connection_peer(const struct connection *c, uint64_t exchange)
{
    return (struct net_peer){c->thread->index, c->slot, c->thread->slots[c->slot].generation,
                             exchange};
}

/* ---- input --------------------------------------------------------------------------------- */

static void free_input(struct connection *c)
{
    if (!c->input)
        return;
    buf_free(c->input);
    free(c->input);
    c->input = NULL;
}

static void keep_input(struct connection *c, struct str rest)
{
    const struct net_settings *settings = &c->thread->net->settings;
    c->input = malloc(sizeof *c->input);
    must(c->input);
    *c->input = buf_new(settings->head_bytes + settings->message_bytes + 4 * INPUT_BYTES);
    buf_add(c->input, rest);
}

static size_t consume(struct connection *c, char *bytes, size_t len)
{
    if (c->phase == PHASE_HTTP)
        return http_consume(c, bytes, len);
    return c->phase == PHASE_SOCKET ? socket_consume(c, bytes, len) : len;
}

/* Gives the kept bytes, then `bytes`, to whom they concern. */
static void take_input(struct connection *c, char *bytes, size_t len)
{
    if (!c->input) {
        size_t used = consume(c, bytes, len);
        if (used < len && c->phase < PHASE_LINGER)
            keep_input(c, str_of(bytes + used, len - used));
        return;
    }
    buf_add(c->input, str_of(bytes, len));
    must(!c->input->is_full); /* reading stops long before */
    size_t used = consume(c, c->input->ptr, c->input->len);
    if (!c->input)
        return;
    buf_drop(c->input, used);
    if (c->input->len == 0 || c->phase >= PHASE_LINGER)
        free_input(c);
}

/* The other side has shut its half: what is still owed goes out, the rest is over. */
static void check_end(struct connection *c)
{
    if (!c->has_ended_input || c->phase == PHASE_GONE)
        return;
    if (c->phase == PHASE_HTTP && !c->http && c->input)
        return; /* requests that wait for the queue */
    if (c->phase == PHASE_HTTP && c->http &&
        (c->http->state == HTTP_WAITING || c->http->state == HTTP_HELD))
        return;
    bool is_broken = c->phase == PHASE_SOCKET ||
                     (c->phase == PHASE_HTTP && c->http && c->http->state != HTTP_HEAD &&
                      c->http->state != HTTP_DROPPING);
    if (is_broken)
        connection_drop(c);
    else if (c->phase == PHASE_HTTP)
        connection_leave(c);
    else
        connection_dirty(c);
}

void connection_resume(struct connection *c)
{
    if (c->input)
        take_input(c, NULL, 0);
    check_end(c);
    connection_dirty(c);
}

static bool wants_input(const struct connection *c)
{
    if (c->has_ended_input || c->phase == PHASE_GONE)
        return false;
    return c->phase != PHASE_HTTP || http_wants_input(c);
}

static void read_input(struct connection *c)
{
    struct thread *thread = c->thread;
    for (int turn = 0; turn < READS_A_TURN && wants_input(c); turn++) {
        ssize_t got = c->tls ? tls_read(c, thread->input, INPUT_BYTES)
                             : recv(c->fd, thread->input, INPUT_BYTES, 0);
        if (got < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
                connection_drop(c);
            break;
        }
        if (got == 0) {
            c->has_ended_input = true;
            check_end(c);
            break;
        }
        count_add(thread, COUNT_BYTES_IN, (uint64_t)got);
        c->seen_in = thread->now;
        take_input(c, thread->input, (size_t)got);
        if (!c->tls && got < INPUT_BYTES)
            break;
    }
    connection_dirty(c);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct connection *c = poll->data;
    if (status < 0) {
        connection_drop(c);
        return;
    }
    if (events & UV_WRITABLE) {
        c->is_blocked = false;
        connection_dirty(c);
    }
    if ((events & UV_READABLE) || c->wants_tls_write) {
        c->wants_tls_write = false;
        read_input(c);
    }
}

/* ---- deadlines ----------------------------------------------------------------------------- */

static uint32_t http_deadline(const struct connection *c)
{
    const struct net_settings *settings = &c->thread->net->settings;
    if (c->tls && !c->is_shaken)
        return c->since + (uint32_t)settings->head_seconds;
    if (!c->http)
        return c->since + (uint32_t)settings->keep_alive_seconds;
    if (c->http->state == HTTP_HEAD)
        return c->since + (uint32_t)settings->head_seconds;
    if (c->http->state == HTTP_WAITING || c->http->state == HTTP_HELD)
        return UINT32_MAX;
    uint32_t last = c->seen_in > c->since ? c->seen_in : c->since;
    return last + (uint32_t)settings->body_idle_seconds;
}

static uint32_t state_deadline(const struct connection *c)
{
    const struct net_settings *settings = &c->thread->net->settings;
    if (c->phase == PHASE_HTTP)
        return http_deadline(c);
    if (c->phase == PHASE_LINGER)
        return c->is_shut ? c->since + LINGER_SECONDS : UINT32_MAX;
    if (c->phase == PHASE_GONE)
        return UINT32_MAX;
    if (c->socket->is_closing)
        return c->since + CLOSING_SECONDS;
    return c->seen_in + (uint32_t)settings->ping_seconds * (c->socket->has_pinged ? 2 : 1);
}

/* The second in which a stalled write ends the connection. */
static uint32_t output_deadline(const struct connection *c)
{
    if (!c->first || !c->is_blocked)
        return UINT32_MAX;
    return c->seen_out + (uint32_t)c->thread->net->settings.body_idle_seconds;
}

static uint32_t deadline(const struct connection *c)
{
    uint32_t state = state_deadline(c), output = output_deadline(c);
    return state < output ? state : output;
}

void connection_touch(struct connection *c)
{
    struct slot *slot = &c->thread->slots[c->slot];
    uint32_t due = deadline(c);
    if (due < slot->due)
        slot->due = due;
}

static void state_expired(struct connection *c)
{
    if (c->phase == PHASE_HTTP && c->http) {
        http_refuse(c, 408);
    } else if (c->phase == PHASE_SOCKET && !c->socket->is_closing && !c->socket->has_pinged) {
        struct frame *ping = frame_make(FRAME_PING, S(""));
        queue_frame(c, ping);
        frame_free(ping);
        c->socket->has_pinged = true;
    } else
        connection_drop(c);
}

void connection_sweep(struct connection *c)
{
    uint32_t now = c->thread->now;
    if (output_deadline(c) <= now)
        connection_drop(c);
    else if (state_deadline(c) <= now)
        state_expired(c);
    c->thread->slots[c->slot].due = deadline(c);
}

/* ---- life ---------------------------------------------------------------------------------- */

void connection_open(struct thread *thread, int fd, const struct in6_addr *address, SSL *tls)
{
    struct connection *c = calloc(1, sizeof *c);
    must(c);
    if (uv_poll_init(&thread->loop, &c->poll, fd) != 0) { /* the kernel's ceiling of watches */
        count_add(thread, COUNT_REFUSED, 1);
        SSL_free(tls);
        close(fd);
        free(c);
        return;
    }
    c->thread = thread;
    c->fd = fd;
    c->address = *address;
    c->tls = tls;
    c->since = c->seen_in = c->seen_out = thread->now;
    c->phase = PHASE_HTTP;
    c->slot = take_slot(thread);
    thread->slots[c->slot].connection = c;
    thread->slots[c->slot].due = deadline(c);
    c->poll.data = c;
    count_add(thread, COUNT_CONNECTIONS, 1);
    count_add(thread, COUNT_ACCEPTED, 1);
    atomic_fetch_add(&thread->net->connections, 1);
    connection_dirty(c);
}

void connection_dirty(struct connection *c)
{
    struct thread *thread = c->thread;
    if (c->is_dirty)
        return;
    c->is_dirty = true;
    c->next_dirty = NULL;
    if (thread->last_dirty)
        thread->last_dirty->next_dirty = c;
    else
        thread->first_dirty = c;
    thread->last_dirty = c;
}

void connection_drop(struct connection *c)
{
    c->phase = PHASE_GONE;
    connection_dirty(c);
}

void connection_leave(struct connection *c)
{
    if (c->phase >= PHASE_LINGER)
        return;
    http_free(c);
    c->phase = PHASE_LINGER;
    c->since = c->thread->now;
    connection_dirty(c);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void take_apart(struct connection *c)
{
    struct thread *thread = c->thread;
    http_free(c);
    socket_free(c);
    queue_free(c);
    free_input(c);
    SSL_free(c->tls);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    close(c->fd);
    give_slot(thread, c->slot);
    count_add(thread, COUNT_CONNECTIONS, UINT64_MAX);
    atomic_fetch_sub(&thread->net->connections, 1);
}

static void arm(struct connection *c)
{
    bool awaits_room = (c->first && c->is_blocked) || c->wants_tls_write;
    int wanted = (wants_input(c) ? UV_READABLE : 0) | (awaits_room ? UV_WRITABLE : 0);
    if (wanted == c->armed)
        return;
    c->armed = (uint8_t)wanted;
    must((wanted ? uv_poll_start(&c->poll, wanted, on_ready) : uv_poll_stop(&c->poll)) == 0);
}

/* Everything queued is out. */
static void drained(struct connection *c)
{
    if (c->phase == PHASE_HTTP && !c->http && c->input) {
        connection_resume(c);
    } else if (c->phase == PHASE_LINGER && !c->is_shut) {
        tls_shut(c);
        shutdown(c->fd, SHUT_WR);
        c->is_shut = true;
        c->since = c->thread->now;
        connection_touch(c);
    }
    if (c->phase == PHASE_LINGER && c->has_ended_input)
        c->phase = PHASE_GONE;
}

void connection_settle(struct connection *c)
{
    if (c->phase == PHASE_SOCKET && c->socket->is_doomed)
        socket_doom(c);
    if (c->phase != PHASE_GONE && !queue_flush(c))
        c->phase = PHASE_GONE;
    if (c->phase != PHASE_GONE && !c->first)
        drained(c);
    if (c->phase == PHASE_GONE) {
        if (!c->is_dirty)
            take_apart(c); /* otherwise its second turn comes in this same tick */
        return;
    }
    if (c->is_blocked)
        connection_touch(c);
    arm(c);
}
