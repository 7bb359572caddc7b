/* arena: memory that dies together.
 *
 * Three lifetimes have one each: the process, a connection, a request. Nothing in it is freed
 * alone. Out of memory ends the process; ceilings elsewhere keep strangers from causing that. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>

struct arena;

/* A new, empty arena; the caller ends it with arena_free. About 4 KiB until it grows. */
struct arena *arena_new(void);

/* Frees the arena and all that it holds. NULL is allowed. */
void arena_free(struct arena *arena);

/* Empties the arena and keeps its first chunk for the next use. */
void arena_reset(struct arena *arena);

/* Zeroed bytes, aligned for any type; valid until the arena is reset or freed. */
void *arena_alloc(struct arena *arena, size_t size);

/* An array of `count` zeroed elements; the product is checked. */
void *arena_array(struct arena *arena, size_t count, size_t size);

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

/* A copy of the bytes, with a zero byte behind it. */
struct str arena_copy(struct arena *arena, struct str s);

/* A copy with small ASCII letters. */
struct str arena_lower(struct arena *arena, struct str s);

/* Formatted text, with a zero byte behind it. */
struct str arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct str arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Bytes taken from the system by this arena. */
size_t arena_size(const struct arena *arena);

#endif
