/* Names without what changes from run to run. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_STABLE_NAME_H
#define NPLUS1_EXPORTER_SYMBOLS_STABLE_NAME_H

/* The name of a function or a file without addresses, hashes and numbers of compiled templates, evaluated code and temporary
 * files. To be freed. NULL stays NULL. */
char *stable_name(const char *name);

#endif
