/* front: between the gateway's bytes and calls.
 *
 * The callbacks run on network threads: they find the op, bind the input and hand the call to its
 * queue. The replies come back from other threads and leave through net's mailboxes. */
#include "api/inner.h"
#include "base/must.h"
#include "base/text.h"

#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COOKIE_NAME_BYTES = 9, MOST_WATCHED = 200 };

#define COOKIE_NAME "carillon="
#define NO_STORE    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

/* ---- opening a WebSocket, as an op of its own ----------------------------------------------- */

/* A page cannot choose the headers of a socket. */
#define SOCKET_OPEN_IN(F, S) \
    F(S, TEXT, language, OPTIONAL, 2, 2, "zh or en; without it the browser's Accept-Language")
SCHEMA(socket_open_in, SOCKET_OPEN_IN)
SCHEMA(socket_open_out, NO_FIELDS)

static bool socket_open_run(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct socket_open_in *in = input;
    if (in->language.len)
        r->language = str_equal(in->language, S("en")) ? LANGUAGE_EN : LANGUAGE_ZH;
    return r->person != 0 ||
           fail(r, FORBIDDEN, NULL, "你不在任何组织里", "you belong to no organisation");
}

static const struct op socket_op = {
    .name = "socket_open",
    .in = &socket_open_in_schema,
    .out = &socket_open_out_schema,
    .run = socket_open_run,
    .sentence = "Open the WebSocket",
    .policies = {MAY_CALL(signed_in)},
};

/* ---- finding the op ------------------------------------------------------------------------ */

static const char *const verbs[] = {
    [NET_GET] = "GET",     [NET_HEAD] = "GET",      [NET_POST] = "POST",       [NET_PUT] = "PUT",
    [NET_PATCH] = "PATCH", [NET_DELETE] = "DELETE", [NET_OPTIONS] = "OPTIONS",
};

/* Does the path fit the row's pattern? With `call`, the {parts} are bound into its input. */
static bool fits(const struct op *op, struct str path, struct call *call)
{
    struct str pattern = str_from(op->path);
    while (pattern.len || path.len) {
        struct str want = str_cut(&pattern, '/'), have = str_cut(&path, '/');
        if (!str_starts(want, S("{"))) {
            if (!str_equal(want, have))
                return false;
            continue;
        }
        if (have.len == 0)
            return false;
        struct str name = str_of(want.ptr + 1, want.len - 2), value;
        if (!call)
            continue;
        if (!percent_decode(call->r.arena, have, false, &value))
            fail(&call->r, BAD_INPUT, NULL, "网址写法不对", "the address is malformed");
        else
            bind_text(&call->r, op->in, call->in, name, value);
    }
    return true;
}

static const struct op *route(const struct api *api, const struct net_request *q)
{
    if (str_starts(q->path, S("/v1/ops/"))) {
        const struct op *op = api_find(api, str_skip(q->path, 8));
        bool fits_verb = q->verb == NET_POST && op && !(op->flags & (RAW | UPLOAD | ON_SOCKET));
        return fits_verb ? op : NULL;
    }
    if (str_equal(q->path, S("/v1/socket")))
        return q->is_upgrade ? &socket_op : NULL;
    for (size_t i = 0; i < api->op_count; i++) {
        const struct op *op = api->ops[i];
        if (op->verb && !strcmp(op->verb, verbs[q->verb]) && fits(op, q->path, NULL))
            return op;
    }
    return NULL;
}

/* ---- what a request says of its caller ----------------------------------------------------- */

static struct str cookie_token(const struct net_request *q)
{
    struct str rest = net_header(q, S("Cookie"));
    while (rest.len) {
        struct str one = str_trim(str_cut(&rest, ';'));
        if (str_starts(one, S(COOKIE_NAME)))
            return str_skip(one, COOKIE_NAME_BYTES);
    }
    return S("");
}

