import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/** Every way in which Java calls, each asking under a name of its own. */
public class Cases {
    interface Asker {
        long ask(String name);
    }

    static class Base {
        final long value;

        Base(String name) {
            value = Sql.ask(name);
        }
    }

    static class Late {
        static final long VALUE = Sql.ask("a_static_initializer");
    }

    static final class Inner extends Base {
        Inner() {
            super("a_constructor");
        }

        private long method() {
            return Sql.ask("an_inner_class");
        }
    }

    static long leaf(String name) {
        return Sql.ask(
                name);
    }

    public static long reflected() {
        return Sql.ask("reflection");
    }

    static long deep(int n) {
        if (n == 0)
            return Sql.ask("recursion");
        return deep(n - 1) + 1;
    }

    static long caught() {
        try {
            throw new IllegalStateException();
        } catch (IllegalStateException e) {
            return Sql.ask("a_handler");
        } finally {
            Sql.ask("a_finally");
        }
    }

    static synchronized long locked() {
        synchronized (Cases.class) {
            return Sql.ask("a_monitor");
        }
    }

    static void all() throws Throwable {
        leaf("a_line_that_goes_on");
        new Inner().method();
        Sql.ask("two_on_a_line"); Sql.ask("two_on_a_line");
        long ignored = Late.VALUE;
        Asker lambda = name -> Sql.ask(name);
        lambda.ask("a_lambda");
        Asker reference = Cases::leaf;
        reference.ask("a_method_reference");
        Asker anonymous = new Asker() {
            @Override
            public long ask(String name) {
                return Sql.ask(name);
            }
        };
        anonymous.ask("an_anonymous_class");
        List.of(2, 1).forEach(i -> Sql.ask("a_lambda_of_for_each"));
        IntStream.range(0, 3).mapToLong(i -> leaf("a_stream")).sum();
        List.of(2, 1).stream().sorted((a, b) -> (int) (Sql.ask("a_comparator") * 0) + a - b).toArray();
        for (int i = 0; i < 40; i++)
            Cases.class.getMethod("reflected").invoke(null);
        var handle = MethodHandles.lookup().findStatic(Cases.class, "leaf", MethodType.methodType(long.class, String.class));
        for (int i = 0; i < 40; i++)
            ignored += (long) handle.invokeExact("a_method_handle");
        Asker proxy = (Asker) java.lang.reflect.Proxy.newProxyInstance(Cases.class.getClassLoader(), new Class<?>[] {Asker.class},
                (self, method, words) -> Sql.ask((String) words[0]));
        for (int i = 0; i < 40; i++)
            proxy.ask("a_proxy");
        deep(300);
        caught();
        locked();
        Callable<Long> task = () -> leaf("a_thread");
        Thread thread = new Thread(() -> {
            try {
                task.call();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        thread.join();
    }

    public static void main(String[] words) throws Throwable {
        all();
    }
}
