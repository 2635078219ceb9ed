/* A function, file and line, as found for an address. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_SYMBOL_H
#define NPLUS1_EXPORTER_SYMBOLS_SYMBOL_H

#include <stdint.h>

#define SYMBOLS_INLINE_MAX 32 /* functions inlined into one another at one address */

struct symbol {
    const char *function; /* demangled; NULL: unknown */
    const char *file;     /* absolute where the debug information says so; NULL: unknown */
    uint32_t line;        /* 0: unknown */
    const char *language; /* "c", "c++", "rust", ... */
};

#endif
