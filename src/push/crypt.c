/* crypt: what a push service and a browser ask of us: messages sealed for one browser (RFC 8291
 * over RFC 8188's aes128gcm, one record), and the server's signed name for itself (RFC 8292). */
#include "push/inner.h"
#include "base/json.h"
#include "base/must.h"
#include "base/text.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <string.h>

enum { TAG = 16, RECORD = 4096, LONGEST_TOKEN = 2000, MARK = 1 };

/* ---- keys of the curve P-256 ---------------------------------------------------------------- */

/* The key of that point, and of that secret unless it is empty; NULL when it is none. */
static EVP_PKEY *key_of(struct str point, struct str secret)
{
    EVP_PKEY *key = NULL;
    BIGNUM *number = secret.len ? BN_secure_new() : NULL;
    OSSL_PARAM_BLD *list = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    must(list && context && (number || !secret.len));
    must(OSSL_PARAM_BLD_push_utf8_string(list, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
    must(OSSL_PARAM_BLD_push_octet_string(list, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len));
    if (number) {
        must(BN_bin2bn((const unsigned char *)secret.ptr, (int)secret.len, number));
        must(OSSL_PARAM_BLD_push_BN(list, OSSL_PKEY_PARAM_PRIV_KEY, number));
    }
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(list);
    must(params && EVP_PKEY_fromdata_init(context) == 1);
    if (EVP_PKEY_fromdata(context, &key, number ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) !=
        1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(list);
    EVP_PKEY_CTX_free(context);
    BN_clear_free(number);
    return key;
}

/* Is it a point of the curve, and not the one at infinity? */
static bool is_on_curve(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool is_good = context && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return is_good;
}

bool crypt_is_point(struct str point)
{
    if (point.len != CRYPT_POINT || point.ptr[0] != 4)
        return false;
    EVP_PKEY *key = key_of(point, S(""));
    bool is_good = key && is_on_curve(key);
    EVP_PKEY_free(key);
    return is_good;
}

struct crypt_pair crypt_new_pair(void)
{
    struct crypt_pair pair;
    size_t len = 0;
    BIGNUM *number = NULL;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    must(key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1);
    must(BN_bn2binpad(number, (unsigned char *)pair.secret, CRYPT_SECRET) == CRYPT_SECRET);
    must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, (unsigned char *)pair.point,
                                         CRYPT_POINT, &len) == 1);
    must(len == CRYPT_POINT);
    BN_clear_free(number);
    EVP_PKEY_free(key);
    return pair;
}

/* ---- sealing -------------------------------------------------------------------------------- */

/* HKDF with SHA-256: `len` bytes from a key, salted, for one purpose. */
static void derive(struct str salt, struct str secret, struct str purpose, char *out, size_t len)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    must(context);
    char digest[] = "SHA256";
    struct str used[] = {salt, secret, purpose};
    const char *names[] = {OSSL_KDF_PARAM_SALT, OSSL_KDF_PARAM_KEY, OSSL_KDF_PARAM_INFO};
    OSSL_PARAM params[5];
    for (size_t i = 0; i < 3; i++) {
        union {
            const char *given;
            char *taken; /* the library does not write to it */
        } bytes = {.given = used[i].ptr};
        params[i] = OSSL_PARAM_construct_octet_string(names[i], bytes.taken, used[i].len);
    }
    params[3] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    params[4] = OSSL_PARAM_construct_end();
    must(EVP_KDF_derive(context, (unsigned char *)out, len, params) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

/* What both sides can compute from their own secret and the other's point; false when the point is
 * none. */
static bool agree(struct str own_point, struct str own_secret, struct str other, char out[32])
{
    size_t len = 32;
    EVP_PKEY *own = key_of(own_point, own_secret), *peer = key_of(other, S(""));
    EVP_PKEY_CTX *context = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    bool is_good = context && peer && is_on_curve(peer) && EVP_PKEY_derive_init(context) == 1 &&
                   EVP_PKEY_derive_set_peer(context, peer) == 1 &&
                   EVP_PKEY_derive(context, (unsigned char *)out, &len) == 1 && len == 32;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    return is_good;
}

bool crypt_agree(const struct crypt_pair *own, struct str other, struct str browser,
                 struct str server, struct str auth, struct str salt, struct crypt_keys *out)
{
    char shared[32], ikm[32], purpose[14 + 2 * CRYPT_POINT] = "WebPush: info";
    if (!agree(str_of(own->point, CRYPT_POINT), str_of(own->secret, CRYPT_SECRET), other, shared))
        return false;
    memcpy(purpose + 14, browser.ptr, CRYPT_POINT);
    memcpy(purpose + 14 + CRYPT_POINT, server.ptr, CRYPT_POINT);
    derive(auth, str_of(shared, 32), str_of(purpose, sizeof purpose), ikm, 32);
    derive(salt, str_of(ikm, 32), S("Content-Encoding: aes128gcm\0"), out->key, sizeof out->key);
    derive(salt, str_of(ikm, 32), S("Content-Encoding: nonce\0"), out->nonce, sizeof out->nonce);
    return true;
}

static void encrypt(const struct crypt_keys *keys, struct str words, char *out)
{
    static const unsigned char last[] = {2}; /* of the last record; here the only one */
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0, more = 0;
    unsigned char *to = (unsigned char *)out;
    must(context &&
         EVP_EncryptInit_ex2(context, EVP_aes_128_gcm(), (const unsigned char *)keys->key,
                             (const unsigned char *)keys->nonce, NULL) == 1);
    must(EVP_EncryptUpdate(context, to, &len, (const unsigned char *)words.ptr, (int)words.len) ==
         1);
    must(EVP_EncryptUpdate(context, to + len, &more, last, sizeof last) == 1);
    len += more;
    must(EVP_EncryptFinal_ex(context, to + len, &more) == 1);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, to + len + more) == 1);
    EVP_CIPHER_CTX_free(context);
}

