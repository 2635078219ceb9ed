/* SQLite by way of dlsym(handle, name), as FFIs use it. */
#ifndef NPLUS1_TESTS_PROGRAMS_LOADING_BY_NAME_H
#define NPLUS1_TESTS_PROGRAMS_LOADING_BY_NAME_H

struct by_name {
    void *db, *stmt;
    int (*open)(const char *, void **);
    int (*close)(void *);
    int (*prepare)(void *, const char *, int, void **, const char **);
    int (*bind)(void *, int, int);
    int (*step)(void *);
    int (*column)(void *, int);
    int (*reset)(void *);
    int (*finalize)(void *);
    int (*exec)(void *, const char *, void *, void *, char **);
    long long (*memory)(void);
};

void by_name_find(struct by_name *ret, void *library); /* a handle of dlopen */
int by_name_lookup(struct by_name *sqlite, int times); /* executions of one row of a new statement; 0: as it should be */

#endif
