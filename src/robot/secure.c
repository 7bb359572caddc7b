/* secure: signatures, address ranges, keywords, and the names of reply sessions. Pure functions. */
#include "base/text.h"
#include "base/time.h"
#include "robot/inner.h"

#include <arpa/inet.h>
#include <sodium.h>

enum { MAC = crypto_auth_hmacsha256_BYTES, MAC_TEXT = 64, FAMILY_4 = 4, FAMILY_6 = 16 };

/* ---- signatures ----------------------------------------------------------------------------- */

static void hmac(struct str key, struct str text, unsigned char out[static MAC])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, key.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.ptr, text.len);
    crypto_auth_hmacsha256_final(&state, out);
}

static struct str in_base64(struct arena *arena, const unsigned char mac[static MAC], int variant)
{
    char text[MAC_TEXT];
    sodium_bin2base64(text, sizeof text, mac, MAC, variant);
    return arena_copy(arena, str_from(text));
}

struct str robot_sign(struct arena *arena, struct str secret, struct str timestamp)
{
    unsigned char mac[MAC];
    hmac(secret, arena_printf(arena, "%.*s\n%.*s", STR_ARG(timestamp), STR_ARG(secret)), mac);
    return in_base64(arena, mac, sodium_base64_VARIANT_ORIGINAL);
}

bool robot_is_signed(struct arena *arena, struct str secret, struct str timestamp, struct str sign,
                     int64_t now, const char **why)
{
    int64_t at;
    *why = "invalid timestamp";
    if (!str_to_int(timestamp, &at) || at < now - HOUR_MS || at > now + HOUR_MS)
        return false;
    char *meant = arena_alloc(arena, sign.len + 1);
    for (size_t i = 0; i < sign.len; i++)
        meant[i] = sign.ptr[i] == ' ' ? '+' : sign.ptr[i];
    *why = "sign not match";
    return str_equal_secret(str_of(meant, sign.len), robot_sign(arena, secret, timestamp));
}

/* ---- addresses ------------------------------------------------------------------------------ */

/* Bytes of the address, 4 or 16; 0: it is none. */
static int read_address(struct str text, unsigned char out[static 16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    char zero_ended[INET6_ADDRSTRLEN];
    if (text.len >= sizeof zero_ended)
        return 0;
    memcpy(zero_ended, text.ptr, text.len);
    zero_ended[text.len] = 0;
    if (inet_pton(AF_INET, zero_ended, out) == 1)
        return FAMILY_4;
    if (inet_pton(AF_INET6, zero_ended, out) != 1)
        return 0;
    if (memcmp(out, mapped, sizeof mapped) != 0)
        return FAMILY_6;
    memmove(out, out + 12, 4);
    return FAMILY_4;
}

struct range {
    unsigned char bytes[16];
    int size, bits;
};

static bool read_range(struct str text, struct range *out)
{
    struct str rest = str_trim(text), address = str_cut(&rest, '/');
    int64_t bits;
    out->size = read_address(address, out->bytes);
    out->bits = out->size * 8;
    if (!out->size || str_find_char(text, '/') < 0)
        return out->size != 0;
    if (!str_to_int(rest, &bits) || bits < 0)
        return false;
    /* A range of IPv4 written within IPv6 counts its bits from there. */
    if (out->size == FAMILY_4 && str_find_char(address, ':') >= 0)
        bits -= 96;
    out->bits = (int)bits;
    return bits >= 0 && bits <= out->size * 8;
}

bool robot_is_range(struct str range)
{
    struct range read;
    return read_range(range, &read);
}

static bool lies_in(const struct range *range, const unsigned char *address)
{
    int whole = range->bits / 8, left = range->bits % 8;
    if (memcmp(range->bytes, address, (size_t)whole) != 0)
        return false;
    unsigned mask = left ? 0xff00u >> left & 0xff : 0;
    return ((range->bytes[whole & 15] ^ address[whole & 15]) & mask) == 0;
}

bool robot_is_allowed(struct str ranges, struct str address)
{
    unsigned char bytes[16];
    int size = read_address(address, bytes);
    while (size && ranges.len) {
        struct range range;
        if (read_range(str_cut(&ranges, '\n'), &range) && range.size == size &&
            lies_in(&range, bytes))
            return true;
    }
    return false;
}

/* ---- keywords ------------------------------------------------------------------------------- */

bool robot_has_keyword(struct str keywords, struct str text)
{
    while (keywords.len) {
        struct str keyword = str_cut(&keywords, '\n');
        if (keyword.len && str_find(text, keyword) >= 0)
            return true;
    }
    return false;
}

/* ---- sessions ------------------------------------------------------------------------------- */

struct str robot_session_write(struct arena *arena, const struct robot_session *session,
                               struct str key)
{
    unsigned char mac[MAC];
    struct str what = arena_printf(arena, "%lld.%lld.%lld", (long long)session->org,
                                   (long long)session->robot, (long long)session->expires);
    hmac(key, what, mac);
    struct str proof = in_base64(arena, mac, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return arena_printf(arena, "%.*s.%.*s", STR_ARG(what), STR_ARG(proof));
}

bool robot_session_read(struct str text, struct robot_session *out)
{
    return str_to_int(str_cut(&text, '.'), &out->org) &&
           str_to_int(str_cut(&text, '.'), &out->robot) &&
           str_to_int(str_cut(&text, '.'), &out->expires);
}

bool robot_session_is_true(struct arena *arena, const struct robot_session *session, struct str key,
                           struct str text)
{
    return str_equal_secret(text, robot_session_write(arena, session, key));
}