static enum language language_of(const struct net_request *q)
{
    struct str wanted = net_header(q, S("Accept-Language"));
    ptrdiff_t zh = str_find(wanted, S("zh")), en = str_find(wanted, S("en"));
    return en >= 0 && (zh < 0 || en < zh) ? LANGUAGE_EN : LANGUAGE_ZH;
}

/* Another site's page must not act with the reader's cookie. */
static bool is_same_origin(const struct net_request *q)
{
    struct str origin = net_header(q, S("Origin"));
    ptrdiff_t at = str_find(origin, S("://"));
    return at > 0 && str_equal(str_skip(origin, (size_t)at + 3), net_header(q, S("Host")));
}

static bool needs_origin(const struct net_request *q, const struct op *op)
{
    return op == &socket_op || q->verb == NET_POST || q->verb == NET_PUT || q->verb == NET_PATCH ||
           q->verb == NET_DELETE;
}

static bool is_this_machine(struct str address)
{
    return str_starts(address, S("127.")) || str_equal(address, S("::1"));
}

/* Behind a proxy of this machine: the last address it names is the one it saw itself. */
static void look_through_proxy(struct request *r, const struct net_request *q)
{
    struct str rest = net_header(q, S("X-Forwarded-For")), last = S("");
    while (rest.len)
        last = str_trim(str_cut(&rest, ','));
    if (last.len && last.len < sizeof q->address && text_is_utf8(last))
        r->address = last;
    r->is_tls = str_equal(net_header(q, S("X-Forwarded-Proto")), S("https"));
}

static void fill_caller(struct call *call, const struct net_request *q)
{
    struct request *r = &call->r;
    r->address = str_from(q->address);
    r->agent = str_take(net_header(q, S("User-Agent")), 300);
    if (!text_is_utf8(r->agent))
        r->agent = S("");
    r->language = language_of(q);
    r->is_tls = q->is_tls;
    if (r->api->settings.trusts_proxy && is_this_machine(r->address))
        look_through_proxy(r, q);
    call->token = cookie_token(q);
    struct str bearer = net_header(q, S("Authorization"));
    if (str_starts(bearer, S("Bearer ")))
        call->token = str_skip(bearer, 7);
    else if (call->token.len && needs_origin(q, r->op) && !is_same_origin(q))
        fail(r, FORBIDDEN, NULL, "请求来自另一个网站，已拒绝",
             "the request comes from another site and was refused");
}

/* ---- binding ------------------------------------------------------------------------------- */

static bool is_json(const struct net_request *q)
{
    struct str type = net_header(q, S("Content-Type"));
    struct str plain = str_trim(str_cut(&type, ';'));
    return str_equal_fold(plain, S("application/json"));
}

static struct str *text_field(struct call *call, const char *name)
{
    const struct field *field = schema_find(call->r.op->in, str_from(name));
    return (struct str *)(void *)((char *)call->in + field->offset);
}

static void hash_input(struct call *call)
{
    struct buf out = buf_new(4 * LARGEST_BODY);
    struct json json = json_to(&out);
    reply_write(&json, call->r.op->in, call->in);
    unsigned char hash[16];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)out.ptr, out.len, NULL, 0);
    buf_free(&out);
    memcpy(&call->input_hash, hash, sizeof call->input_hash);
}

/* For an op that reads the body itself: whatever came. */
static void bind_raw(struct call *call, const struct net_request *q)
{
    const struct schema *schema = call->r.op->in;
    struct str type =
        str_take(net_header(q, S("Content-Type")), (size_t)schema_find(schema, S("type"))->most);
    bind_query_loosely(&call->r, schema, call->in, q->query);
    *text_field(call, "body") = q->body;
    *text_field(call, "type") = text_is_utf8(type) ? type : S("");
}

