#include "viewer/run/environment.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "viewer/config/config.h"

void run_set_environment(const char *library, const char *output)
{
    const char *others = getenv("LD_PRELOAD");
    char *preload = alloc_format("%s%s%s", library, others && others[0] ? ":" : "", others ? others : "");
    setenv("LD_PRELOAD", preload, 1);
    setenv("NPLUS1_OUTPUT", output, 1);
    setenv("NPLUS1_HIDDEN", "1", 0);
    if (config_text(CONFIG_THRESHOLD))
        setenv("NPLUS1_THRESHOLD", config_text(CONFIG_THRESHOLD), 0);
    free(preload);
}
