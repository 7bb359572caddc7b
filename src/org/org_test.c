/* Units of org: readings of names. */
#include "org/inner.h"
#include "tests/unit.h"

static bool reads(struct str name, const char *full, const char *initials)
{
    struct buf a = buf_new(400), b = buf_new(400);
    pinyin_write(name, &a, &b);
    bool is_so =
        str_equal(buf_str(&a), str_from(full)) && str_equal(buf_str(&b), str_from(initials));
    if (!is_so)
        fprintf(stderr, "%.*s: %.*s %.*s\n", STR_ARG(name), STR_ARG(buf_str(&a)),
                STR_ARG(buf_str(&b)));
    buf_free(&a);
    buf_free(&b);
    return is_so;
}

int main(void)
{
    CHECK(reads(S("林晓棠"), "linxiaotang", "lxt"));
    CHECK(reads(S("欧阳明"), "ouyangming", "oym"));
    CHECK(reads(S("单文博"), "shanwenbo", "swb"));
    CHECK(reads(S("单于明"), "chanyuming", "cym"));
    CHECK(reads(S("尉迟恭"), "yuchigong", "ycg"));
    CHECK(reads(S("曾国强"), "zengguoqiang", "zgq"));
    CHECK(reads(S("解小红"), "xiexiaohong", "xxh"));
    CHECK(reads(S("高三(2)班"), "gaosan2ban", "gs2b"));
    CHECK(reads(S("Ana Maria 李"), "anamariali", "aml"));
    CHECK(reads(S("吕绿"), "lvlv", "ll") || reads(S("吕绿"), "lulu", "ll"));
    CHECK(reads(S(""), "", ""));
    return unit_end("org");
}
