/* Whether what Node.js encrypts can be seen. */
#ifndef NPLUS1_VIEWER_DOCTOR_INSIDE_TLS_H
#define NPLUS1_VIEWER_DOCTOR_INSIDE_TLS_H

#include "viewer/doctor/doctor.h"

/* Adds a note where something is to be known of it. name: what the program is called. Reads files; one thread. */
void doctor_judge_tls(struct doctor *doctor, const char *name);

#endif
