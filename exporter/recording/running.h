/* The recorded process, looked for among those of this machine (proc(5)). Safe from any thread. */
#ifndef NPLUS1_EXPORTER_RECORDING_RUNNING_H
#define NPLUS1_EXPORTER_RECORDING_RUNNING_H

#include "exporter/recording/tables.h"

/* Whether the recorded process still runs. */
bool recording_is_running(const struct recording *recording);

#endif
