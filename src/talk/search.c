/* search: words in the messages that the caller may see, and messages by their day.
 *
 * The full-text index follows behind the write, in batches, so that sending does not pay for it;
 * what it has not reached yet is looked through. With a message's words and its files' names stand
 * words of ours that name its conversation, author and kind. The index only proposes: text, filters
 * and membership are checked for each hit. */
#include "talk/inner.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/text.h"
#include "base/time.h"
#include "store/search.h"

enum {
    HITS = 20,
    FIRST_PROPOSED = 14, /* ids beyond the page: most that are proposed are hits */
    PROPOSED = 500,      /* ids looked at in one go when many are not */
    MOST_PROPOSED = 20000,
    INDEX_BATCH = 2000, /* some 10 ms of the writer */
    INDEX_DELAY_MS = 2000,
    TAIL = 2000, /* newest messages looked through */
    NAMED = 100, /* conversations that a query names; of more, each hit's is looked up */
};

#define SEARCH_IN(F, S)                                              \
    F(S, TEXT, query, OPTIONAL, 0, 60, "words to look for")          \
    F(S, ID, conversation, OPTIONAL, 0, 0, "in this one only")       \
    F(S, PERSON, author, OPTIONAL, 0, 0, "of this person only")      \
    F(S, TEXT, kind, OPTIONAL, 0, 10, "only: picture, file or link") \
    F(S, TIME, from, OPTIONAL, 0, 0, "sent at this time or later")   \
    F(S, TIME, to, OPTIONAL, 0, 0, "sent before this time")          \
    F(S, ID, before, OPTIONAL, 0, 0, "the former answer's `more`")   \
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

#define FIND_IN(F, S)                                       \
    F(S, TEXT, query, NEEDED, 1, 60, "a part of the title") \
    F(S, INT, limit, OPTIONAL, 1, 50, "at most; 20 otherwise")
SCHEMA(talk_find_in, FIND_IN)
#define FIND_OUT(F, S) \
    F(S, LIST(talk_conversation), conversations, NEEDED, 0, 0, "last changed first")
SCHEMA(talk_find_out, FIND_OUT)

#define DAY_IN(F, S)                                         \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, TIME, at, NEEDED, 0, 0, "a time")
SCHEMA(talk_at_in, DAY_IN)
#define DAY_OUT(F, S)            \
    F(S, INT, seq, NEEDED, 0, 0, \
      "the first message then or later; the last of all when there is none")
SCHEMA(talk_at_out, DAY_OUT)

#define talk_index_in        later_in
#define talk_index_in_schema later_in_schema
SCHEMA(talk_index_out, NO_FIELDS)

#define SEARCH_OPS(OP)                                                                     \
    OP(talk_search, "GET", "/v1/messages/find", READS, 120,                                \
       "Find words in all messages that the caller may see", MAY_CALL(org_member))         \
    OP(talk_find, "GET", "/v1/conversations/find", READS, 120,                             \
       "The caller's groups by a part of the title", MAY_CALL(org_member))                 \
    OP(talk_at, "GET", "/v1/conversations/{conversation}/at", READS, 0,                    \
       "Where a day begins in a conversation", MAY(talk_member, conversation))             \
    OP(talk_index, NULL, NULL, WRITES, 0, "Bring the index up to date, a batch at a time", \
       MAY_CALL(the_server))
OPS(SEARCH_OPS)

const struct module talk_search_module = {.name = "talk_search", MODULE_OPS};

/* ---- what the index holds ------------------------------------------------------------------- */

static bool has_link(struct str body)
{
    return str_find(body, S("http://")) >= 0 || str_find(body, S("https://")) >= 0;
}

/* The words of a message as they are put, and later taken out. Columns: see INDEXED. */
#define INDEXED "id, body, recalled, conversation, author, files, kind"
static struct str words_of(struct request *r, int64_t conversation, int64_t author, struct str body,
                           struct str files)
{
    struct buf words = buf_new(1 << 20);
    bool has_picture = false, has_file = false;
    buf_add(&words, body);
    struct ids ids = ids_parse(r, files);
    for (size_t i = 0; i < ids.count; i++) {
        struct file_file file;
        if (!file_read(r, ids.at[i], &file))
            continue;
        buf_char(&words, ' ');
        buf_add(&words, file.name);
        has_picture = has_picture || file.width;
        has_file = has_file || !file.width;
    }
    buf_printf(&words, " xc%lld xa%lld%s%s%s", (long long)conversation, (long long)author,
               has_picture ? " xkpicture" : "", has_file ? " xkfile" : "",
               has_link(body) ? " xklink" : "");
    struct str text = arena_copy(r->arena, buf_str(&words));
    buf_free(&words);
    return text;
}

