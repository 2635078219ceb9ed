/* The build-id of an ELF file: the linker's name for what it made. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_BUILD_ID_H
#define NPLUS1_EXPORTER_SYMBOLS_BUILD_ID_H

#include <libelf.h>
#include <stddef.h>

/* Its length in bytes, and where it stands in the file's memory; 0: the file has none. */
size_t build_id_find(Elf *elf, const void **ret);

#endif
