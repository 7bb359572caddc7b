/* card: facts and buttons under a message. Here live the two that talk itself keeps: the button
 * that confirms a message, and polls. Their counts are written into the card, for everybody, at
 * most once a second; a person's own choices are added when the person reads. */
#include "talk/inner.h"
#include "base/must.h"

enum { MOST_OPTIONS = 20, PAGE = 100, COUNT_MS = 1000 };

/* ---- rows ---------------------------------------------------------------------------------- */

#define MESSAGE_IN(F, S)                                     \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 1, 1000000000, "the message")
SCHEMA(talk_confirm_in, MESSAGE_IN)
SCHEMA(talk_confirm_out, NO_FIELDS)

#define TALK_OPTION(F, S) F(S, TEXT, text, NEEDED, 1, 200, "what can be chosen")
SCHEMA(talk_option, TALK_OPTION)
#define POLL_IN(F, S)                                                                \
    F(S, ID, conversation, NEEDED, 0, 0, "conversation it goes to")                  \
    F(S, TEXT, question, NEEDED, 1, 200, "what is asked")                            \
    F(S, LIST(talk_option), options, NEEDED, 2, MOST_OPTIONS, "what can be chosen")  \
    F(S, INT, most, OPTIONAL, 1, MOST_OPTIONS, "choices of one person; 1 otherwise") \
    F(S, BOOL, is_secret, OPTIONAL, 0, 0, "nobody sees who chose what")              \
    F(S, TIME, closes, OPTIONAL, 0, 0, "until when")                                 \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(talk_poll_in, POLL_IN)
#define POLL_OUT(F, S) F(S, INT, seq, NEEDED, 0, 0, "the message's number")
SCHEMA(talk_poll_out, POLL_OUT)

#define TALK_CHOICE(F, S) F(S, INT, option, NEEDED, 1, MOST_OPTIONS, "number of an option, from 1")
SCHEMA(talk_choice, TALK_CHOICE)
#define VOTE_IN(F, S)                                         \
    MESSAGE_IN(F, S)                                          \
    F(S, LIST(talk_choice), choices, NEEDED, 0, MOST_OPTIONS, \
      "in the place of former ones; none: none")
SCHEMA(talk_vote_in, VOTE_IN)
SCHEMA(talk_vote_out, NO_FIELDS)

SCHEMA(talk_poll_close_in, MESSAGE_IN)
SCHEMA(talk_poll_close_out, NO_FIELDS)

#define ANSWERS_IN(F, S)                                                                   \
    MESSAGE_IN(F, S)                                                                       \
    F(S, INT, option, OPTIONAL, 1, MOST_OPTIONS, "of a poll; otherwise who has confirmed") \
    F(S, BOOL, is_missing, OPTIONAL, 0, 0, "those who have not answered")                  \
    F(S, TEXT, after, OPTIONAL, 1, 60, "the former answer's `more`")
SCHEMA(talk_answers_in, ANSWERS_IN)
#define TALK_ANSWER(F, S)                     \
    F(S, PERSON, person, NEEDED, 0, 0, "who") \
    F(S, TIME, at, OPTIONAL, 0, 0, "when they answered")
SCHEMA(talk_answer, TALK_ANSWER)
#define ANSWERS_OUT(F, S)                                                     \
    F(S, LIST(talk_answer), answers, NEEDED, 0, 0, "in the order of the ids") \
    F(S, LIST(org_person), people, NEEDED, 0, 0, "their cards")               \
    F(S, TEXT, more, OPTIONAL, 0, 0, "`after` of the next call")
SCHEMA(talk_answers_out, ANSWERS_OUT)

#define talk_card_count_in        later_in
#define talk_card_count_in_schema later_in_schema
SCHEMA(talk_card_count_out, NO_FIELDS)

#define POLL_ENDS_IN(F, S)                              \
    F(S, ID, org, NEEDED, 0, 0, "organisation")         \
    F(S, ID, conversation, NEEDED, 0, 0, "where it is") \
    F(S, INT, seq, NEEDED, 0, 0, "the message")
