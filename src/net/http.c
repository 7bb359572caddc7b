/* http: exchanges. One request at a time is cut out of a connection's bytes, its body goes where
 * the handler's plan says, and the next is begun when this one is answered. */
#include "net/inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- begin and end ------------------------------------------------------------------------- */

static void http_new(struct connection *c)
{
    struct http *http = calloc(1, sizeof *http);
    must(http);
    http->file = -1;
    http->body = buf_new(SIZE_MAX / 2);
    c->http = http;
    c->exchange++;
    c->since = c->thread->now;
    connection_touch(c);
}

static void uncharge(struct connection *c)
{
    atomic_fetch_sub(&c->thread->net->body_bytes, c->http->charged);
    c->http->charged = 0;
}

/* A receive that is under way ends; the handler hears of it once. */
static void end_receiving(struct connection *c, bool is_whole)
{
    struct http *http = c->http;
    const struct net_handler *handler = &c->thread->net->handler;
    http->state = HTTP_WAITING;
    handler->received(handler->context, connection_peer(c, c->exchange), http->token, is_whole);
}

void http_free(struct connection *c)
{
    struct http *http = c->http;
    if (!http)
        return;
    if (http->state == HTTP_RECEIVING)
        end_receiving(c, false);
    uncharge(c);
    arena_free(http->arena);
    buf_free(&http->body);
    free(http);
    c->http = NULL;
}

void http_finish(struct connection *c, bool keeps_alive)
{
    http_free(c);
    c->since = c->thread->now;
    if (keeps_alive && !c->thread->is_draining)
        connection_touch(c);
    else
        connection_leave(c);
}

void http_refuse(struct connection *c, int status)
{
    count_add(c->thread, COUNT_REFUSED, 1);
    struct net_answer answer = {.status = status,
                                .type = S("text/plain; charset=utf-8"),
                                .body = str_from(http_reason(status))};
    if (status == 426)
        answer.headers = S("Sec-WebSocket-Version: 13\r\n");
    if (c->http && c->http->state == HTTP_DROPPING) {
        connection_leave(c); /* the answer is out already */
        return;
    }
    http_put_answer(c, &answer, NULL, false);
    connection_leave(c);
}

bool http_wants_input(const struct connection *c)
{
    if (c->http && c->http->state == HTTP_HELD)
        return false;
    bool is_busy = !c->http || c->http->state == HTTP_WAITING;
    return !is_busy || !c->input || c->input->len < WAITING_INPUT;
}

/* ---- the head ------------------------------------------------------------------------------ */

static void accept_key(struct str key, char out[static 29])
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char joined[24 + sizeof magic];
    memcpy(joined, key.ptr, 24);
    memcpy(joined + 24, magic, sizeof magic - 1);
    unsigned char hash[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)joined, 24 + sizeof magic - 1, hash);
    EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
}

/* 16 bytes in base64: 22 signs and "==". */
static bool is_socket_key(struct str key)
{
    if (key.len != 24 || !str_ends(key, S("==")))
        return false;
    for (size_t i = 0; i < 22; i++) {
        char s = key.ptr[i];
        bool is_sign = (s >= 'a' && s <= 'z') || (s >= 'A' && s <= 'Z') || (s >= '0' && s <= '9') ||
                       s == '+' || s == '/';
        if (!is_sign)
            return false;
    }
    return true;
}

static int check_upgrade(struct http *http, const struct head *head)
{
    if (!head->wants_socket || !head->names_upgrade || head->is_old || head->verb != NET_GET)
        return HEAD_WHOLE;
    if (!str_equal(head->socket_version, S("13")))
        return 426;
    if (!is_socket_key(head->socket_key) || http->has_body)
        return 400;
    accept_key(head->socket_key, http->accept);
    http->is_upgrade = true;
    http->offers_deflate = head->offers_deflate;
    return HEAD_WHOLE;
}

static void keep_field(char *out, size_t room, struct str value)
{
    if (value.len && value.len < room) {
        memcpy(out, value.ptr, value.len);
        out[value.len] = 0;
    }
}

