/* str: comparing, searching and cutting views. */
#include "base/str.h"

struct str str_from(const char *zero_ended)
{
    return zero_ended ? str_of(zero_ended, strlen(zero_ended)) : S("");
}

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_equal_fold(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (str_lower(a.ptr[i]) != str_lower(b.ptr[i]))
            return false;
    return true;
}

int str_compare(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal(str_take(s, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_equal(str_skip(s, s.len - suffix.len), suffix);
}

ptrdiff_t str_find_char(struct str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? at - s.ptr : -1;
}

ptrdiff_t str_find(struct str s, struct str part)
{
    if (part.len == 0)
        return 0;
    for (size_t i = 0; i + part.len <= s.len; i++)
        if (s.ptr[i] == part.ptr[0] && memcmp(s.ptr + i, part.ptr, part.len) == 0)
            return (ptrdiff_t)i;
    return -1;
}

struct str str_skip(struct str s, size_t n)
{
    size_t skipped = n < s.len ? n : s.len;
    return s.ptr ? str_of(s.ptr + skipped, s.len - skipped) : S("");
}

struct str str_take(struct str s, size_t n)
{
    return str_of(s.ptr, n < s.len ? n : s.len);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = str_skip(s, 1);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct str str_cut(struct str *rest, char c)
{
    ptrdiff_t at = str_find_char(*rest, c);
    struct str head = at < 0 ? *rest : str_take(*rest, (size_t)at);
    *rest = str_skip(*rest, at < 0 ? rest->len : (size_t)at + 1);
    return head;
}

bool str_to_int(struct str s, int64_t *out)
{
    bool is_negative = s.len && s.ptr[0] == '-';
    if (is_negative)
        s = str_skip(s, 1);
    if (s.len == 0 || s.len > 19)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    if (value > (uint64_t)INT64_MAX)
        return false;
    *out = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

bool str_equal_secret(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    volatile unsigned char difference = 0;
    for (size_t i = 0; i < a.len; i++)
        difference = (unsigned char)(difference | (a.ptr[i] ^ b.ptr[i]));
    return difference == 0;
}
