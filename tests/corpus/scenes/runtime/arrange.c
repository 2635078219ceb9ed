/* Rows in other orders, as arrange.py has them, and the texts of batches. Memory is the system's to take back. */
#include "scene.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static int is_number(const char *text)
{
    while (isdigit(*text) || *text == '-')
        text++;
    return *text == 0;
}

static int compare(Value a, Value b)
{
    if (is_number(a.text) && is_number(b.text))
        return (atoll(a.text) > atoll(b.text)) - (atoll(a.text) < atoll(b.text));
    return strcmp(a.text, b.text);
}

static unsigned scattered(int number)
{
    return (unsigned)((number + 1) * 2654435761ULL);
}

static int stands_before(Rows *rows, Row row, int column)
{
    for (int at = 0; at < rows->count; at++)
        if (compare(rows->row[at][column], row[column]) == 0)
            return 1;
    return 0;
}

static void sort(Rows *rows, int column)
{
    for (int end = 1; end < rows->count; end++)
        for (int at = end; at > 0 && compare(rows->row[at - 1][column], rows->row[at][column]) > 0; at--) {
            Row row = rows->row[at];
            rows->row[at] = rows->row[at - 1];
            rows->row[at - 1] = row;
        }
}

static void shuffle(Rows *rows, Rows *from)
{
    for (int round = 0; round < from->count; round++) {
        int next = -1;
        for (int at = 0; at < from->count; at++) {
            int smaller = 0;
            for (int other = 0; other < from->count; other++)
                smaller += scattered(other) < scattered(at);
            if (smaller == round)
                next = at;
        }
        rows->row[rows->count++] = from->row[next];
    }
}

Rows *arrange(Rows *from, int column, const char *how, const char *mask)
{
    Rows *rows = rows_for(2 * from->count, from->columns);
    if (strcmp(how, "shuffled") == 0) {
        shuffle(rows, from);
        return rows;
    }
    for (int at = 0; at < from->count; at++) {
        Row row = from->row[strcmp(how, "reversed") == 0 ? from->count - 1 - at : at];
        int marked = mask[(size_t)at % strlen(mask)] == '1';
        int times = strcmp(how, "gaps") == 0      ? marked
                    : strcmp(how, "first") == 0   ? 2 * at < from->count
                    : strcmp(how, "repeats") == 0 ? 1 + marked
                    : strstr(how, "unique")       ? !stands_before(rows, row, column)
                                                  : 1;
        while (times-- > 0)
            rows->row[rows->count++] = row;
    }
    if (strncmp(how, "sorted", 6) == 0)
        sort(rows, column);
    return rows;
}

Rows *slice(Rows *rows, int at, int size)
{
    Rows *part = rows_for(size, rows->columns);
    while (part->count < size && at + part->count < rows->count) {
        part->row[part->count] = rows->row[at + part->count];
        part->count++;
    }
    return part;
}

/* ---- batches */

char *batch_text(const char *head, const char *unit, const char *separator, const char *tail, int times)
{
    char *out = malloc(strlen(head) + strlen(tail) + (strlen(unit) + strlen(separator)) * (size_t)times + 1);
    char *end = stpcpy(out, head);
    for (int at = 0; at < times; at++)
        end = stpcpy(stpcpy(end, at ? separator : ""), unit);
    strcpy(end, tail);
    return out;
}

int batch_count(Rows *chunk, const char *columns, const char *pack)
{
    return *pack ? 1 : chunk->count * (int)strlen(columns);
}

Value *batch_args(Rows *chunk, const char *columns, const char *pack)
{
    Value *args = calloc((size_t)chunk->count * strlen(columns) + 1, sizeof *args);
    int count = 0;
    for (int at = 0; at < chunk->count; at++)
        for (const char *column = columns; *column; column++)
            args[count++] = chunk->row[at][*column - '0'];
    if (!*pack)
        return args;
    const char *quote = *pack == '[' && !is_number(args[0].text) ? "\"" : "";
    char *out = malloc((size_t)count * 64 + 3), *end = out + sprintf(out, "%c", pack[0]);
    for (int at = 0; at < count; at++)
        end += sprintf(end, "%s%s%s%s", at ? "," : "", quote, args[at].text, quote);
    sprintf(end, "%c", pack[1]);
    args[0] = text(out);
    return args;
}

/* The text with its values in it. */
char *literal(const char *sql, int args, Value *arg)
{
    size_t size = strlen(sql) + 1;
    for (int at = 0; at < args; at++)
        size += strlen(arg[at].text) + 2;
    char *out = malloc(size), *end = out;
    for (; *sql; sql++)
        if (*sql == '?') {
            end += sprintf(end, arg->is_text ? "'%s'" : "%s", arg->text);
            arg++;
        } else {
            *end++ = *sql;
        }
    *end = 0;
    return out;
}
