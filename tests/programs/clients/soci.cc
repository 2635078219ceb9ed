// SOCI, on SQLite and PostgreSQL: soci lazy|two|eager CONNECTION, where that is "sqlite3://db=FILE" or "postgresql://...".
#include <cstdio>
#include <soci/soci.h>
#include <string>
#include <vector>

static long executions;

static long orders_of(soci::session &sql, long customer)
{
    long rows = 0;

    executions++;
    soci::rowset<soci::row> set = (sql.prepare << "SELECT id FROM orders WHERE customer_id = :c", soci::use(customer)); // N+1 here
    for (auto it = set.begin(); it != set.end(); ++it) // SQLite begins with the first row: N+1 here
        rows++;
    return rows;
}

static long names_of(soci::session &sql, long customer)
{
    std::string name;

    executions++;
    sql << "SELECT name FROM customers WHERE id = :c", soci::use(customer), soci::into(name); // second
    return name.empty() ? 0 : 1;
}

int main(int argc, char **argv)
{
    const std::string mode = argc > 1 ? argv[1] : "";
    soci::session sql(argc > 2 ? argv[2] : "");
    std::vector<long> customers(1000);
    long rows = 0;

    executions++;
    if (mode == "eager") {
        sql << "SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id", soci::into(customers);
        rows = static_cast<long>(customers.size());
    } else {
        sql << "SELECT id FROM customers ORDER BY id", soci::into(customers);
        for (long customer : customers) {
            rows += orders_of(sql, customer);
            if (mode == "two")
                rows += names_of(sql, customer);
        }
    }
    std::printf("%ld %ld\n", executions, rows);
    return 0;
}
