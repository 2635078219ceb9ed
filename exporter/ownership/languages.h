/* Languages: a row each, with the names and paths by which readers know their frames, interpreters and packages. Static data,
 * safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_OWNERSHIP_LANGUAGES_H
#define NPLUS1_EXPORTER_OWNERSHIP_LANGUAGES_H

#include <stdbool.h>
#include <stdint.h>

#define LANGUAGE_NONE UINT32_MAX /* no number: the agent records no frames of it */

struct language {
    uint32_t number;             /* enum Language of nplus1.proto */
    const char *name;            /* as reports say it */
    const char *runtime;         /* base name of its runtime library; NULL: none */
    const char *library_path;    /* of its own scripts, up to the version; NULL: none is known */
    const char *library_version; /* the characters of the version, behind which a / follows */
    const char *internal;        /* beginning of the names of code that is part of the machine; NULL: none */
    /* From here on lists of words (exporter/base/words.h); NULL: none. */
    const char *programs;       /* interpreters, without version */
    const char *module_folders; /* parts of paths of other people's compiled code */
    const char *source_folders; /* parts of paths of other people's sources */
    const char *local_folders;  /* beginnings of its folders in /usr/local/lib and /usr/local/share */
    const char *packages; /* beginnings of other people's paths, of a language whose paths are its packages; NULL: it is none */
    const char *own_packages; /* those among them that are a program's own all the same; NULL: none */
    const char *generated;    /* parts of the names of classes that a library makes at run time; NULL: none */
    const char *suffixes;     /* of such paths */
    const char *crates;       /* first parts of other people's functions, of a language whose names tell; NULL: they do not */
};

extern const struct language languages[]; /* the last one has no name */

/* By its number; NULL: unknown. */
const struct language *language_of(uint32_t number);

#endif
