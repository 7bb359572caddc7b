/* inner: what the files of talk share among themselves. */
#ifndef TALK_INNER_H
#define TALK_INNER_H

#include "talk/talk.h"

#define TALK_QUOTE(F, S)                                 \
    F(S, INT, seq, NEEDED, 0, 0, "the message answered") \
    F(S, PERSON, author, NEEDED, 0, 0, "who said it")    \
    F(S, TEXT, body, NEEDED, 0, 0, "its beginning")      \
    F(S, BOOL, is_recalled, OPTIONAL, 0, 0, "it was taken back")
SCHEMA(talk_quote, TALK_QUOTE)

#define TALK_REACTION(F, S)                           \
    F(S, TEXT, emoji, NEEDED, 0, 0, "the sign")       \
    F(S, INT, count, NEEDED, 0, 0, "how many put it") \
    F(S, IDS, people, NEEDED, 0, 0, "the first hundred of them")
SCHEMA(talk_reaction, TALK_REACTION)

#define TALK_MESSAGE(F, S)                                                                  \
    F(S, INT, seq, NEEDED, 0, 0, "number in the conversation, dense from 1")                \
    F(S, INT, version, NEEDED, 0, 0, "the conversation's version when it last changed")     \
    F(S, PERSON, author, NEEDED, 0, 0, "who sent it, or did what a notice tells")           \
    F(S, TIME, at, NEEDED, 0, 0, "when the server took it")                                 \
    F(S, TEXT, kind, NEEDED, 0, 0, "text, files or notice")                                 \
    F(S, TEXT, body, OPTIONAL, 0, 0, "what is said, in light markup; a notice's new title") \
    F(S, LIST(file_file), files, OPTIONAL, 0, 0, "its files")                               \
    F(S, IDS, mentions, OPTIONAL, 0, 0, "people it calls")                                  \
    F(S, BOOL, mentions_all, OPTIONAL, 0, 0, "it calls everybody")                          \
    F(S, OBJECT(talk_quote), quote, OPTIONAL, 0, 0, "the message it answers")               \
    F(S, BOOL, is_recalled, OPTIONAL, 0, 0, "it was taken back; nothing of it is left")     \
    F(S, BOOL, is_expired, OPTIONAL, 0, 0, "not by its author: it was kept long enough")    \
    F(S, TIME, edited, OPTIONAL, 0, 0, "when its words were last changed")                  \
    F(S, OBJECT(talk_extra), extra, OPTIONAL, 0, 0, "what goes with the words")             \
    F(S, LIST(talk_reaction), reactions, OPTIONAL, 0, 0, "signs that people put to it")     \
    F(S, BOOL, is_pinned, OPTIONAL, 0, 0, "it stands at the top of the conversation")       \
    F(S, INT, replies, OPTIONAL, 0, 0, "messages that answer it")                           \
    F(S, TEXT, notice, OPTIONAL, 0, 0, "created, added, removed, left or renamed")          \
    F(S, IDS, people, OPTIONAL, 0, 0, "whom the notice names, 1,000 at most")               \
    F(S, INT, read, OPTIONAL, 0, 0, "members who have read it; to its author only")         \
    F(S, INT, unread, OPTIONAL, 0, 0, "members who have not; to its author only")
SCHEMA(talk_message, TALK_MESSAGE)

/* What a group's managers keep to themselves or allow. All off: everybody may do everything. */
#define TALK_SWITCHES(F, S)                                                                      \
    F(S, BOOL, all_by_managers, OPTIONAL, 0, 0, "only managers call everybody")                  \
    F(S, BOOL, add_by_managers, OPTIONAL, 0, 0, "only managers bring people in")                 \
    F(S, BOOL, pin_by_managers, OPTIONAL, 0, 0, "only managers pin")                             \
    F(S, BOOL, asks_managers, OPTIONAL, 0, 0, "who comes by link or number waits for a manager") \
    F(S, BOOL, shows_history, OPTIONAL, 0, 0, "newcomers see what was said before")              \
    F(S, BOOL, is_muted, OPTIONAL, 0, 0, "only managers speak")                                  \
    F(S, BOOL, is_unlisted, OPTIONAL, 0, 0, "it cannot be found by its number")                  \
    F(S, BOOL, counts_only, OPTIONAL, 0, 0, "who has read shows as a number, not as names")      \
    F(S, BOOL, no_private, OPTIONAL, 0, 0, "members start no private talks from here")           \
    F(S, BOOL, stays, OPTIONAL, 0, 0, "members do not leave by themselves")
