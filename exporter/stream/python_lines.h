/* Lines of CPython's instructions, decoded from the tables that its code objects carry.
 *
 * The agent and the viewer read the same tables. Formats, by the minor version of CPython 3 (documents of CPython's repository):
 *   8, 9          co_lnotab:    Objects/lnotab_notes.txt
 *   10            co_linetable: Objects/lnotab_notes.txt of 3.10, PEP 626
 *   11 to 14      co_linetable: Objects/locations.md of 3.11, PEP 657
 *
 * Pure; any thread; no allocation. A table may be hostile: nothing behind its end is read.
 */
#ifndef NPLUS1_EXPORTER_STREAM_PYTHON_LINES_H
#define NPLUS1_EXPORTER_STREAM_PYTHON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct python_location {
    uint32_t line;  /* 0: the instruction has none */
    uint32_t start; /* bytes into the code: where the instructions of this place in the source begin */
};

/* The place of the instruction at `position`, bytes into the code. False: the table does not say, or its format is not known. */
bool python_lines_find(unsigned minor, const unsigned char *table, size_t size, uint32_t first_line, uint32_t position,
                       struct python_location *ret);

#endif
