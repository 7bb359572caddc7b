/* start: CPU from exec to the first answered request, on the demonstration's county, and the memory
 * that the server has then. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STARTS = 15 };

static void make_demonstration(const char *data, const char *log)
{
    const char *const arguments[] = {"./carillon", "demo", "--data", data, NULL};
    int status;
    pid_t made = process_start(arguments, log, NULL);
    must(waitpid(made, &status, 0) == made && status == 0);
}

/* Signing in is refused for want of a session, but asked of the database; the page is served, too.
 */
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
    struct arena *arena = arena_new();
    make_demonstration(world_data(arena, directory).ptr,
                       arena_printf(arena, "%s/demo.log", directory).ptr);
    arena_free(arena);
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
    printf("%.0f ms by the clock\n", median_of(wall, STARTS));
    return verdict(ms <= 50 && memory <= 25, "start", "50 ms, 25 MiB", "%.1f ms, %.1f MiB", ms,
                   memory);
}

int main(void)
{
    return bench_guard("start", 55, body);
}