SCHEMA(talk_switches, TALK_SWITCHES)

#define TALK_CONVERSATION(F, S)                                                              \
    F(S, ID, id, NEEDED, 0, 0, "the conversation, and its topic")                            \
    F(S, TEXT, kind, NEEDED, 0, 0, "direct or group")                                        \
    F(S, TEXT, title, NEEDED, 0, 0, "of a group")                                            \
    F(S, PERSON, peer, OPTIONAL, 0, 0, "the other one of a direct conversation")             \
    F(S, TEXT, role, OPTIONAL, 0, 0, "the caller's: owner, admin or member")                 \
    F(S, INT, members, NEEDED, 0, 0, "how many people")                                      \
    F(S, INT, version, NEEDED, 0, 0, "number of its last event")                             \
    F(S, INT, last_seq, NEEDED, 0, 0, "number of its last message")                          \
    F(S, INT, since, NEEDED, 0, 0, "first message that the caller may see")                  \
    F(S, INT, upto, NEEDED, 0, 0, "how far the caller has read")                             \
    F(S, INT, unread, NEEDED, 0, 0, "messages of others behind that; 100 means 100 or more") \
    F(S, BOOL, is_mentioned, OPTIONAL, 0, 0, "one of those calls the caller")                \
    F(S, OBJECT(talk_message), last, OPTIONAL, 0, 0, "the last message")                     \
    F(S, TIME, changed, NEEDED, 0, 0, "when it last changed")                                \
    F(S, ID, avatar, OPTIONAL, 0, 0, "file of the group's picture")                          \
    F(S, ID, department, OPTIONAL, 0, 0, "the group's members are this department's")        \
    F(S, INT, number, OPTIONAL, 0, 0, "by which the group is found")                         \
    F(S, OBJECT(talk_switches), switches, OPTIONAL, 0, 0, "of the group; absent: all off")   \
    F(S, BOOL, is_closed, OPTIONAL, 0, 0, "it was dissolved: to be read only")               \
    F(S, TEXT, nickname, OPTIONAL, 0, 0, "what the caller is called here")                   \
    F(S, TIME, muted, OPTIONAL, 0, 0, "until when the caller may not speak")                 \
    F(S, BOOL, is_muted, OPTIONAL, 0, 0, "the caller wants no sound of it")                  \
    F(S, BOOL, is_folded, OPTIONAL, 0, 0, "the caller folded it away")                       \
    F(S, BOOL, is_top, OPTIONAL, 0, 0, "the caller keeps it above the others")               \
    F(S, BOOL, is_marked, OPTIONAL, 0, 0, "the caller marked it as unread")
SCHEMA(talk_conversation, TALK_CONVERSATION)

/* A conversation's own event, to all: what is the same for everybody. */
#define TALK_TITLE(F, S)                                                  \
    F(S, ID, id, NEEDED, 0, 0, "the conversation")                        \
    F(S, TEXT, title, NEEDED, 0, 0, "its title")                          \
    F(S, INT, members, NEEDED, 0, 0, "how many people")                   \
    F(S, ID, avatar, OPTIONAL, 0, 0, "file of its picture")               \
    F(S, INT, number, OPTIONAL, 0, 0, "by which it is found")             \
    F(S, OBJECT(talk_switches), switches, OPTIONAL, 0, 0, "its switches") \
    F(S, BOOL, is_closed, OPTIONAL, 0, 0, "it was dissolved")
SCHEMA(talk_title, TALK_TITLE)

/* A member's new nickname, to all. */
#define TALK_NAMED(F, S)                             \
    F(S, PERSON, person, NEEDED, 0, 0, "the member") \
    F(S, TEXT, nickname, OPTIONAL, 0, 0, "empty: none")
SCHEMA(talk_named, TALK_NAMED)

#define TALK_DRAFT(F, S)                                                     \
    F(S, ID, conversation, NEEDED, 0, 0, "the conversation")                 \
    F(S, TEXT, body, NEEDED, 0, 0, "what is written so far; empty: nothing") \
    F(S, INT, reply_to, OPTIONAL, 0, 0, "the message it is to answer")       \
    F(S, TIME, at, NEEDED, 0, 0, "when it was kept")
SCHEMA(talk_draft_row, TALK_DRAFT)

