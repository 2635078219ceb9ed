#include "collectors/languages/ruby/api.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/exports.h"

/* include/ruby/internal/value_type.h, fl_type.h, core/rstring.h. */
#define T_MASK   0x1f
#define T_STRING 0x05

#define FL_NO_EMBED     (UINT64_C(1) << 13) /* FL_USER1: the bytes stand elsewhere */
#define EMBED_LENGTH_AT 14                  /* until 3.1: length of an embedded string in the flags */
#define EMBED_LENGTH    0x1f

#define AT_FLAGS  0
#define AT_LENGTH 16
#define AT_BYTES  24 /* an address, or from 3.2 on (variable width) an embedded string's bytes */
#define AT_EMBED  16 /* until 3.1: an embedded string's bytes */

bool ruby_text(const struct ruby_api *api, ruby_value value, const char **ret, size_t *ret_length)
{
    bool old = api->major < 3 || (api->major == 3 && api->minor < 2);
    uint64_t flags;

    if (!ruby_is_object(value))
        return false;
    flags = ruby_word(value, AT_FLAGS);
    if ((flags & T_MASK) != T_STRING)
        return false;
    if (flags & FL_NO_EMBED) {
        *ret = (const char *)ruby_word(value, AT_BYTES);
        *ret_length = ruby_word(value, AT_LENGTH);
    } else if (old) {
        *ret = (const char *)value + AT_EMBED;
        *ret_length = flags >> EMBED_LENGTH_AT & EMBED_LENGTH;
    } else {
        *ret = (const char *)value + AT_BYTES;
        *ret_length = ruby_word(value, AT_LENGTH);
    }
    return *ret != NULL;
}

static bool find(const char *name, void *ret)
{
    void *symbol = exports_find(name);

    memcpy(ret, &symbol, sizeof symbol);
    return symbol != NULL;
}

bool ruby_api_find(struct ruby_api *api)
{
    if (!find("rb_profile_frames", &api->profile_frames) || !find("rb_profile_frame_absolute_path", &api->absolute_path) ||
        !find("rb_profile_frame_path", &api->path) || !find("rb_profile_frame_label", &api->label) ||
        !find("ruby_native_thread_p", &api->native_thread_p) || !find("ruby_thread_has_gvl_p", &api->thread_has_gvl_p) ||
        !find("rb_cObject", &api->object_class) || !find("ruby_version", &api->version))
        return false;
    if (*api->object_class == 0) /* not started yet */
        return false;
    find("rb_gc_count", &api->gc_count);
    find("rb_iseq_line_no", &api->line_of);
    find("__tls_get_addr", &api->tls_address);
    find("ruby_current_vm_ptr", &api->vm);
    api->major = (unsigned)(api->version[0] - '0');
    api->minor = api->version[1] == '.' ? (unsigned)(api->version[2] - '0') : 0;
    return true;
}

bool ruby_api_usable(const struct ruby_api *api)
{
    return api->major >= 3 || api->thread_has_gvl_p();
}

/* Newer Rubies count functions in C as frames of their own, without a line. */
void ruby_api_frames(const struct ruby_api *api, struct ruby_frames *ret)
{
    int all = api->profile_frames(0, RUBY_FRAMES, ret->code, ret->line), count = 0;

    for (int i = 0; i < all; i++) {
        if (ret->line[i] <= 0)
            continue;
        ret->code[count] = ret->code[i];
        ret->line[count++] = ret->line[i];
    }
    ret->count = count;
    ret->whole = all < RUBY_FRAMES;
}
