/* Which statement of a loop's or a block's body runs: Perl drops the mark in front of the first one (the optimiser's
 * ex-nextstate), so that the one that it keeps, `while (...)`, is as near as the interpreter's own fields come. caller() and
 * warn() look for the dropped mark in the tree of ops, and so does this.
 *
 * Facts: perl5 v5.32.0 to v5.40.0, op.h (BASEOP, struct unop), mess_sv and S_closest_cop in util.c, pp_caller in pp_ctl.c. Any
 * thread that runs the interpreter; allocates nothing, takes no lock.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PERL_STATEMENT_H
#define NPLUS1_COLLECTORS_LANGUAGES_PERL_STATEMENT_H

#include <stdbool.h>
#include <stdint.h>

/* Finds the numbers of the kinds of ops, which differ from version to version. Without them statement_line gives the mark's own.
 */
void perl_statement_start(void);

/* The line of what runs behind the mark `cop`, a struct cop. at: the op that runs, or with `returns_to` the one to which the call
 * returns; NULL where that is not known. */
uint32_t perl_statement_line(const char *cop, const char *at, bool returns_to);

#endif
