/* post: sending. */
#include "talk/inner.h"
#include "base/id.h"
#include "base/time.h"

enum { MOST_NAMED = 1000 }; /* people in a notice: as many as one call brings in */

/* ---- rows ---------------------------------------------------------------------------------- */

#define SEND_IN(F, S)                                                             \
    F(S, ID, conversation, NEEDED, 0, 0, "conversation it goes to")               \
    F(S, TEXT, body, OPTIONAL, 0, 20000, "what is said, in light markup")         \
    F(S, IDS, files, OPTIONAL, 0, 20, "files to go with it")                      \
    F(S, IDS, mentions, OPTIONAL, 0, 100, "members it calls")                     \
    F(S, BOOL, mentions_all, OPTIONAL, 0, 0, "it calls everybody")                \
    F(S, INT, reply_to, OPTIONAL, 1, 1000000000, "message this one answers")      \
    F(S, OBJECT(talk_voice), voice, OPTIONAL, 0, 0, "it is spoken: its one file") \
    F(S, OBJECT(talk_place), place, OPTIONAL, 0, 0, "a place")                    \
    F(S, PERSON, contact, OPTIONAL, 0, 0, "a person's card")                      \
    F(S, BOOL, wants_confirm, OPTIONAL, 0, 0, "members are asked to confirm it")  \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key: a retry never posts twice")
SCHEMA(talk_send_in, SEND_IN)
#define SEND_OUT(F, S)                                                     \
    F(S, INT, seq, NEEDED, 0, 0, "the message's number")                   \
    F(S, INT, version, NEEDED, 0, 0, "the conversation's version with it") \
    F(S, TIME, at, NEEDED, 0, 0, "when the server took it")
SCHEMA(talk_send_out, SEND_OUT)

#define TYPING_IN(F, S) F(S, ID, conversation, NEEDED, 0, 0, "the conversation")
SCHEMA(talk_typing_in, TYPING_IN)
SCHEMA(talk_typing_out, NO_FIELDS)

#define POST_OPS(OP)                                                                       \
    OP(talk_send, "POST", "/v1/conversations/{conversation}/messages", WRITES | ONCE, 240, \
       "Post a message to a conversation", MAY(talk_speaker, conversation))                \
    OP(talk_typing, "POST", "/v1/conversations/{conversation}/typing", READS, 120,         \
       "The caller is writing", MAY(talk_member, conversation))
OPS(POST_OPS)

const struct module talk_post_module = {.name = "talk_post", MODULE_OPS};

/* ---- posting ------------------------------------------------------------------------------- */

static void insert(struct request *r, const struct draft *draft, int64_t id, int64_t seq,
                   int64_t version)
{
    WRITE(r,
          "INSERT INTO message (org, conversation, seq, id, version, author, at, kind, body, "
          "people, files, reply_to, changed, recalled, extra) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0, ?13)",
          INT(r->org), INT(draft->conversation), INT(seq), INT(id), INT(version),
          INT(draft->author), INT(draft->at), TEXT(str_from(draft->kind)), TEXT(draft->body),
          TEXT(draft->people), TEXT(draft->file_text), INT(draft->reply_to),
          draft->extra ? TEXT(object_write(r, &talk_extra_schema, draft->extra)) : NONE);
}

/* The message as everybody sees it, as a row that says so would be read. */
static void tell(struct request *r, const struct draft *draft, int64_t seq, int64_t version)
{
    struct db_value row[] = {INT(seq),
                             INT(version),
                             INT(draft->author),
                             INT(draft->at),
                             TEXT(str_from(draft->kind)),
                             TEXT(draft->body),
                             TEXT(draft->people),
                             TEXT(draft->file_text),
                             INT(draft->reply_to),
                             INT(0),
                             NONE,
                             NONE,
                             NONE};
    struct rows rows = {1, sizeof row / sizeof *row, row};
    struct talk_message shown;
    message_fill(r, draft->conversation, &rows, 0, &shown);
    shown.extra = draft->extra;
    event_put_as(r, draft->conversation, version, "message", seq, &talk_message_schema, &shown);
}

