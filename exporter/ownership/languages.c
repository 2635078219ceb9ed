#include "exporter/ownership/languages.h"

#include <stddef.h>

#include "exporter/stream/nplus1.pb-c.h"

/* What comes with the machine, drivers, pools, mappers, and what calls a program's own code. */
static const char java_packages[] = "java/\0"
                                    "javax/\0"
                                    "jakarta/\0"
                                    "jdk/\0"
                                    "sun/\0"
                                    "com/sun/\0"
                                    "kotlin/\0"
                                    "kotlinx/\0"
                                    "scala/\0"
                                    "groovy/\0"
                                    "clojure/\0"
                                    "org/codehaus/groovy/\0"
                                    /* drivers and pools */
                                    "org/postgresql/\0"
                                    "com/impossibl/\0"
                                    "org/sqlite/\0"
                                    "org/h2/\0"
                                    "org/mariadb/\0"
                                    "com/mysql/\0"
                                    "oracle/\0"
                                    "com/microsoft/sqlserver/\0"
                                    "com/zaxxer/hikari/\0"
                                    "com/mchange/\0"
                                    "com/alibaba/druid/\0"
                                    "com/p6spy/\0"
                                    "net/ttddyy/\0"
                                    "io/agroal/\0"
                                    "com/arjuna/\0"
                                    "io/r2dbc/\0"
                                    "org/vibur/\0"
                                    /* mappers */
                                    "org/hibernate/\0"
                                    "org/eclipse/persistence/\0"
                                    "org/apache/\0"
                                    "com/blazebit/\0"
                                    "io/hypersistence/\0"
                                    "com/vladmihalcea/\0"
                                    "org/hsqldb/\0"
                                    "org/jooq/\0"
                                    "org/mybatis/\0"
                                    "org/jdbi/\0"
                                    "io/ebean/\0"
                                    "com/querydsl/\0"
                                    "org/jetbrains/exposed/\0"
                                    "slick/\0"
                                    "doobie/\0"
                                    "org/ktorm/\0"
                                    "org/springframework/\0"
                                    "org/datanucleus/\0"
                                    "org/sql2o/\0"
                                    "com/j256/ormlite/\0"
                                    "app/cash/sqldelight/\0"
                                    "org/flywaydb/\0"
                                    "liquibase/\0"
                                    /* servers proxies tests */
                                    "io/micronaut/\0"
                                    "io/quarkus/\0"
                                    "io/vertx/\0"
                                    "io/netty/\0"
                                    "io/ktor/\0"
                                    "io/undertow/\0"
                                    "reactor/\0"
                                    "rx/\0"
                                    "io/reactivex/\0"
                                    "akka/\0"
                                    "play/\0"
                                    "org/eclipse/jetty/\0"
                                    "org/glassfish/\0"
                                    "org/jboss/\0"
                                    "org/wildfly/\0"
                                    "net/bytebuddy/\0"
                                    "net/sf/cglib/\0"
                                    "javassist/\0"
                                    "com/fasterxml/\0"
                                    "tools/jackson/\0"
                                    "org/thymeleaf/\0"
                                    "org/attoparser/\0"
                                    "ognl/\0"
                                    "freemarker/\0"
                                    "gg/jte/\0"
                                    "io/pebbletemplates/\0"
                                    "com/github/mustachejava/\0"
                                    "com/github/benmanes/caffeine/\0"
                                    "net/sf/ehcache/\0"
                                    "org/ehcache/\0"
                                    "org/mapstruct/\0"
                                    "org/modelmapper/\0"
                                    "graphql/\0"
                                    "com/netflix/\0"
                                    "org/quartz/\0"
                                    "org/jobrunr/\0"
                                    "com/vaadin/\0"
                                    "io/micrometer/\0"
                                    "io/opentelemetry/\0"
                                    "io/smallrye/\0"
                                    "io/github/resilience4j/\0"
                                    "io/javalin/\0"
                                    "io/helidon/\0"
                                    "io/jooby/\0"
                                    "org/http4k/\0"
                                    "org/http4s/\0"
                                    "ratpack/\0"
                                    "arrow/\0"
                                    "cats/\0"
                                    "zio/\0"
                                    "fs2/\0"
                                    "io/mockk/\0"
                                    "com/google/\0"
                                    "org/aopalliance/\0"
                                    "org/aspectj/\0"
                                    "org/slf4j/\0"
                                    "ch/qos/logback/\0"
                                    "junit/\0"
                                    "org/junit/\0"
                                    "org/testng/\0"
                                    "org/gradle/\0"
                                    "worker/org/gradle/\0"
                                    "org/mockito/\0"
                                    "io/kotest/\0"
                                    "org/scalatest/\0"
                                    "dagger/\0"
                                    "com/intellij/rt/\0";
