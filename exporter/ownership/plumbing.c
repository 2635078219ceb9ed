#include "exporter/ownership/plumbing.h"

#include <stddef.h>
#include <string.h>

#include "exporter/base/path.h"
#include "exporter/model/system.h"

/* Parts of paths. Debian has libraries in folders of their own, other installations in one with a version: /gems/rack-2.2.6/ */
static const char *const mappers[] = {
    "/sqlalchemy/",
    "/sqlmodel/",
    "/django/db/",
    "/peewee",
    "/pony/orm/",
    "/storm/",
    "/tortoise/",
    "/active_record",
    "/activerecord-",
    "/sequel/",
    "/sequel-",
    "/rom/",
    "/Doctrine/",
    "/doctrine/",
    "/illuminate/database/",
    "/Illuminate/Database/",
    "/DBIx/Class",
    "/Rose/DB",
    "/alembic/",
    "/libQt5Sql",
    "/libQt6Sql",
    "org/hibernate/",
    "org/springframework/data/",
    "org/springframework/orm/",
    "org/eclipse/persistence/",
    "org/apache/openjpa/",
    "org/jooq/",
    "org/mybatis/",
    "org/apache/ibatis/",
    "io/ebean/",
    "io/micronaut/data/",
    "io/quarkus/hibernate/",
    "com/querydsl/",
    "org/jetbrains/exposed/",
    "org/ktorm/",
    "/gorm.io/",
    "/xorm.io/",
    "/entgo.io/",
    "/uptrace/bun@",
    "/node_modules/typeorm/",
    "/node_modules/sequelize/",
    "/node_modules/@sequelize/",
    "/node_modules/@prisma/",
    "/node_modules/@mikro-orm/",
    "/node_modules/objection/",
    "/node_modules/bookshelf/",
    "/node_modules/drizzle-orm/",
    NULL,
};
static const char *const drivers[] = {
    "/sqlite3/",
    "/sqlite3-",
    "org/postgresql/",
    "com/impossibl/postgres/",
    "org/sqlite/",
    "com/zaxxer/hikari/",
    "com/mchange/v2/",
    "org/apache/commons/dbcp",
    "org/apache/tomcat/jdbc/",
    "org/springframework/jdbc/",
    "org/jdbi/",
    "com/p6spy/",
    "net/ttddyy/",
    "io/agroal/",
    "io/vertx/pgclient/",
    "io/vertx/sqlclient/",
    "/psycopg",
    "/psycogreen/",
    "/asyncpg/",
    "/aiosqlite/",
    "/pg8000/",
    "/databases/",
    "/records.py",
    "/pg-",
    "/pg/",
    "/pg.rb",
    "/connection_pool",
    "/DBI.pm",
    "/DBD/",
    "/DBIx/Connector",
    "/DBIx/SearchBuilder",
    "/Mojo/Pg",
    "/tdbc",
    "/database/sql/",
    "/go-sqlite3@",
    "/jmoiron/sqlx@",
    "/libpqxx",
    "/libsoci_",
    "/libodbc",
    "/psqlodbc",
    "/libgda",
    "/libdbi",
    "/libaprutil",
    "/node_modules/pg-promise/",
    "/node_modules/postgres/",
    "/node_modules/better-sqlite3/",
    "/node_modules/knex/",
    "/node_modules/kysely/",
    "/node_modules/slonik/",
    "/node_modules/tarn/",
    "/node_modules/generic-pool/",
    NULL,
};
static const char *const frameworks[] = {
    "/django/",
    "/flask/",
    "/werkzeug/",
    "/jinja2/",
    "/click/",
    "/starlette/",
    "/fastapi/",
    "/uvicorn/",
    "/gunicorn/",
    "/hypercorn/",
    "/celery/",
    "/kombu/",
    "/billiard/",
    "/gevent/",
    "/greenlet/",
    "/eventlet/",
    "/twisted/",
    "/tornado/",
    "/aiohttp/",
    "/anyio/",
    "/cherrypy/",
    "/pyramid/",
    "/waitress/",
    "/rest_framework/",
    "/mako/",
    "/paste/",
    "/rq/",
    "/active_support",
    "/activesupport-",
    "/active_model",
    "/activemodel-",
    "/action_",
    "/actionpack-",
    "/actionview-",
    "/abstract_controller",
    "/active_job",
    "/activejob-",
    "/railties",
    "/rails-",
    "/rails/",
    "/rack-",
    "/rack/",
    "/puma",
    "/unicorn",
    "/passenger",
    "/sidekiq",
    "/sinatra",
    "/tilt",
    "/thor",
    "/rake",
    "/bundler",
    "/irb",
    "/monitor.rb",
    "/Illuminate/",
    "/symfony/",
    "/Symfony/",
    "/twig/",
    "/Twig/",
    "/smarty",
    "/composer/",
    "/Plack/",
    "/Starman",
    "/Mojo",
    "/Dancer",
    "/Catalyst",
    "/Moose",
    "/Try/Tiny",
    "/Class/MOP",
    "/Template/",
    "/HTTP/Server",
    "/FCGI",
    "/CGI",
    "/uwsgi",
    "/libapr-",
    "/libglib",
    "/libev",
    "/node_modules/express/",
    "/node_modules/router/",
    "/node_modules/koa",
    "/node_modules/fastify/",
    "/node_modules/avvio/",
    "/node_modules/@nestjs/",
    "/node_modules/@hapi/",
    "/node_modules/graphql",
    "/node_modules/@graphql-tools/",
    "/node_modules/@apollo/",
    "/node_modules/dataloader/",
    "/node_modules/next/",
    NULL,
};
/* Interpreters and their libraries. */
static const char *const runtimes[] = {
    "/lib/python3.", "/lib/python3/dist-packages/six",
    "/libpython",    "/bin/python",
    "/libruby",      "/bin/ruby",
    "/lib/ruby/3.",  "/lib/ruby/2.",
    "/libperl",      "/bin/perl",
    "/perl-base/",   "/share/perl/5",
    "/libphp",       "/bin/php",
    "/libtcl",       "/libc.so",
    "/libpthread",   "/libstdc++",
    "/libffi",       "/ld-linux",
    "node:",         NULL,
};
static const char *const packages[] = {"/site-packages/", "/dist-packages/", "/vendor_ruby/", "/gems/", NULL};

static bool contains_any(const char *path, const char *const *parts)
{
    for (; *parts; parts++) {
        if (strstr(path, *parts))
            return true;
    }
    return false;
}

bool plumbing_is_mapper(const char *path)
{
    return contains_any(path, mappers);
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
    static const char *const names[] = {
        "gunicorn",     "uvicorn", "hypercorn", "uwsgi",  "waitress-serve", "celery",  "rq",        "flask",
        "django-admin", "daphne",  "rails",     "rake",   "rackup",         "puma",    "unicorn",   "thin",
        "passenger",    "sidekiq", "bundle",    "spring", "plackup",        "starman", "hypnotoad", "morbo",
        "artisan",      "console", "phpunit",   "pytest", "rspec",          "beet",    "twistd",    NULL,
    };
    const char *base = path_basename(path);
    size_t length = strcspn(base, ".0123456789");
    if (path[0] != '/' || strcmp(base, "manage.py") == 0)
        return path[0] == '/';
    bool is_started = strstr(path, "/bin/") || strstr(path, "/sbin/") || strstr(path, "/exe/") || strcmp(base, "artisan") == 0;
    for (size_t i = 0; is_started && names[i]; i++) {
        if (strlen(names[i]) == length && strncmp(base, names[i], length) == 0)
            return true;
    }
    return false;
}
