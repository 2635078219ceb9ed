/* A child of vfork, which has its parent's memory, closes all descriptors and puts others in their place, as OpenJDK 11's
 * children do before they execute another program; the parent's connections go on.
 *
 *     vfork_closes COUNT
 *
 * Lookups that speak PostgreSQL's protocol through the unix socket that the PG* variables name, and as many for a visitor, whose
 * socket the child closes, too. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trap.h"

#define FIRST 3 /* descriptors that are closed */
#define LAST  64

static int server;

static void send_message(char letter, const void *body, size_t size)
{
    unsigned char message[256];
    size_t used = 0;
    uint32_t length = htonl((uint32_t)(size + sizeof length));

    if (letter)
        message[used++] = (unsigned char)letter;
    memcpy(message + used, &length, sizeof length);
    memcpy(message + used + sizeof length, body, size);
    used += sizeof length + size;
    TRAP_MUST(send(server, message, used, 0) == (ssize_t)used);
}

/* Up to ReadyForQuery. */
static void receive(void)
{
    static unsigned char answer[65536];
    size_t have = 0;

    do {
        ssize_t came = recv(server, answer + have, sizeof answer - have, 0);
        TRAP_MUST(came > 0 && answer[0] != 'E');
        have += (size_t)came;
    } while (have < 6 || memcmp(answer + have - 6, "Z\0\0\0\005I", 6) != 0);
}

static void query(const char *sql)
{
    send_message('Q', sql, strlen(sql) + 1);
    receive();
}

static void log_in(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char body[256] = {0, 3, 0, 0};
    size_t used = 4;
    const char *words[] = {"user", getenv("PGUSER"), "database", getenv("PGDATABASE")};

    TRAP_MUST((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.%s", getenv("PGHOST"), getenv("PGPORT")) <
              sizeof address.sun_path);
    server = socket(AF_UNIX, SOCK_STREAM, 0);
    TRAP_MUST(connect(server, (struct sockaddr *)&address, sizeof address) == 0);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        used += (size_t)snprintf(body + used, sizeof body - used, "%s", words[i]) + 1;
    send_message('\0', body, used + 1);
    receive();
}

/* Somebody who has connected to this program. */
static int visitor(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

    TRAP_MUST(bind(listening, (struct sockaddr *)&address, size) == 0 && listen(listening, 1) == 0);
    TRAP_MUST(getsockname(listening, (struct sockaddr *)&address, &size) == 0);
    TRAP_MUST(connect(client, (struct sockaddr *)&address, size) == 0);
    return accept(listening, NULL, NULL);
}

static void run_a_child(void)
{
    int status;
    pid_t pid = vfork();

    if (pid == 0) {
        dup2(STDERR_FILENO, server);
        for (int fd = FIRST; fd < LAST; fd++)
            close(fd);
        _exit(0);
    }
    TRAP_MUST(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 0;
    char sql[64];

    log_in();
    TRAP_MUST(visitor() >= 0);
    snprintf(sql, sizeof sql, "SELECT i FROM generate_series(1, %d) AS t(i)", count);
    query(sql);
    for (int i = 1; i <= count; i++) {
        snprintf(sql, sizeof sql, "SELECT relname FROM pg_class WHERE oid = %d", i);
        query(sql);
        if (i % 4 == 0)
            run_a_child();
    }
    return 0;
}
