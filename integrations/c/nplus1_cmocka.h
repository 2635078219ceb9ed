/* nplus1_cmocka.h: each test of cmocka is a scope of nplus1, and fails at the line of the loop when it has one.
 *
 *     NPLUS1_TEST(test_counts)                in place of static void test_counts(void **state)
 *     {
 *         nplus1_max_queries(3);              more statements from here on make it fail; BEGIN, COMMIT and savepoints do not
 * count NPLUS1_ALLOWED("there are six") {   what runs in it is meant; not to be left by return, break or goto
 *             ...
 *         }
 *     }
 *
 * Header-only, for one thread and one file that includes it. Without the agent (`nplus1 run -- ./test`) it does nothing. The
 * environment's NPLUS1_FAIL_ON has the kinds and confidences that fail, as of `nplus1 check --fail-on`. Lines are what
 * addr2line(1) says of the program's debug information; without them the failure has the module and the address. Licence:
 * Apache-2.0.
 */
#ifndef NPLUS1_INTEGRATIONS_C_NPLUS1_CMOCKA_H
#define NPLUS1_INTEGRATIONS_C_NPLUS1_CMOCKA_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <nplus1.h>

#define NPLUS1_CMOCKA_ALLOWANCES 64 /* more of them are not told when they are stale */

struct nplus1_cmocka_allowance {
    const char *file, *reason;
    int line, is_needed;
};

/* The test that runs, and allowances so far. A test that failed was left by longjmp: the next one closes what it had opened. */
static struct {
    int is_open, open_allowances, has_limit;
    unsigned long long limit, before;
    const char *limit_file;
    int limit_line;
    char file[PATH_MAX]; /* where it fails, empty: it does not */
    int line;
    struct nplus1_cmocka_allowance allowances[NPLUS1_CMOCKA_ALLOWANCES];
    int allowance_count;
} nplus1_cmocka_;

static inline void nplus1_cmocka_tell_(void)
{
    for (int i = 0; i < nplus1_cmocka_.allowance_count; i++) {
        const struct nplus1_cmocka_allowance *a = &nplus1_cmocka_.allowances[i];
        if (!a->is_needed)
            fprintf(stderr, "nplus1: this allowance is needed by nothing: %s:%d: %s\n", a->file, a->line, a->reason);
    }
    if (!nplus1_present())
        fprintf(stderr, "nplus1: run `nplus1 run -- ...` with this program to watch for N+1 queries\n");
}

static const char *const nplus1_cmocka_confidences_[] = {"possible", "likely", "proven", NULL};
static const char *const nplus1_cmocka_kinds_[] = {
    "n_plus_one",    "batched_n_plus_one", "duplicate_query",  "write_loop",   "join_fanout", "unused_rows",
    "large_in_list", "reprepare",          "long_transaction", "chatty_fetch", NULL};

/* Where the text stands among the names; -1: nowhere. */
static inline int nplus1_cmocka_find_(const char *const *names, const char *text, size_t length)
{
    for (int i = 0; names[i]; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], text, length) == 0)
            return i;
    }
    return -1;
}

static inline const char *nplus1_cmocka_list_(void)
{
    const char *list = getenv("NPLUS1_FAIL_ON");
    return list ? list : "n_plus_one,batched_n_plus_one";
}

/* Takes KIND, CONFIDENCE or KIND:CONFIDENCE from the list, to its comma or end. ret_kind: -1 is all of them. 0: it is none of
 * these. */
static inline int nplus1_cmocka_item_(const char **list, int *ret_kind, int *ret_least)
{
    const char *item = *list + strspn(*list, " ");
    size_t length = strcspn(item, " ,"), kind = strcspn(item, " ,:");

    *list = item + length + strspn(item + length, " ,");
    *ret_kind = -1;
    *ret_least = nplus1_cmocka_find_(nplus1_cmocka_confidences_, item, length);
    if (*ret_least >= 0)
        return 1;
    *ret_kind = nplus1_cmocka_find_(nplus1_cmocka_kinds_, item, kind);
    *ret_least = kind < length ? nplus1_cmocka_find_(nplus1_cmocka_confidences_, item + kind + 1, length - kind - 1) : 1;
    return *ret_kind >= 0 && *ret_least >= 0;
}