SCHEMA(talk_poll_ends_in, POLL_ENDS_IN)
SCHEMA(talk_poll_ends_out, NO_FIELDS)

#define CARD_OPS(OP)                                                                               \
    OP(talk_confirm, "POST", "/v1/conversations/{conversation}/messages/{seq}/confirm", WRITES, 0, \
       "Confirm a message that asks for it", MAY(talk_member, conversation))                       \
    OP(talk_poll, "POST", "/v1/conversations/{conversation}/polls", WRITES | ONCE, 60,             \
       "Ask the members of a conversation", MAY(talk_speaker, conversation))                       \
    OP(talk_vote, "PUT", "/v1/conversations/{conversation}/messages/{seq}/votes", WRITES, 120,     \
       "Choose among a poll's options", MAY(talk_member, conversation))                            \
    OP(talk_poll_close, "POST", "/v1/conversations/{conversation}/messages/{seq}/close", WRITES,   \
       0, "End a poll: its author, or a manager", MAY(talk_member, conversation))                  \
    OP(talk_answers, "GET", "/v1/conversations/{conversation}/messages/{seq}/answers", READS, 0,   \
       "Who has confirmed or chosen, or has not", MAY(talk_member, conversation))                  \
    OP(talk_card_count, NULL, NULL, WRITES, 0, "Write the counts of answers into a card",          \
       MAY_CALL(the_server))                                                                       \
    OP(talk_poll_ends, NULL, NULL, WRITES, 0, "End a poll whose time is over", MAY_CALL(the_server))
OPS(CARD_OPS)

const struct module talk_card_module = {.name = "talk_card", MODULE_OPS};

/* ---- the card of a message ------------------------------------------------------------------ */

struct asked {
    int64_t author;
    struct talk_card *card;
};

static bool find_card(struct request *r, int64_t conversation, int64_t seq, const char *kind,
                      struct asked *out)
{
    size_t count;
    struct talk_message *message = messages_read(r, conversation, seq, seq, 1, false, &count);
    struct talk_card *card = count && message->extra ? message->extra->card : NULL;
    if (!card || !str_equal(card->kind, str_from(kind)))
        return fail(r, NOT_FOUND, "seq", "这条消息没有可回应的内容",
                    "this message asks for nothing of the kind");
    *out = (struct asked){.author = message->author, .card = card};
    return true;
}

/* Members who may see the message, without its author. */
static int64_t count_asked(struct request *r, int64_t conversation, int64_t seq, int64_t author)
{
    struct rows found = READ(r,
                             "SELECT count(*) FROM reading WHERE org = ?1 AND conversation = ?2 "
                             "AND since <= ?3 AND person <> ?4",
                             INT(r->org), INT(conversation), INT(seq), INT(author));
    return found.count ? row_int(&found, 0, 0) : 0;
}

void card_for_caller(struct request *r, int64_t conversation, int64_t seq, struct talk_card *card)
{
    struct rows found = READ(r,
                             "SELECT choice FROM answer WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3 AND person = ?4 ORDER BY choice",
                             INT(r->org), INT(conversation), INT(seq), INT(r->person));
    struct ids choices = {ARENA_ARRAY(r->arena, found.count, int64_t), found.count};
    for (size_t i = 0; i < found.count; i++)
        choices.at[i] = row_int(&found, i, 0);
    card->mine = ids_write(r, &choices);
}

static struct talk_button *buttons_of(struct request *r, struct talk_card *card, size_t count)
{
    card->buttons.at = ARENA_ARRAY(r->arena, count, struct talk_button);
    card->buttons.count = count;
    return card->buttons.at;
}

/* Its number is not known yet, so the client puts conversation and seq into a button's input. */
struct talk_card *card_confirm(struct request *r, int64_t conversation)
{
    struct talk_card *card = ARENA_NEW(r->arena, struct talk_card);
    *card = (struct talk_card){.kind = S("confirm"),
                               .of = count_asked(r, conversation, INT64_MAX, r->person)};
    buttons_of(r, card, 1)[0] = (struct talk_button){
        .label = S("$confirm"), .op = S("talk_confirm"), .choice = S("0"), .look = S("main")};
    return card;
}

