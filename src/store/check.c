/* check: looks for damage and says what it found; repairs nothing. */
#include "store/engine.h"
#include "base/text.h"

#include <fcntl.h>
#include <unistd.h>

struct check {
    struct store *store;
    void (*found)(void *context, struct str sentence);
    void *context;
    struct arena *arena;
    int64_t count;
};

static void tell(struct check *check, struct str sentence)
{
    check->found(check->context, sentence);
    check->count++;
}

static void check_sqlite(struct check *check, struct db *reader)
{
    struct rows rows = db_read(reader, "PRAGMA integrity_check", NONE);
    if (db_failed(reader))
        tell(check, S("the database file cannot be read"));
    for (size_t i = 0; i < rows.count; i++)
        if (!str_equal(row_text(&rows, i, 0), S("ok")))
            tell(check, row_text(&rows, i, 0));
}

static void check_postgres(struct check *check, struct db *reader)
{
    struct rows tables = copy_tables(reader);
    if (db_failed(reader))
        tell(check, S("the database does not answer"));
    for (size_t i = 0; i < tables.count; i++) {
        struct str table = row_text(&tables, i, 0);
        struct str sql = arena_printf(reader->own, "SELECT COUNT(*) FROM \"%.*s\"", STR_ARG(table));
        if (db_read_(reader, sql.ptr, DB_VALUES(NONE)).count != 1)
            tell(check, arena_printf(check->arena, "table %.*s cannot be read", STR_ARG(table)));
    }
}

static bool check_blob(void *context, struct str hash, const char *path)
{
    struct check *check = context;
    char is[32];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (hash.len == 0)
        tell(check, arena_printf(check->arena, "%s does not belong there", path));
    else if (file < 0 || !blob_hash_file(file, is))
        tell(check, arena_printf(check->arena, "%s cannot be read", path));
    else if (memcmp(is, hash.ptr, sizeof is) != 0)
        tell(check, arena_printf(check->arena, "%s is not what was stored", path));
    if (file >= 0)
        close(file);
    return true;
}

int64_t store_check(struct store *store, void (*found)(void *context, struct str sentence),
                    void *context, struct arena *arena)
{
    struct check check = {store, found, context, arena, 0};
    struct db *reader = store_reader(store);
    if (reader) {
        db_set_arena(reader, arena);
        if (store_is_postgres(store))
            check_postgres(&check, reader);
        else
            check_sqlite(&check, reader);
    } else {
        tell(&check, S("the database cannot be opened"));
    }
    db_close(reader);
    if (!blob_each(store, check_blob, &check))
        tell(&check, S("the folder of the files cannot be read"));
    return check.count;
}
