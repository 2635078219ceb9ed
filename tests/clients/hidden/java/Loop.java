import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A loop through JDBC, or its eager twin, on the copy of SQLite that sqlite-jdbc brings along; the program counts what it executes. */
public final class Loop {
    private static final String[] MAKE = {
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)",
        "CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)",
        "INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 'c-' || (i * 7919 % 100003) FROM n",
        "INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer",
        "CREATE INDEX by_code ON purchase (code)",
    };
    private static int executed;

    private static double priceOf(PreparedStatement purchase, String code) throws SQLException {
        purchase.setString(1, code);
        executed++;
        try (ResultSet prices = purchase.executeQuery()) { // N+1 here
            prices.next();
            return prices.getDouble(1);
        }
    }

    private static double lazy(Connection database) throws SQLException {
        double sum = 0;
        try (Statement customers = database.createStatement();
             PreparedStatement purchase = database.prepareStatement("SELECT price FROM purchase WHERE code = ?")) {
            executed++;
            ResultSet rows = customers.executeQuery("SELECT id, code FROM customer ORDER BY id");
            while (rows.next())
                sum += priceOf(purchase, rows.getString(2));
        }
        return sum;
    }

    private static double eager(Connection database) throws SQLException {
        double sum = 0;
        try (Statement joined = database.createStatement()) {
            executed++;
            ResultSet rows = joined.executeQuery("SELECT price FROM customer JOIN purchase USING (code)");
            while (rows.next())
                sum += rows.getDouble(1);
        }
        return sum;
    }

    public static void main(String[] words) throws SQLException {
        try (Connection database = DriverManager.getConnection("jdbc:sqlite::memory:"); Statement make = database.createStatement()) {
            for (String text : MAKE) {
                executed++;
                make.executeUpdate(text);
            }
            double sum = words[0].equals("lazy") ? lazy(database) : eager(database);
            System.out.println(words[0] + " " + sum + " in " + executed + " executions");
        }
    }
}
