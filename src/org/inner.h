/* inner: what the files of org share among themselves. */
#ifndef ORG_INNER_H
#define ORG_INNER_H

#include "org/org.h"

/* pinyin.c: the reading of a name, syllables joined, "ouyangxiaoming", and its initials "oyxm". */
void pinyin_write(struct str name, struct buf *full, struct buf *initials);

/* names.c: what a name can be found by. kind: "p" a person, "d" a department. */
void names_put(struct request *r, const char *kind, int64_t id, struct str name);
void names_drop(struct request *r, const char *kind, int64_t id);

/* Ids whose name, pinyin or initials contain the query at a word's or syllable's start; at most
 * `limit`, beginning behind `after` in the order of the keys ("" at first). *more gets the key to
 * go on behind, or "". */
struct ids names_find(struct request *r, const char *kind, struct str query, struct str after,
                      size_t limit, struct str *more);

/* join.c */
#define ORG_ORGANISATION(F, S)                                    \
    F(S, ID, id, NEEDED, 0, 0, "the organisation")                \
    F(S, TEXT, name, NEEDED, 0, 0, "its name")                    \
    F(S, PERSON, person, NEEDED, 0, 0, "who the caller is there") \
    F(S, TEXT, role, NEEDED, 0, 0, "owner, admin or member")
SCHEMA(org_organisation, ORG_ORGANISATION)

#define ORG_SESSION(F, S)                                                   \
    F(S, ID, id, NEEDED, 0, 0, "the session")                               \
    F(S, TEXT, agent, NEEDED, 0, 0, "the browser, as it calls itself")      \
    F(S, TEXT, address, NEEDED, 0, 0, "where it signed in from")            \
    F(S, TIME, created, NEEDED, 0, 0, "when it signed in")                  \
    F(S, TIME, seen, NEEDED, 0, 0, "when it was last used, to ten minutes") \
    F(S, BOOL, is_current, NEEDED, 0, 0, "it is the caller's own")          \
    F(S, BOOL, is_new, NEEDED, 0, 0, "a device not seen before, and not yet confirmed")
SCHEMA(org_session, ORG_SESSION)

/* A valid login name, phone number or e-mail address, in its stored form; false after fail(). */
bool account_clean_login(struct request *r, struct str login, struct str *out);
bool account_clean_phone(struct request *r, struct str phone, struct str *out);
bool account_clean_email(struct request *r, struct str email, struct str *out);
bool account_check_password(struct request *r, struct str password);

/* faces.c: the ids, each once and none of them zero, in their order. */
struct ids people_once(struct request *r, const int64_t *ids, size_t count);

/* The whole card, with posts, and with the login for oneself and admins; NULL after fail(). */
struct org_person *people_card(struct request *r, int64_t person);

/* Tells everybody who has the person on screen, and the person's own devices. */
void people_changed(struct request *r, int64_t person);

bool org_has_role(struct request *r, const char *role, const char *or_role);

/* tree.c */
struct str department_name(struct request *r, int64_t department);
void org_drop_post(struct request *r, int64_t person, int64_t department);
bool department_exists(struct request *r, const char *field, int64_t department);

#endif
