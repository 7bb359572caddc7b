/* file: uploads in parts, files and who may read them.
 *
 * A file belongs to who uploaded it until something refers to it; then whoever may read that may
 * read the file. Modules above register what they are as a gate. */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include "org/org.h"

extern const struct module file_module, file_sweep_module;

#define FILE_FILE(F, S)                                      \
    F(S, ID, id, NEEDED, 0, 0, "the file")                   \
    F(S, TEXT, name, NEEDED, 0, 0, "its name")               \
    F(S, TEXT, type, NEEDED, 0, 0, "its media type")         \
    F(S, INT, size, NEEDED, 0, 0, "bytes")                   \
    F(S, INT, width, OPTIONAL, 0, 0, "pixels, of a picture") \
    F(S, INT, height, OPTIONAL, 0, 0, "pixels, of a picture")
SCHEMA(file_file, FILE_FILE)

/* A finished file of the caller's organisation; false when there is none. */
bool file_read(struct request *r, int64_t file, struct file_file *out);

/* May the caller read it: as its owner, or through something that refers to it? */
bool file_is_readable(struct request *r, int64_t file);

/* From now on `holder`, of a registered kind, refers to the file. */
void file_use(struct request *r, int64_t file, int64_t holder, const char *kind);

/* The file becomes the one picture of `holder`, in the place of a former one; with 0 there is none
 * from now on. False after fail() at `field`: it is no picture of at most 1 MB. */
bool file_take_picture(struct request *r, const char *field, int64_t file, int64_t holder,
                       const char *kind);

/* `holder` refers to no file any more. A file to which nothing refers is forgotten when it is a day
 * old, and its bytes leave the disk when no other file has the same. */
void file_release(struct request *r, int64_t holder, const char *kind);

/* What can hold files; registered by a module's start. Again does nothing. */
struct file_gate {
    const char *kind;
    bool (*may_read)(struct request *r, int64_t holder);
};
void file_register(const struct file_gate *gate);

/* Keeps bytes as a finished file of `owner`; for demonstrations. 0 when the disk refuses. */
int64_t file_make(struct request *r, int64_t owner, struct str name, struct str bytes);

/* Makes a kept blob (its hash in hex) a finished file of `owner`. 0 after fail(): it is not there.
 */
int64_t file_adopt(struct request *r, int64_t owner, struct str name, struct str hash_hex,
                   int64_t size);

/* A picture whose bytes are on disk, before a row names it: how a job hands it to its op. */
#define FILE_KEPT(F, S)                                          \
    F(S, TEXT, hash, NEEDED, 0, 0, "of the bytes, in base64url") \
    F(S, TEXT, type, NEEDED, 0, 0, "its media type")             \
    F(S, INT, size, NEEDED, 0, 0, "bytes")                       \
    F(S, INT, width, NEEDED, 0, 0, "pixels")                     \
    F(S, INT, height, NEEDED, 0, 0, "pixels")
SCHEMA(file_kept, FILE_KEPT)

/* Keeps the bytes of a picture, on a thread that may wait for the disk. False when they are none or
 * the disk refuses. Then the row, within an hour; 0 when the bytes are not there. */
bool file_keep_picture(struct api *api, struct arena *arena, struct str bytes,
                       struct file_kept *out);
int64_t file_make_kept(struct request *r, int64_t owner, struct str name,
                       const struct file_kept *kept);

/* ---- pictures ------------------------------------------------------------------------------ */

struct image {
    const char *type; /* "image/png", "image/jpeg", "image/gif", "image/webp" */
    int64_t width, height;
};

/* Reads kind and size from the first bytes of a picture (PNG, JPEG, GIF, WebP); false for anything
 * else. Looks at nothing behind `bytes`. */
bool image_probe(struct str bytes, struct image *out);

#endif
