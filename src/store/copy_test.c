/* Units of store: lost connections, copies between engines, backup, restore, damage. On SQLite, and
 * on PostgreSQL too when TEST_DATABASE names a server. */
#include "store/pets.h"

#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

/* ---- a lost connection ---------------------------------------------------------------------- */

static void command_in(const struct place *place, const char *sql)
{
    PGconn *conn = PQconnectdb(place->settings.database.ptr);
    PGresult *result = PQexec(conn, sql);
    CHECK(PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK);
    PQclear(result);
    PQfinish(conn);
}

static void cut_all(const struct place *place)
{
    command_in(place, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                      " datname = current_database() AND pid <> pg_backend_pid()");
}

static void lost_connections(void)
{
    struct place place = place_new(true);
    struct store *store = open_pets(&place);
    struct db *db = store_writer(store), *reader = store_reader(store);
    db_set_arena(reader, arena);
    CHECK(put_alone(db, 1, S("one")) && pets_in(reader) == 1);
    cut_all(&place);
    CHECK(pets_in(reader) == 1);
    CHECK(!put_alone(db, 2, S("lost")));
    int tries = 0; /* the server may need a moment to see that the old connection has ended */
    while (!put_alone(db, 3, S("after")) && tries++ < 100)
        usleep(20000);
    CHECK(tries < 100 && pets_in(reader) == 2);
    db_group_begin(db);
    db_op_begin(db);
    put_pet(db, 4, S("lost in the middle"));
    CHECK(pets_in(db) == 3);
    cut_all(&place);
    CHECK(pets_in(db) == 3 || db_failed(db));
    put_pet(db, 5, S("lost too"));
    db_op_end(db, true);
    CHECK(!db_group_end(db, true));
    db_snapshot_begin(reader);
    CHECK(pets_in(reader) == 2);
    db_snapshot_end(reader);
    tries = 0;
    while (!put_alone(db, 6, S("after it")) && tries++ < 100)
        usleep(20000);
    CHECK(tries < 100 && pets_in(db) == 3);
    /* Somebody else was the writer in between: never again. */
    command_in(&place, "UPDATE store_meta SET value = 1 WHERE name = 'writer'");
    cut_all(&place);
    for (tries = 0; tries < 10; tries++) {
        CHECK(!put_alone(db, 7, S("not ours")));
        usleep(20000);
    }
    db_close(reader);
    store_close(store);
    place_free(&place);
}

/* ---- copies --------------------------------------------------------------------------------- */

static bool add_row(void *context, const struct rows *row)
{
    struct buf *out = context;
    for (size_t i = 0; i < row->columns; i++) {
        buf_printf(out, "%d:", (int)row->values[i].kind);
        if (row->values[i].kind == DB_INT)
            buf_int(out, row->values[i].number);
        else
            buf_add(out, row->values[i].bytes);
        buf_char(out, ';');
    }
    return true;
}

/* Every row of both tables and what a search finds, as bytes. */
static struct str contents(struct store *store)
{
    struct db *reader = store_reader(store);
    db_set_arena(reader, arena);
    struct buf out = buf_new(1 << 24);
    CHECK(db_walk(reader, add_row, &out, "SELECT org, id, name, picture FROM pet ORDER BY org, id",
                  NONE));
    CHECK(db_walk(reader, add_row, &out, "SELECT id, text FROM visit ORDER BY id", NONE));
    buf_add(&out, found(reader, S("编钟")));
    buf_add(&out, found(reader, S("钟")));
    buf_add(&out, found(reader, S("carillon")));
    struct str text = arena_copy(arena, buf_str(&out));
    buf_free(&out);
    db_close(reader);
    return text;
}

static void fill(struct store *store)
{
    struct db *db = store_writer(store);
    db_group_begin(db);
    db_op_begin(db);
    char every_byte[256];
    for (int i = 0; i < 256; i++)
        every_byte[i] = (char)i;
    for (int64_t i = -5; i < 500; i++) {
        struct str name = arena_printf(arena, "编钟 %lld 'x'\n", (long long)i);
        db_write(db, "INSERT INTO pet (org, id, name, picture) VALUES (?1, ?2, ?3, ?4)",
                 INT(i * 10000000000), INT(i), i % 7 ? TEXT(name) : NONE,
                 i % 5   ? BLOB(str_of(every_byte, 256))
                 : i % 3 ? BLOB(S(""))
                         : NONE);
    }
    db_write(db, "INSERT INTO visit (id, text) VALUES (?1, ?2)", INT(INT64_MAX), TEXT(S("")));
    search_put(db, 21, S("铸造编钟 Carillon"));
    search_put(db, 22, S("编钟系统"));
    CHECK(db_op_end(db, true) && db_group_end(db, true));
}

