/* Units of store: values, groups, opening, blobs, full text. Everything runs on SQLite, and on
 * PostgreSQL too when TEST_DATABASE names a server. */
#include "store/pets.h"

/* ---- values --------------------------------------------------------------------------------- */

static void values(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    struct str zeros = str_of("\0\1\0", 3);
    db_group_begin(db);
    db_op_begin(db);
    db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)", INT(1),
             INT(INT64_MIN), TEXT(S("")), BLOB(zeros));
    db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)", INT(1),
             INT(INT64_MAX), NONE, NONE);
    db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)", INT(1), INT(3),
             TEXT(S("编钟 ?1 'x'")), BLOB(S("")));
    CHECK(db_op_end(db, true));
    CHECK(db_group_end(db, true));
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    struct rows rows = db_read(
        reader, "SELECT id, name, picture, '?9''s' FROM pet WHERE org = ?1 ORDER BY id", INT(1));
    CHECK(rows.count == 3 && rows.columns == 4);
    CHECK(row_int(&rows, 0, 0) == INT64_MIN && row_int(&rows, 2, 0) == INT64_MAX);
    CHECK(!row_is_null(&rows, 0, 1) && row_text(&rows, 0, 1).len == 0);
    CHECK(str_equal(row_text(&rows, 0, 2), zeros));
    CHECK(row_is_null(&rows, 2, 1) && row_is_null(&rows, 2, 2) && row_text(&rows, 2, 2).len == 0);
    CHECK(str_equal(row_text(&rows, 1, 1), S("编钟 ?1 'x'")));
    CHECK(!row_is_null(&rows, 1, 2) && row_text(&rows, 1, 2).len == 0);
    CHECK(str_equal(row_text(&rows, 0, 3), S("?9's")));
    rows = db_read(reader, "SELECT COUNT(*), SUM(id), MIN(id), ?2 FROM pet WHERE id = ?1", INT(3),
                   INT(7));
    CHECK(row_int(&rows, 0, 0) == 1 && row_int(&rows, 0, 1) == 3 && row_int(&rows, 0, 2) == 3 &&
          row_int(&rows, 0, 3) == 7);
    rows = db_read(reader, "SELECT id FROM pet WHERE name = ?1 OR ?1 IS NULL ORDER BY id",
                   TEXT(S("编钟 ?1 'x'")));
    CHECK(rows.count == 1);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* Capital letters before small ones, and both before other scripts: the order of bytes. */
static void collation(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    const char *const names[] = {"b", "a", "B", "é", "_", "编", "Z"};
    db_group_begin(db);
    db_op_begin(db);
    for (size_t i = 0; i < 7; i++)
        put_pet(db, (int64_t)i + 1, str_from(names[i]));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    struct rows rows = db_read(db, "SELECT name FROM pet ORDER BY name", NONE);
    const char *const sorted[] = {"B", "Z", "_", "a", "b", "é", "编"};
    for (size_t i = 0; i < 7; i++)
        CHECK(str_equal(row_text(&rows, i, 0), str_from(sorted[i])));
    rows = db_read(db, "SELECT name FROM pet WHERE name < ?1", TEXT(S("a")));
    CHECK(rows.count == 3);
    store_close(store);
    place_free(&place);
}

/* ---- groups and ops ------------------------------------------------------------------------- */

static void ops(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 1, S("kept"));
    CHECK(db_op_end(db, true));
    db_op_begin(db);
    put_pet(db, 2, S("dropped"));
    CHECK(!db_op_end(db, false));
    db_op_begin(db);
    put_pet(db, 3, S("dropped though read"));
    CHECK(pets_in(db) == 2);
    put_pet(db, 4, S("dropped after it"));
    CHECK(!db_op_end(db, false));
    CHECK(pets_in(db) == 1);
    db_op_begin(db);
    put_pet(db, 5, S("read and kept"));
    CHECK(pets_in(db) == 2);
    CHECK(db_change(db, "UPDATE pet SET name = name || ?1 WHERE org = 1", TEXT(S("!"))) == 2);
    put_pet(db, 6, S("kept after it"));
    CHECK(db_op_end(db, true));
    CHECK(db_group_end(db, true));
    CHECK(pets_in(db) == 3);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 7, S("undone"));
    CHECK(pets_in(db) == 4);
    CHECK(db_op_end(db, true));
    CHECK(!db_group_end(db, false));
    CHECK(pets_in(db) == 3);
    db_group_begin(db);
    CHECK(db_group_end(db, true));
    store_close(store);
    store = open_pets(&place);
    CHECK(pets_in(store_writer(store)) == 3);
    store_close(store);
    place_free(&place);
}

