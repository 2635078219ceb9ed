#include "collectors/languages/native/cfi.h"

#include <dlfcn.h>

#include "agent/base/compiler.h"

extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak)); /* as in agent/loading/resolve.c */

#define REMEMBERED 6 /* states within each other; compilers need one */

enum instruction {
    /* in the upper two bits, with an operand in the others */
    ADVANCE_LOC = 0x40,
    OFFSET = 0x80,
    RESTORE = 0xc0,
    NOP = 0x00,
    SET_LOC = 0x01,
    ADVANCE_LOC1 = 0x02,
    ADVANCE_LOC2 = 0x03,
    ADVANCE_LOC4 = 0x04,
    OFFSET_EXTENDED = 0x05,
    RESTORE_EXTENDED = 0x06,
    UNDEFINED = 0x07,
    SAME_VALUE = 0x08,
    REGISTER = 0x09,
    REMEMBER_STATE = 0x0a,
    RESTORE_STATE = 0x0b,
    DEF_CFA = 0x0c,
    DEF_CFA_REGISTER = 0x0d,
    DEF_CFA_OFFSET = 0x0e,
    DEF_CFA_EXPRESSION = 0x0f,
    EXPRESSION = 0x10,
    OFFSET_EXTENDED_SF = 0x11,
    DEF_CFA_SF = 0x12,
    DEF_CFA_OFFSET_SF = 0x13,
    VAL_OFFSET = 0x14,
    VAL_OFFSET_SF = 0x15,
    VAL_EXPRESSION = 0x16,
    GNU_ARGS_SIZE = 0x2e,
    GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f,
};

/* Of a function: its CIE (what several have in common) and its FDE. */
struct description {
    struct dwarf_reader common, own; /* instructions */
    uint64_t code_factor;
    uint64_t data_factor; /* signed; products wrap where they are nonsense */
    unsigned encoding;    /* of addresses */
    uintptr_t begin;
    bool has_length; /* of the augmentation's data, in the FDE too */
    bool is_signal_frame;
};

/* A record at an address, from behind its length on; false: none. */
static bool open_record(uintptr_t address, const struct dl_find_object *object, struct dwarf_reader *ret)
{
    struct dwarf_reader r = {(const uint8_t *)address, object->dlfo_map_end, false};
    uint64_t length;

    if (address < (uintptr_t)object->dlfo_map_start || address >= (uintptr_t)object->dlfo_map_end)
        return false;
    length = dwarf_fixed(&r, 4, false);
    if (length == UINT32_MAX)
        length = dwarf_fixed(&r, 8, false);
    if (r.failed || length == 0 || length > (uint64_t)(r.end - r.at))
        return false;
    r.end = r.at + length;
    *ret = r;
    return true;
}

static bool read_common(struct dwarf_reader r, struct description *ret)
{
    uint8_t version = dwarf_byte(&r);
    const char *augmentation = (const char *)r.at;
    uint64_t return_register;
    struct dwarf_reader data;

    while (dwarf_byte(&r)) {
    }
    if (r.failed)
        return false;
    ret->code_factor = dwarf_uleb(&r);
    ret->data_factor = (uint64_t)dwarf_sleb(&r);
    return_register = version == 1 ? dwarf_byte(&r) : dwarf_uleb(&r);
    ret->encoding = DWARF_ABSPTR;
    ret->has_length = *augmentation == 'z';
    ret->is_signal_frame = false;
    if (r.failed || (version != 1 && version != 3) || return_register != DWARF_RIP || (*augmentation && !ret->has_length))
        return false;
    if (ret->has_length) {
        data = dwarf_block(&r);
        for (const char *letter = augmentation + 1; *letter && !data.failed; letter++) {
            if (*letter == 'R') {
                ret->encoding = dwarf_byte(&data);
            } else if (*letter == 'L') {
                dwarf_byte(&data);
            } else if (*letter == 'P') {
                unsigned encoding = dwarf_byte(&data);
                dwarf_pointer(&data, encoding & DWARF_FORMAT, 0);
            } else if (*letter == 'S') {
                ret->is_signal_frame = true;
            } else {
                break; /* what comes behind has no place that is known; its length has */
            }
        }
        r.failed |= data.failed;
    }
    ret->common = r;
    return !r.failed;
}

