#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "exporter/formats/escape.h"
#include "exporter/formats/packed.h"
#include "exporter/formats/review/markdown_text.h"

struct example {
    const char *text;
    const char *shown;
};

/* What a function writes of a text; to be freed. */
static char *written(void (*write)(FILE *out, const char *text), const char *text)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    write(out, text);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

static void check_all(void (*write)(FILE *out, const char *text), const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = written(write, examples[i].text);
        assert_string_equal(text, examples[i].shown);
        free(text);
    }
}

#define CHECK_ALL(write, examples) check_all((write), (examples), sizeof(examples) / sizeof *(examples))

static void xml_has_no_tag_and_no_character_of_the_data(void **state)
{
    static const struct example examples[] = {
        {"plain", "plain"},
        {"<a b=\"c\">'&amp;]]>", "&lt;a b=&quot;c&quot;&gt;&#39;&amp;amp;]]&gt;"},
        {"\x1b[31m\n\t", "\\x1b[31m  "},
        {"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd\xef\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\xef\\xbf"},
    };
    CHECK_ALL(escape_xml, examples);
}

static void csv_has_no_formula_and_no_separator_of_the_data(void **state)
{
    static const struct example examples[] = {
        {"", ""},
        {"plain", "plain"},
        {"a b", "\"a b\""},
        {"a,b", "\"a,b\""},
        {"say \"x\"\r\n", "\"say \"\"x\"\"  \""},
        {"=1+1", "\"'=1+1\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {" =1", "\"' =1\""},
        {"\t=1", "\"' =1\""},
        {"\"=1", "\"'\"\"=1\""},
        {"\xef\xbc\x9d\x31", "\"'\xef\xbc\x9d\x31\""},
        {"a=1", "a=1"},
    };
    CHECK_ALL(escape_csv, examples);
}

static void write_command(FILE *out, const char *text)
{
    escape_command(out, text, 0);
}

static void write_property(FILE *out, const char *text)
{
    escape_property(out, text, 0);
}

static void commands_stay_one_line_and_percents_turn_back(void **state)
{
    static const struct example messages[] = {{"a: b, 5%\n::error::x", "a: b, 5%25 ::error::x"}, {"%0A", "%250A"}};
    static const struct example properties[] = {{"C:\\x,y", "C%3A\\x%2Cy"}, {"%3A", "%253A"}, {"a\r\nb", "a  b"}};
    CHECK_ALL(write_command, messages);
    CHECK_ALL(write_property, properties);
}

static void labels_and_paths_are_quoted(void **state)
{
    static const struct example labels[] = {{"a\"b\\c\n", "a\\\"b\\\\c "}, {"{x=\"1\"} 1", "{x=\\\"1\\\"} 1"}};
    static const struct example paths[] = {
        {"src/shop.c", "src/shop.c"}, {"a b/%41?#x:y", "a%20b/%2541%3F%23x%3Ay"}, {"\xc3\xa9\n", "%C3%A9%0A"}};
    CHECK_ALL(escape_label, labels);
    CHECK_ALL(escape_uri, paths);
}

static void write_prose(FILE *out, const char *text)
{
    markdown_prose(out, text, 0);
}

static void write_code(FILE *out, const char *text)
{
    markdown_code(out, text, 0);
}

static void write_block(FILE *out, const char *text)
{
    markdown_block(out, text, 0, 2);
}

static void markdown_mentions_and_refers_to_nothing(void **state)
{
    static const struct example prose[] = {
        {"in (?, ?), one row", "in (?, ?), one row"},
        {"@user", "\\@&#8203;user"},
        {"org/repo#1 GH-2 gh-x", "org/repo\\#&#8203;1 GH-&#8203;2 gh-x"},
        {"<b>&lt;", "\\<b\\>\\&&#8203;lt;"},
        {"http://x www.x WWW.x", "http:&#8203;//x w&#8203;ww.x W&#8203;WW.x"},
        {":tada: a: b", ":&#8203;tada: a: b"},
        {"0123456 012345 x0123456", "0&#8203;123456&#8203; 012345 x0123456"},
        {"`_*[x](y)", "\\`\\_\\*&#8203;\\[x\\](y)"},
    };
    CHECK_ALL(write_prose, prose);
}

static void fences_are_longer_than_any_run_of_backticks(void **state)
{
    static const struct example spans[] = {
        {"a", "`a`"}, {"", "`  `"}, {"a`b``c", "```a`b``c```"}, {"`a", "`` `a ``"}, {" a ", "`  a  `"}};
    static const struct example blocks[] = {{"select 1", "  ```sql\n  select 1\n  ```\n"},
                                            {"a```\nb", "  ````sql\n  a``` b\n  ````\n"}};
    CHECK_ALL(write_code, spans);
    CHECK_ALL(write_block, blocks);
}

static void a_part_is_a_field_with_its_length(void **state)
{
    char *bytes = NULL;
    size_t size;
    struct packed_part part;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    packed_part_begin(&part);
    for (int i = 0; i < 300; i++)
        putc('x', part.out);
    packed_part_end(&part, 2, out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(size, 303);
    assert_memory_equal(bytes, "\x12\xac\x02x", 4);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_has_no_tag_and_no_character_of_the_data),
        cmocka_unit_test(csv_has_no_formula_and_no_separator_of_the_data),
        cmocka_unit_test(commands_stay_one_line_and_percents_turn_back),
        cmocka_unit_test(labels_and_paths_are_quoted),
        cmocka_unit_test(markdown_mentions_and_refers_to_nothing),
        cmocka_unit_test(fences_are_longer_than_any_run_of_backticks),
        cmocka_unit_test(a_part_is_a_field_with_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
