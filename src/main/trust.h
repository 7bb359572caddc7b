/* trust: HTTPS without a bought certificate, by a certificate authority of the server's own. */
#ifndef MAIN_TRUST_H
#define MAIN_TRUST_H

#include "base/arena.h"

/* Makes, once, an authority (data/tls/authority.crt) and a certificate signed by it for this
 * machine's names and addresses; makes the certificate again when it ends within 30 days or the
 * addresses have changed. The paths come back in `arena`; false with a sentence in *error. */
bool trust_make(struct str data, struct arena *arena, struct str *certificate, struct str *key,
                struct str *error);

/* The authority's certificate as PEM, for devices to trust; empty when there is none. */
struct str trust_authority(struct str data, struct arena *arena);

#endif
