/* migrate: brings tables up to date in numbered, append-only steps, each in a transaction with the
 * row of store_step that tells of it.
 *
 * Declines to go back: tables of a newer program are refused. */
#include "store/engine.h"
#include "base/log.h"
#include "base/must.h"

#include <sodium.h>

/* ---- translation ---------------------------------------------------------------------------- */

static bool is_option(struct token token)
{
    return token.kind == TOKEN_WORD &&
           (str_equal(token.text, S("STRICT")) || str_equal(token.text, S("WITHOUT")) ||
            str_equal(token.text, S("ROWID")));
}

static struct token token_after_space(struct str sql, size_t at)
{
    struct token token = token_next(sql, &at);
    while (token.kind == TOKEN_SPACE)
        token = token_next(sql, &at);
    return token;
}

static struct str word_translated(struct str word)
{
    static const struct {
        struct str from, to;
    } words[] = {
        {{"INTEGER", 7}, {"BIGINT", 6}},
        {{"BLOB", 4}, {"BYTEA", 5}},
        {{"TEXT", 4}, {"TEXT COLLATE \"C\"", 16}},
        {{"REAL", 4}, {"DOUBLE PRECISION", 16}},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal(word, words[i].from))
            return words[i].to;
    return word;
}

/* Types are upper-case words, so a column may be called "text". */
struct str migrate_translate(struct arena *arena, struct str sql)
{
    struct buf out = buf_new(SQL_CEILING);
    size_t at = 0;
    bool was_option = false;
    for (struct token t = token_next(sql, &at); t.kind; t = token_next(sql, &at)) {
        bool is_comma = str_equal(t.text, S(","));
        if (is_option(t))
            was_option = true;
        else if (!(is_comma && was_option && is_option(token_after_space(sql, at)))) {
            was_option = was_option && t.kind == TOKEN_SPACE;
            buf_add(&out, t.kind == TOKEN_WORD ? word_translated(t.text) : t.text);
        }
    }
    must(!out.is_full);
    struct str text = arena_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* Cuts the next step off *rest; false behind the last. Steps count from 1 without a gap. */
static bool next_step(struct str *rest, int64_t number, struct str *step)
{
    static const struct str mark = {"-- step ", 8};
    while (rest->len && !str_starts(*rest, mark))
        str_cut(rest, '\n');
    if (!rest->len)
        return false;
    int64_t written = 0;
    must(str_to_int(str_trim(str_skip(str_cut(rest, '\n'), mark.len)), &written));
    must(written == number);
    struct str begin = *rest;
    while (rest->len && !str_starts(*rest, mark))
        str_cut(rest, '\n');
    *step = str_take(begin, (size_t)(rest->ptr - begin.ptr));
    return true;
}

static int64_t last_step(const struct store_module *module)
{
    struct str rest = module->migrations, step;
    int64_t number = 0;
    while (next_step(&rest, number + 1, &step))
        number++;
    return number;
}

/* Of the words alone: comments and spaces of a released step may be improved. */
static int64_t digest(struct str step)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
    size_t at = 0;
    for (struct token t = token_next(step, &at); t.kind; t = token_next(step, &at)) {
        struct str text = t.kind == TOKEN_SPACE ? S(" ") : t.text;
        if (t.kind != TOKEN_SPACE)
            crypto_generichash_update(&state, (const unsigned char *)text.ptr, text.len);
        crypto_generichash_update(&state, (const unsigned char *)"", t.kind != TOKEN_SPACE);
    }
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash_final(&state, hash, sizeof hash);
    int64_t number;
    memcpy(&number, hash, sizeof number);
    return number & INT64_MAX;
}

static bool has_tables(struct db *db, struct arena *arena, struct str *error)
{
    static const char *const text =
        "CREATE TABLE IF NOT EXISTS store_step (module TEXT NOT NULL, step INTEGER NOT NULL,"
        " digest INTEGER NOT NULL, PRIMARY KEY (module, step)) STRICT;"
        "CREATE TABLE IF NOT EXISTS store_meta (name TEXT NOT NULL PRIMARY KEY,"
        " value INTEGER NOT NULL) STRICT;";
    struct str sql = str_from(text);
    return db->engine->script(
        db, store_is_postgres(db->store) ? migrate_translate(arena, sql) : sql, arena, error);
}

