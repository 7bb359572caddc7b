/* talk: conversations of people: messages, and who has read them.
 *
 * A conversation is a topic of the same id. Its seq numbers messages, its version every change.
 * What a message says to all is one event; what only its author sees (counts of readers) goes to
 * the author's own topic. */
#ifndef TALK_TALK_H
#define TALK_TALK_H

#include "file/file.h"

extern const struct module talk_module, talk_message_module, talk_readers_module,
    talk_search_module;

/* The field is a conversation of which the caller is a member. */
extern const struct policy talk_member;

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
};

/* Posts it and returns its seq. */
int64_t talk_post(struct request *r, const struct talk_past *past);

/* Moves a person's read mark, without telling anybody; for demonstrations and imports. */
void talk_mark_read(struct request *r, int64_t conversation, int64_t person, int64_t upto);

#endif
