import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Orders and their customers with JDBC: Shop lazy|eager [OPTIONS] [virtual] */
public class Shop {
    static int name(PreparedStatement customer, int id) throws SQLException {
        customer.setInt(1, id);
        try (ResultSet found = customer.executeQuery()) { // query
            found.next();
            return found.getString(1).length();
        }
    }

    static int lazy(Connection connection) throws SQLException {
        int total = 0;
        try (Statement statement = connection.createStatement();
             PreparedStatement customer = connection.prepareStatement("select name from customers where id = ?");
             ResultSet orders = statement.executeQuery("select id, customer_id from orders order by id")) {
            while (orders.next()) {
                total += name(customer, orders.getInt(2)); // N+1 here
            }
        }
        return total;
    }

    static int eager(Connection connection) throws SQLException {
        int total = 0;
        try (Statement statement = connection.createStatement();
             ResultSet orders = statement.executeQuery("select o.id, c.name from orders o join customers c on c.id = o.customer_id")) {
            while (orders.next()) {
                total += orders.getString(2).length();
            }
        }
        return total;
    }

    static void load(String way, String options) {
        String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE") + "?user=" + System.getenv("PGUSER");
        try (Connection connection = DriverManager.getConnection(url + options)) {
            System.out.println(way.equals("lazy") ? lazy(connection) : eager(connection));
        } catch (SQLException e) {
            throw new RuntimeException(e);
        }
    }

    public static void main(String[] words) throws Exception {
        String options = words.length > 1 ? words[1] : "";
        if (words.length > 2) { // a virtual thread, which this compiler may not know
            Thread thread = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, (Runnable) () -> load(words[0], options));
            thread.join();
        } else {
            load(words[0], options);
        }
    }
}
