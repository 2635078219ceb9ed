/* Lookups by key, one after the other, that speak PostgreSQL's protocol themselves as drivers do, through the unix socket that
 * the PG* variables name (www.postgresql.org/docs/current/protocol-message-formats.html).
 *
 *     protocol_lookups unnamed|named|kept|turns|simple COUNT
 *
 * unnamed: Parse, Bind, Describe, Execute, Sync, a piece each in one writev, values as texts (node-postgres); named: Bind,
 * Execute, Sync of a statement that was prepared, values and columns in binary (asyncpg); kept: the same with columns as texts,
 * as JDBC does from the fifth execution on; turns: two such statements in turns; simple: a Query with the value in its text. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define ROWS       1000
#define SQL        "select name from item where id = "
#define NAME_NAMED "__asyncpg_stmt_1__"
#define NAME_KEPT  "S_1"
#define SQL_OTHER  "select id from item where id = "
#define NAME_OTHER "S_2"

static int server;

/* What is sent next, and where its messages end. */
static unsigned char buffer[4096];
static size_t used, start;
static struct iovec pieces[8];
static int count;

static void fail(const char *what)
{
    fprintf(stderr, "protocol_lookups: %s\n", what);
    exit(1);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        fail(name);
    return value;
}

static void put(const void *data, size_t size)
{
    memcpy(buffer + used, data, size);
    used += size;
}

static void put_text(const char *text)
{
    put(text, strlen(text) + 1);
}

static void put_short(uint16_t value)
{
    put(&(uint16_t){htons(value)}, sizeof value);
}

static void put_int(uint32_t value)
{
    put(&(uint32_t){htonl(value)}, sizeof value);
}

/* letter: '\0': none. */
static void begin(char letter)
{
    start = used;
    if (letter)
        put(&letter, 1);
    put_int(0);
}

static void end(void)
{
    size_t at = start + (buffer[start] != '\0');
    uint32_t length = htonl((uint32_t)(used - at));

    memcpy(buffer + at, &length, sizeof length);
    pieces[count++] = (struct iovec){buffer + start, used - start};
}

static void put_empty(char letter)
{
    begin(letter);
    end();
}

/* Sends what was put, and waits until the server is ready. */
static void converse(bool in_pieces)
{
    static unsigned char answer[65536];
    size_t have = 0;
    ssize_t moved = in_pieces ? writev(server, pieces, count) : send(server, buffer, used, 0);

    if (moved != (ssize_t)used)
        fail("the server takes nothing");
    used = 0;
    count = 0;
    do {
        moved = in_pieces ? read(server, answer + have, sizeof answer - have)
                          : recv(server, answer + have, sizeof answer - have, 0);
        if (moved <= 0 || answer[0] == 'E')
            fail("the server refuses");
        have += (size_t)moved;
    } while (have < 6 || memcmp(answer + have - 6, "Z\0\0\0\005I", 6) != 0);
}

static void query(const char *sql)
{
    begin('Q');
    put_text(sql);
    end();
    converse(false);
}

static void parse(const char *name, const char *sql)
{
    begin('P');
    put_text(name);
    put_text(sql);
    put_short(0);
    end();
}

/* is_binary: the parameter; columns: 1: all in binary, 0: as texts. */
static void bind_value(const char *name, uint32_t key, bool is_binary, uint16_t columns)
{
    char text[16];

    begin('B');
    put_text("");
    put_text(name);
    put_short(is_binary);
    if (is_binary)
        put_short(1);
    put_short(1);
    put_int(is_binary ? 4 : (uint32_t)snprintf(text, sizeof text, "%u", key));
    if (is_binary)
        put_int(key);
    else
        put(text, strlen(text));
    put_short(columns);
    if (columns)
        put_short(1);
    end();
}

static void execute_and_sync(void)
{
    begin('E');
    put_text("");
    put_int(0);
    end();
    put_empty('S');
}

static void prepare(const char *name, const char *sql)
{
    parse(name, sql);
    begin('D');
    put("S", 1);
    put_text(name);
    end();
    put_empty('S');
    converse(false);
}

static void look_up_unnamed(uint32_t key)
{
    parse("", SQL "$1");
    bind_value("", key, false, 0);
    begin('D');
    put("P", 1);
    put_text("");
    end();
    execute_and_sync();
    converse(true);
}

static void look_up_named(uint32_t key)
{
    bind_value(NAME_NAMED, key, true, 1);
    execute_and_sync();
    converse(false);
}

static void look_up_kept(uint32_t key)
{
    bind_value(NAME_KEPT, key, true, 0);
    execute_and_sync();
    converse(false);
}

static void look_up_in_turns(uint32_t key)
{
    bind_value(key % 2 ? NAME_OTHER : NAME_KEPT, key, true, 0);
    execute_and_sync();
    converse(false);
}

static void look_up_simple(uint32_t key)
{
    char sql[64];

    snprintf(sql, sizeof sql, SQL "%u", key);
    query(sql);
}

static void connect_to_server(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.%s", variable("PGHOST"), variable("PGPORT")) >=
        (int)sizeof address.sun_path)
        fail("PGHOST is too long");
    server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server < 0 || connect(server, (const struct sockaddr *)&address, sizeof address) != 0)
        fail("there is no server");
    begin('\0');
    put_int(3 << 16);
    put_text("user");
    put_text(variable("PGUSER"));
    put_text("database");
    put_text(variable("PGDATABASE"));
    put_text("");
    end();
    converse(false);
}

int main(int argc, char **argv)
{
    static const struct form {
        const char *name;
        void (*look_up)(uint32_t key);
    } forms[] = {{"unnamed", look_up_unnamed},
                 {"named", look_up_named},
                 {"kept", look_up_kept},
                 {"turns", look_up_in_turns},
                 {"simple", look_up_simple}};
    const struct form *form = forms, *last = forms + sizeof forms / sizeof *forms;
    unsigned long times = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

    while (form < last && (argc != 3 || strcmp(form->name, argv[1]) != 0))
        form++;
    if (form == last || times < 1) {
        fputs("usage: protocol_lookups unnamed|named|kept|turns|simple COUNT\n", stderr);
        return 2;
    }
    connect_to_server();
    query("create temp table item(id int primary key, name text)");
    query("insert into item select i, 'item ' || i from generate_series(1, 1000) i");
    prepare(NAME_NAMED, SQL "$1");
    prepare(NAME_KEPT, SQL "$1");
    prepare(NAME_OTHER, SQL_OTHER "$1");
    for (unsigned long i = 0; i < times; i++)
        form->look_up((uint32_t)(i * 7 % ROWS + 1));
    put_empty('X');
    if (send(server, buffer, used, 0) != (ssize_t)used)
        fail("the server takes nothing");
    close(server);
    return 0;
}
