/* websocket: a client by hand, for tests and measuring programs: texts go out masked in one frame,
 * and those of the server are unmasked and never fragmented (RFC 6455). One thread each. */
#ifndef TESTS_WEBSOCKET_H
#define TESTS_WEBSOCKET_H

#include "base/buf.h"

struct websocket_client {
    int fd;
    struct buf rest; /* the beginning of a frame whose end has not come */
    int closed;      /* the code with which the server closed it */
};

/* A TCP connection to this machine. */
int connect_to(int port);

/* Connects and upgrades to /v1/socket, with this session's token in the cookie. False when the
 * server does not upgrade. */
bool websocket_open(struct websocket_client *client, int port, struct str token);
void websocket_close(struct websocket_client *client);

void websocket_send(const struct websocket_client *client, struct str text);

/* Reads what has come (waiting for it when there is nothing, unless the read would block) and calls
 * `each` for every whole text, which is valid until it returns. False: the other side has closed,
 * or nothing was there. */
typedef void websocket_text(void *context, struct str text);
bool websocket_read(struct websocket_client *client, bool waits, websocket_text *each,
                    void *context);

#endif