static bool run_step(struct db *db, const char *module, int64_t number, struct str step,
                     struct arena *arena, struct str *error)
{
    ptrdiff_t added = str_find(step, S("ADD COLUMN"));
    struct str rest = str_skip(step, added < 0 ? step.len : (size_t)added);
    if (str_find(str_cut(&rest, ';'), S("NOT NULL")) >= 0) {
        *error =
            arena_printf(arena,
                         "step %lld of the tables of %s adds a column that is NOT NULL: tables "
                         "that hold rows already could not take it",
                         (long long)number, module);
        return false;
    }
    struct str text = store_is_postgres(db->store) ? migrate_translate(arena, step) : step;
    struct str whole =
        arena_printf(arena, "%s\n%.*s\n;INSERT INTO store_step VALUES ('%s', %lld, %lld);%s",
                     db->is_whole ? "" : "BEGIN;", STR_ARG(text), module, (long long)number,
                     (long long)digest(step), db->is_whole ? "" : "COMMIT");
    struct str why = S("");
    if (db->engine->script(db, whole, arena, &why))
        return true;
    struct str ignored;
    if (!db->is_whole)
        db->engine->script(db, S("ROLLBACK"), arena, &ignored);
    *error = arena_printf(arena, "step %lld of the tables of %s failed: %.*s", (long long)number,
                          module, STR_ARG(why));
    return false;
}

static int64_t limit_of(const char *module, const struct step_limit *limits, size_t count)
{
    if (!limits)
        return INT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (str_equal(limits[i].module, str_from(module)))
            return limits[i].step;
    return 0;
}

/* A step that ran must still read as it did. */
static bool is_unchanged(const struct store_module *module, int64_t number, struct str step,
                         int64_t was, struct arena *arena, struct str *error)
{
    if (was == digest(step))
        return true;
    *error = arena_printf(arena, "step %lld of the tables of %s was changed after it had run",
                          (long long)number, module->name);
    return false;
}

static bool run_module(struct db *db, const struct store_module *module, int64_t limit,
                       struct arena *arena, struct str *error)
{
    struct rows done =
        db_read(db, "SELECT step, digest FROM store_step WHERE module = ?1 ORDER BY 1",
                TEXT(str_from(module->name)));
    struct str rest = module->migrations, step;
    for (int64_t number = 1; number <= limit && next_step(&rest, number, &step); number++) {
        bool has_run = (size_t)number <= done.count;
        if (has_run && !is_unchanged(module, number, step, row_int(&done, (size_t)number - 1, 1),
                                     arena, error))
            return false;
        if (!has_run && !run_step(db, module->name, number, step, arena, error))
            return false;
    }
    return true;
}

/* The store's own tables come first, in the engine's own words. */
static const struct store_module *module_at(const struct store *store, size_t i)
{
    if (i > 0)
        return &store->modules[i - 1];
    return store_is_postgres(store) ? &search_module_postgres : &search_module_sqlite;
}

bool migrate(struct db *db, const struct step_limit *limits, size_t limit_count,
             struct arena *arena, struct str *error)
{
    db_set_arena(db, arena);
    if (!has_tables(db, arena, error) || !migrate_is_known(db, false, arena, error))
        return false;
    for (size_t i = 0; i <= db->store->module_count; i++) {
        const struct store_module *module = module_at(db->store, i);
        if (!run_module(db, module, limit_of(module->name, limits, limit_count), arena, error))
            return false;
    }
    if (!db_failed(db))
        return true;
    *error = S("the database does not answer");
    return false;
}

static const struct store_module *module_named(const struct store *store, struct str name)
{
    for (size_t i = 0; i <= store->module_count; i++)
        if (str_equal(str_from(module_at(store, i)->name), name))
            return module_at(store, i);
    return NULL;
}

bool migrate_is_known(struct db *db, bool is_exact, struct arena *arena, struct str *error)
{
    db_set_arena(db, arena);
    struct rows made =
        db_read(db, "SELECT module, MAX(step) FROM store_step GROUP BY module", NONE);
    size_t current = 0;
    for (size_t i = 0; i < made.count; i++) {
        struct str name = row_text(&made, i, 0);
        const struct store_module *module = module_named(db->store, name);
        int64_t known = module ? last_step(module) : 0;
        if (row_int(&made, i, 1) > known) {
            *error = arena_printf(arena,
                                  "the tables of %.*s are at step %lld and this program knows step "
                                  "%lld: it is older than the data",
                                  STR_ARG(name), (long long)row_int(&made, i, 1), (long long)known);
            return false;
        }
        current += row_int(&made, i, 1) == known;
    }
    size_t wanted = 0;
    for (size_t i = 0; i <= db->store->module_count; i++)
        wanted += last_step(module_at(db->store, i)) > 0;
    if (db_failed(db) || (is_exact && current < wanted)) {
        *error = S("the tables are older than this program, or not there: start the server once");
        return false;
    }
    return true;
}
