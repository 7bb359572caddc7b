/* pages: the files of the web client, out of the program itself. */
#ifndef MAIN_PAGES_H
#define MAIN_PAGES_H

#include "net/net.h"

/* For api_settings.page: answers a path of the client, in the smallest form the browser takes. */
bool pages_answer(const struct net_request *head, struct net_plan *plan);

/* The authority's certificate that /trust offers; `pem` stays valid. Called before serving. */
void pages_offer_authority(struct str pem);

#endif
