/* fuzz push_keys: any text as a browser's keys, cut at the first space; what is taken can be sealed
 * for. */
#include "base/must.h"
#include "push/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct str auth = str_of((const char *)data, size), p256dh = str_cut(&auth, ' '), sealed;
    struct push_keys keys;
    if (push_keys_read(arena, p256dh, auth, &keys))
        must(crypt_seal(arena, keys.point, keys.auth, S("a bell"), &sealed));
    arena_free(arena);
    return 0;
}
