#include "agent/sql/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* The pieces, ended by a NULL, of a text that is not terminated: the address sanitiser sees what is read behind it. */
static void expect(const char *text, const char *const *pieces)
{
    size_t length = strlen(text), piece_length, left = length;
    char *copy = malloc(length > 0 ? length : 1);
    const char *rest = copy, *piece;

    assert_non_null(copy);
    memcpy(copy, text, length);
    for (; *pieces; pieces++) {
        assert_true(split_next(false, &rest, &left, &piece, &piece_length));
        if (piece_length != strlen(*pieces) || memcmp(piece, *pieces, piece_length) != 0)
            fail_msg("%.*s instead of %s", (int)piece_length, piece, *pieces);
    }
    assert_false(split_next(false, &rest, &left, &piece, &piece_length));
    assert_int_equal(left, (size_t)(copy + length - rest));
    free(copy);
}

#define EXPECT(text, ...) expect(text, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void semicolons_separate(void **state)
{
    EXPECT("");
    EXPECT(" ; -- ;\n /* ; /* ; */ ; */ ;");
    EXPECT("a", "a");
    EXPECT("a; b ;c", "a;", "b ;", "c");
    EXPECT("a;; ; b", "a;", "b");
}

static void semicolons_in_literals_names_and_comments_do_not(void **state)
{
    EXPECT("'a;''b;'; c", "'a;''b;';", "c");
    EXPECT("E'a\\';b'; c", "E'a\\';b';", "c");
    EXPECT("'a\\'; c", "'a\\';", "c");
    EXPECT("\"a;\"\"b\"; c", "\"a;\"\"b\";", "c");
    EXPECT("$$a;$$; $t$b;$$;$t$; $1; c$d$e; f", "$$a;$$;", "$t$b;$$;$t$;", "$1;", "c$d$e;", "f");
    EXPECT("a -- b;\n; c", "a -- b;\n;", "c");
    EXPECT("a /* b; /* c; */ */; d", "a /* b; /* c; */ */;", "d");
}

static void semicolons_inside_of_a_statement_do_not(void **state)
{
    EXPECT("CREATE RULE r AS ON INSERT TO t DO (a; b); c", "CREATE RULE r AS ON INSERT TO t DO (a; b);", "c");
    EXPECT("CREATE OR REPLACE FUNCTION f() BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; b; END; c",
           "CREATE OR REPLACE FUNCTION f() BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; b; END;", "c");
    EXPECT("CREATE PROCEDURE p() BEGIN ATOMIC a; END; BEGIN; b; END", "CREATE PROCEDURE p() BEGIN ATOMIC a; END;", "BEGIN;", "b;",
           "END");
}

static void what_does_not_end_goes_to_the_end(void **state)
{
    EXPECT("a; 'b; c", "a;", "'b; c");
    EXPECT("a; E'b\\", "a;", "E'b\\");
    EXPECT("a; $x$b; c", "a;", "$x$b; c");
    EXPECT("a; /* b; c", "a;");
    EXPECT("a; (b; c", "a;", "(b; c");
    EXPECT("a); b", "a);", "b");
    EXPECT("$", "$");
    EXPECT("$a", "$a");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(semicolons_separate),
        cmocka_unit_test(semicolons_in_literals_names_and_comments_do_not),
        cmocka_unit_test(semicolons_inside_of_a_statement_do_not),
        cmocka_unit_test(what_does_not_end_goes_to_the_end),
    };

    return cmocka_run_group_tests_name("fingerprint_split", tests, NULL, NULL);
}