static void bind_http(struct call *call, const struct net_request *q)
{
    struct request *r = &call->r;
    const struct schema *schema = r->op->in;
    call->in = arena_alloc(r->arena, schema->size);
    if (r->failure.code)
        return;
    if (r->op->flags & RAW_BODY) {
        bind_raw(call, q);
        return;
    }
    if (q->body.len && !(r->op->flags & UPLOAD)) {
        if (!is_json(q))
            fail(r, BAD_INPUT, NULL, "内容类型应为 application/json",
                 "the content type must be application/json");
        else
            call->in = bind_json(r, schema, q->body);
    }
    if (r->failure.code)
        return;
    if (r->op->path && !str_starts(q->path, S("/v1/ops/")))
        fits(r->op, q->path, call);
    if (!r->failure.code && bind_query(r, schema, call->in, q->query) &&
        bind_is_whole(r, schema, call->in) && r->op->flags & ONCE)
        hash_input(call);
}

/* ---- the gateway's callbacks --------------------------------------------------------------- */

static struct net_plan on_head(void *context, const struct net_request *q)
{
    struct api *api = context;
    struct net_plan plan = {.kind = NET_BUFFER, .body_limit = LARGEST_BODY};
    if (api->settings.page && (q->verb == NET_GET || q->verb == NET_HEAD) &&
        api->settings.page(q, &plan))
        return plan;
    const struct op *op = route(api, q);
    if (op && op->flags & UPLOAD)
        plan.kind = NET_HOLD;
    if (op && op->flags & RAW_BODY)
        plan.body_limit = (size_t)schema_find(op->in, S("body"))->most;
    if (op)
        return plan;
    plan.kind = NET_ANSWER;
    plan.answer = (struct net_answer){
        .status = 404,
        .type = S("application/json"),
        .headers = S(NO_STORE),
        .body = S("{\"error\":{\"code\":\"not_found\",\"sentence\":\"没有这个地址 / no such "
                  "address\"}}"),
        .is_static = true,
    };
    return plan;
}

static void on_request(void *context, struct net_request *q)
{
    struct api *api = context;
    const struct op *op = route(api, q);
    must(op);
    struct call *call = call_new(api, q->arena, op);
    call->from = FROM_HTTP;
    call->http = q;
    call->r.peer = q->peer;
    fill_caller(call, q);
    bind_http(call, q);
    call_submit(api, call);
}

/* Tags of a WebSocket: session, organisation, person, language. */
static void on_message(void *context, struct net_peer peer, const struct net_socket *who,
                       struct str text)
{
    struct api *api = context;
    struct arena *arena = arena_new();
    struct call *call = call_new(api, arena, &socket_op);
    struct request *r = &call->r;
    call->from = FROM_SOCKET;
    call->named_session = who->tag[0];
    call->named_org = who->tag[1];
    r->person = who->tag[2];
    r->language = (enum language)who->tag[3];
    r->peer = peer;
    r->is_socket = true;
    r->address = S("socket");
    struct envelope envelope = {0};
    if (bind_envelope(r, text, &envelope)) {
        const struct op *op = api_find(api, envelope.op);
        if (!op || op->flags & (RAW | UPLOAD))
            fail(r, NOT_FOUND, NULL, "没有这个操作", "there is no such op");
        else {
            r->op = op;
            call->in = bind_parsed(r, op->in, envelope.in);
            if (call->in && op->flags & ONCE)
                hash_input(call);
        }
    }
    call->number = envelope.call;
    r->person = 0; /* known again once the session has been looked at */
    call_submit(api, call);
}

/* ---- uploads ------------------------------------------------------------------------------- */

struct upload_wait {
    int file;
};

static void on_received(void *context, struct net_peer peer, void *token, bool is_whole)
{
    struct api *api = context;
    struct upload_wait *wait = token;
    struct stat state;
    if (is_whole && fstat(wait->file, &state) == 0) {
        struct buf out = buf_new(64);
        buf_printf(&out, "{\"received\":%lld}", (long long)state.st_size);
        net_answer(api->net, peer,
                   &(struct net_answer){.status = 200,
                                        .type = S("application/json"),
                                        .headers = S(NO_STORE),
                                        .body = buf_str(&out)});
        buf_free(&out);
    }
    close(wait->file);
    free(wait);
}

