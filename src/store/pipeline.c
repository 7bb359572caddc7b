/* pipeline: sending and receiving on a PostgreSQL connection.
 *
 * Parameters and results travel in binary. Integers are int8, so a value never depends on how its
 * text looks. */
#include "store/pipeline.h"
#include "base/log.h"
#include "base/must.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_OID = 26,
    TYPE_VARCHAR = 1043,
    TYPE_NUMERIC = 1700,
};

/* ---- values --------------------------------------------------------------------------------- */

static int64_t big_endian(const char *bytes, int len)
{
    uint64_t number = len > 0 && (bytes[0] & 0x80) ? UINT64_MAX : 0;
    for (int i = 0; i < len; i++)
        number = number << 8 | (unsigned char)bytes[i];
    return (int64_t)number;
}

/* SUM of integers is numeric: digits to the base of 10000 behind a head of four numbers. */
static int64_t numeric(const char *bytes)
{
    int64_t digits = big_endian(bytes, 2), weight = big_endian(bytes + 2, 2);
    bool is_negative = big_endian(bytes + 4, 2) == 0x4000;
    must(is_negative || big_endian(bytes + 4, 2) == 0);
    must(digits <= weight + 1); /* a whole number */
    int64_t number = 0;
    for (int64_t i = 0; i <= weight; i++) {
        int64_t digit = i < digits ? big_endian(bytes + 8 + 2 * i, 2) : 0;
        must(!__builtin_mul_overflow(number, 10000, &number));
        must(!__builtin_sub_overflow(number, digit, &number)); /* below zero there is more room */
    }
    must(is_negative || number > INT64_MIN);
    return is_negative ? number : -number;
}

static struct db_value value_of(Oid type, const char *bytes, int len)
{
    switch (type) {
    case TYPE_INT8:
    case TYPE_INT4:
    case TYPE_INT2:
        return INT(big_endian(bytes, len));
    case TYPE_OID:
        return INT(big_endian(bytes, len) & UINT32_MAX);
    case TYPE_BOOL:
        return INT(bytes[0]);
    case TYPE_NUMERIC:
        return INT(numeric(bytes));
    case TYPE_BYTEA:
        return BLOB(str_of(bytes, (size_t)len));
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_NAME:
        return TEXT(str_of(bytes, (size_t)len));
    default:
        must_broken("a column has a type that the store knows", __FILE__, __LINE__);
    }
    return NONE;
}

void pipeline_row(const PGresult *result, int row, struct db_value *values)
{
    int columns = PQnfields(result);
    for (int i = 0; i < columns; i++)
        values[i] = PQgetisnull(result, row, i)
                        ? NONE
                        : value_of(PQftype(result, i), PQgetvalue(result, row, i),
                                   PQgetlength(result, row, i));
}

static Oid type_of(const struct db_value *value)
{
    switch (value->kind) {
    case DB_NULL:
        return 0;
    case DB_INT:
        return TYPE_INT8;
    case DB_TEXT:
        return TYPE_TEXT;
    case DB_BLOB:
        return TYPE_BYTEA;
    }
    return 0;
}

/* ---- sending -------------------------------------------------------------------------------- */

void pipeline_lose(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (!postgres->is_lost)
        log_line(LOG_ERROR, "postgres-lost",
                 LOG_TEXT("why", str_trim(str_from(PQerrorMessage(postgres->conn)))));
    postgres->is_lost = true;
    postgres->needs_sync = false;
    postgres->awaited_count = 0;
    if (db->in_group)
        db->group_failed = true;
}

static bool await(struct db *db, bool is_sent, struct awaited awaited)
{
    struct postgres *postgres = postgres_of(db);
    if (!is_sent) {
        pipeline_lose(db);
        return false;
    }
    if (postgres->awaited_count == postgres->awaited_capacity) {
        postgres->awaited_capacity =
            postgres->awaited_capacity ? 2 * postgres->awaited_capacity : 64;
        postgres->awaited =
            realloc(postgres->awaited, postgres->awaited_capacity * sizeof *postgres->awaited);
        must(postgres->awaited);
    }
    postgres->awaited[postgres->awaited_count++] = awaited;
    return true;
}

