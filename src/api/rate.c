/* rate: token buckets in memory, one for each person or address and kind of call. */
#include "api/inner.h"
#include "base/must.h"
#include "base/time.h"

#include <stdlib.h>

enum { MOST_BUCKETS = 20000 }; /* in a stripe; past that all of the stripe begin afresh */

void rate_open(struct api *api)
{
    for (size_t i = 0; i < RATE_STRIPES; i++)
        pthread_mutex_init(&api->rates[i].lock, NULL);
}

static void empty(struct rate_stripe *stripe)
{
    for (struct map_entry *e = map_first(&stripe->buckets); e; e = map_after(&stripe->buckets, e))
        free(e->value);
    map_free(&stripe->buckets);
}

void rate_close(struct api *api)
{
    for (size_t i = 0; i < RATE_STRIPES; i++) {
        empty(&api->rates[i]);
        pthread_mutex_destroy(&api->rates[i].lock);
    }
}

static struct bucket *bucket_of(struct rate_stripe *stripe, int64_t key, double full, int64_t now)
{
    struct bucket *bucket = map_get(&stripe->buckets, key);
    if (bucket)
        return bucket;
    if (stripe->buckets.count >= MOST_BUCKETS)
        empty(stripe);
    bucket = malloc(sizeof *bucket);
    must(bucket);
    *bucket = (struct bucket){full, now};
    map_set(&stripe->buckets, key, bucket);
    return bucket;
}

bool rate_allows(struct api *api, struct str name, int per_minute, int64_t *seconds)
{
    int64_t factor = api->settings.rate_factor ? api->settings.rate_factor : 1;
    double full = (double)per_minute * (double)factor;
    double per_ns = full / 60e9;
    int64_t key = (int64_t)(hash_bytes(name) | 1);
    struct rate_stripe *stripe = &api->rates[(uint64_t)key >> 60];
    int64_t now = time_monotonic_ns();

    pthread_mutex_lock(&stripe->lock);
    struct bucket *bucket = bucket_of(stripe, key, full, now);
    bucket->left += (double)(now - bucket->at) * per_ns;
    if (bucket->left > full)
        bucket->left = full;
    bucket->at = now;
    bool allows = bucket->left >= 1;
    if (allows)
        bucket->left -= 1;
    else
        *seconds = (int64_t)((1 - bucket->left) / per_ns / 1e9) + 1;
    pthread_mutex_unlock(&stripe->lock);
    return allows;
}

void rate_give(struct request *r, struct str name)
{
    struct api *api = r->api;
    int64_t key = (int64_t)(hash_bytes(name) | 1);
    struct rate_stripe *stripe = &api->rates[(uint64_t)key >> 60];
    pthread_mutex_lock(&stripe->lock);
    struct bucket *bucket = map_get(&stripe->buckets, key);
    if (bucket)
        bucket->left += 1;
    pthread_mutex_unlock(&stripe->lock);
}

int64_t rate_ask(struct request *r, struct str bucket, int per_minute)
{
    int64_t seconds = 0;
    return rate_allows(r->api, bucket, per_minute, &seconds) ? 0 : seconds;
}

bool rate_take(struct request *r, struct str bucket, int per_minute)
{
    int64_t seconds = 0;
    if (rate_allows(r->api, bucket, per_minute, &seconds))
        return true;
    struct str zh = arena_printf(r->arena, "操作太频繁，请 %lld 秒后再试", (long long)seconds);
    struct str en =
        arena_printf(r->arena, "too many tries; try again in %lld seconds", (long long)seconds);
    return fail_for(r, seconds, zh.ptr, en.ptr);
}
