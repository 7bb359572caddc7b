/* outside: what modules above learn of messages, so that people hear of them where the program is
 * not open. */
#include "talk/inner.h"
#include "base/must.h"
#include "base/text.h"

enum { MOST_POSTED = 8, BRIEF_LENGTH = 120, MISSED_SCANNED = 1000 };

static talk_posted *hooks[MOST_POSTED];
static size_t hook_count;

void talk_register_posted(talk_posted *posted)
{
    for (size_t i = 0; i < hook_count; i++)
        if (hooks[i] == posted)
            return;
    must(hook_count < MOST_POSTED);
    hooks[hook_count++] = posted;
}

void outside_posted(struct request *r, int64_t conversation, int64_t seq)
{
    for (size_t i = 0; i < hook_count; i++)
        hooks[i](r, conversation, seq);
}

/* ---- a message in a line -------------------------------------------------------------------- */

/* The words without the signs of markup, and on one line. */
static struct str plain(struct request *r, struct str body)
{
    static const char *const signs[] = {"**", "~~", "`"};
    char *out = arena_alloc(r->arena, body.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < body.len;) {
        size_t skipped = 0;
        for (size_t j = 0; j < sizeof signs / sizeof *signs && !skipped; j++)
            skipped = str_starts(str_skip(body, i), str_from(signs[j])) ? strlen(signs[j]) : 0;
        i += skipped;
        if (!skipped) {
            out[len++] = body.ptr[i] == '\n' || body.ptr[i] == '\r' ? ' ' : body.ptr[i];
            i++;
        }
    }
    return text_take(str_trim(str_of(out, len)), BRIEF_LENGTH);
}

/* What stands for a message, or before its words. */
static struct str kind_of(struct request *r, const struct talk_message *m, enum language language)
{
    bool is_zh = language == LANGUAGE_ZH;
    const struct talk_extra *extra = m->extra;
    if (extra && extra->voice)
        return is_zh ? S("[语音]") : S("[Voice]");
    if (extra && extra->place)
        return arena_printf(r->arena, "%s %.*s", is_zh ? "[位置]" : "[Place]",
                            STR_ARG(extra->place->name));
    if (extra && extra->contact)
        return is_zh ? S("[名片]") : S("[Contact]");
    if (extra && extra->merged)
        return is_zh ? S("[聊天记录]") : S("[Messages]");
    if (m->files.count && str_starts(m->files.at[0].type, S("image/")))
        return is_zh ? S("[图片]") : S("[Picture]");
    if (m->files.count)
        return arena_printf(r->arena, "%s %.*s", is_zh ? "[文件]" : "[File]",
                            STR_ARG(m->files.at[0].name));
    if (extra && extra->card && !m->body.len)
        return extra->card->title.len ? extra->card->title : is_zh ? S("[卡片]") : S("[Card]");
    return S("");
}

bool talk_brief(struct request *r, int64_t conversation, int64_t seq, enum language language,
                struct talk_brief *out)
{
    size_t count;
    struct talk_message *m = messages_read(r, conversation, seq, seq, 1, false, &count);
    struct rows found = READ(r, "SELECT kind, title FROM conversation WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(conversation));
    if (!count || !found.count || m->is_recalled || str_equal(m->kind, S("notice")))
        return false;
    struct str kind = kind_of(r, m, language), words = plain(r, m->body);
    *out = (struct talk_brief){.author = m->author,
                               .at = m->at,
                               .is_direct = str_equal(row_text(&found, 0, 0), S("direct")),
                               .name = org_name(r, m->author),
                               .title = row_text(&found, 0, 1),
                               .words =
                                   arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(kind),
                                                kind.len && words.len ? " " : "", STR_ARG(words))};
    return true;
}

/* ---- whom it concerns ----------------------------------------------------------------------- */

static void mark_called(struct request *r, int64_t conversation, int64_t seq,
                        struct talk_listener *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!list[i].is_muted)
            continue;
        struct rows called = READ(r,
                                  "SELECT 1 FROM mention WHERE org = ?1 AND conversation = ?2 "
                                  "AND person IN (0, ?3) AND seq = ?4 LIMIT 1",
                                  INT(r->org), INT(conversation), INT(list[i].person), INT(seq));
        list[i].is_called = called.count != 0;
    }
}

struct talk_listener *talk_listeners(struct request *r, int64_t conversation, int64_t seq,
                                     int64_t after, size_t limit, size_t *count)
{
    struct rows found =
        READ(r,
             "SELECT g.person, m.attention, m.department FROM reading g "
             "JOIN member m ON m.org = g.org AND m.conversation = g.conversation "
             "AND m.person = g.person "
             "WHERE g.org = ?1 AND g.conversation = ?2 AND g.person > ?4 AND g.since <= ?3 "
             "AND g.upto < ?3 AND g.person <> (SELECT author FROM message WHERE org = ?1 "
             "AND conversation = ?2 AND seq = ?3) ORDER BY g.person LIMIT ?5",
             INT(r->org), INT(conversation), INT(seq), INT(after), INT((int64_t)limit));
    struct talk_listener *list = ARENA_ARRAY(r->arena, found.count, struct talk_listener);
    for (size_t i = 0; i < found.count; i++)
        list[i] = (struct talk_listener){
            .person = row_int(&found, i, 0),
            .is_muted = (row_int(&found, i, 1) & ATTENTION_MUTED) != 0,
            .is_out = row_int(&found, i, 2) &&
                      !org_is_in(r, row_int(&found, i, 0), row_int(&found, i, 2))};
    mark_called(r, conversation, seq, list, found.count);
    *count = found.count;
    return list;
}

struct ids talk_members_of(struct request *r, int64_t conversation)
{
    struct rows found = READ(r,
                             "SELECT person FROM member WHERE org = ?1 AND conversation = ?2 "
                             "ORDER BY person",
                             INT(r->org), INT(conversation));
    struct ids ids = {ARENA_ARRAY(r->arena, found.count, int64_t), found.count};
    for (size_t i = 0; i < found.count; i++)
        ids.at[i] = row_int(&found, i, 0);
    return ids;
}

struct talk_missed talk_missed(struct request *r, int64_t person, int64_t from, int64_t upto)
{
    struct rows found = READ(
        r,
        "SELECT count(*), count(DISTINCT m.conversation) FROM member n "
        "JOIN reading g ON g.org = n.org AND g.conversation = n.conversation "
        "AND g.person = n.person "
        "JOIN topic t ON t.org = n.org AND t.id = n.conversation AND t.changed >= ?3 "
        "JOIN message m ON m.org = n.org AND m.conversation = n.conversation "
        "AND m.seq > g.upto AND m.seq >= g.since AND m.seq > t.seq - ?5 "
        "WHERE n.org = ?1 AND n.person = ?2 AND m.at >= ?3 AND m.at < ?4 "
        "AND m.author <> ?2 AND m.recalled = 0 AND m.kind IN ('text', 'files') "
        "AND coalesce(n.attention, 0) & ?6 = 0",
        INT(r->org), INT(person), INT(from), INT(upto), INT(MISSED_SCANNED), INT(ATTENTION_MUTED));
    return found.count ? (struct talk_missed){row_int(&found, 0, 0), row_int(&found, 0, 1)}
                       : (struct talk_missed){0};
}
