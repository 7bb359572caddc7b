/* deflate: permessage-deflate without context takeover (RFC 7692). One state of each direction a
 * thread, since they are large and every message starts anew. */
#include "net/deflate.h"
#include "base/must.h"
#include "net/frame.h"

#define ZLIB_CONST
#include <zlib.h>

enum { STEP = 16384 };

static _Thread_local struct {
    z_stream out, in;
    bool has_out, has_in;
} streams;

size_t deflate_text(struct str text, char *out, size_t room)
{
    z_stream *stream = &streams.out;
    int done = streams.has_out ? deflateReset(stream)
                               : deflateInit2(stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    must(done == Z_OK);
    streams.has_out = true;
    stream->next_in = (const unsigned char *)text.ptr;
    stream->avail_in = (unsigned)text.len;
    stream->next_out = (unsigned char *)out;
    stream->avail_out = (unsigned)room;
    done = deflate(stream, Z_SYNC_FLUSH);
    size_t len = room - stream->avail_out;
    bool is_whole = done == Z_OK && stream->avail_in == 0 && stream->avail_out > 0 && len > 4;
    return is_whole ? len - 4 : 0; /* 00 00 ff ff is left out (RFC 7692, 7.2.1) */
}

/* Inflates `in` behind what `out` holds; 0 or a close code. */
static int inflate_part(z_stream *stream, struct str in, struct buf *out)
{
    stream->next_in = (const unsigned char *)in.ptr;
    stream->avail_in = (unsigned)in.len;
    do {
        size_t room = out->ceiling - out->len < STEP ? out->ceiling - out->len : STEP;
        if (room == 0)
            return CLOSE_TOO_BIG;
        stream->next_out = (unsigned char *)buf_room(out, room);
        stream->avail_out = (unsigned)room;
        int done = inflate(stream, Z_SYNC_FLUSH);
        out->len += room - stream->avail_out;
        if (done == Z_STREAM_END)
            return 0;
        if (done != Z_OK && done != Z_BUF_ERROR)
            return CLOSE_NOT_UTF8;
    } while (stream->avail_in || stream->avail_out == 0);
    return 0;
}

int deflate_undo(struct str in, struct buf *out)
{
    z_stream *stream = &streams.in;
    must((streams.has_in ? inflateReset(stream) : inflateInit2(stream, -15)) == Z_OK);
    streams.has_in = true;
    int code = inflate_part(stream, in, out);
    return code ? code : inflate_part(stream, str_of("\0\0\xff\xff", 4), out);
}

void deflate_end_thread(void)
{
    if (streams.has_out)
        deflateEnd(&streams.out);
    if (streams.has_in)
        inflateEnd(&streams.in);
    streams.has_out = streams.has_in = false;
}
