/* log: building a line and writing it with one system call. */
#include "base/log.h"
#include "base/buf.h"
#include "base/time.h"

#include <stdatomic.h>
#include <unistd.h>

enum { LONGEST_LINE = 4000, LARGEST_BATCH = 64 << 10 };

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

/* "2026-11-21T08:30:00.000Z"; the part before the milliseconds changes once a second. */
static struct str stamp(void)
{
    static _Thread_local char text[25];
    static _Thread_local int64_t second = -1;
    int64_t now = time_now(), ms = now % SECOND_MS;
    if (now / SECOND_MS != second) {
        time_write(now, text);
        second = now / SECOND_MS;
    }
    text[20] = (char)('0' + ms / 100);
    text[21] = (char)('0' + ms / 10 % 10);
    text[22] = (char)('0' + ms % 10);
    return str_of(text, 24);
}

static _Thread_local struct buf batch;
static _Thread_local bool is_batching;

static void write_out(struct buf *lines)
{
    ssize_t written = write(STDERR_FILENO, lines->ptr, lines->len);
    (void)written;
}

void log_batch_begin(void)
{
    batch = buf_new(LARGEST_BATCH);
    is_batching = true;
}

void log_batch_end(void)
{
    is_batching = false;
    if (batch.len)
        write_out(&batch);
    buf_free(&batch);
}

static void add_line(struct buf *line, enum log_level level, const char *event,
                     const struct log_pair *pairs, size_t count)
{
    buf_add(line, S("time="));
    buf_add(line, stamp());
    buf_add(line, S(" level="));
    buf_add(line, str_from(names[level]));
    buf_add(line, S(" event="));
    buf_add(line, str_from(event));
    for (size_t i = 0; i < count; i++) {
        buf_char(line, ' ');
        buf_add(line, str_from(pairs[i].key));
        buf_char(line, '=');
        if (pairs[i].is_number)
            buf_int(line, pairs[i].number);
        else
            add_value(line, str_take(pairs[i].text, 1000));
    }
    line->ceiling++;
    buf_char(line, '\n');
}

void log_write(enum log_level level, const char *event, const struct log_pair *pairs, size_t count)
{
    if (!log_has(level))
        return;
    struct buf line = buf_new(LONGEST_LINE);
    add_line(&line, level, event, pairs, count);
    if (is_batching && batch.len + line.len <= LARGEST_BATCH)
        buf_add(&batch, buf_str(&line));
    else
        write_out(&line);
    buf_free(&line);
}
