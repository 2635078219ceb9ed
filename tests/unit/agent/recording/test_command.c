/* Command lines and what of them is recorded. */
#include "agent/recording/command.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 12

struct command_case {
    const char *program, *words, *expected; /* words separated by | */
};

static void check(const struct command_case *c)
{
    char copy[512], text[512] = "", *words[WORDS_MAX], *rest = copy;
    size_t count = 0;

    strcpy(copy, c->words);
    while (rest && count < WORDS_MAX)
        words[count++] = strsep(&rest, "|");
    command_hide_values(c->program, words, count);
    for (size_t i = 0; i < count; i++) {
        strcat(text, i ? "|" : "");
        strcat(text, words[i]);
    }
    if (strcmp(text, c->expected) != 0)
        fail_msg("%s of %s is %s, not %s", c->words, c->program, text, c->expected);
}

static void values_are_hidden_and_names_of_options_stay(void **state)
{
    static const struct command_case cases[] = {
        {"psql", "psql|-c|select 'secret'|host=h password=secret", "psql|-c|?|?"},
        {"psql", "psql|postgresql://user:secret@host/db", "psql|?"},
        {"psql", "/usr/bin/psql|--dbname=secret|--no-psqlrc|-XAt|-dsecret", "/usr/bin/psql|--dbname=?|--no-psqlrc|-X?|-d?"},
        {"mysql", "mysql|-psecret|--password|secret", "mysql|-p?|--password|?"},
        {"app", "./app|-|--|secret|-v", "./app|-|--|?|-v"},
        {"app", "./app||--=secret|--a b|--name=", "./app|?|--?|--a?|--name="},
        {"java", "java|-Dpassword=secret|-Xmx512m|-jar|a.jar", "java|-Dpassword=?|-X?|-j?|?"},
        {"app", "app: user secret|", "app: ?|?"},
        {"unknown", "", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void scripts_of_interpreters_stay(void **state)
{
    static const struct command_case cases[] = {
        {"python3.11", "python3|shop.py|secret|--token=secret", "python3|shop.py|?|--token=?"},
        {"python3.11", "python3|-X|dev|-W|ignore|-u|shop.py", "python3|-X|?|-W|?|-u|shop.py"},
        {"python3.11", "python3|-Wignore|shop.py", "python3|-W?|shop.py"},
        {"python3.11", "python3|-c|secret|secret", "python3|-c|?|?"},
        {"python3.11", "python3|-Ic|secret|shop.py", "python3|-Ic|?|?"},
        {"python3.11", "python3|-csecret|secret", "python3|-c?|?"},
        {"python3.11", "python3|-m|flask|run|--port|80", "python3|-m|flask|run|--port|?"},
        {"python3.11", "python3|-m|pytest|-k|secret", "python3|-m|pytest|-k|?"},
        {"python3.11", "python3|manage.py|migrate|secret", "python3|manage.py|migrate|?"},
        {"python3.11", "python3|manage.py|Secret1", "python3|manage.py|?"},
        {"python3.11", "python3|--|shop.py|a", "python3|--|shop.py|?"},
        {"python3.11", "python3", "python3"},
        {"python3.11", "python3|-|secret", "python3|-|?"},
        {"ruby3.1", "ruby|-I|lib|bin/rails|server|-p|3000", "ruby|-I|?|bin/rails|server|-p|?"},
        {"ruby3.1", "ruby|-ne|secret", "ruby|-ne|?"},
        {"perl", "perl|-Ilib|-w|shop.pl|secret", "perl|-I?|-w|shop.pl|?"},
        {"php8.2", "php|-d|a=secret|artisan|db:seed", "php|-d|?|artisan|db:seed"},
        {"php8.2", "php|-f|shop.php|secret", "php|-f|shop.php|?"},
        {"php8.2", "php|-r|secret", "php|-r|?"},
        {"php8.2", "php|-S|127.0.0.1:8000|router.php", "php|-S|?|router.php"},
        {"node", "node|--inspect=secret|shop.js|secret", "node|--inspect=?|shop.js|?"},
        {"pythonic", "pythonic|secret", "pythonic|?"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_hidden_and_names_of_options_stay),
        cmocka_unit_test(scripts_of_interpreters_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
