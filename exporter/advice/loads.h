/* Advice on rows that are loaded one after the other. */
#ifndef NPLUS1_EXPORTER_ADVICE_LOADS_H
#define NPLUS1_EXPORTER_ADVICE_LOADS_H

#include "exporter/advice/draft.h"

void loads_advise(struct draft *draft);

#endif
