#include "exporter/symbols/stable_name.h"

#include <stdlib.h>

#include "exporter/ownership/ownership.h"
#include "exporter/ownership/plumbing.h"
#include "tests/unit/check.h"

static void leaves_out_what_changes_from_run_to_run(void **state)
{
    static const char *const names[][2] = {
        {"_app_views_issues_index_html_erb___1234567890123_45678", "_app_views_issues_index_html_erb__#"},
        {"_app_views_issues_index_html_erb__12_34", "_app_views_issues_index_html_erb__#"},
        {"(eval 37)", "(eval #)"},
        {"__tilt_960", "__tilt_#"},
        {"__TwigTemplate_3f2a91bc77e8d9a0", "__TwigTemplate_#"},
        {"content_5f3e1234567890_12345678", "content_#"},
        {"<lambda at 0x7f12ab34>", "<lambda at #>"},
        {"a1b2c3d4e5f60718293a4b5c6d7e8f90.php", "#.php"},
        {"tmpab12_x9z.py", "#.py"},
        {"load_orders", "load_orders"},
        {"user42", "user42"},
        {"utf8_2", "utf8_2"},
        {"sha256_block", "sha256_block"},
        {"facade", "facade"},
        {"template.py", "template.py"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name = stable_name(names[i][0]);
        assert_string_equal(name, names[i][1]);
        free(name);
    }
    assert_null(stable_name(NULL));
}

static void knows_what_stands_before_a_database(void **state)
{
    static const char *const plumbing[] = {
        "/usr/lib/python3/dist-packages/sqlalchemy/engine/base.py",
        "/usr/lib/python3/dist-packages/gunicorn/arbiter.py",
        "/usr/lib/python3.11/socketserver.py",
        "/usr/share/rubygems-integration/all/gems/activerecord-6.1.7/lib/active_record/relation.rb",
        "/usr/share/perl5/DBIx/SearchBuilder/Handle.pm",
        "<frozen importlib._bootstrap>",
    };
    static const char *const others[] = {
        "/usr/lib/python3/dist-packages/beets/library.py",
        "/usr/share/redmine/app/models/issue.rb",
        "/usr/share/perl5/RT/Ticket.pm",
        "/usr/lib/x86_64-linux-gnu/libsvn_wc-1.so.1.0.0",
    };
    for (size_t i = 0; i < sizeof plumbing / sizeof *plumbing; i++)
        assert_true(plumbing_holds(plumbing[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(plumbing_holds(others[i]));
    assert_true(plumbing_is_mapper(plumbing[0]));
    assert_false(plumbing_is_mapper("/usr/lib/python3/dist-packages/psycopg2/extras.py"));
}

static void knows_where_cargo_keeps_crates(void **state)
{
    static const char *const others[] = {
        "/srv/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/diesel-2.3.14/src/pg/connection/raw.rs",
        "/usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/diesel-2.3.14/src/query_dsl/mod.rs",
        "/build/home/registry/src/index.crates.io-6f17d22bba15001f/sqlx-core-0.8.6/src/pool/mod.rs",
        "/usr/local/cargo/git/checkouts/diesel-8a6b5b557f194/1949cf8/diesel/src/lib.rs",
        "/srv/shop/vendor/diesel/src/query_dsl/mod.rs",
    };
    static const char *const own[] = {"/srv/registry/src/main.rs", "/srv/cargo/src/main.rs", "/srv/git/checkouts/src/lib.rs"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(ownership_is_foreign_source(NULL, others[i]));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_false(ownership_is_foreign_source(NULL, own[i]));
}

static void knows_whose_javas_packages_are(void **state)
{
    static const char *const others[] = {
        "org/springframework/aop/support/AopUtils.java",
        "tools/jackson/databind/ser/BeanPropertyWriter.java",
        "org/thymeleaf/spring6/expression/SPELVariableExpressionEvaluator.java",
        "org/apache/catalina/core/ApplicationFilterChain.java",
        "shop/Book_$$_jvstfe1_0.java",
        "shop/Author$HibernateProxy$x1.java",
        "$Proxy12.java",
        "shop/$Proxy34.java",
    };
    static const char *const own[] = {
        "org/springframework/samples/petclinic/owner/OwnerController.java",
        "org/apache/fineract/portfolio/loanaccount/service/LoanReadPlatformServiceImpl.java",
        "tools/Main.java",
        "shop/ProxyShop.java",
        "com/example/Shop.kt",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(ownership_is_foreign_source(NULL, others[i]));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_false(ownership_is_foreign_source(NULL, own[i]));
}

static void knows_whose_rusts_functions_are(void **state)
{
    static const char *const others[] = {
        "diesel::pg::connection::inner_load",
        "<&mut sqlx_postgres::connection::PgConnection as sqlx_core::executor::Executor>::fetch",
        "<F as axum::handler::Handler<(M,T1),S>>::call::{{closure}}",
        "<core::future::poll_fn::PollFn<F> as core::future::future::Future>::poll",
    };
    static const char *const own[] = {
        "shop::main",
        "main",
        "diesel_shop::main",
        "<shop::Author as diesel::query_source::Queryable<ST,DB>>::build",
        "<dyn shop::Store>::load",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(ownership_is_foreign_function("rust", others[i]));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_false(ownership_is_foreign_function("rust", own[i]));
    assert_true(ownership_is_foreign_function("c", "__rust_try")); /* a name of C's */
    assert_false(ownership_is_foreign_function("c++", "std::sort"));
}

static void knows_scripts_that_only_start_a_program(void **state)
{
    assert_true(plumbing_is_launcher("/usr/bin/gunicorn"));
    assert_true(plumbing_is_launcher("/srv/venv/bin/flask"));
    assert_true(plumbing_is_launcher("/srv/shop/bin/rails"));
    assert_true(plumbing_is_launcher("/srv/shop/manage.py"));
    assert_false(plumbing_is_launcher("/srv/shop/bin/report.py"));
    assert_false(plumbing_is_launcher("/srv/flask/shop.py"));
    assert_false(plumbing_is_launcher("<string>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_out_what_changes_from_run_to_run), cmocka_unit_test(knows_where_cargo_keeps_crates),
        cmocka_unit_test(knows_whose_javas_packages_are),          cmocka_unit_test(knows_whose_rusts_functions_are),
        cmocka_unit_test(knows_what_stands_before_a_database),     cmocka_unit_test(knows_scripts_that_only_start_a_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
