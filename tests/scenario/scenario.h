/* scenario: what the files of the scenarios' runner share; see tests/scenario_test.c. */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include "base/hash.h"
#include "main/commands.h"
#include "org/org.h"
#include "talk/talk.h"
#include "tests/places.h"
#include "tests/websocket.h"

#include <jansson.h>

enum { MOST_ACTORS = 40, MOST_NAMES = 400, MOST_EVENTS = 2000, MOST_WORDS = 60 };

struct actor {
    struct str name;
    int64_t session, person;
    struct str token;               /* of the session's cookie, over sockets */
    struct websocket_client socket; /* over sockets, while has_socket */
    bool has_socket;
    int64_t calls;               /* made over the socket */
    json_t *events[MOST_EVENTS]; /* heard and not yet asked for */
    size_t event_count, event_next;
    int closed;    /* code, once the sockets were closed */
    json_t *model; /* conversation -> seq -> message, from events; "from": the first's number */
};

struct bound {
    struct str name;
    json_t *value;
};

struct world {
    struct place place;
    struct store *store;
    struct api *api;
    struct net *net;   /* over sockets */
    struct str cookie; /* the last one that came */
    struct db *db;
    struct arena *arena; /* of the scenario */
    struct actor actors[MOST_ACTORS];
    size_t actor_count;
    struct bound bound[MOST_NAMES];
    size_t bound_count;
    struct map follows; /* hash of (actor, topic), by the tap */
    struct str file;
    int line;
    int64_t keys;
    pthread_mutex_t lock; /* of what the tap changes */
};

/* ---- scenario_test.c ------------------------------------------------------------------------ */

void complain(struct world *world, const char *what, struct str detail);
void expect(struct world *world, bool is_so, const char *what, struct str detail);
void world_open(struct world *world, struct str file);
void world_close(struct world *world);

/* ---- words.c -------------------------------------------------------------------------------- */

/* Cuts a line into at most MOST_WORDS words; quotes keep spaces together and are taken off. */
size_t cut_words(struct str line, struct str *words, struct arena *arena);
struct actor *find_actor(struct world *world, struct str name);

/* What a word means: a bound name's value, an actor's person, or itself. */
struct str meaning(struct world *world, struct str word);

/* The word as a value of that field; the caller's to end. */
json_t *value_of(struct world *world, const struct field *field, struct str word);

/* "messages.0.body" in a reply, the caller's to end; "messages.#" is the list's length. */
json_t *find_path(json_t *value, struct str path);
struct str shown(struct world *world, json_t *value);

/* "path=value"; "path=" means absent or empty. */
bool is_met(struct world *world, json_t *reply, struct str condition);

/* ---- schema.c ------------------------------------------------------------------------------- */

bool fits_schema(const struct schema *schema, json_t *value);

/* ---- call.c --------------------------------------------------------------------------------- */

/* Calls as the actor (NULL: a stranger), over sockets if that is how the world is run, and checks
 * the reply's shape. The reply is the caller's to end. */
json_t *call(struct world *world, struct actor *actor, const struct op *op, json_t *input,
             int *status);

/* The same, where nothing but success will do. Ends the input. */
json_t *must_call(struct world *world, struct actor *actor, const char *name, json_t *input);
bool was_called(const struct op *op);
void forget_called(void);

/* ---- hear.c --------------------------------------------------------------------------------- */

/* Hears what the person and the session are told from now on, and no more what a former session
 * was. */
void listen_in(struct world *world, struct actor *actor);

/* Everything that was published before this has been heard by all actors when it returns. */
void hear_all(struct world *world);

/* One call over the actor's WebSocket; its reply without the envelope, NULL when the socket is
 * closed. Events that come meanwhile are heard. */
json_t *call_over_socket(struct world *world, struct actor *actor, const char *op, json_t *input);

/* ACTOR hears KIND field=value… */
void hear(struct world *world, struct actor *actor, const struct str *words, size_t count);

/* The listener in the dispatcher, in the place of sockets. */
struct api_tap tap_of(struct world *world);

/* ---- people.c ------------------------------------------------------------------------------- */

extern struct actor server; /* the server itself */

void make_organisation(struct world *world, const struct str *words, size_t count);
void make_people(struct world *world, const struct str *words, size_t count);

/* The session that the last call began is the actor's. */
void take_session(struct world *world, struct actor *actor);

/* ---- lines.c -------------------------------------------------------------------------------- */

void run_line(struct world *world, struct str line);

/* ---- laws.c --------------------------------------------------------------------------------- */

/* What the events told of the actors' conversations is what a fresh look shows. */
void compare_models(struct world *world);

/* Strangers are refused, random input is borne, every op was called by a scenario. */
void laws(void);

#endif
