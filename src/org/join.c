/* join: how an organisation begins and how people come into it: setup, invitations, joining. */
#include "org/inner.h"
#include "base/id.h"
#include "base/text.h"
#include "base/time.h"

#include <qrencode.h>

enum { INVITE_DAYS = 7, MOST_INVITE_DAYS = 365, INVITE_USES = 100 };

/* ---- rows ---------------------------------------------------------------------------------- */

SCHEMA(org_state_in, NO_FIELDS)
#define STATE_OUT(F, S)                                                        \
    F(S, BOOL, needs_setup, NEEDED, 0, 0, "nobody has set this server up yet") \
    F(S, BOOL, has_session, NEEDED, 0, 0, "the caller is signed in")           \
    F(S, TEXT, version, NEEDED, 0, 0, "of the program")                        \
    F(S, TEXT, name, OPTIONAL, 0, 0, "of the organisation, when the server has just one")
SCHEMA(org_state_out, STATE_OUT)

SCHEMA(org_setup_token_in, NO_FIELDS)
#define SETUP_TOKEN_OUT(F, S) F(S, TEXT, token, OPTIONAL, 0, 0, "absent once it is set up")
SCHEMA(org_setup_token_out, SETUP_TOKEN_OUT)

#define ORG_SETUP_IN(F, S)                                                        \
    F(S, TEXT, token, NEEDED, 1, 100, "from the address that the server printed") \
    F(S, TEXT, organisation, NEEDED, 1, 80, "name of the organisation")           \
    F(S, TEXT, name, NEEDED, 1, 80, "name of the first person")                   \
    F(S, TEXT, login, NEEDED, 1, 64, "login name")                                \
    F(S, TEXT, password, NEEDED, 1, 200, "password, 8 characters at least")       \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key: a retry never does it twice")
SCHEMA(org_setup_in, ORG_SETUP_IN)
#define BORN_OUT(F, S)                                       \
    F(S, ID, organisation, NEEDED, 0, 0, "the organisation") \
    F(S, PERSON, person, NEEDED, 0, 0, "who the caller is there")
SCHEMA(org_setup_out, BORN_OUT)

#define ORG_CREATE_IN(F, S)                                             \
    F(S, TEXT, organisation, NEEDED, 1, 80, "name of the organisation") \
    F(S, TEXT, name, NEEDED, 1, 80, "the caller's name there")          \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(org_create_in, ORG_CREATE_IN)
SCHEMA(org_create_out, BORN_OUT)

#define ORG_INVITE(F, S)                                                 \
    F(S, ID, id, NEEDED, 0, 0, "the invitation")                         \
    F(S, ID, department, OPTIONAL, 0, 0, "where those who come are put") \
    F(S, TEXT, department_name, OPTIONAL, 0, 0, "its name")              \
    F(S, TIME, expires, NEEDED, 0, 0, "until when it works")             \
    F(S, INT, uses, NEEDED, 0, 0, "people who came by it")               \
    F(S, INT, most, NEEDED, 0, 0, "people who may")
SCHEMA(org_invite, ORG_INVITE)

#define ORG_INVITE_IN(F, S)                                                          \
    F(S, ID, department, OPTIONAL, 0, 0, "where those who come are put")             \
    F(S, INT, days, OPTIONAL, 1, MOST_INVITE_DAYS, "how long it works; 7 otherwise") \
    F(S, INT, most, OPTIONAL, 1, 100000, "how many may come; 100 otherwise")         \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(org_invite_in, ORG_INVITE_IN)
#define ORG_INVITE_OUT(F, S)                                         \
    F(S, OBJECT(org_invite), invite, NEEDED, 0, 0, "the invitation") \
    F(S, TEXT, token, NEEDED, 0, 0, "for the address /#/join/TOKEN")
SCHEMA(org_invite_out, ORG_INVITE_OUT)

SCHEMA(org_invites_in, NO_FIELDS)
#define INVITES_OUT(F, S) \
    F(S, LIST(org_invite), invites, NEEDED, 0, 0, "those that still work, newest first")
SCHEMA(org_invites_out, INVITES_OUT)

#define INVITE_END_IN(F, S) F(S, ID, invite, NEEDED, 0, 0, "the invitation")
SCHEMA(org_invite_end_in, INVITE_END_IN)
SCHEMA(org_invite_end_out, NO_FIELDS)

