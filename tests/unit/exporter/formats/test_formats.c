#include "tests/unit/exporter/model_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/utf8.h"
#include "exporter/formats/profile/folded.h"
#include "exporter/formats/formats.h"
#include "exporter/formats/json/report.h"
#include "exporter/formats/json/writer.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"
#include "exporter/formats/text/report.h"

struct memory {
    char *text;
    size_t length;
    FILE *out;
};

/* In place: the stream keeps pointers into the struct. */
static void open_memory(struct memory *m)
{
    *m = (struct memory){0};
    m->out = open_memstream(&m->text, &m->length);
    assert_non_null(m->out);
}

static void groups_digits_by_three(void **state)
{
    char out[PRINTABLE_NUMBER];
    assert_string_equal(printable_number(0, out), "0");
    assert_string_equal(printable_number(999, out), "999");
    assert_string_equal(printable_number(1000, out), "1,000");
    assert_string_equal(printable_number(1234567, out), "1,234,567");
    assert_string_equal(printable_number(UINT64_MAX, out), "18,446,744,073,709,551,615");
}

static void writes_times_for_people(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1000, "1.00 us"},
        {12345, "12.3 us"},
        {999499, "999 us"},
        {999500, "1.00 ms"},
        {999600, "1.00 ms"},
        {999499999, "999 ms"},
        {999500000, "1.00 s"},
        {1500000, "1.50 ms"},
        {1240000000, "1.24 s"},
        {119000000000, "119 s"},
        {125000000000, "2 min 5 s"},
        {7260000000000, "2 h 1 min"},
        {UINT64_MAX, "5124095 h 34 min"},
    };
    char out[PRINTABLE_NUMBER];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(printable_time(cases[i].ns, out), cases[i].text);
    assert_string_equal(printable_bytes(640, out), "640 B");
    assert_string_equal(printable_bytes(1536, out), "1.50 KiB");
    assert_string_equal(printable_bytes(UINT64_C(64) << 20, out), "64.0 MiB");
}

static void shows_control_characters_as_escapes(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        const char *shown;
    } cases[] = {
        {"plain", 0, "plain"},
        {"a\nb\tc", 0, "a b c"},
        {"\x1b[31mred", 0, "\\x1b[31mred"},
        {"\x7f", 0, "\\x7f"},
        {"\xc2\x9b", 0, "\\u{9b}"},
        {"\xe2\x80\xae", 0, "\\u{202e}"},
        {"\xff", 0, "\\xff"},
        {"gr\xc3\xbc\xc3\x9f", 0, "gr\xc3\xbc\xc3\x9f"},
        {"123456789", 8, "12345..."},
        {"12345678", 8, "12345678"},
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 5, "\xe6\x97\xa5..."},
        {"\x1b\x1b\x1b", 6, "..."},
        {"\xe0\xb8\x81\xe0\xb8\xb4"
         "234567890",
         8,
         "\xe0\xb8\x81\xe0\xb8\xb4"
         "2345..."}, /* a Thai vowel above */
        {"\xf0\x9f\x90\x98"
         "234567",
         6,
         "\xf0\x9f\x90\x98"
         "2..."}, /* an elephant is two columns wide */
        {"\xc2\xad\xef\xbb\xbf", 0, "\\u{ad}\\u{feff}"},
        {"", 3, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct memory m;
        open_memory(&m);
        size_t columns = printable_write(m.out, cases[i].text, cases[i].width);
        fclose(m.out);
        assert_string_equal(m.text, cases[i].shown);
        assert_int_equal(columns, printable_width(cases[i].shown));
        free(m.text);
    }
}

static void writes_valid_json_whatever_the_text(void **state)
{
    struct memory m;
    open_memory(&m);
    struct json_writer json;
    json_begin(&json, m.out);
    json_object_begin(&json, NULL);
    json_text(&json, "a\"\\", "\x1b\n\t\x7f\xc2\x9b\xff\xc3\xa9/");
    json_none(&json, "none");
    json_flat_array(&json, "list");
    json_number(&json, NULL, 0);
    json_number(&json, NULL, UINT64_MAX);
    json_object_begin(&json, NULL);
    json_bool(&json, "yes", true);
    json_object_end(&json);
    json_array_end(&json);
    json_array_begin(&json, "empty");
    json_array_end(&json);
    json_hex(&json, "hash", 0xab);
    json_object_end(&json);
    json_end(&json);
    fclose(m.out);
    assert_string_equal(m.text, "{\n"
                                "  \"a\\\"\\\\\": \"\\u001b\\n\\t\\u007f\\u009b\\ufffd\xc3\xa9/\",\n"
                                "  \"none\": null,\n"
                                "  \"list\": [0, 18446744073709551615, {\"yes\": true}],\n"
                                "  \"empty\": [],\n"
                                "  \"hash\": \"00000000000000ab\"\n"
                                "}\n");
    free(m.text);
}

