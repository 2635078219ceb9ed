/* 64-bit hashing.
 *
 * hash_mix and hash_bytes are pure, take no lock and allocate nothing: safe from any thread and from signal handlers.
 * hash_bytes(.., seed 0) of a normalised statement text is its fingerprint: its result is part of the recording's format and
 * of every signature, so the function never changes (tests/unit/agent/base/test_hash.c pins values).
 *
 * The construction is the folded 64x64->128 multiplication known from wyhash and MUM (public domain idea); the code and the
 * constants (digits of pi) are our own. It resists accidents, not attackers: where values are private, seed with the
 * process's random salt.
 */
#ifndef NPLUS1_AGENT_BASE_HASH_H
#define NPLUS1_AGENT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_K0 UINT64_C(0x243f6a8885a308d3)
#define HASH_K1 UINT64_C(0x13198a2e03707345)
#define HASH_K2 UINT64_C(0xa4093822299f31d1)

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Mixes two words into one; hash_mix(a, b) != hash_mix(b, a) in general. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    return hash_fold(a ^ HASH_K0, b ^ HASH_K1);
}

static inline uint64_t hash_load64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t hash_load32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Hashes `length` bytes; data may be NULL when length is 0. Little-endian machines only. */
static inline uint64_t hash_bytes(const void *data, size_t length, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t h = hash_mix(seed, (uint64_t)length);
    size_t left = length;

    for (; left > 16; left -= 16, p += 16)
        h = hash_fold(hash_load64(p) ^ h, hash_load64(p + 8) ^ HASH_K2);
    if (left > 8)
        h = hash_fold(hash_load64(p) ^ h, hash_load64(p + (left - 8)) ^ HASH_K2);
    else if (left >= 4)
        h = hash_fold((hash_load32(p) | (uint64_t)hash_load32(p + (left - 4)) << 32) ^ h, HASH_K2 ^ left);
    else if (left > 0)
        h = hash_fold((p[0] | (uint64_t)p[left / 2] << 8 | (uint64_t)p[left - 1] << 16) ^ h, HASH_K2 ^ left);
    return hash_mix(h, h >> 32);
}

#endif