#define INVITE_TOKEN_IN(F, S) F(S, TEXT, token, NEEDED, 1, 100, "the link's token")
SCHEMA(org_invite_look_in, INVITE_TOKEN_IN)
#define INVITE_LOOK_OUT(F, S)                                          \
    F(S, TEXT, organisation, NEEDED, 0, 0, "name of the organisation") \
    F(S, TEXT, inviter, NEEDED, 0, 0, "name of the one who invites")   \
    F(S, TEXT, department, OPTIONAL, 0, 0, "name of the department")
SCHEMA(org_invite_look_out, INVITE_LOOK_OUT)

#define QR_IN(F, S) F(S, TEXT, text, NEEDED, 1, 500, "what the code says")
SCHEMA(org_qr_in, QR_IN)
#define QR_OUT(F, S) F(S, TEXT, svg, NEEDED, 0, 0, "the picture, as SVG text")
SCHEMA(org_qr_out, QR_OUT)

#define ORG_JOIN_IN(F, S)                                                                 \
    F(S, TEXT, token, NEEDED, 1, 100, "the invitation's token")                           \
    F(S, TEXT, name, OPTIONAL, 1, 80, "name; one that is signed in may leave it out")     \
    F(S, TEXT, login, OPTIONAL, 1, 64, "login name, or a phone number or e-mail address") \
    F(S, TEXT, phone, OPTIONAL, 1, 40, "phone number to sign in with")                    \
    F(S, TEXT, email, OPTIONAL, 1, 200, "e-mail address to sign in with")                 \
    F(S, TEXT, password, OPTIONAL, 1, 200, "password, 8 characters at least")             \
    F(S, TEXT, key, NEEDED, 8, 64, "client's own key")
SCHEMA(org_join_in, ORG_JOIN_IN)
SCHEMA(org_join_out, BORN_OUT)

#define JOIN_OPS(OP)                                                                              \
    OP(org_state, "GET", "/v1/state", READS, 0, "Is the server set up, is the caller signed in?", \
       MAY_CALL(anyone))                                                                          \
    OP(org_setup_token, NULL, NULL, WRITES, 0, "A new setup token, while nobody has set it up",   \
       MAY_CALL(the_server))                                                                      \
    OP(org_setup, "POST", "/v1/setup", WRITES | ONCE, 20,                                         \
       "Make the first organisation and its owner", MAY_CALL(anyone))                             \
    OP(org_create, "POST", "/v1/organisations", WRITES | ONCE, 6,                                 \
       "Make another organisation on this server", MAY_CALL(org_owner))                           \
    OP(org_invite, "POST", "/v1/invites", WRITES | ONCE, 60,                                      \
       "Make an invitation that works by link and QR code", MAY_CALL(org_admin))                  \
    OP(org_invites, "GET", "/v1/invites", READS, 0, "Invitations that still work",                \
       MAY_CALL(org_admin))                                                                       \
    OP(org_invite_end, "DELETE", "/v1/invites/{invite}", WRITES, 0, "Withdraw an invitation",     \
       MAY_CALL(org_admin))                                                                       \
    OP(org_invite_look, "POST", "/v1/invites/look", READS, 600, "What an invitation leads to",    \
       MAY_CALL(anyone))                                                                          \
    OP(org_qr, "POST", "/v1/qr", READS, 120, "A QR code as SVG", MAY_CALL(signed_in))             \
    OP(org_join, "POST", "/v1/join", WRITES | ONCE, 300,                                          \
       "Come into an organisation by its invitation", MAY_CALL(anyone))
OPS(JOIN_OPS)

static bool org_setup_prepare(struct request *r, const void *in, void *out);
static bool org_join_prepare(struct request *r, const void *in, void *out);

static const struct slow_part slow_parts[] = {
    {"org_setup", org_setup_prepare}, {"org_join", org_join_prepare}, {0}};

const struct module org_join_module = {.name = "org_join", MODULE_OPS, .slow_parts = slow_parts};

/* ---- the beginning ------------------------------------------------------------------------- */

static int64_t count_organisations(struct request *r)
{
    struct rows found = READ(r, "SELECT count(*) FROM organisation", NONE);
    return found.count ? row_int(&found, 0, 0) : 0;
}