static void errors(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    CHECK(put_alone(db, 1, S("first")));
    CHECK(!put_alone(db, 1, S("same id")));
    CHECK(pets_in(db) == 1);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 2, S("before"));
    db_break(db);
    CHECK(db_failed(db) && pets_in(db) == -1);
    put_pet(db, 3, S("after"));
    CHECK(!db_op_end(db, true));
    CHECK(!db_failed(db));
    db_op_begin(db);
    put_pet(db, 4, S("next"));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    CHECK(pets_in(db) == 2);
    /* An error that the op meets itself harms the op alone; one that is met later, the group. */
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 5, S("good"));
    CHECK(db_op_end(db, true));
    db_op_begin(db);
    CHECK(db_change(db, "INSERT INTO pet (org, id) VALUES (1, ?1)", INT(4)) == 0);
    CHECK(db_failed(db) && pets_in(db) == -1);
    CHECK(!db_op_end(db, true));
    CHECK(pets_in(db) == 3);
    CHECK(db_group_end(db, true) && pets_in(db) == 3);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 6, S("sixth"));
    CHECK(db_op_end(db, true));
    db_op_begin(db);
    put_pet(db, 6, S("again"));
    bool is_op_kept = db_op_end(db, true);
    CHECK(!(db_group_end(db, true) && is_op_kept));
    CHECK(pets_in(db) == (is_op_kept ? 3 : 4));
    store_close(store);
    place_free(&place);
}

static void asks(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    CHECK(put_alone(db, 1, S("one")));
    db_group_begin(db);
    size_t first = db_ask(db, "SELECT name FROM pet WHERE id = ?1", INT(1));
    size_t second = db_ask(db, "SELECT name FROM pet WHERE id = ?1", INT(2));
    db_op_begin(db);
    put_pet(db, 2, S("two"));
    struct rows rows = db_answered(db, second);
    CHECK(rows.count == 0);
    CHECK(pets_in(db) == 2);
    CHECK(db_op_end(db, true));
    rows = db_answered(db, first);
    CHECK(rows.count == 1 && str_equal(row_text(&rows, 0, 0), S("one")));
    rows = db_answered(db, db_ask(db, "SELECT name FROM pet WHERE id = ?1", INT(2)));
    CHECK(rows.count == 1 && str_equal(row_text(&rows, 0, 0), S("two")));
    CHECK(db_group_end(db, true));
    store_close(store);
    place_free(&place);
}

static void conflicts(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    for (int i = 0; i < 2; i++)
        CHECK(db_change(db,
                        "INSERT INTO pet (org, id, name) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
                        INT(1), TEXT(S("one"))) == (i == 0));
    for (int i = 0; i < 2; i++)
        db_write(db,
                 "INSERT INTO visit (id, text) VALUES (?1, ?2)"
                 " ON CONFLICT (id) DO UPDATE SET text = visit.text || excluded.text",
                 INT(1), TEXT(S("x")));
    db_write(db, "UPDATE pet SET name = ?1, picture = ?2 WHERE id = ?3", NONE, NONE, INT(1));
    CHECK(db_change(db, "DELETE FROM pet WHERE id = ?1 AND name IS NULL", INT(1)) == 1);
    CHECK(db_change(db, "DELETE FROM pet WHERE id = ?1", INT(1)) == 0);
    struct rows rows = db_read(db, "SELECT text FROM visit", NONE);
    CHECK(rows.count == 1 && str_equal(row_text(&rows, 0, 0), S("xx")));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    store_close(store);
    place_free(&place);
}

