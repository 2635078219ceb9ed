/* What people call a program: its script where an interpreter runs one. Pure. */
#ifndef NPLUS1_EXPORTER_BUILD_PROGRAM_NAME_H
#define NPLUS1_EXPORTER_BUILD_PROGRAM_NAME_H

#include <stddef.h>

/* "shop.py", "manage.py migrate", "pytest" of python -m pytest, "rails server"; the program itself when no script is known. The
 * command line is that of a recording, without values (agent/recording/command.h). The caller frees it. */
char *program_name(const char *program, const char *const *command, size_t count);

#endif
