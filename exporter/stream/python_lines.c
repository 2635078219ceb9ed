#include "exporter/stream/python_lines.h"

#define NO_LINE_3_10 (-128)

static bool is_line(int64_t line)
{
    return line >= 0 && line <= INT32_MAX; /* 0: the first instruction of a module */
}

/* Pairs of bytes: how far to the next line's code, how many lines further (signed). Deltas that do not fit are split up, the
 * code's before the line's. */
static bool find_3_8(const unsigned char *table, size_t size, uint32_t first_line, uint32_t position, struct python_location *ret)
{
    int64_t line = first_line;
    uint64_t address = 0;

    for (size_t i = 0; i + 1 < size; i += 2) {
        address += table[i];
        if (address > position)
            break;
        line += (signed char)table[i + 1];
    }
    if (!is_line(line))
        return false;
    *ret = (struct python_location){.line = (uint32_t)line, .start = position};
    return true;
}

/* Pairs of bytes: the length of a piece of code, and how many lines further than the last piece with a line it is (signed). */
static bool find_3_10(const unsigned char *table, size_t size, uint32_t first_line, uint32_t position,
                      struct python_location *ret)
{
    int64_t line = first_line;
    uint64_t end = 0;

    for (size_t i = 0; i + 1 < size; i += 2) {
        int delta = (signed char)table[i + 1];

        end += table[i];
        if (delta != NO_LINE_3_10)
            line += delta;
        if (position >= end)
            continue;
        if (delta != NO_LINE_3_10 && !is_line(line))
            return false;
        *ret = (struct python_location){.line = delta == NO_LINE_3_10 ? 0 : (uint32_t)line, .start = position};
        return true;
    }
    return false;
}

/* An entry of 3.11: a byte with the high bit set, the kind and the number of code units; then bytes without it. */
enum { SHORT_LAST = 9, ONE_LINE = 10, ONE_LINE_LAST = 12, NO_COLUMNS = 13, LONG = 14, NO_LOCATION = 15 };

struct place {
    int64_t line, end_line, column, end_column; /* columns: -1, none */
    bool has_line;
};

struct cursor {
    const unsigned char *at, *end;
    bool bad;
};

static unsigned next_byte(struct cursor *c)
{
    if (c->at == c->end || *c->at & 0x80) {
        c->bad = true;
        return 0;
    }
    return *c->at++;
}

/* Six bits a byte, the lowest first; 0x40: more follow. */
static int64_t next_number(struct cursor *c)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 36; shift += 6) {
        unsigned byte = next_byte(c);
        number |= (uint64_t)(byte & 0x3f) << shift;
        if (!(byte & 0x40))
            return (int64_t)number;
    }
    c->bad = true;
    return 0;
}

static int64_t next_signed(struct cursor *c)
{
    int64_t number = next_number(c);

    return number & 1 ? -(number >> 1) : number >> 1;
}

/* Reads what follows the first byte of an entry. *line: of the entry before. */
static struct place next_place(struct cursor *c, unsigned kind, int64_t *line)
{
    struct place place = {.column = -1, .end_column = -1, .has_line = kind != NO_LOCATION};

    if (kind <= SHORT_LAST) {
        unsigned byte = next_byte(c);
        place.column = kind << 3 | byte >> 4;
        place.end_column = place.column + (byte & 15);
    } else if (kind <= ONE_LINE_LAST) {
        *line += kind - ONE_LINE;
        place.column = next_byte(c);
        place.end_column = next_byte(c);
    } else if (kind == NO_COLUMNS) {
        *line += next_signed(c);
    } else if (kind == LONG) {
        *line += next_signed(c);
        place.end_line = next_number(c);
        place.column = next_number(c) - 1;
        place.end_column = next_number(c) - 1;
    }
    place.line = *line;
    place.end_line += *line;
    return place;
}

static bool same_place(const struct place *a, const struct place *b)
{
    return a->has_line == b->has_line && a->line == b->line && a->end_line == b->end_line && a->column == b->column &&
           a->end_column == b->end_column;
}

static bool find_3_11(const unsigned char *table, size_t size, uint32_t first_line, uint32_t position,
                      struct python_location *ret)
{
    struct cursor c = {.at = table, .end = table + size};
    struct place last = {.line = INT64_MIN};
    int64_t line = first_line;
    uint64_t end = 0, start = 0;

    while (c.at < c.end) {
        unsigned head = *c.at++;
        uint64_t length = ((head & 7) + 1) * 2;
        struct place place;

        if (!(head & 0x80))
            return false;
        place = next_place(&c, head >> 3 & 15, &line);
        if (c.bad)
            return false;
        if (!same_place(&place, &last))
            start = end;
        last = place;
        end += length;
        if (position >= end)
            continue;
        if (place.has_line && !is_line(line))
            return false;
        *ret = (struct python_location){.line = place.has_line ? (uint32_t)line : 0, .start = (uint32_t)start};
        return true;
    }
    return false;
}

bool python_lines_find(unsigned minor, const unsigned char *table, size_t size, uint32_t first_line, uint32_t position,
                       struct python_location *ret)
{
    switch (minor) {
    case 8:
    case 9:
        return find_3_8(table, size, first_line, position, ret);
    case 10:
        return find_3_10(table, size, first_line, position, ret);
    case 11:
    case 12:
    case 13:
    case 14:
        return find_3_11(table, size, first_line, position, ret);
    default:
        return false;
    }
}
