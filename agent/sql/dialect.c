#include "agent/sql/dialect.h"

const struct sql_dialect dialect_generic = {
    .name = "generic",
    .nested_comments = true,
    .string_prefixes = true,
    .dollar_quotes = true,
    .backtick_names = true,
    .bracket_names = true,
    .subscripts = true,
    .question_parameters = true,
    .question_operators = true,
    .doubtful_strings = true,
    .at_parameters = true,
};

const struct sql_dialect dialect_sqlite = {
    .name = "sqlite",
    .salt = UINT64_C(0x5a1e7bd1a1ec7500),
    .backtick_names = true,
    .bracket_names = true,
    .question_parameters = true,
    .string_names = true,
    .quoted_values = true,
    .at_parameters = true,
};

/* What standard_conforming_strings does not change. */
#define POSTGRESQL                                                                                                               \
    .name = "postgresql", .salt = UINT64_C(0x9057613e5d1a1ec2), .nested_comments = true, .string_prefixes = true,                \
    .dollar_quotes = true, .subscripts = true, .question_operators = true

const struct sql_dialect dialect_postgresql = {
    POSTGRESQL,
    .doubtful_strings = true,
    .known = dialect_postgresql_known,
};

const struct sql_dialect dialect_postgresql_known[2] = {
    {POSTGRESQL, .escape_strings = true},
    {POSTGRESQL, .plain_strings = true},
};
