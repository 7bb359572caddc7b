/* inner: what the files of robot share among themselves. */
#ifndef ROBOT_INNER_H
#define ROBOT_INNER_H

#include "robot/robot.h"

enum {
    MOST_ROBOTS = 50, /* of a group */
    MOST_KEYWORDS = 10,
    MOST_ADDRESSES = 50,
    MOST_CALLED = 50,
    MOST_PER_MINUTE = 6000,
    USUAL_PER_MINUTE = 20,
    LARGEST_MESSAGE = 32 << 10,
    SESSION_MINUTES = 90,
};

/* ---- robot.c -------------------------------------------------------------------------------- */

/* Bits of robot.checks. */
enum robot_check { CHECK_KEYWORDS = 1, CHECK_SIGNATURE = 2, CHECK_ADDRESSES = 4 };

struct robot {
    int64_t org, id, conversation, checks, per_minute;
    struct str secret, reply_key, keywords, addresses, url;
    bool is_off;
};

/* By the access token, in any organisation; by id, in the request's. False: there is none. */
bool robot_by_token(struct request *r, struct str token, struct robot *out);
bool robot_by_id(struct request *r, int64_t id, struct robot *out);

/* ---- secure.c: pure ------------------------------------------------------------------------- */

/* base64(HMAC-SHA256(key: secret, timestamp LF secret)). */
struct str robot_sign(struct arena *arena, struct str secret, struct str timestamp);

/* Is this the signature, made within an hour of `now` (ms)? Otherwise *why is what the protocol
 * says. A '+' that came as a space is taken as meant. */
bool robot_is_signed(struct arena *arena, struct str secret, struct str timestamp, struct str sign,
                     int64_t now, const char **why);

/* Is it an IPv4 or IPv6 address, or a range "10.0.0.0/8"? */
bool robot_is_range(struct str range);

/* Does the address lie in one of the ranges, one a line? IPv4 within IPv6 is IPv4. */
bool robot_is_allowed(struct str ranges, struct str address);

/* Does one of the keywords, one a line, occur in the text? */
bool robot_has_keyword(struct str keywords, struct str text);

/* Where a robot's replies go for a while: a name for the session that only this server can make,
 * and what it says, once it is known to be true. */
struct robot_session {
    int64_t org, robot, expires;
};
struct str robot_session_write(struct arena *arena, const struct robot_session *session,
                               struct str key);
bool robot_session_read(struct str text, struct robot_session *out);
bool robot_session_is_true(struct arena *arena, const struct robot_session *session, struct str key,
                           struct str text);

/* ---- content.c: pure ------------------------------------------------------------------------ */

/* The protocol's numbers. */
enum robot_code {
    ROBOT_OK = 0,
    ROBOT_NO_JSON = 40035,
    ROBOT_WRONG_TYPE = 43004,
    ROBOT_NOT_ALLOWED = 310000,
    ROBOT_GROUP_GONE = 400013,
    ROBOT_NO_TOKEN = 400101,
    ROBOT_STOPPED = 400102,
    ROBOT_UNKNOWN_KIND = 400105,
    ROBOT_TOO_FAST = 410100
};

/* What a tool wants to be posted. */
struct robot_said {
    struct str body;
    struct talk_extra *extra;
    bool is_text;     /* the body is words of the tool's own, in which people are named by "@" */
    struct str words; /* all of it in which a keyword may stand */
    struct str called[MOST_CALLED]; /* phone numbers, ids or logins */
    size_t called_count;
    bool calls_all;
    struct str key; /* of the tool's own: not to be posted twice */
};

/* Reads a message of the protocol, in whatever content type it came: ROBOT_OK with what it says, or
 * what is wrong with it. The texts are the arena's. */
enum robot_code robot_read(struct arena *arena, struct str type, struct str body,
                           struct robot_said *out, struct str *why);

/* An address that can be opened, http or https; one that opens a page in DingTalk is unwrapped.
 * False: it is none. */
bool robot_clean_url(struct arena *arena, struct str url, struct str *out);

/* ---- webhook.c ------------------------------------------------------------------------------ */

/* Posts what was said under the robot's name, unless its key is known. */
void robot_post(struct request *r, const struct robot *robot, const struct robot_said *said);

/* ---- reply.c -------------------------------------------------------------------------------- */

void robot_reply_start(void);

#endif