/* Of a group: its owner; members who may bring others in, pin, speak. */
extern const struct policy talk_owner, talk_adder, talk_pinner, talk_speaker;

/* What holds files: a message, a message to be sent, a group with its picture. */
extern const struct file_gate talk_gate, scheduled_gate, group_gate;

/* ---- talk.c --------------------------------------------------------------------------------- */

/* Bits of member.attention. */
enum attention {
    ATTENTION_MUTED = 1,
    ATTENTION_FOLDED = 2,
    ATTENTION_TOP = 4,
    ATTENTION_MARKED = 8
};

/* As the caller sees it; false when the caller is no member. */
bool conversation_read(struct request *r, int64_t conversation, struct talk_conversation *out);

/* The whole conversation, as this person sees it, to this person's devices; and what is the same
 * for all, to all. */
void conversation_tell(struct request *r, int64_t conversation, int64_t person);
void conversation_tell_all(struct request *r, int64_t conversation);

/* ---- member.c ------------------------------------------------------------------------------- */

/* A group that was not dissolved; false after fail(). */
bool conversation_is_group(struct request *r, int64_t conversation);

/* Those of the list who are not in yet, each once. */
struct ids member_newcomers(struct request *r, int64_t conversation, const struct ids *people);

void member_insert(struct request *r, int64_t conversation, int64_t person, const char *role,
                   int64_t since);

/* Brings newcomers in. Then they learn of the conversation first, and after that, with everybody,
 * by this notice, that they came. */
void members_insert(struct request *r, int64_t conversation, const struct ids *people);
void members_welcome(struct request *r, int64_t conversation, const struct ids *people,
                     const char *notice);

/* Takes somebody out; everybody reads `notice`. An owner who goes hands the group over. */
void member_leave(struct request *r, int64_t conversation, int64_t person, const char *notice);

/* Takes who leaves the organisation out of its groups. */
void member_leave_all(struct request *r, int64_t person);

/* ---- follow.c ------------------------------------------------------------------------------- */

/* Is the caller, a member by this department (0: not by one), still in it? */
bool member_is_current(struct request *r, int64_t department);

/* A person got or lost a post there; departments came below or left these. */
void follow_person(struct request *r, int64_t person, int64_t department);
void follow_tree(struct request *r, const struct ids *departments);

/* ---- group.c -------------------------------------------------------------------------------- */

/* Bits of conversation.switches. */
enum group_switch {
    GROUP_ALL_BY_MANAGERS = 1,
    GROUP_ADD_BY_MANAGERS = 2,
    GROUP_PIN_BY_MANAGERS = 4,
    GROUP_ASKS_MANAGERS = 8,
    GROUP_SHOWS_HISTORY = 16,
    GROUP_MUTED = 32,
    GROUP_UNLISTED = 64,
    GROUP_COUNTS_ONLY = 128,
    GROUP_NO_PRIVATE = 256,
    GROUP_STAYS = 512
};
int64_t group_switches(struct request *r, int64_t conversation);
struct talk_switches *group_show_switches(int64_t bits, struct talk_switches *out);

/* A number that no group of the organisation has; 0 when chance found none. */
int64_t group_number_new(struct request *r);

/* Do both belong to a group whose members start no private talks, as plain members? */
bool group_forbids_private(struct request *r, int64_t one, int64_t other);

/* ---- message.c: from rows to messages ------------------------------------------------------ */

enum { UNREAD_SHOWN = 100 };

/* Bits of a message's row: where else something of it stands. */
enum trait { TRAIT_REACTIONS = 1, TRAIT_PINNED = 2, TRAIT_REPLIES = 4, TRAIT_EXPIRED = 8 };

/* The caller's first visible and last read message there; false when no member. */
bool reading_of(struct request *r, int64_t conversation, int64_t *since, int64_t *upto);

/* Messages with seq in [low, high], rising, at most `limit` from the low end (or from the high end
 * with is_from_end), as everybody sees them. */
struct talk_message *messages_read(struct request *r, int64_t conversation, int64_t low,
                                   int64_t high, size_t limit, bool is_from_end, size_t *count);

/* One message from a row of the columns that messages_read asks for. */
void message_fill(struct request *r, int64_t conversation, const struct rows *rows, size_t row,
                  struct talk_message *out);

/* Adds what the caller alone sees: readers of own messages, own choices on cards. */
void messages_for_caller(struct request *r, int64_t conversation, struct talk_message *list,
                         size_t count);

