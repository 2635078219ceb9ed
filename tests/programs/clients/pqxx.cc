// libpqxx: which sends its own statements (BEGIN, COMMIT) with those of the program. pqxx lazy|two|eager
#include <cstdio>
#include <cstring>
#include <pqxx/pqxx>
#include <string>

static long executions;

static long orders_of(pqxx::work &work, long customer)
{
    executions++;
    return static_cast<long>(work.exec_params("SELECT id FROM orders WHERE customer_id = $1", customer).size()); // N+1 here
}

static long names_of(pqxx::work &work, long customer)
{
    executions++;
    return static_cast<long>(work.exec_prepared("name", customer).size()); // second
}

int main(int argc, char **argv)
{
    const std::string mode = argc > 1 ? argv[1] : "";
    pqxx::connection connection;
    long rows = 0;

    connection.prepare("name", "SELECT name FROM customers WHERE id = $1");
    pqxx::work work{connection};
    if (mode == "eager") {
        executions++;
        rows += static_cast<long>(work.exec("SELECT c.id, o.id FROM customers c JOIN orders o ON o.customer_id = c.id").size());
    } else {
        executions++;
        for (auto const &row : work.exec("SELECT id FROM customers ORDER BY id")) {
            rows += orders_of(work, row[0].as<long>());
            if (mode == "two")
                rows += names_of(work, row[0].as<long>());
        }
    }
    work.commit();
    std::printf("%ld %ld\n", executions, rows);
    return 0;
}
