/* fanout: one frame at a time. */
#include "bench/fanout.h"

int main(void)
{
    return fanout_main("fanout", 1, 0.90);
}
