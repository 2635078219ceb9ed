/** Compiled without lines, as what a library writes into a class of the program's. */
final class Entity {
    private Entity() {
    }

    static long count(long key) {
        return Sql.query("SELECT count(*) FROM b WHERE a = ?", key);
    }
}
