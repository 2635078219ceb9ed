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

    public static void main(String[] words) throws Exception {
        int rounds = Integer.parseInt(words[0]), size = Integer.parseInt(words[1]);
        long wall = Long.MAX_VALUE, cpu = Long.MAX_VALUE;
        var threads = ManagementFactory.getThreadMXBean();
        String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE") + "?user=" + System.getenv("PGUSER");
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement statement = connection.prepareStatement("select name from customers where id = ?")) {
            look(statement, 10 * size);
            for (int round = 0; round < rounds; round++) {
                long since = System.nanoTime(), used = threads.getCurrentThreadCpuTime();
                look(statement, size);
                wall = Math.min(wall, System.nanoTime() - since);
                cpu = Math.min(cpu, threads.getCurrentThreadCpuTime() - used);
            }
            System.out.println(wall / 1e3 / size + " " + cpu / 1e3 / size);
        }
    }
}
