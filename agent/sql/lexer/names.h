/* Names that programs make up anew each time: of savepoints (Django's s140..._x1, SQLAlchemy's sa_savepoint_1) and of cursors
 * (Django's _django_curs_...). They are ? in the normalised text: savepoint ?, rollback to ?, declare ? cursor for ...,
 * fetch forward ? from ?, close ?. Those of prepared statements are the collector's business, which knows what they stand for.
 *
 * Private to the lexer. Pure, no allocation.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_NAMES_H
#define NPLUS1_AGENT_SQL_LEXER_NAMES_H

#include "agent/sql/dialect.h"
#include "agent/sql/types.h"

/* fp is complete but for this; nothing happens where its text does not say plainly which word is the name. */
void names_hide(const struct sql_dialect *dialect, struct fingerprint *fp);

#endif
