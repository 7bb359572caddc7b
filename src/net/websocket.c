/* websocket: from the upgrade to the close. Messages in, frames out, pings, close codes. */
#include "net/inner.h"
#include "base/text.h"
#include "net/deflate.h"

#include <stdlib.h>

void socket_open(struct connection *c, const struct net_socket *who, struct str headers)
{
    struct http *http = c->http;
    if (!http->is_upgrade) { /* the handler was told so in request->is_upgrade */
        http_refuse(c, 400);
        return;
    }
    struct buf out = buf_new(SIZE_MAX / 2);
    buf_add(&out, S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Accept: "));
    buf_add(&out, str_from(http->accept));
    buf_add(&out, S("\r\n"));
    if (http->offers_deflate)
        buf_add(&out, S("Sec-WebSocket-Extensions: permessage-deflate; "
                        "server_no_context_takeover; client_no_context_takeover\r\n"));
    buf_add(&out, headers);
    buf_add(&out, S("\r\n"));
    queue_owned(c, out.ptr, out.len);
    c->socket = calloc(1, sizeof *c->socket);
    must(c->socket);
    c->socket->who = *who;
    c->socket->reader.may_deflate = http->offers_deflate;
    http_free(c);
    c->phase = PHASE_SOCKET;
    c->since = c->seen_in = c->thread->now;
    count_add(c->thread, COUNT_SOCKETS, 1);
    connection_touch(c);
    if (c->thread->is_draining)
        socket_close(c, CLOSE_RESTART);
}

/* ---- ending -------------------------------------------------------------------------------- */

void socket_end(struct connection *c)
{
    const struct net_handler *handler = &c->thread->net->handler;
    if (c->socket->is_closing)
        return;
    c->socket->is_closing = true;
    topic_unfollow_all(c);
    count_add(c->thread, COUNT_SOCKETS, UINT64_MAX);
    handler->closed(handler->context, connection_peer(c, 0), &c->socket->who);
}

void socket_free(struct connection *c)
{
    if (!c->socket)
        return;
    socket_end(c);
    frame_reader_clear(&c->socket->reader);
    free(c->socket);
    c->socket = NULL;
}

void socket_close(struct connection *c, int code)
{
    if (c->phase != PHASE_SOCKET || c->socket->is_closing)
        return;
    socket_end(c);
    struct frame *frame = frame_make_close(code);
    queue_frame(c, frame);
    frame_free(frame);
    c->since = c->thread->now;
    connection_touch(c);
}

/* Its queue is over the ceiling: only what has begun to go out and the close frame still do. */
void socket_doom(struct connection *c)
{
    c->socket->is_doomed = false;
    if (c->socket->is_closing)
        return;
    count_add(c->thread, COUNT_CLOSED_SLOW, 1);
    queue_cut(c, c->tls ? JOIN_BYTES : 0);
    socket_close(c, CLOSE_TRY_LATER);
}

/* ---- out ----------------------------------------------------------------------------------- */

void socket_send(struct connection *c, struct frame *frame)
{
    struct websocket *socket = c->socket;
    if (c->phase != PHASE_SOCKET || socket->is_closing || socket->is_doomed)
        return;
    size_t ceiling = c->thread->net->settings.queue_bytes;
    if (frame->is_lossy && c->queued > ceiling / 2)
        return;
    struct frame *form = socket->reader.may_deflate ? frame_deflated(frame) : frame;
    if (c->queued + form->len > ceiling) {
        socket->is_doomed = true;
        connection_dirty(c);
        return;
    }
    queue_frame(c, form);
    count_add(c->thread, COUNT_FRAMES_OUT, 1);
}

void socket_send_run(struct connection *c, struct frame *const *frames, size_t count,
                     struct frame *joined)
{
    bool is_plain = c->phase == PHASE_SOCKET && !c->socket->is_closing && !c->socket->is_doomed &&
                    !c->socket->reader.may_deflate;
    if (joined && is_plain && c->queued + joined->len <= c->thread->net->settings.queue_bytes) {
        queue_frame(c, joined);
        count_add(c->thread, COUNT_FRAMES_OUT, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        socket_send(c, frames[i]);
}

/* ---- in ------------------------------------------------------------------------------------ */

/* The client has broken a rule: what follows has no meaning. */
static void fail(struct connection *c, int code)
{
    count_add(c->thread, COUNT_REFUSED, 1);
    socket_close(c, code);
    connection_leave(c);
}

static void give_text(struct connection *c, struct str text)
{
    const struct net_handler *handler = &c->thread->net->handler;
    if (!text_is_utf8(text)) {
        fail(c, CLOSE_NOT_UTF8);
        return;
    }
    count_add(c->thread, COUNT_MESSAGES_IN, 1);
    handler->message(handler->context, connection_peer(c, 0), &c->socket->who, text);
}

static void take_message(struct connection *c, const struct frame_event *event)
{
    if (c->socket->is_closing)
        return;
    if (!event->is_deflated) {
        give_text(c, event->payload);
        return;
    }
    struct buf text = buf_new(c->thread->net->settings.message_bytes + 1);
    int code = deflate_undo(event->payload, &text);
    if (code == 0 && text.len > c->thread->net->settings.message_bytes)
        code = CLOSE_TOO_BIG;
    if (code)
        fail(c, code);
    else
        give_text(c, buf_str(&text));
    buf_free(&text);
}

static void reply_pong(struct connection *c, struct str payload)
{
    if (c->socket->is_closing || c->queued > c->thread->net->settings.queue_bytes / 2)
        return;
    struct frame *pong = frame_make(FRAME_PONG, payload);
    queue_frame(c, pong);
    frame_free(pong);
}

static void take_event(struct connection *c, const struct frame_event *event)
{
    switch (event->kind) {
    case FRAME_MESSAGE:
        take_message(c, event);
        frame_reader_clear(&c->socket->reader);
        break;
    case FRAME_PINGED:
        reply_pong(c, event->payload);
        break;
    case FRAME_CLOSED:
        socket_close(c, event->code); /* the answer, unless we were first */
        connection_leave(c);
        break;
    case FRAME_FAILED:
        fail(c, event->code);
        break;
    case FRAME_NOTHING:
    case FRAME_PONGED:
    case FRAME_NEEDS_MORE:
        break;
    }
}

size_t socket_consume(struct connection *c, char *bytes, size_t len)
{
    size_t at = 0;
    size_t ceiling = c->thread->net->settings.message_bytes;
    c->socket->has_pinged = false;
    while (c->phase == PHASE_SOCKET) {
        size_t used = 0;
        struct frame_event event =
            frame_read(&c->socket->reader, bytes + at, len - at, ceiling, &used);
        if (event.kind == FRAME_NEEDS_MORE)
            break;
        take_event(c, &event);
        at += used;
    }
    return at;
}