#define TALK_MINE(F, S)                                      \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation") \
    F(S, INT, seq, NEEDED, 0, 0, "the message")              \
    F(S, TEXT, mine, NEEDED, 0, 0, "the choices, with spaces between")
SCHEMA(talk_mine, TALK_MINE)

/* What the caller chose, to all of the caller's devices. */
static void tell_own(struct request *r, int64_t conversation, int64_t seq)
{
    struct talk_card card = {0};
    card_for_caller(r, conversation, seq, &card);
    struct talk_mine mine = {.conversation = conversation, .seq = seq, .mine = card.mine};
    event_put(r, r->person, "answer", conversation, &talk_mine_schema, &mine);
}

/* ---- answering ------------------------------------------------------------------------------ */

static void count_soon(struct request *r, int64_t conversation, int64_t seq)
{
    later(r, "talk_card_count", conversation, seq, seq, COUNT_MS);
}

static void put_answer(struct request *r, int64_t conversation, int64_t seq, int64_t choice)
{
    WRITE(r,
          "INSERT INTO answer (org, conversation, seq, choice, person, at) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
          "ON CONFLICT (org, conversation, seq, choice, person) DO NOTHING",
          INT(r->org), INT(conversation), INT(seq), INT(choice), INT(r->person), INT(r->now));
}

static bool talk_confirm(struct request *r, const struct talk_confirm_in *in,
                         struct talk_confirm_out *out)
{
    (void)out;
    struct asked asked;
    if (!message_is_there(r, in->conversation, in->seq, "seq") ||
        !find_card(r, in->conversation, in->seq, "confirm", &asked))
        return false;
    if (asked.author == r->person)
        return fail(r, FORBIDDEN, "seq", "不用确认自己的消息", "this is your own message");
    put_answer(r, in->conversation, in->seq, 0);
    tell_own(r, in->conversation, in->seq);
    count_soon(r, in->conversation, in->seq);
    return true;
}

static bool poll_of(struct request *r, int64_t conversation, int64_t seq, int64_t *options,
                    int64_t *most, int64_t *closes)
{
    struct rows found = READ(r,
                             "SELECT options, most, closes FROM poll WHERE org = ?1 "
                             "AND conversation = ?2 AND seq = ?3",
                             INT(r->org), INT(conversation), INT(seq));
    if (!found.count)
        return fail(r, NOT_FOUND, "seq", "这不是投票", "this is no poll");
    *options = row_int(&found, 0, 0);
    *most = row_int(&found, 0, 1);
    *closes = row_int(&found, 0, 2);
    return true;
}

static bool talk_vote(struct request *r, const struct talk_vote_in *in, struct talk_vote_out *out)
{
    (void)out;
    int64_t options = 0, most = 0, closes = 0;
    struct asked asked;
    if (!message_is_there(r, in->conversation, in->seq, "seq") ||
        !poll_of(r, in->conversation, in->seq, &options, &most, &closes) ||
        !find_card(r, in->conversation, in->seq, "poll", &asked))
        return false;
    if (asked.card->is_over || (closes && closes <= r->now))
        return fail(r, CONFLICT, "seq", "投票已结束", "the poll is over");
    if ((int64_t)in->choices.count > most)
        return fail(r, BAD_INPUT, "choices", "选项选多了", "these are more choices than allowed");
    WRITE(r, "DELETE FROM answer WHERE org = ?1 AND conversation = ?2 AND seq = ?3 AND person = ?4",
          INT(r->org), INT(in->conversation), INT(in->seq), INT(r->person));
    for (size_t i = 0; i < in->choices.count; i++) {
        if (in->choices.at[i].option > options)
            return fail(r, BAD_INPUT, "choices", "没有这个选项", "there is no such option");
        put_answer(r, in->conversation, in->seq, in->choices.at[i].option);
    }
    tell_own(r, in->conversation, in->seq);
    count_soon(r, in->conversation, in->seq);
    return true;
}

/* ---- counts --------------------------------------------------------------------------------- */

