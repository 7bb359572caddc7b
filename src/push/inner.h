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

/* ---- send.c --------------------------------------------------------------------------------- */

/* A message was posted; a trial notice is asked for. Each adds one job. */
void send_posted(struct request *r, int64_t conversation, int64_t seq);
void send_test(struct request *r);

#endif
