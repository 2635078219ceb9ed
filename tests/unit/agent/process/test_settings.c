#include "agent/process/settings.h"

#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"

static const char *const names[] = {"NPLUS1_OUTPUT",     "NPLUS1_THRESHOLD",  "NPLUS1_CAPTURE_VALUES",
                                    "NPLUS1_MAX_STREAM", "NPLUS1_MAX_MEMORY", "NPLUS1_DISABLE",
                                    "NPLUS1_MAX_FILES",  "NPLUS1_LOG",        "NPLUS1_SUPPRESSIONS"};
static char complaints[2048]; /* what the last read() said on stderr */

/* Settings as they are with the variables that are set now, and what is said about them. */
static void read_settings(void)
{
    int ends[2], saved = dup(STDERR_FILENO);
    ssize_t length;

    memset(&settings, 0, sizeof settings);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    log_start();
    settings_read();
    settings_complain();
    dup2(saved, STDERR_FILENO);
    length = read(ends[0], complaints, sizeof complaints - 1);
    complaints[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    close(ends[1]);
    close(saved);
}

static int clear(void **state)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return 0;
}

static void read_with(const char *name, const char *value)
{
    clear(NULL);
    setenv(name, value, 1);
    read_settings();
}

static void suppressions_are_a_file_that_can_be_read(void **state)
{
    char cwd[PATH_MAX], expected[PATH_MAX + 32];

    assert_non_null(getcwd(cwd, sizeof cwd));
    snprintf(expected, sizeof expected, "%s/.", cwd);
    read_with("NPLUS1_SUPPRESSIONS", ".");
    assert_string_equal(settings.suppressions, expected);
    assert_string_equal(complaints, "");
    read_with("NPLUS1_SUPPRESSIONS", "/dev/null");
    assert_string_equal(settings.suppressions, "/dev/null");
    read_with("NPLUS1_SUPPRESSIONS", "not/there");
    assert_string_equal(settings.suppressions, "");
    assert_non_null(strstr(complaints, "NPLUS1_SUPPRESSIONS=not/there: cannot be read, all findings count"));
}

static void nothing_set_means_the_documented_defaults(void **state)
{
    char cwd[PATH_MAX], expected[PATH_MAX + 32];

    assert_non_null(getcwd(cwd, sizeof cwd));
    snprintf(expected, sizeof expected, "%s/nplus1.%%e.%%p.%%t.pb", cwd);
    read_settings();
    assert_string_equal(complaints, "");
    assert_false(settings.disabled);
    assert_false(settings.capture_values);
    assert_int_equal(settings.threshold, 5);
    assert_int_equal(settings.max_stream, 64 << 20);
    assert_int_equal(settings.max_memory, 32 << 20);
    assert_string_equal(settings.output, expected);
    assert_false(log_enabled(LOG_ERROR));
}

static void an_empty_variable_is_as_none(void **state)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], "", 1);
    read_settings();
    assert_string_equal(complaints, "");
    assert_int_equal(settings.threshold, 5);
    assert_int_equal(settings.max_stream, 64 << 20);
}

static void good_values_are_taken(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {{"65536", 65536}, {"64K", 64 << 10},         {"100k", 100 << 10},       {"1M", 1 << 20},
                 {"7m", 7 << 20},  {"2G", UINT64_C(2) << 30}, {"3g", UINT64_C(3) << 30}, {"64G", UINT64_C(64) << 30}};

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        read_with("NPLUS1_MAX_STREAM", sizes[i].text);
        assert_string_equal(complaints, "");
        assert_int_equal(settings.max_stream, sizes[i].bytes);
    }
    read_with("NPLUS1_MAX_MEMORY", "1M");
    assert_int_equal(settings.max_memory, 1 << 20);
    read_with("NPLUS1_THRESHOLD", "2");
    assert_int_equal(settings.threshold, 2);
    read_with("NPLUS1_CAPTURE_VALUES", "1");
    assert_true(settings.capture_values);
    read_with("NPLUS1_CAPTURE_VALUES", "0");
    assert_false(settings.capture_values);
    assert_string_equal(complaints, "");
}

