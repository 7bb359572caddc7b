/* search: full text over any script, by one tokenizer of our own on both engines.
 *
 * A text becomes a set of words: runs of scripts without spaces (Han, Kana, Hangul, Thai …) become
 * overlapping pairs, the others lower-case words; full-width forms become ASCII. A search names
 * the documents that hold all words of the query, not necessarily in a row: the caller looks for
 * the substring and asks for the rights. Nothing here ranks; the newest come first. The tables
 * search and search_* are the store's own. */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "store/store.h"

enum { SEARCH_WORD_MAX = 64 }; /* bytes; the rest of a longer word is not looked at */

/* Calls `each` with one word after another and where it stands in `text`, until it returns false.
 * The text is UTF-8; what lies behind 64 KiB of it is not looked at. A query of two or more
 * characters without spaces needs only its pairs. */
bool search_words(struct str text, bool is_query,
                  bool (*each)(void *context, struct str word, size_t begin, size_t end),
                  void *context);

/* Makes a document findable. The id is positive and not in the index yet; ids grow with time.
 * Inside an op, like any write. */
void search_put(struct db *db, int64_t id, struct str text);

/* Takes it out again; `text` is exactly the one that was put. */
void search_drop(struct db *db, int64_t id, struct str text);

/* Ids below `before` (or all, when it is 0), newest first: one column, at most `limit` rows. The
 * query's last word, and one character alone, are found as the beginning of a word too.
 *
 * A document may have been put with words that people do not write, which name its place or its
 * kind: letters and digits, with spaces between them. It must then have all words of `all` and,
 * when that is not empty, one word of `one_of`. No rows when nothing is asked for. */
struct search_terms {
    struct str query, all, one_of;
};
struct rows search_find(struct db *db, const struct search_terms *terms, int64_t before,
                        int64_t limit);

#endif
