/* pets: tables and rows that the tests of store play with. */
#ifndef STORE_PETS_H
#define STORE_PETS_H

#include "store/blob.h"
#include "store/engine.h"
#include "store/search.h"
#include "tests/places.h"

static struct arena *arena;
static bool uses_postgres;

static const char *const pet_tables = "-- step 1\n"
                                      "CREATE TABLE pet (\n"
                                      "    org INTEGER NOT NULL, id INTEGER NOT NULL,\n"
                                      "    name TEXT, picture BLOB, -- a comment, with a comma\n"
                                      "    PRIMARY KEY (org, id)\n"
                                      ") STRICT, WITHOUT ROWID;\n"
                                      "CREATE UNIQUE INDEX pet_name ON pet (org, name);\n"
                                      "CREATE TABLE visit (id INTEGER PRIMARY KEY, text TEXT) "
                                      "STRICT;\n";

static inline struct store_module pets(void)
{
    return (struct store_module){.name = "pet", .migrations = str_from(pet_tables)};
}

static struct store *open_pets(const struct place *place)
{
    struct store_module module = pets();
    struct str error = S("");
    struct store *store = store_open(&place->settings, &module, 1, arena, &error);
    if (!store)
        fprintf(stderr, "store_open: %.*s\n", STR_ARG(error));
    must(store);
    db_set_arena(store_writer(store), arena);
    return store;
}

static inline void put_pet(struct db *db, int64_t id, struct str name)
{
    db_write(db, "INSERT INTO pet (org, id, name) VALUES (1, ?1, ?2)", INT(id), TEXT(name));
}

static inline int64_t pets_in(struct db *db)
{
    struct rows rows = db_read(db, "SELECT COUNT(*) FROM pet", NONE);
    return rows.count ? row_int(&rows, 0, 0) : -1;
}

static inline bool put_alone(struct db *db, int64_t id, struct str name)
{
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, id, name);
    bool is_kept = db_op_end(db, true);
    return db_group_end(db, true) && is_kept;
}

static inline struct str found(struct db *db, struct str query)
{
    struct rows rows = search_find(db, &(struct search_terms){.query = query}, 0, 10);
    struct str ids = S("");
    for (size_t i = 0; i < rows.count; i++)
        ids = arena_printf(arena, "%.*s%lld ", STR_ARG(ids), (long long)row_int(&rows, i, 0));
    return ids;
}

static inline void put_text(struct store *store, int64_t id, struct str text, bool drops)
{
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    if (drops)
        search_drop(db, id, text);
    else
        search_put(db, id, text);
    CHECK(db_op_end(db, true) && db_group_end(db, true));
}

#endif
