/* chunked: the chunked coding of request bodies (RFC 9112, 7.1), decoded strictly and in place.
 * Extensions and trailers are read past; together they may take 4 KiB of one body. */
#ifndef NET_CHUNKED_H
#define NET_CHUNKED_H

#include "base/str.h"

struct chunked {
    uint64_t left;  /* of the chunk being read */
    uint32_t extra; /* bytes of extensions and trailers so far */
    uint8_t state;
    uint8_t digits;
};

enum chunked_result { CHUNKED_MORE, CHUNKED_DATA, CHUNKED_END, CHUNKED_BAD };

/* Reads on from the front of `in`; *used bytes are done with. DATA: *data is a view into `in`, and
 * there may be more to read; MORE: all of `in` was used; END: the body is whole. A zeroed `struct
 * chunked` starts a body. */
enum chunked_result chunked_read(struct chunked *chunked, struct str in, size_t *used,
                                 struct str *data);

#endif