void search_follow(struct request *r)
{
    later(r, "talk_index", r->org, 0, 0, INDEX_DELAY_MS);
}

static int64_t indexed_upto(struct request *r)
{
    struct rows found = READ(r, "SELECT upto FROM message_indexed WHERE org = ?1", INT(r->org));
    return found.count ? row_int(&found, 0, 0) : 0;
}

static bool has_words(const struct rows *rows, size_t row)
{
    return !row_int(rows, row, 2) && !str_starts(row_text(rows, row, 6), S("notice"));
}

static struct str words_of_row(struct request *r, const struct rows *rows, size_t row)
{
    return words_of(r, row_int(rows, row, 3), row_int(rows, row, 4), row_text(rows, row, 1),
                    row_text(rows, row, 5));
}

void search_change(struct request *r, int64_t conversation, int64_t seq, bool is_before)
{
    struct rows found = READ(r,
                             "SELECT " INDEXED " FROM message WHERE org = ?1 "
                             "AND conversation = ?2 AND seq = ?3",
                             INT(r->org), INT(conversation), INT(seq));
    if (!found.count || row_int(&found, 0, 0) > indexed_upto(r) || !has_words(&found, 0))
        return;
    if (is_before)
        search_drop(r->db, row_int(&found, 0, 0), words_of_row(r, &found, 0));
    else
        search_put(r->db, row_int(&found, 0, 0), words_of_row(r, &found, 0));
}

/* Messages are put in the order of their ids; ids grow with time, and so does `upto`. */
static bool talk_index(struct request *r, const struct talk_index_in *in,
                       struct talk_index_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows found = READ(r,
                             "SELECT " INDEXED " FROM message WHERE org = ?1 AND id > ?2 "
                             "ORDER BY id LIMIT ?3",
                             INT(r->org), INT(indexed_upto(r)), INT(INDEX_BATCH));
    if (!found.count)
        return true;
    for (size_t i = 0; i < found.count; i++)
        if (has_words(&found, i))
            search_put(r->db, row_int(&found, i, 0), words_of_row(r, &found, i));
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
    const struct talk_search_in *in;
    struct str query;
    struct map since; /* conversation -> first message that the caller may see, in an int64_t */
    size_t limit;
    struct talk_hit *hits;
    size_t count;
    int64_t last; /* id of the last hit */
};

/* The caller's conversations (or the one asked for), so that no hit asks for its own. */
static size_t load_places(struct search *search)
{
    struct request *r = search->r;
    int64_t only = search->in->conversation;
    struct rows found = only ? READ(r,
                                    "SELECT g.conversation, g.since, m.department FROM member m "
                                    "JOIN reading g ON g.org = m.org "
                                    "AND g.conversation = m.conversation "
                                    "AND g.person = m.person WHERE m.org = ?1 "
                                    "AND m.conversation = ?3 AND m.person = ?2",
                                    INT(r->org), INT(r->person), INT(only))
                             : READ(r,
                                    "SELECT g.conversation, g.since, m.department FROM member m "
                                    "JOIN reading g "
                                    "ON g.org = m.org AND g.conversation = m.conversation "
                                    "AND g.person = m.person WHERE m.org = ?1 AND m.person = ?2",
                                    INT(r->org), INT(r->person));
    int64_t *since = ARENA_ARRAY(r->arena, found.count, int64_t);
    for (size_t i = 0; i < found.count; i++) {
        since[i] = row_int(&found, i, 1);
        if (!member_is_current(r, row_int(&found, i, 2)))
            continue;
        map_set(&search->since, row_int(&found, i, 0), &since[i]);
    }
    return found.count;
}

static bool may_see(const struct search *search, int64_t conversation, int64_t seq)
{
    const int64_t *since = map_get(&search->since, conversation);
    return since && seq >= *since;
}

