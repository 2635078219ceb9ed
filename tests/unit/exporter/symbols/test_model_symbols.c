#include "tests/unit/check.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/symbols/demangle.h"
#include "exporter/symbols/symbols.h"
#include "tests/unit/exporter/model_support.h"

static char folder[] = "/tmp/nplus1-symbols-XXXXXX";

/* A library to look into: entry() returns the address that a call in step(), inlined into load(), returns to. */
static const char source_c[] = "void *noted;\n"
                               "__attribute__((noinline)) void note(void)\n"
                               "{ noted = __builtin_return_address(0); }\n"
                               "static inline __attribute__((always_inline)) void step(int *n)\n"
                               "{\n"
                               "    ++*n;\n"
                               "    note(); /* line 7 */\n"
                               "    __asm__ volatile(\"\" ::: \"memory\");\n"
                               "}\n"
                               "__attribute__((noinline)) static int load(int n)\n"
                               "{\n"
                               "    int m = n;\n"
                               "    step(&m); /* line 13 */\n"
                               "    return m * n;\n"
                               "}\n"
                               "void *entry(int n) { return load(n) ? noted : noted; }\n";

static const char source_cpp[] = "void *noted;\n"
                                 "__attribute__((noinline)) void note() { noted = __builtin_return_address(0); }\n"
                                 "namespace shop {\n"
                                 "struct Loader {\n"
                                 "    int n;\n"
                                 "    template <typename T> __attribute__((noinline)) int load(T more) {\n"
                                 "        note(); // line 7\n"
                                 "        __asm__ volatile(\"\" ::: \"memory\"); return n + more;\n"
                                 "    }\n"
                                 "};\n"
                                 "}\n"
                                 "extern \"C\" void *entry(int n) { shop::Loader l{n}; return l.load(2) ? noted : noted; }\n";

static const char source_nested[] = "void *noted;\n"
                                    "__attribute__((noinline)) void note(void)\n"
                                    "{ noted = __builtin_return_address(0); }\n"
                                    "__attribute__((noinline)) static int outer(int n)\n"
                                    "{\n"
                                    "    if (n > 0) {\n"
                                    "        int more = n;\n"
                                    "        __attribute__((noinline)) int inner(int m)\n"
                                    "        {\n"
                                    "            note(); /* line 10 */\n"
                                    "            __asm__ volatile(\"\" ::: \"memory\"); return m + more;\n"
                                    "        }\n"
                                    "        return inner(2) * n;\n"
                                    "    }\n"
                                    "    return n;\n"
                                    "}\n"
                                    "void *entry(int n) { return outer(n) ? noted : noted; }\n";

struct library {
    char path[256];
    uint64_t address; /* in the ELF file */
};

