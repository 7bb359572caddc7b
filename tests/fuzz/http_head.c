/* Fuzzes the request head: scanning in pieces finds what scanning at once finds, and what the
 * parser accepts keeps its promises. */
#include "base/must.h"
#include "net/head.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int scan_in_pieces(struct str in, size_t step, size_t *at)
{
    *at = 0;
    for (size_t len = 0; len < in.len; len += step) {
        int status = head_scan(str_take(in, len), 16384, at);
        if (status != HEAD_MORE)
            return status;
    }
    return head_scan(in, 16384, at);
}

static void check(const struct head *head, struct str text)
{
    must(head->path.len > 0 && head->path.ptr[0] == '/');
    must(head->field_count <= HEAD_FIELDS && !(head->is_chunked && head->has_length));
    must(head->has_host || head->is_old);
    for (size_t i = 0; i < head->field_count; i++) {
        struct net_header field = head->fields[i];
        must(field.name.len > 0 && field.name.ptr >= text.ptr);
        must(field.value.len == 0 || field.value.ptr + field.value.len <= text.ptr + text.len);
        must(str_find_char(field.value, '\n') < 0 && str_find_char(field.value, '\r') < 0);
        head_range(field.value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    must(copy);
    memcpy(copy, data, size);
    struct str in = str_of(copy, size);
    size_t at = 0, in_pieces = 0;
    int status = head_scan(in, 16384, &at);
    must(scan_in_pieces(in, 1 + size % 7, &in_pieces) == status);
    must(status != HEAD_WHOLE || at == in_pieces);
    static struct head head;
    if (status == HEAD_WHOLE && head_parse(str_take(in, at), &head) == HEAD_WHOLE)
        check(&head, in);
    head_range(in);
    free(copy);
    return 0;
}
