/* forward: messages into other conversations, one by one or merged into one. */
#include "talk/inner.h"

enum { MOST_TARGETS = 10, MOST_MESSAGES = 20, MOST_LINES = 100 };

#define TALK_SEQ(F, S) F(S, INT, seq, NEEDED, 1, 1000000000, "a message")
SCHEMA(talk_seq, TALK_SEQ)
#define FORWARD_IN(F, S)                                                                     \
    F(S, ID, conversation, NEEDED, 0, 0, "where they stand")                                 \
    F(S, LIST(talk_seq), messages, NEEDED, 1, MOST_LINES, "which; 20 at most unless merged") \
    F(S, IDS, to, NEEDED, 1, MOST_TARGETS, "conversations they go to")                       \
    F(S, BOOL, is_merged, OPTIONAL, 0, 0, "as one message that shows them all")              \
    F(S, TEXT, comment, OPTIONAL, 0, 2000, "what the caller says about them")                \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_forward_in, FORWARD_IN)
SCHEMA(talk_forward_out, NO_FIELDS)

#define FORWARD_OPS(OP)                                                                     \
    OP(talk_forward, "POST", "/v1/conversations/{conversation}/forward", WRITES | ONCE, 60, \
       "Send messages on to other conversations", MAY(talk_member, conversation),           \
       MAY(talk_speaker, to))
OPS(FORWARD_OPS)

const struct module talk_forward_module = {.name = "talk_forward", MODULE_OPS};

/* The messages that can be sent on; false after fail(). */
static bool collect(struct request *r, const struct talk_forward_in *in, struct talk_message *list,
                    size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < in->messages.count; i++) {
        int64_t seq = in->messages.at[i].seq;
        size_t found;
        if (!message_is_there(r, in->conversation, seq, "messages"))
            return false;
        struct talk_message *message =
            messages_read(r, in->conversation, seq, seq, 1, false, &found);
        if (!found || message->is_recalled || message->notice.len)
            return fail(r, CONFLICT, "messages", "有消息已撤回或不能转发",
                        "a message was taken back or cannot be sent on");
        list[(*count)++] = *message;
    }
    return true;
}

static struct ids files_of(struct request *r, const struct talk_message *message)
{
    struct ids ids = {ARENA_ARRAY(r->arena, message->files.count, int64_t), message->files.count};
    for (size_t i = 0; i < ids.count; i++)
        ids.at[i] = message->files.at[i].id;
    return ids;
}

/* Cards stay where they are kept: what goes on are the words above them. */
static void send_each(struct request *r, int64_t to, const struct talk_message *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct talk_extra extra = {.source = list[i].author};
        if (list[i].extra) {
            extra = *list[i].extra;
            extra.card = NULL;
            if (!extra.source)
                extra.source = list[i].author;
        }
        struct talk_past past = {.conversation = to,
                                 .author = r->person,
                                 .body = list[i].body,
                                 .files = files_of(r, &list[i]),
                                 .extra = &extra};
        talk_post(r, &past);
    }
}

/* The group's title, or the names of the two. */
static struct str title_of(struct request *r, int64_t conversation)
{
    struct talk_conversation seen;
    if (!conversation_read(r, conversation, &seen) || seen.title.len)
        return seen.title;
    struct str peer = org_name(r, seen.peer), own = org_name(r, r->person);
    return arena_printf(r->arena, "%.*s、%.*s", STR_ARG(own), STR_ARG(peer));
}

static void send_merged(struct request *r, const struct talk_forward_in *in,
                        const struct talk_message *list, size_t count)
{
    struct talk_merged merged = {.title = title_of(r, in->conversation)};
    size_t files = 0;
    for (size_t i = 0; i < count; i++)
        files += list[i].files.count;
    struct ids all = {ARENA_ARRAY(r->arena, files, int64_t), 0};
    merged.lines.at = ARENA_ARRAY(r->arena, count, struct talk_line);
    merged.lines.count = count;
    for (size_t i = 0; i < count; i++) {
        struct talk_line *line = &merged.lines.at[i];
        *line = (struct talk_line){.author = list[i].author,
                                   .name = org_name(r, list[i].author),
                                   .at = list[i].at,
                                   .body = list[i].body};
        line->files.at = list[i].files.at;
        line->files.count = list[i].files.count;
        struct ids its = files_of(r, &list[i]);
        for (size_t j = 0; j < its.count; j++)
            all.at[all.count++] = its.at[j];
    }
    struct talk_extra extra = {.merged = &merged};
    for (size_t i = 0; i < in->to.count; i++) {
        struct talk_past past = {
            .conversation = in->to.at[i], .author = r->person, .extra = &extra};
        int64_t seq = talk_post(r, &past);
        message_hold(r, in->to.at[i], seq, &all);
    }
}

static bool talk_forward(struct request *r, const struct talk_forward_in *in,
                         struct talk_forward_out *out)
{
    (void)out;
    if (!in->is_merged && in->messages.count > MOST_MESSAGES)
        return fail(r, BAD_INPUT, "messages", "逐条转发最多 20 条，可以合并转发",
                    "20 messages at most go one by one; merge them");
    size_t count;
    struct talk_message *list = ARENA_ARRAY(r->arena, in->messages.count, struct talk_message);
    if (!collect(r, in, list, &count))
        return false;
    if (in->is_merged)
        send_merged(r, in, list, count);
    else
        for (size_t i = 0; i < in->to.count; i++)
            send_each(r, in->to.at[i], list, count);
    struct str comment = str_trim(in->comment);
    for (size_t i = 0; i < in->to.count && comment.len; i++)
        talk_post(r, &(struct talk_past){
                         .conversation = in->to.at[i], .author = r->person, .body = comment});
    return true;
}
