#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check_rules.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text.h"
#include "load.h"
#include "verbs.h"

/* "shop.c:42 in load(): n_plus_one, proven: 5,000 executions of select ... [1f0c88a2b34d5e6f]" */
static void write_line(const struct model *model, const struct model_finding *f, const struct text_options *options)
{
    const struct model_group *g = &model->groups[f->group];
    char digits[PRINTABLE_NUMBER];
    text_write_location(model, g->location, options, stdout, 0);
    printf(": %s, %s: ", model_kind_name(f->kind), model_confidence_name(f->confidence));
    printf("%s executions of ", printable_number(f->executions, digits));
    printable_write(stdout, model->statements[g->statement].text, 200);
    printf(" [%016" PRIx64 "]\n", f->signature);
}

static int check(const struct model *model, struct check_rules *rules)
{
    uint32_t counts[4] = {0};
    char *directory = getcwd(NULL, 0);
    struct text_options options = {.width = 200, .directory = directory};
    for (uint32_t i = 0; i < model->finding_count; i++) {
        enum check_answer answer = check_rules_ask(rules, model, &model->findings[i]);
        counts[answer]++;
        if (answer == CHECK_FAILS)
            write_line(model, &model->findings[i], &options);
    }
    free(directory);
    check_rules_warn_unused(rules);
    if (counts[CHECK_FAILS])
        complain("check", "%u of %u findings to fix (%u suppressed, %u in the baseline, %u not asked for)", counts[CHECK_FAILS],
                 model->finding_count, counts[CHECK_SUPPRESSED], counts[CHECK_KNOWN], counts[CHECK_BELOW]);
    return counts[CHECK_FAILS] ? EXIT_FOUND : EXIT_FINE;
}

static int load_and_check(struct check_rules *rules, int argc, char **argv)
{
    int status = EXIT_FINE;
    struct model *model = load_model(argv, argc, &status);
    if (!model)
        return status;
    int found = check(model, rules);
    model_destroy(model);
    return verb_finish(status == EXIT_FINE ? found : status);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    enum { FAIL_ON = VERB_OPTION_OWN, BASELINE, SUPPRESSIONS };
    static const struct option options[] = {
        {"fail-on", required_argument, NULL, FAIL_ON},
        {"baseline", required_argument, NULL, BASELINE},
        {"suppressions", required_argument, NULL, SUPPRESSIONS},
        VERB_COMMON_OPTIONS,
    };
    struct check_rules *rules = check_rules_create();
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, ":", options, &status)) != -1 && option != VERB_OPTION_DONE) {
        char *wrong = option == FAIL_ON ? check_rules_fail_on(rules, optarg) : NULL;
        if (wrong)
            status = verb_misused(verb, "--fail-on: %s", wrong);
        else if ((option == BASELINE && !check_rules_baseline(rules, optarg)) ||
                 (option == SUPPRESSIONS && !check_rules_suppressions(rules, optarg)))
            status = EXIT_TROUBLE;
        free(wrong);
        if (status != EXIT_FINE)
            break;
    }
    if (option != VERB_OPTION_DONE && status == EXIT_FINE)
        status = load_and_check(rules, argc - optind, argv + optind);
    check_rules_destroy(rules);
    return status;
}

const struct verb verb_check = {
    .name = "check",
    .synopsis = "[--fail-on LIST] [--baseline FILE] [--suppressions FILE] [PATH ...]",
    .summary = "The gate for CI: a line for each finding that counts, and exit status 1 when there is one.",
    .help = "  PATH                 a recording or a directory of them; none: the newest *.pb of the working directory\n"
            "  --fail-on=LIST       what counts, with commas between: CONFIDENCE (possible, likely, proven: any kind, at\n"
            "                       least so sure), KIND (at least likely) or KIND:CONFIDENCE; default: likely\n"
            "  --baseline=FILE      an earlier report --json: what it has does not count\n"
            "  --suppressions=FILE  a line each: a signature, or kind=GLOB file=GLOB function=GLOB statement=GLOB\n",
    .run = run,
};
