/* size: bytes of the stripped program with the web client inside. */
#include "bench/kit/kit.h"

#include <sys/stat.h>

int main(void)
{
    struct stat state;
    must(stat("./carillon", &state) == 0);
    double mib = (double)state.st_size / (1 << 20);
    return verdict(mib <= 10, "size", "10", "%.2f MiB", mib);
}
