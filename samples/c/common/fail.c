#include "fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void sample_fail(const char *why)
{
    fprintf(stderr, "%s: %s\n", program_invocation_name, why);
    exit(2);
}
