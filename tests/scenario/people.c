/* people: actors, how they come in, and their sessions. */
#include "tests/scenario/scenario.h"

static struct actor *add_actor(struct world *world, struct str name)
{
    must(world->actor_count < MOST_ACTORS);
    struct actor *actor = &world->actors[world->actor_count];
    *actor = (struct actor){.name = arena_copy(world->arena, name), .model = json_object()};
    world->actor_count++;
    return actor;
}

void take_session(struct world *world, struct actor *actor)
{
    db_snapshot_begin(world->db);
    struct rows found =
        db_read(world->db,
                "SELECT s.id, p.id FROM session s LEFT JOIN person p "
                "ON p.org = s.org AND p.account = s.account ORDER BY s.id DESC LIMIT 1",
                NONE);
    db_snapshot_end(world->db);
    must(found.count);
    actor->session = row_int(&found, 0, 0);
    actor->person = row_int(&found, 0, 1);
    actor->token = world->cookie;
    listen_in(world, actor);
}

/* A name in another script gets a login of its place in the list. */
static struct str login_of(struct world *world, struct str name)
{
    return (unsigned char)name.ptr[0] < 0x80
               ? name
               : arena_printf(world->arena, "person%zu", world->actor_count);
}

struct actor server = {.session = API_SERVER};

/* organisation NAME owner ACTOR */
void make_organisation(struct world *world, const struct str *words, size_t count)
{
    must(count == 4);
    json_t *token = must_call(world, &server, "org_setup_token", json_object());
    struct actor *owner = add_actor(world, words[3]);
    struct str login = login_of(world, words[3]);
    json_t *reply = must_call(world, NULL, "org_setup",
                              json_pack("{s:s, s:s%, s:s%, s:s%, s:s, s:s}", "token",
                                        json_string_value(json_object_get(token, "token")),
                                        "organisation", words[1].ptr, words[1].len, "name",
                                        words[3].ptr, words[3].len, "login", login.ptr, login.len,
                                        "password", "correct horse", "key", "setup-key-1"));
    json_decref(token);
    json_decref(reply);
    take_session(world, owner);
}

/* person NAME…: each comes in by an invitation of the first actor's. */
void make_people(struct world *world, const struct str *words, size_t count)
{
    json_t *invite =
        must_call(world, &world->actors[0], "org_invite",
                  json_pack("{s:s+}", "key", "invite-key-",
                            arena_printf(world->arena, "%lld", (long long)++world->keys).ptr));
    for (size_t i = 1; i < count; i++) {
        struct actor *actor = add_actor(world, words[i]);
        struct str login = login_of(world, words[i]);
        json_decref(
            must_call(world, NULL, "org_join",
                      json_pack("{s:s, s:s%, s:s%, s:s, s:s+}", "token",
                                json_string_value(json_object_get(invite, "token")), "name",
                                words[i].ptr, words[i].len, "login", login.ptr, login.len,
                                "password", "correct horse", "key", "join-key-",
                                arena_printf(world->arena, "%lld", (long long)++world->keys).ptr)));
        take_session(world, actor);
    }
    json_decref(invite);
}
