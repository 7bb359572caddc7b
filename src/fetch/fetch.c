/* fetch: on libcurl, one transfer at a time. */
#include "fetch/fetch.h"
#include "base/buf.h"
#include "base/must.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST_URL = 2000, LONGEST_HEADER = 8000, CONNECTIONS = 16, WAIT_MS = 1000 };

static bool reaches_private;

void fetch_open(bool allows_private)
{
    reaches_private = allows_private;
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == 0);
}

void fetch_close(void)
{
    curl_global_cleanup();
}

bool fetch_reaches_private(void)
{
    return reaches_private;
}

/* ---- addresses ------------------------------------------------------------------------------ */

/* What IANA's registry of special-purpose addresses (RFC 6890) does not call global, and multicast.
 */
static const struct {
    uint32_t prefix;
    int length;
} reserved[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4},
};

static bool is_public_4(uint32_t address)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if ((address ^ reserved[i].prefix) >> (32 - reserved[i].length) == 0)
            return false;
    return true;
}

static uint32_t read_4(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Global unicast is 2000::/3; within it, documentation, and what carries an IPv4 address: that one
 * must be public too (6to4 2002::/16, NAT64 64:ff9b::/96 lies outside and is refused). */
static bool is_public_6(const uint8_t *bytes)
{
    if ((bytes[0] & 0xe0) != 0x20)
        return false;
    if (bytes[0] == 0x20 && bytes[1] == 0x02)
        return is_public_4(read_4(bytes + 2));
    if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02)
        return false; /* 2001::/23: protocol assignments, Teredo among them */
    return !(bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8);
}

bool fetch_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public_4(
            ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family != AF_INET6)
        return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return IN6_IS_ADDR_V4MAPPED(six) ? is_public_4(read_4(six->s6_addr + 12))
                                     : is_public_6(six->s6_addr);
}

bool fetch_is_address(struct str url)
{
    CURLU *parsed = curl_url();
    must(parsed);
    char text[LONGEST_URL + 1];
    bool is_good = url.len > 0 && url.len <= LONGEST_URL && !memchr(url.ptr, 0, url.len);
    char *scheme = NULL, *user = NULL, *host = NULL;
    if (is_good) {
        memcpy(text, url.ptr, url.len);
        text[url.len] = 0;
        is_good = curl_url_set(parsed, CURLUPART_URL, text, 0) == CURLUE_OK &&
                  curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                  (!strcmp(scheme, "https") || !strcmp(scheme, "http")) &&
                  curl_url_get(parsed, CURLUPART_USER, &user, 0) != CURLUE_OK;
    }
    curl_free(scheme);
    curl_free(user);
    curl_free(host);
    curl_url_cleanup(parsed);
    return is_good;
}

struct str fetch_resolve(struct arena *arena, struct str base, struct str reference)
{
    CURLU *parsed = curl_url();
    must(parsed);
    char *whole = NULL;
    struct str out = S("");
    bool is_good = reference.len && reference.len <= LONGEST_URL && fetch_is_address(base) &&
                   !memchr(reference.ptr, 0, reference.len);
    if (is_good &&
        curl_url_set(parsed, CURLUPART_URL, arena_copy(arena, base).ptr, 0) == CURLUE_OK &&
        curl_url_set(parsed, CURLUPART_URL, arena_copy(arena, reference).ptr, CURLU_URLENCODE) ==
            CURLUE_OK &&
        curl_url_get(parsed, CURLUPART_URL, &whole, 0) == CURLUE_OK)
        out = arena_copy(arena, str_from(whole));
    curl_free(whole);
    curl_url_cleanup(parsed);
    return fetch_is_address(out) ? out : S("");
}

/* ---- a transfer ----------------------------------------------------------------------------- */

struct transfer {
    const struct fetch *fetch;
    struct buf body;
    bool is_refused; /* the address */
    bool is_full;
    CURL *curl; /* NULL: its address is none */
    struct curl_slist *headers;
};

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    (void)purpose;
    if (!reaches_private && !fetch_is_public(&address->addr)) {
        transfer->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_body(char *bytes, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;
    (void)one;
    size_t room = transfer->fetch->most - transfer->body.len;
    buf_add(&transfer->body, str_of(bytes, size < room ? size : room));
    transfer->is_full = size > room;
    return transfer->is_full ? 0 : size;
}

static struct curl_slist *headers_of(struct arena *arena, const struct fetch *fetch)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < fetch->header_count; i++) {
        const struct fetch_header *header = &fetch->headers[i];
        must(header->name.len + header->value.len < LONGEST_HEADER);
        list = curl_slist_append(
            list,
            arena_printf(arena, "%.*s: %.*s", STR_ARG(header->name), STR_ARG(header->value)).ptr);
        must(list);
    }
    if (fetch->type.len) {
        list = curl_slist_append(
            list, arena_printf(arena, "Content-Type: %.*s", STR_ARG(fetch->type)).ptr);
        list = curl_slist_append(list, "Expect:");
    }
    return list;
}

