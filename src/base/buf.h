/* buf: a growing buffer born with a ceiling.
 *
 * What does not fit under the ceiling is not appended and the buffer is marked full; the writer
 * goes on undisturbed and the owner asks once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t ceiling;
    bool is_full; /* something did not fit */
};

/* An empty buffer that never holds more than `ceiling` bytes; it takes no memory yet. */
struct buf buf_new(size_t ceiling);

/* Frees the memory; the buffer is empty and usable again. */
void buf_free(struct buf *buf);

/* Forgets the content and keeps the memory. */
void buf_clear(struct buf *buf);

/* Each appends all or nothing. */
void buf_add_slowly(struct buf *buf, struct str s); /* may grow, or be full */
static inline void buf_add(struct buf *buf, struct str s)
{
    if (s.len > buf->capacity - buf->len) {
        buf_add_slowly(buf, s);
        return;
    }
    if (s.len)
        memcpy(buf->ptr + buf->len, s.ptr, s.len);
    buf->len += s.len;
}

static inline void buf_char(struct buf *buf, char c)
{
    if (buf->len == buf->capacity) {
        buf_add_slowly(buf, str_of(&c, 1));
        return;
    }
    buf->ptr[buf->len++] = c;
}

void buf_int(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for `size` more bytes at the end, to be filled by the caller who then adds to len; NULL when
 * that would pass the ceiling. */
char *buf_room(struct buf *buf, size_t size);

/* Drops the first `n` bytes. */
void buf_drop(struct buf *buf, size_t n);

static inline struct str buf_str(const struct buf *buf)
{
    return str_of(buf->ptr ? buf->ptr : "", buf->len);
}

#endif