static struct recording_builder *nested(void)
{
    struct recording_builder *b = builder_create_started();
    uint32_t customers = builder_simple_group(b, 1, "select id, name from customers", "list_customers", 3,
                                              (struct builder_counters){.executions = 1, .rows = 3000, .ticks = 1000000});
    uint32_t orders = builder_simple_group(
        b, 2, "select id, total from orders where customer_id = ?", "load_orders", 7,
        (struct builder_counters){.executions = 3000, .rows = 12000, .ticks = 20000000, .distinct_values = 3000});
    uint32_t items = builder_simple_group(
        b, 3, "select id, price from items where order_id = ?", "load_items", 11,
        (struct builder_counters){.executions = 12000, .rows = 36000, .ticks = 80000000, .distinct_values = 12000});
    builder_edge_counters(b, builder_edge(b, customers, "id", orders, 1), 1,
                          (struct builder_edge_counters){3000, 3000, 3000, 1, 3000});
    builder_edge_counters(b, builder_edge(b, orders, "id", items, 1), 1,
                          (struct builder_edge_counters){12000, 12000, 12000, 3000, 14});
    return b;
}

static char *text_of(struct model *model, size_t width, bool color)
{
    struct memory m;
    open_memory(&m);
    struct text_options options = {.width = width, .color = color, .directory = "/opt/shop"};
    text_write(model, &options, m.out);
    fclose(m.out);
    return m.text;
}

static void says_what_is_only_possible_below_what_is_sure(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, "select name from users where id = ?", "load_user", 3,
                         (struct builder_counters){.executions = 50, .distinct_values = 50});
    struct model *model = model_of(b);
    char *text = text_of(model, 100, false);
    assert_int_equal(strncmp(text, "No sure N+1 found in shop: ", strlen("No sure N+1 found in shop: ")), 0);
    assert_non_null(strstr(text, "1. N+1, possible"));
    free(text);
    model_destroy(model);
    b = builder_create_started();
    builder_simple_group(b, 1, "select name from users where id = ?", "load_user", 3,
                         (struct builder_counters){.executions = 50, .distinct_values = 50});
    builder_simple_group(b, 2, "select name from teams where id = ?", "load_team", 4,
                         (struct builder_counters){.executions = 9, .distinct_values = 9, .units = 1, .unit_max = 9});
    model = model_of(b);
    text = text_of(model, 100, false);
    assert_non_null(strstr(text, "1. N+1, likely"));
    assert_non_null(strstr(text, "2. N+1, possible"));
    free(text);
    model_destroy(model);
}

/* A query for each row of a list, on a server; the list ran so many times for nothing besides. */
static char *text_of_remote_loop(uint64_t lists)
{
    struct recording_builder *b = builder_create_started();
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_POSTGRESQL, "shop");
    uint32_t groups[2];
    static const char *const texts[] = {"select id from orders", "select id, price from items where order_id = ?"};
    const struct builder_counters counters[] = {{.executions = lists, .rows = 4},
                                                {.executions = 4, .rows = 9, .distinct_values = 4, .units = 1, .unit_max = 4}};
    for (unsigned i = 0; i < 2; i++) {
        uint32_t frame = builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_PYTHON, i ? "items" : "orders", "app.py", 3 + i);
        groups[i] = builder_group(b, builder_statement(b, i + 1, texts[i], NPLUS1__VERB__VERB_SELECT), builder_stack(b, 0, frame),
                                  database);
        builder_counters(b, groups[i], 1, counters[i]);
    }
    builder_edge_counters(b, builder_edge(b, groups[0], "id", groups[1], 1), 1, (struct builder_edge_counters){4, 4, 4, 1, 4});
    struct model *model = model_of(b);
    char *text = text_of(model, 100, false);
    model_destroy(model);
    return text;
}

