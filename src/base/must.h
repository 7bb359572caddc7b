/* must: a promise of our own code, checked in production too.
 *
 * A broken promise is our mistake, never the world's: the process prints where and ends, and the
 * supervisor starts it again. What the world can get wrong is refused with an error instead. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

_Noreturn void must_broken(const char *promise, const char *file, int line);

#define must(promise)                                  \
    do {                                               \
        if (!(promise))                                \
            must_broken(#promise, __FILE__, __LINE__); \
    } while (0)

#endif
