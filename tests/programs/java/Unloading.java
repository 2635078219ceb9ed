import java.io.InputStream;

/** The same class again and again, each time of a loader of its own that is thrown away. */
public class Unloading {
    public static final class Asks implements java.util.function.LongUnaryOperator {
        public long applyAsLong(long id) {
            return query("SELECT id FROM b WHERE a = ?", id);
        }
    }

    /** For classes of other loaders, to which Sql is no neighbour. */
    public static long query(String sql, long value) {
        return Sql.query(sql, value);
    }

    static final class Loader extends ClassLoader {
        Loader() {
            super(Unloading.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals("Unloading$Asks"))
                return super.loadClass(name, resolve);
            try (InputStream code = Unloading.class.getResourceAsStream("/Unloading$Asks.class")) {
                byte[] bytes = code.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (java.io.IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    static long once() throws Exception {
        java.util.function.LongUnaryOperator asks = (java.util.function.LongUnaryOperator) new Loader().loadClass("Unloading$Asks").getDeclaredConstructor().newInstance();
        long sum = 0;
        for (int i = 0; i < 20; i++)
            sum += asks.applyAsLong(i) + new byte[10000].length;
        return sum;
    }

    public static void main(String[] words) throws Exception {
        long sum = 0;
        Loops.fill();
        for (int i = 0; i < Integer.parseInt(words[0]); i++)
            sum += once();
        System.out.println(sum);
    }
}