static bool compile(const char *compiler, const char *flags, const char *suffix, const char *source, struct library *ret)
{
    static int number;
    char command[1024];
    char path[256];
    snprintf(path, sizeof path, "%s/lib%d%s", folder, ++number, suffix);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(source, file);
    fclose(file);
    snprintf(ret->path, sizeof ret->path, "%s/lib%d.so", folder, number);
    snprintf(command, sizeof command,
             "command -v %s >/dev/null && cd %s && %s %s -shared -fPIC -Wl,--build-id -o lib%d.so lib%d%s", compiler, folder,
             compiler, flags, number, number, suffix);
    if (system(command) != 0) {
        print_message("skipped: there is no %s, or it does not compile %s\n", compiler, path);
        return false;
    }
    void *handle = dlopen(ret->path, RTLD_NOW);
    assert_non_null(handle);
    void *(*entry)(int);
    *(void **)&entry = dlsym(handle, "entry");
    assert_non_null(entry);
    struct link_map *map;
    assert_int_equal(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    ret->address = (uint64_t)(uintptr_t)entry(3) - map->l_addr;
    dlclose(handle);
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    return text && strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void check_inlined(const char *compiler, const char *flags)
{
    struct library library;
    if (!compile(compiler, flags, ".c", source_c, &library))
        return;
    struct text_pool pool = {0};
    struct symbols *symbols = symbols_create(&pool);
    struct symbols_module *module = symbols_module(symbols, library.path, NULL, 0);
    assert_int_equal(symbols_module_state(module), SYMBOLS_READ);
    struct symbol found[SYMBOLS_INLINE_MAX];
    size_t count = symbols_resolve(module, library.address - 1, found);
    assert_true(count >= 2);
    assert_string_equal(found[0].function, "step");
    assert_int_equal(found[0].line, 7);
    assert_true(found[0].file[0] == '/' && ends_with(found[0].file, ".c"));
    assert_string_equal(found[1].function, "load");
    assert_int_equal(found[1].line, 13);
    assert_string_equal(found[1].file, found[0].file);
    assert_string_equal(found[1].language, "c");
    symbols_destroy(symbols);
    text_pool_finish(&pool);
}

static void resolves_inlined_functions(void **state)
{
    check_inlined("gcc", "-O2 -g");
    check_inlined("gcc", "-O2 -gdwarf-4");
    check_inlined("clang", "-O2 -g"); /* which writes no .debug_aranges */
}

static void names_functions_inside_of_functions(void **state)
{
    static const char *const flags[] = {"-O0 -g", "-O2 -g", "-O2 -gdwarf-4"};
    for (int i = 0; i < 3; i++) {
        struct library library;
        assert_true(compile("gcc", flags[i], ".c", source_nested, &library)); /* it builds this project, too */
        struct text_pool pool = {0};
        struct symbols *symbols = symbols_create(&pool);
        struct symbol found[SYMBOLS_INLINE_MAX];
        struct symbols_module *module = symbols_module(symbols, library.path, NULL, 0);
        assert_int_equal(symbols_resolve(module, library.address - 1, found), 1);
        assert_string_equal(found[0].function, "inner");
        assert_int_equal(found[0].line, 10);
        symbols_destroy(symbols);
        text_pool_finish(&pool);
    }
}

static void names_members_of_classes(void **state)
{
    static const char *const compilers[] = {"g++", "clang++"};
    for (int i = 0; i < 2; i++) {
        struct library library;
        if (!compile(compilers[i], "-O2 -g", ".cpp", source_cpp, &library))
            continue;
        struct text_pool pool = {0};
        struct symbols *symbols = symbols_create(&pool);
        struct symbol found[SYMBOLS_INLINE_MAX];
        size_t count = symbols_resolve(symbols_module(symbols, library.path, NULL, 0), library.address - 1, found);
        assert_true(count >= 1);
        assert_string_equal(found[0].function, "int shop::Loader::load<int>(int)");
        assert_int_equal(found[0].line, 7);
        assert_string_equal(found[0].language, "c++");
        symbols_destroy(symbols);
        text_pool_finish(&pool);
    }
}

static void falls_back_to_the_symbol_table(void **state)
{
    struct library library;
    if (!compile("gcc", "-O1 -g0", ".c", source_c, &library))
        skip();
    struct text_pool pool = {0};
    struct symbols *symbols = symbols_create(&pool);
    struct symbol found[SYMBOLS_INLINE_MAX];
    struct symbols_module *module = symbols_module(symbols, library.path, NULL, 0);
    assert_false(symbols_module_has_lines(module));
    assert_int_equal(symbols_resolve(module, library.address - 1, found), 1);
    assert_string_equal(found[0].function, "load");
    assert_null(found[0].file);
    assert_int_equal(found[0].line, 0);
    assert_int_equal(symbols_resolve(module, UINT64_MAX, found), 1);
    assert_null(found[0].function);
    symbols_destroy(symbols);
    text_pool_finish(&pool);
}

static void run_in_folder(const char *format, const char *a, const char *b)
{
    char command[1024], words[900];
    snprintf(words, sizeof words, format, a, b);
    snprintf(command, sizeof command, "cd %s && { %s; }", folder, words);
    assert_int_equal(system(command), 0);
}

/* The line of the innermost function at the library's address; 0: it is not known. */
static uint32_t line_in(const struct library *library)
{
    struct text_pool pool = {0};
    struct symbols *symbols = symbols_create(&pool);
    struct symbol found[SYMBOLS_INLINE_MAX];
    symbols_resolve(symbols_module(symbols, library->path, NULL, 0), library->address - 1, found);
    uint32_t line = found[0].file && found[0].function && strcmp(found[0].function, "step") == 0 ? found[0].line : 0;
    symbols_destroy(symbols);
    text_pool_finish(&pool);
    return line;
}

static void finds_debug_information_in_files_of_its_own(void **state)
{
    struct library library, other;
    assert_true(compile("gcc", "-O2 -g", ".c", source_c, &library));
    assert_true(compile("gcc", "-O2 -g", ".c", source_c, &other));
    const char *name = strrchr(library.path, '/') + 1;
    setenv("DEBUGINFOD_CACHE_PATH", folder, true);
    run_in_folder("objcopy --only-keep-debug %s a.debug && objcopy --only-keep-debug %s b.debug", name, other.path);
    run_in_folder("strip %s && objcopy --add-gnu-debuglink=a.debug %s", name, name);
    assert_int_equal(line_in(&library), 7);

    run_in_folder("mkdir -p .debug && mv a.debug .debug/", "", "");
    assert_int_equal(line_in(&library), 7);

    run_in_folder("mv .debug/a.debug kept && cp b.debug a.debug", "", ""); /* of another build */
    assert_int_equal(line_in(&library), 0);

    run_in_folder("id=$(readelf -n %s | sed -n 's/.*Build ID: //p') && mkdir $id && mv kept $id/debuginfo", name, "");
    assert_int_equal(line_in(&library), 7);
    unsetenv("DEBUGINFOD_CACHE_PATH");
}

static void finds_what_files_share(void **state)
{
    static const char flags[] = "-O2 -g -fno-eliminate-unused-debug-types -include stdio.h"; /* so that there is much */
    struct library library, other;
    assert_true(compile("gcc", flags, ".c", source_c, &library));
    assert_true(compile("gcc", flags, ".c", source_c, &other));
    run_in_folder("dwz -m shared.dwz %s %s", strrchr(library.path, '/') + 1, strrchr(other.path, '/') + 1);
    run_in_folder("readelf -S %s | grep -q gnu_debugaltlink", library.path, "");
    assert_int_equal(line_in(&library), 7);
    run_in_folder("cp %s shared.dwz", library.path, ""); /* of another build: its names would be wrong */
    assert_int_equal(line_in(&library), 0);
}

static void does_not_trust_a_file_that_changed(void **state)
{
    struct library library;
    if (!compile("gcc", "-O1 -g", ".c", source_c, &library))
        skip();
    struct recording_builder *b = builder_create_started();
    uint32_t statement = builder_statement(b, 1, "select 1", NPLUS1__VERB__VERB_SELECT);
    uint32_t changed = builder_module(b, library.path, "another build-id", 16);
    uint32_t missing = builder_module(b, "/nonexistent/libgone.so", NULL, 0);
    uint32_t frames[] = {builder_native_frame(b, changed, library.address), builder_native_frame(b, missing, 0x77),
                         builder_native_frame(b, 0, 0x7f0000001234)};
    uint32_t stack = 0;
    for (int i = 0; i < 3; i++)
        stack = builder_stack(b, stack, frames[i]);
    builder_counters(b, builder_group(b, statement, stack, 0), 1, (struct builder_counters){.executions = 1});
    struct model *m = model_of(b);
    assert_int_equal(m->frame_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(m->frames[i].function, "?");
        assert_null(m->frames[i].file);
    }
    assert_string_equal(m->frames[0].module, library.path);
    assert_int_equal(m->frames[0].offset, library.address);
    assert_int_equal(m->note_count, 2);
    assert_non_null(strstr(m->notes[0], "is not the file that ran"));
    assert_non_null(strstr(m->notes[1], "cannot be read"));
    model_destroy(m);
}

static void reads_only_regular_files(void **state)
{
    static const char *const paths[] = {"/dev/zero", "/tmp", "/proc/self/mem", "", "relative"};
    struct text_pool pool = {0};
    struct symbols *symbols = symbols_create(&pool);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_int_equal(symbols_module_state(symbols_module(symbols, paths[i], NULL, 0)), SYMBOLS_MISSING);
    symbols_destroy(symbols);
    text_pool_finish(&pool);
}

static void reads_mangled_names(void **state)
{
    static const char *const names[][3] = {
        {"_ZN4shop6Loader4loadEi", "shop::Loader::load(int)", "c++"},
        {"_ZN4shop6Loader4loadEi.constprop.0", "shop::Loader::load(int)", "c++"},
        {"_ZN4shop5items4load17h0123456789abcdefE", "shop::items::load", "rust"},
        {"_ZN4shop5items4load17h0123456789abcdefE.llvm.6037686127777053766", "shop::items::load", "rust"},
        {"_RNvC6_123foo3bar", "123foo::bar", "rust"},
        {"load.part.0", "load", "c"},
        {"load", "load", "c"},
        {"_Z", "_Z", "c++"},
        {"_start", "_start", "c"},
    };
    struct text_pool pool = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_string_equal(demangle(&pool, names[i][0]), names[i][1]);
        assert_string_equal(demangle_language(names[i][0]), names[i][2]);
    }
    assert_null(demangle(&pool, NULL));
    text_pool_finish(&pool);
}

static int set_up(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_inlined_functions),
        cmocka_unit_test(names_functions_inside_of_functions),
        cmocka_unit_test(names_members_of_classes),
        cmocka_unit_test(falls_back_to_the_symbol_table),
        cmocka_unit_test(finds_debug_information_in_files_of_its_own),
        cmocka_unit_test(finds_what_files_share),
        cmocka_unit_test(does_not_trust_a_file_that_changed),
        cmocka_unit_test(reads_only_regular_files),
        cmocka_unit_test(reads_mangled_names),
    };
    return cmocka_run_group_tests_name("symbols", tests, set_up, tear_down);
}