static bool has_blob(struct store *store, const char *hash, uint64_t size)
{
    uint64_t is = 0;
    int file = blob_open(store, str_of(hash, BLOB_HASH), &is);
    if (file >= 0)
        close(file);
    return file >= 0 && is == size;
}

static void copy_between(bool from_postgres, bool to_postgres)
{
    struct place a = place_new(from_postgres), b = place_new(to_postgres);
    struct store *from = open_pets(&a), *to = open_pets(&b);
    fill(from);
    char hash[BLOB_HASH];
    CHECK(blob_keep_bytes(from, S("a picture"), hash));
    struct str error = S("");
    CHECK(store_copy(from, to, arena, &error));
    CHECK(str_equal(contents(from), contents(to)) && contents(to).len > 100000);
    CHECK(has_blob(to, hash, 9));
    CHECK(store_epoch(from) != store_epoch(to) && store_time(to) >= store_time(from) - 5);
    CHECK(!store_copy(from, to, arena, &error) && str_find(error, S("not empty")) >= 0);
    put_text(to, 22, S("编钟系统"), true);
    CHECK(put_alone(store_writer(to), 1000, S("goes on")));
    store_close(from);
    store_close(to);
    place_free(&a);
    place_free(&b);
}

struct busy_writer {
    struct store *store;
    _Atomic bool stops;
    int64_t written;
};

/* Each row names a file that is durable before it. */
static void *write_on(void *context)
{
    struct busy_writer *busy = context;
    struct db *db = store_writer(busy->store);
    while (!atomic_load(&busy->stops)) {
        char hash[BLOB_HASH], bytes[32];
        int len = snprintf(bytes, sizeof bytes, "file %lld", (long long)busy->written);
        must(blob_keep_bytes(busy->store, str_of(bytes, (size_t)len), hash));
        db_group_begin(db);
        db_op_begin(db);
        db_write(db, "INSERT INTO pet (org, id, picture) VALUES (2, ?1, ?2)",
                 INT(busy->written + 1), BLOB(str_of(hash, BLOB_HASH)));
        must(db_op_end(db, true) && db_group_end(db, true));
        busy->written++;
    }
    return NULL;
}

static void no_complaint(void *context, bool is_damage, struct str sentence)
{
    (void)context;
    if (is_damage)
        fprintf(stderr, "check: %.*s\n", STR_ARG(sentence));
}

static void check_restored(const struct place *place, const char *large, int64_t old_epoch)
{
    struct store *store = open_pets(place);
    CHECK(store_epoch(store) != old_epoch);
    CHECK(store_check(store, no_complaint, NULL, arena) == 0);
    CHECK(has_blob(store, large, 3000000));
    struct db *db = store_writer(store);
    struct rows rows = db_read(db, "SELECT picture FROM pet WHERE org = 2 ORDER BY id", NONE);
    CHECK(rows.count > 0);
    for (size_t i = 0; i < rows.count; i++) {
        uint64_t size;
        int file = blob_open(store, row_text(&rows, i, 0), &size);
        CHECK(file >= 0);
        close(file);
    }
    CHECK(str_equal(found(db, S("编钟")), S("22 21 ")));
    CHECK(put_alone(db, 1000, S("goes on")));
    store_close(store);
}

static void backup_and_restore(bool to_postgres)
{
    struct place a = place_new(uses_postgres), b = place_new(to_postgres);
    struct store *store = open_pets(&a);
    fill(store);
    char *large = arena_alloc(arena, 3000000), large_hash[BLOB_HASH], empty_hash[BLOB_HASH];
    CHECK(blob_keep_bytes(store, str_of(large, 3000000), large_hash));
    CHECK(blob_keep_bytes(store, S(""), empty_hash));
    struct busy_writer busy = {.store = store};
    pthread_t thread;
    must(pthread_create(&thread, NULL, write_on, &busy) == 0);
    usleep(50000);
    struct str error = S("");
    struct str file = arena_printf(arena, "%.*s/it's a backup", STR_ARG(a.settings.directory));
    struct store_settings beside = a.settings;
    beside.is_reader_only = true;
    struct store_module module = pets();
    struct store *second = store_open(&beside, &module, 1, arena, &error);
    CHECK(second && store_backup(second, file, arena, &error));
    store_close(second);
    atomic_store(&busy.stops, true);
    pthread_join(thread, NULL);
    if (error.len)
        fprintf(stderr, "backup: %.*s\n", STR_ARG(error));
    CHECK(busy.written > 0);
    error = S("");
    CHECK(store_restore(&b.settings, &module, 1, file, arena, &error));
    if (error.len)
        fprintf(stderr, "restore: %.*s\n", STR_ARG(error));
    check_restored(&b, large_hash, store_epoch(store));
    CHECK(!store_restore(&b.settings, &module, 1, file, arena, &error));
    CHECK(str_find(error, S("not empty")) >= 0);
    store_close(store);
    place_free(&a);
    place_free(&b);
}

