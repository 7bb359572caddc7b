/* account: signing in and out, sessions, passwords; the organisation's basic policies. */
#include "org/inner.h"
#include "base/id.h"
#include "base/must.h"
#include "base/text.h"
#include "base/time.h"

#include <sodium.h>

EMBED_SQL(org);

enum {
    SESSION_DAYS = 90,
    RESET_HOURS = 24,
    SEEN_STEP_MS = 10 * MINUTE_MS,
    LEAST_PASSWORD = 8,
    WRONG_BY_LOGIN = 10, /* tries a minute */
    WRONG_BY_ADDRESS = 30,
};

/* ---- rows ---------------------------------------------------------------------------------- */

#define SIGN_IN_IN(F, S)                                                            \
    F(S, TEXT, login, NEEDED, 1, 200, "login name, phone number or e-mail address") \
    F(S, TEXT, password, NEEDED, 1, 200, "password")
SCHEMA(org_sign_in_in, SIGN_IN_IN)
#define SIGN_IN_OUT(F, S) F(S, ID, account, NEEDED, 0, 0, "the account")
SCHEMA(org_sign_in_out, SIGN_IN_OUT)

SCHEMA(org_sign_out_in, NO_FIELDS)
SCHEMA(org_sign_out_out, NO_FIELDS)

SCHEMA(org_me_in, NO_FIELDS)
#define ME_OUT(F, S)                                                                             \
    F(S, ID, account, NEEDED, 0, 0, "the account")                                               \
    F(S, ID, session, NEEDED, 0, 0, "this session")                                              \
    F(S, OBJECT(org_organisation), organisation, OPTIONAL, 0, 0, "the one being looked at")      \
    F(S, LIST(org_organisation), organisations, NEEDED, 0, 0, "all of the account's")            \
    F(S, OBJECT(org_person), person, OPTIONAL, 0, 0, "who the caller is there")                  \
    F(S, LIST(org_session), new_sessions, NEEDED, 0, 0, "sign-ins from new devices, to confirm") \
    F(S, TEXT, language, OPTIONAL, 0, 0, "zh or en, once chosen")
SCHEMA(org_me_out, ME_OUT)

#define SWITCH_IN(F, S) F(S, ID, organisation, NEEDED, 0, 0, "the one to look at")
SCHEMA(org_switch_in, SWITCH_IN)
SCHEMA(org_switch_out, NO_FIELDS)

SCHEMA(org_sessions_in, NO_FIELDS)
#define SESSIONS_OUT(F, S) F(S, LIST(org_session), sessions, NEEDED, 0, 0, "newest first")
SCHEMA(org_sessions_out, SESSIONS_OUT)

#define SESSION_IN(F, S) F(S, ID, session, NEEDED, 0, 0, "one of the account's sessions")
SCHEMA(org_session_end_in, SESSION_IN)
SCHEMA(org_session_end_out, NO_FIELDS)
SCHEMA(org_session_known_in, SESSION_IN)
SCHEMA(org_session_known_out, NO_FIELDS)
SCHEMA(org_session_seen_out, NO_FIELDS)

#define PASSWORD_IN(F, S)                                     \
    F(S, TEXT, old, NEEDED, 1, 200, "the password until now") \
    F(S, TEXT, password, NEEDED, 1, 200, "the new password, 8 characters at least")
SCHEMA(org_password_in, PASSWORD_IN)
SCHEMA(org_password_out, NO_FIELDS)

#define RESET_LINK_IN(F, S) F(S, PERSON, person, NEEDED, 0, 0, "who forgot the password")
SCHEMA(org_reset_link_in, RESET_LINK_IN)
#define RESET_LINK_OUT(F, S)                                                           \
    F(S, TEXT, token, NEEDED, 0, 0, "for the address /#/reset/TOKEN; shown this once") \
    F(S, TIME, expires, NEEDED, 0, 0, "until when it works")
SCHEMA(org_reset_link_out, RESET_LINK_OUT)

#define RESET_LOGIN_IN(F, S) F(S, TEXT, login, NEEDED, 1, 200, "login, phone or e-mail")
SCHEMA(org_reset_login_in, RESET_LOGIN_IN)
#define org_reset_login_out        org_reset_link_out
#define org_reset_login_out_schema org_reset_link_out_schema