static void begin_upload(struct api *api, struct call *call)
{
    const struct upload_out *out = call->out;
    struct upload_wait *wait = malloc(sizeof *wait);
    must(wait);
    wait->file = (int)out->file;
    net_receive(api->net, call->r.peer, wait->file, (uint64_t)out->limit, wait);
}

/* ---- presence ------------------------------------------------------------------------------ */

#define PRESENCE(F, S) F(S, BOOL, is_online, NEEDED, 0, 0, "has the program open")
SCHEMA(presence_state, PRESENCE)

/* A person's coming and going is published under the negative of their id. */
static int64_t presence_topic(int64_t person)
{
    return -person;
}

static void publish_presence(struct api *api, int64_t person, bool is_online)
{
    struct arena *arena = arena_new();
    struct effects effects = {0};
    struct request r = {.api = api, .arena = arena, .effects = &effects};
    struct presence_state state = {.is_online = is_online};
    event_lossy(&r, presence_topic(person), person, "presence", &presence_state_schema, &state);
    struct outbox outbox = {.count = 0};
    effects_carry_out(api, &effects, 0, &outbox);
    outbox_send(api, &outbox);
    arena_free(arena);
}

/* Returns the person's sockets after the change. */
static intptr_t count_presence(struct api *api, int64_t person, int by)
{
    pthread_mutex_lock(&api->presence_lock);
    intptr_t count = (intptr_t)map_get(&api->presence, person) + by;
    must(count >= 0);
    if (count)
        map_set(&api->presence, person, (void *)count);
    else
        map_remove(&api->presence, person);
    pthread_mutex_unlock(&api->presence_lock);
    return count;
}

bool presence_of(struct api *api, int64_t person)
{
    pthread_mutex_lock(&api->presence_lock);
    bool is_online = map_get(&api->presence, person) != NULL;
    pthread_mutex_unlock(&api->presence_lock);
    return is_online;
}

struct watch_list {
    size_t count;
    int64_t topics[];
};

static int64_t socket_key(struct net_peer peer)
{
    return (int64_t)((uint64_t)(peer.thread + 1) << 56 ^ (uint64_t)peer.slot << 32 ^
                     (peer.generation & 0xffffffff));
}

void watch_presence(struct request *r, const struct ids *people)
{
    must(r->is_socket && people->count <= MOST_WATCHED);
    struct watch_list *list = malloc(sizeof *list + people->count * sizeof *list->topics);
    must(list);
    list->count = people->count;
    for (size_t i = 0; i < people->count; i++)
        list->topics[i] = presence_topic(people->at[i]);

    struct api *api = r->api;
    pthread_mutex_lock(&api->presence_lock);
    struct watch_list *old = map_remove(&api->watches, socket_key(r->peer));
    map_set(&api->watches, socket_key(r->peer), list);
    if (api->net && old)
        net_unfollow(api->net, r->peer, old->topics, old->count);
    if (api->net)
        net_follow(api->net, r->peer, list->topics, list->count);
    pthread_mutex_unlock(&api->presence_lock);
    free(old);
}

static void on_closed(void *context, struct net_peer peer, const struct net_socket *who)
{
    struct api *api = context;
    pthread_mutex_lock(&api->presence_lock);
    free(map_remove(&api->watches, socket_key(peer)));
    pthread_mutex_unlock(&api->presence_lock);
    if (count_presence(api, who->tag[2], -1) == 0)
        publish_presence(api, who->tag[2], false);
}

void front_drop_watches(struct api *api)
{
    for (struct map_entry *e = map_first(&api->watches); e; e = map_after(&api->watches, e))
        free(e->value);
    map_free(&api->watches);
    map_free(&api->presence);
}

/* ---- following ----------------------------------------------------------------------------- */

void follow_now(struct request *r, const struct ids *topics)
{
    if (r->is_socket && r->api->net)
        net_follow(r->api->net, r->peer, topics->at, topics->count);
}

