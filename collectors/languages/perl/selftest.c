#include <errno.h>

#include "agent/base/readable.h"
#include "collectors/languages/perl/layout.h"

#define CONTEXTS_MAX 1000 /* looked at */
#define STACKS_MAX   1000
#define TEXT_MAX     4096
#define LINE_MAX     (1 << 24)
#define ENV_FROM     256 /* in the interpreter */
#define ENV_TO       2048
#define ENVS_MAX     1000

static bool can_read(const char *object, uint32_t offset)
{
    return object && ((uintptr_t)object & 3) == 0 && readable_word((const void *)(((uintptr_t)object + offset) & ~UINT64_C(7)));
}

static bool is_text(const char *text)
{
    for (size_t i = 0; i < TEXT_MAX; i++) {
        if ((i == 0 || ((uintptr_t)(text + i) & 7) == 0) && !readable_word((const void *)((uintptr_t)(text + i) & ~UINT64_C(7))))
            return false;
        if (text[i] == '\0')
            return i > 0;
    }
    return false;
}

static bool is_hek(const char *hek)
{
    int32_t length;

    if (!can_read(hek, PERL_HEK_LENGTH) || !can_read(hek, PERL_HEK_TEXT))
        return false;
    length = perl_int(hek, PERL_HEK_LENGTH);
    return length >= 0 && length < TEXT_MAX && (length == 0 || is_text(hek + PERL_HEK_TEXT));
}

static bool is_cop(const char *cop)
{
    return can_read(cop, PERL_COP_LINE) && can_read(cop, PERL_COP_FILE) && perl_int(cop, PERL_COP_LINE) >= 0 &&
           perl_int(cop, PERL_COP_LINE) < LINE_MAX && perl_pointer(cop, PERL_COP_FILE) &&
           is_text(perl_pointer(cop, PERL_COP_FILE));
}

static bool is_sub(const struct perl_layout *layout, const char *cv)
{
    const char *body, *name, *package;
    int type;

    if (!can_read(cv, PERL_SV_BODY) || !can_read(cv, PERL_SV_FLAGS))
        return false;
    type = perl_int(cv, PERL_SV_FLAGS) & 0xff;
    if (type != PERL_SV_TYPE_CV && type != PERL_SV_TYPE_FORMAT)
        return false;
    body = perl_pointer(cv, PERL_SV_BODY);
    if (!can_read(body, PERL_CV_NAME) || !can_read(body, PERL_CV_FLAGS))
        return false;
    name = perl_pointer(body, PERL_CV_NAME);
    if (!name)
        return true;
    if (!(perl_int(body, PERL_CV_FLAGS) & PERL_CV_NAMED) &&
        (!can_read(name, PERL_SV_BODY) || !can_read(perl_pointer(name, PERL_SV_BODY), PERL_GV_STASH)))
        return false;
    name = perl_name_of_sub(layout, cv, &package);
    return is_hek(name) && (!package || is_hek(package));
}

bool perl_self_test(const struct perl_layout *layout, const char *interpreter)
{
    int saved_errno = errno, contexts = 0, stacks = 0;
    const char *si;
    bool holds = can_read(interpreter, layout->op) && can_read(interpreter, layout->curcop) &&
                 can_read(interpreter, layout->curstackinfo) && is_cop(perl_pointer(interpreter, layout->curcop));

    for (si = holds ? perl_pointer(interpreter, layout->curstackinfo) : NULL; holds && si && stacks < STACKS_MAX; stacks++) {
        holds = can_read(si, PERL_SI_CONTEXTS) && can_read(si, PERL_SI_PREVIOUS) && can_read(si, PERL_SI_LAST) &&
                perl_int(si, PERL_SI_LAST) >= -1 && perl_int(si, PERL_SI_LAST) < 1 << 24;
        for (int32_t i = holds ? perl_int(si, PERL_SI_LAST) : -1; holds && i >= 0 && contexts < CONTEXTS_MAX; i--, contexts++) {
            const char *context = perl_pointer(si, PERL_SI_CONTEXTS) + (size_t)i * PERL_CONTEXT_SIZE;
            int type;
            holds = can_read(context, PERL_CONTEXT_TYPE) && can_read(context, PERL_CONTEXT_COP) &&
                    can_read(context, PERL_CONTEXT_RETURN) && can_read(context, PERL_CONTEXT_CV);
            type = holds ? context[PERL_CONTEXT_TYPE] & 0xf : 0;
            if (type == PERL_TYPE_SUB || type == PERL_TYPE_FORMAT)
                holds = is_cop(perl_pointer(context, PERL_CONTEXT_COP)) && is_sub(layout, perl_pointer(context, PERL_CONTEXT_CV));
            else if (type == PERL_TYPE_EVAL)
                holds = is_cop(perl_pointer(context, PERL_CONTEXT_COP));
        }
        if (holds)
            si = perl_pointer(si, PERL_SI_PREVIOUS);
    }
    errno = saved_errno;
    return holds && stacks > 0;
}

uint32_t perl_find_top_env(const char *interpreter)
{
    int saved_errno = errno;
    uint32_t found = 0;

    for (uint32_t at = ENV_FROM; at < ENV_TO && !found && can_read(interpreter, at); at += sizeof(void *)) {
        const char *outermost = interpreter + at + sizeof(void *), *env = perl_pointer(interpreter, at);
        for (int i = 0; env && env != outermost && i < ENVS_MAX; i++)
            env = can_read(env, PERL_ENV_PREVIOUS) ? perl_pointer(env, PERL_ENV_PREVIOUS) : NULL;
        if (env == outermost && can_read(env, PERL_ENV_PREVIOUS) && !perl_pointer(env, PERL_ENV_PREVIOUS))
            found = at;
    }
    errno = saved_errno;
    return found;
}

bool perl_runs_uncaught(const struct perl_layout *layout, const char *interpreter)
{
    const char *si = can_read(interpreter, layout->curstackinfo) ? perl_pointer(interpreter, layout->curstackinfo) : NULL;

    return can_read(si, PERL_SI_LAST) && perl_int(si, PERL_SI_LAST) >= 0 && perl_self_test(layout, interpreter);
}
