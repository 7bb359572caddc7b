/* head: scanning and parsing. */
#include "net/head.h"

/* The letters, digits and signs of a token (RFC 9110, 5.6.2). */
static bool is_token(struct str s)
{
    static const char signs[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && (c == 0 || !strchr(signs, c)))
            return false;
    }
    return s.len > 0;
}

int head_scan(struct str in, size_t ceiling, size_t *at)
{
    size_t end = in.len < ceiling ? in.len : ceiling;
    for (size_t i = *at; i < end; i++) {
        unsigned char c = (unsigned char)in.ptr[i];
        bool is_behind_cr = i > 0 && in.ptr[i - 1] == '\r';
        if ((c == '\n') != is_behind_cr)
            return 400;
        if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return 400;
        if (c == '\n' && i >= 3 && in.ptr[i - 2] == '\n') {
            *at = i + 1;
            return HEAD_WHOLE;
        }
        if (c == '\n' && i == 1)
            return 400;
    }
    *at = end;
    if (end < ceiling)
        return HEAD_MORE;
    return memchr(in.ptr, '\n', end) ? 431 : 414;
}

bool head_list_has(struct str list, struct str word)
{
    while (list.len)
        if (str_equal_fold(str_trim(str_cut(&list, ',')), word))
            return true;
    return false;
}

static bool verb_from(struct str word, enum net_verb *out)
{
    static const struct {
        const char *word;
        enum net_verb verb;
    } verbs[] = {
        {"GET", NET_GET},     {"HEAD", NET_HEAD},     {"POST", NET_POST},       {"PUT", NET_PUT},
        {"PATCH", NET_PATCH}, {"DELETE", NET_DELETE}, {"OPTIONS", NET_OPTIONS},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_equal(word, str_from(verbs[i].word))) {
            *out = verbs[i].verb;
            return true;
        }
    return false;
}

static int parse_target(struct str target, struct head *out)
{
    if (target.len > HEAD_TARGET_BYTES)
        return 414;
    if (!str_starts(target, S("/")))
        return 400;
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '#')
            return 400;
    }
    out->query = target;
    out->path = str_cut(&out->query, '?');
    return HEAD_WHOLE;
}

static int parse_version(struct str version, struct head *out)
{
    if (str_equal(version, S("HTTP/1.1")))
        return HEAD_WHOLE;
    out->is_old = str_equal(version, S("HTTP/1.0"));
    if (out->is_old)
        return HEAD_WHOLE;
    bool is_other = version.len == 8 && str_starts(version, S("HTTP/")) && version.ptr[6] == '.' &&
                    version.ptr[5] >= '0' && version.ptr[5] <= '9' && version.ptr[7] >= '0' &&
                    version.ptr[7] <= '9';
    return is_other ? 505 : 400;
}

static int parse_request_line(struct str line, struct head *out)
{
    struct str word = str_cut(&line, ' ');
    struct str target = str_cut(&line, ' ');
    if (!is_token(word) || target.len == 0)
        return 400;
    int status = parse_version(line, out);
    if (status == HEAD_WHOLE)
        status = parse_target(target, out);
    if (status == HEAD_WHOLE && !verb_from(word, &out->verb))
        return 501;
    return status;
}

static int take_length(struct head *head, struct str value)
{
    if (head->has_length || value.len == 0)
        return 400;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return 400;
        head->length = head->length * 10 + (uint64_t)(value.ptr[i] - '0');
        if (head->length > INT64_MAX / 10)
            return 413;
    }
    head->has_length = true;
    return HEAD_WHOLE;
}

static int take_coding(struct head *head, struct str value)
{
    if (head->is_chunked)
        return 400;
    if (!str_equal_fold(value, S("chunked")))
        return 501;
    head->is_chunked = true;
    return HEAD_WHOLE;
}

static int take_host(struct head *head, struct str value)
{
    static const char signs[] = ".-_~:[]%";
    if (head->has_host || value.len == 0)
        return 400;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && !strchr(signs, c))
            return 400;
    }
    head->has_host = true;
    return HEAD_WHOLE;
}

static int take_connection(struct head *head, struct str value)
{
    if (head_list_has(value, S("keep-alive")) && head->is_old)
        head->keeps_alive = true;
    if (head_list_has(value, S("close")))
        head->keeps_alive = false;
    if (head_list_has(value, S("upgrade")))
        head->names_upgrade = true;
    return HEAD_WHOLE;
}

static int take_upgrade(struct head *head, struct str value)
{
    head->wants_socket = head->wants_socket || head_list_has(value, S("websocket"));
    return HEAD_WHOLE;
}

