/* The table by which the agent reaches its collectors: one row each. The agent's core includes none of them. */
#include "agent/base/compiler.h"
#include "agent/loading/loader.h"
#include "agent/probe/collectors.h"
#include "agent/stack/walker.h"
#include "collectors/libc/streams.h"
#include "collectors/libpq/lifetime.h"
#include "collectors/openssl/api.h"
#include "collectors/openssl/tls.h"
#include "collectors/postgresql/protocol/inside.h"
#include "collectors/postgresql/protocol/sockets.h"
#include "collectors/sqlite3/entry.h"
#include "collectors/sqlite3/handle.h"
#include "collectors/languages/beam/beam.h"
#include "collectors/languages/go/go.h"
#include "collectors/languages/hotspot/hotspot.h"
#include "collectors/languages/hotspot/places.h"
#include "collectors/languages/lua/lua.h"
#include "collectors/languages/lua/states.h"
#include "collectors/languages/native/native.h"
#include "collectors/languages/perl/perl.h"
#include "collectors/languages/php/php.h"
#include "collectors/languages/python/python.h"
#include "collectors/languages/ruby/ruby.h"
#include "collectors/languages/tcl/interps.h"
#include "collectors/languages/tcl/tcl.h"
#include "collectors/languages/v8/addons/works.h"
#include "collectors/languages/v8/places.h"
#include "collectors/languages/v8/v8.h"

static const struct loader_claim tcl_claim = {tcl_packages, tcl_give_out};
static const struct loader_claim lua_claim = {lua_modules, lua_give_out};
const struct loader_claim *const loader_claims[] = {&tcl_claim, &lua_claim};
const size_t loader_claim_count = ARRAY_LENGTH(loader_claims);

static const struct loader_stand_ins v8_works = {"sqlite3_step", v8_works_names, v8_works_functions, v8_works_are_known};
const struct loader_stand_ins *const loader_stand_ins[] = {&v8_works};
const size_t loader_stand_in_count = ARRAY_LENGTH(loader_stand_ins);

const struct native_walker *const native_walker = &native_frames;

/* Asked in this order. */
const struct language_walker *const language_walkers[] = {
    &python_walker, &php_walker,     &ruby_walker, &perl_walker, &tcl_walker,
    &lua_walker,    &hotspot_walker, &v8_walker,   &beam_walker, &go_walker,
};
const size_t language_walker_count = ARRAY_LENGTH(language_walkers);

struct client_library *const copies_kinds[] = {&library_kind, &pq_library_kind, &ssl_library_kind};
const size_t copies_kind_count = ARRAY_LENGTH(copies_kinds);

const struct stream_reader *const stream_reader = &sockets_reader;
const struct tls_reader *const tls_reader = &inside_reader;

void collectors_reset_after_fork(void)
{
    handle_reset_after_fork();
    pq_connection_reset_after_fork();
    sockets_reset_after_fork();
    hotspot_places_reset_after_fork();
    v8_places_reset_after_fork();
    v8_works_reset_after_fork();
    inside_reset_after_fork();
    copies_reset_after_fork(&ssl_library_kind);
}

void collectors_thread_entered(struct thread *thread)
{
    entry_reset(thread);
}

void collectors_thread_forgot(struct thread *thread)
{
    entry_look(thread);
}
