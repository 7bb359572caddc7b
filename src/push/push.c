/* push: the browsers that want to be told, and the key by which their push services know us. */
#include "push/inner.h"
#include "base/id.h"
#include "base/text.h"
#include "fetch/fetch.h"

EMBED_SQL(push);

enum { LONGEST_CONTACT = 200 };

/* ---- rows ---------------------------------------------------------------------------------- */

SCHEMA(push_key_in, NO_FIELDS)
#define KEY_OUT(F, S) F(S, TEXT, key, NEEDED, 0, 0, "the server's public key, in base64url")
SCHEMA(push_key_out, KEY_OUT)

#define SUBSCRIBE_IN(F, S)                                                                \
    F(S, TEXT, endpoint, NEEDED, 12, 1000, "the push service's address for this browser") \
    F(S, TEXT, p256dh, NEEDED, 80, 100, "the browser's public key, in base64url")         \
    F(S, TEXT, auth, NEEDED, 20, 30, "the secret that it shares with us, in base64url")
SCHEMA(push_subscribe_in, SUBSCRIBE_IN)
#define SUBSCRIBE_OUT(F, S) F(S, ID, device, NEEDED, 0, 0, "the subscription")
SCHEMA(push_subscribe_out, SUBSCRIBE_OUT)

#define DEVICE_IN(F, S) F(S, ID, device, NEEDED, 0, 0, "one of the caller's own")
SCHEMA(push_unsubscribe_in, DEVICE_IN)
SCHEMA(push_unsubscribe_out, NO_FIELDS)

SCHEMA(push_list_in, NO_FIELDS)
#define DEVICE(F, S)                                                            \
    F(S, ID, id, NEEDED, 0, 0, "the subscription")                              \
    F(S, TEXT, agent, NEEDED, 0, 0, "the browser, as it calls itself")          \
    F(S, TEXT, service, NEEDED, 0, 0, "host of its push service")               \
    F(S, TIME, created, NEEDED, 0, 0, "since when")                             \
    F(S, INT, failures, OPTIONAL, 0, 0, "tries in a row that did not reach it") \
    F(S, BOOL, is_current, NEEDED, 0, 0, "it is the one that asks")
SCHEMA(push_device, DEVICE)
#define LIST_OUT(F, S) F(S, LIST(push_device), devices, NEEDED, 0, 0, "oldest first")
SCHEMA(push_list_out, LIST_OUT)

SCHEMA(push_test_in, NO_FIELDS)
SCHEMA(push_test_out, NO_FIELDS)

#define PUSH_OPS(OP)                                                                               \
    OP(push_key, "POST", "/v1/push/key", WRITES, 60,                                               \
       "The key that a browser subscribes with; the first call makes it", MAY_CALL(org_member))    \
    OP(push_subscribe, "POST", "/v1/push/devices", WRITES, 30,                                     \
       "Tell this browser of messages while the program is not open", MAY_CALL(org_member))        \
    OP(push_unsubscribe, "DELETE", "/v1/push/devices/{device}", WRITES, 60,                        \
       "Tell a browser no longer", MAY(own_device, device))                                        \
    OP(push_list, "GET", "/v1/push/devices", READS, 0, "The caller's browsers that are told",      \
       MAY_CALL(org_member))                                                                       \
    OP(push_test, "POST", "/v1/push/test", WRITES, 6, "Send a trial notice to one's own browsers", \
       MAY_CALL(org_member))

static bool allows_own_device(struct request *r, int64_t device)
{
    struct rows found =
        READ(r, "SELECT 1 FROM push_device WHERE org = ?1 AND id = ?2 AND person = ?3", INT(r->org),
             INT(device), INT(r->person));
    return r->person &&
           (found.count || fail(r, NOT_FOUND, "device", "没有这个设备", "there is no such device"));
}

static const struct policy own_device = {"own_device", "whose browser it is", allows_own_device};

OPS(PUSH_OPS)

static void forget_session(struct request *r, int64_t session)
{
    WRITE(r, "DELETE FROM push_device WHERE session = ?1", INT(session));
}

static void forget_person(struct request *r, int64_t person)
{
    WRITE(r, "DELETE FROM push_device WHERE org = ?1 AND person = ?2", INT(r->org), INT(person));
}

static void push_start(void)
{
    org_register_ending(forget_session);
    org_register_leaving(forget_person);
    talk_register_posted(send_posted);
}

const struct module push_module = {
    .name = "push", MODULE_OPS, .start = push_start, .sql = push_sql, .sql_end = push_sql_end};

/* ---- the server's own ----------------------------------------------------------------------- */

static char contact_text[LONGEST_CONTACT + 1] = "mailto:keeper@carillon.invalid";

void push_open(struct str contact)
{
    if (contact.len && contact.len <= LONGEST_CONTACT) {
        memcpy(contact_text, contact.ptr, contact.len);
        contact_text[contact.len] = 0;
    }
}

struct str push_contact(void)
{
    return str_from(contact_text);
}

bool push_pair_read(struct request *r, struct crypt_pair *out)
{
    struct rows found = READ(r, "SELECT secret, point FROM push_pair WHERE id = 1", NONE);
    if (!found.count)
        return false;
    memcpy(out->secret, row_text(&found, 0, 0).ptr, CRYPT_SECRET);
    memcpy(out->point, row_text(&found, 0, 1).ptr, CRYPT_POINT);
    return true;
}

