/* Advice on rows that are written one after the other. */
#ifndef NPLUS1_EXPORTER_ADVICE_WRITES_H
#define NPLUS1_EXPORTER_ADVICE_WRITES_H

#include "exporter/advice/draft.h"

void writes_advise(struct draft *draft);

/* Says what the savepoints of each row cost. */
void writes_advise_savepoints(struct draft *draft);

#endif
