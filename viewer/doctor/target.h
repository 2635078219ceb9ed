/* The words of a command on their way to the program that they start. */
#ifndef NPLUS1_VIEWER_DOCTOR_TARGET_H
#define NPLUS1_VIEWER_DOCTOR_TARGET_H

#include "viewer/doctor/doctor.h"

#define WORDS_MAX 256

/* The first is the program. Each is owned. */
struct target {
    char *list[WORDS_MAX];
    size_t count;
};

void target_drop(struct target *words, size_t count);                      /* the first ones */
void target_insert(struct target *words, const char *word, size_t length); /* as the first one */

/* As execvp looks; the caller frees it. NULL: *error says why. */
char *target_find_program(const char *word, int *error);

/* The first bytes of a file, terminated; the caller frees them. Nothing, when it cannot be read. */
char *target_read_head(const char *path, size_t *ret_size);

/* Words that start another program in a known way: env, a shell's script that ends in exec, Debian's wrapper around PostgreSQL's
 * programs, valgrind. Each says whether there are other words now. */
bool target_follow_env(struct doctor *doctor, struct target *words);
bool target_follow_shell(struct doctor *doctor, struct target *words, const char *path);
bool target_follow_debian(struct doctor *doctor, struct target *words, const char *path);
bool target_follow_valgrind(struct doctor *doctor, struct target *words);

#endif
