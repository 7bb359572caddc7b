/* topics: who follows what, on one thread.
 *
 * A topic holds the slots of its followers, a connection the topics that it follows, each knowing
 * its place in the other's list: 8 and 16 bytes, and removal moves one element. */
#include "net/inner.h"

#include <stdlib.h>

struct follower {
    uint32_t slot;
    uint32_t at; /* in the connection's list */
};

struct topic {
    int64_t number;
    struct follower *followers;
    uint32_t count, capacity;
};

static struct connection *follower_at(struct thread *thread, const struct topic *topic, uint32_t i)
{
    return thread->slots[topic->followers[i].slot].connection;
}

/* Where the topic stands in the connection's list, or -1. Looks along the shorter of both. */
static int64_t place_of(struct connection *c, const struct topic *topic)
{
    if (topic->count < c->following_count) {
        for (uint32_t i = 0; i < topic->count; i++)
            if (topic->followers[i].slot == c->slot)
                return topic->followers[i].at;
        return -1;
    }
    for (uint32_t i = 0; i < c->following_count; i++)
        if (c->following[i].topic == topic)
            return i;
    return -1;
}

static uint32_t grown(uint32_t capacity)
{
    return capacity < 2 ? capacity + 1 : capacity + capacity / 2;
}

void topic_follow(struct connection *c, int64_t number)
{
    struct thread *thread = c->thread;
    if (c->phase != PHASE_SOCKET || c->socket->is_closing || number == 0)
        return;
    struct topic *topic = map_get(&thread->topics, number);
    if (!topic) {
        topic = calloc(1, sizeof *topic);
        must(topic);
        topic->number = number;
        map_set(&thread->topics, number, topic);
    }
    if (place_of(c, topic) >= 0)
        return;
    if (topic->count == topic->capacity) {
        topic->capacity = grown(topic->capacity);
        topic->followers = realloc(topic->followers, topic->capacity * sizeof *topic->followers);
        must(topic->followers);
    }
    if (c->following_count == c->following_capacity) {
        c->following_capacity = grown(c->following_capacity);
        c->following = realloc(c->following, c->following_capacity * sizeof *c->following);
        must(c->following);
    }
    topic->followers[topic->count] = (struct follower){c->slot, c->following_count};
    c->following[c->following_count++] = (struct following){topic, topic->count++};
}

static void topic_free(struct thread *thread, struct topic *topic)
{
    map_remove(&thread->topics, topic->number);
    free(topic->followers);
    free(topic);
}

/* Takes the `place`th topic off the connection; the last of each list moves into the hole. */
static void unfollow_at(struct connection *c, uint32_t place)
{
    struct following gone = c->following[place];
    struct topic *topic = gone.topic;
    struct following moved = c->following[--c->following_count];
    c->following[place] = moved;
    moved.topic->followers[moved.at].at = place;
    struct follower last = topic->followers[--topic->count];
    if (gone.at < topic->count) {
        topic->followers[gone.at] = last;
        c->thread->slots[last.slot].connection->following[last.at].at = gone.at;
    }
    if (topic->count == 0)
        topic_free(c->thread, topic);
}

void topic_unfollow(struct connection *c, int64_t number)
{
    struct topic *topic = map_get(&c->thread->topics, number);
    int64_t place = topic ? place_of(c, topic) : -1;
    if (place >= 0)
        unfollow_at(c, (uint32_t)place);
}

void topic_unfollow_all(struct connection *c)
{
    while (c->following_count)
        unfollow_at(c, c->following_count - 1);
    free(c->following);
    c->following = NULL;
    c->following_capacity = 0;
}

void topic_follow_via(struct thread *thread, int64_t via, int64_t number)
{
    struct topic *topic = map_get(&thread->topics, via);
    for (uint32_t i = 0; topic && i < topic->count; i++)
        topic_follow(follower_at(thread, topic, i), number);
}

void topic_unfollow_via(struct thread *thread, int64_t via, int64_t number)
{
    struct topic *topic = map_get(&thread->topics, via);
    for (uint32_t i = topic ? topic->count : 0; i > 0; i--)
        topic_unfollow(follower_at(thread, topic, i - 1), number);
}

/* Frames that belong together are joined once for all followers, who then cost one reference and
 * one plain send each. NULL when they are better sent one by one. */
static struct frame *join(struct frame *const *frames, size_t count)
{
    size_t len = 0;
    bool is_lossy = false;
    for (size_t i = 0; i < count; i++) {
        len += frames[i]->len;
        is_lossy = is_lossy || frames[i]->is_lossy;
    }
    return count > 1 && !is_lossy && len <= JOIN_BYTES ? frame_join(frames, count, len) : NULL;
}

void topic_publish(struct thread *thread, int64_t number, struct frame *const *frames, size_t count)
{
    struct topic *topic = map_get(&thread->topics, number);
    if (!topic)
        return;
    struct frame *joined = topic->count > 1 ? join(frames, count) : NULL;
    for (uint32_t i = 0; i < topic->count; i++)
        socket_send_run(follower_at(thread, topic, i), frames, count, joined);
    if (joined)
        frame_free(joined);
}

void topic_close(struct thread *thread, int64_t number, int code)
{
    struct topic *topic = map_get(&thread->topics, number);
    for (uint32_t i = topic ? topic->count : 0; i > 0; i--)
        socket_close(follower_at(thread, topic, i - 1), code);
}

void topics_free(struct thread *thread)
{
    must(thread->topics.count == 0); /* the last follower took each along */
    map_free(&thread->topics);
}