int64_t message_post(struct request *r, struct draft *draft, int64_t *version)
{
    int64_t id = id_next(), seq = topic_next_seq(r, draft->conversation);
    *version = topic_next_version(r, draft->conversation);
    draft->file_text = ids_write(r, &draft->files);
    for (size_t i = 0; i < draft->files.count; i++)
        file_use(r, draft->files.at[i], id, talk_gate.kind);
    insert(r, draft, id, seq, *version);
    tell(r, draft, seq, *version);
    if (draft->reply_to)
        message_mark(r, draft->conversation, draft->reply_to, TRAIT_REPLIES);
    search_follow(r);
    if (draft->at == r->now && draft->kind[0] != 'n') {
        outside_posted(r, draft->conversation, seq);
        preview_posted(r, draft, seq);
    }
    return seq;
}

void message_hold(struct request *r, int64_t conversation, int64_t seq, const struct ids *files)
{
    struct rows found = READ(r,
                             "SELECT id FROM message WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3",
                             INT(r->org), INT(conversation), INT(seq));
    for (size_t i = 0; i < files->count && found.count; i++)
        file_use(r, files->at[i], row_int(&found, 0, 0), talk_gate.kind);
}

void post_notice(struct request *r, int64_t conversation, const char *notice, struct str body,
                 const struct ids *people)
{
    int64_t version;
    struct ids named = {people->at, people->count < MOST_NAMED ? people->count : MOST_NAMED};
    struct draft draft = {.conversation = conversation,
                          .author = r->person,
                          .at = r->now,
                          .kind = arena_printf(r->arena, "notice:%s", notice).ptr,
                          .body = body,
                          .people = ids_write(r, &named)};
    message_post(r, &draft, &version);
}

bool files_are_readable(struct request *r, const struct ids *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (!file_is_readable(r, files->at[i]))
            return fail(r, NOT_FOUND, "files", "有文件不存在或还没传完",
                        "a file does not exist or has not been finished");
    return true;
}

/* ---- guests --------------------------------------------------------------------------------- */

static const struct talk_guests *guests;

void talk_register_guests(const struct talk_guests *given)
{
    guests = given;
}

void guests_called(struct request *r, int64_t seq, const struct talk_past *said)
{
    if (guests && said->mentions.count)
        guests->called(r, seq, said);
}

bool mentions_are_members(struct request *r, int64_t conversation, const struct ids *people)
{
    for (size_t i = 0; i < people->count; i++) {
        bool is_there = talk_has_member(r, conversation, people->at[i]) ||
                        (guests && guests->is_guest(r, conversation, people->at[i]));
        if (!is_there)
            return fail(r, BAD_INPUT, "mentions", "@ 的人不在这个会话里",
                        "somebody mentioned is not in this conversation");
    }
    return true;
}

struct str mentions_write(struct request *r, const struct ids *people, bool calls_all)
{
    struct ids ids = {ARENA_ARRAY(r->arena, people->count + 1, int64_t), 0};
    for (size_t i = 0; i < people->count; i++)
        ids.at[ids.count++] = people->at[i];
    if (calls_all)
        ids.at[ids.count++] = -1;
    return ids_write(r, &ids);
}

void mentions_note(struct request *r, int64_t conversation, int64_t seq, const struct ids *people,
                   bool calls_all)
{
    for (size_t i = 0; i < people->count + (calls_all ? 1 : 0); i++)
        WRITE(r,
              "INSERT INTO mention (org, conversation, person, seq) VALUES (?1, ?2, ?3, ?4) "
              "ON CONFLICT (org, conversation, person, seq) DO NOTHING",
              INT(r->org), INT(conversation), INT(i < people->count ? people->at[i] : 0), INT(seq));
}

int64_t talk_post(struct request *r, const struct talk_past *past)
{
    int64_t version;
    struct draft draft = {.conversation = past->conversation,
                          .author = past->author,
                          .at = past->at ? past->at : r->now,
                          .kind = past->files.count ? "files" : "text",
                          .body = past->body,
                          .people = mentions_write(r, &past->mentions, past->mentions_all),
                          .files = past->files,
                          .reply_to = past->reply_to,
                          .extra = past->extra};
    int64_t seq = message_post(r, &draft, &version);
    mentions_note(r, past->conversation, seq, &past->mentions, past->mentions_all);
    guests_called(r, seq, past);
    return seq;
}

