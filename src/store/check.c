/* check: looks for damage and says what it found; repairs nothing.
 *
 * Three looks: does the engine hold its own rows and indexes together, do the rows hold what the
 * modules' rules say, are the blobs those that the rows name. A blob that no row names is no
 * damage: its upload may be about to end, or its removal to come. */
#include "store/blob.h"
#include "store/engine.h"
#include "base/text.h"

#include <fcntl.h>
#include <unistd.h>

struct check {
    struct store *store;
    struct db *reader;
    void (*found)(void *context, bool is_damage, struct str sentence);
    void *context;
    struct arena *arena;
    int64_t count;
};

static void tell(struct check *check, struct str sentence)
{
    check->found(check->context, true, sentence);
    check->count++;
}

static void leave_out(struct check *check, struct str sentence)
{
    check->found(check->context, false, sentence);
}

/* ---- SQLite --------------------------------------------------------------------------------- */

static void check_sqlite(struct check *check)
{
    struct rows rows = db_read(check->reader, "PRAGMA integrity_check", NONE);
    if (db_failed(check->reader))
        tell(check, S("the database file cannot be read"));
    for (size_t i = 0; i < rows.count; i++)
        if (!str_equal(row_text(&rows, i, 0), S("ok")))
            tell(check, arena_printf(check->arena, "the database file is damaged: %.*s",
                                     STR_ARG(row_text(&rows, i, 0))));
}

/* ---- PostgreSQL ----------------------------------------------------------------------------- */

/* Texts that are put together live as long as the connection, which finds statements by them. */
static struct rows read_made(struct check *check, struct str sql)
{
    return db_read_(check->reader, sql.ptr, DB_VALUES(NONE));
}

static bool set(struct check *check, const char *commands)
{
    struct str ignored;
    return check->reader->engine->script(check->reader, str_from(commands), check->arena, &ignored);
}

/* Every column of every row is read to its end. */
static void check_table(struct check *check, struct str table)
{
    struct str sql = arena_printf(check->reader->own,
                                  "SELECT COUNT(*), COALESCE(SUM(octet_length(CAST(t AS text))), 0)"
                                  " FROM \"%.*s\" t",
                                  STR_ARG(table));
    db_snapshot_begin(check->reader);
    bool is_read = read_made(check, sql).count == 1;
    db_snapshot_end(check->reader);
    if (!is_read)
        tell(check, arena_printf(check->arena, "table %.*s cannot be read", STR_ARG(table)));
}

struct tree {
    struct str name, table, columns, condition;
    bool is_unique;
};

static bool reads_by(struct check *check, struct str sql, struct str index)
{
    struct rows plan =
        read_made(check, arena_printf(check->reader->own, "EXPLAIN (COSTS OFF) %s", sql.ptr));
    struct str wanted = arena_printf(check->arena, "using %.*s on", STR_ARG(index));
    for (size_t i = 0; i < plan.count; i++)
        if (str_find(row_text(&plan, i, 0), wanted) >= 0)
            return true;
    return false;
}

