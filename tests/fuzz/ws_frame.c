/* Fuzzes the WebSocket reader with the extension agreed on: it never reads past what is there,
 * never keeps more than its ceiling, and a frame that is not whole is left alone. */
#include "base/must.h"
#include "base/text.h"
#include "net/deflate.h"
#include "net/frame.h"

#include <stdlib.h>

enum { CEILING = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const struct frame_event *event)
{
    if (event->kind == FRAME_CLOSED || event->kind == FRAME_FAILED)
        must(event->code >= 1000 && event->code <= 4999);
    must(event->payload.len <= CEILING);
    if (event->kind != FRAME_MESSAGE)
        return;
    struct buf text = buf_new(4 * CEILING);
    if (event->is_deflated && deflate_undo(event->payload, &text) == 0)
        text_is_utf8(buf_str(&text));
    else
        text_is_utf8(event->payload);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct frame_reader reader = {.may_deflate = data[0] & 1};
    char *copy = malloc(size);
    must(copy);
    memcpy(copy, data + 1, size - 1);
    size_t at = 0, len = size - 1;
    for (;;) {
        size_t used = 0;
        struct frame_event event = frame_read(&reader, copy + at, len - at, CEILING, &used);
        take(&event);
        if (event.kind == FRAME_NEEDS_MORE || event.kind == FRAME_FAILED ||
            event.kind == FRAME_CLOSED)
            break;
        must(used >= 6 && used <= len - at);
        at += used;
        if (event.kind == FRAME_MESSAGE)
            frame_reader_clear(&reader);
    }
    frame_reader_clear(&reader);
    free(copy);
    return 0;
}
