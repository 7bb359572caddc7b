/* fuzz image: any bytes as a picture; what is recognised has a sane size. */
#include "base/must.h"
#include "file/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image image = {0};
    if (image_probe(str_of((const char *)data, size), &image))
        must(image.type && image.width > 0 && image.height > 0 && image.width <= 100000);
    return 0;
}