#define TOKEN_IN(F, S) F(S, TEXT, token, NEEDED, 1, 100, "the link's token")
SCHEMA(org_reset_look_in, TOKEN_IN)
#define RESET_LOOK_OUT(F, S)                                    \
    F(S, TEXT, login, NEEDED, 0, 0, "how the account signs in") \
    F(S, TEXT, name, NEEDED, 0, 0, "whose it is")
SCHEMA(org_reset_look_out, RESET_LOOK_OUT)

#define RESET_IN(F, S)                                    \
    F(S, TEXT, token, NEEDED, 1, 100, "the link's token") \
    F(S, TEXT, password, NEEDED, 1, 200, "the new password, 8 characters at least")
SCHEMA(org_reset_in, RESET_IN)
SCHEMA(org_reset_out, NO_FIELDS)

#define LANGUAGE_IN(F, S) F(S, TEXT, language, NEEDED, 2, 2, "zh or en")
SCHEMA(org_language_in, LANGUAGE_IN)
SCHEMA(org_language_out, NO_FIELDS)

#define org_session_seen_in        later_in
#define org_session_seen_in_schema later_in_schema

#define ACCOUNT_OPS(OP)                                                                            \
    OP(org_sign_in, "POST", "/v1/session", WRITES, 600, "Sign in with a password",                 \
       MAY_CALL(anyone))                                                                           \
    OP(org_sign_out, "DELETE", "/v1/session", WRITES, 0, "End this session", MAY_CALL(signed_in))  \
    OP(org_me, "GET", "/v1/me", READS, 0, "Who the caller is, and where", MAY_CALL(signed_in))     \
    OP(org_switch, "PUT", "/v1/me/organisation", WRITES, 0, "Look at another organisation",        \
       MAY_CALL(signed_in))                                                                        \
    OP(org_sessions, "GET", "/v1/me/sessions", READS, 0, "The account's sessions",                 \
       MAY_CALL(signed_in))                                                                        \
    OP(org_session_end, "DELETE", "/v1/me/sessions/{session}", WRITES, 0,                          \
       "End one of the account's sessions", MAY(own_session, session))                             \
    OP(org_session_known, "POST", "/v1/me/sessions/{session}/known", WRITES, 0,                    \
       "Confirm that a sign-in from a new device was the caller's own", MAY(own_session, session)) \
    OP(org_session_seen, NULL, NULL, WRITES, 0, "Note that a session is in use",                   \
       MAY_CALL(the_server))                                                                       \
    OP(org_password, "PUT", "/v1/me/password", WRITES, 10,                                         \
       "Change the password; the other sessions end", MAY_CALL(signed_in))                         \
    OP(org_reset_link, "POST", "/v1/people/{person}/reset", WRITES, 60,                            \
       "Make a link that sets a new password, to be handed over", MAY_CALL(org_admin),             \
       MAY(org_someone, person))                                                                   \
    OP(org_reset_login, NULL, NULL, WRITES, 0, "The same from the server's command line",          \
       MAY_CALL(the_server))                                                                       \
    OP(org_reset_look, "POST", "/v1/reset/look", READS, 30, "Whose password a link sets",          \
       MAY_CALL(anyone))                                                                           \
    OP(org_reset, "POST", "/v1/reset", WRITES, 30, "Set a new password through a link",            \
       MAY_CALL(anyone))                                                                           \
    OP(org_language, "PUT", "/v1/me/language", WRITES, 0, "Choose the language",                   \
       MAY_CALL(signed_in))

static bool allows_own_session(struct request *r, int64_t session)
{
    struct rows found = READ(r, "SELECT 1 FROM session WHERE id = ?1 AND account = ?2",
                             INT(session), INT(r->account));
    return r->account && (found.count || fail(r, NOT_FOUND, "session", "没有这个登录记录",
                                              "there is no such session"));
}

static const struct policy own_session = {"own_session", "whoever's account the session belongs to",
                                          allows_own_session};

OPS(ACCOUNT_OPS)

