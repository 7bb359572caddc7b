/* pinyin: the reading of a name, for finding and sorting. No tones.
 *
 * The table gives each character its usual reading (made at build time by tools/pinyin). Surnames
 * are often read otherwise; those stand in a list of their own here and count for the first
 * character only. */
#include "org/inner.h"
#include "base/text.h"

#include "build/pinyin.inc"

enum { FIRST_HAN = 0x4e00 };

static const struct {
    const char *surname;
    const char *reading;
} surnames[] = {
    {"万俟", "moqi"},   {"尉迟", "yuchi"},  {"单于", "chanyu"}, {"长孙", "zhangsun"},
    {"澹台", "tantai"}, {"令狐", "linghu"}, {"单", "shan"},     {"曾", "zeng"},
    {"仇", "qiu"},      {"解", "xie"},      {"查", "zha"},      {"盖", "ge"},
    {"区", "ou"},       {"任", "ren"},      {"华", "hua"},      {"朴", "piao"},
    {"翟", "zhai"},     {"覃", "qin"},      {"乐", "yue"},      {"种", "chong"},
    {"缪", "miao"},     {"尉", "wei"},      {"宓", "mi"},       {"召", "shao"},
    {"员", "yun"},      {"贠", "yun"},      {"繁", "po"},       {"冼", "xian"},
    {"秘", "bi"},       {"折", "she"},      {"黑", "he"},       {"重", "chong"},
    {"逄", "pang"},     {"哈", "ha"},       {"洗", "xian"},     {"柏", "bai"},
    {"晁", "chao"},     {"隗", "wei"},      {"都", "du"},       {"佴", "nai"},
    {"句", "gou"},      {"阚", "kan"},      {"牟", "mu"},       {"石", "shi"},
    {"沈", "shen"},     {"谌", "chen"},     {"褚", "chu"},      {"訾", "zi"},
    {"薄", "bo"},       {"燕", "yan"},
};

/* The syllables of a surname at the name's start; *at moves behind it. */
static bool write_surname(struct str name, size_t *at, struct buf *full, struct buf *initials)
{
    for (size_t i = 0; i < sizeof surnames / sizeof *surnames; i++) {
        struct str surname = str_from(surnames[i].surname);
        if (!str_starts(name, surname) || name.len == surname.len)
            continue;
        struct str reading = str_from(surnames[i].reading);
        buf_add(full, reading);
        buf_char(initials, reading.ptr[0]);
        if (surname.len > 3) { /* the second syllable's initial comes from the table */
            size_t second = 3;
            uint32_t code = text_next(name, &second);
            buf_char(initials, syllables[readings[code - FIRST_HAN]][0]);
        }
        *at = surname.len;
        return true;
    }
    return false;
}

static bool is_letter(uint32_t code)
{
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
           (code >= '0' && code <= '9');
}

void pinyin_write(struct str name, struct buf *full, struct buf *initials)
{
    size_t at = 0;
    bool is_inside_word = false;
    write_surname(name, &at, full, initials);
    while (at < name.len) {
        uint32_t code = text_next(name, &at);
        if (code >= FIRST_HAN && code < FIRST_HAN + sizeof readings / sizeof *readings) {
            const char *syllable = syllables[readings[code - FIRST_HAN]];
            buf_add(full, str_from(syllable));
            if (*syllable)
                buf_char(initials, *syllable);
            is_inside_word = false;
        } else if (is_letter(code)) {
            char lower = (char)(code >= 'A' && code <= 'Z' ? code + 32 : code);
            buf_char(full, lower);
            if (!is_inside_word)
                buf_char(initials, lower);
            is_inside_word = true;
        } else
            is_inside_word = false;
    }
}
