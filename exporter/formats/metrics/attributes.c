#include "exporter/formats/metrics/attributes.h"

#include <stdlib.h>

#include "exporter/formats/escape.h"

void attributes_begin(struct attributes *a)
{
    a->count = 0;
}

void attributes_finish(struct attributes *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->values[i].value_case == OTLP__ANY_VALUE__VALUE_STRING_VALUE)
            free(a->values[i].string_value);
    }
    a->count = 0;
}

static Otlp__AnyValue *add(struct attributes *a, const char *key)
{
    size_t i = a->count++;
    otlp__key_value__init(&a->pairs[i]);
    otlp__any_value__init(&a->values[i]);
    a->pairs[i].key = (char *)key;
    a->pairs[i].value = &a->values[i];
    a->list[i] = &a->pairs[i];
    return &a->values[i];
}

void attributes_add_text(struct attributes *a, const char *key, const char *text)
{
    if (!text || a->count == ATTRIBUTES_MAX)
        return;
    Otlp__AnyValue *value = add(a, key);
    value->value_case = OTLP__ANY_VALUE__VALUE_STRING_VALUE;
    value->string_value = escape_printable(text, 0);
}

void attributes_add_number(struct attributes *a, const char *key, uint64_t number)
{
    if (a->count == ATTRIBUTES_MAX)
        return;
    Otlp__AnyValue *value = add(a, key);
    value->value_case = OTLP__ANY_VALUE__VALUE_INT_VALUE;
    value->int_value = number > INT64_MAX ? INT64_MAX : (int64_t)number;
}