static bool org_sign_in_prepare(struct request *r, const void *in, void *out);
static bool org_password_prepare(struct request *r, const void *in, void *out);
static bool org_reset_prepare(struct request *r, const void *in, void *out);

static const struct slow_part slow_parts[] = {{"org_sign_in", org_sign_in_prepare},
                                              {"org_password", org_password_prepare},
                                              {"org_reset", org_reset_prepare},
                                              {0}};

const struct module org_account_module = {
    .name = "org", MODULE_OPS, .slow_parts = slow_parts, .sql = org_sql, .sql_end = org_sql_end};

/* ---- policies ------------------------------------------------------------------------------ */

bool org_has_role(struct request *r, const char *role, const char *or_role)
{
    struct rows found =
        READ(r, "SELECT role FROM person WHERE org = ?1 AND id = ?2 AND state = 'active'",
             INT(r->org), INT(r->person));
    if (!found.count)
        return false;
    struct str has = row_text(&found, 0, 0);
    return str_equal(has, str_from(role)) || str_equal(has, str_from(or_role));
}

static bool allows_member(struct request *r, int64_t object)
{
    (void)object;
    if (!r->account)
        return fail(r, UNAUTHENTICATED, NULL, "请先登录", "please sign in first");
    return r->person != 0;
}

static bool allows_admin(struct request *r, int64_t object)
{
    return allows_member(r, object) && org_has_role(r, "admin", "owner");
}

static bool allows_owner(struct request *r, int64_t object)
{
    return allows_member(r, object) && org_has_role(r, "owner", "owner");
}

static bool allows_someone(struct request *r, int64_t person)
{
    if (!allows_member(r, 0))
        return false;
    return org_is_active(r, person) ||
           fail(r, NOT_FOUND, "person", "组织里没有这个人", "there is no such person here");
}

const struct policy org_member = {"org_member", "members of the organisation", allows_member};
const struct policy org_admin = {"org_admin", "admins and owners of the organisation",
                                 allows_admin};
const struct policy org_owner = {"org_owner", "owners of the organisation", allows_owner};
const struct policy org_someone = {"org_someone", "about active people of the same organisation",
                                   allows_someone};

/* ---- tokens and passwords ------------------------------------------------------------------ */

struct str org_token_new(struct arena *arena)
{
    char bytes[16];
    randombytes_buf(bytes, sizeof bytes);
    return text_base64url(arena, str_of(bytes, sizeof bytes));
}

struct str org_token_hash(struct arena *arena, struct str token)
{
    char *hash = arena_alloc(arena, 32);
    crypto_generichash((unsigned char *)hash, 32, (const unsigned char *)token.ptr, token.len, NULL,
                       0);
    return str_of(hash, 32);
}

/* Argon2id with 32 MiB and three passes (RFC 9106): some 50 ms, and a small box still bears two at
 * a time. */
enum { ARGON_PASSES = 3, ARGON_BYTES = 32 << 20 };

struct str org_hash_password(struct arena *arena, struct str password)
{
    char *hash = arena_alloc(arena, crypto_pwhash_STRBYTES);
    if (crypto_pwhash_str(hash, password.ptr, password.len, ARGON_PASSES, ARGON_BYTES) != 0)
        return S("");
    return str_from(hash);
}

/* Takes as long for an account that does not exist, so that nobody learns which ones do. */
static bool is_password(struct request *r, struct str stored, struct str password)
{
    static const char nobody[] = "$argon2id$v=19$m=32768,t=3,p=1$bm9ib2R5bm9ib2R5bm9ib2"
                                 "$3jOT4MZ3ZAEGyeS0EMJOiGsYyGSWlJL7mDDxH1PQvVw";
    struct str hash = arena_copy(r->arena, stored.len ? stored : str_from(nobody));
    return crypto_pwhash_str_verify(hash.ptr, password.ptr, password.len) == 0 && stored.len;
}

bool account_check_password(struct request *r, struct str password)
{
    return text_length(password) >= LEAST_PASSWORD ||
           fail(r, BAD_INPUT, "password", "密码至少要 8 个字符",
                "the password needs at least 8 characters");
}

/* ---- login names --------------------------------------------------------------------------- */

