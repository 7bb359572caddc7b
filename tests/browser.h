/* browser: a browser's side of Web Push, for tests. */
#ifndef TESTS_BROWSER_H
#define TESTS_BROWSER_H

#include "push/inner.h"

#include <openssl/evp.h>

/* What the browser does with a body: empty when it was not sealed for it. */
static inline struct str browser_open(struct arena *arena, const struct crypt_pair *browser,
                                      struct str auth, struct str body)
{
    struct crypt_keys keys;
    struct str point = str_of(browser->point, CRYPT_POINT);
    struct str server = str_take(str_skip(body, CRYPT_SALT + 5), CRYPT_POINT);
    struct str sealed = str_skip(body, CRYPT_HEAD);
    if (sealed.len < 17 ||
        !crypt_agree(browser, server, point, server, auth, str_take(body, CRYPT_SALT), &keys))
        return S("");
    struct str tag = arena_copy(arena, str_skip(sealed, sealed.len - 16));
    unsigned char *out = arena_alloc(arena, sealed.len);
    union {
        const char *given;
        void *taken;
    } tag_bytes = {.given = tag.ptr};
    int len = 0, more = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_good = EVP_DecryptInit_ex2(context, EVP_aes_128_gcm(), (const unsigned char *)keys.key,
                                       (const unsigned char *)keys.nonce, NULL) == 1 &&
                   EVP_DecryptUpdate(context, out, &len, (const unsigned char *)sealed.ptr,
                                     (int)sealed.len - 16) == 1 &&
                   EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, tag_bytes.taken) == 1 &&
                   EVP_DecryptFinal_ex(context, out + len, &more) == 1 && len > 0 &&
                   out[len - 1] == 2;
    EVP_CIPHER_CTX_free(context);
    return is_good ? str_of((char *)out, (size_t)len - 1) : S("");
}

#endif
