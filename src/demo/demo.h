/* demo: a county to try everything in, made on an empty server: towns, villages, a school, a steel
 * works, and what they have been saying to each other for a month. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "api/api.h"

extern const struct module demo_module;

#endif
