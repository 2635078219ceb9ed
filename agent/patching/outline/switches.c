#include "agent/patching/outline/switches.h"

#include <string.h>

#define BACK_MAX  131072 /* bytes: the largest function of SQLite has half of that */
#define LOOKED_AT 8      /* bytes of an instruction */
#define STEPS     64     /* instructions from the table's entry being read to the jump */

/* The instruction that begins before an address, of those that were followed; 0: there is none in this function. */
static uintptr_t before(const struct follow *follow, uintptr_t at)
{
    uintptr_t least = at - follow->code.start > BACK_MAX ? at - BACK_MAX : follow->code.start;

    while (at > least) {
        if (follow_has(follow, follow->starts, at))
            return 0;
        at--;
        if (follow_has(follow, follow->begins, at))
            return follow->code.end - at >= LOOKED_AT ? at : 0;
    }
    return 0;
}

static int number_of(uint8_t low, unsigned rex)
{
    return (low & 7) | (int)(rex & 1) << 3;
}

/* The register that a jump goes through. */
static int jump_register(const uint8_t *code)
{
    unsigned rex = 0;

    for (; *code != 0xff; code++)
        rex = (*code & 0xf0) == 0x40 ? *code : rex;
    return number_of(code[1], rex);
}

/* add sum, register: of 64 bits */
static bool is_add_to(const uint8_t *code, int sum)
{
    if ((code[0] & 0xf8) != 0x48 || code[2] >> 6 != 3)
        return false;
    return (code[1] == 0x01 && number_of(code[2], code[0]) == sum) ||
           (code[1] == 0x03 && number_of(code[2] >> 3, code[0] >> 2) == sum);
}

/* mov or lea of something to the register; *ret: of another one, whose number it is, else -1 */
static bool is_load_of(const uint8_t *code, int number, int *ret)
{
    unsigned rex = (*code & 0xf0) == 0x40 ? *code++ : 0;
    int reg = number_of(code[1] >> 3, rex >> 2), rm = number_of(code[1], rex);
    bool is_register = code[1] >> 6 == 3;

    *ret = -1;
    if ((code[0] == 0x8b || code[0] == 0x8d) && reg == number) {
        *ret = is_register && code[0] == 0x8b ? rm : -1;
        return true;
    }
    if (code[0] != 0x89 || !is_register || rm != number)
        return false;
    *ret = reg;
    return true;
}

/* movslq register, [base + 4 * index]; the base's number, -1: it is something else. */
static int base_of(const uint8_t *code)
{
    if ((code[0] & 0xf8) != 0x48 || code[1] != 0x63 || (code[2] & 7) != 4 || code[3] >> 6 != 2)
        return -1;
    if (code[2] >> 6 == 0 ? (code[3] & 7) == 5 : code[2] >> 6 != 1 || code[4] != 0)
        return -1;
    return number_of(code[3], code[0]);
}

/* lea base, [rip + x] */
static bool is_lea_of(const uint8_t *code, int base, uintptr_t *ret)
{
    int32_t distance;

    if ((code[0] & 0xf8) != 0x48 || code[1] != 0x8d || (code[2] & 0xc7) != 0x05 || number_of(code[2] >> 3, code[0] >> 2) != base)
        return false;
    memcpy(&distance, code + 3, sizeof distance);
    *ret = (uintptr_t)code + 7 + (uintptr_t)(intptr_t)distance;
    return true;
}

static const struct image_segment *constants_at(const struct image *image, uintptr_t address)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (address >= segment->range.start && address < segment->file_end && !segment->is_writable)
            return segment;
    }
    return NULL;
}

/* Where what is jumped to comes from, and the last instruction that was looked at. */
static enum switch_result find_base(const struct follow *follow, uintptr_t *at, int *ret_base)
{
    int sum = jump_register((const uint8_t *)*at), other;
    bool is_sum = false;

    for (unsigned i = 0; i < STEPS && (*at = before(follow, *at)); i++) {
        if (is_sum) {
            *ret_base = base_of((const uint8_t *)*at);
            if (*ret_base >= 0)
                return SWITCH_FOUND;
        } else if (is_add_to((const uint8_t *)*at, sum)) {
            is_sum = true;
        } else if (is_load_of((const uint8_t *)*at, sum, &other)) {
            if (other < 0)
                return SWITCH_NONE;
            sum = other;
        }
    }
    return is_sum ? SWITCH_UNKNOWN : SWITCH_NONE; /* an argument of the function */
}

/* The table that an instruction takes the address of, if it may be that of a jump; 0: it is none. */
static uintptr_t table_of(const struct follow *follow, uintptr_t at, int base, uintptr_t jump)
{
    const struct image_segment *segment;
    uintptr_t table = 0;
    int32_t first;

    if (!is_lea_of((const uint8_t *)at, base, &table) || table % 4 != 0)
        return 0;
    segment = constants_at(follow->image, table);
    if (!segment || segment->file_end - table < sizeof first)
        return 0;
    memcpy(&first, (const void *)table, sizeof first);
    table += (uintptr_t)(intptr_t)first;
    if (table - follow->code.start >= follow->code.end - follow->code.start || table - (jump - BACK_MAX) > 2 * BACK_MAX)
        return 0;
    return table - (uintptr_t)(intptr_t)first;
}

/* Before the jump, or, where blocks of the function were put into another order, behind it. */
static uintptr_t find_table(const struct follow *follow, uintptr_t from, int base, uintptr_t jump)
{
    uintptr_t table = 0, end = follow->code.end;

    while (!table && (from = before(follow, from)))
        table = table_of(follow, from, base, jump);
    end = end - jump > BACK_MAX ? jump + BACK_MAX : end - (end - jump > LOOKED_AT ? LOOKED_AT : end - jump);
    for (uintptr_t at = jump + 1; !table && at < end && !follow_has(follow, follow->starts, at); at++) {
        if (follow_has(follow, follow->begins, at))
            table = table_of(follow, at, base, jump);
    }
    return table;
}

enum switch_result switch_find(const struct follow *follow, uintptr_t at, struct switch_table *ret)
{
    uintptr_t table, jump = at;
    int base;
    enum switch_result result = find_base(follow, &at, &base);

    if (result != SWITCH_FOUND)
        return result;
    table = find_table(follow, at, base, jump);
    if (!table)
        return SWITCH_UNKNOWN;
    *ret = (struct switch_table){table, marks_end(follow->marks, table, constants_at(follow->image, table)->file_end)};
    return SWITCH_FOUND;
}