bool account_clean_login(struct request *r, struct str login, struct str *out)
{
    *out = arena_lower(r->arena, str_trim(login));
    bool is_good = out->len >= 2 && out->len <= 64;
    for (size_t i = 0; i < out->len && is_good; i++) {
        char c = out->ptr[i];
        is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9' && i > 0) ||
                  (i > 0 && (c == '.' || c == '-' || c == '_'));
    }
    return is_good ||
           fail(
               r, BAD_INPUT, "login", "登录名要以字母开头，2 到 64 位，可用字母、数字、点、横线",
               "a login name begins with a letter and has 2 to 64 letters, digits, dots or dashes");
}

/* Digits only, an optional plus in front; spaces and dashes are forgiven. */
bool account_clean_phone(struct request *r, struct str phone, struct str *out)
{
    char *bytes = arena_alloc(r->arena, phone.len + 1);
    size_t len = 0;
    bool is_good = true;
    for (size_t i = 0; i < phone.len && is_good; i++) {
        char c = phone.ptr[i];
        if (c == ' ' || c == '-')
            continue;
        is_good = (c >= '0' && c <= '9') || (c == '+' && len == 0);
        bytes[len++] = c;
    }
    *out = str_of(bytes, len);
    return (is_good && len >= 5 && len <= 20) ||
           fail(r, BAD_INPUT, "phone", "手机号码不对", "this is not a phone number");
}

bool account_clean_email(struct request *r, struct str email, struct str *out)
{
    *out = arena_lower(r->arena, str_trim(email));
    ptrdiff_t at = str_find_char(*out, '@');
    bool is_good = at > 0 && str_find_char(str_skip(*out, (size_t)at), '.') > 1 &&
                   str_find_char(*out, ' ') < 0 && !str_ends(*out, S(".")) && out->len <= 200;
    return is_good || fail(r, BAD_INPUT, "email", "邮箱地址不对", "this is not an e-mail address");
}

/* The account that signs in with this word, or 0; *password gets its stored hash. */
static int64_t find_account(struct request *r, struct str word, struct str *password)
{
    struct str folded = arena_lower(r->arena, str_trim(word));
    struct str digits = folded;
    struct request quiet = {.arena = r->arena};
    if (!account_clean_phone(&quiet, folded, &digits))
        digits = folded;
    struct rows found = READ(r,
                             "SELECT id, password FROM account "
                             "WHERE login = ?1 OR email = ?1 OR phone = ?2",
                             TEXT(folded), TEXT(digits));
    *password = found.count ? row_text(&found, 0, 1) : S("");
    return found.count ? row_int(&found, 0, 0) : 0;
}

int64_t org_person_of(struct request *r, struct str word)
{
    struct str password;
    int64_t account = find_account(r, word, &password);
    struct rows found =
        READ(r, "SELECT id FROM person WHERE org = ?1 AND account = ?2 AND state = 'active'",
             INT(r->org), INT(account));
    return account && found.count ? row_int(&found, 0, 0) : 0;
}

/* ---- sessions ------------------------------------------------------------------------------ */

/* The time is compared here and not in the statement, so that the same caller asks the same: the
 * writer on PostgreSQL then knows the answer without a round trip. */
bool org_who(struct request *r, struct str token, int64_t session, int64_t org)
{
    struct rows found =
        session ? READ(r,
                       "SELECT s.id, s.account, p.org, s.seen, p.id, s.expires FROM session s "
                       "LEFT JOIN person p ON p.org = CASE WHEN ?2 = 0 THEN s.org ELSE ?2 END "
                       "AND p.account = s.account AND p.state = 'active' "
                       "WHERE s.id = ?1 AND s.ended = 0",
                       INT(session), INT(org))
                : READ(r,
                       "SELECT s.id, s.account, s.org, s.seen, p.id, s.expires FROM session s "
                       "LEFT JOIN person p "
                       "ON p.org = s.org AND p.account = s.account AND p.state = 'active' "
                       "WHERE s.hash = ?1 AND s.ended = 0",
                       BLOB(org_token_hash(r->arena, token)));
    if (!found.count || row_int(&found, 0, 5) <= r->now)
        return false;
    r->session = row_int(&found, 0, 0);
    r->account = row_int(&found, 0, 1);
    r->person = row_int(&found, 0, 4);
    r->org = r->person ? row_int(&found, 0, 2) : 0;
    if (r->now - row_int(&found, 0, 3) > SEEN_STEP_MS)
        later(r, "org_session_seen", r->session, 0, 0, 0);
    return true;
}

