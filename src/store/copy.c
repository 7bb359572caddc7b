/* copy: rows from one database to another, whatever their engines.
 *
 * The tables are those that the source's catalog names; the target must have the same, from the
 * same migrations. The index of words has no common form and goes over as words. */
#include "store/engine.h"
#include "base/must.h"

#include <unistd.h>

static const char sqlite_catalog[] =
    "SELECT m.name, p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p"
    " WHERE m.type = 'table' AND substr(m.name, 1, 7) <> 'sqlite_'"
    " AND substr(m.name, 1, 6) <> 'store_' AND m.name <> 'search' AND m.name <> 'backup_blob'"
    " AND substr(m.name, 1, 7) <> 'search_' ORDER BY m.name, p.cid";

static const char postgres_catalog[] =
    "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
    " AND a.attnum > 0 AND NOT a.attisdropped AND substr(c.relname, 1, 6) <> 'store_'"
    " AND c.relname <> 'search' AND substr(c.relname, 1, 7) <> 'search_'"
    " ORDER BY c.relname COLLATE \"C\", a.attnum";

/* Table and column, for every column. */
static struct rows catalog(struct db *db)
{
    const char *sql = store_is_postgres(db->store) ? postgres_catalog : sqlite_catalog;
    return db_read_(db, sql, DB_VALUES(NONE));
}

struct rows copy_tables(struct db *db)
{
    struct rows columns = catalog(db);
    struct db_value *names = ARENA_ARRAY(db->arena, columns.count, struct db_value);
    struct rows tables = {0, 1, names};
    for (size_t i = 0; i < columns.count; i++)
        if (i == 0 || !str_equal(row_text(&columns, i, 0), row_text(&columns, i - 1, 0)))
            names[tables.count++] = TEXT(row_text(&columns, i, 0));
    return tables;
}

bool copy_script(struct db *db, const char *format, struct str table, struct arena *arena,
                 struct str *error)
{
    struct str before = str_from(format), sql;
    ptrdiff_t at = str_find(before, S("%s"));
    must(at >= 0);
    sql = arena_printf(arena, "%.*s%.*s%s", (int)at, format, STR_ARG(table), format + at + 2);
    return db->engine->script(db, sql, arena, error);
}

struct copying {
    struct db *writer;
    bool has_failed;
};

static bool copy_row(void *context, const struct rows *row)
{
    struct copying *copying = context;
    copying->has_failed = !copying->writer->engine->load_row(copying->writer, row);
    return !copying->has_failed;
}

/* All rows of a select into a table. */
static bool copy_select(struct db *reader, struct db *writer, struct str select, struct str table,
                        struct str columns, size_t count)
{
    const struct engine *engine = writer->engine;
    struct copying copying = {.writer = writer};
    /* A connection finds a statement by its address, so the text lives as long as the reader. */
    struct str text = arena_copy(reader->own, select);
    bool is_copied = engine->load_begin(writer, table, columns, count) &&
                     db_walk_(reader, copy_row, &copying, text.ptr, DB_VALUES(NONE));
    return engine->load_end(writer) && is_copied && !copying.has_failed;
}

/* Columns i to *end of the catalog belong to one table. */
static bool copy_table(struct db *reader, struct db *writer, const struct rows *columns, size_t i,
                       size_t *end, struct arena *arena)
{
    struct str table = row_text(columns, i, 0), list = S("");
    size_t count = 0;
    for (; i < columns->count && str_equal(row_text(columns, i, 0), table); i++, count++)
        list = arena_printf(arena, "%.*s%s\"%.*s\"", STR_ARG(list), count ? ", " : "",
                            STR_ARG(row_text(columns, i, 1)));
    *end = i;
    struct str select =
        arena_printf(arena, "SELECT %.*s FROM \"%.*s\"", STR_ARG(list), STR_ARG(table));
    struct str quoted = arena_printf(arena, "\"%.*s\"", STR_ARG(table));
    return copy_select(reader, writer, select, quoted, list, count);
}

void copy_uses_disk(struct db *reader)
{
    struct arena *arena = arena_new();
    struct str error;
    if (!store_is_postgres(reader->store))
        reader->engine->script(reader, S("PRAGMA temp_store = FILE"), arena, &error);
    arena_free(arena);
}

