#include "exporter/base/hex.h"

#include <stdlib.h>
#include <string.h>

bool hex_read_name(const char *text, uint64_t *ret)
{
    if (strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16)
        return false;
    *ret = strtoull(text, NULL, 16);
    return true;
}
