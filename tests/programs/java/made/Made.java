public class Made {
    public static void main(String[] words) {
        Sql.query("CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER)", 0);
        for (int key = 1; key <= 10; key++) {
            Entity.count(key); // counts
            Repository.Intercepted.find(key); // finds
        }
    }
}
