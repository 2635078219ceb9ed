#include "exporter/stream/names.h"

#include "tests/unit/check.h"

#include <string.h>

static void says_how_well_names_fit(void **state)
{
    static const struct {
        const char *column, *compared, *parent, *child;
        enum names_fit fit;
    } rows[] = {
        {"local_relpath", "local_relpath", "select local_relpath from nodes", "select 1 from actual where local_relpath = ?",
         NAMES_WELL},
        {"repos_path", "local_relpath", "select repos_path from nodes", "select 1 from actual where local_relpath = ?",
         NAMES_PLAIN},
        {"Mail", "mail", "select \"Mail\" from users", "select id from people where mail = ?", NAMES_WELL},
        {"id", "id", "select id from posts", "select name from users where id = ?", NAMES_PLAIN},
        {"id", "id", "select id from users order by name", "select name from users where id = ?", NAMES_SAME},
        {"id", "id", "select \"users\".\"id\" from \"users\"", "select name from \"users\" where id = ?", NAMES_SAME},
        {"id", "id", "select id from users", "update users set name = ? where id = ?", NAMES_SAME},
        {"id", "id", "select id from users_old", "select name from users where id = ?", NAMES_PLAIN},
        {"rowid", "id", "select rowid from posts", "select name from users where id = ?", NAMES_PLAIN},
        {"user_id", "id", "select user_id from posts", "select name from users where id = ?", NAMES_WELL},
        {"user_key", "id", "select user_key from posts", "select name from users where id = ?", NAMES_WELL},
        {"author_id", "id", "select author_id from posts", "select name from users where id = ?", NAMES_BETTER},
        {"total", "id", "select total from posts", "select name from users where id = ?", NAMES_PLAIN},
        {"id", "user_id", "select id from users", "select title from posts where user_id = ?", NAMES_WELL},
        {"id", "author_id", "select id from users", "select title from posts where author_id = ?", NAMES_BETTER},
        {"id", "name", "select id from users", "select title from posts where name = ?", NAMES_BETTER},
        {"age", "user_id", "select age from users", "select title from posts where user_id = ?", NAMES_PLAIN},
        {"_id", "id", "select _id from posts", "select name from users where id = ?", NAMES_PLAIN},
        /* the key of a table that is joined to what it is asked for */
        {"id", "id", "select id from customers",
         "select count(o.id) from orders o left join customers c on c.id = o.customer_id where c.id = ?", NAMES_WELL},
        {"customer_id", "id", "select customer_id from orders",
         "select count(o.id) from orders o join customers c on o.customer_id = c.id where c.id in (?)", NAMES_WELL},
        {"id", "id", "select id from customers",
         "select \"o\".\"total\" from \"orders\" \"o\" join \"customers\" \"c\" on (\"c\".\"id\" = \"o\".\"customer_id\") where "
         "\"c\".\"id\" = ?",
         NAMES_WELL},
        {"id", "id", "select id from customers",
         "select c.name, o.total from customers c left join orders o on o.customer_id = c.id where c.id = ?", NAMES_SAME},
        {"id", "id", "select id from customers",
         "select o.total from orders o join customers c on c.id = o.customer_id where o.id = ?", NAMES_PLAIN},
        {"id", "id", "select id from customers", "select o.total from orders o join customers c on c.id where c.id = ?",
         NAMES_PLAIN},
        /* names that a mapper gave */
        {"customer_id_2", "id", "select o0_.id as id_0, o0_.customer_id as customer_id_2 from orders o0_",
         "select t0.name as name_2 from customers t0 where t0.id = ?", NAMES_WELL},
        {"id_0", "id", "select o0_.id as id_0, o0_.customer_id as customer_id_2 from orders o0_",
         "select t0.name as name_2 from customers t0 where t0.id = ?", NAMES_PLAIN},
        {"id_0", "customer_id", "select c0_.id as id_0 from customers c0_", "select 1 from orders where customer_id = ?",
         NAMES_WELL},
        {"orders_id", "id", "select orders.id as orders_id, orders.customer_id as orders_customer_id from orders",
         "select name from customers where id = ?", NAMES_PLAIN},
        {"orders_customer_id", "id", "select orders.id as orders_id, orders.customer_id as orders_customer_id from orders",
         "select name from customers where id = ?", NAMES_WELL},
        {"c1", "id", "select distinct \"o\".\"user_id\" as \"c1\" from \"orders\" as \"o\"",
         "select name from users where id = ?", NAMES_WELL},
        {"c1", "id", "select shop.o.user_id as c1 from shop.orders as o", "select name from users where id = ?", NAMES_WELL},
        /* what is computed has the name that it was given alone */
        {"total", "id", "select amount + user_id as total from orders", "select name from users where id = ?", NAMES_PLAIN},
        {"total", "id", "select max(user_id) as total from orders", "select name from users where id = ?", NAMES_PLAIN},
        {"total", "id", "select ? as user_id, ? as total from orders", "select name from users where id = ?", NAMES_PLAIN},
        {"o", "id", "select user_id as other from user_id as o", "select name from users where id = ?", NAMES_PLAIN},
        {"user_id", "id", "select x as user_id2, user_id from posts", "select name from users where id = ?", NAMES_WELL},
        /* what people call a column says more than its own name */
        {"writer_id", "id", "select user_id as writer_id from posts", "select name from users where id = ?", NAMES_BETTER},
        {"writer", "id", "select user_id as writer from posts", "select name from users where id = ?", NAMES_PLAIN},
        {"", "id", "select user_id as \"\" from posts", "select name from users where id = ?", NAMES_PLAIN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct names_text parent = {rows[i].parent, strlen(rows[i].parent)};
        struct names_text child = {rows[i].child, strlen(rows[i].child)};
        if (names_fit(rows[i].column, rows[i].compared, parent, child) != rows[i].fit)
            fail_msg("%s for %s", rows[i].column, rows[i].compared);
    }
}

static void reads_a_text_up_to_its_end(void **state)
{
    struct names_text parent = {"select user_id from posts", 14};
    struct names_text child = {"select name from users where id = ?", strlen("select name from ")};
    assert_int_equal(names_fit("user_id", "id", parent, child), NAMES_BETTER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_how_well_names_fit),
        cmocka_unit_test(reads_a_text_up_to_its_end),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
