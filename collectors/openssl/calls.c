/* SSL_write, SSL_read and their kin: what they took or gave is shown when they have done so. */
#include "collectors/openssl/tls.h"

#include <errno.h>

#include "agent/base/clock.h"
#include "agent/probe/probe.h"
#include "collectors/openssl/api.h"

/* A stream points to its methods, which are static data of its copy, within its first words (struct ssl_st: ssl/ssl_local.h). */
#define WORDS 8

_Atomic uint32_t tls_wanted;

static const struct ssl_api *api_for(const struct ssl_st *ssl, const char *name, const uintptr_t *slot)
{
    const struct ssl_library *library = ssl ? (const struct ssl_library *)copies_pointed_to(&ssl_library_kind, ssl, WORDS) : NULL;

    return library ? &library->api : (const struct ssl_api *)copies_for_call(&ssl_library_kind, name, slot);
}

static bool is_wanted(void)
{
    return unlikely(atomic_load_explicit(&tls_wanted, memory_order_relaxed) > 0);
}

static NOINLINE void sent(const struct ssl_api *api, const struct ssl_st *ssl, const void *data, size_t size, uint64_t since,
                          const uintptr_t *slot)
{
    int saved_errno = errno;

    tls_reader->sent(ssl, api->get_wfd ? api->get_wfd(ssl) : -1, data, size, since, slot);
    errno = saved_errno;
}

static NOINLINE void received(const struct ssl_st *ssl, const void *data, size_t size)
{
    int saved_errno = errno;

    tls_reader->received(ssl, data, size);
    errno = saved_errno;
}

EXPORT int SSL_write(struct ssl_st *ssl, const void *data, int size)
{
    const struct ssl_api *api = api_for(ssl, "SSL_write", STACK_SLOT);
    uint64_t since = is_wanted() ? clock_ticks() : 0;
    int result = api->write(ssl, data, size);

    if (result > 0 && since > 0)
        sent(api, ssl, data, (size_t)result, since, STACK_SLOT);
    return result;
}

EXPORT int SSL_write_ex(struct ssl_st *ssl, const void *data, size_t size, size_t *ret_size)
{
    const struct ssl_api *api = api_for(ssl, "SSL_write_ex", STACK_SLOT);
    uint64_t since = is_wanted() ? clock_ticks() : 0;
    int result = api->write_ex(ssl, data, size, ret_size);

    if (result > 0 && since > 0 && *ret_size > 0)
        sent(api, ssl, data, *ret_size, since, STACK_SLOT);
    return result;
}

EXPORT int SSL_read(struct ssl_st *ssl, void *data, int size)
{
    int result = api_for(ssl, "SSL_read", STACK_SLOT)->read(ssl, data, size);

    if (result > 0 && is_wanted())
        received(ssl, data, (size_t)result);
    return result;
}

EXPORT int SSL_read_ex(struct ssl_st *ssl, void *data, size_t size, size_t *ret_size)
{
    int result = api_for(ssl, "SSL_read_ex", STACK_SLOT)->read_ex(ssl, data, size, ret_size);

    if (result > 0 && is_wanted())
        received(ssl, data, *ret_size);
    return result;
}

EXPORT void SSL_free(struct ssl_st *ssl)
{
    const struct ssl_api *api = api_for(ssl, "SSL_free", STACK_SLOT);

    if (is_wanted()) {
        int saved_errno = errno;
        tls_reader->ended(ssl);
        errno = saved_errno;
    }
    api->free(ssl);
}