/* ---- restores that fail ---------------------------------------------------------------------- */

static size_t entries_in(const struct place *place)
{
    size_t count = 0;
    DIR *entries = opendir(place->settings.directory.ptr);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        count += entry->d_name[0] != '.';
    if (entries)
        closedir(entries);
    return count;
}

static int64_t tables_in(const struct place *place)
{
    if (!place->database_name.len)
        return 0;
    PGconn *conn = PQconnectdb(place->settings.database.ptr);
    PGresult *result = PQexec(conn, "SELECT COUNT(*) FROM pg_class WHERE relnamespace ="
                                    " current_schema()::regnamespace");
    int64_t count = PQntuples(result) == 1 ? atoll(PQgetvalue(result, 0, 0)) : -1;
    PQclear(result);
    PQfinish(conn);
    return count;
}

static bool restore_to(const struct place *place, struct str file, struct str *error)
{
    struct store_module module = pets();
    *error = S("");
    return store_restore(&place->settings, &module, 1, file, arena, error);
}

/* Fails for this reason, and leaves nothing. */
static void fails_cleanly(const struct place *place, struct str file, struct str reason)
{
    struct str error;
    CHECK(!restore_to(place, file, &error));
    CHECK(str_find(error, reason) >= 0);
    if (str_find(error, reason) < 0)
        fprintf(stderr, "restore said: %.*s\n", STR_ARG(error));
    CHECK(entries_in(place) == 0 && tables_in(place) == 0);
}

static struct str copy_of(struct str file, const char *name)
{
    struct str copy = arena_printf(arena, "%.*s-%s", STR_ARG(file), name);
    struct str command = arena_printf(arena, "cp '%s' '%s'", file.ptr, copy.ptr);
    must(system(command.ptr) == 0);
    return copy;
}

static struct str changed(struct str file, const char *name, const char *sql)
{
    struct str copy = copy_of(file, name);
    sqlite3 *handle;
    must(sqlite3_open(copy.ptr, &handle) == SQLITE_OK);
    CHECK(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(handle);
    return copy;
}

/* A restore is killed while it is at work: the next one finds its leavings and goes through. */
static void killed_restores(const struct place *place, struct str file)
{
    struct str error;
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(!restore_to(place, file, &error));
        usleep((useconds_t)(500 + 4000 * i));
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        if (WIFEXITED(status)) {
            CHECK(WEXITSTATUS(status) == 0); /* it was faster */
            return;
        }
    }
    bool is_restored = false;
    for (int tries = 0; tries < 100 && !is_restored; tries++) {
        is_restored = restore_to(place, file, &error);
        if (!is_restored)
            usleep(20000); /* the server has not missed the dead one yet */
    }
    CHECK(is_restored);
    if (!is_restored)
        fprintf(stderr, "after the kills: %.*s\n", STR_ARG(error));
}

static void broken_restores(bool to_postgres)
{
    struct place from = place_new(false), to = place_new(to_postgres);
    struct store *store = open_pets(&from);
    fill(store);
    char hash[BLOB_HASH];
    for (int i = 0; i < 40; i++)
        CHECK(blob_keep_bytes(store, arena_printf(arena, "file number %d", i), hash));
    struct str error = S("");
    struct str file = arena_printf(arena, "%.*s/backup", STR_ARG(from.settings.directory));
    CHECK(store_backup(store, file, arena, &error));
    CHECK(str_equal(error, S("")));
    store_close(store);

    struct str cut = copy_of(file, "cut");
    struct stat status;
    must(stat(cut.ptr, &status) == 0 && truncate(cut.ptr, status.st_size / 2) == 0);
    fails_cleanly(&to, cut, S("the backup"));
    must(truncate(cut.ptr, 700) == 0);
    fails_cleanly(&to, cut, S(""));
    fails_cleanly(&to, S("/nowhere/at/all"), S("/nowhere/at/all"));
    fails_cleanly(&to,
                  changed(file, "blob",
                          "UPDATE backup_blob SET bytes = x'78' WHERE rowid IN (SELECT rowid FROM"
                          " backup_blob ORDER BY hash DESC LIMIT 1)"),
                  S("damaged"));
    fails_cleanly(&to, changed(file, "row", "ALTER TABLE visit RENAME COLUMN text TO other"),
                  S("table visit cannot be copied"));
    fails_cleanly(&to, changed(file, "newer", "INSERT INTO store_step VALUES ('pet', 9, 1)"),
                  S("older than the data"));
    struct place missing = to;
    missing.settings.directory = arena_printf(arena, "%s/new", to.settings.directory.ptr);
    fails_cleanly(&missing, copy_of(cut, "again"), S(""));
    CHECK(access(missing.settings.directory.ptr, F_OK) != 0);
    killed_restores(&to, file);
    CHECK(!restore_to(&to, file, &error) && str_find(error, S("not empty")) >= 0);
    store = open_pets(&to);
    CHECK(pets_in(store_writer(store)) == 505);
    CHECK(has_blob(store, hash, 14));
    store_close(store);
    place_free(&from);
    place_free(&to);
}

