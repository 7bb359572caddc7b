/* arena: a list of chunks, each twice the size of the one before, up to a ceiling. */
#include "base/arena.h"
#include "base/must.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 1 << 20, ALIGNMENT = alignof(max_align_t) };

struct chunk {
    struct chunk *next;
    size_t size; /* of the bytes behind this head */
    size_t used;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct chunk *newest; /* the chunk being filled; the list goes back in time */
    size_t total;
};

static struct chunk *chunk_new(struct arena *arena, size_t least)
{
    size_t size = arena->newest ? 2 * (arena->newest->size + sizeof(struct chunk)) : FIRST_CHUNK;
    size = (size > LARGEST_CHUNK ? LARGEST_CHUNK : size) - sizeof(struct chunk);
    if (size < least)
        size = least;
    struct chunk *chunk = malloc(sizeof *chunk + size);
    must(chunk);
    *chunk = (struct chunk){.next = arena->newest, .size = size};
    arena->newest = chunk;
    arena->total += sizeof *chunk + size;
    return chunk;
}

struct arena *arena_new(void)
{
    /* The arena's own head lives in its first chunk: one malloc for a small request. */
    struct arena made = {0};
    struct chunk *chunk = chunk_new(&made, sizeof made);
    struct arena *arena = (struct arena *)(void *)chunk->bytes;
    chunk->used = (sizeof made + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *arena = made;
    return arena;
}

static void free_all_but_first(struct arena *arena)
{
    while (arena->newest->next) {
        struct chunk *older = arena->newest->next;
        arena->total -= sizeof *older + arena->newest->size;
        free(arena->newest);
        arena->newest = older;
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_all_but_first(arena);
    free(arena->newest);
}

void arena_reset(struct arena *arena)
{
    free_all_but_first(arena);
    arena->newest->used = (sizeof *arena + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void *take(struct arena *arena, size_t size)
{
    must(size <= SIZE_MAX / 2);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct chunk *chunk = arena->newest;
    if (chunk->size - chunk->used < size)
        chunk = chunk_new(arena, size);
    void *bytes = chunk->bytes + chunk->used;
    chunk->used += size;
    return bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    must(size == 0 || count <= SIZE_MAX / 2 / size);
    return arena_alloc(arena, count * size);
}

struct str arena_copy(struct arena *arena, struct str s)
{
    char *bytes = take(arena, s.len + 1);
    if (s.len)
        memcpy(bytes, s.ptr, s.len);
    bytes[s.len] = 0;
    return str_of(bytes, s.len);
}

struct str arena_lower(struct arena *arena, struct str s)
{
    char *bytes = take(arena, s.len + 1);
    for (size_t i = 0; i < s.len; i++)
        bytes[i] = str_lower(s.ptr[i]);
    bytes[s.len] = 0;
    return str_of(bytes, s.len);
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    must(len >= 0);
    char *bytes = take(arena, (size_t)len + 1);
    vsnprintf(bytes, (size_t)len + 1, format, again);
    va_end(again);
    return str_of(bytes, (size_t)len);
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct str s = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return s;
}

size_t arena_size(const struct arena *arena)
{
    return arena->total;
}
