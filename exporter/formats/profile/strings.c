#include "exporter/formats/profile/strings.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/escape.h"

void strings_begin(struct strings *strings)
{
    *strings = (struct strings){.count = 0};
    strings_number(strings, "");
}

void strings_finish(struct strings *strings)
{
    text_pool_finish(&strings->pool);
    map_finish(&strings->numbers);
    free(strings->texts);
}

int64_t strings_number(struct strings *strings, const char *text)
{
    char *copy = escape_printable(text ? text : "", 0);
    const char *kept = text_intern_string(&strings->pool, copy);
    bool added;
    uint32_t number = map_intern(&strings->numbers, (uintptr_t)kept, strings->count, &added);
    free(copy);
    if (added) {
        ALLOC_GROW(strings->texts, strings->count, strings->capacity);
        strings->texts[strings->count++] = kept;
    }
    return number;
}
