/* id: 63-bit identifiers in the order of time.
 *
 * 41 bits of milliseconds since 2024-01-01, 10 bits of node, 12 bits of counter. They are written
 * as decimal strings in JSON. They are not secrets: public links use random tokens. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdint.h>

enum { ID_NODES = 1024 };

/* The next identifier of this process; greater than all before it, whatever the clock does. Safe
 * from any thread. */
int64_t id_next(void);

/* Sets the node, 0 to 1023; 0 at start. */
void id_set_node(int node);

/* The millisecond of 1970's count in which the identifier was made. */
int64_t id_time(int64_t id);

/* The smallest identifier that can be made at `ms`. */
int64_t id_first_at(int64_t ms);

#endif
