/* fetch: requests to other servers, for jobs and slow parts: it blocks until the answer is there.
 *
 * Whoever names an address may want to reach what only this machine can reach. So private, local
 * and reserved addresses are refused, unless the keeper allows them; the check is made on the
 * address that is connected to, after every redirect, so that a name cannot point elsewhere
 * meanwhile. Proxies of the environment are not used. */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include "base/arena.h"

struct fetch_header {
    struct str name, value;
};

struct fetch {
    struct str url;  /* http or https */
    struct str type; /* of the body, when there is one: then it is a POST */
    struct str body;
    const struct fetch_header *headers; /* names and values without line ends */
    size_t header_count;
    size_t most;        /* bytes of the answer's body; what is longer is refused, see `cuts` */
    bool cuts;          /* the answer is taken up to `most` bytes instead */
    int64_t timeout_ms; /* for everything */
    int redirects;      /* followed at most */
};

struct fetch_answer {
    int status;
    struct str type, url, body; /* content type; where the last redirect led */
    int64_t retry_after;        /* seconds; 0: it named none */
};

/* True when an answer of any status came; its texts are the arena's. Otherwise *why is a word for
 * the log: "address", "refused-address", "too-large", "timeout", "unreachable". From any thread. */
bool fetch_run(struct arena *arena, const struct fetch *fetch, struct fetch_answer *out,
               struct str *why);

/* Many at once, over few connections: a server that is asked much answers over one. Each item gets
 * what fetch_run would have given. */
struct fetch_item {
    struct fetch fetch;
    struct fetch_answer answer;
    bool has_come;
    struct str why;
};
void fetch_run_all(struct arena *arena, struct fetch_item *items, size_t count);

/* Once at the start, before any thread: may private addresses be reached? */
void fetch_open(bool allows_private);
void fetch_close(void);
bool fetch_reaches_private(void);

/* Is it an address that every machine of the internet could reach? For sockaddr_in and _in6. */
struct sockaddr;
bool fetch_is_public(const struct sockaddr *address);

/* The address that `reference` means on the page at `base`; empty when it is none of ours. */
struct str fetch_resolve(struct arena *arena, struct str base, struct str reference);

/* Is it an absolute http or https address without a name and password in it? */
bool fetch_is_address(struct str url);

#endif
