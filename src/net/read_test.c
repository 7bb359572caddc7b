/* Units of net: the readers of what strangers send, and the writers' other side. */
#include "base/buf.h"
#include "net/chunked.h"
#include "net/deflate.h"
#include "net/gateway_test.h"
#include "net/head.h"

static int read_head(const char *text, struct head *out)
{
    size_t at = 0;
    int status = head_scan(str_from(text), 16384, &at);
    return status == HEAD_WHOLE ? head_parse(str_take(str_from(text), at), out) : status;
}

static int status_of(const char *text)
{
    static struct head head;
    return read_head(text, &head);
}

static void heads(void)
{
    struct head head;
    CHECK(read_head(
              "POST /a/b%20?x=1&y HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\nA:  b c \r\n\r\nzz",
              &head) == HEAD_WHOLE);
    CHECK(head.verb == NET_POST && str_equal(head.path, S("/a/b%20")));
    CHECK(str_equal(head.query, S("x=1&y")) && head.length == 5 && head.keeps_alive);
    CHECK(head.field_count == 3 && str_equal(head.fields[2].value, S("b c")));
    CHECK(read_head("GET / HTTP/1.0\r\n\r\n", &head) == HEAD_WHOLE && !head.keeps_alive);
    CHECK(read_head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", &head) == HEAD_WHOLE &&
          head.keeps_alive);
    CHECK(read_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", &head) ==
              HEAD_WHOLE &&
          !head.keeps_alive);
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n", HEAD_MORE},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\x16\x03\x01", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = status_of(cases[i].text);
        CHECK(status == cases[i].status);
        if (status != cases[i].status)
            fprintf(stderr, "  %d for %s\n", status, cases[i].text);
    }
}

static void head_ceilings(void)
{
    size_t at = 0;
    CHECK(head_scan(S("GET /aaaaaaaaaaaaaaaa"), 16, &at) == 414);
    at = 0;
    CHECK(head_scan(S("GET / HTTP/1.1\r\nA: b\r\n"), 20, &at) == 431);
    struct buf many = buf_new(100000);
    buf_add(&many, S("GET / HTTP/1.1\r\nHost: a\r\n"));
    for (int i = 0; i < 64; i++)
        buf_add(&many, S("A: b\r\n"));
    buf_add(&many, S("\r\n"));
    buf_char(&many, 0);
    CHECK(status_of(many.ptr) == 431);
    buf_free(&many);
    /* In pieces of any size the end is found at the same place. */
    struct str text = S("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest");
    at = 0;
    for (size_t len = 0; len < text.len - 4; len++)
        CHECK(head_scan(str_take(text, len), 16384, &at) == HEAD_MORE && at == len);
    CHECK(head_scan(text, 16384, &at) == HEAD_WHOLE && at == text.len - 4);
}

static void ranges(void)
{
    struct head_range range = head_range(S("bytes=5-9"));
    CHECK(range.kind == RANGE_SPAN && range.first == 5 && range.last == 9);
    CHECK(head_range(S("bytes=5-")).kind == RANGE_FROM);
    CHECK(head_range(S("bytes=-5")).kind == RANGE_LAST);
    CHECK(head_range(S("bytes=9-5")).kind == RANGE_NONE);
    CHECK(head_range(S("bytes=1-2,4-5")).kind == RANGE_NONE);
    CHECK(head_range(S("bytes=-")).kind == RANGE_NONE);
    CHECK(head_range(S("bytes=--5")).kind == RANGE_NONE);
    CHECK(head_range(S("lines=1-2")).kind == RANGE_NONE);
}

/* Decodes in steps of `step` bytes; the result, and what was decoded in `out`. */
static enum chunked_result decode(struct str in, size_t step, struct buf *out)
{
    struct chunked chunked = {0};
    enum chunked_result result = CHUNKED_MORE;
    buf_clear(out);
    while (in.len) {
        struct str part = str_take(in, step), data;
        size_t used = 0;
        result = chunked_read(&chunked, part, &used, &data);
        buf_add(out, data);
        in = str_skip(in, used);
        if (result == CHUNKED_BAD || result == CHUNKED_END)
            break;
    }
    return result;
}

