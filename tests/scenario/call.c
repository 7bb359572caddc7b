/* call: ops over HTTP, over a WebSocket, or straight into the dispatcher. */
#include "tests/scenario/scenario.h"

#include <errno.h>
#include <sys/socket.h>

static struct map called; /* ops that were exercised: hash of the name */

/* One request over a connection of its own; the whole answer. */
static struct str exchange(struct world *world, struct str request)
{
    int fd = connect_to(net_port(world->net));
    while (request.len) {
        ssize_t sent = send(fd, request.ptr, request.len, MSG_NOSIGNAL);
        must(sent > 0 || errno == EINTR);
        request = str_skip(request, sent > 0 ? (size_t)sent : 0);
    }
    struct buf answer = buf_new(64 << 20);
    for (;;) {
        char *room = buf_room(&answer, 65536);
        must(room);
        ssize_t got = recv(fd, room, 65536, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        answer.len += (size_t)got;
    }
    close(fd);
    struct str copy = arena_copy(world->arena, buf_str(&answer));
    buf_free(&answer);
    return copy;
}

/* The op over HTTP, by its name; keeps a cookie that comes with the answer. */
static int call_over_http(struct world *world, const struct actor *actor, const struct op *op,
                          struct str input, struct str *reply)
{
    struct str cookie =
        actor && actor->token.len
            ? arena_printf(world->arena, "Cookie: carillon=%.*s\r\n", STR_ARG(actor->token))
            : S("");
    struct str answer = exchange(
        world, arena_printf(world->arena,
                            "POST /v1/ops/%s HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n%.*s"
                            "Accept-Language: en\r\n"
                            "Content-Type: application/json\r\nConnection: close\r\n"
                            "Content-Length: %zu\r\n\r\n%.*s",
                            op->name, STR_ARG(cookie), input.len, STR_ARG(input)));
    ptrdiff_t end = str_find(answer, S("\r\n\r\n"));
    ptrdiff_t set = str_find(answer, S("Set-Cookie: carillon="));
    must(end > 0 && answer.len > 12);
    if (set > 0 && set < end) {
        struct str rest = str_skip(answer, (size_t)set + 21);
        world->cookie = str_cut(&rest, ';');
    }
    *reply = str_skip(answer, (size_t)end + 4);
    int64_t status = 0;
    str_to_int(str_take(str_skip(answer, 9), 3), &status);
    return (int)status;
}

/* What only a WebSocket may ask. */
static json_t *call_on_socket_only(struct world *world, struct actor *actor, const struct op *op,
                                   json_t *input, int *status)
{
    json_t *reply = call_over_socket(world, actor, op->name, input);
    *status = reply && !json_object_get(reply, "error") ? 200 : 400;
    return reply;
}

/* An op that reads its body itself, over HTTP: what is no body goes into the query. */
static int call_raw_over_http(struct world *world, const struct op *op, json_t *input,
                              struct str *reply)
{
    struct buf query = buf_new(65536);
    const char *name;
    json_t *value;
    json_object_foreach(input, name, value)
    {
        if (!strcmp(name, "body") || !strcmp(name, "type") || !json_is_string(value))
            continue;
        buf_printf(&query, "%s%s=", query.len ? "&" : "?", name);
        for (const char *c = json_string_value(value); *c; c++)
            buf_printf(&query, "%%%02X", (unsigned char)*c);
    }
    const char *type = json_string_value(json_object_get(input, "type"));
    struct str body = str_from(json_string_value(json_object_get(input, "body")));
    struct str answer = exchange(
        world, arena_printf(world->arena,
                            "POST %s%.*s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n"
                            "Connection: close\r\nContent-Length: %zu\r\n\r\n%.*s",
                            op->path, STR_ARG(buf_str(&query)),
                            type && type[0] && !strpbrk(type, "\r\n\t") ? type : "text/plain",
                            body.len, STR_ARG(body)));
    buf_free(&query);
    ptrdiff_t end = str_find(answer, S("\r\n\r\n"));
    int64_t status = 0;
    must(end > 0 && str_to_int(str_take(str_skip(answer, 9), 3), &status));
    *reply = str_skip(answer, (size_t)end + 4);
    return (int)status;
}

json_t *call(struct world *world, struct actor *actor, const struct op *op, json_t *input,
             int *status)
{
    if (op->flags & ON_SOCKET && actor && actor->has_socket)
        return call_on_socket_only(world, actor, op, input, status);
    char *text = json_dumps(input, JSON_COMPACT);
    struct str reply;
    bool is_plain = !(op->flags & (RAW | UPLOAD | ON_SOCKET)) && (!actor || actor->session > 0);
    *status = world->net && op->flags & RAW_BODY ? call_raw_over_http(world, op, input, &reply)
              : world->net && is_plain
                  ? call_over_http(world, actor, op, str_from(text), &reply)
                  : api_call(world->api, str_from(op->name), str_from(text),
                             actor ? actor->session : 0, 0, world->arena, &reply);
    free(text);
    json_t *value = json_loadb(reply.ptr, reply.len, 0, NULL);
    bool is_json = *status != 200 || !(op->flags & (RAW | UPLOAD));
    expect(world, value || !is_json, "the reply is no JSON", reply);
    if (value && *status == 200 && !(op->flags & RAW))
        expect(world, fits_schema(op->out, value), "the reply does not fit its schema", reply);
    if (*status == 200)
        map_set(&called, (int64_t)(hash_bytes(str_from(op->name)) | 1), world);
    expect(world, *status != 500, "an internal error", reply);
    return value;
}

json_t *must_call(struct world *world, struct actor *actor, const char *name, json_t *input)
{
    int status;
    const struct op *op = api_find(world->api, str_from(name));
    must(op);
    json_t *reply = call(world, actor, op, input, &status);
    if (status != 200)
        complain(world, name, shown(world, reply));
    json_decref(input);
    return reply;
}

bool was_called(const struct op *op)
{
    return map_get(&called, (int64_t)(hash_bytes(str_from(op->name)) | 1)) != NULL;
}

void forget_called(void)
{
    map_free(&called);
}
