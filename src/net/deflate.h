/* deflate: the deflated form of WebSocket messages (RFC 7692), each message for itself. */
#ifndef NET_DEFLATE_H
#define NET_DEFLATE_H

#include "base/buf.h"

/* Deflates into `out`; the length, or 0 when it does not fit into `room`. */
size_t deflate_text(struct str text, char *out, size_t room);

/* Inflates a message; 0, or a close code: 1009 past the buffer's ceiling, 1007 for nonsense. */
int deflate_undo(struct str in, struct buf *out);

/* Frees what this thread keeps for it. */
void deflate_end_thread(void);

#endif
