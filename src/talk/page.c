/* page: what a web page says of itself: its title, a sentence, a picture.
 *
 * It reads <title> and <meta> and nothing else, up to the body. The bytes are strangers': whatever
 * they are, what comes out is clean text of bounded length. */
#include "talk/inner.h"
#include "base/text.h"

#include <errno.h>
#include <iconv.h>

enum {
    CHARSET_SEARCHED = 4096,
    LONGEST_CHARSET = 30,
    LARGEST_PAGE = 2 << 20, /* in UTF-8 */
    LONGEST_TITLE = 200,
    LONGEST_TEXT = 500,
    LONGEST_ADDRESS = 2000,
    LONGEST_ENTITY = 10,
    REPLACEMENT = 0xfffd,
};

/* ---- addresses in a text -------------------------------------------------------------------- */

static bool is_in_address(char c)
{
    return c > ' ' && c < 0x7f && !strchr("<>\"'`\\^{}|", c);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct str page_find_address(struct str text)
{
    for (size_t i = 0; i + 8 < text.len; i++) {
        struct str rest = str_skip(text, i);
        bool begins = (str_starts(rest, S("http://")) || str_starts(rest, S("https://"))) &&
                      (i == 0 || !is_word(text.ptr[i - 1]));
        size_t len = 0;
        while (begins && len < rest.len && is_in_address(rest.ptr[len]))
            len++;
        struct str found = str_take(rest, len);
        while (found.len && strchr(".,;:!?*_~", found.ptr[found.len - 1]))
            found.len--;
        if (str_ends(found, S(")")) && str_find_char(found, '(') < 0)
            found.len--;
        if (str_ends(found, S("]")) && str_find_char(found, '[') < 0)
            found.len--;
        if (found.len > 9 && found.len <= LONGEST_ADDRESS)
            return found;
    }
    return S("");
}

/* ---- letters -------------------------------------------------------------------------------- */

/* Position of `part` without regard to the case of letters; `part` is in small ones. */
static ptrdiff_t find_fold(struct str s, struct str part)
{
    for (size_t i = 0; i + part.len <= s.len; i++)
        if (str_lower(s.ptr[i]) == part.ptr[0] &&
            str_equal_fold(str_take(str_skip(s, i), part.len), part))
            return (ptrdiff_t)i;
    return -1;
}

/* The word behind "charset=", or empty. */
static struct str charset_in(struct str text)
{
    ptrdiff_t at = find_fold(text, S("charset="));
    struct str rest = at < 0 ? S("") : str_skip(text, (size_t)at + 8);
    while (rest.len && (rest.ptr[0] == '"' || rest.ptr[0] == '\'' || rest.ptr[0] == ' '))
        rest = str_skip(rest, 1);
    size_t len = 0;
    while (len < rest.len && len < LONGEST_CHARSET &&
           (is_word(rest.ptr[len]) || rest.ptr[len] == '-' || rest.ptr[len] == '_'))
        len++;
    return str_take(rest, len);
}

/* What browsers take them for (the encoding standard of WHATWG). */
static struct str charset_of(struct arena *arena, struct str type, struct str bytes)
{
    struct str named = charset_in(type);
    if (!named.len)
        named = charset_in(str_take(bytes, CHARSET_SEARCHED));
    if (str_starts(bytes, S("\xef\xbb\xbf")))
        return S("utf-8");
    if (!named.len)
        return text_is_utf8(bytes) ? S("utf-8") : S("gb18030");
    named = arena_lower(arena, named);
    if (str_equal(named, S("gb2312")) || str_equal(named, S("gbk")) ||
        str_equal(named, S("gb_2312-80")))
        return S("gb18030");
    if (str_equal(named, S("big5")))
        return S("big5-hkscs");
    return str_equal(named, S("iso-8859-1")) || str_equal(named, S("ascii")) ? S("windows-1252")
                                                                             : named;
}

/* Bytes of the letter at the beginning, in well-formed UTF-8; 0: there is none. */
static size_t letter_length(struct str s)
{
    unsigned char first = (unsigned char)s.ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return s.len >= len && text_is_utf8(str_take(s, len)) ? len : 0;
}

/* Well-formed whatever it was: other bytes become U+FFFD. The library takes more for letters than
 * there are. */
static struct str well_formed(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, 3 * text.len + 1);
    size_t len = 0;
    while (text.len) {
        size_t letter = letter_length(text);
        if (letter)
            memcpy(out + len, text.ptr, letter);
        len += letter ? letter : text_write(REPLACEMENT, out + len);
        text = str_skip(text, letter ? letter : 1);
    }
    return str_of(out, len);
}

