/* The loader's functions that are interposed so that libraries of interest are reached: dlopen, dlmopen, dlsym.
 *
 * dlopen and dlmopen lose RTLD_DEEPBIND, with which a module would find its library before it finds us (PHP loads its extensions
 * so). dlsym gives out our wrapper for a function that we interpose, to those who ask a library for it by name (ctypes, FFI).
 *
 * All three go on to the real function by a jump: it reads its caller's return address, to know whose RUNPATH and $ORIGIN count,
 * and what RTLD_NEXT means. They allocate nothing themselves. Any thread, before the constructor too.
 */
#ifndef NPLUS1_LOADER_H
#define NPLUS1_LOADER_H

#include <stdint.h>

/* The agent's own look-up: what the library has, not what we put before it. Like dlsym but for RTLD_NEXT. */
void *loader_symbol(void *handle, const char *name);

void loader_start(void); /* the settings are known */

/* What dlsym gave out a wrapper for, by this name: the real function. NULL: nothing. */
void *loader_given_out(const char *name);

#endif
