import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** A parallel stream: some of its tasks are run by the thread that waits for it, some by the pool's. */
public class Tasks {
    private static final Set<Thread> SEEN = ConcurrentHashMap.newKeySet();

    static void ask(int id) {
        SEEN.add(Thread.currentThread());
        while (SEEN.size() < 2)
            Thread.onSpinWait();
        Sql.query("SELECT 1 WHERE 1 = ?", id);
    }

    public static void main(String[] words) {
        IntStream.range(0, 64).parallel().forEach(id -> ask(id));
    }
}