/* The same rows, once as they lie and once along the index, in one snapshot. */
static void compare_index(struct check *check, const struct tree *tree)
{
    struct arena *own = check->reader->own;
    struct str where =
        tree->condition.len ? arena_printf(own, " WHERE %.*s", STR_ARG(tree->condition)) : S("");
    struct str lying = arena_printf(own, "SELECT COUNT(*) FROM \"%.*s\"%.*s", STR_ARG(tree->table),
                                    STR_ARG(where));
    struct str along = arena_printf(
        own,
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN s.former > s.present THEN 1 ELSE 0 END), 0),"
        " COALESCE(SUM(CASE WHEN s.former = s.present AND s.present IS NOT NULL THEN 1 ELSE 0 END),"
        " 0) FROM (SELECT ROW(%.*s) AS present, lag(ROW(%.*s)) OVER (ORDER BY %.*s) AS former"
        " FROM \"%.*s\"%.*s) s",
        STR_ARG(tree->columns), STR_ARG(tree->columns), STR_ARG(tree->columns),
        STR_ARG(tree->table), STR_ARG(where));
    set(check, "SET enable_indexscan = off; SET enable_indexonlyscan = off");
    struct rows rows = read_made(check, lying);
    int64_t lie = rows.count ? row_int(&rows, 0, 0) : -1;
    set(check, "RESET enable_indexscan; RESET enable_indexonlyscan; SET enable_seqscan = off;"
               " SET enable_sort = off; SET enable_bitmapscan = off");
    if (!reads_by(check, along, tree->name) && !db_failed(check->reader)) {
        leave_out(check, arena_printf(check->arena, "index %.*s, which the planner does not read",
                                      STR_ARG(tree->name)));
        return;
    }
    rows = read_made(check, along);
    if (!rows.count)
        tell(check, arena_printf(check->arena, "index %.*s of table %.*s cannot be read",
                                 STR_ARG(tree->name), STR_ARG(tree->table)));
    else if (row_int(&rows, 0, 0) != lie)
        tell(check,
             arena_printf(check->arena, "index %.*s leads to %lld rows and table %.*s has %lld",
                          STR_ARG(tree->name), (long long)row_int(&rows, 0, 0),
                          STR_ARG(tree->table), (long long)lie));
    else if (row_int(&rows, 0, 1))
        tell(check, arena_printf(check->arena, "index %.*s of table %.*s is not in order",
                                 STR_ARG(tree->name), STR_ARG(tree->table)));
    else if (tree->is_unique && row_int(&rows, 0, 2))
        tell(check, arena_printf(check->arena, "index %.*s of table %.*s holds rows twice",
                                 STR_ARG(tree->name), STR_ARG(tree->table)));
}

static const char trees_sql[] =
    "SELECT CAST(i.relname AS text), CAST(t.relname AS text),"
    " (SELECT string_agg(pg_get_indexdef(x.indexrelid, k, true), ', ' ORDER BY k)"
    "  FROM generate_series(1, CAST(x.indnkeyatts AS int)) k),"
    " COALESCE(pg_get_expr(x.indpred, x.indrelid), ''), CAST(x.indisunique AS int)"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
    " JOIN pg_am a ON a.oid = i.relam WHERE a.amname = 'btree' AND t.relkind = 'r'"
    " AND t.relnamespace = current_schema()::regnamespace ORDER BY t.relname, i.relname";

/* The extension looks into the pages themselves; whoever keeps the database decides on it. */
static bool has_amcheck(struct check *check)
{
    struct rows rows =
        db_read(check->reader,
                "SELECT CAST(has_function_privilege(p.oid, 'execute') AS int) FROM pg_proc p"
                " WHERE p.proname = 'bt_index_check' AND p.pronargs = 2",
                NONE);
    if (rows.count && row_int(&rows, 0, 0))
        return true;
    leave_out(check,
              S("the inner order of the indexes, since the extension amcheck is not there or "
                "not allowed to this role (CREATE EXTENSION amcheck)"));
    return false;
}

static void amcheck(struct check *check, const struct tree *tree)
{
    struct str why = S("");
    struct str sql =
        arena_printf(check->arena, "SELECT bt_index_check(CAST('\"%.*s\"' AS regclass), true)",
                     STR_ARG(tree->name));
    if (!check->reader->engine->script(check->reader, sql, check->arena, &why))
        tell(check, arena_printf(check->arena, "index %.*s of table %.*s is damaged: %.*s",
                                 STR_ARG(tree->name), STR_ARG(tree->table), STR_ARG(why)));
}

static void check_postgres(struct check *check)
{
    struct rows tables = copy_tables(check->reader);
    struct rows trees = db_read_(check->reader, trees_sql, DB_VALUES(NONE));
    if (db_failed(check->reader) || !trees.count) {
        tell(check, S("the database does not answer"));
        return;
    }
    for (size_t i = 0; i < tables.count; i++)
        check_table(check, row_text(&tables, i, 0));
    bool has_extension = has_amcheck(check);
    for (size_t i = 0; i < trees.count; i++) {
        struct tree tree = {row_text(&trees, i, 0), row_text(&trees, i, 1), row_text(&trees, i, 2),
                            row_text(&trees, i, 3), row_int(&trees, i, 4) != 0};
        db_snapshot_begin(check->reader);
        compare_index(check, &tree);
        db_snapshot_end(check->reader);
        set(check, "RESET enable_indexscan; RESET enable_indexonlyscan; RESET enable_seqscan;"
                   " RESET enable_sort; RESET enable_bitmapscan");
        if (has_extension)
            amcheck(check, &tree);
    }
}

