#include "agent/sql/lexer/generated.h"

static bool is_alnum(byte c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

static bool is_hex(byte c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static byte *part_end(byte *p, byte *end)
{
    while (p < end && is_alnum(*p))
        p++;
    return p;
}

static bool all_hex(const byte *p, const byte *end, bool *digit)
{
    *digit = false;
    for (; p < end; p++) {
        if (!is_hex(*p))
            return false;
        *digit |= *p <= '9';
    }
    return true;
}

/* Behind the uuid whose first part is [p, behind); NULL: it is none. */
static byte *uuid_end(byte *p, byte *behind, byte *end)
{
    static const unsigned char lengths[] = {8, 4, 4, 4, 12};
    bool digit;

    for (unsigned i = 0;; i++) {
        if (behind - p != lengths[i] || !all_hex(p, behind, &digit))
            return NULL;
        if (i + 1 == sizeof lengths)
            return behind;
        if (behind == end || (*behind != '-' && *behind != '_'))
            return NULL;
        p = behind + 1;
        behind = part_end(p, end);
    }
}

/* Whether eight hexadecimal digits stand in a row: one of them is at a place that is one short of a multiple of eight. */
static bool may_have(const byte *p, const byte *end)
{
    for (const byte *at = p + 7; at < end; at += 8) {
        const byte *first = at, *last = at;
        if (!is_hex(*at))
            continue;
        while (first > p && is_hex(first[-1]))
            first--;
        while (last + 1 < end && is_hex(last[1]))
            last++;
        if (last - first >= GENERATED_LEAST - 1)
            return true;
    }
    return false;
}

byte *generated_fold(byte *p, byte *end, bool bare)
{
    byte *const start = p;
    byte *o = p;

    if (!may_have(p, end))
        return end;
    while (p < end) {
        byte *behind = part_end(p, end);
        byte *uuid = uuid_end(p, behind, end);
        bool digit, generated = uuid || (behind - p >= GENERATED_LEAST && all_hex(p, behind, &digit) && digit);

        if (generated && (!bare || (p > start && p[-1] == '_'))) {
            *o++ = '?';
            p = uuid ? uuid : behind;
        } else {
            while (p < behind)
                *o++ = *p++;
        }
        if (p < end)
            *o++ = *p++;
    }
    return o;
}
