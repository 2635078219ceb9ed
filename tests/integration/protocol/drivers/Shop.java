import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A shop over JDBC: Shop SCENE URL. */
public class Shop {
    static final String ORDERS = "select id, customer_id from orders order by id";

    static String name(PreparedStatement byId, int id) throws SQLException {
        byId.setInt(1, id);
        try (ResultSet row = byId.executeQuery()) { // N+1 here
            row.next();
            return row.getString(1);
        }
    }

    static void lazy(Connection connection) throws SQLException {
        try (Statement all = connection.createStatement();
             PreparedStatement byId = connection.prepareStatement("select name from customers where id = ?");
             ResultSet orders = all.executeQuery(ORDERS)) {
            while (orders.next())
                check(name(byId, orders.getInt(2)).equals("c" + orders.getInt(1)));
        }
    }

    static void eager(Connection connection) throws SQLException {
        try (Statement all = connection.createStatement();
             ResultSet orders = all.executeQuery("select o.id, c.name from orders o join customers c on c.id = o.customer_id")) {
            while (orders.next())
                check(orders.getString(2).equals("c" + orders.getInt(1)));
        }
    }

    /** Rows in portions, batches, errors, generated keys. */
    static void everything(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement some = connection.prepareStatement("select id from orders where id > ? order by id")) {
            some.setFetchSize(30);
            for (int from = 0; from < 10; from++) {
                some.setInt(1, from * 100);
                int count = 0;
                try (ResultSet rows = some.executeQuery()) {
                    while (rows.next())
                        count++;
                }
                check(count == 1000 - from * 100);
            }
        }
        try (PreparedStatement insert = connection.prepareStatement("insert into orders values (?, ?, ?)")) {
            for (int i = 0; i < 200; i++) {
                insert.setInt(1, 5000 + i);
                insert.setInt(2, i);
                insert.setInt(3, i);
                insert.addBatch();
            }
            check(insert.executeBatch().length == 200);
        }
        connection.commit();
        try (Statement wrong = connection.createStatement()) {
            wrong.executeQuery("select 1 / 0");
            check(false);
        } catch (SQLException expected) {
            connection.rollback();
        }
        try (Statement last = connection.createStatement()) {
            last.execute("select count(*) from orders");
        }
        connection.commit();
    }

    static void check(boolean holds) {
        if (!holds)
            throw new IllegalStateException();
    }

    public static void main(String[] words) throws SQLException {
        try (Connection connection = DriverManager.getConnection(words[1]); Statement fill = connection.createStatement()) {
            fill.execute("create table customers(id int primary key, name text);"
                         + "create table orders(id int primary key, customer_id int, amount int)");
            fill.execute("insert into customers select 7 * i, 'c' || i from generate_series(1, 1000) i");
            fill.execute("insert into orders select i, 7 * i, i from generate_series(1, 1000) i");
            switch (words[0]) {
            case "lazy": lazy(connection); break;
            case "eager": eager(connection); break;
            default: everything(connection); break;
            }
        }
    }
}