/* Words with spaces between them; the mark in front tells the tokenizer that they are ready. */
static bool copy_words(struct db *reader, struct db *writer, struct arena *arena, struct str *error)
{
    const char *select = store_is_postgres(reader->store)
                             ? "SELECT id, chr(1) || array_to_string(tsvector_to_array(words), ' ')"
                               " FROM search ORDER BY id"
                             : "SELECT doc, char(1) || group_concat(term, ' ') FROM search_words"
                               " GROUP BY doc ORDER BY doc";
    if (!store_is_postgres(writer->store))
        return copy_select(reader, writer, str_from(select), S("search"), S("rowid, words"), 2);
    struct str make = S("CREATE TEMPORARY TABLE search_load (id BIGINT, words TEXT)");
    struct str fill = S("INSERT INTO search SELECT id, array_to_tsvector(string_to_array("
                        "substr(words, 2), ' ')) FROM search_load; DROP TABLE search_load");
    return writer->engine->script(writer, make, arena, error) &&
           copy_select(reader, writer, str_from(select), S("search_load"), S("id, words"), 2) &&
           writer->engine->script(writer, fill, arena, error);
}

static bool copy_everything(struct db *reader, struct db *writer, struct arena *arena,
                            struct str *error)
{
    struct rows columns = catalog(reader);
    bool is_copied = !db_failed(reader);
    for (size_t i = 0; i < columns.count && is_copied;) {
        struct str table = row_text(&columns, i, 0);
        is_copied = copy_table(reader, writer, &columns, i, &i, arena);
        if (!is_copied)
            *error = arena_printf(arena, "table %.*s cannot be copied", STR_ARG(table));
    }
    struct str why = S("");
    if (is_copied && !copy_words(reader, writer, arena, &why)) {
        is_copied = false;
        *error = arena_printf(arena, "the index of words cannot be copied %.*s", STR_ARG(why));
    }
    return is_copied;
}

bool copy_rows(struct db *reader, struct db *writer, struct arena *arena, struct str *error)
{
    db_set_arena(reader, arena);
    if (writer->is_whole)
        return copy_everything(reader, writer, arena, error);
    if (!writer->engine->script(writer, S("BEGIN"), arena, error))
        return false;
    struct str ignored;
    if (copy_everything(reader, writer, arena, error))
        return writer->engine->script(writer, S("COMMIT"), arena, error);
    writer->engine->script(writer, S("ROLLBACK"), arena, &ignored);
    return false;
}

/* ---- from one installation to another ------------------------------------------------------- */

static bool is_empty(struct db *writer, struct arena *arena, struct str *error)
{
    db_set_arena(writer, arena);
    struct rows tables = copy_tables(writer);
    for (size_t i = 0; i < tables.count; i++) {
        struct str text = arena_printf(writer->own, "SELECT 1 FROM \"%.*s\" LIMIT 1",
                                       STR_ARG(row_text(&tables, i, 0)));
        if (db_read_(writer, text.ptr, DB_VALUES(NONE)).count > 0) {
            *error = arena_printf(arena, "the database is not empty: table %.*s has rows",
                                  STR_ARG(row_text(&tables, i, 0)));
            return false;
        }
    }
    return !db_failed(writer);
}

static bool copy_all(struct store *from, struct store *to, struct db *reader, struct arena *arena,
                     struct str *error)
{
    copy_uses_disk(reader);
    db_snapshot_begin(reader);
    db_set_arena(reader, arena);
    int64_t floor = store_meta_get(reader, "ceiling");
    bool is_copied = !db_failed(reader);
    if (is_copied && !str_equal(from->directory, to->directory) && !blob_copy(from, to)) {
        *error = S("the files cannot be copied");
        is_copied = false;
    }
    is_copied = is_copied && copy_rows(reader, to->writer, arena, error);
    db_snapshot_end(reader);
    return is_copied && store_take_over(to, true, floor);
}

bool store_copy(struct store *from, struct store *to, struct arena *arena, struct str *error)
{
    must(to->writer);
    *error = S("the database does not answer");
    if (!is_empty(to->writer, arena, error))
        return false;
    int lock = blob_lock(from, true);
    struct db *reader = lock >= 0 ? store_reader(from) : NULL;
    bool is_copied = reader && copy_all(from, to, reader, arena, error);
    db_close(reader);
    if (lock >= 0)
        close(lock);
    if (is_copied)
        *error = S("");
    return is_copied;
}
