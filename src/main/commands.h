/* commands: what the program does, one function a word of the command line. */
#ifndef MAIN_COMMANDS_H
#define MAIN_COMMANDS_H

#include "api/api.h"
#include "main/settings.h"

/* The modules of the program, lowest floor first. */
extern const struct module *const modules[];
extern const size_t module_count;

/* Each returns the exit status. */
int command_serve(const struct settings *settings, struct arena *arena);
int command_demo(const struct settings *settings, struct arena *arena);
int command_backup(const struct settings *settings, struct arena *arena);
int command_restore(const struct settings *settings, struct arena *arena);
int command_check(const struct settings *settings, struct arena *arena);
int command_db(const struct settings *settings, struct arena *arena);
int command_api(const struct settings *settings, struct arena *arena);
int command_reset_password(const struct settings *settings, struct arena *arena);

/* The store of the settings, brought up to date; NULL after printing why not. */
struct store *open_store(const struct settings *settings, bool is_reader_only, struct arena *arena);

/* The modules' migrations, for the store; count is module_count. */
const struct store_module *store_modules(struct arena *arena);

#endif