static void a_wrong_value_is_said_in_one_line_and_the_default_used(void **state)
{
    static const struct {
        const char *name, *value;
    } wrong[] = {
        {"NPLUS1_THRESHOLD", "1"},
        {"NPLUS1_THRESHOLD", "0"},
        {"NPLUS1_THRESHOLD", "-5"},
        {"NPLUS1_THRESHOLD", "5 "},
        {"NPLUS1_THRESHOLD", "five"},
        {"NPLUS1_THRESHOLD", "5K"},
        {"NPLUS1_THRESHOLD", "0x10"},
        {"NPLUS1_MAX_STREAM", "1"},
        {"NPLUS1_MAX_FILES", "0"},
        {"NPLUS1_MAX_FILES", "1K"},
        {"NPLUS1_MAX_STREAM", "63K"},
        {"NPLUS1_MAX_STREAM", "64KB"},
        {"NPLUS1_MAX_STREAM", "M"},
        {"NPLUS1_MAX_STREAM", "65G"},
        {"NPLUS1_MAX_STREAM", "1T"},
        {"NPLUS1_MAX_STREAM", "1.5M"},
        {"NPLUS1_MAX_STREAM", "99999999999999999999"},
        {"NPLUS1_MAX_STREAM", "18446744073709551615G"},
        {"NPLUS1_MAX_MEMORY", "1K"},
        {"NPLUS1_CAPTURE_VALUES", "yes"},
        {"NPLUS1_CAPTURE_VALUES", "2"},
        {"NPLUS1_DISABLE", "true"},
        {"NPLUS1_LOG", "verbose"},
        {"NPLUS1_LOG", "silent"},
    };

    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char start[128];
        read_with(wrong[i].name, wrong[i].value);
        snprintf(start, sizeof start, "nplus1: %s=%s: ", wrong[i].name, wrong[i].value);
        assert_memory_equal(complaints, start, strlen(start));
        assert_ptr_equal(strchr(complaints, '\n'), complaints + strlen(complaints) - 1);
        assert_int_equal(settings.threshold, 5);
        assert_int_equal(settings.max_stream, 64 << 20);
        assert_int_equal(settings.max_memory, 32 << 20);
        assert_false(settings.capture_values);
        assert_false(settings.disabled);
        assert_false(log_enabled(LOG_ERROR));
    }
}

static void several_wrong_values_are_one_line_and_said_once(void **state)
{
    setenv("NPLUS1_THRESHOLD", "x", 1);
    setenv("NPLUS1_MAX_STREAM", "y", 1);
    read_settings();
    assert_non_null(strstr(complaints, "NPLUS1_THRESHOLD=x"));
    assert_non_null(strstr(complaints, "NPLUS1_MAX_STREAM=y"));
    assert_ptr_equal(strchr(complaints, '\n'), complaints + strlen(complaints) - 1);
}

static void a_very_long_wrong_value_is_cut(void **state)
{
    static char value[5000];

    memset(value, 'a', sizeof value - 1);
    read_with("NPLUS1_THRESHOLD", value);
    assert_in_range(strlen(complaints), 100, 300);
}

static void disabled_means_that_nothing_else_is_read(void **state)
{
    setenv("NPLUS1_DISABLE", "1", 1);
    setenv("NPLUS1_THRESHOLD", "nonsense", 1);
    read_settings();
    assert_true(settings.disabled);
    assert_string_equal(complaints, "");
}

static const char *path_for(const char *output)
{
    static char path[512];

    read_with("NPLUS1_OUTPUT", output);
    return settings_output_path("prog", PATH_MAX, 42, "20260102T030405.678901", path, sizeof path) ? path : NULL;
}

static void the_pattern_names_program_pid_and_start(void **state)
{
    assert_string_equal(path_for("/x/%e-%p-%t.pb"), "/x/prog-42-20260102T030405.678901.pb");
    assert_string_equal(path_for("/x/%p%p"), "/x/4242");
    assert_string_equal(path_for("/x/plain"), "/x/plain");
    assert_string_equal(path_for("/x/100%%"), "/x/100%");
    assert_string_equal(path_for("/x/%%p"), "/x/%p");
    assert_string_equal(path_for("/x/%q%"), "/x/%q%");
}

static void a_long_name_of_a_program_is_cut_between_characters(void **state)
{
    char path[64];

    read_with("NPLUS1_OUTPUT", "/x/%e.pb");
    assert_true(settings_output_path("abc\xc3\xa4"
                                     "def",
                                     5, 42, "", path, sizeof path));
    assert_string_equal(path, "/x/abc\xc3\xa4.pb");
    assert_true(settings_output_path("abc\xc3\xa4"
                                     "def",
                                     4, 42, "", path, sizeof path));
    assert_string_equal(path, "/x/abc.pb");
}