/* The same read again and again: as of every write, drop and failed group before it. */
static void repeated_reads(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    CHECK(put_alone(db, 1, S("one")));
    CHECK(pets_in(db) == 1 && pets_in(db) == 1);
    CHECK(put_alone(db, 2, S("two")) && pets_in(db) == 2);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 3, S("three"));
    CHECK(pets_in(db) == 3 && pets_in(db) == 3);
    CHECK(!db_op_end(db, false));
    CHECK(pets_in(db) == 2);
    db_op_begin(db);
    put_pet(db, 3, S("three"));
    CHECK(pets_in(db) == 3);
    CHECK(db_op_end(db, true));
    CHECK(!db_group_end(db, false));
    CHECK(pets_in(db) == 2);
    CHECK(!put_alone(db, 2, S("fails")) && pets_in(db) == 2);
    store_close(store);
    place_free(&place);
}

static void snapshots(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    db_snapshot_begin(reader);
    CHECK(pets_in(reader) == 0);
    CHECK(put_alone(store_writer(store), 1, S("one")));
    CHECK(pets_in(reader) == 0);
    db_snapshot_end(reader);
    CHECK(pets_in(reader) == 1);
    db_snapshot_begin(reader);
    CHECK(pets_in(reader) == 1);
    db_break(reader);
    CHECK(db_failed(reader) && pets_in(reader) == -1);
    db_snapshot_end(reader);
    CHECK(pets_in(reader) == 1);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

static bool add_up(void *context, const struct rows *row)
{
    int64_t *sum = context;
    *sum += row_int(row, 0, 0);
    return *sum < 1000;
}

static void walks(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    for (int64_t i = 1; i <= 100; i++)
        db_write(db, "INSERT INTO visit (id, text) VALUES (?1, ?2)", INT(i), TEXT(S("x")));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    int64_t sum = 0;
    CHECK(db_walk(reader, add_up, &sum, "SELECT id, text FROM visit WHERE id <= ?1", INT(10)));
    CHECK(sum == 55);
    db_snapshot_begin(reader);
    sum = 0;
    CHECK(db_walk(reader, add_up, &sum, "SELECT id FROM visit ORDER BY id", NONE));
    CHECK(sum == 1035);
    CHECK(pets_in(reader) == 0);
    db_snapshot_end(reader);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* More than fits into the buffers between the two ends, both ways at once. */
static void large_groups(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store);
    char *text = arena_alloc(arena, 100000);
    memset(text, 't', 100000);
    db_group_begin(db);
    db_op_begin(db);
    for (int64_t i = 1; i <= 200; i++)
        db_write(db, "INSERT INTO visit (id, text) VALUES (?1, ?2)", INT(i),
                 TEXT(str_of(text, 100000)));
    CHECK(db_op_end(db, true));
    size_t tickets[200];
    for (size_t i = 0; i < 200; i++)
        tickets[i] = db_ask(db, "SELECT text FROM visit WHERE id = ?1 AND text <> ?2",
                            INT((int64_t)i + 1), TEXT(str_of(text, 50000)));
    for (size_t i = 0; i < 200; i++) {
        struct rows rows = db_answered(db, tickets[199 - i]);
        CHECK(rows.count == 1 && row_text(&rows, 0, 0).len == 100000);
    }
    CHECK(db_group_end(db, true));
    store_close(store);
    place_free(&place);
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool is_refused(const struct place *place, struct str migrations, struct str part)
{
    struct store_module module = {.name = "pet", .migrations = migrations};
    struct str error = S("");
    struct store *store = store_open(&place->settings, &module, 1, arena, &error);
    bool is_so = !store && str_find(error, part) >= 0;
    if (!store && !is_so)
        fprintf(stderr, "refused with: %.*s\n", STR_ARG(error));
    store_close(store);
    return is_so;
}

static void migrations(void)
{
    struct place place = place_new(uses_postgres);
    struct str first = str_from(pet_tables);
    struct str both =
        arena_printf(arena, "%s-- step 2\nALTER TABLE pet ADD COLUMN age INTEGER;\n", pet_tables);
    struct str broken =
        arena_printf(arena,
                     "%s-- step 3\nCREATE TABLE toy (id INTEGER PRIMARY KEY) STRICT;"
                     "\nCREATE TABLE toy (id INTEGER);\n",
                     both.ptr);
    store_close(open_pets(&place));
    CHECK(is_refused(&place, broken, S("step 3")));
    CHECK(is_refused(&place, first, S("older than the data")));
    struct store_module module = {.name = "pet", .migrations = both};
    struct str error = S("");
    struct store *store = store_open(&place.settings, &module, 1, arena, &error);
    CHECK(store);
    db_set_arena(store_writer(store), arena);
    CHECK(db_read(store_writer(store), "SELECT age FROM pet", NONE).columns == 1);
    CHECK(!db_failed(store_writer(store)));
    store_close(store);
    CHECK(is_refused(&place, S("-- step 1\nCREATE TABLE pet (id INTEGER);\n-- step 2\nSELECT 1;"),
                     S("was changed")));
    place_free(&place);
}

static void one_writer(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    CHECK(is_refused(&place, str_from(pet_tables), S("another writer")));
    struct place other = place;
    if (uses_postgres) {
        other = place_new(false);
        other.settings.database = place.settings.database;
        CHECK(is_refused(&other, str_from(pet_tables), S("another writer")));
        place_free(&other);
    }
    struct store_settings settings = place.settings;
    settings.is_reader_only = true;
    struct store_module module = pets();
    struct str error = S("");
    struct store *beside = store_open(&settings, &module, 1, arena, &error);
    CHECK(beside && store_epoch(beside) == store_epoch(store));
    store_close(beside);
    store_close(store);
    settings.directory = S("/nowhere/at/all");
    settings.is_reader_only = false;
    CHECK(!store_open(&settings, &module, 1, arena, &error));
    place_free(&place);
}

/* The kept ceiling is moved an hour ahead, as if the clock had been set back since. */
static void server_time(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    int64_t epoch = store_epoch(store), now = store_time(store);
    CHECK(epoch > 0 && now >= time_now() - SECOND_MS && now <= time_now());
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    db_write(db, "UPDATE store_meta SET value = ?1 WHERE name = 'ceiling'", INT(now + HOUR_MS));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    store->token = 0; /* a crash: the ceiling is not taken back */
    store_close(store);
    store = open_pets(&place);
    CHECK(store_time(store) >= now + HOUR_MS && store_epoch(store) == epoch);
    CHECK(store_time(store) <= now + HOUR_MS + MINUTE_MS);
    struct db *reader = store_reader(store);
    atomic_store(&store->ceiling, 0);
    store_upkeep(reader);
    CHECK(atomic_load(&store->ceiling) > now + HOUR_MS);
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* ---- blobs ---------------------------------------------------------------------------------- */

static void blobs(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    int file = blob_part_open(store, 7, 0);
    CHECK(file >= 0 && write(file, "hello wrong", 11) == 11);
    close(file);
    CHECK(blob_part_size(store, 7) == 11 && blob_part_open(store, 7, 12) == -1);
    file = blob_part_open(store, 7, 6);
    CHECK(file >= 0 && write(file, "world", 5) == 5);
    close(file);
    char hash[BLOB_HASH], same[BLOB_HASH];
    CHECK(blob_keep(store, 7, hash) && blob_part_size(store, 7) == 0);
    CHECK(blob_keep_bytes(store, S("hello world"), same) && memcmp(hash, same, BLOB_HASH) == 0);
    uint64_t size = 0;
    file = blob_open(store, str_of(hash, BLOB_HASH), &size);
    char bytes[16] = "";
    CHECK(file >= 0 && size == 11 && read(file, bytes, 16) == 11 && !strcmp(bytes, "hello world"));
    close(file);
    int backup = blob_lock(store, true);
    CHECK(backup >= 0 && !blob_remove(store, str_of(hash, BLOB_HASH)));
    close(backup);
    CHECK(!blob_remove(store, str_of(hash, BLOB_HASH)));
    char hex[2 * BLOB_HASH + 1];
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)hash, BLOB_HASH);
    struct str path =
        arena_printf(arena, "%.*s/blobs/%.2s/%s", STR_ARG(place.settings.directory), hex, hex + 2);
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    CHECK(utimensat(AT_FDCWD, path.ptr, long_ago, 0) == 0);
    CHECK(blob_remove(store, str_of(hash, BLOB_HASH)));
    CHECK(blob_open(store, str_of(hash, BLOB_HASH), &size) == -1);
    close(blob_part_open(store, 8, 0));
    blob_part_drop(store, 8);
    CHECK(blob_part_open(store, 8, 1) == -1);
    store_close(store);
    place_free(&place);
}

struct keeping {
    struct store *store;
    pthread_mutex_t lock;
    bool is_keeping; /* from before the bytes are kept until they were looked for */
    _Atomic bool is_over;
};

static void *remove_on(void *context)
{
    struct keeping *keeping = context;
    char hash[BLOB_HASH], path[4096], hex[2 * BLOB_HASH + 1];
    crypto_generichash((unsigned char *)hash, BLOB_HASH, (const unsigned char *)"raced", 5, NULL,
                       0);
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)hash, BLOB_HASH);
    snprintf(path, sizeof path, "%.*s/blobs/%.2s/%s", STR_ARG(store_directory(keeping->store)), hex,
             hex + 2);
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    for (int made_old = 0; made_old < 200;) {
        pthread_mutex_lock(&keeping->lock);
        if (!keeping->is_keeping)
            made_old += utimensat(AT_FDCWD, path, long_ago, 0) == 0;
        pthread_mutex_unlock(&keeping->lock);
        blob_remove(keeping->store, str_of(hash, BLOB_HASH));
    }
    atomic_store(&keeping->is_over, true);
    return NULL;
}

