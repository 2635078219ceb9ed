/* Where code that says nothing of itself returns to: found by following it from a call to a return.
 *
 * For what was compiled without unwinding tables (Free Pascal, C with -fno-asynchronous-unwind-tables, Deno) or assembled by
 * hand. From the call on, whichever way the function takes to its end, it undoes what it did to the stack: what its instructions
 * do to rsp and rbp on such a way says where the return address stands. A way is believed when an address stands there that a
 * call returns to. What instructions do: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_RETURNS_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_RETURNS_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/languages/native/cfi.h"
#include "collectors/languages/native/expression.h"
#include "collectors/languages/native/memory.h"

/* What holds where a call returns to, as call frame information would say it. False: the code is of no object, or no way was
 * found. Some microseconds. Any thread; takes no lock, allocates nothing, needs less than 2 KiB of stack, leaves errno alone. */
bool returns_find(const struct registers *registers, struct memory *memory, struct cfi_row *ret);

/* Whether a call stands before an address of code that is loaded. */
bool returns_is_behind_call(uintptr_t address);

#endif
