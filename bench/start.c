/* start: CPU from exec to the first answered request, on a demonstration organisation, and the
 * memory that the server has then. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "talk/talk.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STARTS = 15, PEOPLE = 300, GROUPS = 60, MESSAGES = 20000 };

/* Where there is no `carillon demo` yet: a school of some size. */
static void fill(struct request *r, void *context)
{
    (void)context;
    int64_t people[PEOPLE], groups[GROUPS];
    uint64_t random = 1;
    world_organisation(r);
    for (size_t i = 0; i < PEOPLE; i++)
        people[i] = world_person(r, i, NULL);
    for (size_t i = 0; i < GROUPS; i++) {
        r->person = people[i];
        groups[i] = talk_make_group(r, S("教研组"), &(struct ids){people + i * 4, 20});
    }
    for (size_t i = 0; i < MESSAGES; i++)
        talk_post(r, groups[i % GROUPS], people[i % GROUPS * 4], 0, world_sentence(&random),
                  &(struct ids){0});
}

static bool make_demonstration(const char *directory)
{
    struct arena *arena = arena_new();
    struct str command =
        arena_printf(arena, "./carillon demo --data %s >/dev/null 2>%s/demo.log",
                     world_data(arena, directory).ptr, directory);
    bool is_done = system(command.ptr) == 0 && access(world_data(arena, directory).ptr, F_OK) == 0;
    arena_free(arena);
    if (is_done)
        return true;
    struct world *world = world_open(directory, NULL);
    world_write(world, fill, NULL);
    world_close(world);
    return false;
}

/* Signing in is refused for want of a session, but asked of the database; the page is served, too. */
static void ask(int port)
{
    static const char *const heads[] = {
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /v1/ops/org_me HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\nAuthorization: Bearer bench-000000000001\r\n\r\n{}"};
    for (size_t i = 0; i < 2; i++) {
        char answer[4096];
        int fd = connect_to(port);
        must(send(fd, heads[i], strlen(heads[i]), MSG_NOSIGNAL) == (ssize_t)strlen(heads[i]));
        must(recv(fd, answer, sizeof answer, 0) > 12 && !memcmp(answer, "HTTP/1.1 ", 9));
        close(fd);
    }
}

static int body(const char *directory)
{
    bool is_demo = make_demonstration(directory);
    double cpu[STARTS], resident[STARTS], wall[STARTS];
    for (int i = 0; i < STARTS; i++) {
        double began = monotonic();
        struct server server = server_start(directory, NULL, getenv("BENCH_LOG"));
        ask(server.port);
        wall[i] = (monotonic() - began) * 1e3;
        cpu[i] = process_cpu(server.pid) * 1e3;
        resident[i] = process_memory(server.pid).resident / 1024;
        process_end(server.pid, SIGTERM);
    }
    double ms = median_of(cpu, STARTS), memory = median_of(resident, STARTS);
    printf("on %s; %.0f ms by the clock\n",
           is_demo ? "carillon demo" : "rows of the bench's own making", median_of(wall, STARTS));
    return verdict(ms <= 50 && memory <= 25, "start", "50 ms, 25 MiB", "%.1f ms, %.1f MiB", ms,
                   memory);
}

int main(void)
{
    return bench_guard("start", 55, body);
}