/* Ids of the people whom these messages show: appended to `ids`, which has room. */
void messages_people(const struct talk_message *list, size_t count, struct ids *ids);
size_t messages_people_most(const struct talk_message *list, size_t count);
struct org_person *messages_faces(struct request *r, const struct talk_message *list, size_t count,
                                  size_t *found);

/* Messages of others behind `upto`, not recalled, counted up to UNREAD_SHOWN. */
int64_t unread_count(struct request *r, int64_t conversation, int64_t upto, int64_t last_seq);

/* ids with spaces between, and back. */
struct str ids_write(struct request *r, const struct ids *ids);
struct ids ids_parse(struct request *r, struct str text);

/* ---- post.c: sending ------------------------------------------------------------------------ */

struct draft {
    int64_t conversation, author, at, reply_to;
    const char *kind;
    struct str body, people; /* people: see mentions_write */
    struct ids files;
    struct str file_text; /* message_post sets it */
    struct talk_extra *extra;
};

/* Posts it, tells everybody, and returns its seq. */
int64_t message_post(struct request *r, struct draft *draft, int64_t *version);

/* From now on the message holds these files too. */
void message_hold(struct request *r, int64_t conversation, int64_t seq, const struct ids *files);

/* A line by the system: `author` did `notice` to `people`. */
void post_notice(struct request *r, int64_t conversation, const char *notice, struct str body,
                 const struct ids *people);

/* Each false after fail(). */
bool message_is_there(struct request *r, int64_t conversation, int64_t seq, const char *field);
bool files_are_readable(struct request *r, const struct ids *files);
bool mentions_are_members(struct request *r, int64_t conversation, const struct ids *people);

/* Tells whoever keeps guests, when it calls somebody. */
void guests_called(struct request *r, int64_t seq, const struct talk_past *said);

/* The column of a message that calls these people, and perhaps everybody; and their rows. */
struct str mentions_write(struct request *r, const struct ids *people, bool calls_all);
void mentions_note(struct request *r, int64_t conversation, int64_t seq, const struct ids *people,
                   bool calls_all);

/* ---- change.c: what becomes of a message ---------------------------------------------------- */

/* Sets or takes away traits, and shows the message to everybody as it is now. */
void message_mark(struct request *r, int64_t conversation, int64_t seq, int64_t traits);
void message_unmark(struct request *r, int64_t conversation, int64_t seq, int64_t traits);

/* Wipes a message that was kept long enough. */
void message_expire(struct request *r, int64_t conversation, int64_t seq);

/* Puts what stands behind a link onto a message, unless it has that already, and shows it anew. */
void message_link_set(struct request *r, int64_t conversation, int64_t seq,
                      const struct talk_link *link);

/* ---- card.c --------------------------------------------------------------------------------- */

/* A new card that asks the members of the conversation to confirm. */
struct talk_card *card_confirm(struct request *r, int64_t conversation);

/* Adds the caller's own choices. */
void card_for_caller(struct request *r, int64_t conversation, int64_t seq, struct talk_card *card);

/* ---- outside.c ------------------------------------------------------------------------------ */

/* Tells the modules above that a message was posted. */
void outside_posted(struct request *r, int64_t conversation, int64_t seq);

/* ---- page.c --------------------------------------------------------------------------------- */

/* The first http or https address in a text, or empty. */
struct str page_find_address(struct str text);

/* What a page says of itself: clean text in UTF-8, each perhaps empty. */
struct page {
    struct str title, text, picture; /* picture: an address, perhaps relative to the page's */
};

/* Reads HTML whose content type was `type`; any bytes will do. */
void page_read(struct arena *arena, struct str type, struct str bytes, struct page *out);

/* ---- preview.c ------------------------------------------------------------------------------ */

/* Somebody's message was posted: if it holds an address, a job looks what is there. */
void preview_posted(struct request *r, const struct draft *draft, int64_t seq);

/* ---- readers.c ------------------------------------------------------------------------------ */

/* Adds the readers' counts to the caller's own messages. */
void messages_count_readers(struct request *r, int64_t conversation, struct talk_message *list,
                            size_t count);

/* search.c: the index follows behind the write. */
void search_follow(struct request *r);
/* Before and after the words of a message change or are wiped: it is taken out, and put again. */
void search_change(struct request *r, int64_t conversation, int64_t seq, bool is_before);

#endif
