/* Carillon: a digital workplace in one program. This file is the list of its commands; its modules
 * stand in main/modules.c, and ARCHITECTURE.md tells the rest. */
#include "main/commands.h"

#include <stdio.h>

static const struct command {
    const char *name;
    int (*run)(const struct settings *settings, struct arena *arena);
    const char *arguments, *sentence;
} commands[] = {
    {"serve", command_serve, "", "run the server"},
    {"demo", command_demo, "", "fill an empty server with a county to try everything in"},
    {"backup", command_backup, "FILE",
     "copy all rows and files into one file, beside a running server"},
    {"restore", command_restore, "FILE", "fill an empty data directory from a backup"},
    {"check", command_check, "", "look for damage in the database and the files"},
    {"db", command_db, "copy FROM TO", "copy everything from one engine to the other"},
    {"api", command_api, "--openapi | --typescript", "describe the API"},
    {"reset-password", command_reset_password, "LOGIN", "make a link that sets a new password"},
};

static int help(const struct command *only)
{
    printf("Carillon %s\n\n", VERSION);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!only || only == &commands[i])
            printf("  carillon %s%s%s\n      %s\n", commands[i].name,
                   *commands[i].arguments ? " " : "", commands[i].arguments, commands[i].sentence);
    printf("\nSettings, by flag, by environment (CARILLON_DATA, …) or by file:\n");
    settings_help();
    return 0;
}

/* `api --openapi` reads as a word of its own, not as a setting. */
static void plain_words(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (str_equal(str_from(argv[i]), S("--openapi")) ||
            str_equal(str_from(argv[i]), S("--typescript")))
            argv[i] += 2;
}

int main(int argc, char **argv)
{
    const struct command *command = NULL;
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (str_equal(str_from(argv[1]), str_from(commands[i].name)))
            command = &commands[i];
    if (!command) {
        help(NULL);
        return argc > 1 && !str_equal(str_from(argv[1]), S("--help"));
    }
    plain_words(argc - 2, argv + 2);
    struct arena *arena = arena_new();
    struct settings settings;
    struct str error;
    int status = 1;
    if (!settings_read(argc - 2, argv + 2, arena, &settings, &error))
        fprintf(stderr, "carillon: %.*s; carillon %s --help tells more\n", STR_ARG(error),
                command->name);
    else if (settings.wants_help)
        status = help(command);
    else if (settings.prints_config) {
        settings_print(&settings);
        status = 0;
    } else
        status = command->run(&settings, arena);
    arena_free(arena);
    return status;
}
