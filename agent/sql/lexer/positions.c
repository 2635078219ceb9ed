#include "agent/sql/lexer/positions.h"

#include "agent/sql/lexer/lists.h"
#include "agent/sql/lexer/words.h"

/* The output of this statement that is still in the buffer. */
static const byte *output_start(const struct lexer *s)
{
    return s->statement > s->base ? s->buffer + (s->statement - s->base) : s->buffer;
}

static bool begins(const byte *from, const byte *o, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(o - from) >= length && memcmp(from, text, length) == 0;
}

static bool starts(const struct lexer *s, const byte *o, const char *text)
{
    return s->statement >= s->base && begins(output_start(s), o, text);
}

static bool ends(const struct lexer *s, const byte *o, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(o - output_start(s)) >= length && memcmp(o - length, text, length) == 0;
}

static const byte *find(const byte *from, const byte *o, const char *text)
{
    return memmem(from, (size_t)(o - from), text, strlen(text));
}

static bool contains(const struct lexer *s, const byte *o, const char *text)
{
    return find(output_start(s), o, text) != NULL;
}

/* First words of statements that have values which look like names. */
static const struct {
    const char *word;
    enum setting_kind kind;
} settings[] = {
    {"set", SETTING_SET},       {"pragma", SETTING_PRAGMA},   {"attach", SETTING_ATTACH},   {"alter", SETTING_ALTER},
    {"create", SETTING_CREATE}, {"copy", SETTING_COPY},       {"notify", SETTING_NOTIFY},   {"comment", SETTING_COMMENT},
    {"vacuum", SETTING_VACUUM}, {"explain", SETTING_EXPLAIN}, {"execute", SETTING_EXECUTE},
};

static enum setting_kind kind_of(const byte *word)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        size_t length = strlen(settings[i].word);
        if (memcmp(word, settings[i].word, length) == 0 && !lex_is_word(word[length]))
            return settings[i].kind;
    }
    return SETTING_NONE;
}

void positions_begin(struct lexer *s, enum sql_verb verb, const byte *o)
{
    enum setting_kind kind = kind_of(o);

    s->columns = s->dialect->string_names && verb == SQL_DDL && kind == SETTING_CREATE;
    if (kind == SETTING_NONE)
        return;
    s->setting = kind;
    s->stage = VERB_SETTING;
    s->attentive = s->positions = true;
}

void positions_explained(struct lexer *s, const byte *o, size_t length)
{
    static const char *const options[] = {"query", "plan", "analyze", "analyse", "verbose"};
    enum setting_kind kind = kind_of(o);

    if (s->setting != SETTING_EXPLAIN || !list_outermost(s))
        return;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (length == strlen(options[i]) && memcmp(o, options[i], length) == 0)
            return;
    }
    if (kind != SETTING_NONE && kind != SETTING_CREATE && kind != SETTING_EXPLAIN) {
        s->setting = kind;
        s->statement = output_position(s, o);
        return;
    }
    s->setting = SETTING_NONE;
    s->stage = VERB_KNOWN;
    s->attentive = s->chained;
    s->positions = positions_wanted(s->dialect);
}

void positions_open(struct lexer *s, unsigned prev, const byte *o)
{
    s->columns = false;
    s->frame->names = PREV_IN(prev, PREV_SET(WORD) | PREV_SET(QUOTED)) && s->overflow == 0 && s->frame == s->frames + 1 &&
                      !contains(s, o, " using ") && !contains(s, o, " trigger ");
}

/* Whether the words behind it are names or key words: of SET TRANSACTION, SET CONSTRAINTS and the like. */
static bool is_no_setting(const struct lexer *s, const byte *o)
{
    return starts(s, o, "set constraints") || starts(s, o, "set transaction") || starts(s, o, "set session characteristics");
}

/* What stands before the parenthesis that is open ends with the text. */
static bool opened_behind(const struct lexer *s, const char *text)
{
    uint32_t opened = s->frame->opened;

    return s->overflow == 0 && opened >= s->base && ends(s, s->buffer + (opened - s->base), text);
}

