/* robot: a group's robots. Tools post through them with the protocol of DingTalk's custom robots,
 * and they tell an outside address when somebody calls them.
 *
 * A robot speaks in one group, has a name and a face, and is no member: it reads nothing and counts
 * nowhere. What it may do is what its token, its checks and its group's managers allow. */
#ifndef ROBOT_ROBOT_H
#define ROBOT_ROBOT_H

#include "talk/talk.h"

extern const struct module robot_module, robot_webhook_module, robot_reply_module;

/* A new robot of the group that asks for signatures; for demonstrations and measuring. Its token
 * and its secret are the arena's. Returns its id, or 0 after fail(). */
int64_t robot_make(struct request *r, int64_t conversation, struct str name, int64_t per_minute,
                   struct str *token, struct str *secret);

#endif