static bool read_description(uintptr_t address, uintptr_t pc, const struct dl_find_object *object, struct description *ret)
{
    struct dwarf_reader fde, cie;
    uintptr_t here, range;
    uint64_t back;

    if (!open_record(address, object, &fde))
        return false;
    here = (uintptr_t)fde.at;
    back = dwarf_fixed(&fde, 4, false);
    if (back == 0 || !open_record(here - back, object, &cie) || dwarf_fixed(&cie, 4, false) != 0 || !read_common(cie, ret))
        return false;
    ret->begin = dwarf_pointer(&fde, ret->encoding, 0);
    range = dwarf_pointer(&fde, ret->encoding & DWARF_FORMAT, 0);
    if (ret->has_length)
        dwarf_block(&fde);
    ret->own = fde;
    return !fde.failed && pc >= ret->begin && pc - ret->begin < range;
}

/* The FDE for a place, by the table of .eh_frame_hdr: pairs of where a function begins and where its FDE is, both relative to the
 * header, in order. 0: none. */
static uintptr_t find_record(uintptr_t pc, const struct dl_find_object *object)
{
    uintptr_t header = (uintptr_t)object->dlfo_eh_frame;
    struct dwarf_reader r = {object->dlfo_eh_frame, object->dlfo_map_end, false};
    unsigned version = dwarf_byte(&r), frame_encoding = dwarf_byte(&r), count_encoding = dwarf_byte(&r), table = dwarf_byte(&r);
    uint64_t count, low = 0, high;
    const int32_t *pairs;

    if (r.failed || version != 1 || count_encoding == DWARF_OMIT || table != (DWARF_DATAREL | DWARF_SDATA4))
        return 0;
    if (frame_encoding != DWARF_OMIT)
        dwarf_pointer(&r, frame_encoding, header);
    count = dwarf_pointer(&r, count_encoding, header);
    if (r.failed || (uintptr_t)r.at % sizeof *pairs || count > (uint64_t)(r.end - r.at) / (2 * sizeof *pairs))
        return 0;
    pairs = (const int32_t *)(const void *)r.at;
    for (high = count; low < high;) {
        uint64_t middle = (low + high) / 2;
        if (header + (uintptr_t)(intptr_t)pairs[2 * middle] <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? header + (uintptr_t)(intptr_t)pairs[2 * low - 1] : 0;
}

/* The rule for a register; one that nobody looks at for those that are not followed. */
static struct cfi_rule *rule_of(struct cfi_row *row, uint64_t dwarf_register, struct cfi_rule *unused)
{
    switch (dwarf_register) {
    case DWARF_RBP:
        return &row->rule[CFI_RBP];
    case DWARF_RSP:
        return &row->rule[CFI_RSP];
    case DWARF_RIP:
        return &row->rule[CFI_RIP];
    default:
        return unused;
    }
}

struct execution {
    const struct description *of;
    struct cfi_row row, initial, remembered[REMEMBERED];
    unsigned depth;
    uintptr_t location;
};

static void set(struct execution *x, uint64_t dwarf_register, enum cfi_kind kind, int64_t offset)
{
    struct cfi_rule unused;

    *rule_of(&x->row, dwarf_register, &unused) = (struct cfi_rule){.kind = kind, .offset = offset};
}

static void set_expression(struct execution *x, struct dwarf_reader *r, enum cfi_kind kind)
{
    struct cfi_rule unused, *rule = rule_of(&x->row, dwarf_uleb(r), &unused);

    *rule = (struct cfi_rule){.kind = kind, .expression = dwarf_block(r)};
}

static void restore(struct execution *x, uint64_t dwarf_register)
{
    struct cfi_rule unused = {.kind = CFI_SAME};

    *rule_of(&x->row, dwarf_register, &unused) = *rule_of(&x->initial, dwarf_register, &unused);
}

static void define_cfa(struct execution *x, uint64_t dwarf_register, int64_t offset)
{
    x->row.cfa = (struct cfi_rule){.kind = CFI_VALUE_OFFSET, .offset = offset};
    x->row.cfa_register = dwarf_register;
}

static void extended(struct execution *x, struct dwarf_reader *r, unsigned instruction)
{
    uint64_t factor = x->of->data_factor;
    uint64_t which;

    switch (instruction) {
    case NOP:
        break;
    case SET_LOC:
        x->location = dwarf_pointer(r, x->of->encoding, 0);
        break;
    case ADVANCE_LOC1:
        x->location += dwarf_fixed(r, 1, false) * x->of->code_factor;
        break;
    case ADVANCE_LOC2:
        x->location += dwarf_fixed(r, 2, false) * x->of->code_factor;
        break;
    case ADVANCE_LOC4:
        x->location += dwarf_fixed(r, 4, false) * x->of->code_factor;
        break;
    case OFFSET_EXTENDED:
        which = dwarf_uleb(r);
        set(x, which, CFI_OFFSET, dwarf_uleb(r) * factor);
        break;
    case OFFSET_EXTENDED_SF:
        which = dwarf_uleb(r);
        set(x, which, CFI_OFFSET, (uint64_t)dwarf_sleb(r) * factor);
        break;
    case GNU_NEGATIVE_OFFSET_EXTENDED:
        which = dwarf_uleb(r);
        set(x, which, CFI_OFFSET, -dwarf_uleb(r) * factor);
        break;
    case VAL_OFFSET:
        which = dwarf_uleb(r);
        set(x, which, CFI_VALUE_OFFSET, dwarf_uleb(r) * factor);
        break;
    case VAL_OFFSET_SF:
        which = dwarf_uleb(r);
        set(x, which, CFI_VALUE_OFFSET, (uint64_t)dwarf_sleb(r) * factor);
        break;
    case RESTORE_EXTENDED:
        restore(x, dwarf_uleb(r));
        break;
    case UNDEFINED:
        set(x, dwarf_uleb(r), CFI_UNDEFINED, 0);
        break;
    case SAME_VALUE:
        set(x, dwarf_uleb(r), CFI_SAME, 0);
        break;
    case REGISTER:
        set(x, dwarf_uleb(r), CFI_ELSEWHERE, 0);
        dwarf_uleb(r);
        break;
    case EXPRESSION:
        set_expression(x, r, CFI_EXPRESSION);
        break;
    case VAL_EXPRESSION:
        set_expression(x, r, CFI_VALUE_EXPRESSION);
        break;
    case REMEMBER_STATE:
        if (x->depth == REMEMBERED)
            r->failed = true;
        else
            x->remembered[x->depth++] = x->row;
        break;
    case RESTORE_STATE:
        if (x->depth == 0)
            r->failed = true;
        else
            x->row = x->remembered[--x->depth];
        break;
    case DEF_CFA:
        which = dwarf_uleb(r);
        define_cfa(x, which, (int64_t)dwarf_uleb(r));
        break;
    case DEF_CFA_SF:
        which = dwarf_uleb(r);
        define_cfa(x, which, (uint64_t)dwarf_sleb(r) * factor);
        break;
    case DEF_CFA_REGISTER:
        define_cfa(x, dwarf_uleb(r), x->row.cfa.offset);
        break;
    case DEF_CFA_OFFSET:
        define_cfa(x, x->row.cfa_register, (int64_t)dwarf_uleb(r));
        break;
    case DEF_CFA_OFFSET_SF:
        define_cfa(x, x->row.cfa_register, (uint64_t)dwarf_sleb(r) * factor);
        break;
    case DEF_CFA_EXPRESSION:
        x->row.cfa = (struct cfi_rule){.kind = CFI_VALUE_EXPRESSION, .expression = dwarf_block(r)};
        break;
    case GNU_ARGS_SIZE:
        dwarf_uleb(r);
        break;
    default:
        r->failed = true;
    }
}

/* Up to the row that holds at pc. */
static bool execute(struct execution *x, struct dwarf_reader r, uintptr_t pc)
{
    while (r.at < r.end && !r.failed) {
        unsigned instruction = dwarf_byte(&r), operand = instruction & 0x3f;

        switch (instruction & 0xc0) {
        case ADVANCE_LOC:
            x->location += operand * x->of->code_factor;
            break;
        case OFFSET:
            set(x, operand, CFI_OFFSET, dwarf_uleb(&r) * x->of->data_factor);
            break;
        case RESTORE:
            restore(x, operand);
            break;
        default:
            extended(x, &r, instruction);
        }
        if (x->location > pc) /* only what advances changes it, and that changes no rule */
            break;
    }
    return !r.failed;
}

static bool find_description(uintptr_t pc, struct description *ret)
{
    struct dl_find_object object;
    uintptr_t record;

    if (_dl_find_object((void *)pc, &object) != 0 || !object.dlfo_eh_frame)
        return false;
    record = find_record(pc, &object);
    return record && read_description(record, pc, &object, ret);
}

uintptr_t cfi_function(uintptr_t pc)
{
    struct description description;

    return find_description(pc, &description) ? description.begin : 0;
}

bool cfi_find(uintptr_t pc, struct cfi_row *ret)
{
    struct description description;
    struct execution x = {.of = &description};

    if (!find_description(pc, &description))
        return false;
    x.location = description.begin;
    x.row.cfa.kind = CFI_ELSEWHERE;
    x.row.rule[CFI_RSP].kind = CFI_VALUE_OFFSET; /* it is the canonical frame address */
    x.row.is_signal_frame = description.is_signal_frame;
    if (!execute(&x, description.common, UINTPTR_MAX))
        return false;
    x.initial = x.row;
    if (!execute(&x, description.own, pc))
        return false;
    *ret = x.row;
    return true;
}
