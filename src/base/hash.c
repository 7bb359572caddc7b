/* hash: SipHash-1-3 and the integer map. */
#include "base/hash.h"
#include "base/must.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t secret[2];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_secret(void)
{
    must(getrandom(secret, sizeof secret, 0) == (ssize_t)sizeof secret);
}

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline void sip_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

uint64_t hash_bytes(struct str s)
{
    pthread_once(&once, make_secret);
    uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
                     secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u};
    size_t whole = s.len / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t word;
        memcpy(&word, s.ptr + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)s.len << 56;
    for (size_t i = whole; i < s.len; i++)
        last |= (uint64_t)(unsigned char)s.ptr[i] << 8 * (i - whole);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_int(int64_t key)
{
    pthread_once(&once, make_secret);
    uint64_t x = (uint64_t)key ^ secret[0];
    x = (x ^ x >> 32) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 29) * (secret[1] | 1);
    return x ^ x >> 32;
}

/* Where the key is, or the free entry where it would go. */
static size_t map_find(const struct map *map, int64_t key)
{
    size_t at = (size_t)hash_int(key) & (map->capacity - 1);
    while (map->entries[at].key && map->entries[at].key != key)
        at = (at + 1) & (map->capacity - 1);
    return at;
}

void *map_get(const struct map *map, int64_t key)
{
    return map->capacity ? map->entries[map_find(map, key)].value : NULL;
}

static void map_grow(struct map *map)
{
    struct map old = *map;
    map->capacity = old.capacity ? 2 * old.capacity : 16;
    map->entries = calloc(map->capacity, sizeof *map->entries);
    must(map->entries);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.entries[i].key)
            map->entries[map_find(map, old.entries[i].key)] = old.entries[i];
    free(old.entries);
}

void map_set(struct map *map, int64_t key, void *value)
{
    must(key && value);
    if (4 * (map->count + 1) > 3 * map->capacity)
        map_grow(map);
    struct map_entry *entry = &map->entries[map_find(map, key)];
    map->count += entry->key == 0;
    *entry = (struct map_entry){key, value};
}

/* Later entries of the same run move up, so that no search stops at the hole. */
static void map_close_hole(struct map *map, size_t hole)
{
    size_t mask = map->capacity - 1;
    for (size_t at = (hole + 1) & mask; map->entries[at].key; at = (at + 1) & mask) {
        size_t home = (size_t)hash_int(map->entries[at].key) & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        map->entries[hole] = map->entries[at];
        hole = at;
    }
    map->entries[hole] = (struct map_entry){0};
}

void *map_remove(struct map *map, int64_t key)
{
    if (!map->capacity)
        return NULL;
    size_t at = map_find(map, key);
    void *value = map->entries[at].value;
    if (value) {
        map->count--;
        map_close_hole(map, at);
    }
    return value;
}

void map_free(struct map *map)
{
    free(map->entries);
    *map = (struct map){0};
}

static struct map_entry *map_from(const struct map *map, size_t at)
{
    for (; at < map->capacity; at++)
        if (map->entries[at].key)
            return &map->entries[at];
    return NULL;
}

struct map_entry *map_first(const struct map *map)
{
    return map_from(map, 0);
}

struct map_entry *map_after(const struct map *map, struct map_entry *entry)
{
    return map_from(map, (size_t)(entry - map->entries) + 1);
}
