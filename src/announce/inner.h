/* inner: what the files of announce share among themselves. */
#ifndef ANNOUNCE_INNER_H
#define ANNOUNCE_INNER_H

#include "announce/announce.h"

/* ---- announce.c ----------------------------------------------------------------------------- */

/* The caller wrote it, or is an admin; the caller is one of those whom it is for. */
extern const struct policy announce_keeper, announce_reader;

/* ---- audience.c: whom it is for ---------------------------------------------------------------
 */

bool audience_has(struct request *r, int64_t announcement, int64_t person);

/* Those of the audience behind `after`, in the order of their ids, at most `limit`. */
struct ids audience_after(struct request *r, int64_t announcement, int64_t after, size_t limit);

/* Has them counted, and told if they are on line, in slices after the commit. */
void audience_tell(struct request *r, int64_t announcement);

/* Reminds those who have not read it. */
void audience_remind(struct request *r, int64_t announcement);

/* The departments that speak to the caller: those of the caller's posts and all above, and 0. */
struct ids audience_departments(struct request *r);

#endif
