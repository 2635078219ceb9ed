/* Frames of PHP 7.4 to 8.4 without thread safety (NTS). */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PHP_PHP_H
#define NPLUS1_COLLECTORS_LANGUAGES_PHP_PHP_H

#include "agent/stack/walker.h"

extern const struct language_walker php_walker;

#endif
