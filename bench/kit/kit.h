/* kit: what the measuring programs share: a guard, processes, clocks, figures.
 *
 * Server CPU is read from the process's own CPU clock (all threads, user and system), so that what
 * the bench itself spends, and what else runs on the machine, is not in it. */
#ifndef BENCH_KIT_KIT_H
#define BENCH_KIT_KIT_H

#include "base/must.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

/* ---- the guard ----------------------------------------------------------------------------- */

/* Runs `body` in a child with an empty directory, on the disk that the build lies on. Whatever
 * becomes of it (a broken promise, a signal, `seconds` gone by), all processes that it started are
 * ended and the directory is removed. Returns the body's value, or 1. */
int bench_guard(const char *name, int seconds, int (*body)(const char *directory));

/* Forks a process that ends when this one does; its output goes to the file (NULL: nowhere) unless
 * `out` is given, which gets the reading end of its standard output. */
pid_t process_start(const char *const *arguments, const char *log_file, int *out);

/* Ends with the signal and waits; `pid` 0 is allowed. */
void process_end(pid_t pid, int signal);

/* ---- figures ------------------------------------------------------------------------------- */

/* Seconds of CPU that a living process has used. */
double process_cpu(pid_t pid);

/* The same for a process and all its children, those that have ended included. */
double process_family_cpu(pid_t pid);

/* Waits until the process has been still for a while: less than 1 ms of CPU in 300 ms. */
void process_settle(pid_t pid, int most_ms);

struct process_memory {
    double resident, private_; /* KiB */
};
struct process_memory process_memory(pid_t pid);

double monotonic(void); /* seconds */
void sleep_ms(double ms);

double median_of(double *values, size_t count);                     /* sorts */
double percentile_of(double *values, size_t count, double percent); /* sorts */

/* All descriptors that the system allows. */
void raise_descriptors(void);

/* A TCP port that nobody has just now. */
int free_port(void);

/* The last line: "NAME: WORDS (bar BAR): pass". Returns the exit status. */
int verdict(bool is_pass, const char *name, const char *bar, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Random numbers, the same in every run. */
uint32_t random_next(uint64_t *state);

#endif
