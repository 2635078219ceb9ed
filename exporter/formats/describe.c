#include "exporter/formats/describe.h"

#include <stdio.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/printable.h"
#include "exporter/model/kind.h"

static const struct kind_field *find_field(const struct kind *kind, const char *name, size_t length)
{
    for (const struct kind_field *field = kind->fields; field->name; field++) {
        if (strlen(field->name) == length && memcmp(field->name, name, length) == 0)
            return field;
    }
    return NULL;
}

char *describe_finding(const struct model *model, const struct model_finding *f)
{
    const struct kind *kind = kind_of(f->kind);
    char *words = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    if (!out)
        alloc_failed();
    for (const char *at = kind_sentence(model, f); *at;) {
        size_t plain = strcspn(at, "{");
        fwrite(at, 1, plain, out);
        at += plain;
        if (!*at)
            break;
        size_t length = strcspn(at + 1, "}");
        const struct kind_field *field = find_field(kind, at + 1, length);
        char digits[PRINTABLE_NUMBER];
        uint64_t value = field ? kind_value(field, model, f) : 0;
        fputs(field && field->unit == KIND_UNIT_NS ? printable_time(value, digits) : printable_number(value, digits), out);
        at += length + 2;
    }
    if (fclose(out) != 0)
        alloc_failed();
    return words;
}
