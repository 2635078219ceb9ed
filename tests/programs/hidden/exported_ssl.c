/* A client of PostgreSQL with OpenSSL inside, which it exports: asks COUNT times for a number, through TLS, and prints the sum.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t put(unsigned char *to, const void *bytes, size_t size)
{
    memcpy(to, bytes, size);
    return size;
}

static size_t put_length(unsigned char *to, size_t length)
{
    uint32_t word = htonl((uint32_t)length);

    return put(to, &word, sizeof word);
}

/* Every other message by the other function. */
static void send_all(SSL *ssl, const void *data, size_t size)
{
    static int turn;
    size_t sent = 0;

    if (turn++ % 2 ? SSL_write(ssl, data, (int)size) != (int)size : !SSL_write_ex(ssl, data, size, &sent))
        abort();
}

static void receive(SSL *ssl, void *to, size_t size)
{
    static int turn;
    size_t done = 0;

    while (done < size) {
        size_t got = 0;
        int result = turn++ % 2 ? SSL_read(ssl, (char *)to + done, (int)(size - done))
                                : SSL_read_ex(ssl, (char *)to + done, size - done, &got);
        if (result <= 0)
            abort();
        done += got ? got : (size_t)result;
    }
}

/* Up to ReadyForQuery; the first column of the rows, added up. */
static long answer(SSL *ssl)
{
    long sum = 0;

    for (;;) {
        unsigned char head[5], body[4096];
        uint32_t length;
        receive(ssl, head, sizeof head);
        memcpy(&length, head + 1, sizeof length);
        length = ntohl(length) - 4;
        if (length >= sizeof body || head[0] == 'E')
            abort();
        receive(ssl, body, length);
        body[length] = 0;
        if (head[0] == 'D')
            sum += atol((char *)body + 6);
        if (head[0] == 'Z')
            return sum;
    }
}

int main(int argc, char **argv)
{
    static const unsigned char wants[] = {0, 0, 0, 8, 4, 210, 22, 47}; /* SSLRequest */
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(getenv("PGPORT")))};
    unsigned char message[512], says;
    const char *names[] = {"user", getenv("PGUSER"), "database", getenv("PGDATABASE")};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    SSL *ssl = SSL_new(SSL_CTX_new(TLS_client_method()));
    size_t size = 4;
    long sum = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (argc < 2 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        write(fd, wants, sizeof wants) != sizeof wants || read(fd, &says, 1) != 1 || says != 'S' || !SSL_set_fd(ssl, fd) ||
        SSL_connect(ssl) != 1)
        abort();
    size += put_length(message + size, 3 << 16);
    for (int i = 0; i < 4; i++)
        size += put(message + size, names[i], strlen(names[i]) + 1);
    message[size++] = 0;
    put_length(message, size);
    send_all(ssl, message, size);
    answer(ssl);
    for (int i = 0; i < atoi(argv[1]); i++) {
        message[0] = 'Q';
        size = 5 + (size_t)sprintf((char *)message + 5, "select %d", i) + 1;
        put_length(message + 1, size - 1);
        send_all(ssl, message, size);
        sum += answer(ssl);
    }
    printf("%ld\n", sum);
    SSL_free(ssl);
    close(fd);
    return 0;
}
