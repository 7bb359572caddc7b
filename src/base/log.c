/* log: building a line and writing it with one system call. */
#include "base/log.h"
#include "base/buf.h"
#include "base/time.h"

#include <stdatomic.h>
#include <unistd.h>

enum { LONGEST_LINE = 4000 };

static _Atomic int least = LOG_INFO;
static const char *const names[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level level)
{
    atomic_store(&least, (int)level);
}

bool log_has(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least, memory_order_relaxed);
}

bool log_level_from(struct str word, enum log_level *out)
{
    for (int i = 0; i < 4; i++)
        if (str_equal(word, str_from(names[i]))) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
            return false;
    }
    return s.len > 0;
}

static void add_value(struct buf *line, struct str value)
{
    if (is_plain(value)) {
        buf_add(line, value);
        return;
    }
    buf_char(line, '"');
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c == '"' || c == '\\')
            buf_char(line, '\\');
        buf_char(line, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
    buf_char(line, '"');
}

void log_write(enum log_level level, const char *event, const struct log_pair *pairs, size_t count)
{
    if (!log_has(level))
        return;
    char when[25];
    time_write(time_now(), when);
    struct buf line = buf_new(LONGEST_LINE);
    buf_printf(&line, "time=%s level=%s event=%s", when, names[level], event);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&line, " %s=", pairs[i].key);
        if (pairs[i].is_number)
            buf_int(&line, pairs[i].number);
        else
            add_value(&line, str_take(pairs[i].text, 1000));
    }
    line.ceiling++;
    buf_char(&line, '\n');
    ssize_t written = write(STDERR_FILENO, line.ptr, line.len);
    (void)written;
    buf_free(&line);
}
