/* The one style of error: a line on stderr, `nplus1: WHAT: WHY`. Control characters in names are shown as escapes. */
#ifndef NPLUS1_VIEWER_COMPLAIN_H
#define NPLUS1_VIEWER_COMPLAIN_H

#define EXIT_FINE    0
#define EXIT_FOUND   1
#define EXIT_TROUBLE 2

/* Returns EXIT_TROUBLE, so that a caller can return it. */
int complain(const char *what, const char *why, ...) __attribute__((format(printf, 2, 3)));

/* The errno of what stdout would not take when a line of stderr went out behind it; 0: it took all. */
int complain_lost(void);

#endif