static void count_complaint(void *context, bool is_damage, struct str sentence)
{
    int *damaged = context;
    *damaged += is_damage && str_find(sentence, S("is not what was stored")) >= 0;
}

static void damage(void)
{
    struct place place = place_new(uses_postgres);
    struct store *store = open_pets(&place);
    char hash[BLOB_HASH];
    CHECK(blob_keep_bytes(store, S("right"), hash));
    CHECK(store_check(store, no_complaint, NULL, arena) == 0);
    char hex[2 * BLOB_HASH + 1];
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)hash, BLOB_HASH);
    struct str path =
        arena_printf(arena, "%.*s/blobs/%.2s/%s", STR_ARG(place.settings.directory), hex, hex + 2);
    int file = open(path.ptr, O_WRONLY);
    CHECK(file >= 0 && write(file, "w", 1) == 1);
    close(file);
    int damaged = 0;
    CHECK(store_check(store, count_complaint, &damaged, arena) == 1 && damaged == 1);
    store_close(store);
    place_free(&place);
}

/* ---- damaged indexes ------------------------------------------------------------------------ */

struct findings {
    struct str damages, left_out;
    int64_t count;
};

static void note_finding(void *context, bool is_damage, struct str sentence)
{
    struct findings *findings = context;
    struct str *to = is_damage ? &findings->damages : &findings->left_out;
    *to = arena_printf(arena, "%.*s%.*s\n", STR_ARG(*to), STR_ARG(sentence));
}

static struct findings check_all(struct store *store)
{
    struct findings findings = {.damages = S(""), .left_out = S("")};
    findings.count = store_check(store, note_finding, &findings, arena);
    return findings;
}

static bool told(struct str sentences, struct str words)
{
    if (str_find(sentences, words) >= 0)
        return true;
    fprintf(stderr, "check said: %.*s\n", STR_ARG(sentences));
    return false;
}

/* A row that an index does not know. */
static void damaged_index(void)
{
    struct place place = place_new(true);
    struct store *store = open_pets(&place);
    CHECK(put_alone(store_writer(store), 1, S("one")));
    struct findings findings = check_all(store);
    CHECK(findings.count == 0 && told(findings.left_out, S("amcheck")));
    static const char *const deaf = "UPDATE pg_index SET indisready = %s"
                                    " WHERE indexrelid = CAST('pet_name' AS regclass)";
    command_in(&place, arena_printf(arena, deaf, "false").ptr);
    command_in(&place, "INSERT INTO pet (org, id, name) VALUES (1, 2, 'unheard of')");
    command_in(&place, arena_printf(arena, deaf, "true").ptr);
    findings = check_all(store);
    CHECK(findings.count == 1);
    CHECK(told(findings.damages, S("index pet_name leads to 1 rows and table pet has 2")));
    command_in(&place, "CREATE EXTENSION amcheck");
    findings = check_all(store);
    CHECK(findings.count == 2 && findings.left_out.len == 0);
    CHECK(told(findings.damages, S("index pet_name of table pet is damaged: ")));
    store_close(store);
    place_free(&place);
}

/* ---- all ------------------------------------------------------------------------------------ */

int main(void)
{
    arena = arena_new();
    int has_postgres = getenv("TEST_DATABASE") != NULL;
    for (int from = 0; from <= has_postgres; from++) {
        uses_postgres = from;
        damage();
        broken_restores(from);
        for (int to = 0; to <= has_postgres; to++) {
            copy_between(from, to);
            backup_and_restore(to);
        }
    }
    if (has_postgres) {
        lost_connections();
        damaged_index();
    }
    arena_free(arena);
    return unit_end("store copies");
}