static bool org_state(struct request *r, const struct org_state_in *in, struct org_state_out *out)
{
    (void)in;
    struct rows found = READ(r, "SELECT name FROM organisation LIMIT 2", NONE);
    out->needs_setup = found.count == 0;
    out->has_session = r->account != 0;
    out->version = S(VERSION);
    if (found.count == 1)
        out->name = row_text(&found, 0, 0);
    return true;
}

static bool org_setup_token(struct request *r, const struct org_setup_token_in *in,
                            struct org_setup_token_out *out)
{
    (void)in;
    if (count_organisations(r))
        return true;
    out->token = org_token_new(r->arena);
    WRITE(r, "DELETE FROM setup", NONE);
    WRITE(r, "INSERT INTO setup (hash) VALUES (?1)", BLOB(org_token_hash(r->arena, out->token)));
    return true;
}

bool org_check_setup(struct request *r, struct str token)
{
    struct rows found =
        READ(r, "SELECT 1 FROM setup WHERE hash = ?1", BLOB(org_token_hash(r->arena, token)));
    return (found.count && !count_organisations(r)) ||
           fail(r, FORBIDDEN, "token", "请使用服务器启动时打印的地址",
                "use the address that the server printed when it started");
}

bool org_claim_setup(struct request *r, struct str token)
{
    if (!org_check_setup(r, token))
        return false;
    WRITE(r, "DELETE FROM setup", NONE);
    return true;
}

int64_t org_make(struct request *r, struct str name)
{
    int64_t org = id_next();
    WRITE(r, "INSERT INTO organisation (org, name, people, created) VALUES (?1, ?2, 0, ?3)",
          INT(org), TEXT(name), INT(r->now));
    return org;
}

static bool need_name(struct request *r, const char *field, struct str name)
{
    return str_trim(name).len || fail(r, BAD_INPUT, field, "名称不能为空", "a name is needed");
}

static bool org_setup_prepare(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct org_setup_in *in = input;
    struct str login;
    if (!org_check_setup(r, in->token) || !need_name(r, "organisation", in->organisation) ||
        !need_name(r, "name", in->name) || !account_clean_login(r, in->login, &login) ||
        !account_check_password(r, in->password))
        return false;
    struct str *hash = ARENA_NEW(r->arena, struct str);
    *hash = org_hash_password(r->arena, in->password);
    r->prepared = hash;
    return true;
}

static bool org_setup(struct request *r, const struct org_setup_in *in, struct org_setup_out *out)
{
    struct str login;
    if (!org_claim_setup(r, in->token) || !account_clean_login(r, in->login, &login))
        return false;
    int64_t account = org_make_account(r, login, S(""), S(""), *(const struct str *)r->prepared);
    if (!account)
        return false;
    out->organisation = r->org = org_make(r, str_trim(in->organisation));
    out->person = r->person = org_make_person(r, account, str_trim(in->name), "owner");
    org_begin_session(r, account, r->org);
    return out->person != 0;
}

static bool org_create(struct request *r, const struct org_create_in *in,
                       struct org_create_out *out)
{
    if (!need_name(r, "organisation", in->organisation) || !need_name(r, "name", in->name))
        return false;
    audit(r, "organisation_create", 0, in->organisation);
    out->organisation = r->org = org_make(r, str_trim(in->organisation));
    out->person = org_make_person(r, r->account, str_trim(in->name), "owner");
    return out->person != 0;
}

/* ---- invitations --------------------------------------------------------------------------- */

static bool org_invite(struct request *r, const struct org_invite_in *in,
                       struct org_invite_out *out)
{
    if (in->department && !department_exists(r, "department", in->department))
        return false;
    struct org_invite *row = ARENA_NEW(r->arena, struct org_invite);
    *row = (struct org_invite){
        .id = id_next(),
        .department = in->department,
        .department_name = in->department ? department_name(r, in->department) : S(""),
        .expires = r->now + (in->days ? in->days : INVITE_DAYS) * DAY_MS,
        .most = in->most ? in->most : INVITE_USES,
    };
    out->invite = row;
    out->token = org_token_new(r->arena);
    WRITE(r,
          "INSERT INTO invite (org, id, hash, department, inviter, created, expires, most, uses) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
          INT(r->org), INT(row->id), BLOB(org_token_hash(r->arena, out->token)),
          INT(in->department), INT(r->person), INT(r->now), INT(row->expires), INT(row->most));
    audit(r, "invite", row->id, row->department_name);
    return true;
}