/* Applications and examples whose names begin as those of libraries do. */
static const char java_own[] = "org/springframework/samples/\0"
                               "org/springframework/guides/\0"
                               "org/hibernate/tutorials/\0"
                               "org/jooq/example/\0"
                               "org/mybatis/jpetstore/\0"
                               "org/jboss/as/quickstarts/\0"
                               "jakarta/tutorial/\0"
                               "org/apache/airavata/\0"
                               "org/apache/dolphinscheduler/\0"
                               "org/apache/fineract/\0"
                               "org/apache/guacamole/\0"
                               "org/apache/hertzbeat/\0"
                               "org/apache/ofbiz/\0"
                               "org/apache/openmeetings/\0"
                               "org/apache/roller/\0"
                               "org/apache/streampark/\0"
                               "org/apache/syncope/\0";
/* Proxies, which stand between the program and itself: of Javassist (MyBatis), Byte Buddy (Hibernate), CGLIB, the JDK, Quarkus,
 * Micronaut, Mockito. They have no file, so their own name stands for it. */
static const char java_generated[] = "_$$_jvst\0"
                                     "_$$_javassist\0"
                                     "_$$_Weld\0"
                                     "$HibernateProxy\0"
                                     "$ByteBuddy$\0"
                                     "$$EnhancerBy\0"
                                     "$$SpringCGLIB$$\0"
                                     "$$FastClassBy\0"
                                     "/$Proxy\0"
                                     "_ClientProxy.\0"
                                     "_Subclass.\0"
                                     "$Intercepted\0"
                                     "$Definition\0"
                                     "$quarkusrestinvoker$\0"
                                     "$MockitoMock$\0";
static const char java_suffixes[] = ".java\0"
                                    ".kt\0"
                                    ".scala\0"
                                    ".groovy\0"
                                    ".clj\0"
                                    ".class\0";

/* As they stand in programs whose paths are trimmed. */
static const char go_packages[] = "runtime/\0"
                                  "database/sql/\0"
                                  "net/http/\0"
                                  "sync/\0"
                                  "reflect/\0"
                                  "testing/\0"
                                  "context/\0";
static const char go_suffixes[] = ".go\0"
                                  ".s\0";

/* What release builds say, which have no lines: the language's own, runtimes, servers, pools, drivers, mappers. */
static const char rust_crates[] = "std\0"
                                  "core\0"
                                  "alloc\0"
                                  "proc_macro\0"
                                  "hashbrown\0"
                                  "tokio\0"
                                  "tokio_util\0"
                                  "tokio_stream\0"
                                  "mio\0"
                                  "socket2\0"
                                  "futures\0"
                                  "futures_util\0"
                                  "futures_core\0"
                                  "futures_channel\0"
                                  "futures_executor\0"
                                  "async_std\0"
                                  "async_io\0"
                                  "async_executor\0"
                                  "async_global_executor\0"
                                  "smol\0"
                                  "blocking\0"
                                  "rayon\0"
                                  "rayon_core\0"
                                  "crossbeam\0"
                                  "crossbeam_utils\0"
                                  "parking_lot\0"
                                  "once_cell\0"
                                  "tracing\0"
                                  "log\0"
                                  "bytes\0"
                                  "anyhow\0"
                                  "serde\0"
                                  "serde_json\0"
                                  "axum\0"
                                  "axum_core\0"
                                  "hyper\0"
                                  "hyper_util\0"
                                  "tower\0"
                                  "tower_http\0"
                                  "actix\0"
                                  "actix_rt\0"
                                  "actix_web\0"
                                  "actix_http\0"
                                  "actix_server\0"
                                  "actix_service\0"
                                  "rocket\0"
                                  "warp\0"
                                  "tonic\0"
                                  "poem\0"
                                  "salvo_core\0"
                                  "tide\0"
                                  "async_graphql\0"
                                  "juniper\0"
                                  "askama\0"
                                  "tera\0"
                                  "minijinja\0"
                                  "tokio_postgres\0"
                                  "postgres\0"
                                  "postgres_protocol\0"
                                  "postgres_types\0"
                                  "rusqlite\0"
                                  "libsqlite3_sys\0"
                                  "sqlite\0"
                                  "fallible_iterator\0"
                                  "fallible_streaming_iterator\0"
                                  "sqlx\0"
                                  "sqlx_core\0"
                                  "sqlx_postgres\0"
                                  "sqlx_sqlite\0"
                                  "diesel\0"
                                  "diesel_async\0"

                                  "sea_orm\0"
                                  "sea_query\0"
                                  "sea_query_binder\0"
                                  "sea_orm_migration\0"
                                  "rbatis\0"
                                  "rbdc\0"
                                  "ormx\0"
                                  "welds\0"
                                  "r2d2\0"
                                  "r2d2_sqlite\0"
                                  "r2d2_postgres\0"
                                  "deadpool\0"
                                  "deadpool_postgres\0"
                                  "deadpool_sqlite\0"
                                  "deadpool_runtime\0"
                                  "deadpool_sync\0"
                                  "deadpool_diesel\0"
                                  "bb8\0"
                                  "bb8_postgres\0"
                                  "mobc\0"
                                  "scheduled_thread_pool\0"
                                  "refinery\0"
                                  "refinery_core\0";

