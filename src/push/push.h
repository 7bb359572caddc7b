/* push: messages reach people who do not have the program open.
 *
 * A browser subscribes with a push service of its maker (Web Push, RFC 8030) and hands over an
 * address and keys. Each message makes one job, which finds whom it concerns and sends the
 * beginning of the message, sealed for each browser, to that address. */
#ifndef PUSH_PUSH_H
#define PUSH_PUSH_H

#include "talk/talk.h"

extern const struct module push_module, push_send_module, push_quiet_module, push_disturb_module;

/* Once at the start: whom push services may write to when something is wrong, "mailto:…" or
 * "https://…". */
void push_open(struct str contact);

#endif
