/* blob: files kept by their hash, once each.
 *
 * Bytes arrive in a part file under uploads/, are hashed (BLAKE2b-256), synced and moved to
 * blobs/ab/cdef…; only then may a row name the hash, and only a row of those who have just kept
 * the bytes: a hash is not copied from row to row. Only the writer decides a deletion, and none
 * happens while a backup runs. Who may read a blob follows from the rows that refer to it; that is
 * not known here. */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "store/store.h"

enum { BLOB_HASH = 32 }; /* bytes */

/* Opens (or makes) the part file of an upload for writing at `offset`; -1 when the disk refuses or
 * the file is shorter than `offset`. What stood behind `offset` is cut off. The caller closes it.
 */
int blob_part_open(struct store *store, int64_t upload, uint64_t offset);

/* Bytes that the part file holds; 0 when there is none. */
uint64_t blob_part_size(struct store *store, int64_t upload);

/* Removes the part file of an upload that was given up. */
void blob_part_drop(struct store *store, int64_t upload);

/* Hashes the part file, makes it durable under its hash and removes the part. `hash` gets 32 bytes.
 * False when the disk refuses. Slow: for a `prepare` function, not for the writer. */
bool blob_keep(struct store *store, int64_t upload, char hash[static BLOB_HASH]);

/* Keeps bytes from memory; for demo data and tests. */
bool blob_keep_bytes(struct store *store, struct str bytes, char hash[static BLOB_HASH]);

/* Opens a kept blob for reading; -1 when it is not there. *size gets its length. */
int blob_open(struct store *store, struct str hash, uint64_t *size);

/* Is the blob there? A row that names it is written only then. */
bool blob_is_kept(struct store *store, struct str hash);

/* Removes a blob that no committed row names, as the writer found. False, for another day, while a
 * backup runs, and within an hour after the same bytes were last kept: somebody may be about to
 * name them. Bytes that are kept at the same time are there afterwards. */
bool blob_remove(struct store *store, struct str hash);

/* Bytes that blob_remove has given back since the store was opened. */
uint64_t blob_freed(const struct store *store);

/* The blobs stand on shelves by their first byte. Gives the hashes on one of them in the order of
 * their bytes, in the arena; false when the folder cannot be read. */
enum { BLOB_SHELVES = 256 };
struct blob_hash {
    char bytes[BLOB_HASH];
};
bool blob_shelf(struct store *store, unsigned shelf, struct arena *arena, struct blob_hash **hashes,
                size_t *count);

#endif
