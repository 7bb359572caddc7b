/* faces: names and pictures of the people whom a page of messages shows.
 *
 * Everybody who reads needs the same few hundred again and again, so each reader thread keeps those
 * it has read; api.h's memory_changed says how long they are true. */
#include "org/inner.h"
#include "base/hash.h"

enum {
    KEPT = 2048,    /* by a thread; a power of two. 80 bytes each, in pages that are touched */
    NAME_KEPT = 44, /* bytes; longer names are read each time */
    ASKED = 8,      /* read by one statement; fewer are filled up with zeros, which nobody is */
};

struct kept {
    uint64_t memory; /* the number under which it is true */
    int64_t org, id, avatar;
    uint32_t length;
    char name[NAME_KEPT];
};

static _Thread_local struct kept kept[KEPT];

static struct kept *place_of(int64_t org, int64_t id)
{
    return &kept[hash_int(org ^ id) & (KEPT - 1)];
}

static bool recall(struct request *r, int64_t id, struct org_person *face)
{
    const struct kept *place = place_of(r->org, id);
    if (!r->memory || place->memory != r->memory || place->id != id || place->org != r->org)
        return false;
    *face = (struct org_person){.id = id,
                                .name = arena_copy(r->arena, str_of(place->name, place->length)),
                                .avatar = place->avatar};
    return true;
}

static void keep(struct request *r, const struct org_person *face)
{
    if (!r->memory || face->name.len > NAME_KEPT)
        return;
    struct kept *place = place_of(r->org, face->id);
    *place = (struct kept){.memory = r->memory,
                           .org = r->org,
                           .id = face->id,
                           .avatar = face->avatar,
                           .length = (uint32_t)face->name.len};
    memcpy(place->name, face->name.ptr, face->name.len);
}

/* Adds those of the ids (zeros are nobody) that there are. */
static size_t read_faces(struct request *r, const int64_t *ids, struct org_person *out)
{
    struct rows rows = READ(r,
                            "SELECT id, name, avatar FROM person "
                            "WHERE org = ?1 AND id IN (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                            INT(r->org), INT(ids[0]), INT(ids[1]), INT(ids[2]), INT(ids[3]),
                            INT(ids[4]), INT(ids[5]), INT(ids[6]), INT(ids[7]));
    for (size_t i = 0; i < rows.count; i++) {
        out[i] = (struct org_person){.id = row_int(&rows, i, 0),
                                     .name = row_text(&rows, i, 1),
                                     .avatar = row_int(&rows, i, 2)};
        keep(r, &out[i]);
    }
    return rows.count;
}

struct ids people_once(struct request *r, const int64_t *ids, size_t count)
{
    struct ids once = {ARENA_ARRAY(r->arena, count, int64_t), 0};
    struct map seen = {0};
    for (size_t i = 0; i < count; i++) {
        if (!ids[i] || map_get(&seen, ids[i]))
            continue;
        map_set(&seen, ids[i], &once);
        once.at[once.count++] = ids[i];
    }
    map_free(&seen);
    return once;
}

struct org_person *org_faces(struct request *r, const int64_t *ids, size_t count, size_t *found)
{
    struct ids once = people_once(r, ids, count);
    struct org_person *faces = ARENA_ARRAY(r->arena, once.count, struct org_person);
    int64_t asked[ASKED] = {0};
    size_t waiting = 0;
    *found = 0;
    for (size_t i = 0; i < once.count; i++) {
        if (recall(r, once.at[i], &faces[*found]))
            ++*found;
        else
            asked[waiting++] = once.at[i];
        if (waiting == ASKED || (waiting && i + 1 == once.count)) {
            *found += read_faces(r, asked, &faces[*found]);
            memset(asked, 0, sizeof asked);
            waiting = 0;
        }
    }
    return faces;
}