static int64_t count_people(struct request *r, int64_t conversation, int64_t seq)
{
    struct rows found = READ(r,
                             "SELECT count(DISTINCT person) FROM answer WHERE org = ?1 "
                             "AND conversation = ?2 AND seq = ?3",
                             INT(r->org), INT(conversation), INT(seq));
    return found.count ? row_int(&found, 0, 0) : 0;
}

static void count_options(struct request *r, int64_t conversation, int64_t seq,
                          struct talk_card *card)
{
    struct rows found = READ(r,
                             "SELECT choice, count(*) FROM answer WHERE org = ?1 "
                             "AND conversation = ?2 AND seq = ?3 GROUP BY choice",
                             INT(r->org), INT(conversation), INT(seq));
    for (size_t i = 0; i < card->facts.count; i++)
        card->facts.at[i].count = card->facts.at[i].share = 0;
    for (size_t i = 0; i < found.count; i++) {
        size_t option = (size_t)row_int(&found, i, 0);
        if (option < 1 || option > card->facts.count)
            continue;
        struct talk_fact *fact = &card->facts.at[option - 1];
        fact->count = row_int(&found, i, 1);
        fact->share = card->done ? fact->count * 1000 / card->done : 0;
    }
}

static void count_card(struct request *r, int64_t conversation, int64_t seq, bool ends)
{
    size_t count;
    struct talk_message *message = messages_read(r, conversation, seq, seq, 1, false, &count);
    struct talk_card *card = count && message->extra ? message->extra->card : NULL;
    if (!card)
        return;
    card->done = count_people(r, conversation, seq);
    card->of = count_asked(r, conversation, seq,
                           str_equal(card->kind, S("confirm")) ? message->author : 0);
    if (str_equal(card->kind, S("poll")))
        count_options(r, conversation, seq, card);
    card->is_over = card->is_over || ends;
    talk_card_set(r, conversation, seq, card);
}

static bool talk_card_count(struct request *r, const struct talk_card_count_in *in,
                            struct talk_card_count_out *out)
{
    (void)out;
    r->org = in->org;
    struct rows found = READ(r,
                             "SELECT DISTINCT seq FROM message WHERE org = ?1 "
                             "AND conversation = ?2 AND seq >= ?3 AND seq <= ?4 "
                             "AND extra IS NOT NULL",
                             INT(r->org), INT(in->object), INT(in->low), INT(in->high));
    for (size_t i = 0; i < found.count; i++)
        count_card(r, in->object, row_int(&found, i, 0), false);
    return true;
}

/* ---- polls ---------------------------------------------------------------------------------- */

static bool talk_poll(struct request *r, const struct talk_poll_in *in, struct talk_poll_out *out)
{
    if (in->closes && in->closes <= r->now)
        return fail(r, BAD_INPUT, "closes", "截止时间要在将来", "the end must lie in the future");
    size_t options = in->options.count;
    struct talk_card card = {.kind = S("poll"),
                             .title = str_trim(in->question),
                             .closes = in->closes,
                             .most = in->most ? in->most : 1,
                             .is_secret = in->is_secret,
                             .of = count_asked(r, in->conversation, INT64_MAX, 0)};
    card.facts.at = ARENA_ARRAY(r->arena, options, struct talk_fact);
    card.facts.count = options;
    for (size_t i = 0; i < options; i++) {
        card.facts.at[i].name = str_trim(in->options.at[i].text);
        if (!card.facts.at[i].name.len)
            return fail(r, BAD_INPUT, "options", "选项不能为空", "an option needs words");
    }
    struct talk_button *button = buttons_of(r, &card, 1);
    button[0] = (struct talk_button){.label = in->most > 1 ? S("$vote_many") : S("$vote"),
                                     .op = S("talk_vote")};
    struct talk_extra extra = {.card = &card};
    struct talk_past past = {
        .conversation = in->conversation, .author = r->person, .body = card.title, .extra = &extra};
    out->seq = talk_post(r, &past);
    WRITE(r,
          "INSERT INTO poll (org, conversation, seq, options, most, is_secret, closes) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
          INT(r->org), INT(in->conversation), INT(out->seq), INT((int64_t)options),
          INT(in->most ? in->most : 1), INT(in->is_secret), INT(in->closes));
    struct talk_poll_ends_in ends = {
        .org = r->org, .conversation = in->conversation, .seq = out->seq};
    if (in->closes)
        job_add(r, "talk_poll_ends", in->closes, &talk_poll_ends_in_schema, &ends);
    return true;
}

