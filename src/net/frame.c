/* frame: building, reading and the deflated variant. */
#include "net/frame.h"
#include "base/must.h"
#include "base/text.h"
#include "net/deflate.h"

#include <stdlib.h>

enum { HEAD_MOST = 10, DEFLATE_LEAST = 96 };

/* ---- building ------------------------------------------------------------------------------ */

static size_t write_head(char *out, unsigned char first, size_t len)
{
    out[0] = (char)first;
    if (len < 126) {
        out[1] = (char)len;
        return 2;
    }
    size_t count = len < 65536 ? 2 : 8;
    out[1] = (char)(count == 2 ? 126 : 127);
    for (size_t i = 0; i < count; i++)
        out[2 + i] = (char)(len >> (8 * (count - 1 - i)));
    return 2 + count;
}

static struct frame *frame_room(size_t len, size_t payload_len)
{
    struct frame *frame = malloc(sizeof *frame + len);
    must(frame);
    atomic_init(&frame->references, 1);
    atomic_init(&frame->deflated, NULL);
    frame->is_lossy = false;
    frame->payload_len = payload_len;
    frame->len = len;
    return frame;
}

static struct frame *make(unsigned char first, struct str payload)
{
    char head[HEAD_MOST];
    size_t head_len = write_head(head, first, payload.len);
    struct frame *frame = frame_room(head_len + payload.len, payload.len);
    memcpy(frame->bytes, head, head_len);
    if (payload.len)
        memcpy(frame->bytes + head_len, payload.ptr, payload.len);
    return frame;
}

struct frame *frame_join(struct frame *const *frames, size_t count, size_t len)
{
    struct frame *joined = frame_room(len, 0);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(joined->bytes + at, frames[i]->bytes, frames[i]->len);
        at += frames[i]->len;
    }
    must(at == len);
    return joined;
}

struct frame *frame_make(int opcode, struct str payload)
{
    return make((unsigned char)(0x80 | opcode), payload);
}

struct frame *frame_make_close(int code)
{
    char bytes[2] = {(char)(code >> 8), (char)code};
    return frame_make(FRAME_CLOSE, str_of(bytes, code == CLOSE_NO_CODE ? 0 : sizeof bytes));
}

struct frame *frame_new(struct str text, bool is_lossy)
{
    struct frame *frame = frame_make(FRAME_TEXT, text);
    frame->is_lossy = is_lossy;
    return frame;
}

struct frame *frame_hold(struct frame *frame)
{
    atomic_fetch_add_explicit(&frame->references, 1, memory_order_relaxed);
    return frame;
}

void frame_free(struct frame *frame)
{
    if (atomic_fetch_sub_explicit(&frame->references, 1, memory_order_acq_rel) != 1)
        return;
    struct frame *deflated = atomic_load_explicit(&frame->deflated, memory_order_relaxed);
    if (deflated && deflated != frame)
        frame_free(deflated);
    free(frame);
}

struct str frame_payload(const struct frame *frame)
{
    return str_of(frame->bytes + frame->len - frame->payload_len, frame->payload_len);
}

static struct frame *deflate_frame(struct frame *frame)
{
    struct str text = frame_payload(frame);
    if (text.len < DEFLATE_LEAST || text.len > 1 << 28)
        return frame;
    char *room = malloc(text.len);
    must(room);
    size_t len = deflate_text(text, room, text.len);
    struct frame *made = len ? make(0x80 | 0x40 | FRAME_TEXT, str_of(room, len)) : frame;
    free(room);
    return made;
}

struct frame *frame_deflated(struct frame *frame)
{
    struct frame *there = atomic_load_explicit(&frame->deflated, memory_order_acquire);
    if (there)
        return there;
    struct frame *made = deflate_frame(frame);
    if (atomic_compare_exchange_strong(&frame->deflated, &there, made))
        return made;
    if (made != frame)
        frame_free(made); /* another thread was first */
    return there;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool is_control(int opcode)
{
    return opcode >= FRAME_CLOSE;
}

int frame_head_read(struct str in, bool may_deflate, struct frame_head *out)
{
    if (in.len < 2)
        return 0;
    const unsigned char *p = (const unsigned char *)in.ptr;
    *out = (struct frame_head){.opcode = p[0] & 15,
                               .is_final = (p[0] & 0x80) != 0,
                               .is_deflated = (p[0] & 0x40) != 0,
                               .payload_len = p[1] & 127};
    bool is_known =
        out->opcode <= FRAME_BINARY || (out->opcode >= FRAME_CLOSE && out->opcode <= FRAME_PONG);
    bool is_data_start = out->opcode == FRAME_TEXT || out->opcode == FRAME_BINARY;
    if (!is_known || (p[0] & 0x30) || !(p[1] & 0x80) ||
        (out->is_deflated && (!may_deflate || !is_data_start)) ||
        (is_control(out->opcode) && (!out->is_final || out->payload_len > 125)))
        return CLOSE_PROTOCOL;
    size_t count = out->payload_len < 126 ? 0 : out->payload_len == 126 ? 2 : 8;
    out->head_len = 2 + count + 4;
    if (in.len < out->head_len)
        return 0;
    if (count) {
        out->payload_len = 0;
        for (size_t i = 0; i < count; i++)
            out->payload_len = out->payload_len << 8 | p[2 + i];
        if (out->payload_len < (count == 2 ? 126u : 65536u) || out->payload_len > INT64_MAX)
            return CLOSE_PROTOCOL;
    }
    memcpy(out->mask, p + 2 + count, 4);
    return 1;
}

static void unmask(char *bytes, size_t len, const unsigned char mask[static 4])
{
    unsigned char wide[8];
    uint64_t key, word;
    memcpy(wide, mask, 4);
    memcpy(wide + 4, mask, 4);
    memcpy(&key, wide, 8);
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        memcpy(&word, bytes + i, 8);
        word ^= key;
        memcpy(bytes + i, &word, 8);
    }
    for (; i < len; i++)
        bytes[i] = (char)((unsigned char)bytes[i] ^ mask[i & 3]);
}