static bool is_null(const byte *text, size_t length)
{
    return length == strlen("null") && memcmp(text, "null", length) == 0;
}

/* An argument of EXECUTE: no column can stand there. Words that begin an expression stay. */
static bool argument_value(const struct lexer *s, unsigned prev, const byte *text, size_t length)
{
    static const char *const words[] = {"array", "row",  "cast",      "case",         "not",
                                        "date",  "time", "timestamp", "interval",     "now",
                                        "null",  "true", "false",     "current_date", "current_timestamp"};

    if (list_outermost(s) || !PREV_IN(prev, PREV_SET(OPEN) | PREV_SET(COMMA)))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (length == strlen(words[i]) && memcmp(text, words[i], length) == 0)
            return false;
    }
    return true;
}

static bool is_of_role(const struct lexer *s, const byte *o)
{
    static const char *const kinds[] = {"create role ", "create user ", "create group ",
                                        "alter role ",  "alter user ",  "alter group "};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (starts(s, o, kinds[i]))
            return true;
    }
    return false;
}

/* CREATE and ALTER: passwords, options in parentheses, and what SET of a function sets. */
static bool definition_value(const struct lexer *s, unsigned prev, const byte *o, const byte *text, size_t length)
{
    bool assigned = (prev >> WORD_ID_SHIFT & 0x1f) == WORD_TO || ends(s, o, " =");
    bool named = PREV_IN(prev, PREV_SET(WORD) | PREV_SET(QUOTED));

    if (!list_outermost(s) && starts(s, o, "create ") && contains(s, o, " as execute "))
        return argument_value(s, prev, text, length);
    if (named && ends(s, o, " password"))
        return is_of_role(s, o) && !is_null(text, length);
    if (!list_outermost(s)) {
        if (opened_behind(s, " options"))
            return named && !ends(s, o, " set") && !ends(s, o, "(set") && !ends(s, o, " add") && !ends(s, o, "(add") &&
                   !ends(s, o, " drop") && !ends(s, o, "(drop");
        return assigned && (opened_behind(s, " with ") || starts(s, o, "create text search ") ||
                            starts(s, o, "create collation ") || starts(s, o, "create virtual table "));
    }
    if (s->setting != SETTING_CREATE || !(assigned || PREV_IN(prev, PREV_SET(COMMA))))
        return false;
    return (contains(s, o, " function ") || contains(s, o, " procedure ")) && contains(s, o, " set ") &&
           !contains(s, o, " begin atomic") && !contains(s, o, " return ");
}

/* COPY: a file or a program stands in quotes, but who forgets them gives it away. */
static bool copy_value(const struct lexer *s, const byte *o, const byte *text, size_t length)
{
    static const char *const words[] = {"stdin", "stdout", "program"};

    if (!list_outermost(s) || !(ends(s, o, " from") || ends(s, o, " to") || ends(s, o, " program")))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (length == strlen(words[i]) && memcmp(text, words[i], length) == 0)
            return false;
    }
    return true;
}

static bool attach_value(const struct lexer *s, const byte *o, const byte *text, size_t length)
{
    bool database = ends(s, o, "attach") && length == strlen("database") && memcmp(text, "database", length) == 0;
    bool as = length == strlen("as") && memcmp(text, "as", length) == 0;

    if (database || contains(s, o, " as ") || ends(s, o, " as"))
        return !database && ends(s, o, " key");
    return !as;
}

/* Whether the values of SET, PRAGMA or ALTER .. SET begin. */
static bool setting_begins(const struct lexer *s, unsigned prev, const byte *o)
{
    bool assigned = (prev >> WORD_ID_SHIFT & 0x1f) == WORD_TO || ends(s, o, "=");

    switch (s->setting) {
    case SETTING_SET:
        return assigned || (PREV_IN(prev, PREV_SET(COMMA)) && !is_no_setting(s, o)) || ends(s, o, " role") ||
               ends(s, o, " authorization") || ends(s, o, " zone") || ends(s, o, "set names");
    case SETTING_PRAGMA:
        return !PREV_IN(prev, PREV_SET(GLUE)) && !ends(s, o, "pragma");
    case SETTING_ALTER:
        return assigned && contains(s, o, " set ");
    default:
        return false;
    }
}

