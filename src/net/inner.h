/* inner: what the files of net share. Nobody outside net includes it.
 *
 * A thread owns its connections, its topics and everything that hangs on them; no lock is taken but
 * the mailbox's. A connection is ended in two steps: connection_drop marks it, and the end of the
 * tick takes it apart, so a function that calls down never finds its connection freed. */
#ifndef NET_INNER_H
#define NET_INNER_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/must.h"
#include "net/chunked.h"
#include "net/frame.h"
#include "net/head.h"
#include "net/net.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <uv.h>

enum {
    INPUT_BYTES = 64 << 10,    /* one read */
    JOIN_BYTES = 16 << 10,     /* one TLS record */
    SMALL_BODY = 16 << 10,     /* copied behind its head into one piece */
    WAITING_INPUT = 32 << 10,  /* read ahead while an exchange is being answered */
    PIPELINE_BYTES = 64 << 10, /* unsent answers beyond which no further request is begun */
    DROPPED_BODY = 64 << 10,   /* read past behind an early answer */
    LINGER_SECONDS = 2,
    CLOSING_SECONDS = 5, /* for a WebSocket's answer to our close */
};

#define NO_SLOT UINT32_MAX

/* ---- output -------------------------------------------------------------------------------- */

struct piece {
    struct piece *next;
    const char *ptr; /* what is left of it; not for files */
    uint64_t len;    /* bytes left */
    union {
        struct frame *frame;
        char *owned;
        off_t at;
    } of;
    int file;
    enum { PIECE_STATIC, PIECE_OWNED, PIECE_FRAME, PIECE_FILE } kind;
};

/* ---- connections --------------------------------------------------------------------------- */

struct topic;

struct following {
    struct topic *topic;
    uint32_t at; /* in the topic's list */
};

enum phase {
    PHASE_HTTP,
    PHASE_SOCKET,
    PHASE_LINGER, /* what is queued goes out, then our half is shut and theirs is awaited */
    PHASE_GONE,   /* to be taken apart at the end of the tick */
};

struct connection {
    uv_poll_t poll;
    struct thread *thread;
    SSL *tls;
    struct buf *input;        /* bytes that are not a whole thing yet; NULL without */
    struct http *http;        /* the exchange; NULL between two */
    struct websocket *socket; /* from the upgrade to the end */
    struct piece *first, *last;
    size_t queued; /* bytes of the pieces without files */
    struct connection *next_dirty;
    struct following *following;
    uint32_t following_count, following_capacity;
    uint64_t exchange; /* number of the present one */
    struct in6_addr address;
    int fd;
    uint32_t slot;
    uint32_t since;             /* second in which the present state began */
    uint32_t seen_in, seen_out; /* seconds of the last byte */
    uint8_t phase, armed;
    bool is_dirty, is_blocked, is_shut, has_ended_input, wants_tls_write, is_shaken;
};

struct slot {
    struct connection *connection;
    uint64_t generation;
    uint32_t due; /* second in which to look at it */
    uint32_t next_free;
};

/* ---- threads ------------------------------------------------------------------------------- */

enum counter {
    COUNT_CONNECTIONS,
    COUNT_SOCKETS,
    COUNT_ACCEPTED,
    COUNT_REQUESTS,
    COUNT_MESSAGES_IN,
    COUNT_FRAMES_OUT,
    COUNT_BYTES_IN,
    COUNT_BYTES_OUT,
    COUNT_REFUSED,
    COUNT_CLOSED_SLOW,
    COUNTERS,
};

struct thread {
    struct net *net;
    uint32_t index;
    pthread_t id;
    uv_loop_t loop;
    uv_async_t wake;
    uv_prepare_t before;
    uv_check_t after;
    uv_timer_t clock;
    uv_poll_t listener;
    int listen_fd;
    bool is_listening, is_draining, is_stopping;
    bool is_short; /* of descriptors, since it last let all in */

    pthread_mutex_t lock; /* of the mailbox */
    struct order *first_order, *last_order;

    struct slot *slots;
    uint32_t slot_count, free_slot; /* free_slot: NO_SLOT for none */
    struct connection *first_dirty, *last_dirty;
    struct piece *free_pieces;
    size_t free_piece_count;
    struct map topics;

    uint32_t now; /* seconds, coarse; from 1 */
    char date[40];
    char *input, *join;
    _Atomic uint64_t counters[COUNTERS]; /* written by this thread only */
};

struct net {
    struct net_settings settings;
    struct net_handler handler;
    struct thread *threads;
    uint32_t thread_count;
    int port;
    char *certificate_file, *key_file;

    pthread_mutex_t lock; /* of what follows, up to the blank line */
    pthread_cond_t changed;
    SSL_CTX *tls;
    uint32_t drained;

    atomic_uint short_threads; /* of descriptors */
    atomic_size_t connections;
    atomic_size_t body_bytes;
};

static inline void count_add(struct thread *thread, enum counter counter, uint64_t by)
{
    _Atomic uint64_t *c = &thread->counters[counter];
    atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + by,
                          memory_order_relaxed);
}

/* thread.c */
void thread_open(struct thread *thread, int listen_fd);
void thread_start(struct thread *thread);
void thread_free(struct thread *thread); /* once all threads have been joined */
void thread_drain(struct thread *thread);
void thread_stop(struct thread *thread);
/* The connection that `peer` names, unless it has ended. */
struct connection *thread_find(struct thread *thread, struct net_peer peer);

