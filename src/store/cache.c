/* cache: read results in a table of fixed size, two places for a key. */
#include "store/cache.h"
#include "base/must.h"

#include <stdlib.h>

enum { SLOTS = 1 << 14, ENTRY_MAX = 2048, KEY_MAX = 1024 };

struct entry {
    uint64_t hash;
    uint64_t read_at;
    const struct statement *st;
    size_t key_len;
    struct rows rows; /* values and their bytes stand behind the key */
    char bytes[];
};

struct reads {
    size_t tables_known; /* when the text was looked through */
    struct tables tables;
};

void cache_init(struct cache *cache)
{
    *cache = (struct cache){.arena = arena_new(), .key = buf_new(KEY_MAX)};
    cache->slots = calloc(SLOTS, sizeof *cache->slots);
    must(cache->slots);
}

void cache_free(struct cache *cache)
{
    if (!cache->slots)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(cache->slots[i]);
    free(cache->slots);
    buf_free(&cache->key);
    arena_free(cache->arena);
    *cache = (struct cache){0};
}

/* ---- tables --------------------------------------------------------------------------------- */

static void tables_add(struct tables *tables, size_t table)
{
    tables->bits[table / 64] |= (uint64_t)1 << table % 64;
}

bool tables_meet(const struct tables *a, const struct tables *b)
{
    for (size_t i = 0; i < TABLES_MAX / 64; i++)
        if (a->bits[i] & b->bits[i])
            return true;
    return false;
}

/* The place of a name, or table_count. */
static size_t table_at(const struct cache *cache, struct str name)
{
    size_t i = 0;
    while (i < cache->table_count && !str_equal_fold(cache->names[i], name))
        i++;
    return i;
}

const struct tables *cache_tables_read(struct cache *cache, struct db *db, struct statement *st)
{
    struct reads *reads = st->reads;
    if (!reads)
        st->reads = reads = ARENA_NEW(db->own, struct reads);
    if (reads->tables_known == cache->table_count)
        return &reads->tables;
    reads->tables_known = cache->table_count;
    size_t at = 0;
    for (struct token t = token_next(st->sql, &at); t.kind; t = token_next(st->sql, &at)) {
        if (t.kind != TOKEN_WORD && t.kind != TOKEN_QUOTED)
            continue;
        bool is_quoted = t.kind == TOKEN_QUOTED && t.text.len >= 2;
        struct str name = is_quoted ? str_of(t.text.ptr + 1, t.text.len - 2) : t.text;
        size_t table = table_at(cache, name);
        if (table < cache->table_count)
            tables_add(&reads->tables, table);
    }
    return &reads->tables;
}

void cache_note_write(struct cache *cache, struct statement *st, struct tables *written)
{
    if (!st->table) {
        size_t table = table_at(cache, st->written);
        if (table == cache->table_count) {
            must(table < TABLES_MAX);
            cache->names[cache->table_count++] = arena_copy(cache->arena, st->written);
            cache_void(cache); /* what was kept did not know of this table */
        }
        st->table = table + 1;
    }
    cache->changed_at[st->table - 1] = ++cache->clock;
    tables_add(written, st->table - 1);
}

void cache_void(struct cache *cache)
{
    cache->floor = ++cache->clock;
}

/* ---- entries -------------------------------------------------------------------------------- */

/* Writes the bound values into the key's buffer; false when they are too long. */
static bool make_key(struct cache *cache, const struct statement *st, const struct db_value *values)
{
    buf_clear(&cache->key);
    buf_add(&cache->key, str_of((const char *)&st, sizeof st));
    for (size_t i = 0; i < st->parameters; i++) {
        const struct db_value *value = &values[i];
        bool is_long = value->kind == DB_TEXT || value->kind == DB_BLOB;
        int64_t number = is_long ? (int64_t)value->bytes.len : value->number;
        buf_char(&cache->key, (char)value->kind);
        buf_add(&cache->key, str_of((const char *)&number, sizeof number));
        if (is_long)
            buf_add(&cache->key, value->bytes);
    }
    return !cache->key.is_full;
}

static bool is_valid(struct cache *cache, struct db *db, struct statement *st,
                     const struct entry *entry)
{
    if (entry->read_at < cache->floor)
        return false;
    const struct tables *tables = cache_tables_read(cache, db, st);
    for (size_t i = 0; i < TABLES_MAX / 64; i++)
        for (uint64_t bits = tables->bits[i]; bits; bits &= bits - 1)
            if (cache->changed_at[i * 64 + (size_t)__builtin_ctzll(bits)] > entry->read_at)
                return false;
    return true;
}

bool cache_get(struct cache *cache, struct db *db, struct statement *st,
               const struct db_value *values, struct arena *arena, struct rows *out)
{
    if (!make_key(cache, st, values))
        return false;
    struct str key = buf_str(&cache->key);
    uint64_t hash = hash_bytes(key);
    for (size_t i = 0; i < 2; i++) {
        const struct entry *entry = cache->slots[(hash % SLOTS) ^ i];
        if (entry && entry->hash == hash && entry->st == st &&
            str_equal(str_of(entry->bytes, entry->key_len), key) &&
            is_valid(cache, db, st, entry)) {
            *out = rows_copy(arena, &entry->rows);
            return true;
        }
    }
    return false;
}

static size_t bytes_in(const struct rows *rows)
{
    size_t total = rows->count * rows->columns * sizeof *rows->values;
    for (size_t i = 0; i < rows->count * rows->columns && total <= ENTRY_MAX; i++)
        total += rows->values[i].bytes.len;
    return total;
}

/* Lays the key, the values and their bytes out in one piece of memory. */
static struct entry *entry_new(struct str key, const struct rows *rows, size_t size)
{
    size_t key_room = (key.len + 15) / 16 * 16;
    struct entry *entry = malloc(sizeof *entry + key_room + size);
    must(entry);
    memcpy(entry->bytes, key.ptr, key.len);
    entry->key_len = key.len;
    size_t total = rows->count * rows->columns;
    struct db_value *values = (struct db_value *)(void *)(entry->bytes + key_room);
    char *at = (char *)(values + total);
    for (size_t i = 0; i < total; i++) {
        values[i] = rows->values[i];
        if (values[i].bytes.len)
            memcpy(at, values[i].bytes.ptr, values[i].bytes.len);
        values[i].bytes.ptr = at;
        at += values[i].bytes.len;
    }
    entry->rows = (struct rows){rows->count, rows->columns, values};
    return entry;
}

void cache_put(struct cache *cache, struct statement *st, const struct db_value *values,
               const struct rows *rows)
{
    size_t size = bytes_in(rows);
    if (size > ENTRY_MAX || !make_key(cache, st, values))
        return;
    struct str key = buf_str(&cache->key);
    uint64_t hash = hash_bytes(key);
    size_t slot = hash % SLOTS;
    if (cache->slots[slot] && cache->slots[slot]->hash != hash) {
        free(cache->slots[slot ^ 1]);
        cache->slots[slot ^ 1] = cache->slots[slot]; /* the older one stays a while */
        cache->slots[slot] = NULL;
    }
    free(cache->slots[slot]);
    struct entry *entry = entry_new(key, rows, size);
    entry->hash = hash;
    entry->read_at = cache->clock;
    entry->st = st;
    cache->slots[slot] = entry;
}
