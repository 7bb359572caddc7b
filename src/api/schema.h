/* schema: a C struct and its description, grown from one list.
 *
 *   #define TALK_SEND_IN(F, S)                                                       \
 *       F(S, ID,   conversation, NEEDED,   1, 0,     "conversation it goes to")      \
 *       F(S, TEXT, body,         OPTIONAL, 1, 20000, "what is said, light markup")
 *   SCHEMA(talk_send_in, TALK_SEND_IN)
 *
 * makes `struct talk_send_in`, whose description drives binding of JSON, path and query, the
 * writing of replies, the OpenAPI document and the TypeScript client.
 *
 * The two numbers of a field: TEXT, code points at least and at most; INT, smallest and largest
 * value; IDS and LIST, elements at least and at most; otherwise unused (0, 0). */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include "base/arena.h"

enum field_kind {
    FIELD_ID,     /* int64, nonzero; a decimal string in JSON */
    FIELD_PERSON, /* an ID of a person: passes the viewer's privacy when a reply is written */
    FIELD_INT,    /* int64, within ±2^53 */
    FIELD_TIME,   /* int64 milliseconds */
    FIELD_BOOL,
    FIELD_TEXT,
    FIELD_IDS,    /* list of IDs */
    FIELD_OBJECT, /* one struct of another schema; NULL: absent */
    FIELD_LIST,   /* list of structs of another schema */
};

enum field_need { FIELD_NEEDED, FIELD_OPTIONAL };

struct ids {
    int64_t *at;
    size_t count;
};

/* The shape of every FIELD_LIST member, for code that does not know its element. */
struct any_list {
    void *at;
    size_t count;
};

struct schema;

struct field {
    struct str name;
    enum field_kind kind;
    enum field_need need;
    int64_t least, most;
    const char *sentence;
    size_t offset;
    const struct schema *of; /* OBJECT and LIST */
};

struct schema {
    const char *name;
    const struct field *fields;
    size_t field_count;
    size_t size; /* of the struct */
};

/* Every struct begins with a set of the fields that were given; see HAS. Replies need not fill it:
 * an OPTIONAL field of a reply that is zero, empty or NULL is left out. */
#define SCHEMA(name, list)                                                \
    struct name {                                                         \
        uint64_t has;                                                     \
        list(FIELD_MEMBER, name)                                          \
    };                                                                    \
    enum { list(FIELD_NUMBER, name) name##_field_count };                 \
    __attribute__((unused)) static const struct field name##_fields[] = { \
        list(FIELD_ROW, name){.offset = 0},                               \
    };                                                                    \
    __attribute__((unused)) static const struct schema name##_schema = {  \
        #name, name##_fields, name##_field_count, sizeof(struct name)};   \
    _Static_assert((int)name##_field_count <= 64, "a schema has at most 64 fields");

/* Was this optional field of an input given? HAS(talk_send_in, in, body) */
#define HAS(schema, in, field) (((in)->has >> schema##_at_##field & 1) != 0)

/* A schema without fields. */
#define NO_FIELDS(F, S)

#define FIELD_NUMBER(S, KIND, name, need, least, most, sentence) S##_at_##name,
#define FIELD_MEMBER(S, KIND, name, need, least, most, sentence) FIELD_TYPE_##KIND name;
#define FIELD_ROW(S, KIND, name, need, least, most, sentence)                           \
    {{#name, sizeof #name - 1}, FIELD_KIND_##KIND, FIELD_##need, least, most, sentence, \
     offsetof(struct S, name),  FIELD_OF_##KIND},

#define FIELD_TYPE_ID        int64_t
#define FIELD_TYPE_PERSON    int64_t
#define FIELD_TYPE_INT       int64_t
#define FIELD_TYPE_TIME      int64_t
#define FIELD_TYPE_BOOL      bool
#define FIELD_TYPE_TEXT      struct str
#define FIELD_TYPE_IDS       struct ids
#define FIELD_TYPE_OBJECT(s) struct s *
#define FIELD_TYPE_LIST(s) \
    struct {               \
        struct s *at;      \
        size_t count;      \
    }

#define FIELD_KIND_ID        FIELD_ID
#define FIELD_KIND_PERSON    FIELD_PERSON
#define FIELD_KIND_INT       FIELD_INT
#define FIELD_KIND_TIME      FIELD_TIME
#define FIELD_KIND_BOOL      FIELD_BOOL
#define FIELD_KIND_TEXT      FIELD_TEXT
#define FIELD_KIND_IDS       FIELD_IDS
#define FIELD_KIND_OBJECT(s) FIELD_OBJECT
#define FIELD_KIND_LIST(s)   FIELD_LIST

#define FIELD_OF_ID        NULL
#define FIELD_OF_PERSON    NULL
#define FIELD_OF_INT       NULL
#define FIELD_OF_TIME      NULL
#define FIELD_OF_BOOL      NULL
#define FIELD_OF_TEXT      NULL
#define FIELD_OF_IDS       NULL
#define FIELD_OF_OBJECT(s) &s##_schema
#define FIELD_OF_LIST(s)   &s##_schema

/* The field of that name, or NULL. */
const struct field *schema_find(const struct schema *schema, struct str name);

#endif