void unfollow_now(struct request *r, const struct ids *topics)
{
    if (r->is_socket && r->api->net)
        net_unfollow(r->api->net, r->peer, topics->at, topics->count);
}

/* ---- replies ------------------------------------------------------------------------------- */

static void upgrade(struct api *api, struct call *call)
{
    struct request *r = &call->r;
    struct net_socket who = {{r->session, r->org, r->person, (int64_t)r->language}};
    struct net_peer socket = r->peer;
    socket.exchange = 0;
    int64_t own[] = {r->session, r->person};
    bool is_first = count_presence(api, r->person, 1) == 1;
    net_upgrade(api->net, r->peer, &who, S(""));
    net_follow(api->net, socket, own, sizeof own / sizeof *own);
    if (is_first)
        publish_presence(api, r->person, true);
}

static void add_headers(struct buf *headers, const struct call *call)
{
    const struct request *r = &call->r;
    if (r->failure.retry_after)
        buf_printf(headers, "Retry-After: %lld\r\n", (long long)r->failure.retry_after);
    if (!r->failure.code && r->effects->has_cookie)
        buf_printf(headers,
                   "Set-Cookie: " COOKIE_NAME
                   "%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s\r\n",
                   STR_ARG(r->effects->cookie), (long long)r->effects->cookie_seconds,
                   r->is_tls ? "; Secure" : "");
}

