#include "viewer/run/environment.h"

#include <stdbool.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "viewer/config/config.h"

/* Those of `check` count in test suites, too. Wherever the program changes its directory to, the path holds. */
static void pass_suppressions(void)
{
    bool wrong = false;
    char *path = config_path(CONFIG_SUPPRESSIONS, &wrong);
    char *whole = path ? realpath(path, NULL) : NULL;
    if (whole)
        setenv("NPLUS1_SUPPRESSIONS", whole, 0);
    free(whole);
    free(path);
}

void run_set_environment(const char *library, const char *output)
{
    const char *others = getenv("LD_PRELOAD");
    char *preload = alloc_format("%s%s%s", library, others && others[0] ? ":" : "", others ? others : "");
    setenv("LD_PRELOAD", preload, 1);
    setenv("NPLUS1_OUTPUT", output, 1);
    setenv("NPLUS1_HIDDEN", "1", 0);
    if (config_text(CONFIG_THRESHOLD))
        setenv("NPLUS1_THRESHOLD", config_text(CONFIG_THRESHOLD), 0);
    pass_suppressions();
    free(preload);
}
