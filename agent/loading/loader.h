/* The loader's functions that are interposed so that libraries of interest are reached: dlopen, dlmopen, dlsym.
 *
 * dlopen and dlmopen lose RTLD_DEEPBIND, with which a module would find its library before it finds us (PHP loads its extensions
 * so); a module that was to see a library of its own before the program's sees the program's then. dlsym gives out an entry of
 * ours for a function that we interpose (agent/provider.h), to those who ask a library for it by name: ctypes, FFI.
 *
 * All three go on to the real function by a jump: it reads its caller's return address, to know whose RUNPATH and $ORIGIN count,
 * and what RTLD_NEXT means. The jumps are x86-64, as the build is (meson.build refuses others); elsewhere the three would have to
 * be left out, and these programs be unseen. Any thread, before the constructor too: constructors of libraries, which run before
 * ours, call them.
 */
#ifndef NPLUS1_LOADER_H
#define NPLUS1_LOADER_H

#include <stdint.h>

/* The agent's own look-up: what the library has, not what we put before it. RTLD_NEXT: behind the agent. */
void *loader_symbol(void *handle, const char *name);

void loader_start(void); /* the settings are known */

#endif