/* ---- the modules' rules --------------------------------------------------------------------- */

struct rule_check {
    struct check *check;
    const struct store_rule *rule;
};

static bool tell_breach(void *context, const struct rows *row)
{
    struct rule_check *at = context;
    struct buf out = buf_new(1 << 16);
    for (const char *c = at->rule->sentence; *c; c++) {
        size_t column = (size_t)(c[1] - '1');
        if (*c != '%' || column >= row->columns) {
            buf_char(&out, *c);
            continue;
        }
        if (row->values[column].kind == DB_INT)
            buf_int(&out, row->values[column].number);
        else
            buf_add(&out, row->values[column].bytes);
        c++;
    }
    tell(at->check, arena_copy(at->check->arena, buf_str(&out)));
    buf_free(&out);
    return true;
}

static void check_rules(struct check *check, const struct store_module *module)
{
    for (const struct store_rule *rule = module->rules; rule && rule->sql; rule++) {
        struct rule_check at = {check, rule};
        if (!db_walk_(check->reader, tell_breach, &at, rule->sql, DB_VALUES(NONE)))
            tell(check, arena_printf(check->arena, "a rule of %s cannot be looked at: %s",
                                     module->name, rule->sentence));
    }
}

/* ---- blobs ---------------------------------------------------------------------------------- */

static bool check_named(void *context, const struct rows *row)
{
    struct check *check = context;
    uint64_t size = 0;
    struct str hash = row_text(row, 0, 2);
    long long org = row_int(row, 0, 0), id = row_int(row, 0, 1);
    int file = hash.len == BLOB_HASH ? blob_open(check->store, hash, &size) : -1;
    if (file < 0)
        tell(check, arena_printf(check->arena, "file %lld of organisation %lld has lost its bytes",
                                 id, org));
    else if (size != (uint64_t)row_int(row, 0, 3))
        tell(check,
             arena_printf(check->arena, "file %lld of organisation %lld has %llu bytes, not %lld",
                          id, org, (unsigned long long)size, (long long)row_int(row, 0, 3)));
    if (file >= 0)
        close(file);
    return true;
}

static bool check_blob(void *context, struct str hash, const char *path)
{
    struct check *check = context;
    char is[BLOB_HASH];
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

/* ---- all ------------------------------------------------------------------------------------ */

/* One snapshot for all of them: beside a running server rows change together. */
static void check_modules(struct check *check)
{
    struct store *store = check->store;
    for (size_t i = 0; i < store->module_count; i++) {
        const struct store_module *module = &store->modules[i];
        db_snapshot_begin(check->reader);
        check_rules(check, module);
        if (module->blobs &&
            !db_walk_(check->reader, check_named, check, module->blobs, DB_VALUES(NONE)))
            tell(check, S("the rows that name files cannot be read"));
        db_snapshot_end(check->reader);
    }
}

int64_t store_check(struct store *store,
                    void (*found)(void *context, bool is_damage, struct str sentence),
                    void *context, struct arena *arena)
{
    struct check check = {store, store_reader(store), found, context, arena, 0};
    int lock = blob_lock(store, true);
    if (check.reader) {
        db_set_arena(check.reader, arena);
        if (store_is_postgres(store))
            check_postgres(&check);
        else
            check_sqlite(&check);
        check_modules(&check);
    } else {
        tell(&check, S("the database cannot be opened"));
    }
    db_close(check.reader);
    if (!blob_each(store, check_blob, &check))
        tell(&check, S("the folder of the files cannot be read"));
    if (lock >= 0)
        close(lock);
    return check.count;
}
