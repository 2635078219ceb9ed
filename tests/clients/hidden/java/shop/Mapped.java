package shop;

import java.util.List;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** A loop of Hibernate on sqlite-jdbc, or its eager twin; Hibernate's statistics count the statements. */
public final class Mapped {
    private static final String[] MAKE = {
        "CREATE TABLE Customer (id INTEGER PRIMARY KEY, code TEXT)",
        "CREATE TABLE Purchase (id INTEGER PRIMARY KEY, customer_id INTEGER, price REAL)",
        "INSERT INTO Customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i * 7919 % 100003, 'c-' || i FROM n",
        "INSERT INTO Purchase SELECT row_number() OVER (ORDER BY id DESC), id, id * 1.5 FROM Customer",
        "CREATE INDEX by_customer ON Purchase (customer_id)",
    };

    private static double priceOf(Customer customer) {
        double sum = 0;
        for (Purchase purchase : customer.purchases) // N+1 here
            sum += purchase.price;
        return sum;
    }

    private static double sum(List<Customer> customers) {
        double sum = 0;
        for (Customer customer : customers)
            sum += priceOf(customer);
        return sum;
    }

    public static void main(String[] words) {
        java.util.logging.LogManager.getLogManager().reset();
        Configuration configuration = new Configuration().addAnnotatedClass(Customer.class).addAnnotatedClass(Purchase.class)
            .setProperty("hibernate.connection.url", "jdbc:sqlite::memory:")
            .setProperty("hibernate.connection.pool_size", "1")
            .setProperty("hibernate.dialect", "org.hibernate.community.dialect.SQLiteDialect")
            .setProperty("hibernate.generate_statistics", "true");
        try (SessionFactory factory = configuration.buildSessionFactory(); Session session = factory.openSession()) {
            session.beginTransaction();
            session.doWork(database -> {
                try (var statement = database.createStatement()) {
                    for (String text : MAKE)
                        statement.executeUpdate(text);
                }
            });
            session.getTransaction().commit();
            session.beginTransaction();
            double sum = sum(session.createQuery(words[0].equals("lazy") ? "from Customer order by id"
                : "select distinct c from Customer c left join fetch c.purchases order by c.id", Customer.class).list());
            long executed = MAKE.length + factory.getStatistics().getPrepareStatementCount();
            session.getTransaction().commit();
            System.out.println(words[0] + " " + sum + " in " + executed + " executions");
        }
    }
}
