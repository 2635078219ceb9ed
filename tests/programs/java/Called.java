import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server whose event loop reads and answers requests of one byte, and whose pool does what they ask for, as Netty's do that have an
 * executor: Called WHAT VISITORS REQUESTS. Visitors come at once; each waits for its answer before it asks again. After each list, all of
 * whose rows are asked for, come lookups of the same keys.
 */
public class Called {
    static final int ROWS = 30;

    static final class Answer {
        final SocketChannel visitor;
        final byte text;

        Answer(SocketChannel visitor, byte text) {
            this.visitor = visitor;
            this.text = text;
        }
    }

    static final Queue<Answer> answers = new ConcurrentLinkedQueue<>();

    static byte lookup(int key) {
        return (byte) Sql.query("SELECT a FROM b WHERE id = ?", key);
    }

    static byte list() {
        long sum = Sql.query("SELECT id, a FROM b", 0);
        for (int key = 1; key <= ROWS; key++)
            sum += Sql.query("SELECT a + 1 FROM b WHERE id = ?", key);
        return (byte) sum;
    }

    static byte answer(byte asked) {
        return asked == 0 ? list() : lookup(asked);
    }

    /** Reads what has come; the pool answers. */
    static void hear(SocketChannel visitor, SelectionKey key, ExecutorService pool, Selector selector) throws Exception {
        ByteBuffer text = ByteBuffer.allocate(1);
        if (visitor.read(text) < 0) {
            key.cancel();
            visitor.close();
            return;
        }
        byte asked = text.get(0);
        pool.execute(() -> {
            answers.add(new Answer(visitor, answer(asked)));
            selector.wakeup();
        });
    }

    static void serve(ServerSocketChannel server, ExecutorService pool) throws Exception {
        Selector selector = Selector.open();
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (server.isOpen()) {
            selector.select();
            for (Answer answer; (answer = answers.poll()) != null;)
                answer.visitor.write(ByteBuffer.wrap(new byte[] {answer.text}));
            for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); keys.remove()) {
                SelectionKey key = keys.next(); // removed when all was done with it
                if (key.isValid() && key.isAcceptable()) {
                    SocketChannel visitor = server.accept();
                    visitor.configureBlocking(false);
                    visitor.register(selector, SelectionKey.OP_READ);
                } else if (key.isValid() && key.isReadable()) {
                    hear((SocketChannel) key.channel(), key, pool, selector);
                }
            }
        }
    }

    static void visit(int port, String what, int requests) {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            for (int request = 0; request < requests; request++) {
                boolean lists = what.equals("lists") || request % (ROWS + 1) == 0;
                socket.getOutputStream().write(lists ? 0 : request % (ROWS + 1));
                heard.write(socket.getInputStream().read());
            }
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
        System.out.println(heard.size());
    }

    public static void main(String[] words) throws Exception {
        ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort(), visitors = Integer.parseInt(words[1]);
        ExecutorService pool = Executors.newFixedThreadPool(visitors > 1 ? 4 : 1, task -> new Thread(() -> {
            Sql.query("CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER)", 0);
            Sql.query("INSERT INTO b(a) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) SELECT i % 7 FROM n", 0);
            task.run();
        }));
        Thread loop = new Thread(() -> {
            try {
                serve(server, pool);
            } catch (Exception failure) {
                failure.printStackTrace();
            }
        });
        loop.setDaemon(true);
        loop.start();
        Thread[] all = new Thread[visitors];
        for (int i = 0; i < visitors; i++)
            (all[i] = new Thread(() -> visit(port, words[0], Integer.parseInt(words[2])))).start();
        for (Thread visitor : all)
            visitor.join();
        pool.shutdown();
    }
}
