/* cache: what the PostgreSQL writer has read, so that asking again costs no round trip.
 *
 * Right because there is one writer: a result holds until a statement of this writer changes one of
 * the tables that its text names, or something is undone. Bounded; a collision replaces. */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "store/engine.h"

enum { TABLES_MAX = 512 };

/* A set of tables. */
struct tables {
    uint64_t bits[TABLES_MAX / 64];
};

struct cache {
    struct arena *arena; /* names of tables */
    struct str names[TABLES_MAX];
    uint64_t changed_at[TABLES_MAX];
    size_t table_count;
    uint64_t clock; /* counts writes */
    uint64_t floor; /* what was read before is void */
    struct entry **slots;
    struct buf key;
};

void cache_init(struct cache *cache);
void cache_free(struct cache *cache);

/* The tables among those written so far that the statement's text names. */
const struct tables *cache_tables_read(struct cache *cache, struct db *db, struct statement *st);

/* Notes that the statement changes its table, and puts the table into *written. */
void cache_note_write(struct cache *cache, struct statement *st, struct tables *written);

/* Forgets everything: something was undone. */
void cache_void(struct cache *cache);

bool tables_meet(const struct tables *a, const struct tables *b);

/* A copy of the kept rows in `arena`; false when there are none. */
bool cache_get(struct cache *cache, struct db *db, struct statement *st,
               const struct db_value *values, struct arena *arena, struct rows *out);

/* Keeps rows that were read just now, when they are few enough. */
void cache_put(struct cache *cache, struct statement *st, const struct db_value *values,
               const struct rows *rows);

#endif
