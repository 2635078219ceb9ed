/* What a caller's RUNPATH and $ORIGIN mean belongs to the caller, whoever stands between it and dlopen. */
#include <dlfcn.h>
#include <stddef.h>

#include "plugin.h"

void *load_by_runpath(const char *name)
{
    void *volatile handle = dlopen(name, RTLD_NOW | RTLD_LOCAL); /* no call in tail position: the address is to be ours */

    return handle;
}