/* listen.c */
int listen_open(struct str host, int port, bool is_first, struct arena *arena, struct str *error);
int listen_port(int fd);
void listen_start(struct thread *thread);
void listen_stop(struct thread *thread);

/* order.c: the mailbox. */
void orders_carry_out(struct thread *thread);
void orders_free(struct thread *thread); /* those that nobody will carry out any more */
void orders_drain(struct net *net);
void orders_stop(struct net *net);

/* connection.c */
void connection_open(struct thread *thread, int fd, const struct in6_addr *address, SSL *tls);
void connection_drop(struct connection *c);   /* without a word */
void connection_leave(struct connection *c);  /* once everything queued is out */
void connection_dirty(struct connection *c);  /* to be looked at when the tick ends */
void connection_resume(struct connection *c); /* reads on in what is already here */
void connection_touch(struct connection *c);  /* the state is new: its deadline too */
void connection_sweep(struct connection *c);  /* its deadline may have come */
void connection_settle(struct connection *c); /* the tick ends: flush, arm, take apart */
struct net_peer connection_peer(const struct connection *c, uint64_t exchange);

/* queue.c */
void queue_copy(struct connection *c, struct str bytes);
void queue_owned(struct connection *c, char *bytes, size_t len); /* frees it when sent */
void queue_static(struct connection *c, struct str bytes);
void queue_frame(struct connection *c, struct frame *frame); /* takes its own reference */
void queue_file(struct connection *c, int file, uint64_t at, uint64_t len); /* closes it */
/* Sends what the socket takes. False when the connection is broken. */
bool queue_flush(struct connection *c);
/* Keeps the first piece, and further ones up to `least` bytes; drops the rest. OpenSSL wants to see
 * again what it has refused, so for TLS a record's worth stays. */
void queue_cut(struct connection *c, size_t least);
void queue_free(struct connection *c);
void queue_free_pool(struct thread *thread);

/* http.c, answer.c */
enum http_state {
    HTTP_HEAD,      /* collecting the head */
    HTTP_BUFFERING, /* collecting the body */
    HTTP_HELD,      /* the handler has it, the body is not read */
    HTTP_RECEIVING, /* the body goes to a file */
    HTTP_WAITING,   /* the handler has it and owes the answer */
    HTTP_DROPPING,  /* answered; the rest of the body is read past */
};

struct http {
    enum http_state state;
    enum net_verb verb;
    struct arena *arena; /* of the request until it is handed over */
    struct net_request *request;
    struct buf body;
    size_t charged; /* to the gateway's body ceiling */
    struct chunked chunked;
    uint64_t left; /* of a body with a length */
    uint64_t limit, received;
    void *token;
    size_t scanned;
    int file;
    bool has_body, is_chunked, is_old, keeps_alive, wants_continue;
    bool is_upgrade, offers_deflate;
    char accept[29];
    struct head_range range;
    char if_range[128], if_none_match[256]; /* zero-ended; overlong ones count as absent */
};

size_t http_consume(struct connection *c, char *bytes, size_t len);
void http_free(struct connection *c);
void http_refuse(struct connection *c, int status);
void http_finish(struct connection *c, bool keeps_alive);
bool http_wants_input(const struct connection *c);
void http_receive(struct connection *c, int file, uint64_t limit, void *token);
/* Answers the present exchange. `owned`, if not NULL, is the answer's body in memory of its own. */
void http_answer(struct connection *c, const struct net_answer *answer, char *owned);
void http_put_answer(struct connection *c, const struct net_answer *answer, char *owned,
                     bool keeps_alive);
const char *http_reason(int status);

/* websocket.c */
struct websocket {
    struct net_socket who;
    struct frame_reader reader;
    bool is_closing; /* our close frame is queued; `closed` has been called */
    bool has_pinged;
    bool is_doomed; /* over its queue ceiling */
};

void socket_open(struct connection *c, const struct net_socket *who, struct str headers);
size_t socket_consume(struct connection *c, char *bytes, size_t len);
void socket_send(struct connection *c, struct frame *frame);
/* The same frames as one, or one after another where that does not do. */
void socket_send_run(struct connection *c, struct frame *const *frames, size_t count,
                     struct frame *joined);
void socket_close(struct connection *c, int code); /* queues our close frame */
void socket_doom(struct connection *c);
void socket_end(struct connection *c); /* unfollows and calls `closed`, once */
void socket_free(struct connection *c);

/* topics.c */
void topic_follow(struct connection *c, int64_t topic);
void topic_unfollow(struct connection *c, int64_t topic);
void topic_unfollow_all(struct connection *c);
void topic_follow_via(struct thread *thread, int64_t via, int64_t topic);
void topic_unfollow_via(struct thread *thread, int64_t via, int64_t topic);
enum { TOPIC_RUN = 32 };
/* Sends up to TOPIC_RUN frames, in order, to each follower. */
void topic_publish(struct thread *thread, int64_t topic, struct frame *const *frames, size_t count);
void topic_close(struct thread *thread, int64_t topic, int code);
void topics_free(struct thread *thread);

/* tls.c */
SSL_CTX *tls_context(const char *certificate_file, const char *key_file, struct arena *arena,
                     struct str *error);
SSL *tls_accept(struct net *net, int fd); /* NULL without TLS */
/* Like recv and send: bytes, 0 at the end of input, or -1 with errno EAGAIN or another. */
ssize_t tls_read(struct connection *c, char *out, size_t room);
ssize_t tls_write(struct connection *c, const char *bytes, size_t len);
void tls_shut(struct connection *c);

#endif
