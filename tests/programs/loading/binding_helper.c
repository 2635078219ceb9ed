/* Functions that only who finds this library before the program and libc gets. */
#include <poll.h>

const char *helper_name(void);

const char *helper_name(void)
{
    return "the module's own";
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
    (void)descriptors, (void)count, (void)timeout;
    return 77;
}
