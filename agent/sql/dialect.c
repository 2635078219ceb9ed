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

const struct sql_dialect dialect_postgresql = {
    .name = "postgresql",
    .salt = UINT64_C(0x9057613e5d1a1ec2),
    .nested_comments = true,
    .string_prefixes = true,
    .dollar_quotes = true,
    .subscripts = true,
    .question_operators = true,
    .doubtful_strings = true,
};
