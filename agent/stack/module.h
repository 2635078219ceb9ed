/* Loaded objects: which one an address belongs to, as records of the recording. Locked (recording_lock), allocates nothing with
 * malloc. */
#ifndef NPLUS1_AGENT_STACK_MODULE_H
#define NPLUS1_AGENT_STACK_MODULE_H

#include <stdbool.h>
#include <stdint.h>

struct module_address {
    uint32_t module; /* id in the recording; 0: in no loaded object (code that a VM generated) */
    uint64_t offset; /* address minus load bias, or the address itself */
    bool runs_tasks; /* what the object calls is a task, and which thread has come to it, from where, is chance */
};

struct module_address module_resolve(uintptr_t address);

void module_reset_after_fork(void);

#endif
