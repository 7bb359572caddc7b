/* words: cuts text into the words of the index, without asking any dictionary.
 *
 * Scripts that put no space between words become overlapping pairs; in a document the last
 * character of a run also stands alone, so that one character is found as the beginning of a word
 * wherever it stands. */
#include "store/engine.h"
#include "store/search.h"
#include "base/text.h"

enum { TEXT_MAX = 1 << 16, CODE_MAX = 4 };

enum script { SCRIPT_NONE, SCRIPT_SPACED, SCRIPT_UNSPACED };

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static const struct range unspaced[] = {
    {0x4e00, 0x9fff},   {0x3400, 0x4dbf}, {0x3041, 0x3096}, {0x30a1, 0x30fa}, {0x30fc, 0x30ff},
    {0xac00, 0xd7a3},   {0x3005, 0x3007}, {0x3105, 0x318e}, {0x31a0, 0x31ff}, {0xf900, 0xfaff},
    {0xff66, 0xffdc},   {0x0e01, 0x0eff}, {0x1000, 0x109f}, {0x1100, 0x11ff}, {0x1780, 0x17d3},
    {0x20000, 0x3ffff}, {0xa000, 0xa4cf}, {0xa960, 0xa97f}, {0xd7b0, 0xd7ff},
};

/* Signs that stand among the letters below U+2000. */
static const struct range signs[] = {
    {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},   {0xbb, 0xbf},   {0xd7, 0xd7},
    {0xf7, 0xf7},     {0x2b9, 0x2ff},   {0x37e, 0x37e}, {0x387, 0x387}, {0x55a, 0x55f},
    {0x589, 0x58f},   {0x5be, 0x5be},   {0x5f3, 0x5f4}, {0x600, 0x60f}, {0x61b, 0x61f},
    {0x66a, 0x66d},   {0x6d4, 0x6d4},   {0x964, 0x965}, {0xf08, 0xf17}, {0x1360, 0x1368},
    {0x1680, 0x1680}, {0x1800, 0x180e},
};

static enum script script_of(uint32_t code)
{
    if (code < 0x80) {
        bool is_letter = (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
        return is_letter || (code >= '0' && code <= '9') ? SCRIPT_SPACED : SCRIPT_NONE;
    }
    if (is_in(code, unspaced, sizeof unspaced / sizeof *unspaced))
        return SCRIPT_UNSPACED;
    bool is_letter = code < 0x2000 && !is_in(code, signs, sizeof signs / sizeof *signs);
    return is_letter ? SCRIPT_SPACED : SCRIPT_NONE;
}

bool search_is_pair(struct str word)
{
    size_t at = 0;
    bool is_unspaced = script_of(text_next(word, &at)) == SCRIPT_UNSPACED;
    return is_unspaced && at < word.len;
}

/* Blocks whose capitals stand at even (or odd) places, each before its small letter. */
static const struct range even_pairs[] = {{0x100, 0x137},   {0x14a, 0x177}, {0x460, 0x481},
                                          {0x48a, 0x4bf},   {0x4d0, 0x52f}, {0x1e00, 0x1e95},
                                          {0x1ea0, 0x1eff}, {0x1de, 0x1ef}, {0x1f8, 0x21f},
                                          {0x222, 0x233},   {0x3d8, 0x3ef}};
static const struct range odd_pairs[] = {
    {0x139, 0x148}, {0x179, 0x17e}, {0x1cd, 0x1dc}, {0x4c1, 0x4ce}};

static const struct {
    struct range from;
    uint32_t plus;
} shifts[] = {
    {{'A', 'Z'}, 32},     {{0xc0, 0xde}, 32},   {{0x391, 0x3ab}, 32}, {{0x410, 0x42f}, 32},
    {{0x400, 0x40f}, 80}, {{0x386, 0x386}, 38}, {{0x388, 0x38a}, 37}, {{0x38c, 0x38c}, 64},
    {{0x38e, 0x38f}, 63}, {{0x3c2, 0x3c2}, 1},  {{0x1af, 0x1af}, 1},  {{0x1a0, 0x1a0}, 1},
    {{0x531, 0x556}, 48},
};

/* Simple folding: one code point for one. Full-width forms become ASCII first. */
static uint32_t fold(uint32_t code)
{
    if (code >= 0xff01 && code <= 0xff5e)
        code -= 0xfee0;
    if (code >= 'a' && code <= 'z')
        return code;
    if (code == 0x130)
        return 'i';
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++)
        if (code >= shifts[i].from.first && code <= shifts[i].from.last)
            return code + shifts[i].plus;
    if (code % 2 == 0 && is_in(code, even_pairs, sizeof even_pairs / sizeof *even_pairs))
        return code + 1;
    if (code % 2 == 1 && is_in(code, odd_pairs, sizeof odd_pairs / sizeof *odd_pairs))
        return code + 1;
    return code;
}