static void add_file_name(struct buf *headers, const struct raw_out *out)
{
    static const char hex[] = "0123456789ABCDEF";
    buf_printf(headers, "Content-Disposition: %s; filename*=UTF-8''",
               out->is_inline ? "inline" : "attachment");
    for (size_t i = 0; i < out->name.len; i++) {
        unsigned char c = (unsigned char)out->name.ptr[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
        if (is_plain)
            buf_char(headers, (char)c);
        else {
            char escaped[] = {'%', hex[c >> 4], hex[c & 15]};
            buf_add(headers, str_of(escaped, sizeof escaped));
        }
    }
    buf_add(headers, S("\r\n"));
}

/* Bytes and files of people: never run as a page of ours, whatever they hold. */
static void reply_raw(struct api *api, struct call *call)
{
    const struct raw_out *out = call->out;
    struct buf headers = buf_new(8192);
    buf_add(&headers, S("X-Content-Type-Options: nosniff\r\n"
                        "Content-Security-Policy: default-src 'none'; sandbox\r\n"));
    buf_add(&headers, out->is_private ? S("Cache-Control: private, max-age=31536000, immutable\r\n")
                                      : S("Cache-Control: no-store\r\n"));
    if (out->name.len)
        add_file_name(&headers, out);
    net_answer(api->net, call->r.peer,
               &(struct net_answer){.status = 200,
                                    .type = out->type,
                                    .headers = buf_str(&headers),
                                    .etag = out->etag,
                                    .body = out->bytes,
                                    .has_file = out->file != 0,
                                    .file = (int)out->file,
                                    .file_size = (uint64_t)out->size});
    buf_free(&headers);
}

static void reply_http(struct api *api, struct call *call)
{
    struct request *r = &call->r;
    if (!r->failure.code && r->op == &socket_op) {
        upgrade(api, call);
        return;
    }
    if (!r->failure.code && r->op->flags & UPLOAD) {
        begin_upload(api, call);
        return;
    }
    if (!r->failure.code && r->op->flags & RAW) {
        reply_raw(api, call);
        return;
    }
    struct buf headers = buf_new(8192), body = buf_new(65536);
    buf_add(&headers, S(NO_STORE));
    add_headers(&headers, call);
    struct json json = json_to(&body);
    if (r->failure.code)
        reply_failure(&json, &r->failure);
    net_answer(api->net, r->peer,
               &(struct net_answer){.status = error_status(r->failure.code),
                                    .type = S("application/json"),
                                    .headers = buf_str(&headers),
                                    .body = r->failure.code ? buf_str(&body) : call->reply});
    buf_free(&headers);
    buf_free(&body);
}

static void reply_socket(struct api *api, struct call *call)
{
    struct request *r = &call->r;
    struct buf out = buf_new(LARGEST_REPLY + 64);
    buf_printf(&out, "{\"call\":%lld,", (long long)call->number);
    if (r->failure.code) {
        struct buf failure = buf_new(65536);
        struct json json = json_to(&failure);
        reply_failure(&json, &r->failure);
        buf_add(&out, str_skip(buf_str(&failure), 1));
        buf_free(&failure);
    } else {
        buf_add(&out, S("\"out\":"));
        buf_add(&out, call->reply);
        buf_char(&out, '}');
    }
    struct frame *frame = frame_new(buf_str(&out), false);
    net_send(api->net, r->peer, frame);
    frame_free(frame);
    buf_free(&out);
}

/* Nobody inside takes the file of a RAW or UPLOAD op. */
static void close_file(const struct call *call)
{
    if (call->r.op->flags & RAW && ((const struct raw_out *)call->out)->file)
        close((int)((const struct raw_out *)call->out)->file);
    if (call->r.op->flags & UPLOAD)
        close((int)((const struct upload_out *)call->out)->file);
}

void front_wake(struct call *call)
{
    struct waiter *waiter = call->waiter;
    if (!waiter)
        return;
    if (!call->r.failure.code)
        close_file(call);
    pthread_mutex_lock(&waiter->lock);
    waiter->status = error_status(call->r.failure.code);
    if (call->r.failure.code) {
        struct json json = json_to(&waiter->reply);
        reply_failure(&json, &call->r.failure);
    } else
        buf_add(&waiter->reply,
                call->r.op->flags & RAW ? ((const struct raw_out *)call->out)->bytes : call->reply);
    waiter->is_done = true;
    pthread_cond_signal(&waiter->done);
    pthread_mutex_unlock(&waiter->lock);
}

void front_reply(struct api *api, struct call *call)
{
    switch (call->from) {
    case FROM_HTTP:
        reply_http(api, call);
        break;
    case FROM_SOCKET:
        reply_socket(api, call);
        break;
    case FROM_INSIDE:
        break; /* front_wake, behind the effects */
    }
}

struct net_handler api_handler(struct api *api)
{
    return (struct net_handler){
        .context = api,
        .head = on_head,
        .request = on_request,
        .received = on_received,
        .message = on_message,
        .closed = on_closed,
    };
}

/* ---- calls from inside --------------------------------------------------------------------- */

int api_call(struct api *api, struct str name, struct str input, int64_t session, int64_t org,
             struct arena *arena, struct str *reply)
{
    struct waiter waiter = {.reply = buf_new(LARGEST_REPLY)};
    pthread_mutex_init(&waiter.lock, NULL);
    pthread_cond_init(&waiter.done, NULL);
    const struct op *op = api_find(api, name);
    struct call *call = call_new(api, arena_new(), op ? op : &socket_op);
    struct request *r = &call->r;
    call->from = FROM_INSIDE;
    call->waiter = &waiter;
    call->named_session = session;
    call->named_org = org;
    r->address = S("inside");
    r->language = LANGUAGE_EN;
    if (!op)
        fail(r, NOT_FOUND, NULL, "没有这个操作", "there is no such op");
    else {
        call->in = bind_json(r, op->in, arena_copy(r->arena, input));
        if (call->in && bind_is_whole(r, op->in, call->in) && op->flags & ONCE)
            hash_input(call);
    }
    call_submit(api, call);
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.is_done)
        pthread_cond_wait(&waiter.done, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    *reply = arena_copy(arena, buf_str(&waiter.reply));
    buf_free(&waiter.reply);
    pthread_cond_destroy(&waiter.done);
    pthread_mutex_destroy(&waiter.lock);
    return waiter.status;
}