bool positions_setting(struct lexer *s, unsigned prev, const byte *o, const byte *text, size_t length)
{
    if (s->stage != VERB_SETTING)
        return false;
    if (o > s->buffer && o[-1] == ' ')
        o--;
    switch (s->setting) {
    case SETTING_ATTACH:
        return attach_value(s, o, text, length);
    case SETTING_COPY:
        return copy_value(s, o, text, length);
    case SETTING_EXECUTE:
        return argument_value(s, prev, text, length);
    case SETTING_NOTIFY:
        return PREV_IN(prev, PREV_SET(COMMA));
    case SETTING_COMMENT:
        return (prev >> WORD_ID_SHIFT & 0x1f) == WORD_IS && !is_null(text, length);
    case SETTING_VACUUM:
        return (prev >> WORD_ID_SHIFT & 0x1f) == WORD_INTO;
    default:
        s->masking = s->masking || setting_begins(s, prev, o);
        return s->masking ||
               ((s->setting == SETTING_CREATE || s->setting == SETTING_ALTER) && definition_value(s, prev, o, text, length));
    }
}

/* Whether the comma that was just written separates assignments of an UPDATE. */
static bool between_assignments(const struct lexer *s, const byte *o)
{
    const byte *set = find(output_start(s), o, " set ");

    return list_outermost(s) && starts(s, o, "update ") && set && !find(set, o, " where ") && !find(set, o, " returning ") &&
           !find(set, o, " from ");
}

/* Whether only a name can come next. */
static bool is_for_name(const struct lexer *s, unsigned prev, const byte *o)
{
    unsigned id = prev >> WORD_ID_SHIFT & 0x1f;

    switch (prev & PREV_KIND) {
    case PREV_GLUE:
        return ends(s, o, ".");
    case PREV_WORD:
    case PREV_PREFIX:
        if (id == WORD_SET || (id == WORD_CLAUSE && starts(s, o, "create ") && ends(s, o, " on")))
            return true;
        return (prev & WORD_NAMES) && !ends(s, o, "distinct from");
    case PREV_OPEN:
        return s->frame->names && s->overflow == 0;
    case PREV_COMMA:
        return s->overflow == 0 && (s->frame->names || between_assignments(s, o));
    default:
        return false;
    }
}

bool positions_name(struct lexer *s, unsigned prev, const byte *o)
{
    return !positions_setting(s, prev, o, (const byte *)"'", 1) && is_for_name(s, prev, o);
}

/* ... between "a" and "b" */
static bool behind_between(const struct lexer *s, const byte *o)
{
    const byte *between = NULL;

    for (const byte *p = output_start(s); (p = find(p, o, " between ")); p++)
        between = p;
    return between && ends(s, o, " and") && !find(between, o - strlen(" and"), " and ");
}

/* Whether the text in quotes has a character that hardly any name has. A ? is one of a name that was folded. */
static bool is_no_name(const byte *p, const byte *behind)
{
    static const char strange[] = "%@'\\={}<>!^&;~";

    for (const byte *q = p + 1; q < behind - 1; q++) {
        if (*q && strchr(strange, *q))
            return true;
    }
    return behind - p > 3 && p[1] == '$' && p[2] == '.'; /* a path in JSON */
}

/* Whether a name makes more sense than a text behind the word that was written last. */
static bool behind_naming(const struct lexer *s, const byte *o)
{
    return ends(s, o, " collate") || ends(s, o, " over") || ends(s, o, "savepoint") || ends(s, o, "release") ||
           ends(s, o, "detach");
}

