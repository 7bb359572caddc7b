/* chunked: one state for each place in the grammar. */
#include "net/chunked.h"

enum { EXTRA_CEILING = 4096, MOST_DIGITS = 15 };

enum {
    AT_SIZE,
    IN_EXTENSION,
    BEFORE_SIZE_LF,
    IN_DATA,
    BEHIND_DATA,
    BEFORE_DATA_LF,
    AT_TRAILER,
    IN_TRAILER,
    BEFORE_TRAILER_LF,
    BEFORE_LAST_LF,
    AT_END,
    BROKEN,
};

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static uint8_t behind_size(struct chunked *chunked, char c)
{
    int digit = hex_value(c);
    if (digit >= 0 && chunked->digits < MOST_DIGITS) {
        chunked->digits++;
        chunked->left = chunked->left * 16 + (uint64_t)digit;
        return AT_SIZE;
    }
    if (chunked->digits == 0)
        return BROKEN;
    if (c == '\r')
        return BEFORE_SIZE_LF;
    return c == ';' ? IN_EXTENSION : BROKEN;
}

/* In an extension or a trailer: anything but controls, up to CR. */
static uint8_t behind_extra(struct chunked *chunked, char c, uint8_t here, uint8_t next)
{
    if (c == '\r')
        return next;
    unsigned char byte = (unsigned char)c;
    bool is_bad = (byte < ' ' && byte != '\t') || byte == 0x7f || chunked->extra++ >= EXTRA_CEILING;
    return is_bad ? BROKEN : here;
}

static uint8_t step(struct chunked *chunked, char c)
{
    switch (chunked->state) {
    case AT_SIZE:
        return behind_size(chunked, c);
    case IN_EXTENSION:
        return behind_extra(chunked, c, IN_EXTENSION, BEFORE_SIZE_LF);
    case BEFORE_SIZE_LF:
        chunked->digits = 0;
        return c != '\n' ? BROKEN : chunked->left ? IN_DATA : AT_TRAILER;
    case BEHIND_DATA:
        return c == '\r' ? BEFORE_DATA_LF : BROKEN;
    case BEFORE_DATA_LF:
        return c == '\n' ? AT_SIZE : BROKEN;
    case AT_TRAILER:
        return behind_extra(chunked, c, IN_TRAILER, BEFORE_LAST_LF);
    case IN_TRAILER:
        return behind_extra(chunked, c, IN_TRAILER, BEFORE_TRAILER_LF);
    case BEFORE_TRAILER_LF:
        return c == '\n' ? AT_TRAILER : BROKEN;
    case BEFORE_LAST_LF:
        return c == '\n' ? AT_END : BROKEN;
    default:
        return BROKEN;
    }
}

enum chunked_result chunked_read(struct chunked *chunked, struct str in, size_t *used,
                                 struct str *data)
{
    *data = (struct str){0};
    for (*used = 0; *used < in.len;) {
        if (chunked->state == IN_DATA) {
            *data = str_take(str_skip(in, *used), (size_t)chunked->left);
            *used += data->len;
            chunked->left -= data->len;
            if (chunked->left == 0)
                chunked->state = BEHIND_DATA;
            return CHUNKED_DATA;
        }
        chunked->state = step(chunked, in.ptr[(*used)++]);
        if (chunked->state == BROKEN)
            return CHUNKED_BAD;
        if (chunked->state == AT_END)
            return CHUNKED_END;
    }
    return CHUNKED_MORE;
}
