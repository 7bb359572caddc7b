/* search: words in the messages that the caller may see.
 *
 * The full-text index follows behind the write, in batches, so that sending does not pay for it;
 * what it has not reached yet is looked through. The index only proposes: the substring is checked
 * in the text, and membership in the row, for each hit. */
#include "talk/inner.h"
#include "base/text.h"
#include "base/time.h"
#include "store/search.h"

enum {
    HITS = 20,
    PROPOSED = 200,     /* ids looked at for one page */
    INDEX_BATCH = 2000, /* some 10 ms of the writer */
    INDEX_DELAY_MS = 2000,
    TAIL = 2000, /* newest messages looked through */
};

#define SEARCH_IN(F, S)                                            \
    F(S, TEXT, query, NEEDED, 1, 60, "words to look for")          \
    F(S, ID, before, OPTIONAL, 0, 0, "the former answer's `more`") \
    F(S, INT, limit, OPTIONAL, 1, 50, "hits at most; 20 otherwise")
SCHEMA(talk_search_in, SEARCH_IN)
#define TALK_HIT(F, S)                                                           \
    F(S, ID, conversation, NEEDED, 0, 0, "where it stands")                      \
    F(S, TEXT, title, OPTIONAL, 0, 0, "of the group")                            \
    F(S, PERSON, peer, OPTIONAL, 0, 0, "the other one of a direct conversation") \
    F(S, OBJECT(talk_message), message, NEEDED, 0, 0, "the message")
SCHEMA(talk_hit, TALK_HIT)
#define SEARCH_OUT(F, S)                                           \
    F(S, LIST(talk_hit), hits, NEEDED, 0, 0, "newest first")       \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "whom they show") \
    F(S, ID, more, OPTIONAL, 0, 0, "`before` of the next call")
SCHEMA(talk_search_out, SEARCH_OUT)

#define talk_index_in        later_in
#define talk_index_in_schema later_in_schema
SCHEMA(talk_index_out, NO_FIELDS)

#define SEARCH_OPS(OP)                                                                     \
    OP(talk_search, "GET", "/v1/messages/find", READS, 120,                                \
       "Find words in all messages that the caller may see", MAY_CALL(org_member))         \
    OP(talk_index, NULL, NULL, WRITES, 0, "Bring the index up to date, a batch at a time", \
       MAY_CALL(the_server))
OPS(SEARCH_OPS)

const struct module talk_search_module = {.name = "talk_search", MODULE_OPS};

/* ---- following ----------------------------------------------------------------------------- */

void search_follow(struct request *r)
{
    later(r, "talk_index", r->org, 0, 0, INDEX_DELAY_MS);
}

static int64_t indexed_upto(struct request *r)
{
    struct rows found = READ(r, "SELECT upto FROM message_indexed WHERE org = ?1", INT(r->org));
    return found.count ? row_int(&found, 0, 0) : 0;
}

void search_forget(struct request *r, int64_t id, struct str body)
{
    if (id <= indexed_upto(r) && body.len)
        search_drop(r->db, id, body);
}

void search_replace(struct request *r, int64_t id, struct str former, struct str body)
{
    search_forget(r, id, former);
    if (id <= indexed_upto(r))
        search_put(r->db, id, body);
}

/* Messages are put in the order of their ids; ids grow with time, and so does `upto`. */
static bool talk_index(struct request *r, const struct talk_index_in *in,
                       struct talk_index_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows found = READ(r,
                             "SELECT id, body, recalled FROM message WHERE org = ?1 AND id > ?2 "
                             "ORDER BY id LIMIT ?3",
                             INT(r->org), INT(indexed_upto(r)), INT(INDEX_BATCH));
    if (!found.count)
        return true;
    for (size_t i = 0; i < found.count; i++)
        if (!row_int(&found, i, 2) && row_text(&found, i, 1).len)
            search_put(r->db, row_int(&found, i, 0), row_text(&found, i, 1));
    WRITE(r,
          "INSERT INTO message_indexed (org, upto) VALUES (?1, ?2) "
          "ON CONFLICT (org) DO UPDATE SET upto = excluded.upto",
          INT(r->org), INT(row_int(&found, found.count - 1, 0)));
    if (found.count == INDEX_BATCH)
        later(r, "talk_index", r->org, 0, 0, 0);
    return true;
}

/* ---- finding ------------------------------------------------------------------------------- */

static bool contains_word(struct str text, struct str word)
{
    for (size_t i = 0; i + word.len <= text.len; i++) {
        size_t same = 0;
        while (same < word.len && str_lower(text.ptr[i + same]) == str_lower(word.ptr[same]))
            same++;
        if (same == word.len)
            return true;
    }
    return false;
}

