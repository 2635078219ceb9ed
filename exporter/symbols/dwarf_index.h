/* The debug information of one module: which functions, inlined ones included, and which line are at an address.
 *
 * It keeps an index of its own of units and functions: .debug_aranges is absent from what clang and rustc write, and a walk
 * through a large unit for each address would be slow. One thread at a time.
 */
#ifndef NPLUS1_EXPORTER_SYMBOLS_DWARF_INDEX_H
#define NPLUS1_EXPORTER_SYMBOLS_DWARF_INDEX_H

#include <elfutils/libdw.h>

#include "exporter/base/clean_text.h"
#include "exporter/symbols/symbol.h"

struct dwarf_index;

/* The Dwarf must outlive the index. */
struct dwarf_index *dwarf_index_create(Dwarf *dwarf, struct text_pool *pool);

/* Like symbols_resolve, but 0 when there is no function at the address. */
size_t dwarf_index_resolve(struct dwarf_index *index, uint64_t address, struct symbol ret[SYMBOLS_INLINE_MAX]);

void dwarf_index_destroy(struct dwarf_index *index); /* takes NULL */

#endif