static struct frame_event failed(int code)
{
    return (struct frame_event){.kind = FRAME_FAILED, .code = code};
}

static struct frame_event closed(struct str payload)
{
    if (payload.len == 0)
        return (struct frame_event){.kind = FRAME_CLOSED, .code = CLOSE_NO_CODE};
    if (payload.len == 1 || !text_is_utf8(str_skip(payload, 2)))
        return failed(payload.len == 1 ? CLOSE_PROTOCOL : CLOSE_NOT_UTF8);
    int code = (unsigned char)payload.ptr[0] << 8 | (unsigned char)payload.ptr[1];
    bool is_allowed =
        (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
        (code >= 3000 && code <= 4999);
    if (!is_allowed)
        return failed(CLOSE_PROTOCOL);
    return (struct frame_event){.kind = FRAME_CLOSED, .code = code};
}

static struct frame_event control(int opcode, struct str payload)
{
    if (opcode == FRAME_CLOSE)
        return closed(payload);
    return (struct frame_event){.kind = opcode == FRAME_PING ? FRAME_PINGED : FRAME_PONGED,
                                .payload = payload};
}

static void keep_fragment(struct frame_reader *reader, struct str payload, size_t ceiling)
{
    if (!reader->message) {
        reader->message = malloc(sizeof *reader->message);
        must(reader->message);
        *reader->message = buf_new(ceiling);
    }
    buf_add(reader->message, payload);
}

static struct frame_event data(struct frame_reader *reader, const struct frame_head *head,
                               struct str payload, size_t ceiling)
{
    if (head->opcode != FRAME_CONTINUATION)
        reader->is_deflated = head->is_deflated;
    if (reader->is_within || !head->is_final)
        keep_fragment(reader, payload, ceiling);
    reader->is_within = !head->is_final;
    if (!head->is_final)
        return (struct frame_event){.kind = FRAME_NOTHING};
    return (struct frame_event){.kind = FRAME_MESSAGE,
                                .is_deflated = reader->is_deflated,
                                .payload = reader->message ? buf_str(reader->message) : payload};
}

struct frame_event frame_read(struct frame_reader *reader, char *bytes, size_t len, size_t ceiling,
                              size_t *used)
{
    *used = 0;
    struct frame_head head;
    int result = frame_head_read(str_of(bytes, len), reader->may_deflate, &head);
    if (result == 0)
        return (struct frame_event){.kind = FRAME_NEEDS_MORE};
    if (result != 1)
        return failed(result);
    if (!is_control(head.opcode)) {
        if (head.opcode == FRAME_BINARY)
            return failed(CLOSE_UNSUPPORTED);
        if (reader->is_within != (head.opcode == FRAME_CONTINUATION))
            return failed(CLOSE_PROTOCOL);
        size_t held = reader->message ? reader->message->len : 0;
        if (head.payload_len > ceiling - held)
            return failed(CLOSE_TOO_BIG);
    }
    if (len - head.head_len < head.payload_len)
        return (struct frame_event){.kind = FRAME_NEEDS_MORE};
    struct str payload = str_of(bytes + head.head_len, (size_t)head.payload_len);
    unmask(bytes + head.head_len, payload.len, head.mask);
    *used = head.head_len + payload.len;
    return is_control(head.opcode) ? control(head.opcode, payload)
                                   : data(reader, &head, payload, ceiling);
}

void frame_reader_clear(struct frame_reader *reader)
{
    if (!reader->message)
        return;
    buf_free(reader->message);
    free(reader->message);
    reader->message = NULL;
}
