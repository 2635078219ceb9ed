/* The fingerprint of a statement: its normalised text and the hash of that text. One lexer, which is told the dialect.
 *
 * Normalised: literals and parameters of every form become ?, lists of them collapse ((?, ?, ?) after IN or in a row of VALUES
 * is (?), and VALUES (?), (?) is VALUES (?)), comments and superfluous white space go, key words and unquoted identifiers are
 * lower case, a final semicolon goes. Quoted identifiers keep their quotes' content; "id" that needs no quotes stays quoted.
 * The text is canonical: normalising it again changes nothing.
 *
 * How a list collapses: of neighbouring elements that normalise to the same text one stays, whatever they are. So IN (1, NULL, 3)
 * is in (?), IN ($1::int, $2::int) is in (?::int), IN ((1, 2), (3, 4)) is in ((?, ?)), VALUES (1, now()), (2, now()) is
 * values (?, now()), ARRAY[1, 2] is array[?]; IN (1, c, 2, 3) is in (?, c, ?). Subqueries, arguments of functions and LIMIT ?, ?
 * stay as they are. NULL is a literal only as an element of such a list, true and false everywhere but after IS and NOT. A minus
 * right before a number belongs to it where an operand is expected: = -5 is = ?, a - 5 is a - ?.
 *
 * What programs repeat in place of a list collapses as well, where the links are equal and have a slot: conditions joined by OR
 * (b = 1 or b = 2 is b = ?, (b = 1 and c = 2) or (b = 3 and c = 4) is (b = ? and c = ?)), SELECTs joined by UNION ALL, and
 * WHEN ? THEN ? of a CASE.
 *
 * Names of savepoints and cursors, which mappers make up anew each time, are ?, too, where they are made, used and dropped. Of
 * other names, a part that is a uuid or has eight hexadecimal digits and more is ?: tmp_3f2a9c1d is tmp_?.
 *
 * What is a value by its position is ?, whatever it looks like: what SET, PRAGMA, ATTACH and ALTER ... SET are given, passwords
 * of roles, options in parentheses of CREATE and ALTER, what COPY, NOTIFY, COMMENT, EXECUTE and VACUUM INTO are given, and in
 * SQLite text in double quotes to the right of a comparison, of || or of LIKE, behind THEN, ELSE and LIMIT, in IN (...), in rows,
 * in RAISE, in a SELECT without FROM (of a view or trigger, too), and where it has characters that hardly a name has. What SQLite
 * takes for a name although it stands in single quotes stays, in double quotes: insert into 'x' is insert into "x".
 *
 * Tokens are separated by one space, except: none before , ; ) ] [subscript] . ::, none after ( [ . ::, and none between a name
 * and its ( - words after which an operand comes (in, values, and, over, ...) have one.
 *
 * The generic dialect takes both of what SQLite and PostgreSQL know: [x] is a subscript right after an operand, after ARRAY and
 * inside of another, else a quoted identifier; a ? after a value, a ) or a quoted identifier is PostgreSQL's operator, not a
 * parameter; comments nest. A backslash escapes in E'..' only; where a plain string may go on behind \' because of a setting,
 * what follows decides, and what it cannot decide is literal to the end (dialects of `known` need not ask).
 *
 * Any byte sequence is accepted: what is not understood (an unterminated string, a stray byte) is passed on or treated as
 * literal to the end of the text, never read past `length`; of a text of more than FINGERPRINT_MOST bytes the rest is not read.
 * Nothing is allocated, no lock is taken, no state is kept: safe from any thread and from signal handlers. Speed: at least 500
 * MB/s on ordinary statements.
 */
#ifndef NPLUS1_AGENT_SQL_FINGERPRINT_H
#define NPLUS1_AGENT_SQL_FINGERPRINT_H

#include "agent/sql/dialect.h"
#include "agent/sql/types.h"

/* Fills *ret, but for the unused ends of slots[] and text[], which stay as they are. sql need not be terminated; it may be NULL
 * when length is 0. Takes less than 8 KiB of stack. */
void fingerprint_compute(const struct sql_dialect *dialect, const char *sql, size_t length, struct fingerprint *ret);

#endif
