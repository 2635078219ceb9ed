/* What malloc_watch.c exports. */
#ifndef NPLUS1_TESTS_PROGRAMS_MEMORY_MALLOC_WATCH_H
#define NPLUS1_TESTS_PROGRAMS_MEMORY_MALLOC_WATCH_H

void malloc_watch_begin(void);
void malloc_watch_end(long *ret_all, long *ret_of_agent);

#endif
