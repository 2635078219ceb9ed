#include "viewer/words/completion.h"

#include <stdio.h>
#include <string.h>

#include "exporter/formats/formats.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "viewer/verbs.h"

/* What an argument is, by the word that stands for it in the help. */
enum sort { ANYTHING, A_FILE, A_DIRECTORY, A_WORD };

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

/* What an argument is; the words that it may be go to `out`, which may be NULL, with blanks behind them. */
static enum sort describe(const struct verb_option *o, FILE *out)
{
    static const char *const files[] = {"FILE", "PATH", NULL};
    const char *words = strcmp(o->argument, "WHEN") == 0     ? "auto always never "
                        : strcmp(o->argument, "WEIGHT") == 0 ? "executions time "
                        : strcmp(o->argument, "WHAT") == 0   ? "place statement file scope "
                                                             : NULL;
    bool is_format = strcmp(o->argument, "FORMAT") == 0;
    bool is_list = strcmp(o->argument, "LIST") == 0;
    if (words && out)
        fputs(words, out);
    for (const struct format *format = formats; out && is_format && format->name; format++)
        fprintf(out, "%s ", format->name);
    for (enum verdict_confidence c = VERDICT_POSSIBLE; out && is_list && strcmp(o->name, "fail-on") == 0 && c <= VERDICT_PROVEN;
         c++)
        fprintf(out, "%s ", model_confidence_name(c));
    for (enum verdict_kind kind = 1; out && is_list && kind < KIND_COUNT; kind++)
        fprintf(out, "%s ", kind_of(kind)->name);
    if (words || is_format || is_list)
        return A_WORD;
    if (strcmp(o->argument, "DIRECTORY") == 0)
        return A_DIRECTORY;
    return is_one_of(o->argument, files) ? A_FILE : ANYTHING;
}

static void for_each_option(const struct verb *verb, void (*each)(const struct verb *verb, const struct verb_option *o))
{
    for (const struct verb_option *o = verb->options; o->help; o++) {
        if (o->name)
            each(verb, o);
    }
    for (const struct verb_option *o = verbs_common_options; o->help; o++)
        each(verb, o);
}

static void bash_value(const struct verb *verb, const struct verb_option *o)
{
    if (!o->argument)
        return;
    enum sort sort = describe(o, NULL);
    printf("        %s,--%s", verb->name, o->name);
    if (verb_option_has_letter(o))
        printf(" | %s,-%c", verb->name, (char)o->value);
    /* What may stand alone takes its argument behind = only. */
    fputs(o->may_stand_alone ? ") [[ $split == true ]] && " : ") ", stdout);
    if (sort == A_WORD) {
        fputs("_nplus1_words '", stdout);
        describe(o, stdout);
        putchar('\'');
    } else {
        fputs(sort == A_FILE ? "_filedir" : sort == A_DIRECTORY ? "_filedir -d" : ":", stdout);
    }
    fputs(o->may_stand_alone ? " ;;\n" : "; return ;;\n", stdout);
}

static void bash_name(const struct verb *verb, const struct verb_option *o)
{
    (void)verb;
    if (verb_option_has_letter(o))
        printf("-%c ", (char)o->value);
    printf("--%s%s ", o->name, o->argument && !o->may_stand_alone ? "=" : "");
}

static void bash_with_value(const struct verb *verb, const struct verb_option *o)
{
    (void)verb;
    if (!o->argument || o->may_stand_alone)
        return;
    if (verb_option_has_letter(o))
        printf("-%c ", (char)o->value);
    printf("--%s ", o->name);
}

static void bash_verbs(void)
{
    for (const struct verb *const *verb = verbs; *verb; verb++)
        printf("%s ", (*verb)->name);
}

static const char bash_head[] =
    "# bash completion for nplus1: made by nplus1 --completion bash\n\n"
    "# Words of a list with commas between them; those before the last comma stay.\n"
    "_nplus1_words()\n{\n"
    "    local before=''\n"
    "    [[ $cur == *,* ]] && before=${cur%,*},\n"
    "    COMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\"))\n}\n\n"
    "# Where the command line of another program begins, behind options of which those that are passed have a value, it is "
    "completed.\n"
    "_nplus1_command()\n{\n"
    "    local i\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        if [[ ${COMP_WORDS[i]} == -- ]]; then\n"
    "            ((i++))\n"
    "            break\n"
    "        elif [[ \" $1\" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
    "            [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))\n"
    "            ((i++))\n"
    "        elif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
    "            break\n"
    "        fi\n"
    "    done\n"
    "    ((i < COMP_CWORD)) || { ((i == COMP_CWORD)) && [[ $cur != -* || ${COMP_WORDS[i - 1]} == -- ]]; } || return 1\n"
    "    _command_offset \"$i\"\n}\n\n"
    "_nplus1()\n{\n"
    "    local cur prev words cword split\n"
    "    _init_completion -s || return\n"
    "    local verb=${words[1]}\n"
    "    if ((cword == 1)); then\n";

