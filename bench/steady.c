/* steady: how long a message waits for its acknowledgement, at the 99th percentile, while a backup,
 * a write of 100,000 rows in slices, and the checkpoints that these bring run beside it; eight
 * times over, and only what was due meanwhile counts.
 *
 * Messages are sent in an open loop, 200 a second whatever the answers do, and each wait counts
 * from the moment at which it was due. The big write is what an import does: slices of messages,
 * each one op, the next when the last is answered. The server is the product's own parts with that
 * one op added, in a process of its own; the backup is `carillon backup`. What the disk itself does
 * meanwhile is printed, too: how long 4 KiB of another process take to be written and synced. */
#include "bench/kit/client.h"
#include "bench/kit/server.h"
#include "main/commands.h"
#include "org/org.h"
#include "talk/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SENDERS = 20,
    PER_SECOND = 200,
    MOST_SECONDS = 45,
    SLICE = 400,
    ROWS = 100000,
    CYCLES = 8,
    CYCLE_SECONDS = 3,
    BEFORE = 60000,
    MOST_MODULES = 64,
    MOST = MOST_SECONDS * PER_SECOND,
    IN_FLIGHT = 256,
    SLICES = CYCLES * ROWS / SLICE
};

/* ---- the server ---------------------------------------------------------------------------- */

#define SLICE_IN(F, S)                                        \
    F(S, ID, conversation, NEEDED, 0, 0, "where the rows go") \
    F(S, INT, count, NEEDED, 1, 10000, "how many")
SCHEMA(bench_slice_in, SLICE_IN)
SCHEMA(bench_slice_out, NO_FIELDS)
#define STEADY_OPS(OP) \
    OP(bench_slice, NULL, NULL, WRITES, 0, "A slice of an import", MAY(talk_member, conversation))
OPS(STEADY_OPS)
static const struct module steady_module = {.name = "steady", MODULE_OPS};

static void say(struct request *r, int64_t conversation, uint64_t *random)
{
    talk_post(r, &(struct talk_past){.conversation = conversation,
                                     .author = r->person,
                                     .body = world_sentence(random)});
}

static bool bench_slice(struct request *r, const struct bench_slice_in *in,
                        struct bench_slice_out *out)
{
    (void)out;
    uint64_t random = (uint64_t)r->now;
    for (int64_t i = 0; i < in->count; i++)
        say(r, in->conversation, &random);
    return !has_failed(r);
}

static int serve(const char *directory)
{
    struct arena *arena = arena_new();
    struct str error;
    struct store_settings where = {.directory = world_data(arena, directory)};
    struct store *store = store_open(&where, store_modules(arena), module_count, arena, &error);
    const struct module *list[MOST_MODULES];
    must(store && module_count < MOST_MODULES);
    memcpy(list, modules, module_count * sizeof *modules);
    list[module_count] = &steady_module;
    struct api_settings api_settings = {.rate_factor = 100000};
    struct api *api = api_open(store, list, module_count + 1, org_who, &api_settings);
    struct net_settings net_settings = {.host = S("127.0.0.1"), .threads = 2};
    struct net_handler handler = api_handler(api);
    struct net *net = net_open(&net_settings, &handler, arena, &error);
    must(net);
    api_set_net(api, net);
    printf("http://127.0.0.1:%d/\n", net_port(net));
    fflush(stdout);
    for (;;)
        pause();
}

/* ---- the disk ------------------------------------------------------------------------------ */

enum { MOST_PROBES = 20000, PROBE_MS = 5 };

/* Shared with the process that probes. */
static struct probe {
    _Atomic bool wanted;
    _Atomic size_t count;
    double seconds[MOST_PROBES];
} * probe;

