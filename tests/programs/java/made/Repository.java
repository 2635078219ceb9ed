/** Compiled without the name of its file, as what a framework makes of an interface. */
interface Repository {
    final class Intercepted {
        private Intercepted() {
        }

        static long find(long key) {
            return Sql.query("SELECT a FROM b WHERE id = ?", key);
        }
    }
}