static bool org_invites(struct request *r, const struct org_invites_in *in,
                        struct org_invites_out *out)
{
    (void)in;
    struct rows found =
        READ(r,
             "SELECT i.id, i.department, d.name, i.expires, i.uses, i.most FROM invite i "
             "LEFT JOIN department d ON d.org = i.org AND d.id = i.department "
             "WHERE i.org = ?1 AND i.expires > ?2 AND i.uses < i.most ORDER BY i.id DESC LIMIT 100",
             INT(r->org), INT(r->now));
    out->invites.at = ARENA_ARRAY(r->arena, found.count, struct org_invite);
    out->invites.count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->invites.at[i] = (struct org_invite){.id = row_int(&found, i, 0),
                                                 .department = row_int(&found, i, 1),
                                                 .department_name = row_text(&found, i, 2),
                                                 .expires = row_int(&found, i, 3),
                                                 .uses = row_int(&found, i, 4),
                                                 .most = row_int(&found, i, 5)};
    return true;
}

static bool org_invite_end(struct request *r, const struct org_invite_end_in *in,
                           struct org_invite_end_out *out)
{
    (void)out;
    struct rows found =
        READ(r, "SELECT 1 FROM invite WHERE org = ?1 AND id = ?2", INT(r->org), INT(in->invite));
    if (!found.count)
        return fail(r, NOT_FOUND, "invite", "没有这个邀请", "there is no such invitation");
    WRITE(r, "DELETE FROM invite WHERE org = ?1 AND id = ?2", INT(r->org), INT(in->invite));
    audit(r, "invite_end", in->invite, S(""));
    return true;
}

struct invitation {
    int64_t org, id, department, inviter;
};

static bool find_invitation(struct request *r, struct str token, struct invitation *out)
{
    struct rows found = READ(r,
                             "SELECT org, id, department, inviter FROM invite "
                             "WHERE hash = ?1 AND expires > ?2 AND uses < most",
                             BLOB(org_token_hash(r->arena, token)), INT(r->now));
    if (!found.count)
        return fail(r, NOT_FOUND, "token", "这个邀请已失效，请向邀请人再要一个",
                    "this invitation is no longer valid; ask for a new one");
    *out = (struct invitation){row_int(&found, 0, 0), row_int(&found, 0, 1), row_int(&found, 0, 2),
                               row_int(&found, 0, 3)};
    return true;
}

static bool org_invite_look(struct request *r, const struct org_invite_look_in *in,
                            struct org_invite_look_out *out)
{
    struct invitation invitation;
    if (!find_invitation(r, in->token, &invitation))
        return false;
    r->org = invitation.org;
    struct rows found =
        READ(r, "SELECT name FROM organisation WHERE org = ?1", INT(invitation.org));
    out->organisation = found.count ? row_text(&found, 0, 0) : S("");
    out->inviter = org_name(r, invitation.inviter);
    if (invitation.department)
        out->department = department_name(r, invitation.department);
    return true;
}

/* One path of squares; a quiet zone of four as ISO 18004 asks. */
static struct str qr_svg(struct request *r, const QRcode *code)
{
    int width = code->width;
    struct buf svg = buf_new(1 << 20);
    buf_printf(&svg,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-4 -4 %d %d\" "
               "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M-4-4h%dv%dh-%dz\"/>"
               "<path d=\"",
               width + 8, width + 8, width + 8, width + 8, width + 8);
    for (int y = 0; y < width; y++)
        for (int x = 0; x < width; x++)
            if (code->data[y * width + x] & 1)
                buf_printf(&svg, "M%d %dh1v1h-1z", x, y);
    buf_add(&svg, S("\"/></svg>"));
    struct str text = arena_copy(r->arena, buf_str(&svg));
    buf_free(&svg);
    return text;
}

static bool org_qr(struct request *r, const struct org_qr_in *in, struct org_qr_out *out)
{
    QRcode *code = QRcode_encodeString8bit(arena_copy(r->arena, in->text).ptr, 0, QR_ECLEVEL_M);
    if (!code)
        return fail(r, BAD_INPUT, "text", "内容太长，放不进二维码",
                    "the text does not fit into a QR code");
    out->svg = qr_svg(r, code);
    QRcode_free(code);
    return true;
}

