/* Addresses in ELF files as functions, files and lines, from DWARF (of the file or of a separate one, see
 * debug_files.h), or else from its symbol table. Only local files are read, nothing is ever downloaded.
 *
 * One thread at a time. Results live in the text pool.
 */
#ifndef NPLUS1_EXPORTER_SYMBOLS_SYMBOLS_H
#define NPLUS1_EXPORTER_SYMBOLS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/base/clean_text.h"
#include "exporter/symbols/symbol.h"

struct symbols;
struct symbols_module;

enum symbols_state {
    SYMBOLS_READ,
    SYMBOLS_MISSING, /* no such file, or no ELF file */
    SYMBOLS_CHANGED, /* its build-id is another one: its symbols would be wrong */
};

struct symbols *symbols_create(struct text_pool *pool);

/* The module of that path and build-id, opened once; a pointer into symbols. */
struct symbols_module *symbols_module(struct symbols *symbols, const char *path, const void *build_id, size_t build_id_length);

enum symbols_state symbols_module_state(const struct symbols_module *module);
bool symbols_module_has_lines(const struct symbols_module *module);

/* Finds the functions at the address (as the ELF file counts), innermost inlined function first. Returns how many, at least 1:
 * what is not known is one symbol without a name. */
size_t symbols_resolve(struct symbols_module *module, uint64_t address, struct symbol ret[SYMBOLS_INLINE_MAX]);

void symbols_destroy(struct symbols *symbols); /* takes NULL */

#endif