static bool org_session_seen(struct request *r, const struct org_session_seen_in *in,
                             struct org_session_seen_out *out)
{
    (void)out;
    WRITE(r, "UPDATE session SET seen = ?2 WHERE id = ?1", INT(in->object), INT(r->now));
    return true;
}

/* A device counts as known when the account has signed in from the same browser before. */
static bool is_new_device(struct request *r, int64_t account)
{
    struct rows any = READ(r, "SELECT 1 FROM session WHERE account = ?1 LIMIT 1", INT(account));
    struct rows same = READ(r, "SELECT 1 FROM session WHERE account = ?1 AND agent = ?2 LIMIT 1",
                            INT(account), TEXT(r->agent));
    return any.count && !same.count;
}

/* The account's other devices hear of a sign-in, in whichever organisation they look at. */
static void tell_other_devices(struct request *r, int64_t account,
                               const struct org_session *session)
{
    int64_t own_org = r->org;
    struct rows people =
        READ(r, "SELECT org, id FROM person WHERE account = ?1 AND state = 'active'", INT(account));
    for (size_t i = 0; i < people.count; i++) {
        r->org = row_int(&people, i, 0);
        event_put(r, row_int(&people, i, 1), "session", session->id, &org_session_schema, session);
    }
    r->org = own_org;
}

void org_begin_session(struct request *r, int64_t account, int64_t org)
{
    struct str token = org_token_new(r->arena);
    struct org_session made = {.id = id_next(),
                               .agent = r->agent,
                               .address = r->address,
                               .created = r->now,
                               .seen = r->now,
                               .is_new = is_new_device(r, account)};
    WRITE(r,
          "INSERT INTO session (id, hash, account, org, agent, address, created, seen, expires, "
          "ended, is_new) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, 0, ?9)",
          INT(made.id), BLOB(org_token_hash(r->arena, token)), INT(account), INT(org),
          TEXT(r->agent), TEXT(r->address), INT(r->now),
          INT(r->now + (int64_t)SESSION_DAYS * DAY_MS), INT(made.is_new));
    set_cookie(r, token, (int64_t)SESSION_DAYS * DAY_MS / SECOND_MS);
    if (made.is_new)
        tell_other_devices(r, account, &made);
}

enum { MOST_ENDINGS = 16 };
static org_ending *endings[MOST_ENDINGS];
static size_t ending_count;

void org_register_ending(org_ending *ending)
{
    for (size_t i = 0; i < ending_count; i++)
        if (endings[i] == ending)
            return;
    must(ending_count < MOST_ENDINGS);
    endings[ending_count++] = ending;
}

bool org_session_is_open(struct request *r, int64_t session, int64_t account)
{
    struct rows found =
        READ(r, "SELECT expires FROM session WHERE id = ?1 AND account = ?2 AND ended = 0",
             INT(session), INT(account));
    return found.count && row_int(&found, 0, 0) > r->now;
}

static void end_session(struct request *r, int64_t session)
{
    for (size_t i = 0; i < ending_count; i++)
        endings[i](r, session);
    WRITE(r, "UPDATE session SET ended = ?2 WHERE id = ?1 AND ended = 0", INT(session),
          INT(r->now));
    close_followers(r, session, 4001);
}

static void end_other_sessions(struct request *r, int64_t account, int64_t but)
{
    struct rows open =
        READ(r, "SELECT id FROM session WHERE account = ?1 AND ended = 0 AND id <> ?2",
             INT(account), INT(but));
    for (size_t i = 0; i < open.count; i++)
        end_session(r, row_int(&open, i, 0));
}

struct sign_in_state {
    int64_t account;
};