const struct language languages[] = {
    {.number = NPLUS1__LANGUAGE__LANGUAGE_NATIVE, .name = "c"},
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_PYTHON,
        .name = "python",
        .programs = "python\0",
        .runtime = "libpython",
        .module_folders = "/site-packages/\0"
                          "/dist-packages/\0",
        .source_folders = "/site-packages/\0"
                          "/dist-packages/\0"
                          "/__pypackages__/\0",
        .local_folders = "python\0"
                         "pypy\0",
        .library_path = "/lib/python3.",  /* .../lib/python3.11/, wherever it is installed */
        .library_version = "0123456789t", /* t: built without the lock */
        .internal = "<frozen",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_RUBY,
        .name = "ruby",
        .programs = "ruby\0",
        .runtime = "libruby",
        .module_folders = "/gems/\0",
        .source_folders = "/gems/\0",
        .local_folders = "ruby\0"
                         "site_ruby\0",
        .internal = "<internal:",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_PHP,
        .name = "php",
        .programs = "php\0",
        .runtime = "libphp",
        .source_folders = "/vendor/\0"
                          "/__CG__\0", /* __CG__: Doctrine's generated proxies, wherever they are kept */
        .local_folders = "php\0",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_PERL,
        .name = "perl",
        .programs = "perl\0",
        .runtime = "libperl",
        .source_folders = "/perl5/\0",
        .local_folders = "perl\0",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_TCL,
        .name = "tcl",
        .programs = "tclsh\0"
                    "wish\0",
        .runtime = "libtcl",
        .source_folders = "/tcltk/\0",
        .local_folders = "tcl\0",
        .library_path = "/lib/tcl8", /* .../lib/tcl8.6/, .../lib/tcl8/8.5/ */
        .library_version = ".0123456789",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT,
        .name = "javascript",
        .programs = "node\0",
        .module_folders = "/node_modules/\0",
        .source_folders = "/node_modules/\0",
        .local_folders = "node\0",
        .internal = "node:",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_LUA,
        .name = "lua",
        .programs = "lua\0",
        .runtime = "liblua",
        .source_folders = "/.luarocks/\0"
                          "/lua_modules/\0",
        .local_folders = "lua\0",
    },
    {
        .number = NPLUS1__LANGUAGE__LANGUAGE_JAVA,
        .name = "java",
        .programs = "java\0",
        .runtime = "libjvm",
        .packages = java_packages,
        .own_packages = java_own,
        .generated = java_generated,
        .suffixes = java_suffixes,
        .internal = "<generated>",
    },
    {
        .number = LANGUAGE_NONE,
        .name = "go",
        /* Modules, whose folders have their version where paths are trimmed, and what of the language itself stands between a
         * driver and the program, wherever it is installed; then what cgo and the linker write. */
        .source_folders = "/pkg/mod/\0"
                          "@v0.\0"
                          "@v1.\0"
                          "@v2.\0"
                          "/usr/local/go/src/\0"
                          "/src/runtime/\0"
                          "/src/database/sql/\0"
                          "/src/net/http/\0"
                          "/cgo-gcc-prolog\0"
                          "_cgo_gotypes.go\0"
                          "<autogenerated>\0",
        .packages = go_packages,
        .suffixes = go_suffixes,
    },
    {.number = LANGUAGE_NONE,
     .name = "rust",
     /* CARGO_HOME may be anywhere: /usr/local/cargo in the image that Rust publishes. */
     .source_folders = "/.cargo/registry/\0"
                       "/cargo/registry/src/\0"
                       "/registry/src/index.crates.io-\0"
                       "/.cargo/git/\0"
                       "/cargo/git/checkouts/\0"
                       "/rustc/\0",
     .crates = rust_crates},
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
