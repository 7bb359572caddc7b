/* text: UTF-8, hexadecimal and base64url. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"

/* Well-formed UTF-8 (RFC 3629), no surrogates, no zero byte. */
bool text_is_utf8(struct str s);

/* Reads one code point at *at and moves behind it; the text is known to be UTF-8. */
uint32_t text_next(struct str s, size_t *at);

/* Code points in well-formed UTF-8. */
size_t text_length(struct str s);

/* The view cut to at most `count` code points. */
struct str text_take(struct str s, size_t count);

/* Writes one code point; returns its bytes, 1 to 4. */
size_t text_write(uint32_t code, char out[static 4]);

/* Lower-case hexadecimal. */
struct str text_hex(struct arena *arena, struct str bytes);

/* base64url without padding (RFC 4648, 5). */
struct str text_base64url(struct arena *arena, struct str bytes);

/* And back; padding is forgiven. False when it is no such text. */
bool text_base64url_read(struct arena *arena, struct str text, struct str *out);

#endif
