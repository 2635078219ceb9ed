/* Seccomp filters, run here: what the kernel would say of a system call (classic BPF, the kernel's Documentation/networking/
 * filter.rst; Documentation/userspace-api/seccomp_filter.rst). Pure functions, for any bytes. */
#ifndef NPLUS1_AGENT_BASE_SANDBOX_FILTER_H
#define NPLUS1_AGENT_BASE_SANDBOX_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a filter of that many instructions returns, action and data; that the process is to be killed, where it is none. */
uint32_t filter_run(const struct sock_filter *instructions, size_t count, const struct seccomp_data *call);

/* Whether a call of which that is said goes on or fails with an error, and nothing else happens. A filter that traps or asks
 * somebody means to do something in the call's place, for the program's own calls. */
bool filter_spares(uint32_t said);

#endif