/* What the answer depends on stays here: the request itself is given away. */
static void keep_conditions(struct http *http, const struct net_request *request)
{
    if (http->verb != NET_GET && http->verb != NET_HEAD)
        return;
    keep_field(http->if_none_match, sizeof http->if_none_match,
               net_header(request, S("If-None-Match")));
    struct str range = net_header(request, S("Range"));
    struct str if_range = net_header(request, S("If-Range"));
    if (http->verb == NET_GET && range.len && if_range.len < sizeof http->if_range) {
        http->range = head_range(range);
        keep_field(http->if_range, sizeof http->if_range, if_range);
    }
}

static void write_address(const struct in6_addr *address, char out[static 46])
{
    if (IN6_IS_ADDR_V4MAPPED(address))
        inet_ntop(AF_INET, &address->s6_addr[12], out, 46);
    else
        inet_ntop(AF_INET6, address, out, 46);
}

static void make_request(struct connection *c, const struct head *head)
{
    struct http *http = c->http;
    struct net_request *request = ARENA_NEW(http->arena, struct net_request);
    struct net_header *headers = ARENA_ARRAY(http->arena, head->field_count, struct net_header);
    memcpy(headers, head->fields, head->field_count * sizeof *headers);
    *request = (struct net_request){
        .peer = connection_peer(c, c->exchange),
        .arena = http->arena,
        .verb = head->verb,
        .path = head->path,
        .query = head->query,
        .headers = headers,
        .header_count = head->field_count,
        .body_size = head->is_chunked ? UINT64_MAX : head->length,
        .has_body = http->has_body,
        .is_tls = c->tls != NULL,
        .is_upgrade = http->is_upgrade,
    };
    write_address(&c->address, request->address);
    http->request = request;
    keep_conditions(http, request);
}

/* ---- the body ------------------------------------------------------------------------------ */

/* Gives the request away. */
static void deliver(struct connection *c)
{
    const struct net_handler *handler = &c->thread->net->handler;
    struct net_request *request = c->http->request;
    c->http->arena = NULL;
    c->http->request = NULL;
    handler->request(handler->context, request);
}

static void continue_body(struct connection *c)
{
    if (c->http->wants_continue)
        queue_static(c, S("HTTP/1.1 100 Continue\r\n\r\n"));
    c->http->wants_continue = false;
}

static void end_body(struct connection *c)
{
    struct http *http = c->http;
    if (http->state == HTTP_BUFFERING) {
        if (http->body.len)
            http->request->body = arena_copy(http->arena, buf_str(&http->body));
        http->request->body_size = http->body.len;
        buf_free(&http->body);
        http->state = HTTP_WAITING;
        deliver(c);
    } else if (http->state == HTTP_RECEIVING)
        end_receiving(c, true);
    else if (http->state == HTTP_DROPPING)
        http_finish(c, http->keeps_alive);
}