static inline void nplus1_cmocka_check_list_(void)
{
    int kind, least;

    for (const char *list = nplus1_cmocka_list_(), *item = list; *list; item = list) {
        if (!nplus1_cmocka_item_(&list, &kind, &least))
            fail_msg("nplus1: '%.*s' is not a kind, a confidence or KIND:CONFIDENCE", (int)strcspn(item, " ,"), item);
    }
}

static inline int nplus1_cmocka_fails_(const struct nplus1_finding *f)
{
    int is = nplus1_cmocka_find_(nplus1_cmocka_confidences_, f->confidence, strlen(f->confidence)), kind, least;

    for (const char *list = nplus1_cmocka_list_(); *list;) {
        nplus1_cmocka_item_(&list, &kind, &least);
        if (is >= least && (kind < 0 || strcmp(nplus1_cmocka_kinds_[kind], f->kind) == 0))
            return 1;
    }
    return 0;
}

/* FILE:LINE, or what is known instead. */
static inline int nplus1_cmocka_place_(const struct nplus1_place *place, char *file, size_t size)
{
    char command[PATH_MAX + 64], said[PATH_MAX + 64] = "", here[PATH_MAX], real[PATH_MAX];
    char *colon = NULL;
    FILE *pipe = NULL;
    int line = 0;

    if (place->file) {
        snprintf(file, size, "%s", place->file);
        line = (int)place->line;
    } else if (place->module) {
        snprintf(file, size, "%s+0x%llx", place->module, place->offset);
        snprintf(command, sizeof command, "LD_PRELOAD= addr2line -e '%s' 0x%llx 2>/dev/null", place->module, place->offset - 1);
        if (!strchr(place->module, '\''))
            pipe = popen(command, "r");
        if (pipe && fgets(said, sizeof said, pipe))
            colon = strrchr(said, ':');
        if (colon && (line = atoi(colon + 1)) > 0) {
            *colon = '\0';
            snprintf(file, size, "%s", realpath(said, real) ? real : said);
        }
        if (pipe)
            pclose(pipe);
    } else {
        snprintf(file, size, "unknown place");
    }
    if (getcwd(here, sizeof here) && strncmp(file, here, strlen(here)) == 0 && file[strlen(here)] == '/')
        memmove(file, file + strlen(here) + 1, strlen(file) - strlen(here));
    return line;
}

static inline int nplus1_cmocka_each_(const struct nplus1_finding *f, void *data)
{
    int has_loop = f->loop.file || f->loop.module, line, inner_line;
    char file[PATH_MAX], inner[PATH_MAX];

    if (!nplus1_cmocka_fails_(f))
        return 0;
    line = nplus1_cmocka_place_(has_loop ? &f->loop : &f->place, file, sizeof file);
    inner_line = nplus1_cmocka_place_(&f->place, inner, sizeof inner);
    print_error("%s:%d: %s, %s: %llu executions of\n    %s\n", file, line,
                strcmp(f->kind, "n_plus_one") == 0           ? "N+1"
                : strcmp(f->kind, "batched_n_plus_one") == 0 ? "a batch in a loop"
                                                             : f->kind,
                f->confidence, f->executions, f->statement);
    if (f->parent)
        print_error("whose parameter %u is %s of\n    %s\n", f->parameter, f->parent_column, f->parent);
    if (line != inner_line || strcmp(file, inner) != 0)
        print_error("executed at %s:%d\n", inner, inner_line);
    print_error("%s\n\n", f->advice);
    if (!nplus1_cmocka_.file[0]) {
        snprintf(nplus1_cmocka_.file, sizeof nplus1_cmocka_.file, "%s", file);
        nplus1_cmocka_.line = line;
    }
    return 0;
}