/* Bytes that are kept while the same ones are removed are there afterwards. */
static void blobs_raced(void)
{
    struct place place = place_new(false);
    struct keeping keeping = {.store = open_pets(&place)};
    pthread_mutex_init(&keeping.lock, NULL);
    pthread_t remover;
    must(pthread_create(&remover, NULL, remove_on, &keeping) == 0);
    int lost = 0;
    while (!atomic_load(&keeping.is_over)) {
        pthread_mutex_lock(&keeping.lock);
        keeping.is_keeping = true;
        pthread_mutex_unlock(&keeping.lock);
        char hash[BLOB_HASH];
        must(blob_keep_bytes(keeping.store, S("raced"), hash));
        lost += !blob_is_kept(keeping.store, str_of(hash, BLOB_HASH));
        pthread_mutex_lock(&keeping.lock);
        keeping.is_keeping = false;
        pthread_mutex_unlock(&keeping.lock);
        usleep(50);
    }
    pthread_join(remover, NULL);
    CHECK(lost == 0 && blob_freed(keeping.store) > 0);
    pthread_mutex_destroy(&keeping.lock);
    store_close(keeping.store);
    place_free(&place);
}

/* ---- full text ------------------------------------------------------------------------------ */

static bool join(void *context, struct str word, size_t begin, size_t end)
{
    (void)begin;
    (void)end;
    struct buf *words = context;
    buf_add(words, word);
    buf_char(words, '|');
    return true;
}

