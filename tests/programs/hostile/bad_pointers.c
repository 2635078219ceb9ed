/* Each interposed function of libc, and those of SQLite that take a length, is given memory that is not there, or ends where it
 * is needed, in a thread that runs statements: what it answers is printed. */
#include "trap.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static sqlite3 *db;

#define ANSWER(call)                                                                                                             \
    do {                                                                                                                         \
        long answer;                                                                                                             \
        trap_lookup(db, 1);                                                                                                      \
        errno = 0;                                                                                                               \
        answer = (long)(call);                                                                                                   \
        printf("%s: %ld, %s\n", #call, answer, strerrorname_np(errno));                                                          \
    } while (0)

/* The last bytes of a page behind which nothing is. */
static char *end_of_memory(void)
{
    long page = sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    TRAP_MUST(memory != MAP_FAILED && mprotect(memory + page, (size_t)page, PROT_NONE) == 0);
    return memory + page;
}

/* More than SQLite takes, of which it reads nothing. */
static void binds(void)
{
    char *last = end_of_memory() - 16;
    sqlite3_stmt *statement;

    TRAP_MUST(sqlite3_prepare_v2(db, "SELECT ?", -1, &statement, NULL) == SQLITE_OK);
    ANSWER(sqlite3_bind_text64(statement, 1, last, UINT64_C(1) << 33, SQLITE_STATIC, SQLITE_UTF8));
    ANSWER(sqlite3_bind_text64(statement, 1, last, UINT64_C(1) << 31, SQLITE_STATIC, SQLITE_UTF16LE));
    ANSWER(sqlite3_bind_blob64(statement, 1, last, UINT64_C(1) << 33, SQLITE_STATIC));
    sqlite3_finalize(statement);
}

static int destroyed;

static void destroy(void *bad)
{
    destroyed++;
}

/* For parameters that there are none, and while the statement runs. */
static void refused_binds(void *bad)
{
    sqlite3_stmt *statement = trap_prepare(db, "SELECT ?");

    for (int number = 2; number < 30; number += 20) {
        ANSWER(sqlite3_bind_text(statement, number, bad, 5, SQLITE_STATIC));
        ANSWER(sqlite3_bind_text(statement, number, bad, 5, SQLITE_TRANSIENT));
        ANSWER(sqlite3_bind_text(statement, number, bad, 5, destroy));
        ANSWER(sqlite3_bind_text16(statement, number, bad, 6, SQLITE_STATIC));
        ANSWER(sqlite3_bind_text64(statement, number, bad, 6, SQLITE_STATIC, SQLITE_UTF8));
        ANSWER(sqlite3_bind_blob(statement, number, bad, 5, SQLITE_STATIC));
        ANSWER(sqlite3_bind_blob64(statement, number, bad, 5, destroy));
    }
    printf("%d destroyed\n", destroyed);
    ANSWER(sqlite3_bind_text(statement, 1, bad, 2000000000, SQLITE_STATIC));
    TRAP_MUST(sqlite3_bind_text(statement, 1, "seen", -1, SQLITE_STATIC) == SQLITE_OK);
    trap_expect(1, 1, 0);
    TRAP_MUST(sqlite3_step(statement) == SQLITE_ROW);
    ANSWER(sqlite3_bind_text(statement, 1, bad, 5, SQLITE_STATIC));
    ANSWER(sqlite3_bind_blob64(statement, 1, bad, 5, SQLITE_TRANSIENT));
    printf("%s\n", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
}

static void polls(void *bad, int fd)
{
    struct pollfd *last = (struct pollfd *)(void *)end_of_memory() - 1;
    struct timespec now = {0};

    *last = (struct pollfd){.fd = fd, .events = POLLIN};
    ANSWER(poll(bad, 1, 0));
    ANSWER(poll(bad, 0, 0));
    ANSWER(poll(NULL, 1, 0));
    ANSWER(poll(bad, 2000000000, 0));
    ANSWER(poll(last, 1, 0));
    ANSWER(poll(last, 2, 0));
    ANSWER(poll((struct pollfd *)(void *)((char *)last + 4), 1, 0));
    ANSWER(ppoll(bad, 3, &now, NULL));
    ANSWER(ppoll(last, 1, &now, bad));
    ANSWER(ppoll(last, 2, &now, NULL));
}

static void selects(void *bad, int fd)
{
    fd_set *last = (fd_set *)(void *)(end_of_memory() - 8), *cut = (fd_set *)(void *)(end_of_memory() - 4);
    struct timeval no_time = {0};
    struct timespec now = {0};

    *(unsigned long *)(void *)last = 1UL << fd;
    ANSWER(select(5, bad, NULL, NULL, &no_time));
    ANSWER(select(5, NULL, bad, NULL, &no_time));
    ANSWER(select(5, NULL, NULL, bad, &no_time));
    ANSWER(select(0, bad, bad, bad, &no_time));
    ANSWER(select(-1, bad, NULL, NULL, &no_time));
    ANSWER(select(100000, bad, NULL, NULL, &no_time));
    ANSWER(select(10, last, NULL, NULL, &no_time));
    ANSWER(select(10, cut, NULL, NULL, &no_time));
    ANSWER(pselect(5, bad, NULL, NULL, &now, NULL));
    ANSWER(pselect(5, NULL, bad, NULL, &now, NULL));
    ANSWER(pselect(10, last, last, NULL, &now, NULL));
    ANSWER(pselect(10, cut, NULL, NULL, &now, NULL));
    ANSWER(pselect(5, NULL, NULL, NULL, &now, bad));
}

static void reads(void *bad, int fd)
{
    struct iovec vector = {bad, 10};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1}, worse = {.msg_iov = bad, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};

    ANSWER(read(fd, bad, 10));
    ANSWER(readv(fd, bad, 2));
    ANSWER(readv(fd, &vector, 1));
    ANSWER(recv(fd, bad, 10, MSG_DONTWAIT));
    ANSWER(recvfrom(fd, bad, 10, MSG_DONTWAIT, bad, bad));
    ANSWER(recvmsg(fd, bad, MSG_DONTWAIT));
    ANSWER(recvmsg(fd, &worse, MSG_DONTWAIT));
    ANSWER(recvmsg(fd, &message, MSG_DONTWAIT));
    ANSWER(recvmmsg(fd, bad, 1, MSG_DONTWAIT, NULL));
    ANSWER(recvmmsg(fd, &messages, 1, MSG_DONTWAIT, NULL));
    ANSWER(recvmmsg(fd, &messages, 1, MSG_DONTWAIT, bad));
}

static void others(void *bad, int fd)
{
    int watcher = epoll_create1(EPOLL_CLOEXEC), listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct epoll_event event = {.events = EPOLLIN};

    ANSWER(epoll_ctl(watcher, EPOLL_CTL_ADD, fd, bad));
    ANSWER(epoll_ctl(-1, EPOLL_CTL_ADD, fd, &event));
    ANSWER(epoll_ctl(watcher, EPOLL_CTL_ADD, fd, &event));
    ANSWER(epoll_wait(watcher, bad, 1, 0));
    ANSWER(epoll_wait(watcher, &event, -1, 0));
    ANSWER(epoll_pwait(watcher, bad, 1, 0, NULL));
    ANSWER(epoll_pwait(watcher, &event, 1, 0, bad));
    ANSWER(epoll_pwait2(watcher, &event, 1, bad, NULL));
    ANSWER(accept(listener, bad, bad));
    ANSWER(accept4(listener, bad, bad, 0));
    ANSWER(accept4(fd, NULL, NULL, -1));
}

int main(void)
{
    void *bad = (void *)16;
    int pair[2];

    db = trap_open();
    TRAP_MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    TRAP_MUST(write(pair[1], "bytes", 5) == 5);
    binds();
    refused_binds(bad);
    polls(bad, pair[0]);
    selects(bad, pair[0]);
    reads(bad, pair[0]);
    others(bad, pair[0]);
    sqlite3_close(db);
    trap_print();
    return 0;
}
