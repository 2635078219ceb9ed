#include "exporter/ownership/languages.h"

#include <stddef.h>

#include "exporter/stream/nplus1.pb-c.h"

const struct language languages[] = {
    {.number = NPLUS1__LANGUAGE__LANGUAGE_NATIVE, .name = "c"},
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_PYTHON,
        .name = "python",
        .programs = {"python"},
        .runtime = "libpython",
        .module_folders = {"/site-packages/", "/dist-packages/"},
        .source_folders = {"/site-packages/", "/dist-packages/", "/__pypackages__/"},
        .local_folders = {"python", "pypy"},
        .library_path = "/lib/python3.",  /* .../lib/python3.11/, wherever it is installed */
        .library_version = "0123456789t", /* t: built without the lock */
        .internal = "<frozen",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_RUBY,
        .name = "ruby",
        .programs = {"ruby"},
        .runtime = "libruby",
        .module_folders = {"/gems/"},
        .source_folders = {"/gems/"},
        .local_folders = {"ruby", "site_ruby"},
        .internal = "<internal:",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_PHP,
        .name = "php",
        .programs = {"php"},
        .runtime = "libphp",
        .source_folders = {"/vendor/", "/__CG__"}, /* __CG__: Doctrine's generated proxies, wherever they are kept */
        .local_folders = {"php"},
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_PERL,
        .name = "perl",
        .programs = {"perl"},
        .runtime = "libperl",
        .source_folders = {"/perl5/"},
        .local_folders = {"perl"},
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_TCL,
        .name = "tcl",
        .programs = {"tclsh", "wish"},
        .runtime = "libtcl",
        .source_folders = {"/tcltk/"},
        .local_folders = {"tcl"},
        .library_path = "/lib/tcl8", /* .../lib/tcl8.6/, .../lib/tcl8/8.5/ */
        .library_version = ".0123456789",
    },
    {
        .number = LANGUAGE_NONE,
        .name = "javascript",
        .programs = {"node"},
        .module_folders = {"/node_modules/"},
        .source_folders = {"/node_modules/"},
        .local_folders = {"node"},
    },
    {.number = LANGUAGE_NONE, .name = "lua", .programs = {"lua"}, .local_folders = {"lua"}},
    {.number = LANGUAGE_NONE, .name = "java", .programs = {"java"}},
    {.number = LANGUAGE_NONE, .name = "rust", .source_folders = {"/.cargo/registry/", "/rustc/"}},
    {.name = NULL},
};

const struct language *language_of(uint32_t number)
{
    for (const struct language *l = languages; l->name; l++) {
        if (l->number == number && number != LANGUAGE_NONE)
            return l;
    }
    return NULL;
}
