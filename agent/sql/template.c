#include "agent/sql/template.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/sql/lexer/lexer.h"
#include "agent/sql/lexer/literals.h"
#include "agent/value/value.h"

/* The literal with its text before it; NULL: that can be confused with something else. */
static bool classify(const char *sql, const struct fingerprint_slot *slot, enum template_kind *ret)
{
    const char *p = sql + slot->start;

    if (*p == '\'') {
        *ret = TEMPLATE_STRING;
        /* of one with a quote in it the end is another matter, and so is one that does not end */
        return slot->length >= 2 && memchr(p + 1, '\'', slot->length - 1U) == p + slot->length - 1 && p[slot->length - 2] != '\\';
    }
    *ret = slot->signs && (p[-1] == ' ' || p[-1] == '(' || p[-1] == ',') ? TEMPLATE_SIGNED : TEMPLATE_NUMBER;
    return *p != '-' || *ret == TEMPLATE_SIGNED;
}

bool template_make(struct template *template, const char *sql, size_t length, const struct fingerprint *fp)
{
    size_t at = 0, pieces = 0;

    template->literals = template->parts = 0;
    if (fp->doubtful || length < TEMPLATE_PREFIX || length > TEMPLATE_MOST || fp->slot_count > fp->slots_kept)
        return false;
    for (uint32_t i = 0; i < fp->slots_kept; i++) {
        const struct fingerprint_slot *slot = &fp->slots[i];
        enum template_kind kind;
        size_t before = slot->start - at;

        if (slot->parameter)
            continue;
        template->slot[template->literals++] = (uint8_t)i;
        if (slot->length == 0)
            continue;
        if (slot->start < TEMPLATE_PREFIX || pieces + before > TEMPLATE_TEXT || !classify(sql, slot, &kind))
            return false;
        memcpy(template->text + pieces, sql + at, before);
        template->part[template->parts].length = (uint16_t)before;
        template->part[template->parts].kind = (uint8_t)kind;
        template->part[template->parts++].literal = (uint8_t)(template->literals - 1);
        pieces += before;
        at = slot->start + slot->length;
    }
    if (pieces + (length - at) > TEMPLATE_TEXT)
        return false;
    memcpy(template->text + pieces, sql + at, length - at);
    template->length = (uint16_t)(pieces + (length - at));
    return true;
}

/* memcmp() costs a call, and pieces are short. */
static inline bool same(const char *a, const char *b, size_t length)
{
    const unsigned char *p = (const unsigned char *)a, *q = (const unsigned char *)b;
    __m128i difference;

    if (length < 16) {
        if (length >= 8)
            return ((hash_load64(p) ^ hash_load64(q)) | (hash_load64(p + length - 8) ^ hash_load64(q + length - 8))) == 0;
        if (length >= 4)
            return ((hash_load32(p) ^ hash_load32(q)) | (hash_load32(p + length - 4) ^ hash_load32(q + length - 4))) == 0;
        return length == 0 || (p[0] == q[0] && p[length / 2] == q[length / 2] && p[length - 1] == q[length - 1]);
    }
    for (size_t at = 0;; at = at + 32 <= length ? at + 16 : length - 16) {
        difference = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)(p + at)),
                                   _mm_loadu_si128((const __m128i *)(const void *)(q + at)));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(difference, _mm_setzero_si128())) != 0xffff)
            return false;
        if (at + 16 == length)
            return true;
    }
}

/* Behind the number at p, a digit; *value: what it stands for. */
static inline const byte *read_number(const byte *p, const byte *end, bool negative, uint64_t *value)
{
    const byte *q = p;
    uint64_t v = 0;

    for (; q < end && q - p < 18 && (unsigned)(*q - '0') <= 9; q++)
        v = v * 10 + (uint64_t)(*q - '0');
    if (q == end || (!lex_is_word(*q) && *q != '.')) {
        *value = value_hash_int(negative ? -(int64_t)v : (int64_t)v);
        return q;
    }
    q = lex_skip_number(p, end);
    *value = literal_number(p, (size_t)(q - p), negative);
    return q;
}

bool template_match(const struct template *template, const char *sql, size_t length, uint64_t *values)
{
    const byte *p = (const byte *)sql, *end = p + length, *q;
    const char *text = template->text;
    bool negative;

    for (unsigned i = 0; i < template->parts; i++) {
        size_t before = template->part[i].length;
        uint64_t *value = &values[template->part[i].literal];

        if ((size_t)(end - p) <= before || !same((const char *)p, text, before))
            return false;
        p += before;
        text += before;
        if (template->part[i].kind == TEMPLATE_STRING) {
            if (*p != '\'')
                return false;
            q = lex_find(++p, end, '\'');
            if (q == end || (q + 1 < end && q[1] == '\'') || (q > p && q[-1] == '\\'))
                return false;
            *value = value_hash_text((const char *)p, (size_t)(q - p));
            p = q + 1;
            continue;
        }
        negative = template->part[i].kind == TEMPLATE_SIGNED && *p == '-';
        p += negative;
        if (p == end || (unsigned)(*p - '0') > 9)
            return false;
        p = read_number(p, end, negative, value);
    }
    length = (size_t)(template->text + template->length - text);
    return (size_t)(end - p) == length && same((const char *)p, text, length);
}

uint64_t template_key(const char *sql, size_t length)
{
    static const byte keep[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const unsigned char *p = (const unsigned char *)sql;
    uint64_t key = hash_fold(hash_load64(p) ^ HASH_K0, hash_load64(p + 8) ^ HASH_K1);
    __m128i more, wanted;
    unsigned first;

    if (length < 2 * TEMPLATE_PREFIX)
        return key;
    /* Up to where a literal may begin. Digits, quotes and signs are all in that range. */
    more = _mm_loadu_si128((const __m128i *)(const void *)(p + TEMPLATE_PREFIX));
    first = (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(lex_in_range(more, 0x21, 0x3f)) | 0x10000);
    wanted = _mm_and_si128(more, _mm_loadu_si128((const __m128i *)(const void *)(keep + 16 - first)));
    return hash_fold((uint64_t)_mm_cvtsi128_si64(wanted) ^ key, (uint64_t)_mm_cvtsi128_si64(_mm_srli_si128(wanted, 8)) ^ HASH_K2);
}