static pid_t probe_start(const char *directory)
{
    static const char block[4096];
    char path[500];
    snprintf(path, sizeof path, "%s/probe", directory);
    probe = mmap(NULL, sizeof *probe, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(probe != MAP_FAILED);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    must(file >= 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (child == 0 && probe->count < MOST_PROBES) {
        double began = monotonic();
        must(write(file, block, sizeof block) == sizeof block && fdatasync(file) == 0);
        if (probe->wanted)
            probe->seconds[probe->count++] = monotonic() - began;
        sleep_ms(PROBE_MS);
    }
    close(file);
    return child;
}

/* ---- the load ------------------------------------------------------------------------------ */

struct sender {
    struct client client;
    double due[IN_FLIGHT];  /* by call number */
    bool counts[IN_FLIGHT]; /* something ran beside it when it was due */
};

static struct {
    struct sender senders[SENDERS];
    struct client importer;
    struct swarm swarm;
    int64_t group, archive;
    double waits[MOST], slices[SLICES], slice_began;
    size_t sent, answered, counted, slices_begun, slice_count;
    int cycles;
    pid_t backup;
    char backup_file[500];
} load;

static void fill_people(struct request *r, void *context)
{
    (void)context;
    int64_t people[SENDERS + 1];
    world_organisation(r);
    for (size_t i = 0; i <= SENDERS; i++)
        people[i] = world_person(r, i, NULL);
    r->person = people[SENDERS];
    load.group = talk_make_group(r, S("全校教职工"), &(struct ids){people, SENDERS});
    load.archive = talk_make_group(r, S("旧系统导入"), &(struct ids){people, 1});
}

static void fill_messages(struct request *r, void *context)
{
    uint64_t *random = context;
    for (int i = 0; i < BEFORE / 10; i++)
        say(r, load.group, random);
}

static void take_answer(struct client *client, struct str text, void *context)
{
    (void)context;
    if (!str_starts(text, S("{\"call\"")))
        return;
    int64_t call = field_of(text, "call");
    must(is_reply(text, call));
    if (client == &load.importer) {
        load.slices[load.slice_count++] = monotonic() - load.slice_began;
        return;
    }
    const struct sender *sender = &load.senders[client->number];
    load.answered++;
    if (sender->counts[call % IN_FLIGHT])
        load.waits[load.counted++] = monotonic() - sender->due[call % IN_FLIGHT];
}

static size_t slices_wanted(void)
{
    return (size_t)load.cycles * (ROWS / SLICE);
}

static bool is_disturbed(void)
{
    return load.backup || load.slice_count < slices_wanted();
}

static void send_message(double due)
{
    struct sender *sender = &load.senders[load.sent % SENDERS];
    uint64_t random = load.sent;
    struct str body = world_sentence(&random);
    int64_t call =
        client_call(&sender->client, "talk_send",
                    "{\"conversation\":\"%lld\",\"body\":\"%.*s\",\"key\":\"steady-%zu\"}",
                    (long long)load.group, STR_ARG(body), load.sent);
    sender->due[call % IN_FLIGHT] = due;
    sender->counts[call % IN_FLIGHT] = is_disturbed();
    load.sent++;
}

/* The next slice, once the last is answered. */
static void import_more(void)
{
    if (load.slices_begun > load.slice_count || load.slice_count == slices_wanted())
        return;
    load.slices_begun++;
    load.slice_began = monotonic();
    client_call(&load.importer, "bench_slice", "{\"conversation\":\"%lld\",\"count\":%d}",
                (long long)load.archive, (int)SLICE);
}

static double megabytes(const char *path)
{
    struct stat state;
    return stat(path, &state) == 0 ? (double)state.st_size / 1e6 : 0;
}

/* Each backup has a file of its own: taking a large one away would hold up this loop. */
static void begin_cycle(const char *data, const char *directory)
{
    snprintf(load.backup_file, sizeof load.backup_file, "%s/backup-%d", directory, load.cycles);
    const char *const backup[] = {"./carillon", "backup", load.backup_file, "--data", data, NULL};
    load.backup = process_start(backup, NULL, NULL);
    load.cycles++;
}

static void run(const char *data, const char *directory)
{
    char wal[600];
    snprintf(wal, sizeof wal, "%s/carillon.db-wal", data);
    pid_t prober = probe_start(directory);
    double began = monotonic(), due = began, next_cycle = began, largest_wal = 0;
    while (load.cycles < CYCLES || is_disturbed()) {
        if (load.cycles < CYCLES && !is_disturbed() && monotonic() >= next_cycle) {
            begin_cycle(data, directory);
            next_cycle = monotonic() + CYCLE_SECONDS;
        }
        if (load.backup && waitpid(load.backup, NULL, WNOHANG) == load.backup)
            load.backup = 0;
        import_more();
        probe->wanted = is_disturbed();
        for (; due < monotonic(); due += 1.0 / PER_SECOND) {
            must(load.sent < MOST);
            send_message(due);
        }
        largest_wal = megabytes(wal) > largest_wal ? megabytes(wal) : largest_wal;
        swarm_read(&load.swarm, 1, take_answer, NULL);
    }
    process_end(prober, SIGKILL);
    while (load.answered < load.sent)
        must(swarm_read(&load.swarm, 10000, take_answer, NULL));
    printf("%zu of %zu messages in %.1f s had something beside them; the last backup has %.0f MB, "
           "the log of changes grew to %.0f MB\n",
           load.counted, load.sent, monotonic() - began, megabytes(load.backup_file), largest_wal);
    printf("4 KiB written and synced beside it: median %.1f ms, 99th percentile %.1f ms\n",
           percentile_of(probe->seconds, probe->count, 50) * 1e3,
           percentile_of(probe->seconds, probe->count, 99) * 1e3);
    printf("slices of %d rows: median %.1f ms, 99th percentile %.1f ms\n", (int)SLICE,
           median_of(load.slices, load.slice_count) * 1e3,
           percentile_of(load.slices, load.slice_count, 99) * 1e3);
}

static void open_all(const char *directory)
{
    const char *const arguments[] = {"/proc/self/exe", "serve", directory, NULL};
    struct server server = server_run(arguments, directory);
    load.swarm = swarm_open();
    for (size_t i = 0; i < SENDERS; i++) {
        client_open(&load.senders[i].client, server.port, i);
        load.senders[i].client.number = i;
        client_do(&load.senders[i].client, "talk_sync", "{}");
        swarm_add(&load.swarm, &load.senders[i].client);
    }
    client_open(&load.importer, server.port, SENDERS);
    swarm_add(&load.swarm, &load.importer);
}

static int body(const char *directory)
{
    struct world *world = world_open(directory, NULL);
    uint64_t random = 1;
    world_write(world, fill_people, NULL);
    for (int i = 0; i < 10; i++)
        world_write(world, fill_messages, &random);
    world_close(world);
    open_all(directory);
    struct arena *arena = arena_new();
    run(world_data(arena, directory).ptr, directory);
    arena_free(arena);
    double half = percentile_of(load.waits, load.counted, 50) * 1e3;
    double worst = percentile_of(load.waits, load.counted, 100) * 1e3;
    double value = percentile_of(load.waits, load.counted, 99) * 1e3;
    printf("median %.1f ms, worst %.1f ms\n", half, worst);
    return verdict(value <= 50, "steady", "50", "%.1f ms at the 99th percentile", value);
}

int main(int count, char **arguments)
{
    if (count == 3 && !strcmp(arguments[1], "serve"))
        return serve(arguments[2]);
    return bench_guard("steady", 58, body);
}
