/* Parent and child as one statement. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_REWRITE_JOIN_H
#define NPLUS1_EXPORTER_ADVICE_REWRITE_JOIN_H

#include "exporter/advice/rewrite/rewriting.h"

/* The SELECT as a part of its parent's: `column` is the name of the column of the parent's result. */
struct rewriting rewrite_join(const struct rewrite_input *input, const struct sql_statement *parent, const char *column);

#endif