/* (a, "b") = ("c", "d"): the parenthesis that is open stands right of a comparison. */
static bool in_compared_row(const struct lexer *s)
{
    uint32_t opened = s->frame->opened;
    const byte *open = s->buffer + (opened - s->base);

    return opened >= s->base + 2 && open[-1] == ' ' && (open[-2] == '=' || open[-2] == '<' || open[-2] == '>');
}

/* Where the body of what is created begins, and what is explained: a view's SELECT, the first statement of a trigger; NULL: it
 * has not. */
static const byte *body(const struct lexer *s, const byte *o)
{
    const byte *start = output_start(s);

    if (begins(start, o, "explain query plan "))
        start += strlen("explain query plan ");
    else if (begins(start, o, "explain "))
        start += strlen("explain ");
    if (!begins(start, o, "create "))
        return start;
    const char *word = find(start, o, " trigger ") ? " begin " : " as ";
    const byte *found = find(start, o, word);
    if (!found && ends(s, o, " begin"))
        return o;
    return found ? found + strlen(word) : NULL;
}

/* Whether the statement is known to have no table, and its body has begun. */
static bool columnless(const struct lexer *s, const byte *o)
{
    unsigned number = s->ret->statements - 1;

    return number < TABLELESS && (s->tableless >> number & 1) && s->statement >= s->base && body(s, o) != NULL;
}

/* select raise(abort, "text") */
static bool is_raised(const struct lexer *s, unsigned prev)
{
    return PREV_IN(prev, PREV_SET(COMMA)) && (opened_behind(s, " raise(") || opened_behind(s, " raise"));
}

bool positions_value(const struct lexer *s, unsigned prev, const byte *o, const byte *p, const byte *behind)
{
    unsigned id = prev >> WORD_ID_SHIFT & 0x1f;
    const byte *next = behind;

    while (next < s->end && *next <= ' ')
        next++;
    if (next < s->end && (*next == '(' || (*next == '.' && !(s->end - next > 1 && lex_class[next[1]] == LEX_DIGIT))))
        return false;
    if (is_for_name(s, prev, o))
        return false;
    switch (prev & PREV_KIND) {
    case PREV_OPERATOR:
        if (o > s->buffer && (o[-1] == '=' || o[-1] == '<' || o[-1] == '>' || o[-1] == '|'))
            return true;
        break;
    case PREV_WORD:
    case PREV_PREFIX:
        if (id == WORD_VALUE || id == WORD_IS || id == WORD_LIMIT || id == WORD_OFFSET ||
            (id == WORD_AND && behind_between(s, o)) || ends(s, o, " is not") || ends(s, o, " then") || ends(s, o, " else") ||
            ends(s, o, " distinct from"))
            return true;
        if (behind_naming(s, o))
            return false;
        break;
    case PREV_OPEN:
    case PREV_COMMA:
        if (s->overflow == 0 && (s->frame->kind != FRAME_PLAIN || in_compared_row(s) || is_raised(s, prev)))
            return true;
        if (s->overflow > 0)
            return false;
        break;
    default: /* an alias may follow an operand */
        return false;
    }
    return columnless(s, o) || is_no_name(p, behind);
}

/* Whether a quoted name of the statement, which ends at o, may be a column. */
static bool has_columns(const struct lexer *s, const byte *o)
{
    static const char *const words[] = {" from ", " conflict", " returning ", " join ", " update "};
    const byte *start;

    if (s->statement < s->base || !(start = body(s, o)))
        return true;
    if (begins(start, o, "insert ") || begins(start, o, "replace ")) {
        if (!find(start, o, " select "))
            return true;
    } else if (!begins(start, o, "select ") && !begins(start, o, "with ")) {
        return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (find(start, o, words[i]))
            return true;
    }
    return false;
}

void positions_end(struct lexer *s, const byte *o)
{
    unsigned number = s->ret->statements - 1;

    if (s->dialect->quoted_values && number < TABLELESS && !has_columns(s, o))
        s->seen_tableless |= (uint64_t)1 << number;
    s->quoted = false;
}
