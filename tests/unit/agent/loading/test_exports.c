#include "tests/unit/check.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loading/answers.h"
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

/* What is remembered of objects is not what was there before. */
static void what_is_loaded_and_unloaded_is_looked_at_anew(void **state)
{
    for (unsigned i = 0; i < 3; i++) {
        void *handle, *other;
        assert_null(exports_find("sqlite3_libversion_number"));
        assert_null(exports_find("PQlibVersion"));
        handle = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
        assert_non_null(handle);
        assert_ptr_equal(exports_find("sqlite3_libversion_number"), dlsym(handle, "sqlite3_libversion_number"));
        assert_null(exports_find("PQlibVersion"));
        other = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
        assert_non_null(other);
        assert_ptr_equal(exports_find("PQlibVersion"), dlsym(other, "PQlibVersion"));
        assert_ptr_equal(exports_find("sqlite3_libversion_number"), dlsym(handle, "sqlite3_libversion_number"));
        assert_int_equal(dlclose(handle), 0);
        assert_null(exports_find("sqlite3_libversion_number"));
        assert_ptr_equal(exports_find("PQlibVersion"), dlsym(other, "PQlibVersion"));
        assert_int_equal(dlclose(other), 0);
    }
}

static struct answers_question ask(const char *name, const void *of, bool alone)
{
    struct answers_question question = {.name = name};
    struct resolve_object object;

    assert_true(resolve_object_at((uintptr_t)of, &object));
    answers_ask(&question, 1, object.start, object.end, alone);
    return question;
}

static void what_the_loader_would_say_is_known_where_it_is_sure(void **state)
{
    void *sqlite = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL), *pq = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    void *step = dlsym(sqlite, "sqlite3_step"), *exec = dlsym(pq, "PQexec");
    void *libc = (void *)(uintptr_t)&gnu_get_libc_version; /* which no sanitizer has, too */
    void *libc_itself = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    struct answers_question question;

    assert_non_null(step);
    assert_non_null(exec);
    for (unsigned alone = 0; alone < 2; alone++) {
        question = ask("sqlite3_step", step, alone);
        assert_ptr_equal(question.found, step);
        assert_false(question.is_doubtful);
        question = ask("PQexec", step, alone); /* which another one has, that this one may have been linked with */
        assert_true(question.is_doubtful);
        /* Chosen when it is first called, and with versions of which the first is not the default one. */
        assert_true(ask("memcpy", libc, alone).is_doubtful);
        assert_true(ask("pthread_cond_wait", libc, alone).is_doubtful ||
                    ask("pthread_cond_wait", libc, alone).found == dlsym(libc_itself, "pthread_cond_wait"));
    }
    question = ask("no_such_function", step, false);
    assert_null(question.found);
    assert_false(question.is_doubtful);
    /* Both have these: which one the loader gives to others is up to the order of its search. */
    assert_false(ask("_init", step, false).found && !dlsym(sqlite, "_init"));
    dlclose(libc_itself);
    dlclose(pq);
    dlclose(sqlite);
}

static void functions_of_libc_are_those_for_this_processor(void **state)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

    assert_ptr_equal(exports_of_libc("strlen"), dlsym(libc, "strlen")); /* STT_GNU_IFUNC */
    assert_ptr_equal(exports_of_libc("memset"), dlsym(libc, "memset"));
    assert_ptr_equal(exports_of_libc("qsort"), dlsym(libc, "qsort"));
    assert_null(exports_of_libc("sqlite3_step"));
    dlclose(libc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_as_the_loader_finds_them),
        cmocka_unit_test(one_that_only_its_own_object_sees),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(what_is_loaded_and_unloaded_is_looked_at_anew),
        cmocka_unit_test(what_the_loader_would_say_is_known_where_it_is_sure),
        cmocka_unit_test(functions_of_libc_are_those_for_this_processor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