static bool talk_poll_close(struct request *r, const struct talk_poll_close_in *in,
                            struct talk_poll_close_out *out)
{
    (void)out;
    struct asked asked;
    if (!message_is_there(r, in->conversation, in->seq, "seq") ||
        !find_card(r, in->conversation, in->seq, "poll", &asked))
        return false;
    if (asked.author != r->person && !talk_manager.allows(r, in->conversation))
        return false;
    count_card(r, in->conversation, in->seq, true);
    return true;
}

static bool talk_poll_ends(struct request *r, const struct talk_poll_ends_in *in,
                           struct talk_poll_ends_out *out)
{
    (void)out;
    r->org = in->org;
    count_card(r, in->conversation, in->seq, true);
    return true;
}

/* ---- who ------------------------------------------------------------------------------------ */

static bool is_secret(struct request *r, int64_t conversation, int64_t seq)
{
    struct rows found = READ(r,
                             "SELECT is_secret FROM poll WHERE org = ?1 AND conversation = ?2 "
                             "AND seq = ?3",
                             INT(r->org), INT(conversation), INT(seq));
    return found.count && row_int(&found, 0, 0);
}

static struct rows read_answers(struct request *r, const struct talk_answers_in *in, int64_t after,
                                int64_t author)
{
    if (in->is_missing)
        return READ(r,
                    "SELECT g.person, 0 FROM reading g WHERE g.org = ?1 AND g.conversation = ?2 "
                    "AND g.since <= ?3 AND g.person > ?4 AND g.person <> ?6 AND NOT EXISTS "
                    "(SELECT 1 FROM answer a WHERE a.org = ?1 AND a.conversation = ?2 "
                    "AND a.seq = ?3 AND a.person = g.person) ORDER BY g.person LIMIT ?5",
                    INT(r->org), INT(in->conversation), INT(in->seq), INT(after), INT(PAGE),
                    INT(author));
    return READ(r,
                "SELECT person, at FROM answer WHERE org = ?1 AND conversation = ?2 AND seq = ?3 "
                "AND choice = ?4 AND person > ?5 ORDER BY person LIMIT ?6",
                INT(r->org), INT(in->conversation), INT(in->seq), INT(in->option), INT(after),
                INT(PAGE));
}

static bool talk_answers(struct request *r, const struct talk_answers_in *in,
                         struct talk_answers_out *out)
{
    size_t count;
    if (!message_is_there(r, in->conversation, in->seq, "seq"))
        return false;
    struct talk_message *message =
        messages_read(r, in->conversation, in->seq, in->seq, 1, false, &count);
    if (!count || !message->extra || !message->extra->card)
        return fail(r, NOT_FOUND, "seq", "这条消息没有可回应的内容",
                    "this message asks for nothing of the kind");
    if (is_secret(r, in->conversation, in->seq))
        return fail(r, FORBIDDEN, "seq", "这是匿名投票", "this poll is secret");
    int64_t after = 0;
    str_to_int(in->after, &after);
    bool is_confirm = str_equal(message->extra->card->kind, S("confirm"));
    struct rows found = read_answers(r, in, after, is_confirm ? message->author : 0);
    int64_t *ids = ARENA_ARRAY(r->arena, found.count, int64_t);
    out->answers.at = ARENA_ARRAY(r->arena, found.count, struct talk_answer);
    out->answers.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        ids[i] = row_int(&found, i, 0);
        out->answers.at[i] = (struct talk_answer){.person = ids[i], .at = row_int(&found, i, 1)};
    }
    out->people.at = org_cards(r, ids, found.count, &out->people.count);
    if (found.count == PAGE)
        out->more = arena_printf(r->arena, "%lld", (long long)ids[found.count - 1]);
    return true;
}
