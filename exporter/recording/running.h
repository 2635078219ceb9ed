/* The recorded process, looked for among those of this machine (proc(5)). Safe from any thread. */
#ifndef NPLUS1_EXPORTER_RECORDING_RUNNING_H
#define NPLUS1_EXPORTER_RECORDING_RUNNING_H

#include "exporter/recording/tables.h"

/* Whether the recorded process still runs. */
bool recording_is_running(const struct recording *recording);

/* The host that it ran on when that is another one, a container among them: its processes cannot be seen from here. Else NULL. */
const char *recording_other_host(const struct recording *recording);

#endif