static bool cuts_into(struct str text, bool is_query, struct str expected)
{
    struct buf words = buf_new(10000);
    search_words(text, is_query, join, &words);
    bool is_so = str_equal(buf_str(&words), expected);
    if (!is_so)
        fprintf(stderr, "words: %.*s\n", STR_ARG(buf_str(&words)));
    buf_free(&words);
    return is_so;
}

static void words(void)
{
    CHECK(cuts_into(S("明天开会"), true, S("明天|天开|开会|")));
    CHECK(cuts_into(S("明天开会"), false, S("明天|天开|开会|会|")));
    CHECK(cuts_into(S("编"), true, S("编|")));
    CHECK(cuts_into(S("编钟Carillon2号"), true, S("编钟|carillon2|号|")));
    CHECK(cuts_into(S("ＡＢｃ１ 東京タワー、한국어"), true,
                    S("abc1|東京|京タ|タワ|ワー|한국|국어|")));
    CHECK(cuts_into(S("Éclair ΣΊΣΥΦΟΣ Ёлка don't"), true, S("éclair|σίσυφοσ|ёлка|don|t|")));
    CHECK(cuts_into(S(" …!? \t"), true, S("")));
    CHECK(cuts_into(S(""), false, S("")));
    char *longer = arena_alloc(arena, 100001);
    memset(longer, 'x', 100000);
    struct buf out = buf_new(1000);
    search_words(str_of(longer, 100000), false, join, &out);
    CHECK(out.len <= SEARCH_WORD_MAX + 1);
    buf_free(&out);
}