static void a_gain_that_reads_the_same_is_none(void **state)
{
    char *text = text_of_remote_loop(1);
    assert_non_null(strstr(text, "; with round trips of 1 ms: 5.00 ms -> 2.00 ms"));
    free(text);
    text = text_of_remote_loop(6000); /* 6.00 s -> 6.00 s */
    assert_non_null(strstr(text, "1. N+1, proven"));
    assert_non_null(strstr(text, " in the database here\n"));
    assert_null(strstr(text, "round trips"));
    free(text);
}

static void says_what_was_found_on_one_page(void **state)
{
    struct model *model = model_of(nested());
    char *text = text_of(model, 100, false);
    static const char *const parts[] = {
        "2 N+1 found in shop: 15,000 of 15,001 executions, 100 ms of 101 ms in the database\n",
        "1. nested N+1, proven",
        "            1 x select id, name from customers\n",
        "        3,000 x   select id, total from orders where customer_id = ?\n",
        "       12,000 x     select id, price from items where order_id = ?\n",
        "load_items() app.py:11, 36,000 rows, up to 14 for each\n",
        "   where   app.py:7 in load_orders()\n",
        "   join    column id of the parent -> parameter 1 (12,000 of 12,000 executions)\n",
        "select customer_id, id, total from orders where customer_id in (?, ?, ...)\n",
        " in the database here; 15,001 executions -> 3 when fixed",
        "15,001 executions of 3 statements from 3 places, 51,000 rows, 0 errors, 101 ms in the database\n",
        "process 42 was killed, or left by _exit; what it had counted is all here\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!strstr(text, parts[i]))
            fail_msg("missing: %s\nin:\n%s", parts[i], text);
    }
    assert_true(strstr(text, "in load_orders()") < strstr(text, "in load_items()")); /* from the outside in */
    free(text);
    model_destroy(model);
}

/* No tree stands above it. */
static void says_whose_rows_a_loop_writes(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t database = builder_database(b, NPLUS1__SYSTEM__SYSTEM_POSTGRESQL, "shop");
    uint32_t list = builder_group(b, builder_statement(b, 1, "select id from orders", NPLUS1__VERB__VERB_SELECT), 0, database);
    uint32_t write = builder_group(b, builder_statement(b, 2, "insert into log values (?)", NPLUS1__VERB__VERB_INSERT), 0,
                                   database);
    builder_counters(b, list, 1, (struct builder_counters){.executions = 1, .rows = 40});
    builder_counters(b, write, 1, (struct builder_counters){.executions = 40, .distinct_values = 40, .units = 1, .unit_max = 40});
    builder_edge_counters(b, builder_edge(b, list, "id", write, 1), 1, (struct builder_edge_counters){40, 40, 40, 1, 40});
    struct model *model = model_of(b);
    char *text = text_of(model, 100, false);
    assert_non_null(
        strstr(text, "   join    column id of the rows of select id from orders -> parameter 1 (40 of 40 executions)\n"));
    free(text);
    model_destroy(model);
}

static void says_so_when_there_is_nothing(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_simple_group(b, 1, "select 1", "main", 3, (struct builder_counters){.executions = 1});
    struct model *model = model_of(b);
    char *text = text_of(model, 100, false);
    assert_int_equal(strncmp(text, "No N+1 found in shop: 1 execution, 0 ns in the database\n", 55), 0);
    free(text);
    model_destroy(model);
}

static void does_not_count_the_possible_as_found(void **state)
{
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 1, "select a from t where b = ?", NPLUS1__VERB__VERB_SELECT);
    builder_counters(b, builder_group(b, statement, 0, 0), 1,
                     (struct builder_counters){.executions = 9, .distinct_values = 9, .unit_max = 9}); /* without a stack */
    struct model *model = model_of(b);
    char *text = text_of(model, 100, false);
    assert_non_null(strstr(text, "No sure N+1 found in shop: 9 executions, 0 ns in the database; 1 possible\n"));
    free(text);
    model_destroy(model);
}

static void keeps_within_the_width(void **state)
{
    static const size_t widths[] = {80, 100, 160};
    struct model *model = model_of(nested());
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        char *text = text_of(model, widths[i], false);
        for (char *line = text; *line;) {
            char *end = strchr(line, '\n');
            *end = '\0';
            bool loose = line == text || strstr(line, " executions of ") || strstr(line, "N+1, "); /* may be longer */
            if (!loose && printable_width(line) > widths[i])
                fail_msg("%zu columns in: %s", printable_width(line), line);
            line = end + 1;
        }
        free(text);
    }
    model_destroy(model);
}

