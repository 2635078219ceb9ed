/* Source maps of any content: what is found in one lies where it may, and nothing else is read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/symbols/source_map/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source_map *map = source_map_parse((const char *)data, size);
    struct source_map_place place;

    for (uint32_t line = 0; map && line < 6; line++) {
        for (uint32_t column = 0; column < 40; column += 3) {
            if (source_map_find(map, line, column, &place) &&
                (place.line == 0 || strlen(place.root) + strlen(place.source) > size))
                abort();
        }
    }
    source_map_destroy(map);
    return 0;
}
