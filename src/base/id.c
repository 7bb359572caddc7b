/* id: a counter that follows the clock and never goes back. */
#include "base/id.h"
#include "base/must.h"
#include "base/time.h"

#include <stdatomic.h>

enum { NODE_BITS = 10, COUNTER_BITS = 12 };

static const int64_t EPOCH = 1704067200000; /* 2024-01-01T00:00:00Z */

/* Milliseconds and counter of the last one made, without the node. */
static _Atomic int64_t last;
static _Atomic int64_t node_bits;

void id_set_node(int node)
{
    must(node >= 0 && node < ID_NODES);
    atomic_store(&node_bits, (int64_t)node << COUNTER_BITS);
}

int64_t id_next(void)
{
    int64_t floor = (time_now() - EPOCH) << COUNTER_BITS;
    int64_t seen = atomic_load(&last);
    int64_t made;
    do {
        made = floor > seen ? floor : seen + 1;
    } while (!atomic_compare_exchange_weak(&last, &seen, made));
    int64_t counter = made & ((1 << COUNTER_BITS) - 1);
    int64_t ms = made >> COUNTER_BITS;
    return ms << (NODE_BITS + COUNTER_BITS) | atomic_load(&node_bits) | counter;
}

int64_t id_time(int64_t id)
{
    return (id >> (NODE_BITS + COUNTER_BITS)) + EPOCH;
}

int64_t id_first_at(int64_t ms)
{
    return ms <= EPOCH ? 0 : (ms - EPOCH) << (NODE_BITS + COUNTER_BITS);
}
