/* What a program is called. */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "exporter/build/program_name.h"

static void is_called_by_its_script(void **state)
{
    static const struct {
        const char *program, *command[8], *name;
    } rows[] = {
        {"python3.11", {"python3", "/srv/shop/shop.py", "?"}, "shop.py"},
        {"python3.11", {"python3", "-B", "-X", "?", "shop.py"}, "shop.py"},
        {"python3.11", {"/usr/bin/python3", "manage.py", "migrate", "?"}, "manage.py migrate"},
        {"python3.11", {"python3", "-m", "pytest", "-q"}, "pytest"},
        {"python3.11", {"python3", "-c", "?"}, "python3.11"},
        {"python3.11", {"python3"}, "python3.11"},
        {"ruby3.1", {"ruby", "bin/rails", "server", "-p", "?"}, "rails server"},
        {"ruby3.1", {"ruby", "bin/rails", "-h"}, "rails"},
        {"ruby3.1", {"ruby", "shop.rb", "secret"}, "shop.rb"},
        {"php8.2", {"php", "artisan", "queue:work"}, "artisan queue:work"},
        {"php8.2", {"php", "-S", "?"}, "php8.2"},
        {"php8.2", {"php", "-S", "?", "-t", "?", "router.php"}, "router.php"},
        {"ruby3.1", {"puma ?"}, "puma"},
        {"ruby3.1", {"puma: cluster worker 0: ?"}, "puma"},
        {"python3.11", {"/srv/my shop/python3", "shop.py"}, "shop.py"},
        {"perl", {"perl", "-e", "?"}, "perl"},
        {"psql", {"psql", "-d", "?"}, "psql"},
        {"shop", {"./shop", "server"}, "shop"},
        {"node", {"node", "--require", "/srv/node_modules/dotenv/config.js", "shop.js"}, "shop.js"},
        {"node", {"node", "--import", "/srv/register.mjs", "--conditions", "?", "?"}, "node"},
        {"python-shop", {"python-shop", "x.py"}, "python-shop"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count = 0;
        while (count < 8 && rows[i].command[count])
            count++;
        char *name = program_name(rows[i].program, rows[i].command, count);
        assert_string_equal(name, rows[i].name);
        free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_called_by_its_script)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