static void write_bash(void)
{
    fputs(bash_head, stdout);
    fputs("        COMPREPLY=($(compgen -W '", stdout);
    bash_verbs();
    fputs("help --help --version' -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    case $verb in\n",
          stdout);
    for (const struct verb *const *verb = verbs; *verb; verb++) {
        if (!(*verb)->ends_at_argument)
            continue;
        printf("        %s) _nplus1_command '", (*verb)->name);
        for_each_option(*verb, bash_with_value);
        fputs("' && return ;;\n", stdout);
    }
    fputs("        help)\n"
          "            COMPREPLY=($(compgen -W '",
          stdout);
    bash_verbs();
    fputs("' -- \"$cur\"))\n"
          "            return\n"
          "            ;;\n"
          "    esac\n"
          "    case $verb,$prev in\n",
          stdout);
    for (const struct verb *const *verb = verbs; *verb; verb++)
        for_each_option(*verb, bash_value);
    fputs("    esac\n"
          "    [[ $split == true ]] && return\n"
          "    if [[ $cur == -* ]]; then\n"
          "        case $verb in\n",
          stdout);
    for (const struct verb *const *verb = verbs; *verb; verb++) {
        printf("            %s) COMPREPLY=($(compgen -W '", (*verb)->name);
        for_each_option(*verb, bash_name);
        fputs("' -- \"$cur\")) ;;\n", stdout);
    }
    fputs("        esac\n"
          "        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace\n"
          "    else\n"
          "        _filedir pb\n"
          "    fi\n"
          "} && complete -F _nplus1 nplus1\n",
          stdout);
}

/* One line of help, within ' and [ ]. */
static void zsh_help(const char *help)
{
    for (const char *p = help; *p && *p != '\n'; p++) {
        if (*p == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *p))
            printf("\\%c", *p);
        else
            putchar(*p);
    }
}

static void zsh_argument(const struct verb_option *o)
{
    if (!o->argument)
        return;
    enum sort sort = describe(o, NULL);
    fputs(o->may_stand_alone ? "::" : ":", stdout);
    zsh_help(o->argument);
    putchar(':');
    if (sort == A_WORD) {
        bool list = strcmp(o->argument, "LIST") == 0;
        fputs(list ? "_sequence compadd - " : "(", stdout);
        describe(o, stdout);
        fputs(list ? "" : ")", stdout);
    } else {
        fputs(sort == A_FILE ? "_files" : sort == A_DIRECTORY ? "_directories" : " ", stdout);
    }
}

static void zsh_option(const struct verb *verb, const struct verb_option *o)
{
    (void)verb;
    for (int letter = verb_option_has_letter(o); letter >= 0; letter--) {
        if (letter)
            printf("                '-%c%s[", (char)o->value, o->argument ? "+" : "");
        else
            printf("                '--%s%s[", o->name, !o->argument ? "" : o->may_stand_alone ? "=-" : "=");
        zsh_help(o->help);
        putchar(']');
        zsh_argument(o);
        fputs("' \\\n", stdout);
    }
}

static void write_zsh(void)
{
    fputs("#compdef nplus1\n# zsh completion for nplus1: made by nplus1 --completion zsh\n\n"
          "local -a verbs=(\n",
          stdout);
    for (const struct verb *const *verb = verbs; *verb; verb++) {
        printf("    '%s:", (*verb)->name);
        zsh_help((*verb)->summary);
        fputs("'\n", stdout);
    }
    fputs("    'help:Shows the options of a verb.'\n"
          ")\n"
          "local curcontext=$curcontext state line\n"
          "typeset -A opt_args\n"
          "_arguments -C '(- *)--help[shows the verbs]' '(- *)--version[says which one this is]' '1:verb:->verb' "
          "'*::argument:->rest'\n"
          "case $state in\n"
          "    verb) _describe verb verbs ;;\n"
          "    rest)\n"
          "        case $words[1] in\n",
          stdout);
    for (const struct verb *const *verb = verbs; *verb; verb++) {
        printf("            %s) _arguments -s \\\n", (*verb)->name);
        for_each_option(*verb, zsh_option);
        fputs((*verb)->ends_at_argument ? "                '(-)*::command:_normal' ;;\n"
                                        : "                '*:recording:_files -g \"*.pb\"' ;;\n",
              stdout);
    }
    fputs("            help) _describe verb verbs ;;\n"
          "        esac\n"
          "        ;;\n"
          "esac\n",
          stdout);
}

bool completion_write(const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        write_bash();
    else if (strcmp(shell, "zsh") == 0)
        write_zsh();
    else
        return false;
    return true;
}
