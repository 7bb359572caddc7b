/* inner: what the files of demo share among themselves.
 *
 * Everything here follows from fixed tables and fixed seeds: the same people say the same things on
 * every server, counted back from the moment of filling. Memory is the arena's. */
#ifndef DEMO_INNER_H
#define DEMO_INNER_H

#include "demo/demo.h"

/* ---- chance ---------------------------------------------------------------------------------- */

struct chance {
    uint64_t state;
};

/* A number from `low` to `high`, both included. */
int64_t chance_between(struct chance *chance, int64_t low, int64_t high);

/* ---- names.c --------------------------------------------------------------------------------- */

/* A name of one or two characters of surname and one or two of given name; *surname is its view. */
struct str name_make(struct arena *arena, struct chance *chance, struct str *surname);

/* ---- county.c -------------------------------------------------------------------------------- */

/* A department: `titles` are its posts, with spaces between; "科员x3" is three of them, and "主任*"
 * heads the department. */
struct office {
    const char *code, *parent, *name, *titles;
};
extern const struct office county_places[];
extern const size_t county_place_count;

/* A second post beside the main one. */
struct second_post {
    const char *who; /* as for county_find */
    const char *place, *title;
};
extern const struct second_post county_second_posts[];
extern const size_t county_second_post_count;

struct inhabitant {
    struct str name, surname, title;
    size_t place;
    bool is_head;
};

struct county {
    struct inhabitant *people;
    size_t count;
    size_t first; /* who signs in as `demo` */
};

struct county county_make(struct arena *arena);

/* The place of that code. */
size_t county_place(struct str code);

/* People of a list of codes with commas between: "qs" those of a place, "qs/" with all below it,
 * "qs^" its head only, "qs:网格员" those of that title in it and below. Rising, each once. */
struct numbers {
    size_t *at;
    size_t count;
};
struct numbers county_find(struct arena *arena, const struct county *county, struct str list);

/* ---- conversations.c ------------------------------------------------------------------------- */

/* Texts are threads of lines; script.c tells how they are written. */
typedef const char *const *text_lines;

extern const char *const text_flood[],
    *const text_town[], *const text_grid[], *const text_party[],
                                                *const text_points[],
                                                    *const text_farm[],
                                                        *const text_health[],
                                                            *const text_office[],
                                                                *const text_data[],
                                                                    *const text_project[];
extern const char *const text_class[], *const text_teachers[], *const text_school[];
extern const char *const text_steel[], *const text_repair[], *const text_sales[];
extern const char *const text_small[];

struct conversation {
    const char *title; /* NULL: with one person, who is the pool p */
    const char *owner; /* as for county_find; NULL: the first person */
    const char *pools; /* "t=sc.g3 p=qs/,bs^": who speaks for each letter; _ only listens */
    text_lines texts[2];
    int messages, days;
    int minutes;      /* since the last message; the table is in falling order of it */
    int unread;       /* of the first person */
    int laggards;     /* members in a hundred who have not read all of it */
    const char *only; /* with one person: the thread's word in text_direct */
};
extern const struct conversation conversations[];
extern const size_t conversation_count;

extern const char *const text_direct[];

/* ---- script.c -------------------------------------------------------------------------------- */

enum { MOST_MENTIONS = 4 };

struct line {
    size_t author;
    int64_t at;
    bool is_answer; /* to the line before it */
    bool mentions_all;
    size_t mentions[MOST_MENTIONS];
    size_t mention_count;
    struct str file; /* name of a file of files.c, or empty */
    struct str body;
};

struct script {
    struct line *lines;
    size_t count;
    struct numbers members; /* without the owner */
    size_t owner;
};

/* What is said in that conversation, in the order of time, all before `now`. */
struct script script_make(struct arena *arena, const struct county *county, size_t number,
                          int64_t now);

/* ---- files.c, picture.c ---------------------------------------------------------------------- */

/* Bytes of the file of that name; every name that the texts use is known. */
struct str demo_file(struct arena *arena, struct str name);

/* Pictures as PNG. A curve or bars over a grid with numbers at the side; hills over a river. */
struct str picture_curve(struct arena *arena, const double *values, size_t count, double low,
                         double high, double limit);
struct str picture_bars(struct arena *arena, const double *values, size_t count, double high);
struct str picture_hills(struct arena *arena, uint64_t seed, bool is_evening);

#endif
