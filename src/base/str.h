/* str: a view of bytes. It owns nothing and need not end in a zero byte. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

/* A view of a string literal. */
#define S(literal) ((struct str){"" literal, sizeof(literal) - 1})

/* For printf: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).len, (s).ptr

/* A view of a C string; NULL gives the empty view. */
struct str str_from(const char *zero_ended);

static inline struct str str_of(const char *ptr, size_t len)
{
    return (struct str){ptr, len};
}

bool str_equal(struct str a, struct str b);

/* Equal when ASCII letters are compared without case. */
bool str_equal_fold(struct str a, struct str b);

/* An ASCII letter made small; any other byte as it is. */
static inline char str_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Byte order; negative, zero or positive. */
int str_compare(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Position of the first `c` or of `part`, or -1. */
ptrdiff_t str_find_char(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str part);

/* The view without its first `n` bytes; `n` past the end gives the empty view. */
struct str str_skip(struct str s, size_t n);

/* The first `n` bytes, or all when it is shorter. */
struct str str_take(struct str s, size_t n);

/* Without spaces, tabs, CR and LF at both ends. */
struct str str_trim(struct str s);

/* Cuts the bytes before the first `c` off the front of *rest and returns them; *rest goes on behind
 * `c`. Without `c` all of *rest is returned and *rest is empty. */
struct str str_cut(struct str *rest, char c);

/* Reads the whole view as a decimal number; false when it is not exactly one or does not fit. */
bool str_to_int(struct str s, int64_t *out);

/* Compares in a time that depends on the lengths only; for secrets. */
bool str_equal_secret(struct str a, struct str b);

#endif
