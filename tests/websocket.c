/* websocket: see the header. Declines what our server never sends: fragments, masks, pings. */
#include "tests/websocket.h"
#include "base/must.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 20, LARGEST_MESSAGE = 16 << 20, TEXT = 1, CLOSE = 8 };

/* ---- opening ------------------------------------------------------------------------------- */

int connect_to(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    must(fd >= 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    must(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void send_all(int fd, const void *bytes, size_t len)
{
    must(send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
}

bool websocket_open(struct websocket_client *client, int port, struct str token)
{
    *client = (struct websocket_client){.fd = connect_to(port), .rest = buf_new(LARGEST_MESSAGE)};
    char head[1000];
    int len = snprintf(head, sizeof head,
                       "GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                       "Origin: http://127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       "Cookie: carillon=%.*s\r\n\r\n",
                       port, port, STR_ARG(token));
    must(len > 0 && (size_t)len < sizeof head);
    send_all(client->fd, head, (size_t)len);
    size_t have = 0;
    while (have < 4 || memcmp(head + have - 4, "\r\n\r\n", 4) != 0) {
        must(have < sizeof head && recv(client->fd, head + have, 1, 0) == 1);
        have++;
    }
    if (memcmp(head, "HTTP/1.1 101", 12) == 0)
        return true;
    websocket_close(client);
    return false;
}

void websocket_close(struct websocket_client *client)
{
    close(client->fd);
    client->fd = -1;
    buf_free(&client->rest);
}

/* ---- sending ------------------------------------------------------------------------------- */

static const unsigned char mask[4] = {0x5a, 0x13, 0xc7, 0x28};

void websocket_send(const struct websocket_client *client, struct str text)
{
    unsigned char frame[32 * 1024];
    must(text.len < sizeof frame - 8);
    size_t at = 0;
    frame[at++] = 0x80 | TEXT;
    if (text.len < 126)
        frame[at++] = (unsigned char)(0x80 | text.len);
    else {
        frame[at++] = 0x80 | 126;
        frame[at++] = (unsigned char)(text.len >> 8);
        frame[at++] = (unsigned char)text.len;
    }
    memcpy(frame + at, mask, sizeof mask);
    at += sizeof mask;
    for (size_t i = 0; i < text.len; i++)
        frame[at + i] = (unsigned char)text.ptr[i] ^ mask[i % 4];
    send_all(client->fd, frame, at + text.len);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Length of the frame at the beginning, head included, or 0 when it is not whole. */
static size_t frame_length(const unsigned char *bytes, size_t len, size_t *head)
{
    if (len < 2)
        return 0;
    size_t size = bytes[1] & 0x7f;
    *head = size == 126 ? 4 : size == 127 ? 10 : 2;
    if (len < *head)
        return 0;
    if (size >= 126) {
        size = 0;
        for (size_t i = 2; i < *head; i++)
            size = size << 8 | bytes[i];
    }
    return *head + size <= len ? *head + size : 0;
}

static size_t take_frames(struct websocket_client *client, const char *bytes, size_t len,
                          websocket_text *each, void *context)
{
    size_t at = 0, head = 0, size;
    while ((size = frame_length((const unsigned char *)bytes + at, len - at, &head))) {
        if ((bytes[at] & 0x0f) == TEXT)
            each(context, str_of(bytes + at + head, size - head));
        if ((bytes[at] & 0x0f) == CLOSE && size >= head + 2)
            client->closed =
                (unsigned char)bytes[at + head] << 8 | (unsigned char)bytes[at + head + 1];
        at += size;
    }
    return at;
}

bool websocket_read(struct websocket_client *client, bool waits, websocket_text *each,
                    void *context)
{
    static _Thread_local char sink[READ_BYTES];
    ssize_t got = recv(client->fd, sink, sizeof sink, waits ? 0 : MSG_DONTWAIT);
    if (got <= 0)
        return false;
    if (!client->rest.len) {
        size_t taken = take_frames(client, sink, (size_t)got, each, context);
        buf_add(&client->rest, str_of(sink + taken, (size_t)got - taken));
        return true;
    }
    buf_add(&client->rest, str_of(sink, (size_t)got));
    must(!client->rest.is_full);
    buf_drop(&client->rest, take_frames(client, client->rest.ptr, client->rest.len, each, context));
    return true;
}
