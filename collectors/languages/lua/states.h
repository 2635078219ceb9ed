/* Which states of Lua a thread has, and the functions of Lua that read their frames.
 *
 * Nothing leads from a thread to its states. But `require` finds the function that sets a module in C up by dlsym, luaopen_NAME,
 * and calls it with the state (collectors/languages/setup). A state's main thread is noted then, for the calling thread; a value
 * with
 * __gc in the registry says when the state is closed, which allocates in Lua: at a module's initialisation, not on a statement's
 * path. A second copy of Lua is left alone, and so is LuaJIT, whose compiled code says nothing of where it is.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_LUA_STATES_H
#define NPLUS1_COLLECTORS_LANGUAGES_LUA_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* lua_State: a thread of Lua's, the main one or a coroutine. */
struct lua_state;

/* lua_Debug of lua.h, which differs in a few places (5.1; 5.2 and 5.3; 5.4). The rest is Lua's. */
struct lua_activation {
    int event;
    const char *name, *name_what, *what, *source;
    union {
        struct {
            int line, upvalues, first_line, last_line;
        } v1;
        struct {
            int line, first_line, last_line;
        } v2;
        struct {
            size_t source_length;
            int line, first_line, last_line;
        } v4;
    };
    char rest[512];
};

/* Functions of Lua's: they read, allocate nothing and raise nothing (lua_getinfo with the letters n, S and l). */
struct lua_reading {
    int version; /* 501 to 504; 5.3 is told as 502, which is read alike */
    int (*getstack)(struct lua_state *state, int level, struct lua_activation *ret);
    int (*getinfo)(struct lua_state *state, const char *what, struct lua_activation *activation);
    struct lua_state *(*tothread)(struct lua_state *state, int index);
    int (*status)(struct lua_state *state);
    int first_upvalue; /* the index of a C function's */
};

extern const char *const lua_modules[]; /* names of the functions that are looked at, NULL at the end */

/* Returns the address that dlsym is to give out for `function`, which has one of the names. */
void *lua_give_out(const char *name, void *function, uintptr_t caller);

/* NULL: no Lua that is known has looked for a module yet. */
const struct lua_reading *lua_reading(void);

/* Whether one that is not known has. */
bool lua_is_unknown(void);

/* The main threads of the calling thread's states, inner ones first as a rule: *place begins at 0; NULL: there are no more.
 * 16 of a process are known at a time. */
struct lua_state *lua_next_state(uint32_t *place);

#endif