bool crypt_seal_with(struct arena *arena, const struct crypt_pair *own, struct str salt,
                     struct str point, struct str auth, struct str words, struct str *out)
{
    static const char head[] = {0, 0, RECORD >> 8, 0, CRYPT_POINT};
    struct crypt_keys keys;
    must(words.len <= CRYPT_LONGEST && salt.len == CRYPT_SALT);
    if (point.len != CRYPT_POINT || auth.len != CRYPT_AUTH ||
        !crypt_agree(own, point, point, str_of(own->point, CRYPT_POINT), auth, salt, &keys))
        return false;
    char *to = arena_alloc(arena, CRYPT_HEAD + words.len + MARK + TAG);
    memcpy(to, salt.ptr, CRYPT_SALT);
    memcpy(to + CRYPT_SALT, head, sizeof head);
    memcpy(to + CRYPT_SALT + sizeof head, own->point, CRYPT_POINT);
    encrypt(&keys, words, to + CRYPT_HEAD);
    *out = str_of(to, CRYPT_HEAD + words.len + MARK + TAG);
    return true;
}

bool crypt_seal(struct arena *arena, struct str point, struct str auth, struct str words,
                struct str *out)
{
    char salt[CRYPT_SALT];
    struct crypt_pair own = crypt_new_pair();
    must(RAND_bytes((unsigned char *)salt, sizeof salt) == 1);
    return crypt_seal_with(arena, &own, str_of(salt, sizeof salt), point, auth, words, out);
}

/* ---- the server's name ---------------------------------------------------------------------- */

/* ES256 (RFC 7518, 3.4): both numbers of the signature, one behind the other. */
static void sign(const struct crypt_pair *own, struct str text, char out[64])
{
    unsigned char der[80];
    size_t len = sizeof der;
    EVP_PKEY *key = key_of(str_of(own->point, CRYPT_POINT), str_of(own->secret, CRYPT_SECRET));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(key && context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1);
    must(EVP_DigestSign(context, der, &len, (const unsigned char *)text.ptr, text.len) == 1);
    const unsigned char *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)len);
    must(signature);
    must(BN_bn2binpad(ECDSA_SIG_get0_r(signature), (unsigned char *)out, 32) == 32);
    must(BN_bn2binpad(ECDSA_SIG_get0_s(signature), (unsigned char *)out + 32, 32) == 32);
    ECDSA_SIG_free(signature);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

bool crypt_is_signed(struct str point, struct str text, struct str signature)
{
    if (signature.len != 64)
        return false;
    EVP_PKEY *key = key_of(point, S(""));
    ECDSA_SIG *pair = ECDSA_SIG_new();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char der[80], *end = der;
    const unsigned char *bytes = (const unsigned char *)signature.ptr;
    must(pair && context);
    must(ECDSA_SIG_set0(pair, BN_bin2bn(bytes, 32, NULL), BN_bin2bn(bytes + 32, 32, NULL)) == 1);
    int len = i2d_ECDSA_SIG(pair, &end);
    bool is_good =
        key && len > 0 && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, der, (size_t)len, (const unsigned char *)text.ptr, text.len) == 1;
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return is_good;
}

struct str crypt_name(struct arena *arena, const struct crypt_pair *own, struct str audience,
                      struct str contact, int64_t expires)
{
    struct buf claims = buf_new(LONGEST_TOKEN);
    struct json json = json_to(&claims);
    json_open(&json);
    json_name(&json, S("aud"));
    json_text(&json, audience);
    json_name(&json, S("exp"));
    json_int(&json, expires);
    json_name(&json, S("sub"));
    json_text(&json, contact);
    json_close(&json);
    must(!claims.is_full);
    struct str head = text_base64url(arena, S("{\"typ\":\"JWT\",\"alg\":\"ES256\"}")),
               body = text_base64url(arena, buf_str(&claims));
    struct str said = arena_printf(arena, "%.*s.%.*s", STR_ARG(head), STR_ARG(body));
    char signature[64];
    buf_free(&claims);
    sign(own, said, signature);
    return arena_printf(arena, "vapid t=%.*s.%.*s, k=%.*s", STR_ARG(said),
                        STR_ARG(text_base64url(arena, str_of(signature, 64))),
                        STR_ARG(text_base64url(arena, str_of(own->point, CRYPT_POINT))));
}
