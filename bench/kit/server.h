/* server: the product as a process of its own, and a world of people for it to serve.
 *
 * The world is written through org.h and talk.h in this process, before the server opens the same
 * directory or database; nobody's password is hashed. */
#ifndef BENCH_KIT_SERVER_H
#define BENCH_KIT_SERVER_H

#include "api/api.h"
#include "bench/kit/kit.h"

/* ---- the process --------------------------------------------------------------------------- */

struct server {
    pid_t pid;
    int port;
};

/* Starts ./carillon serve on a free port and waits until it says that it is ready. Its log (level
 * info, unless `log` names another) goes to a file beside the data, as a service's would.
 * `database` NULL: SQLite. */
struct server server_start(const char *directory, const char *database, const char *log);

/* The same for another program that prints its address. */
struct server server_run(const char *const *arguments, const char *directory);

/* Ends it at once: a graceful end would wait for the clients. */
void server_stop(struct server *server);

/* ---- the world ----------------------------------------------------------------------------- */

struct world;

struct world *world_open(const char *directory, const char *database);

/* Runs `fill` inside one write; what it makes is durable when this returns. */
void world_write(struct world *world, void (*fill)(struct request *r, void *context),
                 void *context);
void world_close(struct world *world);

/* The data directory inside the bench's. */
struct str world_data(struct arena *arena, const char *directory);

/* Makes an organisation and sets r->org. */
int64_t world_organisation(struct request *r);

/* Makes a person with an account and a signed-in browser, whose cookie is token_of(number). The
 * session's id is in *session unless that is NULL. */
int64_t world_person(struct request *r, size_t number, int64_t *session);

struct token {
    char text[40];
};
struct token token_of(size_t number);

/* What people write: 30 to some 200 bytes, Chinese and English. */
struct str world_sentence(uint64_t *random);

#endif
