/* Frames of CRuby 2.7 to 3.3. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_RUBY_RUBY_H
#define NPLUS1_COLLECTORS_LANGUAGES_RUBY_RUBY_H

#include "agent/stack/walker.h"

extern const struct language_walker ruby_walker;

#endif
