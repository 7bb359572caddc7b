/* Check: each rule of the modules finds what breaks it, and says so in one sentence; on SQLite, and
 * on PostgreSQL too when TEST_DATABASE names a server. */
#include "base/log.h"
#include "main/commands.h"
#include "store/blob.h"
#include "tests/places.h"

/* Without SQL: another sentence about the one before. */
struct breach {
    const char *sql, *sentence;
    bool is_kept; /* the hash that ?1 stands for */
};

static const struct breach breaches[] = {
    {"INSERT INTO file_use (org, file, holder, kind) VALUES (1, 2, 3, 'person')",
     "file 2 of organisation 1 is referred to by 3 but is not there", false},
    {"INSERT INTO person (org, id, account, name, pinyin, phone, email, avatar, role, state, "
     "created, changed) VALUES (7, 8, 9, '', '', '', '', 0, '', '', 0, 0)",
     "person 8 of organisation 7 has no account", false},
    {NULL, "person 8 is in organisation 7, which is not there", false},
    {"INSERT INTO session (id, hash, account, org, agent, address, created, seen, expires, ended, "
     "is_new) VALUES (11, ?1, 12, 0, '', '', 0, 0, 0, 0, 0)",
     "session 11 belongs to account 12, which is not there", false},
    {"INSERT INTO post (org, department, person, title, is_main, is_head, position) "
     "VALUES (7, 13, 14, '', 0, 0, 0)",
     "person 14 of organisation 7 is in department 13, which is not there", false},
    {NULL, "department 13 of organisation 7 has a post of person 14, who is not there", false},
    {"INSERT INTO department (org, id, parent, position, name, path, people) "
     "VALUES (7, 15, 16, 0, '', '', 0)",
     "department 15 of organisation 7 lies below 16, which is not there", false},
    {"INSERT INTO conversation (org, id, kind, title, members, created) "
     "VALUES (7, 20, 'group', '', 3, 0)",
     "conversation 20 of organisation 7 counts 3 members and has 0", false},
    {"INSERT INTO message (org, conversation, seq, id, version, author, at, kind, body, people, "
     "files, reply_to, changed, recalled) VALUES (7, 20, 2, 21, 5, 8, 0, 'text', '', '', '', 0, 0, "
     "0)",
     "conversation 20 of organisation 7 has 1 messages, numbered from 2 to 2, and its last number "
     "is 0",
     false},
    {NULL,
     "message 2 of conversation 20 of organisation 7 has the version 5, and the conversation "
     "is at 0",
     false},
    {"INSERT INTO message (org, conversation, seq, id, version, author, at, kind, body, people, "
     "files, reply_to, changed, recalled) VALUES (7, 22, 1, 23, 0, 8, 0, 'text', '', '', '', 0, 0, "
     "0)",
     "message 1 of organisation 7 belongs to conversation 22, which is not there", false},
    {"INSERT INTO member (org, conversation, person, role, joined) VALUES (7, 24, 25, '', 0)",
     "person 25 of organisation 7 is a member of conversation 24, which is not there", false},
    {NULL, "conversation 24 of organisation 7 has the member 25, who is not there", false},
    {NULL, "person 25 of organisation 7 is a member of conversation 24 without a read mark", false},
    {"INSERT INTO file (org, id, hash, name, type, size, width, height, owner, created) "
     "VALUES (7, 30, ?1, '', '', 5, 0, 0, 8, 0)",
     "file 30 of organisation 7 has lost its bytes", false},
    {"INSERT INTO file_use (org, file, holder, kind) VALUES (7, 30, 31, 'message')",
     "file 30 of organisation 7 is held by message 31, which is not there or was taken back",
     false},
    {"INSERT INTO file (org, id, hash, name, type, size, width, height, owner, created) "
     "VALUES (7, 32, ?1, '', '', 9, 0, 0, 8, 0)",
     "file 32 of organisation 7 has 5 bytes, not 9", true},
};
enum { BREACHES = sizeof breaches / sizeof *breaches };

struct heard {
    bool is_told[BREACHES];
    int64_t others;
};

static void hear(void *context, bool is_damage, struct str sentence)
{
    struct heard *heard = context;
    bool is_known = !is_damage;
    for (size_t i = 0; i < BREACHES; i++)
        if (str_equal(sentence, str_from(breaches[i].sentence)))
            is_known = heard->is_told[i] = true;
    heard->others += !is_known;
    if (!is_known)
        fprintf(stderr, "check also said: %.*s\n", STR_ARG(sentence));
}

static void break_rows(struct store *store, struct arena *arena)
{
    char missing[BLOB_HASH] = "nowhere", kept[BLOB_HASH];
    CHECK(blob_keep_bytes(store, S("hello"), kept));
    struct db *db = store_writer(store);
    db_set_arena(db, arena);
    db_group_begin(db);
    db_op_begin(db);
    for (size_t i = 0; i < BREACHES; i++) {
        const char *hash = breaches[i].is_kept ? kept : missing;
        if (breaches[i].sql && strstr(breaches[i].sql, "?1"))
            db_change_(db, breaches[i].sql, DB_VALUES(BLOB(str_of(hash, BLOB_HASH))));
        else if (breaches[i].sql)
            db_change_(db, breaches[i].sql, DB_VALUES(NONE));
    }
    CHECK(db_op_end(db, true) && db_group_end(db, true));
    db_set_arena(db, NULL);
}

static void one_engine(bool on_postgres)
{
    struct arena *arena = arena_new();
    struct place place = place_new(on_postgres);
    struct str error = S("");
    struct store *store =
        store_open(&place.settings, store_modules(arena), module_count, arena, &error);
    must(store);
    struct heard heard = {0};
    CHECK(store_check(store, hear, &heard, arena) == 0 && heard.others == 0);
    break_rows(store, arena);
    CHECK(store_check(store, hear, &heard, arena) == BREACHES);
    for (size_t i = 0; i < BREACHES; i++) {
        CHECK(heard.is_told[i]);
        if (!heard.is_told[i])
            fprintf(stderr, "check did not say: %s\n", breaches[i].sentence);
    }
    CHECK(heard.others == 0);
    store_close(store);
    place_free(&place);
    arena_free(arena);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    one_engine(false);
    if (getenv("TEST_DATABASE"))
        one_engine(true);
    return unit_end("check");
}
