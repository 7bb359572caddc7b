/* settings: one table for flags, environment and file. */
#include "main/settings.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    const char *name, *fallback, *sentence;
    size_t offset;
};

#define SETTING_ROW(name, fallback, sentence) \
    {#name, fallback, sentence, offsetof(struct settings, name)},
static const struct row table[] = {SETTINGS(SETTING_ROW)};
enum { ROWS = sizeof table / sizeof *table, LONGEST_LINE = 1024 };

static struct str *value_of(struct settings *settings, const struct row *row)
{
    return (struct str *)(void *)((char *)settings + row->offset);
}

/* rate-factor and rate_factor are the same. */
static const struct row *find(struct str name)
{
    for (size_t i = 0; i < ROWS; i++) {
        struct str known = str_from(table[i].name);
        bool is_same = name.len == known.len;
        for (size_t j = 0; j < name.len && is_same; j++)
            is_same = name.ptr[j] == known.ptr[j] || (name.ptr[j] == '-' && known.ptr[j] == '_');
        if (is_same)
            return &table[i];
    }
    return NULL;
}

static bool is_switch(const struct row *row)
{
    return !strcmp(row->fallback, "no");
}

static void take_environment(struct settings *out)
{
    for (size_t i = 0; i < ROWS; i++) {
        char name[64] = "CARILLON_";
        size_t len = strlen(name);
        for (const char *c = table[i].name; *c && len < sizeof name - 1; c++)
            name[len++] = (char)toupper((unsigned char)*c);
        const char *value = getenv(name);
        if (value)
            *value_of(out, &table[i]) = str_from(value);
    }
}

static bool take_line(struct settings *out, struct str line, int number, struct arena *arena,
                      struct str *error)
{
    struct str value = str_trim(line);
    if (!value.len || value.ptr[0] == '#')
        return true;
    struct str name = str_trim(str_cut(&value, '='));
    const struct row *row = find(name);
    if (!row) {
        *error = arena_printf(arena, "line %d of the settings file: there is no setting \"%.*s\"",
                              number, STR_ARG(name));
        return false;
    }
    *value_of(out, row) = arena_copy(arena, str_trim(value));
    return true;
}

static bool take_file(struct settings *out, const char *path, struct arena *arena,
                      struct str *error)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        *error = arena_printf(arena, "cannot read the settings file %s", path);
        return false;
    }
    char line[LONGEST_LINE];
    bool is_good = true;
    for (int number = 1; is_good && fgets(line, sizeof line, file); number++)
        is_good = take_line(out, str_from(line), number, arena, error);
    fclose(file);
    return is_good;
}

/* One flag at argv[*at]; *at moves to its last word. */
static bool take_flag(struct settings *out, int argc, char **argv, int *at, struct arena *arena,
                      struct str *error)
{
    struct str word = str_skip(str_from(argv[*at]), 2), name = str_cut(&word, '=');
    bool has_value = str_find_char(str_from(argv[*at]), '=') >= 0;
    if (str_equal(name, S("help")))
        return out->wants_help = true;
    if (str_equal(name, S("print-config")))
        return out->prints_config = true;
    const struct row *row = find(name);
    bool is_config = str_equal(name, S("config"));
    if (!row && !is_config) {
        *error = arena_printf(arena, "there is no flag --%.*s", STR_ARG(name));
        return false;
    }
    if (row && is_switch(row) && !has_value)
        word = S("yes");
    else if (!has_value && *at + 1 >= argc) {
        *error = arena_printf(arena, "--%.*s needs a value", STR_ARG(name));
        return false;
    } else if (!has_value)
        word = str_from(argv[++*at]);
    if (row)
        *value_of(out, row) = word;
    return true;
}

static const char *config_path(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "--config=", 9))
            return argv[i] + 9;
        if (!strcmp(argv[i], "--config") && i + 1 < argc)
            return argv[i + 1];
    }
    return getenv("CARILLON_CONFIG");
}

bool settings_read(int argc, char **argv, struct arena *arena, struct settings *out,
                   struct str *error)
{
    *out = (struct settings){0};
    for (size_t i = 0; i < ROWS; i++)
        *value_of(out, &table[i]) = str_from(table[i].fallback);
    const char *file = config_path(argc, argv);
    if (file && !take_file(out, file, arena, error))
        return false;
    take_environment(out);
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "--", 2)) {
            if (!take_flag(out, argc, argv, &i, arena, error))
                return false;
        } else if (out->rest_count < sizeof out->rest / sizeof *out->rest)
            out->rest[out->rest_count++] = str_from(argv[i]);
    }
    return true;
}

void settings_print(const struct settings *settings)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct str *value =
            (const struct str *)(const void *)((const char *)settings + table[i].offset);
        printf("%s = %.*s\n", table[i].name, STR_ARG(*value));
    }
}

void settings_help(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        char flag[40];
        snprintf(flag, sizeof flag, "--%s%s", table[i].name, is_switch(&table[i]) ? "" : " VALUE");
        for (char *c = flag; *c; c++)
            *c = *c == '_' ? '-' : *c;
        printf("  %-20s %s%s%s%s\n", flag, table[i].sentence, *table[i].fallback ? " (" : "",
               table[i].fallback, *table[i].fallback ? ")" : "");
    }
    printf("  %-20s %s\n", "--config FILE", "file with lines \"name = value\"");
}
