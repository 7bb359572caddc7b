/* order: what other threads want of a net thread, and the public functions that say it.
 *
 * A mailbox is a list under a mutex. The thread is woken only when it was empty; it takes the whole
 * list at once. An order carries copies of all that it needs; only frames are shared, by count. */
#include "net/inner.h"

#include <stdlib.h>
#include <unistd.h>

enum order_kind {
    ORDER_ANSWER,
    ORDER_RECEIVE,
    ORDER_UPGRADE,
    ORDER_SEND,
    ORDER_FOLLOW,
    ORDER_UNFOLLOW,
    ORDER_FOLLOW_VIA,
    ORDER_UNFOLLOW_VIA,
    ORDER_PUBLISH,
    ORDER_CLOSE_TOPIC,
    ORDER_CLOSE_PEER,
    ORDER_DRAIN,
    ORDER_STOP,
};

struct order {
    struct order *next;
    enum order_kind kind;
    struct net_peer peer;
    union {
        struct {
            struct net_answer answer;
            char *body; /* the answer's body when it is a copy */
        } answer;
        struct {
            uint64_t limit;
            void *token;
            int file;
        } receive;
        struct {
            struct net_socket who;
            struct str headers;
        } upgrade;
        struct {
            int64_t topic, via;
            struct frame *frame;
            size_t count; /* of the topics in the tail */
            int code;
        } to;
    } of;
    int64_t tail[];
};

/* ---- putting ------------------------------------------------------------------------------- */

static struct order *order_new(enum order_kind kind, size_t tail)
{
    struct order *order = malloc(sizeof *order + tail);
    must(order);
    memset(order, 0, sizeof *order);
    order->kind = kind;
    return order;
}

/* Puts a chain of orders at the end of the mailbox. */
static void put(struct net *net, uint32_t index, struct order *first, struct order *last)
{
    must(index < net->thread_count);
    struct thread *thread = &net->threads[index];
    must(last);
    last->next = NULL;
    pthread_mutex_lock(&thread->lock);
    bool was_empty = thread->first_order == NULL;
    if (was_empty)
        thread->first_order = first;
    else
        thread->last_order->next = first;
    thread->last_order = last;
    pthread_mutex_unlock(&thread->lock);
    if (was_empty)
        uv_async_send(&thread->wake);
}

static void put_to_peer(struct net *net, struct net_peer peer, struct order *order)
{
    order->peer = peer;
    put(net, peer.thread, order, order);
}

static struct str tail_text(char **tail, struct str s)
{
    char *at = *tail;
    if (s.len)
        memcpy(at, s.ptr, s.len);
    *tail += s.len;
    return str_of(at, s.len);
}

void net_answer(struct net *net, struct net_peer peer, const struct net_answer *answer)
{
    bool copies = !answer->is_static;
    size_t tail = answer->type.len;
    if (copies)
        tail += answer->headers.len + answer->etag.len;
    struct order *order = order_new(ORDER_ANSWER, tail);
    struct net_answer *copy = &order->of.answer.answer;
    char *at = (char *)order->tail;
    *copy = *answer;
    copy->type = tail_text(&at, answer->type);
    if (copies) {
        copy->headers = tail_text(&at, answer->headers);
        copy->etag = tail_text(&at, answer->etag);
    }
    if (copies && answer->body.len && !answer->has_file) {
        char *body = malloc(answer->body.len);
        must(body);
        memcpy(body, answer->body.ptr, answer->body.len);
        order->of.answer.body = body;
        copy->body.ptr = body;
    }
    put_to_peer(net, peer, order);
}

void net_receive(struct net *net, struct net_peer peer, int file, uint64_t limit, void *token)
{
    struct order *order = order_new(ORDER_RECEIVE, 0);
    order->of.receive.file = file;
    order->of.receive.limit = limit;
    order->of.receive.token = token;
    put_to_peer(net, peer, order);
}

