/* The words that facts are told by, as a table with a perfect hash, made by gperf from keywords.gperf: a token's word is looked
 * up once, whatever is asked of it afterwards. Constant data: safe anywhere.
 */
#ifndef NPLUS1_AGENT_SQL_FACTS_KEYWORDS_H
#define NPLUS1_AGENT_SQL_FACTS_KEYWORDS_H

#include <stdint.h>

/* Those that are asked for by themselves. */
enum keyword_id {
    KEYWORD_OTHER, /* and what is no word */
    KEYWORD_ALL,
    KEYWORD_AND,
    KEYWORD_AS,
    KEYWORD_ATTACH,
    KEYWORD_BETWEEN,
    KEYWORD_BY,
    KEYWORD_CREATE,
    KEYWORD_DETACH,
    KEYWORD_DISCARD,
    KEYWORD_DISTINCT,
    KEYWORD_FETCH,
    KEYWORD_FOR,
    KEYWORD_FROM,
    KEYWORD_GLOBAL,
    KEYWORD_ID,
    KEYWORD_JOIN,
    KEYWORD_LIMIT,
    KEYWORD_LOCAL,
    KEYWORD_LOCKED,
    KEYWORD_OFFSET,
    KEYWORD_ON,
    KEYWORD_ORDER,
    KEYWORD_PRAGMA,
    KEYWORD_RESET,
    KEYWORD_RETURNING,
    KEYWORD_ROWID,
    KEYWORD_SELECT,
    KEYWORD_SESSION,
    KEYWORD_SET,
    KEYWORD_SET_CONFIG,
    KEYWORD_SKIP,
    KEYWORD_TEMP,
    KEYWORD_TEMPORARY,
    KEYWORD_VALUES,
    KEYWORD_WHERE,
    KEYWORD_WITH,
};

/* Sets of words, bits. */
#define KEYWORDS_LIST_FUNCTIONS 0x001 /* what is given to it is a list */
#define KEYWORDS_NO_CALLS       0x002 /* a parenthesis behind it is no call of a function */
#define KEYWORDS_BEHIND_COLUMNS 0x004 /* behind a SELECT's result columns */
#define KEYWORDS_VALUES         0x008 /* a value by itself, no column */
#define KEYWORDS_CATALOG        0x010 /* a table of the schema */
#define KEYWORDS_SETTINGS       0x020 /* SET of it changes what questions mean */
#define KEYWORDS_ABOUT_SCHEMA   0x040 /* a PRAGMA that asks about the schema */
#define KEYWORDS_EQUALS         0x080 /* between a column and what it is compared with */
#define KEYWORDS_KEPT           0x100 /* may stand between a column and its comparison */
#define KEYWORDS_OTHERS         0x200 /* no operand, and what was compared is over */
#define KEYWORDS_BEGIN          0x400 /* a comparison begins behind it */

#define KEYWORD_LONGEST 27

struct keyword {
    char name[KEYWORD_LONGEST + 1];
    uint16_t sets;
    uint8_t id; /* enum keyword_id */
};

#endif
