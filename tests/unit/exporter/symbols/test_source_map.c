#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/symbols/source_map/map.h"
#include "exporter/symbols/source_map/maps.h"
#include "tests/unit/check.h"

static struct source_map *parse(const char *text)
{
    return source_map_parse(text, strlen(text));
}

static void check_place(const struct source_map *map, uint32_t line, uint32_t column, const char *source, uint32_t source_line)
{
    struct source_map_place place;
    assert_true(source_map_find(map, line, column, &place));
    assert_string_equal(place.source, source);
    assert_int_equal(place.line, source_line);
}

static void finds_the_last_place_before_a_column(void **state)
{
    /* Line 1: column 0 is a:1, column 10 is b:6, from column 20 on nothing; line 3: column 4 is b:5. */
    struct source_map *map = parse(
        "{\"version\":3,\"sources\":[\"a\",\"b\"],\"mappings\":\"AAAA,UCKA,U;;IADAC\",\"names\":[\"x\"]}");
    struct source_map_place place;
    (void)state;
    assert_non_null(map);
    check_place(map, 1, 0, "a", 1);
    check_place(map, 1, 10, "a", 1);
    check_place(map, 1, 11, "b", 6);
    check_place(map, 1, 20, "b", 6);
    assert_false(source_map_find(map, 1, 21, &place));
    assert_false(source_map_find(map, 2, 1, &place));
    check_place(map, 3, 1, "b", 5); /* what indents it is part of the line */
    check_place(map, 3, 99, "b", 5);
    assert_false(source_map_find(map, 4, 1, &place));
    assert_false(source_map_find(map, 0, 1, &place));
    source_map_destroy(map);
}

static void takes_what_is_understood(void **state)
{
    struct source_map *map = parse(")]}'\n{\"version\":3,\"sources\":[\"a\",null],\"mappings\":\"AAAA,EAEA;ACAA,!,AAAA\"}");
    struct source_map_place place;
    (void)state;
    check_place(map, 1, 3, "a", 3);
    assert_false(source_map_find(map, 2, 1, &place)); /* a source without a name */
    source_map_destroy(map);
    assert_null(parse("{\"version\":2,\"sources\":[\"a\"],\"mappings\":\"AAAA\"}"));
    assert_null(parse("{\"version\":3,\"sources\":\"a\",\"mappings\":\"AAAA\"}"));
    assert_null(parse("{\"version\":3,\"sources\":[\"a\"]}"));
    assert_null(parse("nothing"));
    source_map_destroy(NULL);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Where the first line of a file was made, with that map. */
static void check_made_of(const char *folder, const char *script, const char *source, const char *wanted)
{
    char text[512], path[256], found[256];
    struct source_maps *maps = source_maps_create();
    char *file;
    uint32_t line;
    write_file(folder, "out/b.js", script);
    snprintf(text, sizeof text, "{\"version\":3,\"sources\":[\"%s\"],\"mappings\":\"AAAA\"}", source);
    write_file(folder, "out/b.js.map", text);
    snprintf(path, sizeof path, "%s/out/b.js", folder);
    assert_true(source_maps_find(maps, folder, path, 1, 5, &file, &line));
    snprintf(found, sizeof found, wanted, folder);
    assert_string_equal(file, found);
    free(file);
    source_maps_destroy(maps);
}

static void names_lead_to_files(void **state)
{
    char folder[] = "/tmp/nplus1-maps-XXXXXX", path[256];
    (void)state;
    assert_non_null(mkdtemp(folder));
    for (const char *const *name = (const char *const[]){"out", "src", NULL}; *name; name++) {
        snprintf(path, sizeof path, "%s/%s", folder, *name);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    write_file(folder, "src/a.ts", "");
    check_made_of(folder, "x\n//# sourceMappingURL=b.js.map\n", "../src/a.ts", "%s/src/a.ts");
    check_made_of(folder, "x\n", "../src/a.ts", "%s/src/a.ts");
    check_made_of(folder, "x\n//# sourceMappingURL=b%2ejs.map", "webpack://shop/./src/a.ts?1f3a", "%s/src/a.ts");
    check_made_of(folder, "x\n", "webpack:///src/a.ts", "%s/src/a.ts");
    check_made_of(folder, "x\n", "webpack://shop/webpack/bootstrap", "webpack://shop/webpack/bootstrap");
    check_made_of(folder, "x\n", "file:///srv/a%20b.ts", "/srv/a b.ts");
    check_made_of(folder,
                  "x\n//# "
                  "sourceMappingURL=data:application/"
                  "json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbIi4uL3NyYy9hLnRzIl0sIm1hcHBpbmdzIjoiQUFBQSJ9",
                  "nobody.ts", "%s/src/a.ts");
    for (const char *const *name = (const char *const[]){"out/b.js", "out/b.js.map", "src/a.ts", "out", "src", "", NULL}; *name;
         name++) {
        snprintf(path, sizeof path, "%s/%s", folder, *name);
        assert_int_equal(remove(path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_last_place_before_a_column),
        cmocka_unit_test(takes_what_is_understood),
        cmocka_unit_test(names_lead_to_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
