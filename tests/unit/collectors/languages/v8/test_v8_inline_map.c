#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "collectors/languages/v8/inline_map.h"

static size_t encode(const char *text, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(text), written = 0;

    for (size_t i = 0; i < length; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < length ? (uint8_t)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            out[written++] = i + k <= length ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return written;
}

/* The text has just the room that it takes. 0: nothing is found. */
static uint32_t find(const char *start, const char *json, const char *path, uint32_t line, uint32_t column)
{
    size_t length = strlen(start);
    char *text = malloc(length + strlen(json) * 2 + 8), *exact;
    uint32_t found = 0;

    memcpy(text, start, length);
    length += encode(json, text + length);
    exact = malloc(length);
    memcpy(exact, text, length);
    free(text);
    if (!v8_inline_map_find(exact, length, path, line, column, &found))
        found = 0;
    free(exact);
    return found;
}

#define START    "data:application/json;charset=utf-8;base64,"
#define MAPPINGS "\"mappings\":\";AAIA,IASA,U;;UAfA\""
/* Line 2: column 0 from line 5, column 4 from line 14, column 14 from nothing. Line 4: column 10 from line 0. */

static void a_place_is_told_by_the_line_that_it_was_made_of(void **state)
{
    static const char map[] =
        "{\"version\":3,\"sources\":[\"/srv/shop.ts\"],\"names\":[],\"sourcesContent\":[\"a, \\\"]}\"]," MAPPINGS "}";

    assert_int_equal(find(START, map, "/srv/shop.ts", 2, 1), 5);
    assert_int_equal(find(START, map, "/srv/shop.ts", 2, 4), 5);
    assert_int_equal(find(START, map, "/srv/shop.ts", 2, 5), 14);
    assert_int_equal(find(START, map, "/srv/shop.ts", 2, 500), 14);
    assert_int_equal(find(START, map, "/srv/shop.ts", 1, 1), 0);
    assert_int_equal(find(START, map, "/srv/shop.ts", 3, 1), 0);
    assert_int_equal(find(START, map, "/srv/shop.ts", 4, 1), 0); /* of a line before the first one */
    assert_int_equal(find(START, map, "/srv/shop.ts", 5, 1), 0);
}

static void only_a_script_that_is_its_own_source_was_compiled_in_memory(void **state)
{
    static const struct {
        const char *sources, *path;
        bool is;
    } rows[] = {
        {"[\"shop.ts\"]", "/srv/shop.ts", true},
        {"[ \"file:///srv/shop.ts\" ]", "/srv/shop.ts", true},
        {"[\"../src/shop.js\"]", "/srv/out/shop.js", false},
        {"[\"/srv/src/shop.js\"]", "/srv/out/shop.js", false},
        {"[\"op.ts\"]", "/srv/shop.ts", false},
        {"[\"shop.ts\",\"other.ts\"]", "/srv/shop.ts", false},
        {"[]", "/srv/shop.ts", false},
        {"[null]", "/srv/shop.ts", false},
        {"\"shop.ts\"", "/srv/shop.ts", false},
        {"[\"shop.ts\"],\"sourceRoot\":\"\"", "/srv/shop.ts", true},
        {"[\"shop.ts\"],\"sourceRoot\":null", "/srv/shop.ts", true},
        {"[\"shop.ts\"],\"sourceRoot\":\"../src\"", "/srv/shop.ts", false},
    };
    char map[512];

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        snprintf(map, sizeof map, "{\"sources\":%s," MAPPINGS "}", rows[i].sources);
        assert_int_equal(find(START, map, rows[i].path, 2, 1), rows[i].is ? 5 : 0);
    }
}

static void what_is_no_map_tells_nothing(void **state)
{
    static const char map[] = "{\"sources\":[\"shop.ts\"]," MAPPINGS "}";

    assert_int_equal(find("data:application/json;base64,", map, "/srv/shop.ts", 2, 1), 5);
    assert_int_equal(find("data:application/json,", map, "/srv/shop.ts", 2, 1), 0);
    assert_int_equal(find("data:text/plain;base64,", map, "/srv/shop.ts", 2, 1), 0);
    assert_int_equal(find(START, "{\"sources\":[\"shop.ts\"],\"mappings\":\";A!AA\"}", "/srv/shop.ts", 2, 1), 0);
    assert_int_equal(find(START, "{\"sources\":[\"shop.ts\"],\"mappings\":\";AAgggggggggggggggggggA\"}", "/srv/shop.ts", 2, 1),
                     0);
    for (size_t length = 0; length < sizeof map - 1; length++) {
        char *cut = strndup(map, length);
        uint32_t found = find(START, cut, "/srv/shop.ts", 2, 1);
        assert_true(found == 0 || found == 5);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_told_by_the_line_that_it_was_made_of),
        cmocka_unit_test(only_a_script_that_is_its_own_source_was_compiled_in_memory),
        cmocka_unit_test(what_is_no_map_tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