/* From another charset, at most LARGEST_PAGE bytes; what is no letter of it becomes U+FFFD. */
static struct str convert(struct arena *arena, iconv_t converter, struct str bytes)
{
    size_t room = 3 * bytes.len + 16;
    room = room > LARGEST_PAGE ? LARGEST_PAGE : room;
    char *out = arena_alloc(arena, room), *to = out;
    char *from = (char *)(uintptr_t)bytes.ptr;
    size_t left = bytes.len, free_bytes = room;
    while (left && free_bytes > 4 &&
           iconv(converter, &from, &left, &to, &free_bytes) == (size_t)-1 && errno == EILSEQ &&
           left && free_bytes > 4) {
        size_t written = text_write(REPLACEMENT, to);
        to += written;
        free_bytes -= written;
        from++;
        left--;
    }
    return str_of(out, (size_t)(to - out));
}

static struct str to_utf8(struct arena *arena, struct str charset, struct str bytes)
{
    bool is_utf8 = str_equal(charset, S("utf-8")) || str_equal(charset, S("utf8"));
    iconv_t none = (iconv_t)-1;
    iconv_t converter = is_utf8 ? none : iconv_open("UTF-8", arena_copy(arena, charset).ptr);
    struct str text = converter == none ? bytes : convert(arena, converter, bytes);
    if (converter != none)
        iconv_close(converter);
    return well_formed(arena, text);
}

/* ---- text ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t code;
} entities[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", ' '},     {"copy", 0xa9},    {"reg", 0xae},     {"middot", 0xb7},  {"laquo", 0xab},
    {"raquo", 0xbb},   {"times", 0xd7},   {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},
    {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d}, {"bull", 0x2022},  {"hellip", 0x2026},
    {"trade", 0x2122}, {"ensp", ' '},     {"emsp", ' '},     {"deg", 0xb0},
};

static bool number_of(struct str digits, uint32_t base, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = str_lower(digits.ptr[i]);
        uint32_t digit = c >= '0' && c <= '9'                 ? (uint32_t)(c - '0')
                         : base == 16 && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                                                              : base;
        if (digit >= base || *out > 0x10ffff)
            return false;
        *out = *out * base + digit;
    }
    return digits.len > 0;
}

/* "#8212" or "mdash"; 0 when it means nothing. */
static uint32_t entity(struct str name)
{
    uint32_t code = 0;
    if (str_starts(name, S("#x")) || str_starts(name, S("#X")))
        number_of(str_skip(name, 2), 16, &code);
    else if (str_starts(name, S("#")))
        number_of(str_skip(name, 1), 10, &code);
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (str_equal(name, str_from(entities[i].name)))
            return entities[i].code;
    bool is_letter = code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);
    return is_letter ? code : 0;
}

/* Entities decoded, blanks joined, at most `most` letters. */
static struct str clean(struct arena *arena, struct str raw, size_t most)
{
    char *out = arena_alloc(arena, raw.len + 4);
    size_t len = 0;
    raw = str_take(raw, LARGEST_PAGE);
    for (size_t i = 0; i < raw.len;) {
        struct str rest = str_skip(raw, i), name = str_skip(rest, 1);
        ptrdiff_t end =
            rest.ptr[0] == '&' ? str_find_char(str_take(name, LONGEST_ENTITY), ';') : -1;
        uint32_t code = end > 0 ? entity(str_take(name, (size_t)end)) : 0;
        size_t used = code ? (size_t)end + 2 : 1;
        bool is_blank = code ? code <= ' ' || code == 0x7f
                             : (unsigned char)rest.ptr[0] <= ' ' || rest.ptr[0] == 0x7f;
        if (is_blank) {
            if (len && out[len - 1] != ' ')
                out[len++] = ' ';
        } else if (code) {
            char letter[4];
            size_t written = text_write(code, letter); /* shorter than its entity */
            memcpy(out + len, letter, written);
            len += written;
        } else
            out[len++] = rest.ptr[0];
        i += used;
    }
    return str_trim(text_take(str_trim(str_of(out, len)), most));
}

/* ---- tags ----------------------------------------------------------------------------------- */

