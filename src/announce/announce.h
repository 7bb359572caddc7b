/* announce: announcements to departments and people, with who has read them. */
#ifndef ANNOUNCE_ANNOUNCE_H
#define ANNOUNCE_ANNOUNCE_H

#include "file/file.h"

extern const struct module announce_module, announce_audience_module;

#endif
