#include "exporter/ownership/languages.h"

#include <stddef.h>

#include "exporter/stream/nplus1.pb-c.h"

/* What comes with the machine, drivers, pools, mappers, and what calls a program's own code. */
static const char *const java_packages[] = {
    "java/",
    "javax/",
    "jakarta/",
    "jdk/",
    "sun/",
    "com/sun/",
    "kotlin/",
    "kotlinx/",
    "scala/",
    "groovy/",
    "clojure/",
    "org/codehaus/groovy/",
    /* drivers and pools */
    "org/postgresql/",
    "com/impossibl/",
    "org/sqlite/",
    "org/h2/",
    "org/mariadb/",
    "com/mysql/",
    "oracle/",
    "com/microsoft/sqlserver/",
    "com/zaxxer/hikari/",
    "com/mchange/",
    "com/alibaba/druid/",
    "com/p6spy/",
    "net/ttddyy/",
    "io/agroal/",
    "io/r2dbc/",
    "org/vibur/",
    /* mappers */
    "org/hibernate/",
    "org/eclipse/persistence/",
    "org/apache/",
    "org/jooq/",
    "org/mybatis/",
    "org/jdbi/",
    "io/ebean/",
    "com/querydsl/",
    "org/jetbrains/exposed/",
    "slick/",
    "doobie/",
    "org/ktorm/",
    "org/springframework/",
    "org/datanucleus/",
    "org/sql2o/",
    "com/j256/ormlite/",
    "app/cash/sqldelight/",
    "org/flywaydb/",
    "liquibase/",
    /* servers, proxies, tests */
    "io/micronaut/",
    "io/quarkus/",
    "io/vertx/",
    "io/netty/",
    "io/ktor/",
    "io/undertow/",
    "reactor/",
    "rx/",
    "io/reactivex/",
    "akka/",
    "play/",
    "org/eclipse/jetty/",
    "org/glassfish/",
    "org/jboss/",
    "org/wildfly/",
    "net/bytebuddy/",
    "net/sf/cglib/",
    "javassist/",
    "com/fasterxml/",
    "com/google/",
    "org/aopalliance/",
    "org/aspectj/",
    "org/slf4j/",
    "ch/qos/logback/",
    "junit/",
    "org/junit/",
    "org/testng/",
    "org/gradle/",
    "worker/org/gradle/",
    "org/mockito/",
    "io/kotest/",
    "org/scalatest/",
    "dagger/",
    "com/intellij/rt/",
    NULL,
};
static const char *const java_suffixes[] = {".java", ".kt", ".scala", ".groovy", ".clj", ".class", NULL};

/* As they stand in programs whose paths are trimmed. */
static const char *const go_packages[] = {"runtime/", "database/sql/", "net/http/", "sync/",
                                          "reflect/", "testing/",      "context/",  NULL};
static const char *const go_suffixes[] = {".go", ".s", NULL};

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
        .number = NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT,
        .name = "javascript",
        .programs = {"node"},
        .module_folders = {"/node_modules/"},
        .source_folders = {"/node_modules/"},
        .local_folders = {"node"},
        .internal = "node:",
    },
    {.number = LANGUAGE_NONE, .name = "lua", .programs = {"lua"}, .local_folders = {"lua"}},
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_JAVA,
        .name = "java",
        .programs = {"java"},
        .runtime = "libjvm",
        .packages = java_packages,
        .suffixes = java_suffixes,
        .internal = "<generated>",
    },
    {
        .number = LANGUAGE_NONE,
        .name = "go",
        /* Modules, whose folders have their version where paths are trimmed, and what of the language itself stands between a
         * driver and the program, wherever it is installed; then what cgo and the linker write. */
        .source_folders = {"/pkg/mod/", "@v0.", "@v1.", "@v2.", "/usr/local/go/src/", "/src/runtime/", "/src/database/sql/",
                           "/src/net/http/", "/cgo-gcc-prolog", "_cgo_gotypes.go", "<autogenerated>"},
        .packages = go_packages,
        .suffixes = go_suffixes,
    },
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
