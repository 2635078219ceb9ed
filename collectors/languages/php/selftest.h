/* Does this PHP look as its layout says? Every address is asked for before it is read, and the VM itself is asked which file and
 * line it executes. Calling thread only, which is the VM's; no lock, no allocation. errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PHP_SELFTEST_H
#define NPLUS1_COLLECTORS_LANGUAGES_PHP_SELFTEST_H

#include "collectors/languages/php/layout.h"

/* Follows the frames from `frame` on: they end, code of scripts has text for names and is at an instruction of its own. */
bool php_self_test(const struct php_layout *layout, const void *frame);

#endif
