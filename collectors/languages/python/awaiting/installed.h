/* Which files of Python's are the standard library's or an installed package's. Any thread; takes no lock and allocates nothing;
 * errno is preserved. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_INSTALLED_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_INSTALLED_H

#include <stdbool.h>

#include "agent/base/compiler.h"

/* By its path where it says so; else by what pip has left beside the package, in a folder of any name (pip install --target, the
 * archive of a cloud function). Folders are looked into once for a file, as far as there is room to remember it. */
COLD bool python_installed(const char *file);

#endif