static bool is_of_kind(const struct talk_message *message, struct str kind)
{
    if (!kind.len)
        return true;
    if (str_equal(kind, S("link")))
        return has_link(message->body);
    for (size_t i = 0; i < message->files.count; i++)
        if ((message->files.at[i].width != 0) == str_equal(kind, S("picture")))
            return true;
    return false;
}

static bool fits(const struct search *search, const struct talk_message *message)
{
    const struct talk_search_in *in = search->in;
    if (message->is_recalled || message->notice.len ||
        (in->author && message->author != in->author) || message->at < in->from ||
        (in->to && message->at >= in->to) || !is_of_kind(message, in->kind))
        return false;
    struct buf text = buf_new(1 << 20);
    buf_add(&text, message->body);
    for (size_t i = 0; i < message->files.count; i++) {
        buf_char(&text, ' ');
        buf_add(&text, message->files.at[i].name);
    }
    bool fits = contains(buf_str(&text), search->query);
    buf_free(&text);
    return fits;
}

/* Adds the message when the caller may see it and it is what is looked for. */
static void consider(struct search *search, int64_t id, int64_t conversation, int64_t seq)
{
    struct request *r = search->r;
    if (search->count == search->limit || !may_see(search, conversation, seq))
        return;
    size_t count;
    struct talk_message *message = messages_read(r, conversation, seq, seq, 1, false, &count);
    if (!count || !fits(search, message))
        return;
    struct rows about =
        READ(r,
             "SELECT c.title, c.kind, m.person FROM conversation c LEFT JOIN member m "
             "ON m.org = c.org AND m.conversation = c.id AND m.person <> ?3 "
             "AND c.kind = 'direct' WHERE c.org = ?1 AND c.id = ?2 LIMIT 1",
             INT(r->org), INT(conversation), INT(r->person));
    if (!about.count)
        return;
    search->hits[search->count++] = (struct talk_hit){.conversation = conversation,
                                                      .title = row_text(&about, 0, 0),
                                                      .peer = row_int(&about, 0, 2),
                                                      .message = message};
    search->last = id;
}

/* Newest messages that the index has not reached. */
static void look_through_tail(struct search *search, int64_t before)
{
    struct request *r = search->r;
    struct rows tail = READ(r,
                            "SELECT id, conversation, seq FROM message WHERE org = ?1 AND id > ?2 "
                            "AND id < ?3 ORDER BY id DESC LIMIT ?4",
                            INT(r->org), INT(indexed_upto(r)), INT(before), INT(TAIL));
    for (size_t i = 0; i < tail.count; i++)
        consider(search, row_int(&tail, i, 0), row_int(&tail, i, 1), row_int(&tail, i, 2));
}

/* The conversations are named in the query when they are few: the index then proposes no others. */
static struct str name_places(struct search *search, size_t places)
{
    struct buf words = buf_new(NAMED * 24);
    if (places <= NAMED)
        for (struct map_entry *e = map_first(&search->since); e; e = map_after(&search->since, e))
            buf_printf(&words, "xc%lld ", (long long)e->key);
    struct str text = arena_copy(search->r->arena, buf_str(&words));
    buf_free(&words);
    return text;
}

static struct str filters_of(struct request *r, const struct talk_search_in *in)
{
    struct str kind = in->kind.len ? arena_printf(r->arena, "xk%.*s", STR_ARG(in->kind)) : S("");
    return in->author ? arena_printf(r->arena, "%.*s xa%lld", STR_ARG(kind), (long long)in->author)
                      : kind;
}

static void look_in_index(struct search *search, int64_t before, size_t places)
{
    struct request *r = search->r;
    const struct talk_search_in *in = search->in;
    struct search_terms terms = {
        .query = search->query, .all = filters_of(r, in), .one_of = name_places(search, places)};
    int64_t lowest = in->from ? id_first_at(in->from) : 0;
    size_t batch = search->limit + FIRST_PROPOSED;
    for (size_t looked = 0; looked < MOST_PROPOSED && !has_failed(r); looked += batch) {
        batch = looked ? PROPOSED : batch;
        struct rows ids = search_find(r->db, &terms, before, (int64_t)batch);
        for (size_t i = 0; i < ids.count && search->count < search->limit; i++) {
            before = row_int(&ids, i, 0);
            if (before < lowest)
                return;
            struct rows place =
                READ(r, "SELECT conversation, seq FROM message WHERE org = ?1 AND id = ?2",
                     INT(r->org), INT(before));
            if (place.count)
                consider(search, before, row_int(&place, 0, 0), row_int(&place, 0, 1));
        }
        if (ids.count < batch || search->count == search->limit)
            return;
    }
}

