#include "viewer/doctor/target.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"

#define FOLLOW_MAX 6 /* shells that run scripts of shells */

/* Inserts what a text consists of, blanks between. */
static void target_split(struct target *words, const char *text)
{
    size_t ends[32], starts[32], count = 0;

    for (size_t i = strspn(text, " \t"); text[i] && count < 32; i += strspn(text + i, " \t")) {
        starts[count] = i;
        i += strcspn(text + i, " \t");
        ends[count++] = i;
    }
    while (count-- > 0)
        target_insert(words, text + starts[count], ends[count] - starts[count]);
}

static void note_cleared(struct doctor *doctor)
{
    doctor_add_obstacle(doctor, "environment", "put `nplus1 run --` behind it",
                        "env takes LD_PRELOAD away before it starts the program");
}

/* env [-i] [-u NAME] [NAME=VALUE] ... COMMAND: what is left is the command. -S splits a text. */
bool target_follow_env(struct doctor *doctor, struct target *words)
{
    if (words->count < 2 || strcmp(path_basename(words->list[0]), "env") != 0)
        return false;
    target_drop(words, 1);
    while (words->count > 0) {
        char *word = words->list[0];
        if (strcmp(word, "-S") == 0 || strcmp(word, "--split-string") == 0) {
            target_drop(words, 1);
        } else if (strncmp(word, "-S", 2) == 0) {
            char *text = alloc_format("%s", word + 2);
            target_drop(words, 1);
            target_split(words, text);
            free(text);
        } else if (strcmp(word, "-i") == 0 || strcmp(word, "-") == 0 || strcmp(word, "--ignore-environment") == 0 ||
                   strcmp(word, "--unset=LD_PRELOAD") == 0 || strcmp(word, "-uLD_PRELOAD") == 0) {
            note_cleared(doctor);
            target_drop(words, 1);
        } else if ((strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0) && words->count > 1) {
            if (word[1] == 'u' && strcmp(words->list[1], "LD_PRELOAD") == 0)
                note_cleared(doctor);
            target_drop(words, 2);
        } else if (word[0] == '-' || strchr(word, '=')) {
            target_drop(words, 1);
        } else {
            if (strchr(word, ' ')) { /* after -S */
                char *text = alloc_format("%s", word);
                target_drop(words, 1);
                target_split(words, text);
                free(text);
            }
            return true;
        }
    }
    return true;
}

/* "exec PROGRAM ..." as the last exec of a shell script: so wrappers end. A word with a $ in it is known only when it runs. */
static char *last_exec(const char *head)
{
    char *ret = NULL;
    int error;

    for (const char *line = head; line; line = strchr(line, '\n')) {
        line += strspn(line, "\n \t");
        if (strncmp(line, "exec ", 5) != 0)
            continue;
        line += 5 + strspn(line + 5, " \t");
        size_t quote = *line == '"' || *line == '\'', length = strcspn(line + quote, quote ? "\"'\n" : " \t\n;&|<>()");
        bool known = length > 0 && !memchr(line + quote, '$', length) && !memchr(line + quote, '`', length);
        free(ret);
        ret = known ? strndup(line + quote, length) : NULL;
    }
    char *program = ret ? target_find_program(ret, &error) : NULL;
    free(ret);
    return program;
}

static bool is_shell(const char *path)
{
    static const char *const shells[] = {"sh", "dash", "bash", "ksh", "zsh", "busybox"};
    char real[PATH_MAX];
    const char *name = path_basename(realpath(path, real) ? real : path);

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(name, shells[i]) == 0)
            return true;
    }
    return false;
}

/* A shell: what it starts inherits the preload. Follows a script that ends in exec. Says whether there are new words. */
bool target_follow_shell(struct doctor *doctor, struct target *words, const char *path)
{
    size_t size, script = 1;
    char *head = NULL, *exec = NULL;

    if (!is_shell(path))
        return false;
    while (script < words->count && words->list[script][0] == '-' && strcmp(words->list[script], "-c") != 0)
        script++;
    if (script < words->count && strcmp(words->list[script], "-c") != 0 && doctor->step_count < FOLLOW_MAX) {
        head = target_read_head(words->list[script], &size);
        exec = last_exec(head);
    }
    if (exec) {
        doctor_add_step(doctor, "%s is a shell script that runs %s", words->list[script], exec);
        target_drop(words, words->count);
        target_insert(words, exec, strlen(exec));
    } else {
        doctor_add_note(doctor, "a shell: the programs that it starts inherit the agent and are recorded one by one; "
                                "give doctor the command that uses the database");
    }
    bool follows = exec != NULL;
    free(head);
    free(exec);
    return follows;
}

/* valgrind [-v] [--tool=NAME] ... PROGRAM: its options are one word each. */
bool target_follow_valgrind(struct doctor *doctor, struct target *words)
{
    size_t program = 1;

    if (strcmp(path_basename(words->list[0]), "valgrind") != 0)
        return false;
    while (program < words->count && words->list[program][0] == '-')
        program++;
    if (program == words->count)
        return false;
    doctor->in_valgrind = true;
    doctor_add_step(doctor, "valgrind runs %s", words->list[program]);
    target_drop(words, program);
    return true;
}

/* Debian's psql, pg_dump and so on are one script in Perl that runs the program of that name; the newest, if nobody says else. */
bool target_follow_debian(struct doctor *doctor, struct target *words, const char *path)
{
    char real[PATH_MAX];
    glob_t found = {0};
    bool follows = false;

    if (!realpath(path, real) || strcmp(path_basename(real), "pg_wrapper") != 0)
        return false;
    char *pattern = alloc_format("/usr/lib/postgresql/*/bin/%s", path_basename(path));
    if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0) {
        const char *program = found.gl_pathv[found.gl_pathc - 1];
        doctor_add_step(doctor, "%s is Debian's wrapper that runs %s", path, program);
        free(words->list[0]);
        words->list[0] = alloc_format("%s", program);
        follows = true;
    }
    globfree(&found);
    free(pattern);
    return follows;
}
