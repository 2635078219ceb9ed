import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** Hibernate over JDBC: HibernateShop SCENE[=DATABASE] ... */
public class HibernateShop {
    static final int CUSTOMERS = 10, USERS = 20, POSTS = 5; // posts of each user; fill.sql

    @Entity
    @Table(name = "customers")
    static class Customer {
        @Id int id;
        String name;

        String getName() {
            return name;
        }
    }

    @Entity
    @Table(name = "orders")
    static class Order {
        @Id int id;
        int amount;
        @Column(name = "customer_id", insertable = false, updatable = false) int customerId;
        @ManyToOne(fetch = FetchType.LAZY) @JoinColumn(name = "customer_id") Customer customer;
    }

    @Entity
    @Table(name = "users")
    static class User {
        @Id int id;
        @OneToMany @JoinColumn(name = "user_id") List<Post> posts;
    }

    @Entity
    @Table(name = "posts")
    static class Post {
        @Id int id;
        @OneToMany @JoinColumn(name = "post_id") List<Comment> comments;
    }

    @Entity
    @Table(name = "comments")
    static class Comment {
        @Id int id;
        int words;
    }

    static int orders_customer_lazy(Session session) { // the session keeps each customer
        int total = 0;
        for (Order order : session.createSelectionQuery("from HibernateShop$Order o order by o.id", Order.class).list()) {
            total += order.customer.getName().length(); // N+1 here
        }
        return total;
    }

    static int orders_customer_selectin(Session session) {
        int total = 0;
        Set<Integer> wanted = new HashSet<>();
        List<Order> orders = session.createSelectionQuery("from HibernateShop$Order o order by o.id", Order.class).list();
        for (Order order : orders) {
            wanted.add(order.customerId);
        }
        session.createSelectionQuery("from HibernateShop$Customer c where c.id in :ids", Customer.class).setParameterList("ids", wanted).list();
        for (Order order : orders) {
            total += order.customer.getName().length(); // it is there
        }
        return total;
    }

    static int orders_customer_joined(Session session) {
        int total = 0;
        for (Order order : session.createSelectionQuery("from HibernateShop$Order o join fetch o.customer", Order.class).list()) {
            total += order.customer.getName().length();
        }
        return total;
    }

    static int users_posts_comments_lazy(Session session) {
        int total = 0;
        for (User user : session.createSelectionQuery("from HibernateShop$User u order by u.id", User.class).list()) {
            for (Post post : user.posts) { // N+1 here
                for (Comment comment : post.comments) { // N+1 here
                    total += comment.words;
                }
            }
        }
        return total;
    }

    static int expected(String scene) {
        switch (scene) {
            case "orders_customer_lazy":
                return 1 + CUSTOMERS;
            case "users_posts_comments_lazy":
                return 1 + USERS + USERS * POSTS;
            case "orders_customer_joined":
                return 1;
            default:
                return scene.startsWith("orders") ? 2 : 3;
        }
    }

    static int load(String scene, Session session) {
        switch (scene) {
            case "orders_customer_lazy":
                return orders_customer_lazy(session);
            case "orders_customer_selectin":
                return orders_customer_selectin(session);
            case "orders_customer_joined":
                return orders_customer_joined(session);
            case "users_posts_comments_lazy":
            case "users_posts_comments_selectin": // the same code, with a size of batches
                return users_posts_comments_lazy(session);
            default:
                throw new IllegalArgumentException(scene);
        }
    }

    static SessionFactory open(String scene, String database) {
        Configuration configuration = new Configuration();
        for (Class<?> entity : List.of(Customer.class, Order.class, User.class, Post.class, Comment.class)) {
            configuration.addAnnotatedClass(entity);
        }
        configuration.setProperty("hibernate.connection.url", "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + database);
        configuration.setProperty("hibernate.connection.username", System.getenv("PGUSER"));
        configuration.setProperty("hibernate.connection.autocommit", "true");
        configuration.setProperty("hibernate.default_batch_fetch_size", scene.endsWith("_selectin") ? "100" : "1");
        return configuration.buildSessionFactory();
    }

    public static void main(String[] words) {
        Logger log = Logger.getLogger("org.hibernate");
        log.setLevel(Level.OFF);
        for (String word : words) {
            String[] parts = word.split("=");
            try (SessionFactory factory = open(parts[0], parts.length > 1 ? parts[1] : System.getenv("PGDATABASE"));
                 Session session = factory.openSession()) {
                System.out.println(parts[0] + " " + expected(parts[0]) + " " + load(parts[0], session));
            }
        }
    }
}
