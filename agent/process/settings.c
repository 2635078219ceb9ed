#include "agent/process/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "agent/base/compiler.h"
#include "agent/base/log.h"
#include "agent/base/memory.h"
#include "agent/base/strbuf.h"
#include "exporter/stream/verdict.h"
#include "exporter/stream/writer.h"

#define DEFAULT_NAME "nplus1.%e.%p.%t.pb"
#define PREFIX       "NPLUS1_"
#define SET_MAX      32 /* variables of that prefix */

struct settings settings;

/* Said when the first statement runs, so that a shell script full of programs without a database says it once. */
static char complaints[1300]; /* all of them at once; the line of log_complain has room for it */
static struct strbuf complaint WRITTEN_AT_START;

static const char *set[SET_MAX] WRITTEN_AT_START;
static size_t set_count WRITTEN_AT_START;

static void complain(const char *name, const char *value, const char *why)
{
    size_t length = strlen(value);

    if (!complaint.data)
        strbuf_init(&complaint, complaints, sizeof complaints);
    if (complaint.length)
        strbuf_add(&complaint, "; ");
    strbuf_add(&complaint, PREFIX);
    strbuf_add(&complaint, name);
    strbuf_add(&complaint, "=");
    strbuf_add_bytes(&complaint, value, length < 100 ? length : 100);
    strbuf_add(&complaint, ": ");
    strbuf_add(&complaint, why);
}

/* One look at the environment for all of them. Its first variable of a name counts, as for getenv. */
static void find_settings(void)
{
    for (char **at = environ; at && *at && set_count < SET_MAX; at++) {
        if ((*at)[0] == 'N' && (*at)[1] == 'P' && strncmp(*at, PREFIX, sizeof PREFIX - 1) == 0)
            set[set_count++] = *at + sizeof PREFIX - 1;
    }
}

/* name: behind the prefix. */
static const char *setting(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < set_count; i++) {
        if (strncmp(set[i], name, length) == 0 && set[i][length] == '=')
            return set[i][length + 1] ? set[i] + length + 1 : NULL;
    }
    return NULL;
}

static bool read_flag(const char *name)
{
    const char *value = setting(name);

    if (!value || strcmp(value, "0") == 0)
        return false;
    if (strcmp(value, "1") == 0)
        return true;
    complain(name, value, "not 0 or 1, 0 is used");
    return false;
}

/* A decimal number with an optional suffix K, M or G (powers of 1024) where `suffixes`. */
static bool parse_number(const char *text, bool suffixes, uint64_t *ret)
{
    unsigned shift = 0;
    uint64_t number = 0;

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        if (number > (UINT64_MAX >> 4) / 10)
            return false;
        number = number * 10 + (uint64_t)(*text - '0');
    }
    if (suffixes && *text) {
        static const char names[] = "KMGkmg";
        const char *name = strchr(names, *text);
        if (!name)
            return false;
        shift = 10 * (unsigned)((name - names) % 3 + 1);
        text++;
    }
    if (*text || number > UINT64_MAX >> 1 >> shift)
        return false;
    *ret = number << shift;
    return true;
}

static uint64_t read_number(const char *name, bool suffixes, uint64_t least, uint64_t most, uint64_t fallback)
{
    const char *value = setting(name);
    uint64_t number;

    if (!value)
        return fallback;
    if (parse_number(value, suffixes, &number) && number >= least && number <= most)
        return number;
    {
        char text[100];
        struct strbuf why;
        strbuf_init(&why, text, sizeof text);
        strbuf_add(&why, "not a number from ");
        strbuf_add_number(&why, least);
        strbuf_add(&why, " to ");
        strbuf_add_number(&why, most);
        strbuf_add(&why, ", ");
        strbuf_add_number(&why, fallback);
        strbuf_add(&why, " is used");
        complain(name, value, text);
    }
    return fallback;
}

static void read_log(void)
{
    static const char *const names[] = {"silent", "error", "warn", "info", "debug"};
    const char *value = setting("LOG");

    if (!value)
        return;
    for (unsigned i = 1; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            log_set_level((enum log_level)i);
            return;
        }
    }
    complain("LOG", value, "not error, warn, info or debug, nothing is logged");
}