static void show_people(struct request *r, const struct search *search, struct talk_search_out *out)
{
    size_t most = 0;
    for (size_t i = 0; i < search->count; i++)
        most += 1 + messages_people_most(search->hits[i].message, 1);
    struct ids ids = {ARENA_ARRAY(r->arena, most, int64_t), 0};
    for (size_t i = 0; i < search->count; i++) {
        messages_people(search->hits[i].message, 1, &ids);
        ids.at[ids.count++] = search->hits[i].peer;
    }
    out->people.at = org_faces(r, ids.at, ids.count, &out->people.count);
}

static bool talk_search(struct request *r, const struct talk_search_in *in,
                        struct talk_search_out *out)
{
    struct search search = {.r = r,
                            .in = in,
                            .query = str_trim(in->query),
                            .limit = in->limit ? (size_t)in->limit : HITS};
    if (!search.query.len && !in->author && !in->kind.len)
        return fail(r, BAD_INPUT, "query", "请输入要找的内容", "say what to look for");
    if (in->kind.len && !str_equal(in->kind, S("picture")) && !str_equal(in->kind, S("file")) &&
        !str_equal(in->kind, S("link")))
        return fail(r, BAD_INPUT, "kind", "类型应为 picture、file 或 link",
                    "the kind is picture, file or link");
    search.hits = ARENA_ARRAY(r->arena, search.limit, struct talk_hit);
    size_t places = load_places(&search);
    int64_t before = in->before ? in->before : INT64_MAX, indexed = indexed_upto(r) + 1;
    if (places) {
        look_through_tail(&search, before);
        look_in_index(&search, before < indexed ? before : indexed, places);
    }
    map_free(&search.since);
    out->hits.at = search.hits;
    out->hits.count = search.count;
    show_people(r, &search, out);
    if (search.count == search.limit)
        out->more = search.last;
    return true;
}

/* ---- groups and days ------------------------------------------------------------------------ */

static bool talk_find(struct request *r, const struct talk_find_in *in, struct talk_find_out *out)
{
    struct str query = str_trim(in->query);
    size_t limit = in->limit ? (size_t)in->limit : HITS;
    struct rows found = READ(r,
                             "SELECT c.id, c.title FROM member m JOIN conversation c "
                             "ON c.org = m.org AND c.id = m.conversation AND c.kind = 'group' "
                             "LEFT JOIN topic t ON t.org = m.org AND t.id = m.conversation "
                             "WHERE m.org = ?1 AND m.person = ?2 ORDER BY t.changed DESC, c.id",
                             INT(r->org), INT(r->person));
    out->conversations.at = ARENA_ARRAY(r->arena, limit, struct talk_conversation);
    for (size_t i = 0; i < found.count && out->conversations.count < limit; i++)
        if (contains(row_text(&found, i, 1), query) &&
            conversation_read(r, row_int(&found, i, 0),
                              &out->conversations.at[out->conversations.count]))
            out->conversations.count++;
    return true;
}

/* Messages stand in the order of their times, so a day is found by halving. */
static bool talk_at(struct request *r, const struct talk_at_in *in, struct talk_at_out *out)
{
    int64_t low = 1, upto = 0;
    reading_of(r, in->conversation, &low, &upto);
    struct rows last = READ(r, "SELECT seq FROM topic WHERE org = ?1 AND id = ?2", INT(r->org),
                            INT(in->conversation));
    int64_t high = last.count ? row_int(&last, 0, 0) : 0;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        struct rows found = READ(r,
                                 "SELECT at FROM message WHERE org = ?1 AND conversation = ?2 "
                                 "AND seq = ?3",
                                 INT(r->org), INT(in->conversation), INT(middle));
        if (found.count && row_int(&found, 0, 0) < in->at)
            low = middle + 1;
        else
            high = middle;
    }
    out->seq = low;
    return true;
}
