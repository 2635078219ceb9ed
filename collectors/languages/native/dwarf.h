/* Reads the encodings of DWARF and of .eh_frame from memory that is mapped. Names and numbers: DWARF 5, section 7; Linux Standard
 * Base Core 5.0, chapter 10.5 (DWARF extensions). Any thread; allocates nothing. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_DWARF_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Numbers of registers: System V ABI, AMD64 supplement, figure 3.36. */
enum dwarf_register {
    DWARF_RBP = 6,
    DWARF_RSP = 7,
    DWARF_RIP = 16, /* the return address */
};

/* How a pointer is encoded: the lower four bits its format, the next three what it is relative to. */
enum dwarf_encoding {
    DWARF_ABSPTR = 0x00,
    DWARF_ULEB128 = 0x01,
    DWARF_UDATA2 = 0x02,
    DWARF_UDATA4 = 0x03,
    DWARF_UDATA8 = 0x04,
    DWARF_SLEB128 = 0x09,
    DWARF_SDATA2 = 0x0a,
    DWARF_SDATA4 = 0x0b,
    DWARF_SDATA8 = 0x0c,
    DWARF_FORMAT = 0x0f,
    DWARF_PCREL = 0x10,
    DWARF_DATAREL = 0x30,
    DWARF_RELATIVE = 0x70,
    DWARF_INDIRECT = 0x80,
    DWARF_OMIT = 0xff,
};

struct dwarf_reader {
    const uint8_t *at, *end;
    bool failed; /* something was beyond the end, or is not known: what was read is worth nothing */
};

/* What a fixed number of bytes says, or 0 behind the end. */
static inline uint64_t dwarf_fixed(struct dwarf_reader *r, size_t size, bool is_signed)
{
    uint64_t value = 0;

    if ((size_t)(r->end - r->at) < size) {
        r->failed = true;
        return 0;
    }
    memcpy(&value, r->at, size);
    r->at += size;
    if (is_signed && size < sizeof value && value >> (size * 8 - 1))
        value |= ~UINT64_C(0) << (size * 8);
    return value;
}

static inline uint8_t dwarf_byte(struct dwarf_reader *r)
{
    if (r->at >= r->end) {
        r->failed = true;
        return 0;
    }
    return *r->at++;
}

static inline uint64_t dwarf_leb(struct dwarf_reader *r, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = dwarf_byte(r);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80 && !r->failed);
    if (is_signed && byte & 0x40 && shift < 64)
        value |= ~UINT64_C(0) << shift;
    return value;
}

static inline uint64_t dwarf_uleb(struct dwarf_reader *r)
{
    return dwarf_leb(r, false);
}

static inline int64_t dwarf_sleb(struct dwarf_reader *r)
{
    return (int64_t)dwarf_leb(r, true);
}

/* A block with its length before it. */
static inline struct dwarf_reader dwarf_block(struct dwarf_reader *r)
{
    uint64_t length = dwarf_uleb(r);
    struct dwarf_reader block = {r->at, r->at, r->failed};

    if (r->failed || (uint64_t)(r->end - r->at) < length) {
        r->failed = block.failed = true;
        return block;
    }
    block.end = r->at += length;
    return block;
}

/* A pointer; data: what DWARF_DATAREL is relative to. */
static inline uintptr_t dwarf_pointer(struct dwarf_reader *r, unsigned encoding, uintptr_t data)
{
    uintptr_t here = (uintptr_t)r->at, value;

    switch (encoding & DWARF_FORMAT) {
    case DWARF_ABSPTR:
    case DWARF_UDATA8:
    case DWARF_SDATA8:
        value = dwarf_fixed(r, 8, false);
        break;
    case DWARF_UDATA2:
    case DWARF_SDATA2:
        value = dwarf_fixed(r, 2, encoding & 8);
        break;
    case DWARF_UDATA4:
    case DWARF_SDATA4:
        value = dwarf_fixed(r, 4, encoding & 8);
        break;
    case DWARF_ULEB128:
    case DWARF_SLEB128:
        value = dwarf_leb(r, encoding & 8);
        break;
    default:
        r->failed = true;
        return 0;
    }
    switch (encoding & DWARF_RELATIVE) {
    case 0:
        return value;
    case DWARF_PCREL:
        return value + here;
    case DWARF_DATAREL:
        return value + data;
    default:
        r->failed = true;
        return 0;
    }
}

#endif