static int take_expect(struct head *head, struct str value)
{
    head->wants_continue = str_equal_fold(value, S("100-continue"));
    return HEAD_WHOLE;
}

static int take_key(struct head *head, struct str value)
{
    if (head->socket_key.len)
        return 400;
    head->socket_key = value;
    return HEAD_WHOLE;
}

static int take_socket_version(struct head *head, struct str value)
{
    head->socket_version = value;
    return HEAD_WHOLE;
}

/* An offer whose parameters ask for nothing that we would have to remember between messages. */
static int take_extensions(struct head *head, struct str value)
{
    while (value.len && !head->offers_deflate) {
        struct str offer = str_cut(&value, ',');
        if (!str_equal_fold(str_trim(str_cut(&offer, ';')), S("permessage-deflate")))
            continue;
        bool is_known = true;
        while (offer.len) {
            struct str parameter = str_trim(str_cut(&offer, ';'));
            is_known = is_known && (str_equal_fold(parameter, S("server_no_context_takeover")) ||
                                    str_equal_fold(parameter, S("client_no_context_takeover")) ||
                                    str_equal_fold(parameter, S("client_max_window_bits")) ||
                                    str_equal_fold(parameter, S("client_max_window_bits=15")) ||
                                    str_equal_fold(parameter, S("server_max_window_bits=15")));
        }
        head->offers_deflate = is_known;
    }
    return HEAD_WHOLE;
}

/* What some fields mean to the gateway itself. */
static int take_field(struct head *head, struct str name, struct str value)
{
    static const struct {
        const char *name;
        int (*take)(struct head *head, struct str value);
    } known[] = {
        {"Content-Length", take_length},
        {"Transfer-Encoding", take_coding},
        {"Host", take_host},
        {"Connection", take_connection},
        {"Upgrade", take_upgrade},
        {"Expect", take_expect},
        {"Sec-WebSocket-Key", take_key},
        {"Sec-WebSocket-Version", take_socket_version},
        {"Sec-WebSocket-Extensions", take_extensions},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_equal_fold(name, str_from(known[i].name)))
            return known[i].take(head, value);
    return HEAD_WHOLE;
}

static int parse_field(struct str line, struct head *out)
{
    if (str_find_char(line, ':') < 0)
        return 400;
    struct str name = str_cut(&line, ':');
    struct str value = str_trim(line);
    if (!is_token(name))
        return 400;
    if (name.len > HEAD_NAME_BYTES || value.len > HEAD_VALUE_BYTES ||
        out->field_count == HEAD_FIELDS)
        return 431;
    out->fields[out->field_count++] = (struct net_header){name, value};
    return take_field(out, name, value);
}

/* The next line without its CR LF; the text ends with an empty one. */
static struct str cut_line(struct str *text)
{
    struct str line = str_cut(text, '\n');
    return str_take(line, line.len ? line.len - 1 : 0);
}

int head_parse(struct str text, struct head *out)
{
    *out = (struct head){0};
    int status = parse_request_line(cut_line(&text), out);
    out->keeps_alive = !out->is_old;
    while (status == HEAD_WHOLE && text.len) {
        struct str line = cut_line(&text);
        if (line.len == 0)
            break;
        status = parse_field(line, out);
    }
    if (status != HEAD_WHOLE)
        return status;
    bool is_doubtful =
        (out->is_chunked && (out->has_length || out->is_old)) || (!out->has_host && !out->is_old);
    return is_doubtful ? 400 : HEAD_WHOLE;
}

static bool range_number(struct str digits, uint64_t *out)
{
    int64_t number = 0;
    bool is_number = digits.len && digits.ptr[0] != '-' && str_to_int(digits, &number);
    *out = (uint64_t)number;
    return is_number;
}

struct head_range head_range(struct str value)
{
    struct head_range range = {0};
    if (!str_starts(value, S("bytes=")) || str_find_char(value, ',') >= 0 ||
        str_find_char(value, '-') < 0)
        return range;
    struct str last = str_skip(value, 6);
    struct str first = str_cut(&last, '-');
    bool has_first = range_number(first, &range.first);
    bool has_last = range_number(last, &range.last);
    if ((!has_first && first.len) || (!has_last && last.len) || (!has_first && !has_last))
        return range;
    if (has_first && has_last)
        range.kind = range.first <= range.last ? RANGE_SPAN : RANGE_NONE;
    else
        range.kind = has_first ? RANGE_FROM : RANGE_LAST;
    return range;
}