static bool org_sign_in_prepare(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct org_sign_in_in *in = input;
    struct sign_in_state *state = ARENA_NEW(r->arena, struct sign_in_state);
    struct str by_login =
        arena_printf(r->arena, "wrong:%.*s", STR_ARG(arena_lower(r->arena, str_trim(in->login))));
    struct str by_address = arena_printf(r->arena, "wrong from:%.*s", STR_ARG(r->address));
    if (!rate_take(r, by_login, WRONG_BY_LOGIN) || !rate_take(r, by_address, WRONG_BY_ADDRESS))
        return false;
    struct str password;
    state->account = find_account(r, in->login, &password);
    if (!is_password(r, password, in->password))
        return fail(r, UNAUTHENTICATED, "password", "账号或密码不对",
                    "the login or the password is wrong");
    /* A school signs in from one address: only wrong tries count. */
    rate_give(r, by_login);
    rate_give(r, by_address);
    r->prepared = state;
    return true;
}

static bool org_sign_in(struct request *r, const struct org_sign_in_in *in,
                        struct org_sign_in_out *out)
{
    (void)in;
    const struct sign_in_state *state = r->prepared;
    struct rows orgs = READ(
        r, "SELECT org FROM person WHERE account = ?1 AND state = 'active' ORDER BY org LIMIT 1",
        INT(state->account));
    struct rows last =
        READ(r, "SELECT org FROM session WHERE account = ?1 ORDER BY id DESC LIMIT 1",
             INT(state->account));
    int64_t org = orgs.count ? row_int(&orgs, 0, 0) : 0;
    struct rows still =
        READ(r, "SELECT org FROM person WHERE org = ?1 AND account = ?2 AND state = 'active'",
             INT(last.count ? row_int(&last, 0, 0) : 0), INT(state->account));
    org_begin_session(r, state->account, still.count ? row_int(&still, 0, 0) : org);
    out->account = state->account;
    return true;
}

static bool org_sign_out(struct request *r, const struct org_sign_out_in *in,
                         struct org_sign_out_out *out)
{
    (void)in;
    (void)out;
    end_session(r, r->session);
    set_cookie(r, S(""), 0);
    return true;
}

/* ---- me ------------------------------------------------------------------------------------ */

static struct org_session session_row(const struct request *r, const struct rows *rows, size_t row)
{
    return (struct org_session){.id = row_int(rows, row, 0),
                                .agent = row_text(rows, row, 1),
                                .address = row_text(rows, row, 2),
                                .created = row_int(rows, row, 3),
                                .seen = row_int(rows, row, 4),
                                .is_new = row_int(rows, row, 5) != 0,
                                .is_current = row_int(rows, row, 0) == r->session};
}

static struct org_session *session_list(struct request *r, size_t *count)
{
    struct rows found = READ(r,
                             "SELECT id, agent, address, created, seen, is_new FROM session "
                             "WHERE account = ?1 AND ended = 0 AND expires > ?2 "
                             "ORDER BY id DESC LIMIT 100",
                             INT(r->account), INT(r->now));
    struct org_session *list = ARENA_ARRAY(r->arena, found.count, struct org_session);
    for (size_t i = 0; i < found.count; i++)
        list[i] = session_row(r, &found, i);
    *count = found.count;
    return list;
}

static void fill_organisations(struct request *r, struct org_me_out *out)
{
    struct rows found =
        READ(r,
             "SELECT o.org, o.name, p.id, p.role FROM person p JOIN organisation o "
             "ON o.org = p.org WHERE p.account = ?1 AND p.state = 'active' ORDER BY o.org",
             INT(r->account));
    out->organisations.at = ARENA_ARRAY(r->arena, found.count, struct org_organisation);
    out->organisations.count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        out->organisations.at[i] = (struct org_organisation){.id = row_int(&found, i, 0),
                                                             .name = row_text(&found, i, 1),
                                                             .person = row_int(&found, i, 2),
                                                             .role = row_text(&found, i, 3)};
        if (row_int(&found, i, 0) == r->org)
            out->organisation = &out->organisations.at[i];
    }
}

