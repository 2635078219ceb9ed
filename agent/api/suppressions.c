#include "agent/api/suppressions.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/byte_order.h"
#include "agent/base/memory.h"
#include "agent/process/settings.h"

#define FILE_MAX ((size_t)1 << 20)
#define WORD_MAX 1024 /* bytes; a line with a longer word holds for nothing */

struct file {
    size_t size; /* of all */
    size_t length;
    char text[]; /* ends with a newline */
};

static _Atomic(struct file *) known;

/* Whether the byte is in the [...] whose inside begins at `glob`. *end: behind it, NULL: it is none. */
static bool is_in_set(const char *glob, unsigned char byte, const char **end)
{
    bool negated = *glob == '!' || *glob == '^', found = false;

    glob += negated;
    for (const char *first = glob; *glob && (*glob != ']' || glob == first); glob++) {
        if (glob[0] == '[' && glob[1] == ':') {
            *end = NULL;
            return false;
        }
        glob += *glob == '\\' && glob[1];
        unsigned char low = (unsigned char)*glob, high = low;
        if (glob[1] == '-' && glob[2] && glob[2] != ']') {
            glob += 2;
            glob += *glob == '\\' && glob[1];
            high = (unsigned char)*glob;
        }
        found = found || (low <= byte && byte <= high);
    }
    *end = *glob ? glob + 1 : NULL;
    return found != negated;
}

/* One step of the glob that is not a star; NULL: the text does not go on so. */
static const char *match_one(const char *glob, const char **at)
{
    const char *end;

    if (!**at)
        return NULL;
    if (*glob == '?') {
        do
            ++*at;
        while (((unsigned char)**at & 0xc0) == 0x80);
        return glob + 1;
    }
    if (*glob == '[') {
        bool holds = is_in_set(glob + 1, (unsigned char)**at, &end);
        if (end) {
            ++*at;
            return holds ? end : NULL;
        }
    }
    glob += *glob == '\\' && glob[1];
    return *glob == *(*at)++ ? glob + 1 : NULL;
}

bool suppressions_match(const char *glob, const char *at)
{
    const char *star = NULL, *retry = NULL; /* behind the last star, and where the text has to go on if what follows fails */

    while (*glob || *at) {
        const char *next;
        if (*glob == '*') {
            star = ++glob;
            retry = at;
            continue;
        }
        next = *glob ? match_one(glob, &at) : NULL;
        if (next) {
            glob = next;
            continue;
        }
        if (!star || !*retry)
            return false;
        at = ++retry;
        glob = star;
    }
    return true;
}

/* From any component on, where it does not start with a slash. */
static bool matches_path(const char *glob, const char *path)
{
    for (; path; path = strchr(path, '/')) {
        path += *path == '/' && *glob != '/';
        if (suppressions_match(glob, path))
            return true;
        if (*glob == '/')
            break;
    }
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Copies the next word without its quotes. Its length, 0: there is none, -1: it is too long or a quote is not closed. */
static int next_word(const char **line, const char *end, char word[WORD_MAX])
{
    const char *p = *line;
    bool quoted = false;
    int length = 0;

    while (p < end && is_blank(*p))
        p++;
    if (p < end && *p == '#')
        return 0;
    for (; p < end && (quoted || !is_blank(*p)); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (length < WORD_MAX - 1)
            word[length++] = *p;
        else
            return -1;
    }
    word[length] = '\0';
    *line = p;
    return quoted ? -1 : length;
}

/* As reports name a finding (exporter/base/hex.h). */
static bool is_signature(const char *word)
{
    return strspn(word, "0123456789abcdefABCDEF") == 16 && !word[16];
}

/* What a word says of a finding. */
enum answer {
    WRONG, /* it does not hold, or is no word of such a file */
    HOLDS,
    UNKNOWN, /* the file or function, where the module alone is known */
};

static enum answer ask_word(const char *word, const struct nplus1_finding *finding)
{
    const struct {
        const char *name, *value;
        bool (*matches)(const char *glob, const char *text);
    } fields[] = {{"kind=", finding->kind, suppressions_match},
                  {"file=", finding->place.file, matches_path},
                  {"function=", finding->place.function, suppressions_match},
                  {"statement=", finding->statement, suppressions_match}};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t length = strlen(fields[i].name);
        if (strncmp(word, fields[i].name, length) != 0)
            continue;
        if (!fields[i].value)
            return UNKNOWN;
        return fields[i].matches(word + length, fields[i].value) ? HOLDS : WRONG;
    }
    return WRONG;
}

bool suppressions_line_holds(const char *line, const char *end, const struct nplus1_finding *finding)
{
    bool any = false, is_named = false, is_unknown = false;
    char word[WORD_MAX];
    int length;

    while ((length = next_word(&line, end, word)) > 0) {
        if (is_signature(word)) {
            is_named = true;
            continue;
        }
        switch (ask_word(word, finding)) {
        case WRONG:
            return false;
        case HOLDS:
            any = true;
            break;
        case UNKNOWN:
            is_unknown = true;
            break;
        }
    }
    return any && length == 0 && (is_named || !is_unknown);
}

/* NULL: it cannot be read. */
static struct file *read_file(void)
{
    int fd = open(settings.suppressions, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct file *file = NULL;
    struct stat st;
    ssize_t got;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size < FILE_MAX)
        file = memory_map(sizeof *file + (size_t)st.st_size + 1);
    if (file) {
        file->size = sizeof *file + (size_t)st.st_size + 1;
        while (file->length < (size_t)st.st_size &&
               (got = pread(fd, file->text + file->length, (size_t)st.st_size - file->length, (off_t)file->length)) > 0)
            file->length += (size_t)got;
        file->text[file->length++] = '\n';
    }
    close(fd);
    return file;
}

/* NULL: there is none. Two threads may read it at first, and one keeps it: a lock would be there for a fork to copy. */
static const struct file *find_file(void)
{
    struct file *file = atomic_load(&known), *other = NULL;

    if (file || !settings.suppressions[0])
        return file;
    file = read_file();
    if (file && !atomic_compare_exchange_strong(&known, &other, file)) {
        memory_unmap(file, file->size);
        return other;
    }
    return file;
}

bool suppressions_exist(void)
{
    return find_file() != NULL;
}

bool suppressions_hold(const struct nplus1_finding *finding)
{
    const struct file *file = find_file();
    const char *end = file ? file->text + file->length : NULL;
    const char *begin = file ? file->text + byte_order_mark(file->text, file->length) : NULL;

    for (const char *line = begin, *next; line < end; line = next + 1) {
        next = memchr(line, '\n', (size_t)(end - line));
        if (suppressions_line_holds(line, next, finding))
            return true;
    }
    return false;
}
