/* What the constructor of early_library.c leaves behind. */
#ifndef NPLUS1_TESTS_PROGRAMS_LOADING_EARLY_LIBRARY_H
#define NPLUS1_TESTS_PROGRAMS_LOADING_EARLY_LIBRARY_H

extern void *early_database;
extern void *early_library;
extern int (*early_exec)(void *, const char *, void *, void *, void *);

#endif