static void lets_no_control_character_through(void **state)
{
    struct recording_builder *b = builder_create_started();
    builder_header(b)->program = (char *)"sh\x1b]0;owned\x07op";
    builder_simple_group(b, 1, "select \x1b[2J \xc2\x9b\x32J from t where a = ?", "fn\x1b[31m\r", 3,
                         (struct builder_counters){.executions = 9, .distinct_values = 9, .unit_max = 9});
    struct model *model = model_of(b);
    struct memory m;
    open_memory(&m);
    json_write(model, m.out);
    char *text = text_of(model, 80, false);
    fputs(text, m.out);
    fclose(m.out);
    for (size_t i = 0; i < m.length; i++) {
        assert_true((unsigned char)m.text[i] >= 0x20 || m.text[i] == '\n');
        assert_false((unsigned char)m.text[i] == 0xc2 && (unsigned char)m.text[i + 1] < 0xa0);
    }
    assert_non_null(strstr(text, "sh\\x1b]0;owned\\x07op"));
    free(text);
    free(m.text);
    model_destroy(model);
}

static void colours_only_when_asked(void **state)
{
    struct model *model = model_of(nested());
    char *plain = text_of(model, 100, false);
    char *coloured = text_of(model, 100, true);
    assert_null(strchr(plain, '\x1b'));
    assert_non_null(strstr(coloured, "\x1b[1;31m2 N+1 found\x1b[0m"));
    free(plain);
    free(coloured);
    model_destroy(model);
}

static void gives_the_same_bytes_for_the_same_model(void **state)
{
    char *texts[2];
    for (int i = 0; i < 2; i++) {
        struct model *model = model_of(nested());
        struct memory m;
        open_memory(&m);
        json_write(model, m.out);
        fclose(m.out);
        texts[i] = m.text;
        model_destroy(model);
    }
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
}

static void shows_the_source_line(void **state)
{
    char path[] = "/tmp/nplus1-source-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    fputs("first\n\tsecond \x1b[31m\nthird\n", file);
    fclose(file);
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 1, "select a from t where b = ?", NPLUS1__VERB__VERB_SELECT);
    uint32_t stack = builder_stack(b, 0, builder_frame(b, NPLUS1__LANGUAGE__LANGUAGE_RUBY, "load", path, 2));
    builder_counters(b, builder_group(b, statement, stack, 0), 1,
                     (struct builder_counters){.executions = 9, .distinct_values = 9, .unit_max = 9});
    struct model *model = model_of(b);
    char *text = text_of(model, 100, false);
    assert_non_null(strstr(text, "       1 | first\n"));
    assert_non_null(strstr(text, ">     2 |     second \\x1b[31m\n"));
    assert_non_null(strstr(text, "       3 | third\n"));
    free(text);
    model_destroy(model);
    remove(path);
}

static void reads_utf8_as_the_standard_has_it(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        uint32_t c;
    } cases[] = {
        {"a", 1, 'a'},
        {"\xc3\xbc", 2, 0xfc},
        {"\xe2\x82\xac", 3, 0x20ac},
        {"\xf0\x9f\x90\x98", 4, 0x1f418},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        {"\xed\x9f\xbf", 3, 0xd7ff},
        {"\xc0\xaf", 0, 0},         /* overlong */
        {"\xe0\x9f\xbf", 0, 0},     /* overlong */
        {"\xf0\x8f\xbf\xbf", 0, 0}, /* overlong */
        {"\xed\xa0\x80", 0, 0},     /* a surrogate */
        {"\xf4\x90\x80\x80", 0, 0}, /* beyond Unicode */
        {"\x80", 0, 0},
        {"\xe2\x82", 0, 0},
        {"\xe2\x28\xa1", 0, 0},
        {"\xff", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t c = 0;
        assert_int_equal(utf8_read(cases[i].text, strlen(cases[i].text), &c), cases[i].size);
        assert_int_equal(c, cases[i].c);
        assert_int_equal(utf8_read(cases[i].text, strlen(cases[i].text), NULL), cases[i].size);
    }
}

static char *folded_of(struct model *model, const struct format_options *options)
{
    struct memory m;
    open_memory(&m);
    folded_write(model, options, m.out);
    fclose(m.out);
    return m.text;
}

