import java.sql.*;

public class Lookups {
    static int look(PreparedStatement statement, int id) throws SQLException {
        statement.setInt(1, id);
        try (ResultSet found = statement.executeQuery()) {
            found.next();
            return found.getString(1).length();
        }
    }

    public static void main(String[] words) throws Exception {
        int count = Integer.parseInt(words[0]);
        String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE") + "?user=" + System.getenv("PGUSER");
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement statement = connection.prepareStatement("select name from customers where id = ?")) {
            for (int i = 0; i < count / 2; i++)
                look(statement, i % 1000 + 1);
            long since = System.nanoTime();
            for (int i = 0; i < count; i++)
                look(statement, i % 1000 + 1);
            System.out.println((System.nanoTime() - since) / 1e3 / count);
        }
    }
}
