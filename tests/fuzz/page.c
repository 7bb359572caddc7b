/* fuzz page: any bytes as a web page, its content type before the first line's end; what comes out
 * is clean text of bounded length. */
#include "base/must.h"
#include "base/text.h"
#include "talk/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct str bytes = str_of((const char *)data, size), type = str_cut(&bytes, '\n');
    struct page page;
    page_read(arena, type, bytes, &page);
    must(text_is_utf8(page.title) && text_length(page.title) <= 200);
    must(text_is_utf8(page.text) && text_length(page.text) <= 500);
    must(text_is_utf8(page.picture) && text_length(page.picture) <= 2000);
    struct str found = page_find_address(bytes);
    must(!found.len || str_starts(found, S("http")));
    arena_free(arena);
    return 0;
}
