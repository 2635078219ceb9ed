/* Two texts of any bytes, with a zero between them: where the first one's template holds for the second, the lexer agrees. */
#include "agent/sql/template.h"

#include "agent/sql/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                                         \
    do {                                                                                                                         \
        if (!(condition)) {                                                                                                      \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                      \
            abort();                                                                                                             \
        }                                                                                                                        \
    } while (0)

static struct fingerprint fp, again;

/* In a block of its own that ends where the text ends, for the address sanitiser. */
static char *copy_of(const uint8_t *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);

    if (copy && size > 0)
        memcpy(copy, data, size);
    return copy;
}

static void check_equal(const struct template *template, const uint64_t *values)
{
    unsigned literal = 0;

    CHECK(fp.hash == again.hash && fp.length == again.length && fp.slot_count == again.slot_count);
    CHECK(fp.verb == again.verb && fp.statements == again.statements && fp.list_max == again.list_max);
    CHECK(fp.rows_max == again.rows_max && fp.has_limit == again.has_limit && fp.has_offset == again.has_offset);
    CHECK(fp.tags_length == again.tags_length);
    for (uint32_t i = 0; i < again.slots_kept; i++) {
        CHECK(fp.slots[i].parameter == again.slots[i].parameter);
        if (!again.slots[i].parameter)
            CHECK(values[literal++] == again.slots[i].value);
    }
    CHECK(literal == template->literals);
}

static const struct sql_dialect *const dialects[] = {&dialect_generic, &dialect_sqlite, &dialect_postgresql};

static void check(const struct sql_dialect *dialect, const uint8_t *data, size_t size)
{
    const uint8_t *middle = size > 0 ? memchr(data, 0, size) : NULL;
    size_t first_size = middle ? (size_t)(middle - data) : size, second_size = middle ? size - first_size - 1 : size;
    char *first = copy_of(data, first_size), *second = copy_of(middle ? middle + 1 : data, second_size);
    uint64_t values[FINGERPRINT_LITERALS];
    struct template template;

    if (!first || !second)
        goto out;
    fingerprint_compute(dialect, first, first_size, &fp);
    if (!template_make(&template, first, first_size, &fp))
        goto out;
    for (unsigned i = 0; i < template.literals; i++)
        values[i] = fp.slots[template.slot[i]].value;
    CHECK(middle || template_match(&template, second, second_size, values)); /* a text is one of its own template */
    if (template_match(&template, second, second_size, values)) {
        fingerprint_compute(dialect, second, second_size, &again);
        check_equal(&template, values);
    }
out:
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        check(dialects[i], data, size);
    return 0;
}
