/* blob: files kept by their hash, once each.
 *
 * Bytes arrive in a part file under uploads/, are hashed (BLAKE2b-256), synced and moved to
 * blobs/ab/cdef…; only then may a row name the hash. Only the writer decides a deletion, and none
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

/* Removes a blob that no row names any more. False, for another day, while a backup runs, and
 * within an hour after the same bytes were last kept: somebody may be about to name them. */
bool blob_remove(struct store *store, struct str hash);

#endif
