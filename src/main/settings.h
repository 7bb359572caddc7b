/* settings: what the commands are told, by flags, environment and one file, in that order. */
#ifndef MAIN_SETTINGS_H
#define MAIN_SETTINGS_H

#include "base/arena.h"

/* F(name, default, sentence). The flag is --name, the variable CARILLON_NAME, the file's line
 * "name = value". A default of "no" makes it a switch. */
#define SETTINGS(F)                                                                            \
    F(data, "data", "directory of the database and the files")                                 \
    F(database, "", "postgresql://… instead of the embedded SQLite")                           \
    F(listen, "127.0.0.1:7070", "address and port to listen on")                               \
    F(tls, "no", "serve HTTPS; without certificate files, with one of its own making")         \
    F(certificate, "", "PEM file of the certificate chain")                                    \
    F(key, "", "PEM file of its private key")                                                  \
    F(threads, "0", "network threads; 0: as many as processors, at most 8")                    \
    F(readers, "0", "threads that answer reads; 0: as many as processors, at most 8")          \
    F(proxy, "no", "a reverse proxy on this machine names the caller in X-Forwarded-For")      \
    F(log, "info", "debug, info, warn or error")                                               \
    F(url, "", "how other servers reach this one: https://bz.example.org")                     \
    F(reach_private, "no", "robots, previews and notices may reach addresses of this network") \
    F(contact, "", "mailto: or https: address that push services may write to")                \
    F(rate_factor, "1", "multiplies all rate limits")

struct settings {
#define SETTING_MEMBER(name, fallback, sentence) struct str name;
    SETTINGS(SETTING_MEMBER)
#undef SETTING_MEMBER
    struct str rest[8]; /* arguments that are no flags */
    size_t rest_count;
    bool prints_config;
    bool wants_help;
};

/* Reads flags from argv (behind the command), environment and the file named by --config or
 * CARILLON_CONFIG. False with a sentence in *error. */
bool settings_read(int argc, char **argv, struct arena *arena, struct settings *out,
                   struct str *error);

/* Prints what is in force, a line each, in the form of the file. */
void settings_print(const struct settings *settings);

/* Prints the flags with their sentences. */
void settings_help(void);

#endif
