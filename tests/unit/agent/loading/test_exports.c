#include "tests/unit/check.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loading/exports.h"

static void names_are_found_as_the_loader_finds_them(void **state)
{
    static const char *const names[] = {"malloc",
                                        "qsort",
                                        "environ",
                                        "stdout",
                                        "dl_iterate_phdr",
                                        "_cmocka_run_group_tests",
                                        "cm_print_error",
                                        "cos_finite_nowhere",
                                        "no_such_function",
                                        "",
                                        "_fini"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_ptr_equal(exports_find(names[i]), dlsym(RTLD_DEFAULT, names[i]));
}

static void one_that_only_its_own_object_sees(void **state)
{
    void *handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL), *function;

    assert_non_null(handle);
    assert_null(dlsym(RTLD_DEFAULT, "sqlite3_libversion_number"));
    function = dlsym(handle, "sqlite3_libversion_number");
    assert_non_null(function);
    assert_ptr_equal(exports_find("sqlite3_libversion_number"), function);
    assert_ptr_equal(exports_find_in("sqlite3_libversion_number", (uintptr_t)function), function);
    assert_null(exports_find_in("malloc", (uintptr_t)function));
    assert_null(exports_find_in("sqlite3_libversion_number", (uintptr_t)&malloc));
    assert_null(exports_find_in("malloc", 1));
    assert_int_equal(dlclose(handle), 0);
}

static void nothing_is_left_behind(void **state)
{
    char *message;

    assert_null(dlsym(RTLD_DEFAULT, "of_the_program"));
    errno = 77;
    assert_null(exports_find("not_of_the_program"));
    assert_int_equal(errno, 77);
    message = dlerror();
    assert_non_null(message);
    assert_non_null(strstr(message, "of_the_program"));
    assert_null(strstr(message, "not_of"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_as_the_loader_finds_them),
        cmocka_unit_test(one_that_only_its_own_object_sees),
        cmocka_unit_test(nothing_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