void net_upgrade(struct net *net, struct net_peer peer, const struct net_socket *who,
                 struct str headers)
{
    struct order *order = order_new(ORDER_UPGRADE, headers.len);
    char *at = (char *)order->tail;
    order->of.upgrade.who = *who;
    order->of.upgrade.headers = tail_text(&at, headers);
    put_to_peer(net, peer, order);
}

void net_send(struct net *net, struct net_peer peer, struct frame *frame)
{
    struct order *order = order_new(ORDER_SEND, 0);
    order->of.to.frame = frame_hold(frame);
    put_to_peer(net, peer, order);
}

static void put_topics(struct net *net, enum order_kind kind, struct net_peer peer,
                       const int64_t *topics, size_t count)
{
    if (count == 0)
        return;
    struct order *order = order_new(kind, count * sizeof *topics);
    order->of.to.count = count;
    memcpy(order->tail, topics, count * sizeof *topics);
    put_to_peer(net, peer, order);
}

void net_follow(struct net *net, struct net_peer peer, const int64_t *topics, size_t count)
{
    put_topics(net, ORDER_FOLLOW, peer, topics, count);
}

void net_unfollow(struct net *net, struct net_peer peer, const int64_t *topics, size_t count)
{
    put_topics(net, ORDER_UNFOLLOW, peer, topics, count);
}

void net_close_peer(struct net *net, struct net_peer peer, int code)
{
    struct order *order = order_new(ORDER_CLOSE_PEER, 0);
    order->of.to.code = code;
    put_to_peer(net, peer, order);
}

/* One order of the kind into every mailbox. */
static void put_to_all(struct net *net, enum order_kind kind, int64_t via, int64_t topic, int code)
{
    for (uint32_t i = 0; i < net->thread_count; i++) {
        struct order *order = order_new(kind, 0);
        order->of.to.via = via;
        order->of.to.topic = topic;
        order->of.to.code = code;
        put(net, i, order, order);
    }
}

void net_follow_via(struct net *net, int64_t via, int64_t topic)
{
    put_to_all(net, ORDER_FOLLOW_VIA, via, topic, 0);
}

void net_unfollow_via(struct net *net, int64_t via, int64_t topic)
{
    put_to_all(net, ORDER_UNFOLLOW_VIA, via, topic, 0);
}

void net_close_topic(struct net *net, int64_t topic, int code)
{
    put_to_all(net, ORDER_CLOSE_TOPIC, 0, topic, code);
}

void net_publish(struct net *net, int64_t topic, struct frame *frame)
{
    struct net_publication one = {topic, frame};
    net_publish_all(net, &one, 1);
}

void net_publish_all(struct net *net, const struct net_publication *list, size_t count)
{
    for (uint32_t i = 0; i < net->thread_count && count; i++) {
        struct order *first = NULL, **end = &first, *last = NULL;
        for (size_t k = 0; k < count; k++) {
            last = order_new(ORDER_PUBLISH, 0);
            last->of.to.topic = list[k].topic;
            last->of.to.frame = frame_hold(list[k].frame);
            *end = last;
            end = &last->next;
        }
        put(net, i, first, last);
    }
}

void orders_drain(struct net *net)
{
    put_to_all(net, ORDER_DRAIN, 0, 0, 0);
}

void orders_stop(struct net *net)
{
    put_to_all(net, ORDER_STOP, 0, 0, 0);
}

/* ---- carrying out -------------------------------------------------------------------------- */

static void answer(struct thread *thread, struct order *order)
{
    struct connection *c = thread_find(thread, order->peer);
    bool is_due = c && c->http && c->exchange == order->peer.exchange &&
                  (c->http->state == HTTP_WAITING || c->http->state == HTTP_HELD);
    if (is_due) {
        http_answer(c, &order->of.answer.answer, order->of.answer.body);
        connection_resume(c);
        return;
    }
    free(order->of.answer.body);
    if (order->of.answer.answer.has_file)
        close(order->of.answer.answer.file);
}

