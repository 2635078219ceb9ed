#include "exporter/ownership/plumbing.h"

#include <stddef.h>
#include <string.h>

#include "exporter/base/path.h"
#include "exporter/base/words.h"
#include "exporter/model/system.h"

/* Parts of paths. Debian has libraries in folders of their own, other installations in one with a version: /gems/rack-2.2.6/ */
static const char mappers[] = "/sqlalchemy/\0"
                              "/sqlmodel/\0"
                              "/django/db/\0"
                              "/peewee\0"
                              "/pony/orm/\0"
                              "/storm/\0"
                              "/tortoise/\0"
                              "/active_record\0"
                              "/activerecord-\0"
                              "/sequel/\0"
                              "/sequel-\0"
                              "/rom/\0"
                              "/Doctrine/\0"
                              "/doctrine/\0"
                              "/illuminate/database/\0"
                              "/Illuminate/Database/\0"
                              "/yiisoft/yii2/db/\0"
                              "/DBIx/Class\0"
                              "/Rose/DB\0"
                              "/alembic/\0"
                              "/libQt5Sql\0"
                              "/libQt6Sql\0"
                              "org/hibernate/\0"
                              "org/springframework/data/\0"
                              "org/springframework/orm/\0"
                              "org/eclipse/persistence/\0"
                              "org/apache/openjpa/\0"
                              "org/jooq/\0"
                              "org/mybatis/\0"
                              "org/apache/ibatis/\0"
                              "io/ebean/\0"
                              "io/micronaut/data/\0"
                              "io/quarkus/hibernate/\0"
                              "com/querydsl/\0"
                              "org/jetbrains/exposed/\0"
                              "org/ktorm/\0"
                              "/gorm.io/\0"
                              "/xorm.io/\0"
                              "/entgo.io/\0"
                              "/uptrace/bun@\0"
                              "/node_modules/typeorm/\0"
                              "/node_modules/sequelize/\0"
                              "/node_modules/@sequelize/\0"
                              "/node_modules/@prisma/\0"
                              "/node_modules/@mikro-orm/\0"
                              "/node_modules/objection/\0"
                              "/node_modules/bookshelf/\0"
                              "/node_modules/drizzle-orm/\0";
static const char drivers[] = "/sqlite3/\0"
                              "/sqlite3-\0"
                              "org/postgresql/\0"
                              "com/impossibl/postgres/\0"
                              "org/sqlite/\0"
                              "com/zaxxer/hikari/\0"
                              "com/mchange/v2/\0"
                              "org/apache/commons/dbcp\0"
                              "org/apache/tomcat/jdbc/\0"
                              "org/springframework/jdbc/\0"
                              "org/jdbi/\0"
                              "com/p6spy/\0"
                              "net/ttddyy/\0"
                              "io/agroal/\0"
                              "io/vertx/pgclient/\0"
                              "io/vertx/sqlclient/\0"
                              "/psycopg\0"
                              "/psycogreen/\0"
                              "/asyncpg/\0"
                              "/aiosqlite/\0"
                              "/pg8000/\0"
                              "/databases/\0"
                              "/records.py\0"
                              "/pg-\0"
                              "/pg/\0"
                              "/pg.rb\0"
                              "/connection_pool\0"
                              "/DBI.pm\0"
                              "/DBD/\0"
                              "/DBIx/Connector\0"
                              "/DBIx/SearchBuilder\0"
                              "/Mojo/Pg\0"
                              "/tdbc\0"
                              "/database/sql/\0"
                              "/go-sqlite3@\0"
                              "/jmoiron/sqlx@\0"
                              "/libpqxx\0"
                              "/libsoci_\0"
                              "/libodbc\0"
                              "/psqlodbc\0"
                              "/libgda\0"
                              "/libdbi\0"
                              "/libaprutil\0"
                              "/node_modules/pg-promise/\0"
                              "/node_modules/postgres/\0"
                              "/node_modules/better-sqlite3/\0"
                              "/node_modules/knex/\0"
                              "/node_modules/kysely/\0"
                              "/node_modules/slonik/\0"
                              "/node_modules/tarn/\0"
                              "/node_modules/generic-pool/\0";
