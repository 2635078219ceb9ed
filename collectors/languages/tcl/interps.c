#include "collectors/languages/tcl/interps.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/readable.h"
#include "collectors/languages/setup/setup.h"
#include "collectors/languages/tcl/layout.h"
#include "agent/loading/resolve.h"

#define INTERPS_MAX 16 /* of a thread that are remembered */

/* The SQLite of sqlite.org and Debian (tclsqlite.c), Pgtcl and its descendants, TDBC's driver. */
const char *const tcl_packages[] = {
    "Sqlite3_Init",
    "Sqlite3_SafeInit",
    "Sqlite_Init",
    "Sqlite_SafeInit",
    "Tclsqlite3_Init",
    "Tclsqlite_Init",
    "Tclsqlite3_SafeInit",
    "Tclsqlite_SafeInit",
    "Pgtcl_Init",
    "Pgtcl_SafeInit",
    "Tdbcpostgres_Init",
    "Tdbcpostgres_SafeInit",
    NULL,
};

/* The Tcl that is looked at. Threads that look at one time find one answer. */
static _Atomic uintptr_t tcl_object; /* where the object that it is in begins; 0: none was seen */
static _Atomic int tcl_version;      /* 806; 0: not asked yet */
static void *_Atomic call_when_deleted, *_Atomic get_master;

static __thread struct {
    uint32_t count;
    const char *interp[INTERPS_MAX];
} interps __attribute__((tls_model("initial-exec")));

static void *find(const char *name, uintptr_t caller, uintptr_t start)
{
    void *function = resolve_in_object(name, caller);
    struct resolve_object object;

    return function && resolve_object_at((uintptr_t)function, &object) && object.start == start ? function : NULL;
}

/* Whether the code at `caller` is the Tcl that is looked at: the first one that comes. */
static bool is_tcl(uintptr_t caller)
{
    void (*get_version)(int *major, int *minor, int *level, int *type);
    uintptr_t known = atomic_load_explicit(&tcl_object, memory_order_acquire);
    struct resolve_object object;
    int major, minor;
    void *function;

    if (!resolve_object_at(caller, &object) || (known && known != object.start))
        return false;
    if (atomic_load_explicit(&tcl_version, memory_order_acquire))
        return true;
    if (!(function = find("Tcl_GetVersion", caller, object.start)) ||
        (!atomic_compare_exchange_strong(&tcl_object, &known, object.start) && known != object.start))
        return false;
    memcpy(&get_version, &function, sizeof function);
    get_version(&major, &minor, NULL, NULL);
    call_when_deleted = find("Tcl_CallWhenDeleted", caller, object.start);
    get_master = find("Tcl_GetMaster", caller, object.start);
    atomic_store_explicit(&tcl_version, major * 100 + minor, memory_order_release);
    return true;
}

int tcl_seen(void)
{
    return atomic_load_explicit(&tcl_version, memory_order_acquire);
}

const char *tcl_running(uint32_t *place)
{
    if (*place > interps.count)
        *place = interps.count;
    while (*place > 0) {
        const char *interp = interps.interp[--*place];
        if (tcl_int(interp, TCL_INTERP_LEVELS) > 0)
            return interp;
    }
    return NULL;
}

static void forget(void *data, void *interp)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < interps.count; i++) {
        if (interps.interp[i] != interp)
            interps.interp[kept++] = interps.interp[i];
    }
    interps.count = kept;
}

static bool is_interp(const char *interp)
{
    const char *stubs;

    if (!interp || !readable_word(interp + TCL_INTERP_STUBS))
        return false;
    stubs = tcl_pointer(interp, TCL_INTERP_STUBS);
    return readable_word(stubs) && tcl_int(stubs, 0) == TCL_STUBS_MAGIC && readable_word(interp + TCL_INTERP_LEVELS);
}

/* Before its descendants, which may have wanted a package earlier. */
static void remember(const char *interp)
{
    const void *(*master_of)(const void *of);
    void *function = get_master;
    uint32_t at = 0;

    memcpy(&master_of, &function, sizeof function);
    for (; function && at < interps.count; at++) {
        const void *above = interps.interp[at];
        while (above && above != interp)
            above = master_of(above);
        if (above)
            break;
    }
    if (!function)
        at = interps.count;
    memmove(&interps.interp[at + 1], &interps.interp[at], (interps.count - at) * sizeof interps.interp[0]);
    interps.interp[at] = interp;
    interps.count++;
}

static void entered(void *interp)
{
    void (*when_deleted)(void *to_delete, void (*function)(void *data, void *deleted), void *data);
    void *function = call_when_deleted;
    bool known = false;

    memcpy(&when_deleted, &function, sizeof function);
    for (uint32_t i = 0; i < interps.count; i++)
        known |= interps.interp[i] == interp;
    if (!known && interps.count < INTERPS_MAX && is_interp(interp)) {
        when_deleted(interp, forget, NULL);
        remember(interp);
    }
}

void *tcl_give_out(const char *name, void *function, uintptr_t caller)
{
    int saved_errno = errno;
    bool known = is_tcl(caller) && tcl_version == TCL_KNOWN && call_when_deleted;

    errno = saved_errno;
    return known ? setup_give_out(function, entered) : function;
}
