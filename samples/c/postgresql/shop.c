#include "shop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STATEMENTS 16

static struct {
    const char *sql;
    char name[16];
} statements[MAX_STATEMENTS];
static size_t statement_count;

void shop_check(PGconn *db, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_SINGLE_TUPLE)
        sample_fail(PQerrorMessage(db));
}

static void run_seed(PGconn *db, const struct scene_statement *statement, const int64_t *sizes)
{
    PGresult *result;

    if (statement->size)
        result = PQexecParams(db, statement->sql, 1, NULL, shop_key(sizes[statement->size - 1]), NULL, NULL, 0);
    else
        result = PQexec(db, statement->sql);
    shop_check(db, result);
    PQclear(result);
    sample_count_seed();
}

PGconn *shop_connect(const struct sample *sample, const struct scene *scene)
{
    const char *const keywords[] = {"dbname", "options", NULL};
    /* Tables go into the session's own schema: samples can run at the same time and leave nothing behind. */
    const char *const values[] = {sample->database, "-c search_path=pg_temp", NULL};
    PGconn *db = PQconnectdbParams(keywords, values, 0);

    if (PQstatus(db) != CONNECTION_OK)
        sample_fail(PQerrorMessage(db));
    for (const struct scene_statement *statement = scene->seed; statement->sql; statement++)
        run_seed(db, statement, sample->sizes);
    return db;
}

PGconn *shop_open(int argc, char **argv, const struct scene *scene)
{
    struct sample sample;

    sample_begin(&sample, argc, argv, scene);
    return shop_connect(&sample, scene);
}

int shop_close(PGconn *db)
{
    PQfinish(db);
    return sample_end();
}

const char *shop_statement(PGconn *db, const char *sql)
{
    PGresult *result;

    for (size_t i = 0; i < statement_count; i++)
        if (!strcmp(statements[i].sql, sql))
            return statements[i].name;
    if (statement_count == MAX_STATEMENTS)
        sample_fail("more statements than MAX_STATEMENTS");
    statements[statement_count].sql = sql;
    snprintf(statements[statement_count].name, sizeof statements->name, "s%zu", statement_count);
    result = PQprepare(db, statements[statement_count].name, sql, 0, NULL);
    shop_check(db, result);
    PQclear(result);
    return statements[statement_count++].name;
}

const char *const *shop_key(int64_t key)
{
    static char text[24];
    static const char *const values[] = {text};

    snprintf(text, sizeof text, "%" PRId64, key);
    return values;
}

struct shop_list shop_list(const char *sql, const struct ids *ids)
{
    struct shop_list list = {.count = (int)ids->count};
    size_t size = strlen(sql) + ids->count * 12 + 8, length = strlen(sql);
    char *text = malloc(ids->count * 24 + 1);

    list.sql = malloc(size);
    list.values = calloc(ids->count + 1, sizeof *list.values);
    if (!text || !list.sql || !list.values)
        sample_fail("out of memory");
    memcpy(list.sql, sql, length);
    for (size_t i = 0; i < ids->count; i++) {
        length += (size_t)snprintf(list.sql + length, size - length, "%s$%zu", i ? "," : " (", i + 1);
        list.values[i] = text + i * 24;
        snprintf(text + i * 24, 24, "%" PRId64, ids->values[i]);
    }
    snprintf(list.sql + length, size - length, ")");
    if (ids->count == 0)
        free(text);
    return list;
}

void shop_list_clear(struct shop_list *list)
{
    free(list->sql);
    free((char *)(uintptr_t)list->values[0]);
    free(list->values);
}

int64_t shop_number(const PGresult *result, int row, int column)
{
    return strtoll(PQgetvalue(result, row, column), NULL, 10);
}
