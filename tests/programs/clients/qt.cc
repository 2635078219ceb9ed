// Qt's SQL module, whose drivers are plugins: qt lazy|two|eager QSQLITE|QPSQL DATABASE
#include <QCoreApplication>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>
#include <cstdio>
#include <cstdlib>

static long executions;

static void check(bool fine, const QSqlQuery &query)
{
    if (!fine) {
        std::fprintf(stderr, "%s\n", qPrintable(query.lastError().text()));
        std::exit(1);
    }
}

static long ask(QSqlQuery &query, long customer)
{
    long rows = 0;

    executions++;
    query.bindValue(0, QVariant::fromValue(customer));
    check(query.exec(), query); // N+1 here
    while (query.next())
        rows += query.value(0).isNull() ? 0 : 1;
    return rows;
}

static long orders_of(QSqlQuery &query, long customer)
{
    return ask(query, customer);
}

static long names_of(QSqlQuery &query, long customer)
{
    return ask(query, customer);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QString mode = argc > 1 ? argv[1] : "";
    long rows = 0;
    {
        QSqlDatabase db = QSqlDatabase::addDatabase(argc > 2 ? argv[2] : "");
        db.setDatabaseName(argc > 3 ? argv[3] : "");
        db.setUserName(std::getenv("PGUSER"));
        db.setHostName(std::getenv("PGHOST"));
        if (!db.open()) {
            std::fprintf(stderr, "%s\n", qPrintable(db.lastError().text()));
            return 1;
        }
        QSqlQuery outer(db), orders(db), names(db);
        executions++;
        if (mode == "eager") {
            check(outer.exec("SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id"), outer);
            while (outer.next())
                rows += outer.value(0).isNull() ? 0 : 1;
        } else {
            check(orders.prepare("SELECT id FROM orders WHERE customer_id = ?"), orders);
            check(names.prepare("SELECT name FROM customers WHERE id = ?"), names);
            check(outer.exec("SELECT id FROM customers ORDER BY id"), outer);
            while (outer.next()) {
                rows += orders_of(orders, outer.value(0).toLongLong());
                if (mode == "two")
                    rows += names_of(names, outer.value(0).toLongLong());
            }
        }
    }
    std::printf("%ld %ld\n", executions, rows);
    return 0;
}
