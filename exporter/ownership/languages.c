#include "exporter/ownership/languages.h"

#include <stddef.h>

#include "exporter/stream/nplus1.pb-c.h"

/* The machine's own, and what stands between a program and its database: drivers, pools, mappers, containers, test runners,
 * other languages' run time. */
static const char *const java_packages[] = {
    "java/",
    "javax/",
    "jdk/",
    "sun/",
    "com/sun/",
    "jakarta/",
    "kotlin/",
    "kotlinx/",
    "scala/",
    "groovy/",
    "clojure/",
    "org/codehaus/groovy/",
    "org/apache/groovy/",
    "org/postgresql/",
    "com/impossibl/postgres/",
    "org/sqlite/",
    "com/zaxxer/hikari/",
    "com/mchange/",
    "org/apache/",
    "com/p6spy/",
    "net/ttddyy/",
    "io/agroal/",
    "org/hibernate/",
    "org/eclipse/",
    "org/springframework/",
    "org/jooq/",
    "org/jdbi/",
    "org/mybatis/",
    "org/flywaydb/",
    "liquibase/",
    "org/jetbrains/exposed/",
    "org/ktorm/",
    "slick/",
    "doobie/",
    "io/ebean/",
    "com/querydsl/",
    "net/bytebuddy/",
    "org/aopalliance/",
    "io/micronaut/",
    "io/quarkus/",
    "io/vertx/",
    "io/netty/",
    "io/undertow/",
    "io/ktor/",
    "io/micrometer/",
    "io/opentelemetry/",
    "reactor/",
    "io/reactivex/",
    "rx/",
    "play/",
    "akka/",
    "com/google/common/",
    "com/google/inject/",
    "com/fasterxml/",
    "org/jboss/",
    "io/smallrye/",
    "org/wildfly/",
    "org/glassfish/",
    "org/junit/",
    "junit/",
    "org/testng/",
    "org/mockito/",
    "org/gradle/",
    "worker/org/gradle/",
    "cats/",
    "zio/",
    NULL,
};

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