/* The value of an attribute in the inside of a tag. */
static struct str attribute(struct str tag, struct str wanted)
{
    while (tag.len) {
        size_t len = 0;
        while (tag.len && ((unsigned char)tag.ptr[0] <= ' ' || tag.ptr[0] == '/'))
            tag = str_skip(tag, 1);
        while (len < tag.len && (unsigned char)tag.ptr[len] > ' ' && tag.ptr[len] != '=')
            len++;
        struct str name = str_take(tag, len), value = S("");
        tag = str_trim(str_skip(tag, len));
        if (str_starts(tag, S("="))) {
            tag = str_trim(str_skip(tag, 1));
            char mark = tag.len && (tag.ptr[0] == '"' || tag.ptr[0] == '\'') ? tag.ptr[0] : 0;
            size_t end = 0;
            tag = str_skip(tag, mark ? 1 : 0);
            while (end < tag.len &&
                   (mark ? tag.ptr[end] != mark : (unsigned char)tag.ptr[end] > ' '))
                end++;
            value = str_take(tag, end);
            tag = str_skip(tag, end + (mark ? 1 : 0));
        } else if (!len)
            tag = str_skip(tag, 1);
        if (len && str_equal_fold(name, wanted))
            return value;
    }
    return S("");
}

/* What a page calls its title, in the order in which it is believed. */
static const char *const titles[] = {"og:title", "twitter:title"};
static const char *const texts[] = {"og:description", "twitter:description", "description"};
static const char *const pictures[] = {"og:image", "og:image:secure_url", "og:image:url",
                                       "twitter:image", "twitter:image:src"};
enum { RANKS = 6 };

struct found {
    struct str title[RANKS], text[RANKS], picture[RANKS];
};

static void put(struct str *list, const char *const *names, size_t count, struct str name,
                struct str value)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_fold(name, str_from(names[i])) && !list[i].len)
            list[i] = value;
}

static void take_meta(struct str tag, struct found *out)
{
    struct str name = attribute(tag, S("property")), value = attribute(tag, S("content"));
    if (!name.len)
        name = attribute(tag, S("name"));
    put(out->title, titles, sizeof titles / sizeof *titles, name, value);
    put(out->text, texts, sizeof texts / sizeof *texts, name, value);
    put(out->picture, pictures, sizeof pictures / sizeof *pictures, name, value);
}

/* Behind the end of a tag; quotes may hold '>'. */
static size_t tag_end(struct str text)
{
    char mark = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (mark)
            mark = c == mark ? 0 : mark;
        else if (c == '"' || c == '\'')
            mark = c;
        else if (c == '>')
            return i + 1;
    }
    return text.len;
}

static struct str tag_inside(struct str text)
{
    struct str tag = str_take(text, tag_end(text));
    tag.len -= str_ends(tag, S(">"));
    return tag;
}

static struct str skip_past(struct str text, struct str end)
{
    ptrdiff_t at = find_fold(text, end);
    return at < 0 ? S("") : str_skip(text, (size_t)at + end.len);
}

static bool is_tag(struct str text, struct str name)
{
    return str_equal_fold(str_take(text, name.len), name) &&
           (text.len == name.len || !is_word(text.ptr[name.len]));
}

/* One tag at the beginning of `text`; what follows it. */
static struct str take_tag(struct str text, struct found *out)
{
    if (str_starts(text, S("<!--")))
        return skip_past(str_skip(text, 4), S("-->"));
    struct str inside = str_skip(text, 1), rest = str_skip(text, tag_end(text));
    if (is_tag(inside, S("script")))
        return skip_past(rest, S("</script"));
    if (is_tag(inside, S("style")))
        return skip_past(rest, S("</style"));
    if (is_tag(inside, S("body")))
        return S("");
    if (is_tag(inside, S("title")) && !out->title[RANKS - 1].len) {
        struct str title = rest;
        out->title[RANKS - 1] = str_cut(&title, '<');
    }
    if (is_tag(inside, S("meta")))
        take_meta(tag_inside(str_skip(inside, 4)), out);
    return rest;
}

static struct str best(struct arena *arena, const struct str *list, size_t most)
{
    for (size_t i = 0; i < RANKS; i++) {
        struct str text = clean(arena, list[i], most);
        if (text.len)
            return text;
    }
    return S("");
}

void page_read(struct arena *arena, struct str type, struct str bytes, struct page *out)
{
    struct found found = {0};
    struct str text = to_utf8(arena, charset_of(arena, type, bytes), bytes);
    while (text.len) {
        ptrdiff_t at = str_find_char(text, '<');
        text = at < 0 ? S("") : take_tag(str_skip(text, (size_t)at), &found);
    }
    *out = (struct page){.title = best(arena, found.title, LONGEST_TITLE),
                         .text = best(arena, found.text, LONGEST_TEXT),
                         .picture = best(arena, found.picture, LONGEST_ADDRESS)};
}
