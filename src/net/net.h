/* net: the gateway. Threads, connections, HTTP/1.1, WebSocket, TLS and fan-out.
 *
 * It knows bytes, not people. Each of N threads runs one libuv loop with its own SO_REUSEPORT
 * listener; a connection stays on the thread that accepted it. Callbacks of `net_handler` run on
 * those threads and must not block. Every function below that takes `struct net *` may be called
 * from any thread: it puts a message into the mailbox of the thread concerned, and messages put by
 * one thread are carried out in the order in which they were put.
 *
 * Formats: HTTP/1.1 (RFC 9110, 9112), WebSocket (RFC 6455), permessage-deflate (RFC 7692). */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/arena.h"

struct net;
struct frame;

/* ---- settings ------------------------------------------------------------------------------ */

struct net_settings {
    struct str host; /* an address to listen on: "127.0.0.1", "0.0.0.0", "::" */
    int port;        /* 0: any free one; see net_port */
    int threads;     /* 1 to 64 */

    /* PEM files; both empty: no TLS. */
    struct str certificate_file;
    struct str key_file;

    /* The ceilings; 0 takes the default behind each. */
    size_t head_bytes;      /* of one request head: 16 KiB */
    size_t body_bytes;      /* of all bodies held in memory at once: 256 MiB */
    size_t message_bytes;   /* of one WebSocket message: 256 KiB */
    size_t queue_bytes;     /* waiting for one connection: 4 MiB */
    size_t connections;     /* on all threads: 200,000 */
    int head_seconds;       /* from the first byte of a head to its last: 15 */
    int body_idle_seconds;  /* between two bytes of a body: 30 */
    int keep_alive_seconds; /* between two requests: 75 */
    int ping_seconds;       /* silence on a WebSocket before a ping; twice that ends it: 45 */
};

/* ---- what comes in ------------------------------------------------------------------------- */

enum net_verb { NET_GET, NET_HEAD, NET_POST, NET_PUT, NET_PATCH, NET_DELETE, NET_OPTIONS };

/* Where an answer goes. A value: it may outlive the connection, and then answers are dropped. */
struct net_peer {
    uint32_t thread;
    uint32_t slot;
    uint64_t generation; /* of the slot */
    uint64_t exchange;   /* request number on the connection; 0 for a WebSocket */
};

struct net_header {
    struct str name; /* as sent; compare with str_equal_fold */
    struct str value;
};

struct net_request {
    struct net_peer peer;
    struct arena *arena; /* holds this struct and all that it points to */
    enum net_verb verb;
    struct str path;  /* before '?', still percent-encoded, begins with '/' */
    struct str query; /* behind '?', still percent-encoded */
    const struct net_header *headers;
    size_t header_count;
    struct str body;    /* the whole body, or empty when it went to a file */
    uint64_t body_size; /* bytes received; at the head: Content-Length, or UINT64_MAX if chunked */
    bool has_body;
    bool is_tls;
    bool is_upgrade;  /* asks for a WebSocket, with a valid key and version */
    char address[46]; /* the other side's, as text */
};

/* The value of the first header of that name, or empty. */
struct str net_header(const struct net_request *request, struct str name);

/* Who a WebSocket is, in the words of the floor above; net hands it back and never looks inside. */
struct net_socket {
    int64_t tag[4];
};

struct net_answer {
    int status;         /* 200 to 599 */
    struct str type;    /* Content-Type, or empty */
    struct str headers; /* more header lines, each ended by CR LF; well-formed by promise */
    struct str etag;    /* quoted; a matching If-None-Match is answered 304 */
    struct str body;
    bool is_static; /* headers, etag and body stay valid for ever: not copied */
    bool closes;    /* end the connection behind this answer */
    int file;       /* with has_file: sent instead of body, ranges honoured, closed by net */
    bool has_file;
    uint64_t file_size;
};

/* What becomes of a request whose head has been read. */
struct net_plan {
    enum { NET_BUFFER, NET_HOLD, NET_ANSWER } kind;
    /* NET_BUFFER: the body is held in memory and `request` called when it is whole; more than
     *   `body_limit` bytes are answered 413, more than the gateway's own ceiling 503.
     * NET_HOLD: `request` is called at once, without body; the body is not read before net_receive.
     * NET_ANSWER: `answer` goes out at once; a body is read past and dropped up to 64 KiB. */
    size_t body_limit;
    struct net_answer answer;
};

struct net_handler {
    void *context;

