/* An open ELF file, read by libelf. One thread at a time. */
#ifndef NPLUS1_VIEWER_DOCTOR_ELF_ELF_FILE_H
#define NPLUS1_VIEWER_DOCTOR_ELF_ELF_FILE_H

#include <gelf.h>

#include <stdbool.h>
#include <stdint.h>

struct elf_file {
    int fd;
    Elf *elf;
};

/* False: *why says so in static words. */
bool elf_file_open(struct elf_file *file, const char *path, const char **why);
void elf_file_close(struct elf_file *file);

/* Calls visit for each symbol of the tables of a type (SHT_DYNSYM, SHT_SYMTAB), until it returns false. */
typedef bool (*elf_file_visit)(void *argument, const char *name, const GElf_Sym *symbol);
void elf_file_symbols(struct elf_file *file, uint32_t table, elf_file_visit visit, void *argument);

/* Calls visit for the symbol that each relocation of the loaded file names, until it returns false. */
void elf_file_relocations(struct elf_file *file, elf_file_visit visit, void *argument);

/* The bytes of the file that are loaded, piece by piece, until visit returns false. */
typedef bool (*elf_file_bytes)(void *argument, const char *bytes, size_t size);
void elf_file_loaded(struct elf_file *file, elf_file_bytes visit, void *argument);

#endif
