import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Virtual threads that share a pool of connections: VirtualShop loops|single THREADS ROWS
 *  loops: each reads ROWS orders and the customer of each; single: each reads one customer. */
public class VirtualShop {
    static final int CONNECTIONS = 4;
    static final BlockingQueue<Connection> pool = new LinkedBlockingQueue<>();
    static final AtomicInteger total = new AtomicInteger();

    static int name(int id) throws Exception {
        Connection connection = pool.take();
        try (PreparedStatement customer = connection.prepareStatement("select name from customers where id = ?")) {
            customer.setInt(1, id);
            try (ResultSet found = customer.executeQuery()) { // query
                return found.next() ? found.getString(1).length() : 0;
            }
        } finally {
            pool.put(connection);
        }
    }

    static List<Integer> customers(int after, int rows) throws Exception {
        List<Integer> found = new ArrayList<>();
        Connection connection = pool.take();
        try (PreparedStatement orders = connection.prepareStatement("select id, customer_id from orders where id > ? order by id limit " + rows)) {
            orders.setInt(1, after);
            try (ResultSet row = orders.executeQuery()) {
                while (row.next())
                    found.add(row.getInt(2));
            }
        } finally {
            pool.put(connection);
        }
        return found;
    }

    static void load(String way, int number, int rows) {
        try {
            if (way.equals("single")) {
                total.addAndGet(name(7 * (number + 1)));
                return;
            }
            for (int id : customers(rows * number, rows)) {
                Thread.sleep(1); // whoever carries the thread afterwards may be another one
                total.addAndGet(name(id)); // N+1 here
            }
        } catch (Exception e) {
            throw new RuntimeException(e);
        }
    }

    public static void main(String[] words) throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE") + "?user=" + System.getenv("PGUSER");
        int threads = Integer.parseInt(words[1]), rows = Integer.parseInt(words[2]);
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++)
            pool.put(DriverManager.getConnection(url));
        for (int i = 0; i < threads; i++) {
            int number = i; // the compiler may not know of virtual threads
            all.add((Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, (Runnable) () -> load(words[0], number, rows)));
        }
        for (Thread thread : all)
            thread.join();
        System.out.println(total);
    }
}
