/* Fuzzes the chunked decoder: it gives the same bytes and the same end however the input is cut. */
#include "base/buf.h"
#include "base/must.h"
#include "net/chunked.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum chunked_result decode(struct str in, size_t step, struct buf *out)
{
    struct chunked chunked = {0};
    enum chunked_result result = CHUNKED_MORE;
    while (in.len && result != CHUNKED_BAD && result != CHUNKED_END) {
        struct str data;
        size_t used = 0, offered = step < in.len ? step : in.len;
        result = chunked_read(&chunked, str_take(in, offered), &used, &data);
        must(used > 0 && used <= offered && data.len <= used);
        buf_add(out, data);
        in = str_skip(in, used);
    }
    return result == CHUNKED_DATA ? CHUNKED_MORE : result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    must(copy);
    memcpy(copy, data, size);
    struct buf whole = buf_new(size), pieces = buf_new(size);
    enum chunked_result at_once = decode(str_of(copy, size), SIZE_MAX, &whole);
    must(decode(str_of(copy, size), 1 + size % 5, &pieces) == at_once);
    must(str_equal(buf_str(&whole), buf_str(&pieces)) && !whole.is_full);
    buf_free(&whole);
    buf_free(&pieces);
    free(copy);
    return 0;
}
