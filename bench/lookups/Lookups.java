import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.sql.*;

public class Lookups {
    static void look(PreparedStatement statement, int size) throws SQLException {
        for (int i = 0; i < size; i++) {
            statement.setInt(1, i % 1000 + 1);
            try (ResultSet found = statement.executeQuery()) {
                found.next();
                if (found.getString(1).isEmpty())
                    throw new IllegalStateException();
            }
        }
    }

    static int server(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet found = statement.executeQuery("select pg_backend_pid()")) {
            found.next();
            return found.getInt(1);
        }
    }

    public static void main(String[] words) throws Exception {
        var threads = ManagementFactory.getThreadMXBean();
        var commands = new BufferedReader(new InputStreamReader(System.in));
        String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE") + "?user=" + System.getenv("PGUSER");
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement statement = connection.prepareStatement("select name from customers where id = ?")) {
            System.out.println(server(connection));
            for (String line; (line = commands.readLine()) != null;) {
                int size = Integer.parseInt(line);
                long since = System.nanoTime(), used = threads.getCurrentThreadCpuTime();
                look(statement, size);
                long wall = System.nanoTime() - since, cpu = threads.getCurrentThreadCpuTime() - used;
                System.out.println(wall + " " + cpu);
            }
        }
    }
}