static bool org_me(struct request *r, const struct org_me_in *in, struct org_me_out *out)
{
    (void)in;
    out->account = r->account;
    out->session = r->session;
    fill_organisations(r, out);
    if (r->person && !(out->person = people_card(r, r->person)))
        return false;
    size_t count;
    struct org_session *all = session_list(r, &count);
    out->new_sessions.at = ARENA_ARRAY(r->arena, count, struct org_session);
    for (size_t i = 0; i < count; i++)
        if (all[i].is_new && !all[i].is_current)
            out->new_sessions.at[out->new_sessions.count++] = all[i];
    struct rows account = READ(r, "SELECT language FROM account WHERE id = ?1", INT(r->account));
    out->language = account.count ? row_text(&account, 0, 0) : S("");
    return true;
}

static bool org_switch(struct request *r, const struct org_switch_in *in,
                       struct org_switch_out *out)
{
    (void)out;
    struct rows found =
        READ(r, "SELECT 1 FROM person WHERE org = ?1 AND account = ?2 AND state = 'active'",
             INT(in->organisation), INT(r->account));
    if (!found.count)
        return fail(r, NOT_FOUND, "organisation", "你不在这个组织里",
                    "you do not belong to this organisation");
    WRITE(r, "UPDATE session SET org = ?2 WHERE id = ?1", INT(r->session), INT(in->organisation));
    return true;
}

static bool org_language(struct request *r, const struct org_language_in *in,
                         struct org_language_out *out)
{
    (void)out;
    if (!str_equal(in->language, S("zh")) && !str_equal(in->language, S("en")))
        return fail(r, BAD_INPUT, "language", "语言只能是 zh 或 en", "the language is zh or en");
    WRITE(r, "UPDATE account SET language = ?2 WHERE id = ?1", INT(r->account), TEXT(in->language));
    return true;
}

static bool org_sessions(struct request *r, const struct org_sessions_in *in,
                         struct org_sessions_out *out)
{
    (void)in;
    out->sessions.at = session_list(r, &out->sessions.count);
    return true;
}

static bool org_session_end(struct request *r, const struct org_session_end_in *in,
                            struct org_session_end_out *out)
{
    (void)out;
    end_session(r, in->session);
    return true;
}

static bool org_session_known(struct request *r, const struct org_session_known_in *in,
                              struct org_session_known_out *out)
{
    (void)out;
    WRITE(r, "UPDATE session SET is_new = 0 WHERE id = ?1", INT(in->session));
    return true;
}

/* ---- changing and resetting passwords ------------------------------------------------------ */

struct new_password {
    struct str hash;
};

static bool prepare_hash(struct request *r, struct str password)
{
    if (!account_check_password(r, password))
        return false;
    struct new_password *made = ARENA_NEW(r->arena, struct new_password);
    made->hash = org_hash_password(r->arena, password);
    r->prepared = made;
    return made->hash.len || fail(r, UNAVAILABLE, NULL, "服务器内存不足，请稍后再试",
                                  "the server is short of memory; try again later");
}

static bool org_password_prepare(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct org_password_in *in = input;
    struct rows stored = READ(r, "SELECT password FROM account WHERE id = ?1", INT(r->account));
    if (!stored.count || !is_password(r, row_text(&stored, 0, 0), in->old))
        return fail(r, FORBIDDEN, "old", "原密码不对", "the old password is wrong");
    return prepare_hash(r, in->password);
}

static void set_password(struct request *r, int64_t account)
{
    const struct new_password *made = r->prepared;
    WRITE(r, "UPDATE account SET password = ?2 WHERE id = ?1", INT(account), TEXT(made->hash));
    WRITE(r, "DELETE FROM reset WHERE account = ?1", INT(account));
    end_other_sessions(r, account, r->session);
}

static bool org_password(struct request *r, const struct org_password_in *in,
                         struct org_password_out *out)
{
    (void)in;
    (void)out;
    set_password(r, r->account);
    return true;
}

static bool make_reset(struct request *r, int64_t account, struct org_reset_link_out *out)
{
    out->token = org_token_new(r->arena);
    out->expires = r->now + (int64_t)RESET_HOURS * HOUR_MS;
    WRITE(r, "DELETE FROM reset WHERE account = ?1", INT(account));
    WRITE(r, "INSERT INTO reset (hash, account, expires) VALUES (?1, ?2, ?3)",
          BLOB(org_token_hash(r->arena, out->token)), INT(account), INT(out->expires));
    return true;
}

