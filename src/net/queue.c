/* queue: what waits to go out on a connection, and the one write a tick that sends it.
 *
 * Pieces are of four kinds: bytes that live for ever, bytes of their own, frames shared by count,
 * and stretches of files. A plain socket takes many of them in one call; over TLS they are joined
 * to records of 16 KiB. Writability is awaited only after the socket has refused. */
#include "net/inner.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { VECTORS = 64, POOL_CEILING = 65536, FILE_TURN = 1 << 20 };

/* ---- pieces -------------------------------------------------------------------------------- */

static struct piece *add_piece(struct connection *c)
{
    struct thread *thread = c->thread;
    struct piece *piece = thread->free_pieces;
    if (piece) {
        thread->free_pieces = piece->next;
        thread->free_piece_count--;
    } else {
        piece = malloc(sizeof *piece);
        must(piece);
    }
    piece->next = NULL;
    if (c->last)
        c->last->next = piece;
    else {
        c->first = piece;
        c->seen_out = thread->now;
    }
    c->last = piece;
    connection_dirty(c);
    return piece;
}

static void free_content(struct piece *piece)
{
    if (piece->kind == PIECE_FRAME)
        frame_free(piece->of.frame);
    else if (piece->kind == PIECE_OWNED)
        free(piece->of.owned);
    else if (piece->kind == PIECE_FILE)
        close(piece->file);
}

static void free_piece(struct thread *thread, struct piece *piece)
{
    free_content(piece);
    if (thread->free_piece_count >= POOL_CEILING) {
        free(piece);
        return;
    }
    piece->next = thread->free_pieces;
    thread->free_pieces = piece;
    thread->free_piece_count++;
}

void queue_owned(struct connection *c, char *bytes, size_t len)
{
    struct piece *piece = add_piece(c);
    piece->kind = PIECE_OWNED;
    piece->of.owned = bytes;
    piece->ptr = bytes;
    piece->len = len;
    c->queued += len;
}

void queue_copy(struct connection *c, struct str bytes)
{
    char *copy = malloc(bytes.len + 1);
    must(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    queue_owned(c, copy, bytes.len);
}

void queue_static(struct connection *c, struct str bytes)
{
    struct piece *piece = add_piece(c);
    piece->kind = PIECE_STATIC;
    piece->ptr = bytes.ptr;
    piece->len = bytes.len;
    c->queued += bytes.len;
}

void queue_frame(struct connection *c, struct frame *frame)
{
    struct piece *piece = add_piece(c);
    piece->kind = PIECE_FRAME;
    piece->of.frame = frame_hold(frame);
    piece->ptr = frame->bytes;
    piece->len = frame->len;
    c->queued += frame->len;
}

void queue_file(struct connection *c, int file, uint64_t at, uint64_t len)
{
    struct piece *piece = add_piece(c);
    piece->kind = PIECE_FILE;
    piece->file = file;
    piece->of.at = (off_t)at;
    piece->ptr = NULL;
    piece->len = len;
}

void queue_cut(struct connection *c, size_t least)
{
    struct piece *last = c->first;
    if (!last)
        return;
    size_t kept = (size_t)last->len;
    while (last->next && kept < least) {
        last = last->next;
        kept += (size_t)last->len;
    }
    struct piece *next = last->next;
    last->next = NULL;
    c->last = last;
    while (next) {
        struct piece *piece = next;
        next = piece->next;
        c->queued -= piece->kind == PIECE_FILE ? 0 : (size_t)piece->len;
        free_piece(c->thread, piece);
    }
}

void queue_free(struct connection *c)
{
    queue_cut(c, 0);
    if (c->first)
        free_piece(c->thread, c->first);
    c->first = c->last = NULL;
    c->queued = 0;
}

void queue_free_pool(struct thread *thread)
{
    while (thread->free_pieces) {
        struct piece *piece = thread->free_pieces;
        thread->free_pieces = piece->next;
        free(piece);
    }
}

/* Takes `sent` bytes off the front; pieces without bytes left go. */
static void take_off(struct connection *c, size_t sent)
{
    count_add(c->thread, COUNT_BYTES_OUT, sent);
    if (sent)
        c->seen_out = c->thread->now;
    while (c->first) {
        struct piece *piece = c->first;
        size_t part = piece->len < sent ? (size_t)piece->len : sent;
        piece->len -= part;
        sent -= part;
        if (piece->kind == PIECE_FILE)
            piece->of.at += (off_t)part;
        else {
            piece->ptr += part;
            c->queued -= part;
        }
        if (piece->len)
            return;
        c->first = piece->next;
        if (!c->first)
            c->last = NULL;
        free_piece(c->thread, piece);
    }
}

/* ---- sending ------------------------------------------------------------------------------- */

/* Copies up to 16 KiB from the front of the queue. A repeated call gives the same bytes again,
 * which is what OpenSSL asks for. */
static ssize_t join(struct connection *c)
{
    char *out = c->thread->join;
    size_t len = 0;
    for (struct piece *piece = c->first; piece && len < JOIN_BYTES; piece = piece->next) {
        size_t part = piece->len < JOIN_BYTES - len ? (size_t)piece->len : JOIN_BYTES - len;
        if (piece->kind == PIECE_FILE) {
            ssize_t got = pread(piece->file, out + len, part, piece->of.at);
            if (got != (ssize_t)part) {
                errno = EIO;
                return -1;
            }
        } else
            memcpy(out + len, piece->ptr, part);
        len += part;
    }
    return (ssize_t)len;
}

static ssize_t send_bytes(struct connection *c)
{
    if (!c->first->next)
        return send(c->fd, c->first->ptr, (size_t)c->first->len, MSG_NOSIGNAL);
    struct iovec vectors[VECTORS];
    size_t count = 0;
    struct piece *piece = c->first;
    for (; piece && piece->kind != PIECE_FILE && count < VECTORS; piece = piece->next) {
        union {
            const char *from;
            void *to;
        } base = {piece->ptr}; /* sendmsg does not write there */
        vectors[count++] = (struct iovec){base.to, (size_t)piece->len};
    }
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
    return sendmsg(c->fd, &message, MSG_NOSIGNAL | (piece ? MSG_MORE : 0));
}

static ssize_t send_file(struct connection *c)
{
    struct piece *piece = c->first;
    off_t at = piece->of.at;
    size_t len = piece->len < FILE_TURN ? (size_t)piece->len : FILE_TURN;
    ssize_t sent = sendfile(c->fd, piece->file, &at, len);
    if (sent == 0) { /* the file is shorter than was promised */
        errno = EIO;
        return -1;
    }
    return sent;
}

static ssize_t send_tls(struct connection *c)
{
    ssize_t len = join(c);
    return len < 0 ? len : tls_write(c, c->thread->join, (size_t)len);
}

static ssize_t send_some(struct connection *c)
{
    if (c->tls)
        return send_tls(c);
    return c->first->kind == PIECE_FILE ? send_file(c) : send_bytes(c);
}

bool queue_flush(struct connection *c)
{
    size_t turn = 0; /* one fast reader of a large file does not hold up the others */
    while (c->first && !c->is_blocked) {
        if (c->first->len == 0) {
            take_off(c, 0);
            continue;
        }
        ssize_t sent = send_some(c);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return false;
        if (sent >= 0)
            take_off(c, (size_t)sent);
        turn += sent > 0 ? (size_t)sent : 0;
        c->is_blocked = sent < 0 || turn > FILE_TURN;
    }
    return true;
}