static const char frameworks[] = "/django/\0"
                                 "/flask/\0"
                                 "/werkzeug/\0"
                                 "/jinja2/\0"
                                 "/click/\0"
                                 "/starlette/\0"
                                 "/fastapi/\0"
                                 "/uvicorn/\0"
                                 "/gunicorn/\0"
                                 "/hypercorn/\0"
                                 "/celery/\0"
                                 "/kombu/\0"
                                 "/billiard/\0"
                                 "/gevent/\0"
                                 "/greenlet/\0"
                                 "/eventlet/\0"
                                 "/twisted/\0"
                                 "/tornado/\0"
                                 "/aiohttp/\0"
                                 "/anyio/\0"
                                 "/cherrypy/\0"
                                 "/pyramid/\0"
                                 "/waitress/\0"
                                 "/rest_framework/\0"
                                 "/mako/\0"
                                 "/paste/\0"
                                 "/rq/\0"
                                 "/active_support\0"
                                 "/activesupport-\0"
                                 "/active_model\0"
                                 "/activemodel-\0"
                                 "/action_\0"
                                 "/actionpack-\0"
                                 "/actionview-\0"
                                 "/abstract_controller\0"
                                 "/active_job\0"
                                 "/activejob-\0"
                                 "/railties\0"
                                 "/rails-\0"
                                 "/rails/\0"
                                 "/rack-\0"
                                 "/rack/\0"
                                 "/puma\0"
                                 "/unicorn\0"
                                 "/passenger\0"
                                 "/sidekiq\0"
                                 "/sinatra\0"
                                 "/tilt\0"
                                 "/thor\0"
                                 "/rake\0"
                                 "/bundler\0"
                                 "/irb\0"
                                 "/monitor.rb\0"
                                 "/Illuminate/\0"
                                 "/symfony/\0"
                                 "/Symfony/\0"
                                 "/twig/\0"
                                 "/Twig/\0"
                                 "/smarty\0"
                                 "/yiisoft/yii2/\0"
                                 "/composer/\0"
                                 "/Plack/\0"
                                 "/Starman\0"
                                 "/Mojo\0"
                                 "/Dancer\0"
                                 "/Catalyst\0"
                                 "/Moose\0"
                                 "/Try/Tiny\0"
                                 "/Class/MOP\0"
                                 "/Template/\0"
                                 "/HTTP/Server\0"
                                 "/FCGI\0"
                                 "/CGI\0"
                                 "/uwsgi\0"
                                 "/libapr-\0"
                                 "/libglib\0"
                                 "/libev\0"
                                 "/node_modules/express/\0"
                                 "/node_modules/router/\0"
                                 "/node_modules/koa\0"
                                 "/node_modules/fastify/\0"
                                 "/node_modules/avvio/\0"
                                 "/node_modules/@nestjs/\0"
                                 "/node_modules/@hapi/\0"
                                 "/node_modules/graphql\0"
                                 "/node_modules/@graphql-tools/\0"
                                 "/node_modules/@apollo/\0"
                                 "/node_modules/dataloader/\0"
                                 "/node_modules/next/\0";
/* Of some frameworks only they are known by name: what calls the application in their place. Starlette's client has AnyIO call it
 * in the loop's thread, from outside. */
static const char test_clients[] = "/werkzeug/test.py\0"
                                   "/django/test/client.py\0"
                                   "/starlette/testclient.py\0"
                                   "/anyio/from_thread.py\0"
                                   "/httpx/_transports/asgi.py\0"
                                   "/httpx/_transports/wsgi.py\0"
                                   "/webtest/app.py\0"
                                   "/falcon/testing/\0"
                                   "/litestar/testing/\0"
                                   "/quart/testing/\0"
                                   "/blacksheep/testing/\0"
                                   "/async_asgi_testclient/\0"
                                   "/rack/test.rb\0"
                                   "/rack/mock.rb\0"
                                   "/rack/mock_request.rb\0"
                                   "/action_dispatch/testing/integration.rb\0"
                                   "/Foundation/Testing/Concerns/MakesHttpRequests.php\0"
                                   "/HttpKernelBrowser.php\0"
                                   "/IntegrationTestTrait.php\0"
                                   "/Plack/Test/MockHTTP.pm\0"
                                   "/Catalyst/Test.pm\0"
                                   "org/springframework/test/web/\0"
                                   "/node_modules/light-my-request/\0"
                                   "/node_modules/@hapi/shot/\0";
/* What a language's machine has of its own, and what writes to sockets for all. Java's sources have no folder before their
 * package's. */
static const char machines[] = "node:\0"
                               "java/\0"
                               "javax/\0"
                               "jdk/\0"
                               "sun/\0"
                               "com/sun/\0"
                               "io/netty/\0";
static const char event_loops[] = "io/netty/channel/\0"
                                  "io/netty/util/concurrent/\0";
