/* org: what the organisation promises to the modules above it.
 *
 * Accounts are global and sign in; persons belong to one organisation each; departments are a tree;
 * a post puts a person into a department. */
#ifndef ORG_ORG_H
#define ORG_ORG_H

#include "api/api.h"

extern const struct module org_check_module;
extern const struct module org_account_module, org_join_module, org_people_module, org_tree_module;

/* For api_open. */
bool org_who(struct request *r, struct str token, int64_t session, int64_t org);

/* Of the organisation that the caller is signed in to: a member, an admin (or owner), an owner. */
extern const struct policy org_member, org_admin, org_owner;

/* The field is an active person of the caller's organisation. */
extern const struct policy org_someone;

/* ---- people in replies --------------------------------------------------------------------- */

#define ORG_POST(F, S)                                            \
    F(S, ID, department, NEEDED, 0, 0, "department")              \
    F(S, TEXT, department_name, NEEDED, 0, 0, "its name")         \
    F(S, TEXT, title, OPTIONAL, 0, 0, "what the person is there") \
    F(S, BOOL, is_main, NEEDED, 0, 0, "the person's main post")   \
    F(S, BOOL, is_head, NEEDED, 0, 0, "heads the department")
SCHEMA(org_post, ORG_POST)

#define ORG_PERSON(F, S)                                                            \
    F(S, PERSON, id, NEEDED, 0, 0, "the person")                                    \
    F(S, TEXT, name, NEEDED, 0, 0, "name")                                          \
    F(S, TEXT, pinyin, OPTIONAL, 0, 0, "name in pinyin, for sorting")               \
    F(S, TEXT, role, OPTIONAL, 0, 0, "owner, admin or member")                      \
    F(S, TEXT, title, OPTIONAL, 0, 0, "title of the main post")                     \
    F(S, TEXT, department_name, OPTIONAL, 0, 0, "department of the main post")      \
    F(S, TEXT, phone, OPTIONAL, 0, 0, "phone number")                               \
    F(S, TEXT, email, OPTIONAL, 0, 0, "e-mail address")                             \
    F(S, TEXT, login, OPTIONAL, 0, 0, "login name; to oneself and to admins")       \
    F(S, ID, avatar, OPTIONAL, 0, 0, "file of the picture")                         \
    F(S, TEXT, state, OPTIONAL, 0, 0, "active, removed for one who left, or robot") \
    F(S, LIST(org_post), posts, OPTIONAL, 0, 0, "all posts; on the card only")
SCHEMA(org_person, ORG_PERSON)

/* The cards of these people, in the arena, without posts; those not found are left out. Doubled ids
 * are given once. */
struct org_person *org_cards(struct request *r, const int64_t *ids, size_t count, size_t *found);

/* The same without posts, contacts and role: what stands beside a message. Much cheaper. */
struct org_person *org_faces(struct request *r, const int64_t *ids, size_t count, size_t *found);

/* Name of an active or removed person; empty when there is none. */
struct str org_name(struct request *r, int64_t person);

/* Active people of the organisation behind `after`, in the order of their ids. */
struct ids org_people_after(struct request *r, int64_t after, int64_t limit);

/* Is the caller an admin or owner? */
bool org_is_admin(struct request *r);

/* Is it an active person of the caller's organisation? */
bool org_is_active(struct request *r, int64_t person);

/* The active person of the organisation who signs in with this word (login name, phone number or
 * e-mail address), or 0. */
int64_t org_person_of(struct request *r, struct str word);

/* Somebody who speaks without being a person: has a name and a face, but no account; is not active,
 * and found and counted nowhere. With 0 as `avatar` it has no picture; one that is given is a file
 * which the robot holds already. */
int64_t org_make_robot(struct request *r, struct str name);
void org_change_robot(struct request *r, int64_t robot, struct str name, int64_t avatar);

/* What happens, in the same transaction, when somebody is taken out of the organisation: modules
 * above drop or hand over what is theirs. Registered by a module's start; again does nothing. */
typedef void org_leaving(struct request *r, int64_t person);
void org_register_leaving(org_leaving *leaving);

/* What happens, in the same transaction, when a session ends before its time. Registered by a
 * module's start; again does nothing. */
typedef void org_ending(struct request *r, int64_t session);
void org_register_ending(org_ending *ending);

/* Is the session still open, and does it stand for that account? */
bool org_session_is_open(struct request *r, int64_t session, int64_t account);

/* The language that the person has chosen. */
enum language org_language_of(struct request *r, int64_t person);

/* Takes `file` as the person's picture in the place of the former one, or with 0 only drops that;
 * false after fail(). The module that keeps files registers it at its start. */
typedef bool org_picture(struct request *r, int64_t person, int64_t file);
void org_register_picture(org_picture *picture);

/* ---- departments ---------------------------------------------------------------------------- */

/* The field is a department of the caller's organisation, and the caller is an admin, or heads it
 * or one above it. */
extern const struct policy org_leads;

struct str org_department_name(struct request *r, int64_t department);

/* Has the person a post in the department, or below it? */
bool org_is_in(struct request *r, int64_t person, int64_t department);

/* Those who have, in the order of their ids, behind `after`. */
struct ids org_people_in(struct request *r, int64_t department, int64_t after, int64_t limit);

/* The department and those above it. */
struct ids org_above(struct request *r, int64_t department);

/* Called in the same transaction after a person got or lost a post in a department, and after whole
 * departments came below or left these. Registered by a module's start; again does nothing. */
struct org_tree_listener {
    void (*moved)(struct request *r, int64_t person, int64_t department);
    void (*reshaped)(struct request *r, const struct ids *departments);
};
void org_register_tree(const struct org_tree_listener *listener);

/* ---- making them, for imports and demonstrations ------------------------------------------------
 */

/* Each works in the request's organisation and returns the new id, or 0 after fail(). */
int64_t org_make(struct request *r, struct str name);
int64_t org_make_department(struct request *r, int64_t parent, struct str name);
int64_t org_make_account(struct request *r, struct str login, struct str phone, struct str email,
                         struct str password_hash);
int64_t org_make_person(struct request *r, int64_t account, struct str name, const char *role);
bool org_make_post(struct request *r, int64_t person, int64_t department, struct str title,
                   bool is_main, bool is_head);

/* Hash for org_make_account (Argon2id); slow, about 50 ms. Empty when memory is short. */
struct str org_hash_password(struct arena *arena, struct str password);

/* Starts a session of the account in the organisation and gives the browser its cookie. */
void org_begin_session(struct request *r, int64_t account, int64_t org);

/* Hash under which a one-time token is stored, and a new random token of 128 bits. */
struct str org_token_hash(struct arena *arena, struct str token);
struct str org_token_new(struct arena *arena);

/* Is this the setup token of an empty server? org_claim_setup also takes it away. */
bool org_check_setup(struct request *r, struct str token);
bool org_claim_setup(struct request *r, struct str token);

#endif
