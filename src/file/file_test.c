/* Units of file: the size of pictures. */
#include "file/file.h"
#include "tests/unit.h"

static bool is(struct str bytes, const char *type, int64_t width, int64_t height)
{
    struct image image;
    return image_probe(bytes, &image) && !strcmp(image.type, type) && image.width == width &&
           image.height == height;
}

int main(void)
{
    struct image image;
    CHECK(is(S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x58\0\0\x01\x90"), "image/png", 600, 400));
    CHECK(is(S("GIF89a\x10\x00\x20\x00"), "image/gif", 16, 32));
    /* Two segments and a fill byte before the frame. */
    CHECK(is(S("\xff\xd8\xff\xe0\0\x04"
               "ab\xff\xff\xc2\0\x11\x08\0\x20\0\x10\x03"),
             "image/jpeg", 16, 32));
    CHECK(is(S("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x0f\0\0\x1f\0\0"), "image/webp", 16, 32));
    CHECK(is(S("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\0\0\0\x10\0\x20\0"), "image/webp", 16, 32));
    CHECK(!image_probe(S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0"), &image));
    CHECK(!image_probe(S("<html>"), &image) && !image_probe(S(""), &image));
    CHECK(!image_probe(S("\xff\xd8\xff"), &image));
    return unit_end("file");
}
