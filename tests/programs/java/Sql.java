/** Asks, and says where that was. */
final class Sql {
    private static final ThreadLocal<Long> DB = ThreadLocal.withInitial(Sql::open);
    private static final java.util.Set<String> TOLD = java.util.concurrent.ConcurrentHashMap.newKeySet();

    static {
        System.load(System.getProperty("bridge"));
    }

    private Sql() {
    }

    private static native long open();

    private static native long run(long db, String sql, long value);

    static long query(String sql, long value) {
        return run(DB.get(), sql, value);
    }

    /** The statement has the name; the frames that Java itself knows are printed when they are new. */
    static long ask(String name) {
        long sum = query("SELECT 1 AS " + name, 0);
        StringBuilder line = new StringBuilder(name);
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            if (frame.getFileName() != null && frame.getModuleName() == null && !frame.getClassName().equals("Sql") && !frame.getClassName().contains("/"))
                line.append(' ').append(frame.getClassName()).append('.')
                        .append(frame.getMethodName()).append(':').append(frame.getLineNumber());
        }
        if (TOLD.add(line.toString()))
            System.out.println(line);
        return sum;
    }
}
