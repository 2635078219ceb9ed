/* The parts of doctor_elf: an open file of libelf's. Not for users of doctor_elf.h. */
#ifndef NPLUS1_VIEWER_DOCTOR_ELF_FILE_H
#define NPLUS1_VIEWER_DOCTOR_ELF_FILE_H

#include <gelf.h>

#include "viewer/doctor/elf.h"

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

/* Sets by_plt of those whose functions the file's relocations name. */
void elf_file_relocations(struct elf_file *file, struct doctor_elf_client *clients);

/* Which client library a function's name belongs to, by those that every program calls; -1: none. */
int elf_file_client_of(const char *name);

/* The bytes of the file that are loaded, piece by piece, until visit returns false. */
typedef bool (*elf_file_bytes)(void *argument, const char *bytes, size_t size);
void elf_file_loaded(struct elf_file *file, elf_file_bytes visit, void *argument);

#endif
