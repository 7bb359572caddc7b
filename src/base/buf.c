/* buf: growth by doubling under a ceiling. */
#include "base/buf.h"
#include "base/must.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_SIZE = 256 };

struct buf buf_new(size_t ceiling)
{
    return (struct buf){.ceiling = ceiling};
}

void buf_free(struct buf *buf)
{
    free(buf->ptr);
    *buf = buf_new(buf->ceiling);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->is_full = false;
}

char *buf_room(struct buf *buf, size_t size)
{
    if (size > buf->ceiling - buf->len) {
        buf->is_full = true;
        return NULL;
    }
    size_t needed = buf->len + size;
    if (needed > buf->capacity) {
        size_t capacity = buf->capacity ? buf->capacity : FIRST_SIZE;
        while (capacity < needed)
            capacity *= 2;
        if (capacity > buf->ceiling)
            capacity = buf->ceiling; /* what fits the capacity never passes the ceiling */
        buf->ptr = realloc(buf->ptr, capacity);
        must(buf->ptr);
        buf->capacity = capacity;
    }
    return buf->ptr + buf->len;
}

void buf_add_slowly(struct buf *buf, struct str s)
{
    char *room = buf_room(buf, s.len);
    if (!room)
        return;
    if (s.len)
        memcpy(room, s.ptr, s.len);
    buf->len += s.len;
}

void buf_int(struct buf *buf, int64_t number)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    for (; rest >= 10; rest /= 100)
        memcpy(digits + (at -= 2), pairs + rest % 100 * 2, 2);
    if (rest || at == sizeof digits)
        digits[--at] = (char)('0' + rest);
    if (number < 0)
        digits[--at] = '-';
    buf_add(buf, str_of(digits + at, sizeof digits - at));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    must(len >= 0);
    char *room = buf_room(buf, (size_t)len + 1);
    if (room) {
        vsnprintf(room, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_drop(struct buf *buf, size_t n)
{
    must(n <= buf->len);
    if (n && n < buf->len)
        memmove(buf->ptr, buf->ptr + n, buf->len - n);
    buf->len -= n;
}
