/* image: the kind and size of a picture from its first bytes.
 *
 * PNG (W3C 2003), JPEG (ITU T.81), GIF89a, WebP (RFC 9649). The bytes are strangers'. */
#include "file/file.h"

enum { MOST_PIXELS = 100000 }; /* in one direction */

static uint32_t byte(struct str s, size_t at)
{
    return (unsigned char)s.ptr[at];
}

static uint32_t big16(struct str s, size_t at)
{
    return byte(s, at) << 8 | byte(s, at + 1);
}

static uint32_t little16(struct str s, size_t at)
{
    return byte(s, at + 1) << 8 | byte(s, at);
}

static bool is_sane(const struct image *image)
{
    return image->width > 0 && image->height > 0 && image->width <= MOST_PIXELS &&
           image->height <= MOST_PIXELS;
}

static bool probe_png(struct str s, struct image *out)
{
    if (s.len < 24 || !str_starts(s, S("\x89PNG\r\n\x1a\n")) ||
        !str_starts(str_skip(s, 12), S("IHDR")))
        return false;
    *out = (struct image){"image/png", big16(s, 16) << 16 | big16(s, 18),
                          big16(s, 20) << 16 | big16(s, 22)};
    return is_sane(out);
}

static bool probe_gif(struct str s, struct image *out)
{
    if (s.len < 10 || (!str_starts(s, S("GIF87a")) && !str_starts(s, S("GIF89a"))))
        return false;
    *out = (struct image){"image/gif", little16(s, 6), little16(s, 8)};
    return is_sane(out);
}

/* Start of frame: C0 to CF, but not the tables C4, C8 and CC. */
static bool is_frame(uint32_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool probe_jpeg(struct str s, struct image *out)
{
    if (!str_starts(s, S("\xff\xd8\xff")))
        return false;
    for (size_t at = 2; at + 9 <= s.len;) {
        if (byte(s, at) != 0xff)
            return false;
        uint32_t marker = byte(s, at + 1);
        if (marker == 0xff) { /* fill */
            at++;
            continue;
        }
        if (is_frame(marker)) {
            *out = (struct image){"image/jpeg", big16(s, at + 7), big16(s, at + 5)};
            return is_sane(out);
        }
        bool has_length = marker != 0x01 && !(marker >= 0xd0 && marker <= 0xd7);
        at += 2 + (has_length ? big16(s, at + 2) : 0);
    }
    return false;
}

static bool probe_webp(struct str s, struct image *out)
{
    if (s.len < 30 || !str_starts(s, S("RIFF")) || !str_starts(str_skip(s, 8), S("WEBP")))
        return false;
    struct str kind = str_take(str_skip(s, 12), 4);
    *out = (struct image){.type = "image/webp"};
    if (str_equal(kind, S("VP8 "))) {
        out->width = little16(s, 26) & 0x3fff;
        out->height = little16(s, 28) & 0x3fff;
    } else if (str_equal(kind, S("VP8L"))) {
        uint32_t bits = little16(s, 21) | little16(s, 23) << 16;
        out->width = (bits & 0x3fff) + 1;
        out->height = (bits >> 14 & 0x3fff) + 1;
    } else if (str_equal(kind, S("VP8X"))) {
        out->width = (little16(s, 24) | byte(s, 26) << 16) + 1;
        out->height = (little16(s, 27) | byte(s, 29) << 16) + 1;
    }
    return is_sane(out);
}

bool image_probe(struct str bytes, struct image *out)
{
    return probe_png(bytes, out) || probe_jpeg(bytes, out) || probe_gif(bytes, out) ||
           probe_webp(bytes, out);
}
