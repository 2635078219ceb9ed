/* Findings that do not count in tests: the file of `nplus1 check --suppressions`, which NPLUS1_SUPPRESSIONS names, with the lines
 * that are described there. Signatures are left to readers, which know every site of a function; so are file= and function= of
 * native code, of which only the module is known here. A line with a signature holds here by the patterns behind it, as far as
 * they can be told: the signature makes sure that a reader is not as generous.
 *
 * Any thread; the file is read once, at the first question. A line that is wrong holds for nothing, and `nplus1 check` tells it.
 */
#ifndef NPLUS1_AGENT_API_SUPPRESSIONS_H
#define NPLUS1_AGENT_API_SUPPRESSIONS_H

#include <stdbool.h>

#define NPLUS1_TYPES_ALONE /* its functions have the names of ours */
#include "agent/api/nplus1.h"

/* Whether there are any. */
bool suppressions_exist(void);

bool suppressions_hold(const struct nplus1_finding *finding);

/* As fnmatch(3) without flags, by bytes but for ?, which stands for a character. [[:classes:]] match nothing. */
bool suppressions_match(const char *glob, const char *text);

/* One line of the file, up to its end. */
bool suppressions_line_holds(const char *line, const char *end, const struct nplus1_finding *finding);

#endif
