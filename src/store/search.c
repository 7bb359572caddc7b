/* search: the index of words, in FTS5 on SQLite and under GIN on PostgreSQL.
 *
 * Neither holds the texts. For FTS5 the tokenizer is registered with each connection; PostgreSQL
 * gets the words, since it has no tokenizer of ours. */
#include "store/search.h"
#include "store/engine.h"
#include "base/must.h"
#include "base/text.h"

#include <sqlite3.h>

#include <stdlib.h>

enum { WORDS_CEILING = 1 << 19, QUERY_CEILING = 16384, QUERY_WORDS = 32 };

static const char sqlite_tables[] =
    "-- step 1\n"
    "CREATE VIRTUAL TABLE search USING fts5(words, content='', columnsize=0, detail=none,"
    " prefix='1', tokenize='carillon');\n"
    "CREATE VIRTUAL TABLE search_words USING fts5vocab(search, instance);\n";

static const char postgres_tables[] =
    "-- step 1\n"
    "CREATE TABLE search (id BIGINT NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL);\n"
    "CREATE INDEX search_words ON search USING GIN (words);\n";

const struct store_module search_module_sqlite = {
    .name = "store", .migrations = {sqlite_tables, sizeof sqlite_tables - 1}};
const struct store_module search_module_postgres = {
    .name = "store", .migrations = {postgres_tables, sizeof postgres_tables - 1}};

/* ---- the tokenizer of FTS5 ------------------------------------------------------------------ */

struct fts_taker {
    void *context;
    int (*take)(void *context, int flags, const char *word, int len, int begin, int end);
    int code;
};

static bool fts_word(void *context, struct str word, size_t begin, size_t end)
{
    struct fts_taker *taker = context;
    taker->code = taker->take(taker->context, 0, word.ptr, (int)word.len, (int)begin, (int)end);
    return taker->code == SQLITE_OK;
}

/* Words as they come from another index, with spaces between them. */
static void fts_ready_words(struct str words, struct fts_taker *taker)
{
    while (words.len && taker->code == SQLITE_OK) {
        struct str word = str_cut(&words, ' ');
        if (word.len)
            fts_word(taker, word, 0, 0);
    }
}

static int fts_tokenize(Fts5Tokenizer *self, void *context, int flags, const char *text, int len,
                        int (*take)(void *context, int flags, const char *word, int len, int begin,
                                    int end))
{
    (void)self;
    struct fts_taker taker = {context, take, SQLITE_OK};
    struct str view = str_of(text ? text : "", len > 0 ? (size_t)len : 0);
    if (str_starts(view, S("\1")))
        fts_ready_words(str_skip(view, 1), &taker);
    else
        search_words(view, flags & FTS5_TOKENIZE_QUERY, fts_word, &taker);
    return taker.code;
}

static int fts_create(void *context, const char **arguments, int count, Fts5Tokenizer **out)
{
    (void)arguments;
    (void)count;
    *out = context; /* it has no state, but must not be NULL */
    return SQLITE_OK;
}

static void fts_delete(Fts5Tokenizer *self)
{
    (void)self;
}

bool search_register(void *handle)
{
    static char state;
    static fts5_tokenizer tokenizer = {fts_create, fts_delete, fts_tokenize};
    fts5_api *api = NULL;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer(statement, 1, (void *)&api, "fts5_api_ptr", NULL);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return api && api->xCreateTokenizer(api, "carillon", &state, &tokenizer, NULL) == SQLITE_OK;
}

/* ---- putting and finding -------------------------------------------------------------------- */

static bool add_word(void *context, struct str word, size_t begin, size_t end)
{
    (void)begin;
    (void)end;
    struct buf *words = context;
    if (words->len)
        buf_char(words, ' ');
    buf_add(words, word);
    return !words->is_full;
}

void search_put(struct db *db, int64_t id, struct str text)
{
    must(id > 0 && !str_starts(text, S("\1")));
    if (!store_is_postgres(db->store)) {
        db_write(db, "INSERT INTO search (rowid, words) VALUES (?1, ?2)", INT(id), TEXT(text));
        return;
    }
    struct buf words = buf_new(WORDS_CEILING);
    search_words(text, false, add_word, &words);
    db_write(db,
             "INSERT INTO search (id, words)"
             " VALUES (?1, array_to_tsvector(string_to_array(?2, ' ')))",
             INT(id), TEXT(buf_str(&words)));
    buf_free(&words);
}

void search_drop(struct db *db, int64_t id, struct str text)
{
    if (store_is_postgres(db->store))
        db_write(db, "DELETE FROM search WHERE id = ?1", INT(id));
    else
        db_write(db, "INSERT INTO search (search, rowid, words) VALUES ('delete', ?1, ?2)", INT(id),
                 TEXT(text));
}

struct query {
    struct buf out;
    bool is_postgres;
    size_t count;
    struct str text;
};

/* Words hold letters and digits only, so quoting them is safe. */
static bool add_term(void *context, struct str word, size_t begin, size_t end)
{
    struct query *query = context;
    (void)begin;
    bool is_prefix = text_length(word) == 1 ? word.len > 1 || end == query->text.len
                                            : end == query->text.len && !search_is_pair(word);
    if (query->is_postgres)
        buf_printf(&query->out, "%s'%.*s'%s", query->count ? " & " : "", STR_ARG(word),
                   is_prefix ? ":*" : "");
    else
        buf_printf(&query->out, " \"%.*s\"%s", STR_ARG(word), is_prefix ? " *" : "");
    query->count++;
    return query->count < QUERY_WORDS;
}

/* Exact words between spaces, joined by an operator of the engine's query language. */
static void add_exact(struct query *query, struct str words, bool is_any)
{
    const char *before = "", *between = query->is_postgres ? is_any ? " | " : " & "
                                        : is_any           ? " OR "
                                                           : " ";
    if (!words.len)
        return;
    buf_printf(&query->out, "%s(", query->count == 0 ? "" : query->is_postgres ? " & " : " AND ");
    while (words.len) {
        struct str word = str_cut(&words, ' ');
        if (!word.len)
            continue;
        buf_printf(&query->out, query->is_postgres ? "%s'%.*s'" : "%s\"%.*s\"", before,
                   STR_ARG(word));
        before = between;
    }
    buf_char(&query->out, ')');
    query->count++;
}

struct rows search_find(struct db *db, const struct search_terms *terms, int64_t before,
                        int64_t limit)
{
    struct query query = {buf_new(QUERY_CEILING), store_is_postgres(db->store), 0,
                          str_trim(terms->query)};
    search_words(query.text, true, add_term, &query);
    add_exact(&query, str_trim(terms->all), false);
    add_exact(&query, str_trim(terms->one_of), true);
    struct rows rows = {0};
    struct db_value last = INT(before > 0 ? before : INT64_MAX), term = TEXT(buf_str(&query.out));
    must(!query.out.is_full);
    if (query.count && query.is_postgres)
        rows = db_read(db,
                       "SELECT id FROM search WHERE words @@ CAST(?1 AS tsquery) AND id < ?2"
                       " ORDER BY id DESC LIMIT ?3",
                       term, last, INT(limit));
    else if (query.count)
        rows = db_read(db,
                       "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid < ?2"
                       " ORDER BY rowid DESC LIMIT ?3",
                       term, last, INT(limit));
    buf_free(&query.out);
    return rows;
}
