/* cmocka with the headers that it wants before it. */
#ifndef NPLUS1_TESTS_UNIT_CHECK_H
#define NPLUS1_TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