static void set_up(CURL *curl, const struct fetch *fetch, struct transfer *transfer,
                   const char *url, struct curl_slist *headers)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, fetch->redirects > 0 ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)fetch->redirects);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)fetch->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Carillon/" VERSION);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    if (fetch->type.len) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, fetch->body.len ? fetch->body.ptr : "");
    }
}

static const char *reason(CURLcode code, const struct transfer *transfer)
{
    return transfer->is_refused                 ? "refused-address"
           : transfer->is_full                  ? "too-large"
           : code == CURLE_OPERATION_TIMEDOUT   ? "timeout"
           : code == CURLE_UNSUPPORTED_PROTOCOL ? "address"
                                                : "unreachable";
}

static bool begin(struct arena *arena, const struct fetch *fetch, struct transfer *out)
{
    *out = (struct transfer){.fetch = fetch, .body = buf_new(fetch->most + 1)};
    if (!fetch_is_address(fetch->url))
        return false;
    out->curl = curl_easy_init();
    must(out->curl);
    out->headers = headers_of(arena, fetch);
    set_up(out->curl, fetch, out, arena_copy(arena, fetch->url).ptr, out->headers);
    return true;
}

/* What came of it, in the arena; ends the transfer. */
static bool end(struct arena *arena, struct transfer *transfer, CURLcode code,
                struct fetch_answer *out, struct str *why)
{
    *out = (struct fetch_answer){0};
    bool is_cut = code == CURLE_WRITE_ERROR && transfer->is_full && transfer->fetch->cuts;
    bool has_come = transfer->curl && (code == CURLE_OK || is_cut);
    if (has_come) {
        long status = 0;
        char *text = NULL;
        curl_off_t wait = 0;
        curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
        out->status = (int)status;
        curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_TYPE, &text);
        out->type = arena_copy(arena, text ? str_from(text) : S(""));
        curl_easy_getinfo(transfer->curl, CURLINFO_EFFECTIVE_URL, &text);
        out->url = arena_copy(arena, text ? str_from(text) : S(""));
        curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &wait);
        out->retry_after = (int64_t)wait;
        out->body = arena_copy(arena, buf_str(&transfer->body));
    } else
        *why = str_from(transfer->curl ? reason(code, transfer) : "address");
    curl_slist_free_all(transfer->headers);
    curl_easy_cleanup(transfer->curl);
    buf_free(&transfer->body);
    return has_come;
}

bool fetch_run(struct arena *arena, const struct fetch *fetch, struct fetch_answer *out,
               struct str *why)
{
    struct transfer transfer;
    CURLcode code = CURLE_OK;
    if (begin(arena, fetch, &transfer))
        code = curl_easy_perform(transfer.curl);
    return end(arena, &transfer, code, out, why);
}

/* ---- many ----------------------------------------------------------------------------------- */

/* Those that are over leave the heap; each one's result goes where its private pointer says. */
static void note_finished(CURLM *multi)
{
    int left;
    for (CURLMsg *news; (news = curl_multi_info_read(multi, &left));) {
        char *place = NULL;
        if (news->msg != CURLMSG_DONE)
            continue;
        CURL *curl = news->easy_handle;
        CURLcode code = news->data.result;
        curl_easy_getinfo(curl, CURLINFO_PRIVATE, &place);
        curl_multi_remove_handle(multi, curl);
        *(CURLcode *)(void *)place = code;
    }
}

void fetch_run_all(struct arena *arena, struct fetch_item *items, size_t count)
{
    struct transfer *transfers = ARENA_ARRAY(arena, count, struct transfer);
    CURLcode *codes = ARENA_ARRAY(arena, count, CURLcode);
    CURLM *multi = curl_multi_init();
    must(multi);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS);
    for (size_t i = 0; i < count; i++) {
        if (!begin(arena, &items[i].fetch, &transfers[i]))
            continue;
        curl_easy_setopt(transfers[i].curl, CURLOPT_PRIVATE, &codes[i]);
        curl_easy_setopt(transfers[i].curl, CURLOPT_PIPEWAIT, 1L);
        must(curl_multi_add_handle(multi, transfers[i].curl) == CURLM_OK);
    }
    for (int running = 1; running;) {
        must(curl_multi_perform(multi, &running) == CURLM_OK);
        note_finished(multi);
        if (running)
            curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
    }
    for (size_t i = 0; i < count; i++)
        items[i].has_come = end(arena, &transfers[i], codes[i], &items[i].answer, &items[i].why);
    curl_multi_cleanup(multi);
}
