/* client: WebSocket clients, many of them on one thread. They sign in by cookie, as a browser does,
 * and speak the protocol of web/PROTOCOL.md. */
#ifndef BENCH_KIT_CLIENT_H
#define BENCH_KIT_CLIENT_H

#include "base/buf.h"
#include "bench/kit/kit.h"
#include "tests/websocket.h"

struct client {
    struct websocket_client socket;
    int64_t calls;
    size_t number; /* the caller's */
};

/* Connects and upgrades, signed in as token_of(person). */
void client_open(struct client *client, int port, size_t person);
void client_close(struct client *client);

/* Sends one call and returns its number, which the reply will carry. */
int64_t client_call(struct client *client, const char *op, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A fresh key for an op that may be repeated, in the form of the web client's: the time in front,
 * then chance. */
struct key {
    char text[40];
};
struct key key_new(void);

/* Reads what has come (waiting for it when there is nothing, unless the read would block) and calls
 * `each` for every whole message; the text is valid until it returns. False: the other side has
 * closed, or nothing was there. */
typedef void client_message(struct client *client, struct str text, void *context);
bool client_read(struct client *client, bool waits, client_message *each, void *context);

/* Is it the reply to that call, and no error? */
bool is_reply(struct str text, int64_t call);

/* Waits for the reply to a call; events meanwhile are dropped. The text is the caller's to end with
 * buf_free. Breaks when the reply is an error. */
struct buf client_reply(struct client *client, int64_t call);

/* Calls and waits; for what is not measured, or measured as a whole. Returns the reply's length. */
#define client_do(client, ...) client_wait((client), client_call((client), __VA_ARGS__))
size_t client_wait(struct client *client, int64_t call);

/* The number behind "name": in the text, quoted or not; -1 when it is not there. */
int64_t field_of(struct str text, const char *name);

/* ---- many ---------------------------------------------------------------------------------- */

/* Waits on many sockets. */
struct swarm {
    int epoll;
};
struct swarm swarm_open(void);
void swarm_close(const struct swarm *swarm);
void swarm_add(const struct swarm *swarm, struct client *client);

/* Reads from all sockets on which something has come, waiting at most `ms` for the first. Returns
 * how many were read. */
size_t swarm_read(const struct swarm *swarm, int ms, client_message *each, void *context);

#endif