static void all_settings_that_are_wrong_are_in_one_line_whole(void **state)
{
    static char value[200];

    memset(value, 'x', sizeof value - 1);
    clear(NULL);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], "NPLUS1_OUTPUT") != 0 && strcmp(names[i], "NPLUS1_DISABLE") != 0)
            setenv(names[i], value, 1);
    }
    setenv("NPLUS1_THRESHOLD", "\x1b[31mred", 1);
    read_settings();
    assert_non_null(strstr(complaints, "NPLUS1_THRESHOLD=?[31mred: not a number from 2 to 1000000000, 5 is used"));
    assert_non_null(strstr(complaints, "all findings count\n"));
    assert_non_null(strstr(complaints, "nothing is logged"));
    assert_non_null(strstr(complaints, "0 is used"));
}

static void a_trailing_slash_means_a_directory(void **state)
{
    assert_string_equal(path_for("/x/y/"), "/x/y/nplus1.prog.42.20260102T030405.678901.pb");
    assert_string_equal(path_for("/"), "/nplus1.prog.42.20260102T030405.678901.pb");
}

static void a_result_that_is_too_long_is_refused(void **state)
{
    char path[10];

    read_with("NPLUS1_OUTPUT", "/x/%t");
    assert_false(settings_output_path("prog", PATH_MAX, 42, "20260102T030405.678901", path, sizeof path));
    read_with("NPLUS1_OUTPUT", "/x/12345");
    assert_true(settings_output_path("prog", PATH_MAX, 42, "", path, sizeof path));
    read_with("NPLUS1_OUTPUT", "/x/1234567");
    assert_false(settings_output_path("prog", PATH_MAX, 42, "", path, sizeof path));
}

static void a_pattern_that_is_too_long_is_no_pattern(void **state)
{
    static char value[PATH_MAX + 100];

    memset(value, 'a', sizeof value - 1);
    value[0] = '/';
    read_with("NPLUS1_OUTPUT", value);
    assert_string_equal(settings.output, "");
    assert_null(path_for(value));
}

/* In a directory whose name would itself be a pattern. */
static void a_relative_pattern_belongs_to_the_directory_of_the_start(void **state)
{
    char folder[] = "/tmp/100%p-%e-XXXXXX", expected[128], cwd[PATH_MAX];

    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    snprintf(expected, sizeof expected, "%s/out/%d", folder, 42);
    assert_string_equal(path_for("out/%p"), expected);
    assert_int_equal(chdir(cwd), 0);
    rmdir(folder);
}

static void in_a_directory_that_is_gone_there_is_no_relative_path(void **state)
{
    char folder[] = "/tmp/nplus1-gone-XXXXXX", cwd[PATH_MAX];

    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    rmdir(folder);
    assert_null(path_for("recording.pb"));
    assert_string_equal(path_for("/x/recording.pb"), "/x/recording.pb");
    assert_int_equal(chdir(cwd), 0);
}

static void the_log_level_is_the_one_named(void **state)
{
    read_with("NPLUS1_LOG", "warn");
    assert_true(log_enabled(LOG_WARN));
    assert_false(log_enabled(LOG_INFO));
    read_with("NPLUS1_LOG", "debug");
    assert_true(log_enabled(LOG_DEBUG));
    log_set_level(LOG_SILENT);
}

#define TEST(name) cmocka_unit_test_setup(name, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_set_means_the_documented_defaults),
        TEST(an_empty_variable_is_as_none),
        TEST(good_values_are_taken),
        TEST(a_wrong_value_is_said_in_one_line_and_the_default_used),
        TEST(several_wrong_values_are_one_line_and_said_once),
        TEST(a_very_long_wrong_value_is_cut),
        TEST(disabled_means_that_nothing_else_is_read),
        TEST(the_pattern_names_program_pid_and_start),
        TEST(a_long_name_of_a_program_is_cut_between_characters),
        TEST(all_settings_that_are_wrong_are_in_one_line_whole),
        TEST(a_trailing_slash_means_a_directory),
        TEST(a_result_that_is_too_long_is_refused),
        TEST(a_pattern_that_is_too_long_is_no_pattern),
        TEST(a_relative_pattern_belongs_to_the_directory_of_the_start),
        TEST(in_a_directory_that_is_gone_there_is_no_relative_path),
        TEST(suppressions_are_a_file_that_can_be_read),
        TEST(the_log_level_is_the_one_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
