#include <limits.h>
#include <link.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/readable.h"
#include "collectors/languages/ruby/control.h"
#include "collectors/languages/ruby/layout.h"

#define TRIES 4

#define FRAME_WORDS_LEAST 6 /* of a control frame; a debugging aid makes it 7, what the JITs need 7 or 8 */
#define FRAME_WORDS_MOST  9
#define TLS_SIZE_MOST     512 /* bytes; libruby has two or three words, one of them the context */
#define LABEL_FIRST       48  /* bytes of a body, in which its label is looked for */
#define LABEL_LAST        192
#define AFTER_LABEL       32
#define DEPTH_MAX         64 /* of blocks within blocks */

static _Atomic int tries;

static int visit(struct dl_phdr_info *info, size_t size, void *libruby)
{
    size_t tls = 0;
    bool is_it = false;

    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_TLS)
            tls = header->p_memsz;
        else if (header->p_type == PT_LOAD && (uintptr_t)libruby - start < header->p_memsz)
            is_it = true;
    }
    if (!is_it)
        return 0;
    ruby_layout.tls.module = info->dlpi_tls_modid;
    ruby_layout.tls_size = tls < TLS_SIZE_MOST ? tls : TLS_SIZE_MOST;
    return 1;
}

void ruby_control_find(const struct ruby_api *api)
{
    void *libruby;

    if (!api->gc_count || !api->line_of)
        return;
    ruby_layout.in_tls = api->major >= 3;
    ruby_layout.old = api->major == 3 && api->minor >= 3 ? OLD_PROMOTED : OLD_AGED;
    ruby_layout.tls_address = api->tls_address;
    memcpy(&libruby, &api->profile_frames, sizeof libruby);
    if (ruby_layout.in_tls ? !api->tls_address || !dl_iterate_phdr(visit, libruby) || !ruby_layout.tls_size : !api->vm)
        return;
    ruby_layout_state = RUBY_LAYOUT_UNKNOWN;
}

static bool readable(uint64_t address)
{
    return readable_word((const void *)address);
}

static bool looks_like_code(const uint64_t *frame)
{
    uint64_t body, flags, code;

    if (!readable(frame[ISEQ]) || !readable(frame[ISEQ] + AT_BODY) || frame[PC] & 7)
        return false;
    flags = ruby_word(frame[ISEQ], 0);
    body = ruby_word(frame[ISEQ], AT_BODY);
    if ((flags & T_MASK) != T_IMEMO || IMEMO_KIND(flags) != KIND_ISEQ || !readable(body) ||
        !readable(body + LABEL_LAST + AFTER_LABEL))
        return false;
    code = ruby_word(body, AT_CODE);
    return frame[PC] >= code && frame[PC] - code <= (ruby_word(body, 0) >> 8 * AT_CODE_SIZE) * sizeof(uint64_t);
}

static bool looks_like_environment(const uint64_t *ep)
{
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        if (!readable((uintptr_t)ep) || !readable((uintptr_t)(ep - 2)))
            return false;
        if (ep[0] & ENV_LOCAL)
            return true;
        ep = (const uint64_t *)(ep[-1] & ~EP_BITS);
    }
    return false;
}

/* Do the control frames of a context end where its stack does, and have they code? */
static bool looks_like_context(const struct ruby_context *now)
{
    size_t words = ruby_layout.frame_words, code = 0;
    const uint64_t *end;

    end = now->stack + now->words;
    if (now->words >> 32 != 0 || now->frame < now->stack || now->frame >= end || (uintptr_t)now->frame & 7 ||
        (size_t)(end - now->frame) % words != 0)
        return false;
    for (const uint64_t *frame = now->frame; frame < end; frame += words) {
        if (!readable((uintptr_t)frame) || !readable((uintptr_t)(frame + words - 1)))
            return false;
        if (frame[PC] == 0)
            continue;
        if (!looks_like_code(frame) || !looks_like_environment((const uint64_t *)frame[EP]))
            return false;
        code++;
    }
    return code > 0;
}

/* Where all of the bodies have their labels. Methods are named twice by the same object: the second one is the label. */
static bool find_label(const struct ruby_api *api, const struct ruby_context *now)
{
    for (size_t label = LABEL_LAST; label >= LABEL_FIRST; label -= sizeof(uint64_t)) {
        bool same = true;
        for (const uint64_t *frame = now->frame; same && frame < now->stack + now->words; frame += ruby_layout.frame_words)
            same = frame[PC] == 0 || ruby_word(ruby_word(frame[ISEQ], AT_BODY), label) == api->label(frame[ISEQ]);
        if (same) {
            ruby_layout.label = label;
            return true;
        }
    }
    return false;
}

static bool says_the_same(const struct ruby_api *api, const struct ruby_frames *found)
{
    struct ruby_frames own;

    ruby_layout_frames(api, &own);
    return (found->whole ? own.count == found->count : own.count >= found->count) &&
           memcmp(own.code, found->code, (size_t)found->count * sizeof own.code[0]) == 0 &&
           memcmp(own.line, found->line, (size_t)found->count * sizeof own.line[0]) == 0;
}

/* Is the calling thread's context at the place where the layout has it now? */
static bool holds(const struct ruby_api *api, const struct ruby_frames *found)
{
    const struct ruby_context *now = ruby_context();

    if (!readable((uintptr_t)now) || !readable((uintptr_t)&now->words) || !readable((uintptr_t)&now->frame))
        return false;
    for (ruby_layout.frame_words = FRAME_WORDS_LEAST; ruby_layout.frame_words <= FRAME_WORDS_MOST; ruby_layout.frame_words++) {
        if (!looks_like_context(now) || !find_label(api, now))
            continue;
        if (!found || says_the_same(api, found))
            return true;
    }
    return false;
}

/* 2.7: of all the values that the thread has keys for, the one whose VM is the VM. */
static bool find_key(const struct ruby_api *api)
{
    for (unsigned key = 0; key < PTHREAD_KEYS_MAX; key++) {
        uintptr_t thread = (uintptr_t)pthread_getspecific(key);
        if (!readable(thread) || !readable(thread + AT_THREAD_VM) || !readable(thread + AT_THREAD_CONTEXT) ||
            ruby_word(thread, AT_THREAD_VM) != (uintptr_t)*api->vm)
            continue;
        ruby_layout.key = key;
        return true;
    }
    return false;
}

static bool find(const struct ruby_api *api, const struct ruby_frames *found)
{
    if (!ruby_layout.in_tls)
        return find_key(api) && holds(api, found);
    for (ruby_layout.tls.offset = 0; ruby_layout.tls.offset + sizeof(void *) <= ruby_layout.tls_size;
         ruby_layout.tls.offset += sizeof(void *)) {
        if (holds(api, found))
            return true;
    }
    return false;
}

bool ruby_control_try(const struct ruby_api *api, const struct ruby_frames *found)
{
    int unknown = RUBY_LAYOUT_UNKNOWN;
    bool works;

    if (!atomic_compare_exchange_strong(&ruby_layout_state, &unknown, RUBY_LAYOUT_TRYING))
        return false;
    works = find(api, found);
    if (works)
        log_line(LOG_DEBUG, "ruby: control frames of %zu words", ruby_layout.frame_words);
    atomic_store_explicit(&ruby_layout_state,
                          works             ? RUBY_LAYOUT_HOLDS
                          : ++tries < TRIES ? RUBY_LAYOUT_UNKNOWN
                                            : RUBY_LAYOUT_UNUSED,
                          memory_order_release);
    return works;
}
