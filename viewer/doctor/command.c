/* From the words of a command to the program that the kernel would start: PATH, #! lines (execve(2)), and what starts another
 * one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/complain.h"
#include "viewer/doctor/target.h"
#include "exporter/base/alloc.h"

#define STEPS_MAX 12

/* One step from the words towards a program. 1: there are other words now; 0: `*path` is the program; -1: it complained. */
static int step(struct doctor *doctor, struct target *words, char **path)
{
    int error = 0;
    size_t size;

    if (target_follow_env(doctor, words))
        return words->count > 0 ? 1 : (complain("env", "does not start a program; give it a command"), -1);
    if (target_follow_valgrind(doctor, words))
        return 1;
    *path = target_find_program(words->list[0], &error);
    if (!*path) {
        complain(words->list[0], "%s",
                 error == ENOENT   ? "not found; give a program or its path"
                 : error == EISDIR ? "is a directory; give a program"
                 : error == EACCES ? "may not be executed; chmod +x, or give its interpreter"
                                   : strerror(error));
        return -1;
    }
    if (target_follow_debian(doctor, words, *path))
        return 1;
    char *head = target_read_head(*path, &size);
    if (size == 0) {
        complain(*path, "%s",
                 access(*path, R_OK) == 0 ? "is empty; give a program" : "cannot be read; its owner can ask about it");
        goto fail;
    }
    if (size >= 4 && memcmp(head, "\177ELF", 4) == 0) {
        free(head);
        return target_follow_shell(doctor, words, *path) ? 1 : 0;
    }
    if (memchr(head, '\0', size < 256 ? size : 256)) {
        complain(*path, "is neither a program of this system nor a script");
        goto fail;
    }
    char *line = strncmp(head, "#!", 2) == 0 ? alloc_format("%.*s", (int)strcspn(head + 2, "\n"), head + 2)
                                             : alloc_format("/bin/sh");
    char *at = line + strspn(line, " \t"), *end = at + strcspn(at, " \t"), *argument = end + strspn(end, " \t");
    argument[strcspn(argument, "\r")] = '\0';
    for (size_t length = strlen(argument); length > 0 && strchr(" \t", argument[length - 1]);)
        argument[--length] = '\0';
    doctor_add_step(doctor, "%s is a script (%s%s)", *path, head[0] == '#' && head[1] == '!' ? "#!" : "no #! line, so for ", at);
    *end = '\0';
    free(words->list[0]);
    words->list[0] = *path;
    if (argument[0])
        target_insert(words, argument, strlen(argument));
    target_insert(words, at, strlen(at));
    free(doctor->script);
    doctor->script = alloc_format("%s", *path);
    *path = NULL;
    free(line);
    free(head);
    return 1;
fail:
    free(head);
    free(*path);
    *path = NULL;
    return -1;
}

bool doctor_command(struct doctor *doctor)
{
    struct target words = {0};
    char *path = NULL;
    const char *why;
    int more = 1;

    for (int i = 0; i < doctor->word_count && words.count < WORDS_MAX; i++)
        words.list[words.count++] = alloc_format("%s", doctor->command[i]);
    doctor->directory = getcwd(NULL, 0);
    for (int i = 0; more == 1; i++) {
        free(path);
        path = NULL;
        if (i == STEPS_MAX) {
            complain(doctor->command[0], "is a script that leads to itself");
            more = -1;
        } else {
            more = step(doctor, &words, &path);
        }
    }
    if (more == 0) {
        if (!doctor->script && words.count > 1 && access(words.list[1], F_OK) == 0)
            doctor->script = alloc_format("%s", words.list[1]);
        doctor->program = path;
        doctor->modules.library_path = getenv("LD_LIBRARY_PATH");
        if (doctor_modules_add(&doctor->modules, path, path, DOCTOR_PROGRAM, DOCTOR_NONE, true, &why) == DOCTOR_NONE) {
            complain(path, "%s", why);
            more = -1;
        } else {
            doctor_obstacles(doctor, path);
            for (size_t i = 0; i < doctor->modules.missing_count; i++)
                doctor_add_note(doctor, "the loader does not find %s", doctor->modules.missing[i]);
            doctor_languages(doctor, true);
        }
    }
    target_drop(&words, words.count);
    return more == 0;
}