/* An account that also belongs to another organisation is not opened by this one's admin. */
static bool org_reset_link(struct request *r, const struct org_reset_link_in *in,
                           struct org_reset_link_out *out)
{
    struct rows found = READ(r, "SELECT account, role FROM person WHERE org = ?1 AND id = ?2",
                             INT(r->org), INT(in->person));
    if (!found.count)
        return false;
    int64_t account = row_int(&found, 0, 0);
    if (str_equal(row_text(&found, 0, 1), S("owner")) && !org_has_role(r, "owner", "owner"))
        return fail(r, FORBIDDEN, "person", "只有所有者能为所有者重置密码",
                    "only an owner may reset an owner's password");
    struct rows elsewhere = READ(
        r, "SELECT 1 FROM person WHERE account = ?1 AND org <> ?2 AND state = 'active' LIMIT 1",
        INT(account), INT(r->org));
    if (elsewhere.count)
        return fail(r, FORBIDDEN, "person", "这个账号还属于其他组织，只能由服务器管理员重置密码",
                    "this account belongs to another organisation too; only the keeper of the "
                    "server can reset its password");
    audit(r, "reset_link", in->person, S(""));
    return make_reset(r, account, out);
}

static bool org_reset_login(struct request *r, const struct org_reset_login_in *in,
                            struct org_reset_login_out *out)
{
    struct str password;
    int64_t account = find_account(r, in->login, &password);
    if (!account)
        return fail(r, NOT_FOUND, "login", "没有这个账号", "there is no such account");
    return make_reset(r, account, out);
}

static int64_t reset_account(struct request *r, struct str token)
{
    struct rows found = READ(r, "SELECT account FROM reset WHERE hash = ?1 AND expires > ?2",
                             BLOB(org_token_hash(r->arena, token)), INT(r->now));
    if (!found.count)
        fail(r, NOT_FOUND, "token", "这个链接已失效", "this link is no longer valid");
    return found.count ? row_int(&found, 0, 0) : 0;
}

static bool org_reset_look(struct request *r, const struct org_reset_look_in *in,
                           struct org_reset_look_out *out)
{
    int64_t account = reset_account(r, in->token);
    struct rows found = READ(r,
                             "SELECT coalesce(a.login, a.phone, a.email), p.name FROM account a "
                             "LEFT JOIN person p ON p.account = a.id AND p.state = 'active' "
                             "WHERE a.id = ?1 ORDER BY p.org LIMIT 1",
                             INT(account));
    if (!found.count)
        return false;
    out->login = row_text(&found, 0, 0);
    out->name = row_text(&found, 0, 1);
    return true;
}

static bool org_reset_prepare(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct org_reset_in *in = input;
    return reset_account(r, in->token) && prepare_hash(r, in->password);
}

static bool org_reset(struct request *r, const struct org_reset_in *in, struct org_reset_out *out)
{
    (void)out;
    int64_t account = reset_account(r, in->token);
    if (!account)
        return false;
    r->session = 0;
    set_password(r, account);
    return true;
}

/* ---- making -------------------------------------------------------------------------------- */

static bool is_free(struct request *r, const char *field, struct str value)
{
    if (!value.len)
        return true;
    struct rows taken =
        READ(r, "SELECT 1 FROM account WHERE login = ?1 OR phone = ?1 OR email = ?1", TEXT(value));
    if (!taken.count)
        return true;
    return fail(r, CONFLICT, field, "这个账号已经有人用了，请直接登录或换一个",
                "this is taken; sign in with it or choose another");
}

static struct db_value text_or_null(struct str s)
{
    return s.len ? TEXT(s) : NONE;
}

int64_t org_make_account(struct request *r, struct str login, struct str phone, struct str email,
                         struct str password_hash)
{
    if (!is_free(r, "login", login) || !is_free(r, "phone", phone) || !is_free(r, "email", email))
        return 0;
    int64_t account = id_next();
    WRITE(r,
          "INSERT INTO account (id, login, phone, email, password, language, created) "
          "VALUES (?1, ?2, ?3, ?4, ?5, '', ?6)",
          INT(account), text_or_null(login), text_or_null(phone), text_or_null(email),
          TEXT(password_hash), INT(r->now));
    return account;
}
