/* Versions of libraries and interpreters, read from their files without running them. */
#ifndef NPLUS1_VIEWER_DOCTOR_ELF_VERSION_H
#define NPLUS1_VIEWER_DOCTOR_ELF_VERSION_H

#include "viewer/doctor/elf/elf.h"

/* The bytes that an exported object or function begins with, `size` of them; false when there is no such name. */
bool doctor_version_bytes(const char *path, const char *symbol, void *ret, size_t size);

/* The digits and dots that follow `mark` where there are any among the texts of the file, or all characters up to the first that
 * is neither letter, digit, dot nor comma when `words` is set. Terminated; false when there is no such text. */
bool doctor_version_after(const char *path, const char *mark, bool words, char *ret, size_t size);

/* Whether these bytes stand in what is loaded of the file. */
bool doctor_version_has(const char *path, const void *bytes, size_t size);

/* Writes the version of the client library that a file contains; "" when it does not tell. */
void doctor_version_of_client(const struct doctor_elf *elf, enum doctor_client client, char *ret, size_t size);

#endif