/* The program may change its directory before its first statement: the pattern is made absolute now. */
static void read_output(void)
{
    const char *value = setting("OUTPUT");
    struct strbuf path;

    if (!value)
        value = DEFAULT_NAME;
    strbuf_init(&path, settings.output, sizeof settings.output);
    if (value[0] != '/') {
        if (!settings.directory[0])
            return;
        strbuf_add(&path, settings.directory);
        /* A percent sign in the directory's name is no pattern. */
        for (size_t i = 0; i < path.length; i++) {
            if (settings.output[i] != '%')
                continue;
            if (path.length + 2 > path.size) {
                path.cut = true;
                break;
            }
            memmove(settings.output + i + 1, settings.output + i, path.length - i + 1);
            path.length++;
            i++;
        }
        strbuf_add(&path, "/");
    }
    strbuf_add(&path, value);
    settings.output_directory = value[strlen(value) - 1] == '/';
    if (settings.output_directory)
        strbuf_add(&path, DEFAULT_NAME);
    if (path.cut)
        settings.output[0] = '\0';
}

static void read_suppressions(void)
{
    const char *value = setting("SUPPRESSIONS");
    struct strbuf path;

    if (!value) /* what nobody touches costs no page */
        return;
    strbuf_init(&path, settings.suppressions, sizeof settings.suppressions);
    if (value[0] != '/') {
        strbuf_add(&path, settings.directory);
        strbuf_add(&path, "/");
    }
    strbuf_add(&path, value);
    if (!path.cut && access(settings.suppressions, R_OK) == 0)
        return;
    settings.suppressions[0] = '\0';
    complain("SUPPRESSIONS", value, "cannot be read, all findings count");
}

void settings_read(void)
{
    int saved_errno = errno;

    complaint.data = NULL;
    complaint.length = 0;
    /* The environment is of somebody who has fewer rights than the program: it must not say where a file is made. */
    settings.disabled = getauxval(AT_SECURE) != 0;
    if (settings.disabled)
        return;
    set_count = 0;
    find_settings();
    read_log();
    settings.disabled = read_flag("DISABLE");
    if (settings.disabled)
        return;
    settings.hidden = read_flag("HIDDEN");
    settings.capture_values = read_flag("CAPTURE_VALUES");
    settings.threshold = read_number("THRESHOLD", false, 2, 1000000000, VERDICT_DEFAULT_THRESHOLD);
    settings.max_stream = read_number("MAX_STREAM", true, STREAM_MIN_LIMIT, (uint64_t)64 << 30, STREAM_DEFAULT_LIMIT);
    settings.max_memory = read_number("MAX_MEMORY", true, (uint64_t)1 << 20, (uint64_t)64 << 30, MEMORY_DEFAULT_LIMIT);
    settings.max_files = read_number("MAX_FILES", false, 1, 1000000, 0);
    memory_set_limit((size_t)settings.max_memory);
    if (!getcwd(settings.directory, sizeof settings.directory))
        settings.directory[0] = '\0';
    read_output();
    read_suppressions();
    errno = saved_errno;
}

void settings_complain(void)
{
    if (complaint.length)
        log_complain("%s", complaints);
    complaint.length = 0;
}

/* Of a name, as many whole characters as that many bytes have. */
static size_t cut_length(const char *name, size_t most)
{
    size_t length = strlen(name);

    if (length <= most)
        return length;
    for (length = most; length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80; length--) {
    }
    return length;
}

bool settings_output_path(const char *program, size_t most, uint64_t pid, const char *start, char *path, size_t size)
{
    struct strbuf out;

    strbuf_init(&out, path, size);
    for (const char *p = settings.output; *p; p++) {
        if (*p != '%') {
            strbuf_add_bytes(&out, p, 1);
            continue;
        }
        switch (p[1]) {
        case 'e':
            strbuf_add_bytes(&out, program, cut_length(program, most));
            break;
        case 'p':
            strbuf_add_number(&out, pid);
            break;
        case 't':
            strbuf_add(&out, start);
            break;
        case '%':
            strbuf_add(&out, "%");
            break;
        default:
            strbuf_add_bytes(&out, p, 1);
            continue;
        }
        p++;
    }
    return !out.cut && out.length > 0;
}