static void chunks(void)
{
    struct buf out = buf_new(1000);
    for (size_t step = 1; step < 40; step++) {
        CHECK(decode(S("5\r\nhello\r\nA;x=y\r\n, world..!\r\n0\r\nT: v\r\n\r\n"), step, &out) ==
              CHUNKED_END);
        CHECK(str_equal(buf_str(&out), S("hello, world..!")));
    }
    static const char *bad[] = {"\r\n",
                                "g\r\n",
                                "5\nhello",
                                "5\r\nhelloX",
                                "5 \r\n",
                                "-1\r\n",
                                "0x5\r\n",
                                "1111111111111111\r\n",
                                "0\r\n\n",
                                "5\r\nhello\n",
                                "5;\x01\r\nhello\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(decode(str_from(bad[i]), 1, &out) == CHUNKED_BAD);
    buf_free(&out);
}

/* A client's frame. */
static struct frame_event read_one(struct frame_reader *reader, unsigned char first,
                                   struct str payload)
{
    static struct buf bytes;
    buf_free(&bytes);
    bytes = buf_new(1 << 20);
    put_frame(&bytes, first, payload, true);
    size_t used = 0;
    for (size_t len = 0; len < bytes.len; len += 1 + bytes.len / 50)
        if (frame_read(reader, bytes.ptr, len, 70000, &used).kind == FRAME_FAILED)
            break;
    struct frame_event event = frame_read(reader, bytes.ptr, bytes.len, 70000, &used);
    CHECK(event.kind == FRAME_FAILED || used == bytes.len);
    return event;
}

static int fails_with(unsigned char first, struct str payload)
{
    struct frame_reader reader = {0};
    struct frame_event event = read_one(&reader, first, payload);
    frame_reader_clear(&reader);
    return event.kind == FRAME_FAILED ? event.code : 0;
}

static void frames(void)
{
    struct frame_reader reader = {0};
    static char large[80000];
    struct frame_event event = read_one(&reader, 0x81, S("hello"));
    CHECK(event.kind == FRAME_MESSAGE && str_equal(event.payload, S("hello")));
    for (size_t len = 125; len <= 127; len++)
        CHECK(read_one(&reader, 0x81, str_of(large, len)).payload.len == len);
    CHECK(read_one(&reader, 0x81, str_of(large, 66000)).payload.len == 66000);
    CHECK(read_one(&reader, 0x01, S("ab")).kind == FRAME_NOTHING);
    CHECK(read_one(&reader, 0x89, S("p")).kind == FRAME_PINGED);
    CHECK(read_one(&reader, 0x00, S("cd")).kind == FRAME_NOTHING);
    event = read_one(&reader, 0x80, S("ef"));
    CHECK(event.kind == FRAME_MESSAGE && str_equal(event.payload, S("abcdef")));
    frame_reader_clear(&reader);
    CHECK(read_one(&reader, 0x88, S("\x03\xe9 x")).code == 1001);
    CHECK(read_one(&reader, 0x88, S("")).code == CLOSE_NO_CODE);
    CHECK(fails_with(0x88, S("\x03")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x88, S("\x03\xed")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x88, S("\x03\xe8\xff")) == CLOSE_NOT_UTF8);
    CHECK(fails_with(0x82, S("x")) == CLOSE_UNSUPPORTED);
    CHECK(fails_with(0x80, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0xc1, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x83, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x09, S("x")) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x89, str_of(large, 126)) == CLOSE_PROTOCOL);
    CHECK(fails_with(0x81, str_of(large, 70001)) == CLOSE_TOO_BIG);
    size_t used;
    char bare[] = "\x81\x01x";
    CHECK(frame_read(&reader, bare, 3, 100, &used).code == CLOSE_PROTOCOL);
    char padded[] = "\x81\xfe\x00\x01\0\0\0\0x";
    CHECK(frame_read(&reader, padded, 9, 100, &used).code == CLOSE_PROTOCOL);
    read_one(&reader, 0x81, S("")); /* frees its buffer below */
}

static void deflated(void)
{
    static char text[300];
    memset(text, 'a', sizeof text);
    struct frame *frame = frame_new(str_of(text, sizeof text), false);
    struct frame *small = frame_deflated(frame);
    CHECK(small != frame && small->len < 60 && frame_deflated(frame) == small);
    struct buf out = buf_new(1000);
    CHECK(deflate_undo(frame_payload(small), &out) == 0);
    CHECK(str_equal(buf_str(&out), str_of(text, sizeof text)));
    buf_free(&out);
    out = buf_new(100);
    CHECK(deflate_undo(frame_payload(small), &out) == CLOSE_TOO_BIG);
    CHECK(deflate_undo(S("\xff\xff\xff"), &out) != 0);
    buf_free(&out);
    frame_free(frame);
    deflate_end_thread();
}

int main(void)
{
    heads();
    head_ceilings();
    ranges();
    chunks();
    frames();
    deflated();
    return unit_end("net readers");
}
