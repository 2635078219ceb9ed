#include "agent/sql/lexer/positions.h"

#include "agent/sql/lexer/lists.h"
#include "agent/sql/lexer/words.h"

/* The output of this statement that is still in the buffer. */
static const byte *output_start(const struct lexer *s)
{
    return s->statement > s->base ? s->buffer + (s->statement - s->base) : s->buffer;
}

static bool starts(const struct lexer *s, const byte *o, const char *text)
{
    size_t length = strlen(text);

    return s->statement >= s->base && (size_t)(o - output_start(s)) >= length && memcmp(output_start(s), text, length) == 0;
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

void positions_begin(struct lexer *s, enum sql_verb verb, const byte *o)
{
    static const char *const settings[] = {"set", "pragma", "attach", "alter"};

    s->columns = s->dialect->string_names && verb == SQL_DDL && memcmp(o, "create", strlen("create")) == 0;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        size_t length = strlen(settings[i]);
        if (memcmp(o, settings[i], length) == 0 && !lex_is_word(o[length])) {
            s->stage = VERB_SETTING;
            s->attentive = s->positions = true;
        }
    }
}

void positions_open(struct lexer *s, unsigned prev, const byte *o)
{
    s->columns = false;
    s->frame->names = PREV_IN(prev, PREV_SET(WORD) | PREV_SET(QUOTED)) && s->overflow == 0 && s->frame == s->frames + 1 &&
                      !contains(s, o, " using ") && !contains(s, o, " trigger ");
}

static bool setting_begins(const struct lexer *s, unsigned prev, const byte *o)
{
    unsigned id = prev >> WORD_ID_SHIFT & 0x1f;
    bool assigned = id == WORD_TO || ends(s, o, "=");

    switch (*output_start(s)) {
    case 's':
        return assigned || (PREV_IN(prev, PREV_SET(COMMA)) && !starts(s, o, "set constraints")) || ends(s, o, " role") ||
               ends(s, o, " authorization") || ends(s, o, " zone");
    case 'p':
        return assigned || PREV_IN(prev, PREV_SET(OPEN));
    default: /* alter */
        return assigned && contains(s, o, " set ");
    }
}

bool positions_setting(struct lexer *s, unsigned prev, const byte *o, const byte *text, size_t length)
{
    if (s->stage != VERB_SETTING)
        return false;
    if (o > s->buffer && o[-1] == ' ')
        o--;
    if (starts(s, o, "attach")) {
        bool database = ends(s, o, "attach") && length == strlen("database") && memcmp(text, "database", length) == 0;
        bool as = length == strlen("as") && memcmp(text, "as", length) == 0;
        if (database || contains(s, o, " as ") || ends(s, o, " as"))
            return !database && ends(s, o, " key");
        return !as;
    }
    s->masking = s->masking || setting_begins(s, prev, o);
    return s->masking;
}

/* Whether the comma that was just written separates assignments of an UPDATE. */
static bool between_assignments(const struct lexer *s, const byte *o)
{
    const byte *set = find(output_start(s), o, " set ");

    return list_outermost(s) && starts(s, o, "update ") && set && !find(set, o, " where ") && !find(set, o, " returning ") &&
           !find(set, o, " from ");
}

bool positions_name(const struct lexer *s, unsigned prev, const byte *o)
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

/* ... between "a" and "b" */
static bool behind_between(const struct lexer *s, const byte *o)
{
    const byte *between = NULL;

    for (const byte *p = output_start(s); (p = find(p, o, " between ")); p++)
        between = p;
    return between && ends(s, o, " and") && !find(between, o - strlen(" and"), " and ");
}

bool positions_value(const struct lexer *s, unsigned prev, const byte *o, const byte *behind)
{
    unsigned id = prev >> WORD_ID_SHIFT & 0x1f;

    while (behind < s->end && *behind <= ' ')
        behind++;
    if (behind < s->end && (*behind == '.' || *behind == '('))
        return false;
    switch (prev & PREV_KIND) {
    case PREV_OPERATOR:
        return o > s->buffer && (o[-1] == '=' || o[-1] == '<' || o[-1] == '>');
    case PREV_WORD:
    case PREV_PREFIX:
        return id == WORD_VALUE || id == WORD_IS || (id == WORD_AND && behind_between(s, o));
    case PREV_OPEN:
    case PREV_COMMA:
        return s->overflow == 0 && s->frame->kind != FRAME_PLAIN;
    default:
        return false;
    }
}
