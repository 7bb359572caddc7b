/* talk: conversations of people: messages, and who has read them.
 *
 * A conversation is a topic of the same id. Its seq numbers messages, its version every change.
 * What a message says to all is one event; what only its author sees (counts of readers) goes to
 * the author's own topic. */
#ifndef TALK_TALK_H
#define TALK_TALK_H

#include "file/file.h"

extern const struct module talk_check_module;
extern const struct module talk_module, talk_member_module, talk_group_module, talk_message_module,
    talk_post_module, talk_change_module, talk_own_module, talk_forward_module, talk_card_module,
    talk_readers_module, talk_remind_module, talk_follow_module, talk_keep_module,
    talk_export_module, talk_search_module, talk_preview_module;

/* The field is a conversation of which the caller is a member; a group whose owner or admin the
 * caller is. */
extern const struct policy talk_member, talk_manager;

/* ---- what goes with the words of a message ------------------------------------------------------
 */

#define TALK_VOICE(F, S)                                  \
    F(S, INT, length, NEEDED, 1, 3600000, "milliseconds") \
    F(S, TEXT, wave, OPTIONAL, 0, 100, "loudness along the way, a letter from a to z each")
SCHEMA(talk_voice, TALK_VOICE)

#define TALK_PLACE(F, S)                                                               \
    F(S, TEXT, name, NEEDED, 1, 80, "what it is called")                               \
    F(S, TEXT, address, OPTIONAL, 0, 200, "where it is")                               \
    F(S, INT, latitude, NEEDED, -90000000, 90000000, "millionths of a degree, WGS 84") \
    F(S, INT, longitude, NEEDED, -180000000, 180000000, "millionths of a degree, WGS 84")
SCHEMA(talk_place, TALK_PLACE)

#define TALK_LINK(F, S)                                              \
    F(S, TEXT, url, NEEDED, 1, 2000, "the address")                  \
    F(S, TEXT, title, OPTIONAL, 0, 200, "what it is called")         \
    F(S, TEXT, text, OPTIONAL, 0, 500, "what it says of itself")     \
    F(S, TEXT, picture, OPTIONAL, 0, 2000, "address of its picture") \
    F(S, ID, file, OPTIONAL, 0, 0, "the picture, kept here")
SCHEMA(talk_link, TALK_LINK)

/* One message of a merged forward, as it was then. */
#define TALK_LINE(F, S)                               \
    F(S, PERSON, author, NEEDED, 0, 0, "who said it") \
    F(S, TEXT, name, NEEDED, 0, 0, "their name")      \
    F(S, TIME, at, NEEDED, 0, 0, "when")              \
    F(S, TEXT, body, OPTIONAL, 0, 0, "what was said") \
    F(S, LIST(file_file), files, OPTIONAL, 0, 0, "its files")
SCHEMA(talk_line, TALK_LINE)
#define TALK_MERGED(F, S)                                                        \
    F(S, TEXT, title, NEEDED, 0, 0, "the group's title, or both people's names") \
    F(S, LIST(talk_line), lines, NEEDED, 0, 0, "the messages, in order")
SCHEMA(talk_merged, TALK_MERGED)

/* A card: facts and buttons under a message, put there by a module above or by a robot, and changed
 * in place for everybody. A button runs an op with the reader's own rights, or opens an address.
 * Words that begin with "$" are the client's own, in the reader's language. */
#define TALK_FACT(F, S)                                                \
    F(S, TEXT, name, NEEDED, 0, 200, "what it is")                     \
    F(S, TEXT, value, OPTIONAL, 0, 1000, "what it says")               \
    F(S, INT, share, OPTIONAL, 0, 1000, "thousandths, drawn as a bar") \
    F(S, INT, count, OPTIONAL, 0, 0, "how many people")
SCHEMA(talk_fact, TALK_FACT)
#define TALK_BUTTON(F, S)                                                        \
    F(S, TEXT, label, NEEDED, 1, 80, "what it says")                             \
    F(S, TEXT, op, OPTIONAL, 0, 60, "the op it runs")                            \
    F(S, TEXT, input, OPTIONAL, 0, 2000, "the op's input, as JSON")              \
    F(S, TEXT, url, OPTIONAL, 0, 2000, "the address it opens")                   \
    F(S, TEXT, choice, OPTIONAL, 0, 20, "what `mine` names when it was pressed") \
    F(S, TEXT, look, OPTIONAL, 0, 20, "main or danger")
SCHEMA(talk_button, TALK_BUTTON)
#define TALK_CARD(F, S)                                                                \
    F(S, TEXT, kind, NEEDED, 1, 40, "who keeps it: confirm, poll, robot, or a module") \
    F(S, TEXT, title, OPTIONAL, 0, 200, "its heading")                                 \
    F(S, TEXT, picture, OPTIONAL, 0, 2000, "address of a picture above")               \
    F(S, LIST(talk_fact), facts, OPTIONAL, 0, 50, "what it tells")                     \
    F(S, LIST(talk_button), buttons, OPTIONAL, 0, 30, "what can be done")              \
    F(S, LIST(talk_link), links, OPTIONAL, 0, 20, "a list of things to read")          \
    F(S, BOOL, is_across, OPTIONAL, 0, 0, "buttons stand side by side")                \
    F(S, BOOL, is_over, OPTIONAL, 0, 0, "nothing can be done any more")                \
    F(S, INT, done, OPTIONAL, 0, 0, "people who have answered")                        \
    F(S, INT, of, OPTIONAL, 0, 0, "people who are asked")                              \
    F(S, INT, most, OPTIONAL, 0, 0, "choices that one person has")                     \
    F(S, BOOL, is_secret, OPTIONAL, 0, 0, "nobody sees who chose what")                \
    F(S, TIME, closes, OPTIONAL, 0, 0, "until when")                                   \
    F(S, TEXT, mine, OPTIONAL, 0, 0, "the reader's own choices, with spaces between; not in events")