bool message_is_there(struct request *r, int64_t conversation, int64_t seq, const char *field)
{
    int64_t since = 0, upto = 0;
    reading_of(r, conversation, &since, &upto);
    return (seq >= since && seq <= topic_seq(r, conversation)) ||
           fail(r, NOT_FOUND, field, "没有这条消息", "there is no such message");
}

/* What goes with the words; false after fail(). */
static bool take_extra(struct request *r, const struct talk_send_in *in, struct draft *draft)
{
    if (in->contact && !org_is_active(r, in->contact))
        return fail(r, NOT_FOUND, "contact", "组织里没有这个人", "there is no such person here");
    if (in->voice && in->files.count != 1)
        return fail(r, BAD_INPUT, "files", "语音消息要有且只有一个文件",
                    "a spoken message has one file");
    if (in->voice && str_trim(in->body).len)
        return fail(r, BAD_INPUT, "body", "语音消息不带文字", "a spoken message has no words");
    if (in->wants_confirm && !in->body.len && !in->files.count)
        return fail(r, BAD_INPUT, "wants_confirm", "没有内容可确认", "there is nothing to confirm");
    if (!in->voice && !in->place && !in->contact && !in->wants_confirm)
        return true;
    draft->extra = ARENA_NEW(r->arena, struct talk_extra);
    *draft->extra =
        (struct talk_extra){.voice = in->voice, .place = in->place, .contact = in->contact};
    if (in->wants_confirm)
        draft->extra->card = card_confirm(r, in->conversation);
    return true;
}

static bool may_call_all(struct request *r, int64_t conversation)
{
    return !(group_switches(r, conversation) & GROUP_ALL_BY_MANAGERS) ||
           talk_manages(r, conversation) ||
           fail(r, FORBIDDEN, "mentions_all", "本群只有群主和管理员能 @所有人",
                "only this group's owner and admins call everybody");
}

static bool talk_send(struct request *r, const struct talk_send_in *in, struct talk_send_out *out)
{
    struct draft draft = {.conversation = in->conversation,
                          .author = r->person,
                          .at = r->now,
                          .kind = in->files.count ? "files" : "text",
                          .body = str_trim(in->body),
                          .files = in->files,
                          .reply_to = in->reply_to};
    if (!draft.body.len && !in->files.count && !in->place && !in->contact)
        return fail(r, BAD_INPUT, "body", "消息不能为空", "a message needs words or a file");
    if (in->reply_to && !message_is_there(r, in->conversation, in->reply_to, "reply_to"))
        return false;
    if (in->mentions_all && !may_call_all(r, in->conversation))
        return false;
    if (!mentions_are_members(r, in->conversation, &in->mentions) ||
        !files_are_readable(r, &in->files) || !take_extra(r, in, &draft))
        return false;
    draft.people = mentions_write(r, &in->mentions, in->mentions_all);
    out->seq = message_post(r, &draft, &out->version);
    out->at = r->now;
    mentions_note(r, in->conversation, out->seq, &in->mentions, in->mentions_all);
    struct talk_past said = {.conversation = in->conversation,
                             .author = r->person,
                             .at = r->now,
                             .body = draft.body,
                             .mentions = in->mentions};
    guests_called(r, out->seq, &said);
    return true;
}

/* ---- typing --------------------------------------------------------------------------------- */

#define TYPING(F, S) F(S, PERSON, person, NEEDED, 0, 0, "who is writing")
SCHEMA(talk_typing_event, TYPING)

static bool talk_typing(struct request *r, const struct talk_typing_in *in,
                        struct talk_typing_out *out)
{
    (void)out;
    struct talk_typing_event event = {.person = r->person};
    event_lossy(r, in->conversation, in->conversation, "typing", &talk_typing_event_schema, &event);
    return true;
}
