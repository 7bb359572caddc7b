/* statement: the table of prepared texts, and the little that must be known about a text: its
 * placeholders and the table that it writes. */
#include "store/engine.h"
#include "base/must.h"

#include <ctype.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Behind the quote that closes the one at `at`. A doubled quote reads as two neighbours. */
static size_t skip_quoted(struct str sql, size_t at)
{
    char quote = sql.ptr[at++];
    while (at < sql.len && sql.ptr[at] != quote)
        at++;
    return at < sql.len ? at + 1 : at;
}

struct token token_next(struct str sql, size_t *at)
{
    size_t begin = *at, end = begin + 1;
    if (begin >= sql.len)
        return (struct token){.kind = TOKEN_END};
    char c = sql.ptr[begin];
    enum token_kind kind = TOKEN_OTHER;
    if (is_word(c) || c == '?') {
        kind = c == '?' ? TOKEN_PLACEHOLDER : TOKEN_WORD;
        while (end < sql.len && is_word(sql.ptr[end]))
            end++;
    } else if (c == '\'' || c == '"') {
        kind = TOKEN_QUOTED;
        end = skip_quoted(sql, begin);
    } else if (str_starts(str_skip(sql, begin), S("--"))) {
        kind = TOKEN_SPACE;
        while (end < sql.len && sql.ptr[end] != '\n')
            end++;
    } else if (isspace((unsigned char)c)) {
        kind = TOKEN_SPACE;
        while (end < sql.len && isspace((unsigned char)sql.ptr[end]))
            end++;
    }
    *at = end;
    return (struct token){kind, str_of(sql.ptr + begin, end - begin)};
}

static size_t parameters_in(struct str sql)
{
    size_t most = 0;
    size_t at = 0;
    for (struct token t = token_next(sql, &at); t.kind; t = token_next(sql, &at)) {
        if (t.kind != TOKEN_PLACEHOLDER)
            continue;
        int64_t number = 0;
        must(str_to_int(str_skip(t.text, 1), &number) && number >= 1 && number <= PARAMETERS_MAX);
        most = (size_t)number > most ? (size_t)number : most;
    }
    return most;
}

/* The word behind INTO, UPDATE or DELETE FROM. "DO UPDATE SET" names no table. */
static struct str table_written(struct str sql)
{
    struct str last = S(""), before = S("");
    size_t at = 0;
    for (struct token t = token_next(sql, &at); t.kind; t = token_next(sql, &at)) {
        if (t.kind == TOKEN_SPACE)
            continue;
        if (t.kind == TOKEN_WORD) {
            bool is_delete = str_equal_fold(last, S("FROM")) && str_equal_fold(before, S("DELETE"));
            bool is_update = str_equal_fold(last, S("UPDATE")) && !str_equal_fold(t.text, S("SET"));
            if (is_delete || is_update || str_equal_fold(last, S("INTO")))
                return t.text;
        }
        before = last;
        last = t.text;
    }
    return (struct str){0};
}

struct str statement_dollars(struct arena *arena, struct str sql)
{
    char *out = arena_alloc(arena, sql.len + 1);
    size_t at = 0;
    for (struct token t = token_next(sql, &at); t.kind; t = token_next(sql, &at)) {
        size_t begin = at - t.text.len;
        memcpy(out + begin, t.text.ptr, t.text.len);
        if (t.kind == TOKEN_PLACEHOLDER)
            out[begin] = '$';
    }
    return str_of(out, sql.len);
}

struct statement *statement_find(struct db *db, const char *sql)
{
    int64_t key = (int64_t)(intptr_t)sql;
    struct statement *st = map_get(&db->statements, key);
    if (st)
        return st;
    st = ARENA_NEW(db->own, struct statement);
    st->sql = str_from(sql);
    st->parameters = parameters_in(st->sql);
    st->written = table_written(st->sql);
    st->next = db->newest;
    db->newest = st;
    map_set(&db->statements, key, st);
    return st;
}
