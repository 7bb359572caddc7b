/* kit: processes and figures of the measuring programs. */
#include "bench/kit/kit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the guard ----------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Waits for the child, a signal or the end of the time. Returns the exit status. */
static int watch(pid_t child, const sigset_t *signals, int seconds, const char *name)
{
    double end = monotonic() + seconds;
    for (;;) {
        int status;
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        struct timespec wait = {.tv_nsec = 100000000};
        int signal = sigtimedwait(signals, NULL, &wait);
        if (signal <= 0 && monotonic() > end) {
            fprintf(stderr, "%s: took more than %d seconds\n", name, seconds);
            return 1;
        }
        if (signal > 0 && signal != SIGCHLD)
            return 128 + signal;
    }
}

int bench_guard(const char *name, int seconds, int (*body)(const char *directory))
{
    char directory[200];
    mkdir("build", 0777);
    snprintf(directory, sizeof directory, "build/bench-%s-XXXXXX", name);
    must(mkdtemp(directory));
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigset_t signals, former;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &former);
    /* The orphans of the child come to this process, which waits until they are gone. */
    must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    pid_t self = getpid(), child = fork();
    must(child >= 0);
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &former, NULL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != self)
            _exit(1);
        exit(body(directory));
    }
    int status = watch(child, &signals, seconds, name);
    kill(child, SIGKILL);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    if (!getenv("BENCH_KEEP"))
        nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return status;
}

static void redirect(const char *log_file, int from)
{
    int file = open(log_file ? log_file : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0666);
    must(file >= 0 && dup2(file, from) == from);
    close(file);
}

pid_t process_start(const char *const *arguments, const char *log_file, int *out)
{
    int ends[2];
    must(!out || pipe2(ends, O_CLOEXEC) == 0);
    pid_t self = getpid(), child = fork();
    must(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != self)
            _exit(1);
        if (out)
            must(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
        else
            redirect(log_file, STDOUT_FILENO);
        redirect(log_file, STDERR_FILENO);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        perror(arguments[0]);
        _exit(127);
    }
    if (out) {
        close(ends[1]);
        *out = ends[0];
    }
    return child;
}

void process_end(pid_t pid, int signal)
{
    if (pid <= 0)
        return;
    kill(pid, signal);
    waitpid(pid, NULL, 0);
}

/* ---- CPU ----------------------------------------------------------------------------------- */

double monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void sleep_ms(double ms)
{
    struct timespec wait = {.tv_sec = (time_t)(ms / 1000),
                            .tv_nsec = (long)((ms - 1000 * (double)(time_t)(ms / 1000)) * 1e6)};
    nanosleep(&wait, NULL);
}

static bool read_cpu(pid_t pid, double *out)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return false;
    *out = (double)used.tv_sec + (double)used.tv_nsec / 1e9;
    return true;
}

double process_cpu(pid_t pid)
{
    double used = 0;
    must(read_cpu(pid, &used));
    return used;
}

/* Parent and CPU of ended children, from /proc/PID/stat. */
static bool read_stat(pid_t pid, pid_t *parent, double *ended_children)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = 0;
    const char *behind_name = strrchr(text, ')');
    int above;
    long user, system;
    if (!behind_name ||
        sscanf(behind_name + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld",
               &above, &user, &system) != 3)
        return false;
    *parent = above;
    *ended_children = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

double process_family_cpu(pid_t pid)
{
    pid_t parent;
    double sum = process_cpu(pid), ended;
    if (read_stat(pid, &parent, &ended))
        sum += ended;
    DIR *processes = opendir("/proc");
    must(processes);
    for (struct dirent *entry; (entry = readdir(processes));) {
        pid_t one = (pid_t)atoi(entry->d_name);
        double used;
        if (one > 0 && read_stat(one, &parent, &ended) && parent == pid && read_cpu(one, &used))
            sum += used + ended;
    }
    closedir(processes);
    return sum;
}

void process_settle(pid_t pid, int most_ms)
{
    double end = monotonic() + most_ms / 1e3, before = process_cpu(pid);
    while (monotonic() < end) {
        sleep_ms(300);
        double now = process_cpu(pid);
        if (now - before < 0.001)
            return;
        before = now;
    }
}

/* ---- memory -------------------------------------------------------------------------------- */

struct process_memory process_memory(pid_t pid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "re");
    must(file);
    struct process_memory memory = {0};
    long amount;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "Rss: %ld", &amount) == 1)
            memory.resident = (double)amount;
        if (sscanf(line, "Private_Clean: %ld", &amount) == 1 ||
            sscanf(line, "Private_Dirty: %ld", &amount) == 1)
            memory.private_ += (double)amount;
    }
    fclose(file);
    return memory;
}

/* ---- figures ------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double percentile_of(double *values, size_t count, double percent)
{
    must(count);
    qsort(values, count, sizeof *values, compare_doubles);
    size_t at = (size_t)((double)count * percent / 100);
    return values[at < count ? at : count - 1];
}

double median_of(double *values, size_t count)
{
    return percentile_of(values, count, 50);
}

void raise_descriptors(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    must(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    close(fd);
    return ntohs(at.sin_port);
}

int verdict(bool is_pass, const char *name, const char *bar, const char *format, ...)
{
    printf("%s: ", name);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf(" (bar %s): %s\n", bar, is_pass ? "pass" : "short");
    return is_pass ? 0 : 1;
}

uint32_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}
