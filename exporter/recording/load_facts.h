/* Loads facts, open transactions, scopes with their visits, and tallies. For recording.c alone. */
#ifndef NPLUS1_EXPORTER_RECORDING_LOAD_FACTS_H
#define NPLUS1_EXPORTER_RECORDING_LOAD_FACTS_H

#include "exporter/recording/loader.h"

/* False: it refers to something that is not there. */
bool load_facts(struct loader *loader, const Nplus1__Facts *facts);
bool load_open_transaction(struct loader *loader, const Nplus1__OpenTransaction *transaction);
bool load_scopes(struct loader *loader, const Nplus1__Record *record);
bool load_tallies(struct loader *loader, const Nplus1__Record *record);

/* After the last record: what happened in the stays, and in the transactions, that were not over. */
void load_open_stays(struct loader *loader, struct stream_reader *reader);
void load_open_transactions(struct loader *loader, struct stream_reader *reader);

#endif
