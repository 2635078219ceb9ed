/* Language machines that doctor recognises: a row each. Static data, safe from any thread. */
#ifndef NPLUS1_VIEWER_DOCTOR_MACHINES_H
#define NPLUS1_VIEWER_DOCTOR_MACHINES_H

enum doctor_vm {
    DOCTOR_PYTHON,
    DOCTOR_RUBY,
    DOCTOR_PHP,
    DOCTOR_PERL,
    DOCTOR_TCL,
    DOCTOR_LUA,
    DOCTOR_JAVA,
    DOCTOR_NODE,
    DOCTOR_BEAM,
    DOCTOR_VMS
};

struct doctor_machine {
    const char *id, *name; /* "python", "CPython" */
    const char *symbol;    /* that it exports */
    int oldest, newest;    /* major * 100 + minor that the agent's walker knows; 0: there is no walker */
    const char *outside;   /* sentence about a version that it does not know */
    const char *mark;      /* text of the agent that has the walker: the beginning of its reasons for switching itself off */
};

extern const struct doctor_machine doctor_machines[DOCTOR_VMS];

#endif