static void full_text(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    put_text(store, 11, S("明天下午开会，请带上编钟"), false);
    put_text(store, 12, S("Carillon 的意思是编钟 O'Brien"), false);
    put_text(store, 13, S("天下 supper at six"), false);
    put_text(store, 14, S("..."), false);
    struct db *db = store_reader(store);
    db_set_arena(db, arena);
    CHECK(str_equal(found(db, S("编钟")), S("12 11 ")));
    CHECK(str_equal(found(db, S("天下")), S("13 11 ")));
    CHECK(str_equal(found(db, S("钟")), S("12 11 ")));
    CHECK(str_equal(found(db, S("午")), S("11 ")));
    CHECK(str_equal(found(db, S("明天下午开会")), S("11 ")));
    CHECK(str_equal(found(db, S("明天编钟")), S("")));
    CHECK(str_equal(found(db, S("编钟 cari")), S("12 ")));
    CHECK(str_equal(found(db, S("ＳＵＰＰＥＲ  six")), S("13 ")));
    CHECK(str_equal(found(db, S("o'brien")), S("12 ")));
    CHECK(str_equal(found(db, S("s")), S("13 ")));
    CHECK(str_equal(found(db, S("\"' OR * -")), S("")));
    CHECK(str_equal(found(db, S("supp at")), S("")));
    struct rows rows = search_find(db, &(struct search_terms){.query = S("编钟")}, 12, 10);
    CHECK(rows.count == 1 && row_int(&rows, 0, 0) == 11);
    CHECK(search_find(db, &(struct search_terms){.query = S("编钟")}, 0, 1).count == 1);
    put_text(store, 12, S("Carillon 的意思是编钟 O'Brien"), true);
    CHECK(str_equal(found(db, S("编钟")), S("11 ")) && found(db, S("carillon")).len == 0);
    db_close(db);
    store_close(store);
    place_free(&place);
}

/* ---- all ------------------------------------------------------------------------------------ */

/* A step that a filled table could not take is refused on an empty one too. */
static void added_columns(void)
{
    struct place place = place_new(uses_postgres);
    struct store_module bad = {
        .name = "bad",
        .migrations = S("-- step 1\nCREATE TABLE bad (id INTEGER PRIMARY KEY) STRICT;\n"
                        "-- step 2\nALTER TABLE bad ADD COLUMN x TEXT NOT NULL;\n")};
    struct str error = S("");
    CHECK(!store_open(&place.settings, &bad, 1, arena, &error));
    CHECK(str_find(error, S("NOT NULL")) > 0);
    struct store_module good = {
        .name = "bad",
        .migrations = S("-- step 1\nCREATE TABLE bad (id INTEGER PRIMARY KEY) STRICT;\n"
                        "-- step 2\nALTER TABLE bad ADD COLUMN x TEXT;\n")};
    struct store *store = store_open(&place.settings, &good, 1, arena, &error);
    CHECK(store);
    if (store)
        store_close(store);
    place_free(&place);
}

static void one_engine(void)
{
    added_columns();
    values();
    collation();
    ops();
    errors();
    asks();
    conflicts();
    repeated_reads();
    snapshots();
    walks();
    large_groups();
    migrations();
    one_writer();
    server_time();
    blobs();
    full_text();
}

int main(void)
{
    arena = arena_new();
    words();
    blobs_raced();
    one_engine();
    uses_postgres = getenv("TEST_DATABASE");
    if (uses_postgres)
        one_engine();
    arena_free(arena);
    return unit_end("store");
}
