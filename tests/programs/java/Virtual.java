/** Virtual threads that waited, and come back to their frames one by one. */
public class Virtual {
    static long deep(int n) throws InterruptedException {
        if (n == 0)
            return leaf();
        return deep(n - 1) + 1;
    }

    static long leaf() throws InterruptedException {
        Thread.sleep(2);
        return Sql.query("SELECT 1 AS leaf", 0);
    }

    public static void main(String[] words) throws Exception {
        Thread[] all = new Thread[50];
        for (int i = 0; i < all.length; i++)
            all[i] = Thread.ofVirtual().start(() -> {
                try {
                    for (int k = 0; k < 10; k++)
                        deep(40);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        for (Thread thread : all)
            thread.join();
    }
}