static bool push_key(struct request *r, const struct push_key_in *in, struct push_key_out *out)
{
    (void)in;
    struct crypt_pair pair;
    if (!push_pair_read(r, &pair)) {
        pair = crypt_new_pair();
        WRITE(r, "INSERT INTO push_pair (id, secret, point, created) VALUES (1, ?1, ?2, ?3)",
              BLOB(str_of(pair.secret, CRYPT_SECRET)), BLOB(str_of(pair.point, CRYPT_POINT)),
              INT(r->now));
    }
    out->key = text_base64url(r->arena, str_of(pair.point, CRYPT_POINT));
    return true;
}

/* ---- devices -------------------------------------------------------------------------------- */

bool push_keys_read(struct arena *arena, struct str p256dh, struct str auth, struct push_keys *out)
{
    return text_base64url_read(arena, p256dh, &out->point) && crypt_is_point(out->point) &&
           text_base64url_read(arena, auth, &out->auth) && out->auth.len == CRYPT_AUTH;
}

/* "https://host:port" of an address. */
struct str push_origin(struct str endpoint)
{
    ptrdiff_t colon = str_find(endpoint, S("://"));
    struct str rest = str_skip(endpoint, colon < 0 ? endpoint.len : (size_t)colon + 3);
    return str_take(endpoint, endpoint.len - rest.len + str_cut(&rest, '/').len);
}

/* Without TLS only where the keeper lets private addresses be reached: in a network of one's own.
 */
static bool is_endpoint(struct str endpoint)
{
    return fetch_is_address(endpoint) &&
           (str_starts(endpoint, S("https://")) || fetch_reaches_private());
}

/* The endpoint is the browser's: whoever was signed in there before is told no more. Of too many
 * browsers the oldest goes. */
static void make_room(struct request *r, struct str endpoint)
{
    WRITE(r, "DELETE FROM push_device WHERE endpoint = ?1 AND account <> ?2", TEXT(endpoint),
          INT(r->account));
    struct rows own = READ(r,
                           "SELECT id FROM push_device WHERE org = ?1 AND person = ?2 "
                           "AND endpoint <> ?3 ORDER BY id DESC LIMIT ?4",
                           INT(r->org), INT(r->person), TEXT(endpoint), INT(PUSH_DEVICES));
    if (own.count == PUSH_DEVICES)
        WRITE(r, "DELETE FROM push_device WHERE org = ?1 AND person = ?2 AND id <= ?3", INT(r->org),
              INT(r->person), INT(row_int(&own, PUSH_DEVICES - 1, 0)));
}

static bool push_subscribe(struct request *r, const struct push_subscribe_in *in,
                           struct push_subscribe_out *out)
{
    struct push_keys keys;
    if (!is_endpoint(in->endpoint))
        return fail(r, BAD_INPUT, "endpoint", "推送地址要以 https:// 开头",
                    "a push service's address begins with https://");
    if (!push_keys_read(r->arena, in->p256dh, in->auth, &keys))
        return fail(r, BAD_INPUT, "p256dh", "浏览器的推送密钥不对",
                    "these are not a browser's keys");
    make_room(r, in->endpoint);
    struct rows known = READ(r, "SELECT id FROM push_device WHERE endpoint = ?1 AND org = ?2",
                             TEXT(in->endpoint), INT(r->org));
    out->device = known.count ? row_int(&known, 0, 0) : id_next();
    WRITE(r,
          "INSERT INTO push_device (org, id, person, account, session, endpoint, point, auth, "
          "agent, created, failures) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0) "
          "ON CONFLICT (org, id) DO UPDATE SET person = excluded.person, "
          "session = excluded.session, point = excluded.point, auth = excluded.auth, "
          "agent = excluded.agent, failures = 0",
          INT(r->org), INT(out->device), INT(r->person), INT(r->account), INT(r->session),
          TEXT(in->endpoint), BLOB(keys.point), BLOB(keys.auth), TEXT(r->agent), INT(r->now));
    return true;
}

static bool push_unsubscribe(struct request *r, const struct push_unsubscribe_in *in,
                             struct push_unsubscribe_out *out)
{
    (void)out;
    WRITE(r, "DELETE FROM push_device WHERE org = ?1 AND id = ?2", INT(r->org), INT(in->device));
    return true;
}

static bool push_list(struct request *r, const struct push_list_in *in, struct push_list_out *out)
{
    (void)in;
    struct rows found = READ(r,
                             "SELECT id, agent, endpoint, created, failures, session "
                             "FROM push_device WHERE org = ?1 AND person = ?2 ORDER BY id",
                             INT(r->org), INT(r->person));
    out->devices.at = ARENA_ARRAY(r->arena, found.count, struct push_device);
    out->devices.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        struct str origin = push_origin(row_text(&found, i, 2));
        struct str host = str_skip(origin, (size_t)(str_find(origin, S("://")) + 3));
        out->devices.at[i] =
            (struct push_device){.id = row_int(&found, i, 0),
                                 .agent = row_text(&found, i, 1),
                                 .service = host,
                                 .created = row_int(&found, i, 3),
                                 .failures = row_int(&found, i, 4),
                                 .is_current = row_int(&found, i, 5) == r->session};
    }
    return true;
}

static bool push_test(struct request *r, const struct push_test_in *in, struct push_test_out *out)
{
    (void)in;
    (void)out;
    struct rows any = READ(r, "SELECT 1 FROM push_device WHERE org = ?1 AND person = ?2 LIMIT 1",
                           INT(r->org), INT(r->person));
    if (!any.count)
        return fail(r, CONFLICT, NULL, "你还没有开启推送的设备", "none of your devices is told");
    send_test(r);
    return true;
}