static inline void nplus1_cmocka_close_(void)
{
    for (; nplus1_cmocka_.open_allowances > 0; nplus1_cmocka_.open_allowances--)
        nplus1_allow_end();
    if (nplus1_cmocka_.is_open)
        nplus1_scope_end();
    nplus1_cmocka_.is_open = nplus1_cmocka_.has_limit = 0;
}

static inline void nplus1_cmocka_begin_(const char *name)
{
    static int is_told;

    if (!is_told)
        is_told = atexit(nplus1_cmocka_tell_) == 0;
    nplus1_present();
    nplus1_cmocka_close_();
    nplus1_cmocka_check_list_(); /* not while the agent calls back: a failure is a longjmp */
    nplus1_cmocka_.file[0] = '\0';
    nplus1_cmocka_.is_open = 1;
    nplus1_scope_begin(name);
}

static inline void nplus1_cmocka_end_(void)
{
    unsigned long long executions = nplus1_scope_executions() - nplus1_cmocka_.before;
    int is_over = nplus1_cmocka_.has_limit && executions > nplus1_cmocka_.limit;

    if (is_over) {
        print_error("%llu statements were executed, %llu are allowed\n", executions, nplus1_cmocka_.limit);
        snprintf(nplus1_cmocka_.file, sizeof nplus1_cmocka_.file, "%s", nplus1_cmocka_.limit_file);
        nplus1_cmocka_.line = nplus1_cmocka_.limit_line;
    } else {
        nplus1_scope_findings(nplus1_cmocka_each_, NULL);
        if (nplus1_cmocka_.file[0])
            print_error("Mean it? NPLUS1_ALLOWED(\"why\") { ... }   All of it: nplus1 report\n");
    }
    nplus1_cmocka_close_();
    if (nplus1_cmocka_.file[0])
        _fail(nplus1_cmocka_.file, nplus1_cmocka_.line);
}

static inline int nplus1_cmocka_allow_begin_(const char *reason)
{
    nplus1_allow_begin(reason);
    nplus1_cmocka_.open_allowances++;
    return 1;
}

static inline int nplus1_cmocka_allow_end_(const char *file, int line, const char *reason)
{
    int is_needed = nplus1_scope_findings(NULL, NULL) > 0 || !nplus1_present(), i;

    for (i = 0; i < nplus1_cmocka_.allowance_count; i++) {
        if (nplus1_cmocka_.allowances[i].line == line && strcmp(nplus1_cmocka_.allowances[i].file, file) == 0)
            break;
    }
    if (i < NPLUS1_CMOCKA_ALLOWANCES) {
        is_needed |= i < nplus1_cmocka_.allowance_count && nplus1_cmocka_.allowances[i].is_needed;
        nplus1_cmocka_.allowances[i] = (struct nplus1_cmocka_allowance){file, reason, line, is_needed};
        nplus1_cmocka_.allowance_count += i == nplus1_cmocka_.allowance_count;
    }
    nplus1_cmocka_.open_allowances--;
    nplus1_allow_end();
    return 0;
}

static inline void nplus1_cmocka_limit_(unsigned long long limit, const char *file, int line)
{
    nplus1_cmocka_.has_limit = 1;
    nplus1_cmocka_.limit = limit;
    nplus1_cmocka_.before = nplus1_scope_executions();
    nplus1_cmocka_.limit_file = file;
    nplus1_cmocka_.limit_line = line;
}

#define NPLUS1_TEST(name)                                                                                                        \
    static void name##_body_(void **state);                                                                                      \
    static void name(void **state)                                                                                               \
    {                                                                                                                            \
        nplus1_cmocka_begin_(#name);                                                                                             \
        name##_body_(state);                                                                                                     \
        nplus1_cmocka_end_();                                                                                                    \
    }                                                                                                                            \
    static void name##_body_(void **state)

#define NPLUS1_ALLOWED(reason)                                                                                                   \
    for (int nplus1_once_ = nplus1_cmocka_allow_begin_(reason); nplus1_once_;                                                    \
         nplus1_once_ = nplus1_cmocka_allow_end_(__FILE__, __LINE__, reason))

#define nplus1_max_queries(limit) nplus1_cmocka_limit_(limit, __FILE__, __LINE__)

#endif
