/* frame: WebSocket frames (RFC 6455, 5), built once for many and read in place. */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include "base/buf.h"
#include "net/net.h"

#include <stdatomic.h>

enum {
    FRAME_CONTINUATION = 0,
    FRAME_TEXT = 1,
    FRAME_BINARY = 2,
    FRAME_CLOSE = 8,
    FRAME_PING = 9,
    FRAME_PONG = 10,
};

/* The codes of RFC 6455, 7.4.1 that we use. */
enum {
    CLOSE_NORMAL = 1000,
    CLOSE_PROTOCOL = 1002,
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_NO_CODE = 1005,
    CLOSE_NOT_UTF8 = 1007,
    CLOSE_TOO_BIG = 1009,
    CLOSE_RESTART = 1012,
    CLOSE_TRY_LATER = 1013,
};

struct frame {
    atomic_uint references;
    bool is_lossy;
    size_t payload_len;
    size_t len;
    _Atomic(struct frame *) deflated; /* made at the first wish; owned */
    char bytes[];                     /* head and payload, as they go out */
};

/* A server's frame with one reference. */
struct frame *frame_make(int opcode, struct str payload);
struct frame *frame_make_close(int code);

/* The bytes of several frames in a row, `len` in all, as one thing to send. */
struct frame *frame_join(struct frame *const *frames, size_t count, size_t len);

struct str frame_payload(const struct frame *frame);

/* The same message by permessage-deflate without context takeover, or the frame itself when that
 * would not be shorter. Belongs to `frame`. Any thread. */
struct frame *frame_deflated(struct frame *frame);

struct frame *frame_hold(struct frame *frame); /* takes one more reference */

/* ---- reading ------------------------------------------------------------------------------- */

/* What a client sends, cut into messages. Zeroed at first. */
struct frame_reader {
    struct buf *message; /* the fragments so far */
    bool is_within;      /* a fragmented message has begun */
    bool is_deflated;
    bool may_deflate; /* the extension was agreed on */
};

struct frame_event {
    enum {
        FRAME_NEEDS_MORE,
        FRAME_NOTHING,
        FRAME_MESSAGE,
        FRAME_PINGED,
        FRAME_PONGED,
        FRAME_CLOSED,
        FRAME_FAILED
    } kind;
    struct str payload; /* MESSAGE, PINGED: a view into `bytes` or the reader */
    bool is_deflated;   /* MESSAGE: still to be inflated */
    int code;           /* CLOSED: the client's, or 1005; FAILED: ours */
};

/* Reads at most one frame from the front of `bytes`, unmasking in place; *used bytes are done with.
 * Text is not yet checked to be UTF-8. After a MESSAGE call frame_reader_clear. */
struct frame_event frame_read(struct frame_reader *reader, char *bytes, size_t len, size_t ceiling,
                              size_t *used);

/* Forgets and frees the fragments. */
void frame_reader_clear(struct frame_reader *reader);

/* The head alone. 0: needs more; 1: read; otherwise a close code. */
struct frame_head {
    int opcode;
    bool is_final, is_deflated;
    uint64_t payload_len;
    size_t head_len;
    unsigned char mask[4];
};
int frame_head_read(struct str in, bool may_deflate, struct frame_head *out);

#endif
