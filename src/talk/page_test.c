/* Units of page: addresses in texts, and pages as they come. */
#include "talk/inner.h"
#include "tests/unit.h"

static struct arena *arena;

static bool finds(const char *text, const char *wanted)
{
    return str_equal(page_find_address(str_from(text)), str_from(wanted));
}

static void addresses(void)
{
    CHECK(finds("", "") && finds("https://", "") && finds("没有", ""));
    CHECK(finds("https://example.org", "https://example.org"));
    CHECK(finds("看 http://a.cn/x?y=1&z=2#w 吧", "http://a.cn/x?y=1&z=2#w"));
    CHECK(finds("见https://a.cn/x。然后", "https://a.cn/x"));
    CHECK(finds("(see https://a.org/b).", "https://a.org/b"));
    CHECK(finds("[文](https://a.org/b_(c))", "https://a.org/b_(c))"));
    CHECK(finds("[x](https://a.org/b)", "https://a.org/b"));
    CHECK(finds("**https://a.org/b**", "https://a.org/b"));
    CHECK(finds("`https://a.org/`", "https://a.org/"));
    CHECK(finds("xhttps://a.org/", "") && finds("ftp://a.org/", ""));
    CHECK(finds("https://a.org, https://b.org", "https://a.org"));
}

static bool reads(const char *type, struct str html, const char *title, const char *text,
                  const char *picture)
{
    struct page page;
    page_read(arena, str_from(type), html, &page);
    bool is_so = str_equal(page.title, str_from(title)) && str_equal(page.text, str_from(text)) &&
                 str_equal(page.picture, str_from(picture));
    if (!is_so)
        fprintf(stderr, "[%.*s] [%.*s] [%.*s]\n", STR_ARG(page.title), STR_ARG(page.text),
                STR_ARG(page.picture));
    return is_so;
}

static void pages(void)
{
    CHECK(reads("", S(""), "", "", ""));
    CHECK(reads("text/html", S("<title> 编钟 \n &amp; 磬 </title>"), "编钟 & 磬", "", ""));
    CHECK(reads(
        "text/html",
        S("<html><head><TITLE>old</TITLE><meta name=description content='plain'>"
          "<meta property=\"og:title\" content=\"A &quot;b&quot; &#20013;&#x6587; &nope; > c\">"
          "<meta content='said' property='og:description'/>"
          "<meta property=og:image content=/p.png></head>"
          "<body><meta property=og:title content=late>"),
        "A \"b\" 中文 &nope; > c", "said", "/p.png"));
    CHECK(reads("text/html",
                S("<script>\"<title>no</title>\"</script><!-- <title>no</title> --><style>"
                  "<title>no</title></style><title>yes</title><meta name='twitter:description' "
                  "content='t'><meta name='twitter:image' content='https://a.org/p'>"),
                "yes", "t", "https://a.org/p"));
    CHECK(reads("text/html", S("<meta property=og:title content=''><title>back</title>"), "back",
                "", ""));
    CHECK(reads("text/html", S("<title>&#0;&#xd800;&#99999999999;&#1;x"),
                "&#0;&#xd800;&#99999999999; x", "", ""));
}

static void charsets(void)
{
    struct str gbk = S("<meta charset=\"gb2312\"><title>\xb1\xe0\xd6\xd3</title>");
    struct str bare = S("<title>\xb1\xe0\xd6\xd3</title>");
    CHECK(reads("text/html", gbk, "编钟", "", ""));
    CHECK(reads("text/html; charset=GBK", bare, "编钟", "", ""));
    CHECK(reads("text/html; charset=\"gb18030\"", bare, "编钟", "", ""));
    CHECK(reads("text/html", bare, "编钟", "", "")); /* told by its bytes */
    CHECK(reads("text/html; charset=big5", S("<title>\xbd\x73\xc4\xc1</title>"), "編鐘", "", ""));
    CHECK(reads("text/html; charset=Shift_JIS", S("<title>\x8f\xe0</title>"), "鐘", "", "") ||
          reads("text/html; charset=Shift_JIS", S("<title>\x8f\xe0</title>"), "鍾", "", ""));
    CHECK(reads("text/html; charset=iso-8859-1", S("<title>caf\xe9</title>"), "café", "", ""));
    CHECK(reads("text/html; charset=nonsense", S("<title>x</title>"), "x", "", ""));
    CHECK(reads("text/html; charset=utf-8",
                S("<title>a\xff"
                  "b</title>"),
                "a\xef\xbf\xbd"
                "b",
                "", ""));
    CHECK(reads("text/html; charset=utf-8", S("<title>a</title>\xe7"), "a", "", ""));
}

int main(void)
{
    arena = arena_new();
    addresses();
    pages();
    charsets();
    arena_free(arena);
    return unit_end("pages");
}
