/* Whose a script is, by its path or address. Pure. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_CLIENTS_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_CLIENTS_H

#include <stdbool.h>

/* Drivers and what they call, down to the socket: which of it is on the stack changes from one execution to the next. */
extern const char *const v8_clients[];

bool v8_is_of_node(const char *script);
bool v8_is_of_client(const char *script);     /* node's own are, too */
bool v8_sends_for_others(const char *script); /* a driver that sends when it can: for who called it before */
bool v8_sends_when_asked(const char *script); /* another one: but a mapper may ask it when it can */
bool v8_is_of_program(const char *script);

#endif
