#include "agent/sql/lexer/lexer.h"

#define S LEX_SPACE
#define W LEX_WORD
#define D LEX_DIGIT
#define O LEX_OPERATOR
#define Q LEX_QUOTED

/* clang-format off */
const uint8_t lex_class[256] = {
    S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
    S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
    /*     !  "  #  $           %  &  '                          */
    S, O, Q, O, LEX_DOLLAR, O, O, LEX_STRING,
    LEX_OPEN, LEX_CLOSE, O, O, LEX_COMMA, O, LEX_DOT, O,
    D, D, D, D, D, D, D, D, D, D,
    /* :       ;              <  =  >  ?                         */
    LEX_COLON, LEX_SEMICOLON, O, O, O, LEX_QUESTION,
    O, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    /*                                [            \             ] */
    W, W, W, W, W, W, W, W, W, W, W, LEX_BRACKET, LEX_STRAY, LEX_CLOSE, O, W,
    Q, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, LEX_STRAY, O, LEX_STRAY, O, S,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
};
/* clang-format on */

const byte *lex_skip_comment(const byte *p, const byte *end, bool nested)
{
    unsigned depth = 1;

    if (*p == '-')
        return lex_find(p, end, '\n');
    p += 2;
    for (;;) {
        p = lex_find_either(p, end, '*', '/');
        if (end - p < 2)
            return end;
        if (p[0] == '*' && p[1] == '/') {
            p += 2;
            if (--depth == 0)
                return p;
        } else if (p[0] == '/' && p[1] == '*') {
            p += 2;
            depth += nested;
        } else {
            p++;
        }
    }
}

const byte *lex_skip_operator(const byte *p, const byte *end)
{
    const byte *start = p;

    for (p++; p < end && lex_class[*p] == LEX_OPERATOR; p++) {
        byte c = *p;
        byte next = end - p > 1 ? p[1] : ' ';

        if ((c == '-' && next == '-') || (c == '/' && next == '*'))
            break;
        if (c == '@' && lex_is_word(next) && p[-1] != '<' && p[-1] != '@')
            break; /* =@name; but <@ and @@ are PostgreSQL's */
        if (c == '+' || c == '-') {
            bool goes_on = next == '>' || (next == '@' && !(end - p > 2 && lex_is_word(p[2])));
            bool final = p[-1] == '#' || (p[-1] == '|' && *start == '-');
            if (!goes_on && !(c == '-' && final))
                break; /* x = -1, x||-1; but #- and -|- are PostgreSQL's */
        }
    }
    if (p < end && *p == '?' && p - start == 1 && *start == '@')
        p++; /* @? asks whether a JSON path yields anything */
    return p;
}
