/* head: the head of an HTTP/1.x request (RFC 9112), read strictly.
 *
 * What other servers forgive is refused here: bare CR or LF, folded lines, space before a colon,
 * two lengths, a length beside chunked, two hosts, a target that does not begin with '/'.
 * Forgiveness is what request smuggling is made of. Percent-encoding is left to the caller. Pure
 * functions. */
#ifndef NET_HEAD_H
#define NET_HEAD_H

#include "net/net.h"

enum {
    HEAD_MORE = 0,    /* the head is not whole yet */
    HEAD_WHOLE = 200, /* it is; every other result is the status of a refusal */

    HEAD_FIELDS = 64,
    HEAD_NAME_BYTES = 128,
    HEAD_VALUE_BYTES = 8192,
    HEAD_TARGET_BYTES = 8192,
};

struct head {
    enum net_verb verb;
    struct str path, query;
    struct net_header fields[HEAD_FIELDS];
    size_t field_count;
    uint64_t length; /* Content-Length; 0 without one */
    bool has_length, has_host;
    bool is_chunked;
    bool is_old; /* HTTP/1.0 */
    bool keeps_alive;
    bool wants_continue;
    bool names_upgrade;  /* Connection: upgrade */
    bool wants_socket;   /* Upgrade: websocket */
    bool offers_deflate; /* permessage-deflate that we can speak */
    struct str socket_key, socket_version;
};

/* Looks for the end of the head. *at is where the last call stopped, 0 at first; at HEAD_WHOLE it
 * is the length of the head with its empty line. Each byte is looked at once. 400, 414 and 431 come
 * as early as they are certain. */
int head_scan(struct str in, size_t ceiling, size_t *at);

/* Reads a whole head; the result's views point into `text`. HEAD_WHOLE, or 400, 413, 414, 431, 501
 * or 505. */
int head_parse(struct str text, struct head *out);

/* Whether a comma-separated list holds the word, without case. */
bool head_list_has(struct str list, struct str word);

/* One `bytes=` range. */
struct head_range {
    enum { RANGE_NONE, RANGE_FROM, RANGE_SPAN, RANGE_LAST } kind;
    uint64_t first, last; /* LAST: `last` is a count from the end */
};

/* Reads a Range header; several ranges, other units and nonsense are RANGE_NONE. */
struct head_range head_range(struct str value);

#endif