    /* The head is read. The request is only lent. */
    struct net_plan (*head)(void *context, const struct net_request *head);

    /* The request is whole (or held). The callee owns it and frees `request->arena`; exactly one
     * of net_answer, net_upgrade or net_receive follows, from any thread. */
    void (*request)(void *context, struct net_request *request);

    /* The body of a held request has been written to its file (or failed: `is_whole` is false, the
     * client went away or sent too much, and no answer is due). `token` is net_receive's. */
    void (*received)(void *context, struct net_peer peer, void *token, bool is_whole);

    /* A text message came on a WebSocket; `text` is UTF-8 and only lent. */
    void (*message)(void *context, struct net_peer peer, const struct net_socket *who,
                    struct str text);

    /* A WebSocket has ended, for whatever reason; once for each net_upgrade that took effect. */
    void (*closed)(void *context, struct net_peer peer, const struct net_socket *who);
};

/* ---- life ---------------------------------------------------------------------------------- */

/* Opens the listeners and starts the threads. NULL with a sentence in *error (of `arena`) when the
 * address is taken or a certificate cannot be read. The handler is copied. */
struct net *net_open(const struct net_settings *settings, const struct net_handler *handler,
                     struct arena *arena, struct str *error);

/* The port that it listens on. */
int net_port(const struct net *net);

/* Reads the certificate files again, for connections from now on; on failure the old ones stay. */
bool net_reload(struct net *net, struct arena *arena, struct str *error);

/* Stops accepting and waits, at most `grace_ms`, until every request in flight is answered and
 * sent; WebSockets are closed with 1012 once their queues are empty. */
void net_drain(struct net *net, int64_t grace_ms);

/* Ends the threads and frees everything. */
void net_close(struct net *net);

/* ---- answers ------------------------------------------------------------------------------- */

/* Answers an exchange. What the answer points to is copied unless is_static. */
void net_answer(struct net *net, struct net_peer peer, const struct net_answer *answer);

/* Lets a held request's body come: its bytes are written to `file` (kept open, the caller's), from
 * its current position, at most `limit`; then handler.received is called. */
void net_receive(struct net *net, struct net_peer peer, int file, uint64_t limit, void *token);

/* Makes the connection a WebSocket that belongs to `who`; `headers` as in net_answer. */
void net_upgrade(struct net *net, struct net_peer peer, const struct net_socket *who,
                 struct str headers);

/* ---- frames and topics --------------------------------------------------------------------- */

/* An immutable WebSocket text message, shared by count. A lossy one (typing, presence) is left out
 * for a connection whose queue is more than half full. The caller owns one reference. */
struct frame *frame_new(struct str text, bool is_lossy);
void frame_free(struct frame *frame); /* gives one reference back */

/* Sends to one WebSocket. The frame's reference stays the caller's. */
void net_send(struct net *net, struct net_peer peer, struct frame *frame);

/* A topic is a nonzero number. A WebSocket that follows it receives what is published there. */
void net_follow(struct net *net, struct net_peer peer, const int64_t *topics, size_t count);
void net_unfollow(struct net *net, struct net_peer peer, const int64_t *topics, size_t count);

/* Whoever follows `via` (a person, a session) now follows `topic` too, or no longer. */
void net_follow_via(struct net *net, int64_t via, int64_t topic);
void net_unfollow_via(struct net *net, int64_t via, int64_t topic);

/* Sends to all followers on all threads. The frame's reference stays the caller's. */
void net_publish(struct net *net, int64_t topic, struct frame *frame);

/* The same for many at once: they reach each thread together and in order, so that the frames for
 * one connection leave in one write. What a group of commits has to say is published like this. */
struct net_publication {
    int64_t topic;
    struct frame *frame;
};
void net_publish_all(struct net *net, const struct net_publication *list, size_t count);

/* Closes every WebSocket that follows `topic` with a close code (4000 to 4999 are ours). */
void net_close_topic(struct net *net, int64_t topic, int code);

/* Closes one WebSocket. */
void net_close_peer(struct net *net, struct net_peer peer, int code);

/* ---- figures ------------------------------------------------------------------------------- */

struct net_figures {
    uint64_t connections, sockets;                                             /* now */
    uint64_t accepted, requests, messages_in, frames_out, bytes_in, bytes_out; /* since start */
    uint64_t refused;     /* malformed or over a ceiling */
    uint64_t closed_slow; /* queue over its ceiling */
};

void net_figures(const struct net *net, struct net_figures *out);

#endif