/* ---- joining ------------------------------------------------------------------------------- */

/* What a new account signs in with; any one of the three is enough. */
struct way_in {
    struct str login, phone, email, hash;
};

static bool clean_way_in(struct request *r, const struct org_join_in *in, struct way_in *way)
{
    struct str login = in->login;
    if (login.len && str_find_char(login, '@') > 0)
        return account_clean_email(r, login, &way->email);
    if (login.len && (login.ptr[0] == '+' || (login.ptr[0] >= '0' && login.ptr[0] <= '9')))
        return account_clean_phone(r, login, &way->phone);
    if (login.len && !account_clean_login(r, login, &way->login))
        return false;
    if (in->phone.len && !account_clean_phone(r, in->phone, &way->phone))
        return false;
    if (in->email.len && !account_clean_email(r, in->email, &way->email))
        return false;
    return way->login.len || way->phone.len || way->email.len ||
           fail(r, BAD_INPUT, "login", "请填写登录名、手机号或邮箱",
                "give a login name, a phone number or an e-mail address");
}

static bool org_join_prepare(struct request *r, const void *input, void *out)
{
    (void)out;
    const struct org_join_in *in = input;
    struct invitation invitation;
    if (!find_invitation(r, in->token, &invitation))
        return false;
    if (r->account)
        return true;
    struct way_in *way = ARENA_NEW(r->arena, struct way_in);
    if (!need_name(r, "name", in->name) || !clean_way_in(r, in, way) ||
        !account_check_password(r, in->password))
        return false;
    way->hash = org_hash_password(r->arena, in->password);
    r->prepared = way;
    return true;
}

static struct str own_name(struct request *r)
{
    struct rows found =
        READ(r, "SELECT name FROM person WHERE account = ?1 ORDER BY org LIMIT 1", INT(r->account));
    return found.count ? row_text(&found, 0, 0) : S("");
}

/* Somebody who left and comes back keeps the identity they had. */
static int64_t come_back(struct request *r, int64_t account)
{
    struct rows found = READ(r, "SELECT id, state FROM person WHERE org = ?1 AND account = ?2",
                             INT(r->org), INT(account));
    if (!found.count)
        return 0;
    int64_t person = row_int(&found, 0, 0);
    if (str_equal(row_text(&found, 0, 1), S("active"))) {
        fail(r, CONFLICT, NULL, "你已经在这个组织里了", "you already belong to this organisation");
        return 0;
    }
    WRITE(r,
          "UPDATE person SET state = 'active', role = 'member', changed = ?3 "
          "WHERE org = ?1 AND id = ?2",
          INT(r->org), INT(person), INT(r->now));
    WRITE(r, "UPDATE organisation SET people = people + 1 WHERE org = ?1", INT(r->org));
    names_put(r, "p", person, org_name(r, person));
    return person;
}

static bool org_join(struct request *r, const struct org_join_in *in, struct org_join_out *out)
{
    struct invitation invitation;
    if (!find_invitation(r, in->token, &invitation))
        return false;
    const struct way_in *way = r->prepared;
    bool has_account = r->account != 0;
    struct str name = in->name.len || !has_account ? str_trim(in->name) : own_name(r);
    r->org = invitation.org;
    int64_t account = has_account
                          ? r->account
                          : org_make_account(r, way->login, way->phone, way->email, way->hash);
    if (!account)
        return false;
    int64_t person = come_back(r, account);
    if (!person && !has_failed(r))
        person = org_make_person(r, account, name, "member");
    if (!person)
        return false;
    if (invitation.department &&
        !org_make_post(r, person, invitation.department, S(""), true, false))
        return false;
    WRITE(r, "UPDATE invite SET uses = uses + 1 WHERE org = ?1 AND id = ?2", INT(r->org),
          INT(invitation.id));
    if (has_account)
        WRITE(r, "UPDATE session SET org = ?2 WHERE id = ?1", INT(r->session), INT(r->org));
    else
        org_begin_session(r, account, r->org);
    out->organisation = r->org;
    out->person = person;
    return true;
}