/* What makes and changes tables, and what it calls when it has. */
static const char setups[] = "/django/db/migrations/\0"
                             "/django/core/management/commands/migrate.py\0"
                             "/django/core/management/sql.py\0"
                             "/alembic/\0"
                             "/yoyo/\0"
                             "/aerich/\0"
                             "/active_record/migration\0"
                             "/active_record/schema_migration.rb\0"
                             "/active_record/tasks/\0"
                             "/sequel/extensions/migration.rb\0"
                             "/Illuminate/Database/Migrations/\0"
                             "/Illuminate/Database/Console/Migrations/\0"
                             "/Doctrine/Migrations/\0"
                             "/doctrine/migrations/\0"
                             "/robmorgan/phinx/\0"
                             "/controllers/BaseMigrateController.php\0"
                             "org/flywaydb/\0"
                             "liquibase/\0"
                             "org/hibernate/tool/schema/\0"
                             "/node_modules/knex/lib/migrations/\0"
                             "/node_modules/umzug/\0"
                             "/node_modules/typeorm/migration/\0"
                             "/node_modules/@mikro-orm/migrations/\0"
                             "/golang-migrate/migrate\0"
                             "/pressly/goose\0";
/* Interpreters and their libraries. */
static const char runtimes[] = "/lib/python3.\0"
                               "/lib/python3/dist-packages/six\0"
                               "/libpython\0"
                               "/bin/python\0"
                               "/libruby\0"
                               "/bin/ruby\0"
                               "/lib/ruby/3.\0"
                               "/lib/ruby/2.\0"
                               "/libperl\0"
                               "/bin/perl\0"
                               "/perl-base/\0"
                               "/share/perl/5\0"
                               "/libphp\0"
                               "/bin/php\0"
                               "/libtcl\0"
                               "/libc.so\0"
                               "/libpthread\0"
                               "/libstdc++\0"
                               "/libffi\0"
                               "/ld-linux\0"
                               "node:\0";
static const char packages[] = "/site-packages/\0"
                               "/dist-packages/\0"
                               "/vendor_ruby/\0"
                               "/gems/\0";

static bool contains_any(const char *path, const char *parts)
{
    for (; *parts; parts = words_next(parts)) {
        if (strstr(path, parts))
            return true;
    }
    return false;
}

bool plumbing_is_mapper(const char *path)
{
    return contains_any(path, mappers);
}

bool plumbing_is_test_client(const char *path)
{
    return contains_any(path, test_clients);
}

static bool begins_with_any(const char *path, const char *parts)
{
    for (; *parts; parts = words_next(parts)) {
        if (strncmp(path, parts, strlen(parts)) == 0)
            return true;
    }
    return false;
}

bool plumbing_is_machine(const char *path)
{
    return begins_with_any(path, machines) || plumbing_is_erlang(path);
}

bool plumbing_is_erlang(const char *path)
{
    return strcmp(path_basename(path), "beam.smp") == 0;
}

bool plumbing_is_event_loop(const char *path)
{
    return begins_with_any(path, event_loops);
}

bool plumbing_is_setup(const char *path)
{
    return contains_any(path, setups);
}

bool plumbing_holds(const char *path)
{
    return path[0] == '[' || path[0] == '<' || contains_any(path, mappers) || contains_any(path, drivers) ||
           system_is_library(path_basename(path)) || contains_any(path, frameworks) ||
           (contains_any(path, runtimes) && !contains_any(path, packages));
}

/* gunicorn, gunicorn3, python3-flask, celery.py */
bool plumbing_is_launcher(const char *path)
{
    static const char names[] = "gunicorn\0"
                                "uvicorn\0"
                                "hypercorn\0"
                                "uwsgi\0"
                                "waitress-serve\0"
                                "celery\0"
                                "rq\0"
                                "flask\0"
                                "django-admin\0"
                                "daphne\0"
                                "rails\0"
                                "rake\0"
                                "rackup\0"
                                "puma\0"
                                "unicorn\0"
                                "thin\0"
                                "passenger\0"
                                "sidekiq\0"
                                "bundle\0"
                                "spring\0"
                                "plackup\0"
                                "starman\0"
                                "hypnotoad\0"
                                "morbo\0"
                                "artisan\0"
                                "console\0"
                                "phpunit\0"
                                "pytest\0"
                                "rspec\0"
                                "beet\0"
                                "twistd\0";
    const char *base = path_basename(path);
    size_t length = strcspn(base, ".0123456789");
    if (path[0] != '/' || strcmp(base, "manage.py") == 0)
        return path[0] == '/';
    bool is_started = strstr(path, "/bin/") || strstr(path, "/sbin/") || strstr(path, "/exe/") || strcmp(base, "artisan") == 0;
    for (const char *name = names; is_started && *name; name = words_next(name)) {
        if (strlen(name) == length && strncmp(base, name, length) == 0)
            return true;
    }
    return false;
}
