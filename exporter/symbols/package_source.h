/* Sources of a language whose frames name them below their package: com/shop/Orders.java. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_PACKAGE_SOURCE_H
#define NPLUS1_EXPORTER_SYMBOLS_PACKAGE_SOURCE_H

/* The path of the file below one of the folders where builds keep sources, from the directory that the program ran in; NULL: it
 * is in none. The caller frees it. Looks at the file system. */
char *package_source_find(const char *directory, const char *file);

#endif
