/* fanout8: eight frames outstanding, which leave in one write; the bare loop sends their bytes in
 * one call, too. */
#include "bench/fanout.h"

int main(void)
{
    return fanout_main("fanout8", 8, 0.85);
}
