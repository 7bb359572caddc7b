/* hear: what actors are told; by the dispatcher's tap, or over a WebSocket each. */
#include "tests/scenario/scenario.h"

#include <sys/socket.h>
#include <sys/time.h>

/* ---- by the tap ---------------------------------------------------------------------------- */

static int64_t follow_key(size_t actor, int64_t topic)
{
    return (int64_t)((uint64_t)topic * 64 + actor + 1);
}

static void remember(struct actor *actor, json_t *event)
{
    if (actor->event_count < MOST_EVENTS)
        actor->events[actor->event_count++] = json_incref(event);
    const char *kind = json_string_value(json_object_get(event, "kind"));
    if (!kind || strcmp(kind, "message") != 0)
        return;
    const char *topic = json_string_value(json_object_get(event, "topic"));
    json_t *conversation = json_object_get(actor->model, topic);
    if (!conversation) {
        conversation = json_pack("{s:O}", "from", json_object_get(event, "number"));
        json_object_set_new(actor->model, topic, conversation);
    }
    json_object_set(conversation, json_string_value(json_object_get(event, "id")),
                    json_object_get(event, "object"));
}

static void published(void *context, int64_t topic, struct str text)
{
    struct world *world = context;
    json_t *event = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    must(event);
    pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->actor_count; i++)
        if (map_get(&world->follows, follow_key(i, topic)))
            remember(&world->actors[i], event);
    pthread_mutex_unlock(&world->lock);
    json_decref(event);
}

static void followed(void *context, int64_t via, int64_t topic, bool follows)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->actor_count; i++) {
        if (!map_get(&world->follows, follow_key(i, via)))
            continue;
        if (follows)
            map_set(&world->follows, follow_key(i, topic), world);
        else
            map_remove(&world->follows, follow_key(i, topic));
    }
    pthread_mutex_unlock(&world->lock);
}

static void closed(void *context, int64_t topic, int code)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->actor_count; i++)
        if (map_get(&world->follows, follow_key(i, topic)))
            world->actors[i].closed = code;
    pthread_mutex_unlock(&world->lock);
}

struct api_tap tap_of(struct world *world)
{
    return (struct api_tap){world, published, followed, closed};
}

/* ---- over sockets -------------------------------------------------------------------------- */

struct incoming {
    struct world *world;
    struct actor *actor;
    json_t *reply; /* of the call under way */
};

static void take_text(void *context, struct str text)
{
    struct incoming *incoming = context;
    json_t *told = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    expect(incoming->world, told, "what came over the WebSocket is no JSON", text);
    json_t *number = json_object_get(told, "call");
    if (told && !number)
        remember(incoming->actor, told);
    if (number && json_integer_value(number) == incoming->actor->calls) {
        json_t *out = json_object_get(told, "out");
        incoming->reply = out ? json_incref(out) : json_incref(told);
    }
    json_decref(told);
}

/* The server may close the socket instead of answering. */
json_t *call_over_socket(struct world *world, struct actor *actor, const char *op, json_t *input)
{
    json_t *envelope =
        json_pack("{s:I, s:s, s:O}", "call", (json_int_t)++actor->calls, "op", op, "in", input);
    char *text = json_dumps(envelope, JSON_COMPACT);
    struct incoming incoming = {.world = world, .actor = actor};
    websocket_send(&actor->socket, str_from(text));
    bool is_open = true;
    while (!incoming.reply && is_open)
        is_open =
            websocket_read(&actor->socket, true, take_text, &incoming) && !actor->socket.closed;
    if (actor->socket.closed)
        actor->closed = actor->socket.closed;
    if (!is_open) {
        expect(world, actor->closed, "no answer over the WebSocket", str_from(op));
        websocket_close(&actor->socket);
        actor->has_socket = false;
    }
    free(text);
    json_decref(envelope);
    return incoming.reply;
}

/* As a browser does: a socket of the new session, which follows what the person follows. */
static void open_socket(struct world *world, struct actor *actor)
{
    if (actor->has_socket)
        websocket_close(&actor->socket);
    actor->has_socket = websocket_open(&actor->socket, net_port(world->net), actor->token);
    expect(world, actor->has_socket, "no WebSocket", actor->name);
    if (!actor->has_socket)
        return;
    struct timeval patience = {.tv_sec = 60};
    setsockopt(actor->socket.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    json_t *nothing = json_object();
    json_decref(call_over_socket(world, actor, "talk_sync", nothing));
    json_decref(nothing);
}

/* ---- both ---------------------------------------------------------------------------------- */

void listen_in(struct world *world, struct actor *actor)
{
    if (world->net) {
        open_socket(world, actor);
        return;
    }
    size_t index = (size_t)(actor - world->actors);
    pthread_mutex_lock(&world->lock);
    map_set(&world->follows, follow_key(index, actor->person), world);
    map_set(&world->follows, follow_key(index, actor->session), world);
    pthread_mutex_unlock(&world->lock);
}

/* The writer's next group begins when the events of the last have left; and a reply stands behind
 * them in the mailbox of the socket's thread. */
void hear_all(struct world *world)
{
    struct str done;
    api_call(world->api, S("api_job_done"), S("{\"org\":\"1\",\"job\":\"1\",\"is_done\":true}"),
             API_SERVER, 0, world->arena, &done);
    json_t *nothing = json_object();
    for (size_t i = 0; i < world->actor_count; i++)
        if (world->actors[i].has_socket)
            json_decref(call_over_socket(world, &world->actors[i], "org_state", nothing));
    json_decref(nothing);
}

/* Goes on through what the actor heard, up to the event that fits. */
static bool find_event(struct world *world, struct actor *actor, const struct str *words,
                       size_t count, struct str *last)
{
    bool wants_any = str_equal(words[0], S("nothing")), is_heard = false;
    pthread_mutex_lock(&world->lock);
    while (!is_heard && actor->event_next < actor->event_count) {
        json_t *event = actor->events[actor->event_next++];
        json_t *kind = json_object_get(event, "kind");
        json_t *object = json_object_get(event, "object");
        if (!kind)
            kind = json_object_get(event, "event");
        *last = shown(world, event);
        is_heard = wants_any || str_equal(str_from(json_string_value(kind)), words[0]);
        for (size_t i = 1; i < count && is_heard; i++)
            is_heard = str_equal(words[i], S("dropped")) ? object == NULL
                                                         : is_met(world, object, words[i]);
    }
    pthread_mutex_unlock(&world->lock);
    return is_heard;
}

/* Typing leaves behind the reply of the call that tells of it, and from another thread. */
void hear(struct world *world, struct actor *actor, const struct str *words, size_t count)
{
    bool wants_nothing = str_equal(words[0], S("nothing"));
    struct str last = S("nothing was heard");
    hear_all(world);
    bool is_heard = find_event(world, actor, words, count, &last);
    for (int i = 0; world->net && !is_heard && !wants_nothing && i < 200; i++) {
        usleep(1000);
        hear_all(world);
        is_heard = find_event(world, actor, words, count, &last);
    }
    expect(world, is_heard != wants_nothing, wants_nothing ? "heard" : "not heard; last", last);
}