/* Every part of the query between spaces must stand in the text. */
static bool contains(struct str text, struct str query)
{
    while (query.len) {
        struct str word = str_cut(&query, ' ');
        if (word.len && !contains_word(text, word))
            return false;
    }
    return true;
}

struct search {
    struct request *r;
    struct str query;
    size_t limit;
    struct talk_hit *hits;
    size_t count;
};

/* Adds the message when the caller may see it and it holds the words. Columns: conversation, seq,
 * body, id. */
static void consider(struct search *search, const struct rows *rows, size_t row)
{
    struct request *r = search->r;
    if (search->count == search->limit || !contains(row_text(rows, row, 2), search->query))
        return;
    int64_t conversation = row_int(rows, row, 0), seq = row_int(rows, row, 1), since, upto;
    if (!reading_of(r, conversation, &since, &upto) || seq < since)
        return;
    struct talk_hit *hit = &search->hits[search->count];
    size_t count;
    hit->conversation = conversation;
    hit->message = messages_read(r, conversation, seq, seq, 1, false, &count);
    struct rows about =
        READ(r,
             "SELECT c.title, c.kind, m.person FROM conversation c LEFT JOIN member m "
             "ON m.org = c.org AND m.conversation = c.id AND m.person <> ?3 "
             "AND c.kind = 'direct' WHERE c.org = ?1 AND c.id = ?2 LIMIT 1",
             INT(r->org), INT(conversation), INT(r->person));
    if (!count || !about.count)
        return;
    hit->title = row_text(&about, 0, 0);
    hit->peer = row_int(&about, 0, 2);
    search->count++;
}

/* Newest messages that the index has not reached. */
static void look_through_tail(struct search *search, int64_t before)
{
    struct request *r = search->r;
    struct rows tail =
        READ(r,
             "SELECT conversation, seq, body, id FROM message WHERE org = ?1 AND id > ?2 "
             "AND id < ?3 AND recalled = 0 ORDER BY id DESC LIMIT ?4",
             INT(r->org), INT(indexed_upto(r)), INT(before), INT(TAIL));
    for (size_t i = 0; i < tail.count; i++)
        consider(search, &tail, i);
}

static void look_in_index(struct search *search, int64_t before)
{
    struct request *r = search->r;
    while (search->count < search->limit && !has_failed(r)) {
        struct rows ids = search_find(r->db, search->query, before, PROPOSED);
        for (size_t i = 0; i < ids.count; i++) {
            before = row_int(&ids, i, 0);
            struct rows place =
                READ(r,
                     "SELECT conversation, seq, body, id FROM message WHERE org = ?1 "
                     "AND id = ?2 AND recalled = 0",
                     INT(r->org), INT(before));
            if (place.count)
                consider(search, &place, 0);
            if (search->count == search->limit)
                return;
        }
        if (ids.count < PROPOSED)
            return;
    }
}

static bool talk_search(struct request *r, const struct talk_search_in *in,
                        struct talk_search_out *out)
{
    struct search search = {
        .r = r, .query = str_trim(in->query), .limit = in->limit ? (size_t)in->limit : HITS};
    if (!search.query.len)
        return fail(r, BAD_INPUT, "query", "请输入要找的内容", "say what to look for");
    search.hits = ARENA_ARRAY(r->arena, search.limit, struct talk_hit);
    int64_t before = in->before ? in->before : INT64_MAX;
    look_through_tail(&search, before);
    int64_t indexed = indexed_upto(r) + 1;
    look_in_index(&search, before < indexed ? before : indexed);
    out->hits.at = search.hits;
    out->hits.count = search.count;

    size_t most = 0;
    for (size_t i = 0; i < search.count; i++)
        most += 1 + messages_people_most(search.hits[i].message, 1);
    struct ids ids = {ARENA_ARRAY(r->arena, most, int64_t), 0};
    for (size_t i = 0; i < search.count; i++) {
        messages_people(search.hits[i].message, 1, &ids);
        ids.at[ids.count++] = search.hits[i].peer;
    }
    out->people.at = org_cards(r, ids.at, ids.count, &out->people.count);
    if (search.count == search.limit) {
        const struct talk_hit *last = &search.hits[search.count - 1];
        struct rows id = READ(r,
                              "SELECT id FROM message WHERE org = ?1 AND conversation = ?2 "
                              "AND seq = ?3",
                              INT(r->org), INT(last->conversation), INT(last->message->seq));
        out->more = id.count ? row_int(&id, 0, 0) : 0;
    }
    return true;
}
