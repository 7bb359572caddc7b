/* names: finding people and departments by any part of a name, of its pinyin or of its initials.
 *
 * Each ending of these texts is a row of name_key, so that "contains" becomes "begins with" and an
 * index answers it. */
#include "org/inner.h"
#include "base/text.h"

enum { LONGEST_NAME = 400, MOST_ENDINGS = 24 };

static void put_key(struct request *r, const char *kind, int64_t id, struct str key)
{
    WRITE(r,
          "INSERT INTO name_key (org, kind, key, id) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (org, kind, key, id) DO NOTHING",
          INT(r->org), TEXT(str_from(kind)), TEXT(key), INT(id));
}

void names_put(struct request *r, const char *kind, int64_t id, struct str name)
{
    struct str rest = arena_lower(r->arena, name);
    for (int i = 0; rest.len && i < MOST_ENDINGS; i++) {
        put_key(r, kind, id, rest);
        struct buf full = buf_new(LONGEST_NAME), initials = buf_new(LONGEST_NAME);
        /* A surname's own reading counts at the front only: endings are cut from the whole name. */
        pinyin_write(rest, &full, &initials);
        if (full.len && !str_equal(buf_str(&full), rest))
            put_key(r, kind, id, buf_str(&full));
        if (initials.len > 1 && !str_equal(buf_str(&initials), buf_str(&full)))
            put_key(r, kind, id, buf_str(&initials));
        buf_free(&full);
        buf_free(&initials);
        size_t at = 0;
        text_next(rest, &at);
        rest = str_skip(rest, at);
    }
}

void names_drop(struct request *r, const char *kind, int64_t id)
{
    WRITE(r, "DELETE FROM name_key WHERE org = ?1 AND kind = ?2 AND id = ?3", INT(r->org),
          TEXT(str_from(kind)), INT(id));
}

/* A place in the order of keys, "key/id". */
static struct str place(struct request *r, const struct rows *found, size_t row)
{
    return arena_printf(r->arena, "%lld/%.*s", (long long)row_int(found, row, 1),
                        STR_ARG(row_text(found, row, 0)));
}

struct ids names_find(struct request *r, const char *kind, struct str query, struct str after,
                      size_t limit, struct str *more)
{
    struct str from = arena_lower(r->arena, str_trim(query)), key = after;
    struct str past = arena_printf(r->arena, "%.*s\xf4\x8f\xbf\xbf", STR_ARG(from));
    int64_t after_id = 0;
    str_to_int(str_cut(&key, '/'), &after_id);
    struct ids ids = {ARENA_ARRAY(r->arena, limit, int64_t), 0};
    *more = S("");
    /* One person may stand under several keys of the range; twice is shown once. */
    struct rows found =
        READ(r,
             "SELECT key, id FROM name_key WHERE org = ?1 AND kind = ?2 AND key >= ?3 AND key < ?4 "
             "AND (key > ?5 OR (key = ?5 AND id > ?6)) ORDER BY key, id LIMIT ?7",
             INT(r->org), TEXT(str_from(kind)), TEXT(from), TEXT(past), TEXT(key), INT(after_id),
             INT((int64_t)limit * 4));
    for (size_t i = 0; i < found.count; i++) {
        bool is_there = false;
        for (size_t j = 0; j < ids.count; j++)
            is_there = is_there || ids.at[j] == row_int(&found, i, 1);
        if (is_there)
            continue;
        if (ids.count == limit) {
            *more = place(r, &found, i - 1);
            return ids;
        }
        ids.at[ids.count++] = row_int(&found, i, 1);
    }
    if (found.count == limit * 4)
        *more = place(r, &found, found.count - 1);
    return ids;
}