bool pipeline_command(struct db *db, const char *sql, int64_t op)
{
    struct postgres *postgres = postgres_of(db);
    if (postgres->is_lost)
        return false;
    bool is_sent = PQsendQueryParams(postgres->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    return await(db, is_sent, (struct awaited){.kind = AWAIT_ROWS, .op = op, .slot = READ_SLOT});
}

bool pipeline_sync(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (postgres->is_lost)
        return false;
    return await(db, PQpipelineSync(postgres->conn), (struct awaited){.kind = AWAIT_SYNC});
}

/* The variant whose types fit; NULL fits every type. */
static struct variant *variant_for(struct statement *st, const struct db_value *values)
{
    for (struct variant *variant = st->prepared; variant; variant = variant->next) {
        size_t i = 0;
        while (i < st->parameters &&
               (values[i].kind == DB_NULL || variant->types[i] == type_of(&values[i])))
            i++;
        if (i == st->parameters)
            return variant;
    }
    return NULL;
}

struct variant *pipeline_prepare(struct db *db, struct statement *st, const struct db_value *values)
{
    struct postgres *postgres = postgres_of(db);
    struct variant *variant = variant_for(st, values);
    if (!variant) {
        variant = ARENA_NEW(db->own, struct variant);
        variant->next = st->prepared;
        for (size_t i = 0; i < st->parameters; i++) {
            bool is_unknown = values[i].kind == DB_NULL;
            variant->types[i] =
                is_unknown && variant->next ? variant->next->types[i] : type_of(&values[i]);
        }
        snprintf(variant->name, sizeof variant->name, "s%lld",
                 (long long)++postgres->variant_count);
        st->prepared = variant;
    }
    if (variant->is_sent || postgres->is_lost)
        return variant;
    struct str text = statement_dollars(db->own, st->sql);
    bool is_sent =
        PQsendPrepare(postgres->conn, variant->name, text.ptr, (int)st->parameters, variant->types);
    variant->is_sent = is_sent;
    await(db, is_sent, (struct awaited){.kind = AWAIT_PREPARE, .op = db->op, .variant = variant});
    return variant;
}

bool pipeline_statement(struct db *db, struct statement *st, const struct db_value *values,
                        int64_t op, enum awaited_kind kind, size_t slot)
{
    struct postgres *postgres = postgres_of(db);
    struct variant *variant = pipeline_prepare(db, st, values);
    if (postgres->is_lost)
        return false;
    uint64_t numbers[PARAMETERS_MAX];
    const char *bytes[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    for (size_t i = 0; i < st->parameters; i++) {
        const struct db_value *value = &values[i];
        bool is_number = value->kind == DB_INT;
        must(is_number || value->bytes.len <= INT32_MAX);
        numbers[i] = htobe64((uint64_t)value->number);
        bytes[i] = is_number ? (const char *)&numbers[i] : value->bytes.ptr;
        if (value->kind == DB_NULL)
            bytes[i] = NULL;
        else if (!bytes[i])
            bytes[i] = "";
        lengths[i] = is_number ? 8 : (int)value->bytes.len;
        formats[i] = 1;
    }
    bool is_sent = PQsendQueryPrepared(postgres->conn, variant->name, (int)st->parameters, bytes,
                                       lengths, formats, 1);
    return await(db, is_sent, (struct awaited){.kind = kind, .op = op, .slot = slot});
}

/* ---- receiving ------------------------------------------------------------------------------ */

void pipeline_free_results(struct postgres *postgres)
{
    for (size_t i = 0; i < postgres->results_capacity; i++) {
        PQclear(postgres->results[i]);
        postgres->results[i] = NULL;
    }
}

/* The result becomes the slot's. */
static void put_result(struct postgres *postgres, size_t slot, PGresult *result)
{
    if (slot >= postgres->results_capacity) {
        size_t capacity = postgres->results_capacity ? postgres->results_capacity : 64;
        while (capacity <= slot)
            capacity *= 2;
        postgres->results = realloc(postgres->results, capacity * sizeof(PGresult *));
        must(postgres->results);
        memset(postgres->results + postgres->results_capacity, 0,
               (capacity - postgres->results_capacity) * sizeof(PGresult *));
        postgres->results_capacity = capacity;
    }
    PQclear(postgres->results[slot]);
    postgres->results[slot] = result;
}

/* Only what the running op sent behind its savepoint can be undone alone. Details of the message
 * are left out: they can hold what people wrote. */
static void blame(struct db *db, const struct awaited *awaited, const PGresult *result)
{
    struct postgres *postgres = postgres_of(db);
    if (PQresultStatus(result) != PGRES_PIPELINE_ABORTED)
        log_line(LOG_WARN, "postgres-error",
                 LOG_TEXT("why", str_from(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY))),
                 LOG_TEXT("code", str_from(PQresultErrorField(result, PG_DIAG_SQLSTATE))));
    if (awaited->variant)
        awaited->variant->is_sent = false;
    bool is_own = awaited->op && awaited->op == db->op && postgres->has_saved;
    if (db->in_group && !is_own)
        db->group_failed = true;
    else
        db->has_failed = true;
    postgres->needs_sync = true;
}

/* Takes the answer to the oldest thing sent. False when it failed or there is no connection. */
static bool receive(struct db *db, const struct awaited *awaited)
{
    struct postgres *postgres = postgres_of(db);
    PGresult *result = PQgetResult(postgres->conn);
    ExecStatusType status = PQresultStatus(result);
    if (!result || PQstatus(postgres->conn) == CONNECTION_BAD) {
        PQclear(result);
        pipeline_lose(db);
        return false;
    }
    if (awaited->kind == AWAIT_SYNC) {
        must(status == PGRES_PIPELINE_SYNC);
        postgres->needs_sync = false;
        PQclear(result);
        return true;
    }
    bool is_good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!is_good)
        blame(db, awaited, result);
    if (is_good && awaited->kind == AWAIT_ROWS)
        put_result(postgres, awaited->slot, result);
    else
        PQclear(result);
    while ((result = PQgetResult(postgres->conn)))
        PQclear(result);
    return is_good;
}

static bool receive_all(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    bool is_good = !postgres->is_lost;
    for (size_t i = 0; i < postgres->awaited_count; i++) {
        struct awaited awaited = postgres->awaited[i];
        is_good = receive(db, &awaited) && is_good;
    }
    postgres->awaited_count = 0;
    return is_good && !postgres->is_lost;
}

bool pipeline_drain(struct db *db)
{
    struct postgres *postgres = postgres_of(db);
    if (!postgres->is_lost && postgres->awaited_count &&
        postgres->awaited[postgres->awaited_count - 1].kind != AWAIT_SYNC)
        PQsendFlushRequest(postgres->conn);
    bool is_good = receive_all(db);
    if (postgres->needs_sync && pipeline_sync(db))
        receive_all(db);
    return is_good;
}
