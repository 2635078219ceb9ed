#include "collectors/languages/lua/lua.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "collectors/languages/lua/states.h"

#define FRAMES_MAX     256 /* of one thread of Lua's: each is found from the innermost one on */
#define COROUTINES_MAX 32  /* that run one inside of another */
#define SOURCE_PART    256 /* bytes of a chunk that is no file's, which tell it from others */

static const char unknown_version[] = "Lua frames: only Lua 5.1 to 5.4 are known";

static bool present(void)
{
    return lua_reading() || lua_is_unknown();
}

static bool start(const char **why)
{
    *why = unknown_version;
    return lua_reading() != NULL;
}

struct place {
    int line, first_line, last_line;
};

static struct place place_of(const struct lua_activation *activation, int version)
{
    switch (version) {
    case 501:
        return (struct place){activation->v1.line, activation->v1.first_line, activation->v1.last_line};
    case 502:
        return (struct place){activation->v2.line, activation->v2.first_line, activation->v2.last_line};
    default:
        return (struct place){activation->v4.line, activation->v4.first_line, activation->v4.last_line};
    }
}

/* Functions in C, and calls that a tail call has replaced (5.1), have no line. */
static bool is_of_lua(const struct lua_activation *activation)
{
    return activation->source && activation->what &&
           (strcmp(activation->what, "Lua") == 0 || strcmp(activation->what, "main") == 0);
}

/* The coroutine that a thread of Lua's has resumed, and waits for; NULL: it runs itself. Its innermost function is
 * coroutine.resume then, which has the coroutine as its first argument, or what coroutine.wrap has made, as a value of its own.
 */
static struct lua_state *resumed_by(const struct lua_reading *lua, struct lua_state *state)
{
    struct lua_activation activation;
    struct lua_state *coroutine;

    if (!lua->getstack(state, 0, &activation) || !lua->getinfo(state, "S", &activation) || !activation.what ||
        strcmp(activation.what, "C") != 0)
        return NULL;
    coroutine = lua->tothread(state, 1);
    if (!coroutine)
        coroutine = lua->tothread(state, lua->first_upvalue);
    return coroutine && coroutine != state && lua->status(coroutine) == 0 && lua->getstack(coroutine, 0, &activation) ? coroutine
                                                                                                                      : NULL;
}

static uint64_t key_of(const struct lua_activation *activation, const struct place *place)
{
    uint64_t key = hash_bytes(activation->source, strnlen(activation->source, SOURCE_PART), (uint32_t)place->line);

    return hash_mix(key, (uint64_t)(uint32_t)place->first_line << 32 | (uint32_t)place->last_line);
}

static size_t walk_thread(const struct lua_reading *lua, struct lua_state *state, struct vm_frame *frames, size_t max)
{
    struct lua_activation activation;
    size_t count = 0;

    for (int level = 0; count < max && level < FRAMES_MAX && lua->getstack(state, level, &activation); level++) {
        if (!lua->getinfo(state, "Sl", &activation) || !is_of_lua(&activation))
            continue;
        struct place place = place_of(&activation, lua->version);
        frames[count++] = (struct vm_frame){key_of(&activation, &place), (uintptr_t)state, (uintptr_t)level};
    }
    return count;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    const struct lua_reading *lua = lua_reading();
    struct lua_state *threads[COROUTINES_MAX], *main;
    uint32_t place = 0;
    size_t count = 0;

    while (lua && count < max && (main = lua_next_state(&place)) != NULL) {
        size_t depth = 0;
        for (struct lua_state *next = main; next && depth < COROUTINES_MAX; next = resumed_by(lua, next))
            threads[depth++] = next;
        while (depth > 0 && count < max)
            count += walk_thread(lua, threads[--depth], frames + count, max - count);
    }
    return count;
}

/* @FILE, =NAME, or the chunk's own text. */
static const char *file_of(const char *source)
{
    if (source[0] == '@')
        return source + 1;
    if (strcmp(source, "=stdin") == 0)
        return "<stdin>";
    return strcmp(source, "=(command line)") == 0 ? "<string>" : "<eval>";
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const struct lua_reading *lua = lua_reading();
    struct lua_state *state = (struct lua_state *)frame->code;
    struct lua_activation activation;

    if (!lua->getstack(state, (int)frame->position, &activation) || !lua->getinfo(state, "nSl", &activation))
        return;
    struct place place = place_of(&activation, lua->version);
    const char *name = strcmp(activation.what, "main") == 0 ? "<main>" : activation.name ? activation.name : "<anonymous>";
    snprintf(ret->function, sizeof ret->function, "%s", name);
    ret->function_key = name[0] != '<'; /* a file has several that are anonymous */
    snprintf(ret->file, sizeof ret->file, "%s", file_of(activation.source));
    ret->line = place.line > 0 ? (uint32_t)place.line : 0;
}

const struct language_walker lua_walker = {
    .name = "lua",
    .language = WALKER_LUA,
    .present = present,
    .start = start,
    .walk = walk,
    .describe = describe,
};
