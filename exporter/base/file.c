#include "exporter/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/alloc.h"

char *file_read(const char *path, size_t most, size_t *ret_length)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char *text = NULL;
    size_t length = 0;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size <= most) {
        text = alloc_zeroed((size_t)st.st_size + 1, 1);
        for (ssize_t n; length < (size_t)st.st_size && (n = read(fd, text + length, (size_t)st.st_size - length)) > 0;)
            length += (size_t)n;
    }
    close(fd);
    *ret_length = length;
    return text;
}
