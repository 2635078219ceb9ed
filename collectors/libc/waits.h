/* Waits: the functions of libc in which a program waits for input, interposed to tell a server's requests apart without its help.
 *
 * What a thread does between two waits is a unit of work (unit.h). A wait for a database is none; nor is one inside of a scope
 * that the program named. An answer on a connection that the program made itself only pauses the unit, and not
 * within a transaction.
 */
#ifndef NPLUS1_WAITS_H
#define NPLUS1_WAITS_H

#include <stdbool.h>

/* The descriptor is a connection to a database, or is so no longer. Negative ones are left alone. Any thread, no lock. */
void waits_database(int descriptor, bool is);

#endif
