/* inner: what the files of push share among themselves. */
#ifndef PUSH_INNER_H
#define PUSH_INNER_H

#include "push/push.h"

/* ---- crypt.c -------------------------------------------------------------------------------- */

enum {
    CRYPT_POINT = 65, /* bytes of an uncompressed point of P-256 */
    CRYPT_SECRET = 32,
    CRYPT_AUTH = 16,
    CRYPT_SALT = 16,
    CRYPT_HEAD = CRYPT_SALT + 5 + CRYPT_POINT,
    CRYPT_LONGEST = 3993 /* so that all of it is at most 4096 bytes (RFC 8030, 7.2) */
};

struct crypt_pair {
    char secret[CRYPT_SECRET], point[CRYPT_POINT];
};

/* The key and the nonce of the one record. */
struct crypt_keys {
    char key[16], nonce[12];
};

struct crypt_pair crypt_new_pair(void);

/* Is it a point of the curve? */
bool crypt_is_point(struct str point);

/* `words`, at most CRYPT_LONGEST bytes, so that only the browser with that point and auth reads
 * them: the body of the request to its push service. False when they are no keys. */
bool crypt_seal(struct arena *arena, struct str point, struct str auth, struct str words,
                struct str *out);

/* The same with a pair and a salt of the caller's, for tests; and what both sides derive: each from
 * its own pair and the other's point. */
bool crypt_seal_with(struct arena *arena, const struct crypt_pair *own, struct str salt,
                     struct str point, struct str auth, struct str words, struct str *out);
bool crypt_agree(const struct crypt_pair *own, struct str other, struct str browser,
                 struct str server, struct str auth, struct str salt, struct crypt_keys *out);

/* The value of Authorization: the server names itself to the push service `audience`, says whom to
 * write to (`contact`), and signs that until `expires` (seconds). */
struct str crypt_name(struct arena *arena, const struct crypt_pair *own, struct str audience,
                      struct str contact, int64_t expires);

/* Did the owner of this point sign the text? (ES256) */
bool crypt_is_signed(struct str point, struct str text, struct str signature);

/* ---- push.c --------------------------------------------------------------------------------- */

/* A browser's keys as it hands them out, in base64url. */
struct push_keys {
    struct str point, auth;
};
bool push_keys_read(struct arena *arena, struct str p256dh, struct str auth, struct push_keys *out);

enum { PUSH_DEVICES = 20 }; /* browsers of one person */

/* The server's own pair; false while no browser has asked for it. */
bool push_pair_read(struct request *r, struct crypt_pair *out);

struct str push_contact(void);
struct str push_origin(struct str endpoint);

/* ---- week.c --------------------------------------------------------------------------------- */

enum { WEEK = 7 * 24 * 60 };

struct week {
    bool is_quiet[WEEK]; /* a minute each, Monday first */
};

/* Adds a period that begins at minute `low` of each of the days (bits, Monday first) and ends at
 * `high`, on the next day unless that is later. */
void week_add(struct week *week, int64_t days, int64_t low, int64_t high);
void week_join(struct week *week, const struct week *other);

/* Whether `at` lies in quiet hours, and since and until when that is so, in a place so many minutes
 * east of UTC; both times are 0 when it never changes. */
struct week_span {
    bool is_quiet;
    int64_t from, upto;
};
struct week_span week_look(const struct week *week, int64_t zone, int64_t at);

/* ---- quiet.c -------------------------------------------------------------------------------- */

/* The organisation's quiet hours, read once for many people. */
struct quiet {
    int64_t zone;
    struct week *week; /* NULL: none */
};
struct quiet quiet_read(struct request *r);

/* A person's: the organisation's with their own. */
struct week_span quiet_look(struct request *r, const struct quiet *quiet, int64_t person,
                            int64_t at);

/* Members of a conversation without the caller who are in quiet hours now, when the last of them is
 * back, and how many there are in all. */
struct ids quiet_members(struct request *r, int64_t conversation, int64_t *until, int64_t *of);

/* ---- disturb.c ------------------------------------------------------------------------------ */

/* Who may disturb: all, named or none; and may the caller? */
struct str disturb_rule(struct request *r);
bool disturb_is_allowed(struct request *r);

/* Is the person to be told of that message in spite of quiet hours? The reason, or empty. */
struct str disturb_reason(struct request *r, int64_t conversation, int64_t seq, int64_t person);

/* ---- send.c --------------------------------------------------------------------------------- */

/* A message was posted; a trial notice is asked for. Each adds one job. */
void send_posted(struct request *r, int64_t conversation, int64_t seq);
void send_test(struct request *r);

/* What was missed in the quiet hours that ended at `upto`, to whom they ended then: to one person,
 * or with 0 to all. And a message to those whom it disturbs. */
void send_digest(struct request *r, int64_t person, int64_t upto);
void send_disturbing(struct request *r, int64_t conversation, int64_t seq);

#endif