static bool write_whole(int file, struct str bytes)
{
    while (bytes.len) {
        ssize_t done = write(file, bytes.ptr, bytes.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes = str_skip(bytes, (size_t)done);
    }
    return true;
}

/* The status of a refusal, or HEAD_WHOLE. */
static int take_body(struct connection *c, struct str bytes)
{
    struct http *http = c->http;
    struct net *net = c->thread->net;
    http->received += bytes.len;
    if (http->received > http->limit)
        return 413;
    if (http->state == HTTP_RECEIVING)
        return write_whole(http->file, bytes) ? HEAD_WHOLE : 500;
    if (http->state != HTTP_BUFFERING)
        return HEAD_WHOLE;
    http->charged += bytes.len;
    if (atomic_fetch_add(&net->body_bytes, bytes.len) + bytes.len > net->settings.body_bytes)
        return 503;
    buf_add(&http->body, bytes);
    return HEAD_WHOLE;
}

static bool step_body(struct connection *c, struct str in, size_t *used)
{
    struct http *http = c->http;
    struct str bytes = str_take(in, http->left < in.len ? (size_t)http->left : in.len);
    enum chunked_result result = CHUNKED_DATA;
    *used = bytes.len;
    if (http->is_chunked)
        result = chunked_read(&http->chunked, in, used, &bytes);
    else
        http->left -= bytes.len;
    if (!http->has_body || (!http->is_chunked && http->left == 0))
        result = CHUNKED_END;
    int status = result == CHUNKED_BAD ? 400 : HEAD_WHOLE;
    if (bytes.len && status == HEAD_WHOLE)
        status = take_body(c, bytes);
    if (status != HEAD_WHOLE) {
        http_refuse(c, status);
        return false;
    }
    if (result == CHUNKED_END)
        end_body(c);
    return *used > 0 || result == CHUNKED_END;
}

void http_receive(struct connection *c, int file, uint64_t limit, void *token)
{
    struct http *http = c->http;
    http->file = file;
    http->limit = limit;
    http->token = token;
    http->state = HTTP_RECEIVING;
    c->since = c->thread->now;
    connection_touch(c);
    if (!http->is_chunked && http->left > limit) {
        http_refuse(c, 413);
        return;
    }
    if (!c->input)
        continue_body(c);
    if (!http->has_body)
        end_body(c);
}

/* ---- planning ------------------------------------------------------------------------------ */

static void follow_plan(struct connection *c, struct net_plan *plan)
{
    struct http *http = c->http;
    switch (plan->kind) {
    case NET_BUFFER:
        http->state = HTTP_BUFFERING;
        http->limit = plan->body_limit;
        if (!http->is_chunked && http->left > http->limit) {
            http_refuse(c, 413);
            return;
        }
        continue_body(c);
        if (!http->has_body)
            end_body(c);
        break;
    case NET_HOLD:
        http->state = HTTP_HELD;
        deliver(c);
        break;
    case NET_ANSWER:
        http->state = HTTP_HELD;
        http_answer(c, &plan->answer, NULL);
        break;
    }
}

/* The head is whole: reads it and asks the handler what to do. */
static void begin(struct connection *c, struct str text)
{
    struct http *http = c->http;
    const struct net_handler *handler = &c->thread->net->handler;
    http->arena = arena_new();
    struct head head;
    int status = head_parse(arena_copy(http->arena, text), &head);
    http->verb = head.verb;
    http->is_old = head.is_old;
    if (status == HEAD_WHOLE) {
        http->keeps_alive = head.keeps_alive;
        http->is_chunked = head.is_chunked;
        http->left = head.length;
        http->has_body = head.is_chunked || head.length > 0;
        http->wants_continue = head.wants_continue && http->has_body && !head.is_old;
        status = check_upgrade(http, &head);
    }
    if (status != HEAD_WHOLE) {
        http_refuse(c, status);
        return;
    }
    count_add(c->thread, COUNT_REQUESTS, 1);
    make_request(c, &head);
    struct net_plan plan = handler->head(handler->context, http->request);
    follow_plan(c, &plan);
}

static bool step_head(struct connection *c, struct str in, size_t *used)
{
    struct http *http = c->http;
    int status = head_scan(in, c->thread->net->settings.head_bytes, &http->scanned);
    if (status == HEAD_MORE)
        return false;
    if (status != HEAD_WHOLE) {
        http_refuse(c, status);
        return false;
    }
    *used = http->scanned;
    begin(c, str_take(in, *used));
    return true;
}

/* One step forward; false when it cannot go on with what is here. */
static bool step(struct connection *c, struct str in, size_t *used)
{
    *used = 0;
    if (in.len == 0 || c->phase != PHASE_HTTP)
        return false;
    if (!c->http) {
        if (c->queued > PIPELINE_BYTES || (c->first && c->last->kind == PIECE_FILE))
            return false;
        http_new(c);
    }
    switch (c->http->state) {
    case HTTP_HEAD:
        return step_head(c, in, used);
    case HTTP_BUFFERING:
    case HTTP_RECEIVING:
    case HTTP_DROPPING:
        return step_body(c, in, used);
    case HTTP_HELD:
    case HTTP_WAITING:
        return false;
    }
    return false;
}

size_t http_consume(struct connection *c, char *bytes, size_t len)
{
    size_t at = 0, used = 0;
    while (step(c, str_of(bytes + at, len - at), &used))
        at += used;
    return at + used;
}

struct str net_header(const struct net_request *request, struct str name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (str_equal_fold(request->headers[i].name, name))
            return request->headers[i].value;
    return (struct str){0};
}
