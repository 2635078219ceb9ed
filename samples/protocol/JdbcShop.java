import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** JDBC, whose driver speaks PostgreSQL's protocol itself: JdbcShop SCENE[=DATABASE] ... */
public class JdbcShop {
    static final int ORDERS = 100, USERS = 20, POSTS = 5; // posts of each user; fill.sql

    static String nameOf(PreparedStatement customer, int id) throws SQLException {
        customer.setInt(1, id);
        try (ResultSet found = customer.executeQuery()) {
            found.next();
            return found.getString(1);
        }
    }

    static List<Integer> numbers(PreparedStatement statement) throws SQLException {
        List<Integer> all = new ArrayList<>();
        try (ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                all.add(found.getInt(1));
            }
        }
        return all;
    }

    static int sum(PreparedStatement statement) throws SQLException {
        return numbers(statement).stream().mapToInt(Integer::intValue).sum();
    }

    static int orders_customer_lazy(Connection db) throws SQLException {
        int total = 0;
        try (Statement statement = db.createStatement();
             PreparedStatement customer = db.prepareStatement("SELECT name FROM customers WHERE id = ?");
             ResultSet orders = statement.executeQuery("SELECT id, customer_id FROM orders ORDER BY id")) {
            while (orders.next()) {
                total += nameOf(customer, orders.getInt(2)).length(); // N+1 here
            }
        }
        return total;
    }

    static int orders_customer_selectin(Connection db) throws SQLException {
        int total = 0;
        try (PreparedStatement orders = db.prepareStatement("SELECT customer_id FROM orders ORDER BY id");
             PreparedStatement customers = db.prepareStatement("SELECT id, name FROM customers WHERE id = ANY(?)")) {
            List<Integer> wanted = numbers(orders);
            Map<Integer, String> names = new HashMap<>();
            customers.setArray(1, arrayOf(db, wanted));
            try (ResultSet found = customers.executeQuery()) {
                while (found.next()) {
                    names.put(found.getInt(1), found.getString(2));
                }
            }
            for (int id : wanted) {
                total += names.get(id).length();
            }
        }
        return total;
    }

    static Array arrayOf(Connection db, List<Integer> numbers) throws SQLException {
        return db.createArrayOf("int4", numbers.stream().distinct().toArray());
    }

    static int orders_customer_joined(Connection db) throws SQLException {
        int total = 0;
        try (Statement statement = db.createStatement();
             ResultSet rows = statement.executeQuery("SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id")) {
            while (rows.next()) {
                total += rows.getString(2).length();
            }
        }
        return total;
    }

    static int users_posts_comments_lazy(Connection db) throws SQLException {
        int total = 0;
        try (PreparedStatement users = db.prepareStatement("SELECT id FROM users ORDER BY id");
             PreparedStatement posts = db.prepareStatement("SELECT id FROM posts WHERE user_id = ? ORDER BY id");
             PreparedStatement comments = db.prepareStatement("SELECT words FROM comments WHERE post_id = ?")) {
            for (int user : numbers(users)) {
                posts.setInt(1, user);
                for (int post : numbers(posts)) { // N+1 here
                    comments.setInt(1, post);
                    total += sum(comments); // N+1 here
                }
            }
        }
        return total;
    }

    static int users_posts_comments_selectin(Connection db) throws SQLException {
        try (PreparedStatement users = db.prepareStatement("SELECT id FROM users ORDER BY id");
             PreparedStatement posts = db.prepareStatement("SELECT id FROM posts WHERE user_id = ANY(?)");
             PreparedStatement comments = db.prepareStatement("SELECT words FROM comments WHERE post_id = ANY(?)")) {
            posts.setArray(1, arrayOf(db, numbers(users)));
            comments.setArray(1, arrayOf(db, numbers(posts)));
            return sum(comments);
        }
    }

    static int expected(String scene) {
        switch (scene) {
            case "orders_customer_lazy":
                return 1 + ORDERS;
            case "users_posts_comments_lazy":
                return 1 + USERS + USERS * POSTS;
            case "orders_customer_joined":
                return 1;
            default:
                return scene.startsWith("orders") ? 2 : 3;
        }
    }

    static int load(String scene, Connection db) throws SQLException {
        switch (scene) {
            case "orders_customer_lazy":
                return orders_customer_lazy(db);
            case "orders_customer_selectin":
                return orders_customer_selectin(db);
            case "orders_customer_joined":
                return orders_customer_joined(db);
            case "users_posts_comments_lazy":
                return users_posts_comments_lazy(db);
            case "users_posts_comments_selectin":
                return users_posts_comments_selectin(db);
            default:
                throw new IllegalArgumentException(scene);
        }
    }

    public static void main(String[] words) throws SQLException {
        for (String word : words) {
            String[] parts = word.split("=");
            String database = parts.length > 1 ? parts[1] : System.getenv("PGDATABASE");
            String url = "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + database + "?user=" + System.getenv("PGUSER");
            try (Connection db = DriverManager.getConnection(url)) {
                System.out.println(parts[0] + " " + expected(parts[0]) + " " + load(parts[0], db));
            }
        }
    }
}