struct cutter {
    struct str text;
    bool is_query;
    bool (*each)(void *context, struct str word, size_t begin, size_t end);
    void *context;
};

/* The folded code point at *at, which moves behind it. */
static uint32_t next_folded(struct str text, size_t *at)
{
    return fold(text_next(text, at));
}

/* A word of letters from `begin`; *end gets where it ends. False when the taker wants no more. */
static bool cut_spaced(const struct cutter *cutter, size_t begin, size_t *end)
{
    char word[SEARCH_WORD_MAX + CODE_MAX];
    size_t len = 0, at = begin;
    *end = begin;
    while (at < cutter->text.len) {
        uint32_t code = next_folded(cutter->text, &at);
        if (script_of(code) != SCRIPT_SPACED)
            break;
        if (len <= SEARCH_WORD_MAX - CODE_MAX)
            len += text_write(code, word + len);
        *end = at;
    }
    return cutter->each(cutter->context, str_of(word, len), begin, *end);
}

/* Pairs of a run from `begin`. */
static bool cut_unspaced(const struct cutter *cutter, size_t begin, size_t *end)
{
    char pair[2 * CODE_MAX];
    size_t at = begin, first = begin, second;
    size_t first_len = text_write(next_folded(cutter->text, &at), pair);
    bool is_alone = true, wants_more = true;
    while (wants_more && at < cutter->text.len) {
        second = at;
        uint32_t code = next_folded(cutter->text, &at);
        if (script_of(code) != SCRIPT_UNSPACED) {
            at = second;
            break;
        }
        size_t len = text_write(code, pair + first_len);
        wants_more = cutter->each(cutter->context, str_of(pair, first_len + len), first, at);
        memmove(pair, pair + first_len, len);
        first_len = len;
        first = second;
        is_alone = false;
    }
    *end = at;
    if (wants_more && (is_alone || !cutter->is_query))
        wants_more = cutter->each(cutter->context, str_of(pair, first_len), first, at);
    return wants_more;
}

/* The longest beginning that is not too long and cuts no code point. */
static struct str bounded(struct str text)
{
    size_t len = text.len < TEXT_MAX ? text.len : TEXT_MAX;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
        len--;
    return str_take(text, len);
}

bool search_words(struct str text, bool is_query,
                  bool (*each)(void *context, struct str word, size_t begin, size_t end),
                  void *context)
{
    struct cutter cutter = {bounded(text), is_query, each, context};
    size_t at = 0;
    bool wants_more = true;
    while (wants_more && at < cutter.text.len) {
        size_t begin = at;
        enum script script = script_of(next_folded(cutter.text, &at));
        if (script == SCRIPT_SPACED)
            wants_more = cut_spaced(&cutter, begin, &at);
        else if (script == SCRIPT_UNSPACED)
            wants_more = cut_unspaced(&cutter, begin, &at);
    }
    return wants_more;
}