SCHEMA(talk_card, TALK_CARD)

#define TALK_EXTRA(F, S)                                                               \
    F(S, OBJECT(talk_voice), voice, OPTIONAL, 0, 0, "it is spoken: the file is sound") \
    F(S, OBJECT(talk_place), place, OPTIONAL, 0, 0, "a place")                         \
    F(S, PERSON, contact, OPTIONAL, 0, 0, "a person's card")                           \
    F(S, OBJECT(talk_link), link, OPTIONAL, 0, 0, "what stands behind a link")         \
    F(S, OBJECT(talk_merged), merged, OPTIONAL, 0, 0, "messages of elsewhere")         \
    F(S, PERSON, source, OPTIONAL, 0, 0, "forwarded: who said it first")               \
    F(S, BOOL, is_markdown, OPTIONAL, 0, 0, "the words are markdown with headings")    \
    F(S, BOOL, is_plain, OPTIONAL, 0, 0, "the words are no markup: shown as they are") \
    F(S, OBJECT(talk_card), card, OPTIONAL, 0, 0, "facts and buttons")
SCHEMA(talk_extra, TALK_EXTRA)

/* Changes the card of a message in place, for everybody. */
void talk_card_set(struct request *r, int64_t conversation, int64_t seq,
                   const struct talk_card *card);

/* ---- what modules above learn -------------------------------------------------------------------
 */

/* Called in the transaction in which somebody's message (no notice of the system, nothing of the
 * past) was posted, before the sender has an answer: so it costs next to nothing. Registered by a
 * module's start; again does nothing. */
typedef void talk_posted(struct request *r, int64_t conversation, int64_t seq);
void talk_register_posted(talk_posted *posted);

/* A message in a line, for where only a line is shown. */
struct talk_brief {
    int64_t author, at;
    bool is_direct;
    struct str name;  /* of the author */
    struct str title; /* of the group */
    struct str words; /* its beginning, or in `language` what kind it is */
};

/* False when there is nothing to show: it is not there, was taken back, or is a notice. */
bool talk_brief(struct request *r, int64_t conversation, int64_t seq, enum language language,
                struct talk_brief *out);

/* A member to whom a message of somebody else's is news: may see it and has not read it. */
struct talk_listener {
    int64_t person;
    bool is_muted;  /* wants no sound of the conversation */
    bool is_called; /* but this message calls them */
    bool is_out;    /* has left the department whose members are the group's */
};

/* Those behind the person `after`, rising, at most `limit`. */
struct talk_listener *talk_listeners(struct request *r, int64_t conversation, int64_t seq,
                                     int64_t after, size_t limit, size_t *count);

/* Members of a conversation, rising. */
struct ids talk_members_of(struct request *r, int64_t conversation);

/* What came for the person from `from` on and before `upto`, is not read, and stands in no
 * conversation that is muted. Only the last thousand of each are counted. */
struct talk_missed {
    int64_t messages, conversations;
};
struct talk_missed talk_missed(struct request *r, int64_t person, int64_t from, int64_t upto);

/* Makes a group of these people (the caller is its owner) and returns its id, or 0 after fail(). */
int64_t talk_make_group(struct request *r, struct str title, const struct ids *people);

/* The conversation of the caller and another person, made when there is none. */
int64_t talk_make_direct(struct request *r, int64_t person);

/* Something said before; for demonstrations and imports. The mentioned are members, and reply_to
 * (0: none) is a message there. */
struct talk_past {
    int64_t conversation, author;
    int64_t at; /* 0: now */
    int64_t reply_to;
    struct str body;
    struct ids files, mentions;
    bool mentions_all;
    struct talk_extra *extra; /* NULL: none */
};

/* Posts it and returns its seq. */
int64_t talk_post(struct request *r, const struct talk_past *past);

/* A group that was not dissolved, and its title. */
bool talk_group_is_open(struct request *r, int64_t conversation, struct str *title);

/* Is the caller its owner or an admin? */
bool talk_manages(struct request *r, int64_t conversation);

/* Is the person a member there? */
bool talk_has_member(struct request *r, int64_t conversation, int64_t person);

/* Who can be called in a conversation without being in it: robots. The module that keeps them
 * registers this at its start; again does nothing. */
struct talk_guests {
    bool (*is_guest)(struct request *r, int64_t conversation, int64_t person);
    /* Something was said, as `seq`, that calls others, guests perhaps among them. */
    void (*called)(struct request *r, int64_t seq, const struct talk_past *said);
};
void talk_register_guests(const struct talk_guests *guests);

/* Moves a person's read mark, without telling anybody; for demonstrations and imports. */
void talk_mark_read(struct request *r, int64_t conversation, int64_t person, int64_t upto);

#endif
