/* log: one structured line a happening, to standard error.
 *
 * A line is time, level, event and key=value pairs (logfmt); values with spaces are quoted.
 * Secrets are never given to it. Lines of several threads do not mix. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are left out; INFO at start. */
void log_set_level(enum log_level level);
bool log_has(enum log_level level);

/* "debug", "info", "warn" or "error"; false for another word. */
bool log_level_from(struct str word, enum log_level *out);

struct log_pair {
    const char *key;
    struct str text;
    int64_t number;
    bool is_number;
};

#define LOG_TEXT(key, value) ((struct log_pair){"" key, (value), 0, false})
#define LOG_INT(key, value)  ((struct log_pair){"" key, {0}, (value), true})

/* log_line(LOG_INFO, "started", LOG_INT("port", 7070)); the event is one word. */
#define log_line(level, event, ...)                                     \
    log_write((level), (event), (const struct log_pair[]){__VA_ARGS__}, \
              sizeof((const struct log_pair[]){__VA_ARGS__}) / sizeof(struct log_pair))

void log_write(enum log_level level, const char *event, const struct log_pair *pairs, size_t count);

/* Lines of this thread are held from begin to end and then written together: for a thread that
 * finishes many things at once. */
void log_batch_begin(void);
void log_batch_end(void);

#endif
