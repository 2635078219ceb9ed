/* Frames of Perl 5.32 to 5.40, with threads. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PERL_PERL_H
#define NPLUS1_COLLECTORS_LANGUAGES_PERL_PERL_H

#include "agent/stack/walker.h"

extern const struct language_walker perl_walker;

#endif
