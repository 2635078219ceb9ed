/** The same line 10,000 times, while it is interpreted, compiled twice, and thrown out again. */
public class Loops {
    interface Shape {
        long ask(long id);
    }

    static final class One implements Shape {
        public long ask(long id) {
            return Sql.query("SELECT id FROM b WHERE a = ?", id);
        }
    }

    static final class Two implements Shape {
        public long ask(long id) {
            return Sql.query("SELECT id + 1 FROM b WHERE a = ?", id);
        }
    }

    static long each(Shape shape, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++)
            sum += shape.ask(i % 100);
        return sum;
    }

    static void fill() {
        Sql.query("CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER)", 0);
        for (int i = 0; i < 100; i++)
            Sql.query("INSERT INTO b(a) VALUES (?)", i);
    }

    static void work(int count) {
        fill();
        each(new One(), count);
        each(new Two(), count); // what was compiled knew one class
    }

    public static void main(String[] words) throws Exception {
        int threads = Integer.parseInt(words[0]), count = Integer.parseInt(words[1]);
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++)
            all[i] = new Thread(() -> work(count));
        for (Thread thread : all)
            thread.start();
        for (Thread thread : all)
            thread.join();
    }
}
