#include "collectors/languages/lua/states.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/resolve.h"
#include "collectors/languages/setup/setup.h"

#define STATES_MAX 16 /* of a process that are remembered */

#define REGISTRY_OF_5_1 (-10000)
#define GLOBALS_OF_5_1  (-10002)
#define REGISTRY        (-1001000) /* of 5.2 to 5.4: -LUAI_MAXSTACK - 1000 */
#define MAIN_THREAD     1          /* in the registry, since 5.2 */

const char *const lua_modules[] = {"luaopen_*", NULL};

enum { UNSEEN, KNOWN, UNKNOWN };

/* The Lua that is looked at: the first one that comes. Threads that look at one time find one answer. */
static _Atomic uintptr_t lua_object; /* where the object that it is in begins; 0: none was seen */
static _Atomic int lua_is;
static struct lua_reading reading;

/* Functions of Lua's that are called when a module is set up. */
static struct {
    void *(*newuserdata)(struct lua_state *state, size_t size, int values); /* the last one from 5.4 on */
    void *(*touserdata)(struct lua_state *state, int index);
    void (*createtable)(struct lua_state *state, int elements, int fields);
    void (*pushcclosure)(struct lua_state *state, int (*function)(struct lua_state *), int values);
    void (*pushlightuserdata)(struct lua_state *state, const void *address);
    int (*pushthread)(struct lua_state *state);
    void (*setfield)(struct lua_state *state, int index, const char *name);
    int (*setmetatable)(struct lua_state *state, int index);
    void (*rawset)(struct lua_state *state, int index);
    void (*rawgeti)(struct lua_state *state, int index, long long key);
    void (*settop)(struct lua_state *state, int index);
} setting;

static struct {
    const char *_Atomic owner; /* an address of the thread's own; NULL: the place is free */
    struct lua_state *_Atomic main;
} states[STATES_MAX];

static __thread char own_address __attribute__((tls_model("initial-exec")));

static void *find(const char *name, uintptr_t caller, uintptr_t start)
{
    void *function = resolve_in_object(name, caller);
    struct resolve_object object;

    return function && resolve_object_at((uintptr_t)function, &object) && object.start == start ? function : NULL;
}

static bool find_functions(uintptr_t caller, uintptr_t start)
{
    const struct {
        const char *name;
        void *to;
    } wanted[] = {
        {"lua_getstack", &reading.getstack},
        {"lua_getinfo", &reading.getinfo},
        {"lua_tothread", &reading.tothread},
        {"lua_status", &reading.status},
        {reading.version >= 504 ? "lua_newuserdatauv" : "lua_newuserdata", &setting.newuserdata},
        {"lua_touserdata", &setting.touserdata},
        {"lua_createtable", &setting.createtable},
        {"lua_pushcclosure", &setting.pushcclosure},
        {"lua_pushlightuserdata", &setting.pushlightuserdata},
        {"lua_pushthread", &setting.pushthread},
        {"lua_setfield", &setting.setfield},
        {"lua_setmetatable", &setting.setmetatable},
        {"lua_rawset", &setting.rawset},
        {"lua_rawgeti", &setting.rawgeti},
        {"lua_settop", &setting.settop},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
        void *function = find(wanted[i].name, caller, start);
        if (!function)
            return false;
        memcpy(wanted[i].to, &function, sizeof function);
    }
    return true;
}

/* By what each has that those before have not: lua_version tells another thing in each, and 5.1 has none. */
static int version_of(uintptr_t caller, uintptr_t start)
{
    if (find("luaJIT_setmode", caller, start) || find("lua_numbertocstring", caller, start)) /* 5.5 */
        return 0;
    if (find("lua_newuserdatauv", caller, start))
        return 504;
    return find("lua_callk", caller, start) ? 502 : 501;
}

static bool is_lua(uintptr_t caller)
{
    static _Atomic bool taken;
    struct resolve_object object;
    uintptr_t known = 0;

    if (!resolve_object_at(caller, &object) || (atomic_load(&lua_object) && atomic_load(&lua_object) != object.start))
        return false;
    if (atomic_load_explicit(&lua_is, memory_order_acquire) != UNSEEN)
        return lua_is == KNOWN;
    if (!find("lua_getinfo", caller, object.start) || atomic_exchange(&taken, true) ||
        !atomic_compare_exchange_strong(&lua_object, &known, object.start))
        return false;
    reading.version = version_of(caller, object.start);
    reading.first_upvalue = (reading.version == 501 ? GLOBALS_OF_5_1 : REGISTRY) - 1;
    atomic_store_explicit(&lua_is, reading.version && find_functions(caller, object.start) ? KNOWN : UNKNOWN,
                          memory_order_release);
    return lua_is == KNOWN;
}

const struct lua_reading *lua_reading(void)
{
    return atomic_load_explicit(&lua_is, memory_order_acquire) == KNOWN ? &reading : NULL;
}

bool lua_is_unknown(void)
{
    return atomic_load(&lua_is) == UNKNOWN;
}

struct lua_state *lua_next_state(uint32_t *place)
{
    while (*place < STATES_MAX) {
        uint32_t at = STATES_MAX - ++*place;
        if (states[at].owner == &own_address && states[at].main)
            return states[at].main;
    }
    return NULL;
}

/* Lua's call of __gc, while it closes the state. */
static int closed(struct lua_state *state)
{
    struct lua_state **main = setting.touserdata(state, 1);

    for (uint32_t i = 0; main && i < STATES_MAX; i++) {
        struct lua_state *known = *main;
        if (atomic_compare_exchange_strong(&states[i].main, &known, NULL))
            atomic_store(&states[i].owner, NULL);
    }
    return 0;
}

/* A coroutine may want a module, and be gone before its state. 5.1 says only whether it is one. */
static struct lua_state *main_of(struct lua_state *state)
{
    bool is_main = setting.pushthread(state);

    if (!is_main && reading.version > 501) {
        setting.rawgeti(state, REGISTRY, MAIN_THREAD);
        struct lua_state *main = reading.tothread(state, -1);
        setting.settop(state, -3);
        return main;
    }
    setting.settop(state, -2);
    return is_main ? state : NULL;
}

static bool is_known(const struct lua_state *main)
{
    for (uint32_t i = 0; i < STATES_MAX; i++) {
        if (states[i].main == main)
            return true;
    }
    return false;
}

/* Lua gives a function in C room for 20 values. Where there is no memory it raises here, as it would in the module's function. */
static void entered(void *interpreter)
{
    struct lua_state *state = interpreter, *main = main_of(state), **kept;
    const char *owner = NULL;

    if (!main || is_known(main))
        return;
    setting.pushlightuserdata(state, &own_address);
    kept = setting.newuserdata(state, sizeof *kept, 0);
    *kept = main;
    setting.createtable(state, 0, 1);
    setting.pushcclosure(state, closed, 0);
    setting.setfield(state, -2, "__gc");
    setting.setmetatable(state, -2);
    setting.rawset(state, reading.version == 501 ? REGISTRY_OF_5_1 : REGISTRY);
    for (uint32_t i = 0; i < STATES_MAX; i++, owner = NULL) {
        if (!atomic_compare_exchange_strong(&states[i].owner, &owner, &own_address))
            continue;
        states[i].main = main;
        break;
    }
}

void *lua_give_out(const char *name, void *function, uintptr_t caller)
{
    int saved_errno = errno;
    bool known = is_lua(caller);

    errno = saved_errno;
    return known ? setup_give_out(function, entered) : function;
}
