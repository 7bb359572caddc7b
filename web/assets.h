/* assets: the files of the web client, held in the program, each also compressed beforehand.
 *
 * The table itself is written by web/build.mjs into build/assets.c. A file whose name carries a
 * hash of its content is immutable; the others are asked for again by their etag. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include "base/str.h"

struct asset {
    const char *path;
    const char *type;
    const char *etag;
    bool is_immutable;
    struct str identity, brotli, gzip;
};

extern const struct asset assets[];
extern const size_t asset_count;

#endif
