/* hash: hashing for tables in memory, keyed with a secret of the process so that strangers cannot
 * choose colliding keys. Not for storing: the values differ from start to start. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

uint64_t hash_bytes(struct str s); /* SipHash-1-3, Aumasson and Bernstein 2012 */
uint64_t hash_int(int64_t key);

/* A map from nonzero int64 keys to pointers: open addressing, linear probing. Not thread-safe. */
struct map {
    struct map_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

struct map_entry {
    int64_t key; /* 0: free */
    void *value;
};

/* NULL when the key is not there. */
void *map_get(const struct map *map, int64_t key);

/* Sets, or replaces; the value is not NULL. */
void map_set(struct map *map, int64_t key, void *value);

/* Takes the key out and returns its value, or NULL. */
void *map_remove(struct map *map, int64_t key);

/* Frees the table, not the values; the map is empty and usable. */
void map_free(struct map *map);

/* for (struct map_entry *e = map_first(m); e; e = map_after(m, e)); no change of the map within. */
struct map_entry *map_first(const struct map *map);
struct map_entry *map_after(const struct map *map, struct map_entry *entry);

#endif