/* Stacks that share frames, one without a stack, semicolons in names, an execution that belongs to no group. */
static void folds_stacks_with_weights_that_add_up(void **state)
{
    struct model_frame frames[] = {
        {.function = "main", .file = "/srv/shop.c", .line = 9},
        {.function = "load;all", .file = "/srv/a;b.c", .line = 3},
        {.function = "step", .module = "/usr/lib/libsqlite3.so.0", .offset = 16},
        {.function = "?"},
    };
    struct model_node nodes[] = {{MODEL_NONE, 0}, {0, 1}, {1, 2}, {0, 3}};
    struct model_statement statements[] = {{.text = "select a from t where b = ?;"}, {.text = "begin\n"}};
    struct model_group groups[] = {
        {.statement = 0, .stack = 2, .executions = 5, .time_ns = 1999},
        {.statement = 1, .stack = 3, .executions = 1, .time_ns = 1999},
        {.statement = 1, .stack = MODEL_NONE, .executions = 2, .time_ns = 2},
    };
    struct model model = {.frames = frames,
                          .frame_count = 4,
                          .nodes = nodes,
                          .node_count = 4,
                          .statements = statements,
                          .statement_count = 2,
                          .groups = groups,
                          .group_count = 3,
                          .totals = {.executions = 12, .left_out = 4, .time_ns = 9000}};
    char *text = folded_of(&model, &(struct format_options){0});
    assert_string_equal(text, "main (shop.c:9);load,all (a,b.c:3);step (libsqlite3.so.0);select a from t where b = ?, 5\n"
                              "main (shop.c:9);?;begin  1\n"
                              "begin  2\n"
                              "(left out of the recording) 4\n");
    free(text);
    text = folded_of(&model, &(struct format_options){.weigh_by_time = true});
    assert_string_equal(text, "main (shop.c:9);load,all (a,b.c:3);step (libsqlite3.so.0);select a from t where b = ?, 1\n"
                              "main (shop.c:9);?;begin  2\n"
                              "begin  1\n"
                              "(left out of the recording) 5\n");
    free(text);
}

static void finds_formats_by_name(void **state)
{
    for (const struct format *format = formats; format->name; format++)
        assert_ptr_equal(formats_find(format->name), format);
    assert_null(formats_find("fold"));
    assert_null(formats_find(""));
}

static void a_place_keeps_its_line_however_narrow_it_is(void **state)
{
    static const struct {
        size_t width;
        const char *text;
    } cases[] = {
        {80, "load_orders_of_customer() /srv/shop/orders/loading.py:1234"},
        {50, "load_orders_of_customer() .../loading.py:1234"},
        {40, "load_orders_of_cu... .../loading.py:1234"},
        {24, ".../loading.py:1234"},
        {12, "...g.py:1234"},
    };
    struct model_frame frame = {
        .function = "load_orders_of_customer", .file = "/srv/shop/orders/loading.py", .line = 1234, .language = "python"};
    struct model model = {.frames = &frame, .frame_count = 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct memory m;
        open_memory(&m);
        text_write_place(&model, 0, &(struct text_options){.width = 80}, m.out, cases[i].width);
        fclose(m.out);
        assert_string_equal(m.text, cases[i].text);
        assert_true(m.length <= cases[i].width);
        free(m.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_digits_by_three),
        cmocka_unit_test(a_place_keeps_its_line_however_narrow_it_is),
        cmocka_unit_test(writes_times_for_people),
        cmocka_unit_test(shows_control_characters_as_escapes),
        cmocka_unit_test(writes_valid_json_whatever_the_text),
        cmocka_unit_test(says_what_is_only_possible_below_what_is_sure),
        cmocka_unit_test(a_gain_that_reads_the_same_is_none),
        cmocka_unit_test(says_what_was_found_on_one_page),
        cmocka_unit_test(says_whose_rows_a_loop_writes),
        cmocka_unit_test(says_so_when_there_is_nothing),
        cmocka_unit_test(does_not_count_the_possible_as_found),
        cmocka_unit_test(keeps_within_the_width),
        cmocka_unit_test(lets_no_control_character_through),
        cmocka_unit_test(colours_only_when_asked),
        cmocka_unit_test(gives_the_same_bytes_for_the_same_model),
        cmocka_unit_test(shows_the_source_line),
        cmocka_unit_test(reads_utf8_as_the_standard_has_it),
        cmocka_unit_test(folds_stacks_with_weights_that_add_up),
        cmocka_unit_test(finds_formats_by_name),
    };
    return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