static void receive(struct thread *thread, struct order *order)
{
    struct connection *c = thread_find(thread, order->peer);
    const struct net_handler *handler = &thread->net->handler;
    if (c && c->http && c->exchange == order->peer.exchange && c->http->state == HTTP_HELD) {
        http_receive(c, order->of.receive.file, order->of.receive.limit, order->of.receive.token);
        connection_resume(c);
    } else
        handler->received(handler->context, order->peer, order->of.receive.token, false);
}

static void upgrade(struct thread *thread, struct order *order)
{
    struct connection *c = thread_find(thread, order->peer);
    if (!c || !c->http || c->exchange != order->peer.exchange || c->http->state != HTTP_WAITING)
        return;
    socket_open(c, &order->of.upgrade.who, order->of.upgrade.headers);
    connection_resume(c);
}

/* What concerns one WebSocket. */
static void carry_out_for_socket(struct thread *thread, struct order *order)
{
    struct connection *c = thread_find(thread, order->peer);
    if (!c || c->phase != PHASE_SOCKET)
        return;
    if (order->kind == ORDER_SEND)
        socket_send(c, order->of.to.frame);
    else if (order->kind == ORDER_CLOSE_PEER)
        socket_close(c, order->of.to.code);
    for (size_t i = 0; i < order->of.to.count; i++)
        if (order->kind == ORDER_FOLLOW)
            topic_follow(c, order->tail[i]);
        else
            topic_unfollow(c, order->tail[i]);
}

static void carry_out(struct thread *thread, struct order *order)
{
    switch (order->kind) {
    case ORDER_ANSWER:
        answer(thread, order);
        break;
    case ORDER_RECEIVE:
        receive(thread, order);
        break;
    case ORDER_UPGRADE:
        upgrade(thread, order);
        break;
    case ORDER_SEND:
    case ORDER_FOLLOW:
    case ORDER_UNFOLLOW:
    case ORDER_CLOSE_PEER:
        carry_out_for_socket(thread, order);
        break;
    case ORDER_FOLLOW_VIA:
        topic_follow_via(thread, order->of.to.via, order->of.to.topic);
        break;
    case ORDER_UNFOLLOW_VIA:
        topic_unfollow_via(thread, order->of.to.via, order->of.to.topic);
        break;
    case ORDER_PUBLISH:
        break; /* in rows: publish_row */
    case ORDER_CLOSE_TOPIC:
        topic_close(thread, order->of.to.topic, order->of.to.code);
        break;
    case ORDER_DRAIN:
        thread_drain(thread);
        break;
    case ORDER_STOP:
        thread_stop(thread);
        break;
    }
}

/* What is published to one topic in a row goes to its followers together. Returns the order behind
 * the row. */
static struct order *publish_row(struct thread *thread, struct order *first)
{
    struct frame *frames[TOPIC_RUN];
    size_t count = 0;
    struct order *order = first;
    for (; order && count < TOPIC_RUN; order = order->next) {
        if (order->kind != ORDER_PUBLISH || order->of.to.topic != first->of.to.topic)
            break;
        frames[count++] = order->of.to.frame;
    }
    topic_publish(thread, first->of.to.topic, frames, count);
    return order;
}

static void order_free(struct order *order)
{
    if (order->kind == ORDER_SEND || order->kind == ORDER_PUBLISH)
        frame_free(order->of.to.frame);
    free(order);
}

void orders_carry_out(struct thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    struct order *order = thread->first_order;
    thread->first_order = thread->last_order = NULL;
    pthread_mutex_unlock(&thread->lock);
    while (order) {
        struct order *behind = order->next;
        if (order->kind == ORDER_PUBLISH)
            behind = publish_row(thread, order);
        else
            carry_out(thread, order);
        while (order != behind) {
            struct order *next = order->next;
            order_free(order);
            order = next;
        }
    }
}

/* By now no connection is left, so every order finds its peer gone and gives back what it holds. */
void orders_free(struct thread *thread)
{
    while (thread->first_order) {
        struct order *order = thread->first_order;
        thread->first_order = order->next;
        if (order->kind == ORDER_ANSWER || order->kind == ORDER_RECEIVE)
            carry_out(thread, order);
        order_free(order);
    }
}
