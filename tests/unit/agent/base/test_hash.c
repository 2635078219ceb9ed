#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* Fingerprints and signatures are made of these values, and recordings hold them: a change here makes every baseline and
 * suppression that anybody wrote invalid. */
static const uint64_t pinned[41] = {
    UINT64_C(0xf5aff2154dd5af78), UINT64_C(0x2289ee887533286d), UINT64_C(0x473c816d4f86c036), UINT64_C(0x133a567bc8956bf0),
    UINT64_C(0xb5158dc433b29f43), UINT64_C(0x9e050b1e8d0b22d7), UINT64_C(0x164f80699a65ac4a), UINT64_C(0xcea3efd038955458),
    UINT64_C(0xedefc4878e33d315), UINT64_C(0xbe80035aa3ca08ac), UINT64_C(0xbfd2728124b52151), UINT64_C(0x39f313dda4f01d73),
    UINT64_C(0x9cc61112f3cbf9c9), UINT64_C(0x5fc4ee3e7a44896b), UINT64_C(0xa3262456aa5bb347), UINT64_C(0x2b164982ab3a3d91),
    UINT64_C(0x6479384be8cae706), UINT64_C(0xed212912bca0575e), UINT64_C(0x1d902b78ac8a96aa), UINT64_C(0xd27bf90599b8ee5d),
    UINT64_C(0xd225fb893cbd76af), UINT64_C(0x14d33125839e6e60), UINT64_C(0xf13997c2aa8569e0), UINT64_C(0x261e9fe331b540f6),
    UINT64_C(0xe3082fd5f1583f57), UINT64_C(0x344d21500820eb20), UINT64_C(0xc49017a74d4bd492), UINT64_C(0xaba2b7fa6314d031),
    UINT64_C(0x016edb68f008f651), UINT64_C(0x7ef2af58e5471c8d), UINT64_C(0x8ecf9f7ffbbdf3b2), UINT64_C(0xfebb127cfd162582),
    UINT64_C(0x1312d76a61e927d8), UINT64_C(0x8a77132e62482d1c), UINT64_C(0x23cc95ecc1d4ba60), UINT64_C(0x827a561a01e47da8),
    UINT64_C(0xd3db6e3012872728), UINT64_C(0x50d6ecd1ac416889), UINT64_C(0x365be4bb301a649d), UINT64_C(0xc83f70b1372b1a13),
    UINT64_C(0xbfe82120ffb60ba6),
};
#define PINNED_SEED_7 UINT64_C(0xc3dbbcd3b7d0fc5e)
#define PINNED_MIX    UINT64_C(0x1af858a5a3824548)

static void fill(unsigned char *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        data[i] = (unsigned char)(i * 37 + 11);
}

static void bytes_of_each_length_hash_as_ever(void **state)
{
    unsigned char data[40];

    fill(data, sizeof data);
    for (size_t length = 0; length <= sizeof data; length++) {
        uint64_t hash = hash_bytes(data, length, 0);
        if (hash != pinned[length])
            fail_msg("%zu bytes hash to 0x%016llx", length, (unsigned long long)hash);
    }
    assert_int_equal(hash_bytes("select ?", 8, 7), PINNED_SEED_7);
    assert_int_equal(hash_mix(1, 2), PINNED_MIX);
}

static void null_is_accepted_without_length(void **state)
{
    assert_int_equal(hash_bytes(NULL, 0, 0), pinned[0]);
}

static void nothing_behind_the_end_is_read(void **state)
{
    for (size_t length = 1; length <= 100; length++) {
        unsigned char *data = malloc(length); /* the address sanitiser sees what lies behind it */
        unsigned char more[101];
        assert_non_null(data);
        fill(data, length);
        fill(more, length);
        more[length] = 0xff;
        assert_int_equal(hash_bytes(data, length, 3), hash_bytes(more, length, 3));
        free(data);
    }
}

static void alignment_does_not_matter(void **state)
{
    unsigned char data[80];
    unsigned char moved[96];

    fill(data, sizeof data);
    for (size_t shift = 0; shift < 16; shift++) {
        memcpy(moved + shift, data, sizeof data);
        assert_int_equal(hash_bytes(moved + shift, sizeof data, 0), hash_bytes(data, sizeof data, 0));
    }
}

/* Each bit of the input changes each bit of the result in about half of the cases. */
static void one_bit_changes_half_of_the_result(void **state)
{
    unsigned changed[64] = {0};
    unsigned trials = 0;

    for (size_t length = 1; length <= 64; length++) {
        unsigned char data[64];
        fill(data, length);
        uint64_t hash = hash_bytes(data, length, 0);
        for (size_t bit = 0; bit < length * 8; bit++) {
            data[bit / 8] ^= (unsigned char)(1u << bit % 8);
            uint64_t difference = hash ^ hash_bytes(data, length, 0);
            data[bit / 8] ^= (unsigned char)(1u << bit % 8);
            assert_in_range(__builtin_popcountll(difference), 8, 56);
            for (unsigned k = 0; k < 64; k++)
                changed[k] += (unsigned)(difference >> k & 1);
            trials++;
        }
    }
    for (unsigned k = 0; k < 64; k++)
        assert_in_range(changed[k] * 100 / trials, 46, 54);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void assert_all_different(uint64_t *hashes, size_t count)
{
    qsort(hashes, count, sizeof *hashes, compare);
    for (size_t i = 1; i < count; i++)
        assert_int_not_equal(hashes[i - 1], hashes[i]);
}

static void similar_texts_do_not_collide(void **state)
{
    enum { COUNT = 200000 };
    uint64_t *hashes = malloc(COUNT * sizeof *hashes);

    assert_non_null(hashes);
    for (int i = 0; i < COUNT; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "select a from t%d where id = ?", i);
        hashes[i] = hash_bytes(text, (size_t)n, 0);
    }
    assert_all_different(hashes, COUNT);
    for (int i = 0; i < COUNT; i++)
        hashes[i] = hash_mix((uint64_t)i - COUNT / 2, UINT64_C(0x0123456789abcdef));
    assert_all_different(hashes, COUNT);
    free(hashes);
}

static void zeros_of_different_length_differ(void **state)
{
    static const unsigned char zeros[1000];
    uint64_t hashes[1000];

    for (size_t n = 0; n < 1000; n++)
        hashes[n] = hash_bytes(zeros, n, 0);
    assert_all_different(hashes, 1000);
}

static void seeds_and_order_matter(void **state)
{
    assert_int_not_equal(hash_bytes("a", 1, 0), hash_bytes("a", 1, 1));
    assert_int_not_equal(hash_mix(1, 2), hash_mix(2, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_each_length_hash_as_ever),  cmocka_unit_test(null_is_accepted_without_length),
        cmocka_unit_test(nothing_behind_the_end_is_read),     cmocka_unit_test(alignment_does_not_matter),
        cmocka_unit_test(one_bit_changes_half_of_the_result), cmocka_unit_test(similar_texts_do_not_collide),
        cmocka_unit_test(zeros_of_different_length_differ),   cmocka_unit_test(seeds_and_order_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
