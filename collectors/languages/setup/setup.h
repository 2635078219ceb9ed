/* Functions by which packages are set up in an interpreter: the machine finds them by dlsym and calls them with the interpreter.
 *
 * What dlsym gives out (agent/loading/loader.h) is an entry that shows the interpreter and goes on to the package's function by a
 * jump, with all that it was given. There are entries for 32 functions, whatever their names: two libraries may have one of the
 * same name, and each function has an entry of its own. What comes later goes unseen. Any thread; errno is kept; no lock.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_SETUP_SETUP_H
#define NPLUS1_COLLECTORS_LANGUAGES_SETUP_SETUP_H

/* Returns the address to give out for `function`. Each call of it shows its first argument to `entered` before: in the calling
 * thread, which may allocate there, and may leave by a longjmp as the function itself may. A function is always given out with
 * the same `entered`. */
void *setup_give_out(void *function, void (*entered)(void *interpreter));

#endif
