/* answer: writing answers: the head, conditions, ranges, and where the body comes from. */
#include "net/inner.h"

#include <stdlib.h>
#include <unistd.h>

enum { HEAD_ROOM = 512 };

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}

/* Equal but for a leading W/ (RFC 9110, 8.8.3.2). */
static bool is_same_weakly(struct str a, struct str b)
{
    return str_equal(str_skip(a, str_starts(a, S("W/")) ? 2 : 0),
                     str_skip(b, str_starts(b, S("W/")) ? 2 : 0));
}

static bool has_not_changed(const struct http *http, struct str etag)
{
    struct str list = str_from(http->if_none_match);
    if (str_equal(str_trim(list), S("*")))
        return etag.len > 0;
    while (list.len && etag.len)
        if (is_same_weakly(str_trim(str_cut(&list, ',')), etag))
            return true;
    return false;
}

/* What is really sent, once conditions and ranges have been looked at. */
struct reply {
    int status;
    uint64_t at, len; /* of the body or the file */
    uint64_t size;    /* of the whole */
    bool has_length, has_content;
};

static void choose_range(const struct http *http, const struct net_answer *answer,
                         struct reply *reply)
{
    struct head_range range = http->range;
    struct str if_range = str_from(http->if_range);
    bool is_asked = range.kind != RANGE_NONE && answer->has_file && reply->status == 200 &&
                    (if_range.len == 0 ||
                     (str_equal(if_range, answer->etag) && !str_starts(if_range, S("W/"))));
    if (!is_asked)
        return;
    if (range.kind == RANGE_LAST) {
        range.first = range.last < reply->size ? reply->size - range.last : 0;
        if (range.last == 0)
            range.first = reply->size;
    }
    if (range.kind != RANGE_SPAN || range.last >= reply->size)
        range.last = reply->size - 1;
    if (range.first >= reply->size) {
        *reply = (struct reply){.status = 416, .size = reply->size, .has_length = true};
        return;
    }
    reply->status = 206;
    reply->at = range.first;
    reply->len = range.last - range.first + 1;
}

static struct reply choose_reply(const struct http *http, const struct net_answer *answer)
{
    uint64_t size = answer->has_file ? answer->file_size : answer->body.len;
    struct reply reply = {.status = answer->status, .len = size, .size = size};
    bool is_read = http && (http->verb == NET_GET || http->verb == NET_HEAD);
    if (is_read && answer->status == 200 && has_not_changed(http, answer->etag)) {
        reply.status = 304;
        return reply;
    }
    reply.has_length = answer->status != 204 && answer->status != 304;
    reply.has_content = reply.has_length && !(http && http->verb == NET_HEAD);
    if (http && http->verb == NET_GET)
        choose_range(http, answer, &reply);
    return reply;
}

/* A stranger may have named the type of a file that he uploaded. */
static bool is_clean(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f)
            return false;
    return true;
}

static void field(struct buf *out, struct str name, struct str value)
{
    if (value.len == 0 || !is_clean(value))
        return;
    buf_add(out, name);
    buf_add(out, value);
    buf_add(out, S("\r\n"));
}

static void length_fields(struct buf *out, const struct net_answer *answer,
                          const struct reply *reply)
{
    if (reply->has_length) {
        buf_add(out, S("Content-Length: "));
        buf_int(out, (int64_t)reply->len);
        buf_add(out, S("\r\n"));
    }
    if (answer->has_file && reply->status != 304)
        buf_add(out, S("Accept-Ranges: bytes\r\n"));
    if (reply->status == 206)
        buf_printf(out, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)reply->at,
                   (unsigned long long)(reply->at + reply->len - 1),
                   (unsigned long long)reply->size);
    if (reply->status == 416)
        buf_printf(out, "Content-Range: bytes */%llu\r\n", (unsigned long long)reply->size);
}

static void write_head(struct connection *c, const struct net_answer *answer,
                       const struct reply *reply, bool keeps_alive, struct buf *out)
{
    buf_add(out, S("HTTP/1.1 "));
    buf_int(out, reply->status);
    buf_char(out, ' ');
    buf_add(out, str_from(http_reason(reply->status)));
    buf_add(out, S("\r\n"));
    buf_add(out, str_from(c->thread->date));
    if (reply->has_length && reply->status != 416)
        field(out, S("Content-Type: "), answer->type);
    field(out, S("ETag: "), answer->etag);
    length_fields(out, answer, reply);
    if (!keeps_alive)
        buf_add(out, S("Connection: close\r\n"));
    else if (c->http && c->http->is_old)
        buf_add(out, S("Connection: keep-alive\r\n"));
    buf_add(out, answer->headers);
    buf_add(out, S("\r\n"));
}

static void put_body(struct connection *c, const struct net_answer *answer,
                     const struct reply *reply, char **owned)
{
    if (answer->has_file)
        queue_file(c, answer->file, reply->at, reply->len);
    else if (answer->is_static)
        queue_static(c, answer->body);
    else if (*owned) {
        queue_owned(c, *owned, answer->body.len);
        *owned = NULL;
    } else
        queue_copy(c, answer->body);
}

void http_put_answer(struct connection *c, const struct net_answer *answer, char *owned,
                     bool keeps_alive)
{
    must(answer->status >= 200 && answer->status <= 599);
    struct reply reply = choose_reply(c->http, answer);
    bool has_body = reply.has_content && reply.len > 0;
    bool is_small =
        has_body && !answer->has_file && !answer->is_static && answer->body.len <= SMALL_BODY;
    struct buf out = buf_new(SIZE_MAX / 2);
    buf_room(&out, HEAD_ROOM + answer->headers.len + (is_small ? answer->body.len : 0));
    write_head(c, answer, &reply, keeps_alive, &out);
    if (is_small)
        buf_add(&out, answer->body);
    queue_owned(c, out.ptr, out.len);
    if (has_body && !is_small)
        put_body(c, answer, &reply, &owned);
    else if (answer->has_file)
        close(answer->file);
    free(owned);
}

/* Behind the answer: the rest of the body is read past if it is short, and the exchange ends. */
void http_answer(struct connection *c, const struct net_answer *answer, char *owned)
{
    struct http *http = c->http;
    bool has_rest = http->state == HTTP_HELD && http->has_body;
    bool is_long =
        has_rest && (http->wants_continue || (!http->is_chunked && http->left > DROPPED_BODY));
    if (answer->closes || is_long || c->thread->is_draining)
        http->keeps_alive = false;
    if (c->has_ended_input && !c->input)
        http->keeps_alive = false;
    http_put_answer(c, answer, owned, http->keeps_alive);
    if (!has_rest || !http->keeps_alive) {
        http_finish(c, http->keeps_alive);
        return;
    }
    http->state = HTTP_DROPPING;
    http->limit = DROPPED_BODY;
    c->since = c->thread->now;
    connection_touch(c);
}
