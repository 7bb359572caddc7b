/* server: starting the product; filling a world by a server-only op that runs a function. */
#include "bench/kit/server.h"
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "main/commands.h"
#include "org/org.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { START_SECONDS = 20, MOST_MODULES = 64 };

/* ---- the process --------------------------------------------------------------------------- */

/* The port in "Carillon is ready: http://127.0.0.1:PORT/…". */
static int read_port(int from)
{
    char text[1000];
    size_t len = 0;
    for (;;) {
        struct pollfd wait = {.fd = from, .events = POLLIN};
        must(poll(&wait, 1, START_SECONDS * 1000) == 1 && len < sizeof text - 1);
        ssize_t got = read(from, text + len, sizeof text - 1 - len);
        must(got > 0);
        len += (size_t)got;
        text[len] = 0;
        const char *at = strstr(text, "127.0.0.1:");
        if (at && strchr(at, '/'))
            return atoi(at + 10);
    }
}

struct server server_run(const char *const *arguments, const char *directory)
{
    char log_file[500];
    int out;
    snprintf(log_file, sizeof log_file, "%s/log", directory);
    struct server server = {.pid = process_start(arguments, log_file, &out)};
    server.port = read_port(out);
    close(out);
    return server;
}

struct server server_start(const char *directory, const char *database, const char *log)
{
    struct arena *arena = arena_new();
    const char *const arguments[] = {"./carillon",
                                     "serve",
                                     "--data",
                                     world_data(arena, directory).ptr,
                                     "--listen",
                                     "127.0.0.1:0",
                                     "--rate-factor",
                                     "100000",
                                     "--log",
                                     log ? log : "info",
                                     database ? "--database" : NULL,
                                     database,
                                     NULL};
    struct server server = server_run(arguments, directory);
    arena_free(arena);
    return server;
}

void server_stop(struct server *server)
{
    process_end(server->pid, SIGKILL);
    server->pid = 0;
}

/* ---- an op that runs a function ------------------------------------------------------------- */

static struct {
    void (*fill)(struct request *r, void *context);
    void *context;
    int64_t org;
} task;

SCHEMA(bench_fill_in, NO_FIELDS)
SCHEMA(bench_fill_out, NO_FIELDS)
#define BENCH_OPS(OP) OP(bench_fill, NULL, NULL, WRITES, 0, "Fill the world", MAY_CALL(the_server))
OPS(BENCH_OPS)
static const struct module bench_module = {.name = "bench", MODULE_OPS};

static bool bench_fill(struct request *r, const struct bench_fill_in *in,
                       struct bench_fill_out *out)
{
    (void)in;
    (void)out;
    r->org = task.org;
    task.fill(r, task.context);
    task.org = r->org;
    return !has_failed(r);
}

/* ---- the world ----------------------------------------------------------------------------- */

struct world {
    struct arena *arena;
    struct store *store;
    struct api *api;
    const struct module *modules[MOST_MODULES];
};

struct str world_data(struct arena *arena, const char *directory)
{
    return arena_printf(arena, "%s/data", directory);
}

struct world *world_open(const char *directory, const char *database)
{
    struct world *world = calloc(1, sizeof *world);
    must(world && module_count < MOST_MODULES);
    log_set_level(LOG_WARN);
    mkdir(directory, 0777);
    world->arena = arena_new();
    struct store_settings settings = {.directory = world_data(world->arena, directory),
                                      .database = str_from(database)};
    struct str error;
    world->store =
        store_open(&settings, store_modules(world->arena), module_count, world->arena, &error);
    must(world->store);
    memcpy(world->modules, modules, module_count * sizeof *modules);
    world->modules[module_count] = &bench_module;
    struct api_settings quiet = {.readers = 1};
    world->api = api_open(world->store, world->modules, module_count + 1, org_who, &quiet);
    task.org = 0;
    return world;
}

void world_write(struct world *world, void (*fill)(struct request *r, void *context), void *context)
{
    task.fill = fill;
    task.context = context;
    struct arena *arena = arena_new();
    struct str reply;
    int status =
        api_call(world->api, S("bench_fill"), S("{}"), API_SERVER, task.org, arena, &reply);
    if (status != 200)
        fprintf(stderr, "filling: %.*s\n", STR_ARG(reply));
    must(status == 200);
    arena_free(arena);
}

void world_close(struct world *world)
{
    api_settle(world->api);
    api_close(world->api);
    store_close(world->store);
    arena_free(world->arena);
    free(world);
}

/* ---- people -------------------------------------------------------------------------------- */

struct token token_of(size_t number)
{
    struct token token;
    snprintf(token.text, sizeof token.text, "bench-%012zu", number);
    return token;
}

int64_t world_organisation(struct request *r)
{
    return r->org = org_make(r, S("临江县第一中学"));
}

static struct str name_of(struct request *r, size_t number)
{
    static const char *const families[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵",
                                           "吴", "周", "徐", "孙", "马", "朱", "胡", "欧阳"};
    static const char *const given[] = {"伟",   "芳",   "娜",   "秀英", "敏",   "静",   "丽",
                                        "强",   "磊",   "洋",   "艳",   "勇",   "军",   "杰",
                                        "娟",   "涛",   "超",   "明月", "建国", "晓燕", "海波",
                                        "雨桐", "子轩", "欣怡", "浩然", "思远", "文博"};
    size_t family = number % (sizeof families / sizeof *families);
    size_t name = number / 7 % (sizeof given / sizeof *given);
    return arena_printf(r->arena, "%s%s", families[family], given[name]);
}

int64_t world_person(struct request *r, size_t number, int64_t *session)
{
    struct str login = arena_printf(r->arena, "person%zu", number);
    int64_t account = org_make_account(r, login, S(""), S(""), S(""));
    int64_t person = org_make_person(r, account, name_of(r, number), "member");
    int64_t id = id_next();
    struct token token = token_of(number);
    WRITE(r,
          "INSERT INTO session (id, hash, account, org, agent, address, created, seen, expires, "
          "ended, is_new) VALUES (?1, ?2, ?3, ?4, 'bench', '127.0.0.1', ?5, ?5, ?6, 0, 0)",
          INT(id), BLOB(org_token_hash(r->arena, str_from(token.text))), INT(account), INT(r->org),
          INT(r->now), INT(r->now + (int64_t)90 * DAY_MS));
    must(person && !has_failed(r));
    if (session)
        *session = id;
    return person;
}

struct str world_sentence(uint64_t *random)
{
    static const char *const sentences[] = {
        "明天下午三点在二楼会议室开教研组会议，请各位老师带上本学期的教学计划。",
        "收到，谢谢！",
        "好的，我马上去处理。",
        "The projector in room 204 is broken again, could somebody have a look before the second "
        "lesson?",
        "校车今天会晚到十五分钟，请班主任通知家长。",
        "请大家今天下班前把期中考试的成绩录入系统，录完以后在群里说一声，教务处要统一汇总。",
        "已经修好了，换了一根线。",
        "Thanks, see you at supper.",
        "水泵房的压力表读数偏低，我和老张去看过了，阀门没有问题，怀疑是滤网堵了，下午停水半小时清洗"
        "一下，"
        "各单位请提前储水。",
        "值班表已经更新，周六是李敏和王建国。"};
    return str_from(sentences[random_next(random) % (sizeof sentences / sizeof *sentences)]);
}
