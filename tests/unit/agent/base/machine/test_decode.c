#include "tests/unit/check.h"

#include <Zydis/Zydis.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "agent/base/machine/decode.h"

#define MOST 600000 /* instructions of a library; more take long with a sanitizer */

static bool refers_to_itself(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands)
{
    for (unsigned i = 0; i < instruction->operand_count; i++) {
        if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            (operands[i].mem.base == ZYDIS_REGISTER_RIP || operands[i].mem.base == ZYDIS_REGISTER_EIP))
            return true;
    }
    return false;
}

/* Where Zydis and we both see an instruction it is the same one. What we do not see is rare: data among the code. */
static void compare(const uint8_t *code, size_t size)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    struct instruction ours;
    size_t count = 0, not_seen = 0;

    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (size_t at = 0; at + DECODE_MAX < size && count < MOST; count++) {
        bool known = decode(code + at, size - at, at, &ours);
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code + at, size - at, &instruction, operands))) {
            at++;
            continue;
        }
        not_seen += !known;
        if (known) {
            bool by_itself = refers_to_itself(&instruction, operands);
            assert_int_equal(ours.length, instruction.length);
            assert_int_equal(ours.displacement_at != 0, by_itself);
            if (ours.kind != DECODE_TRAP)
                assert_int_equal(ours.relative_at != 0, (instruction.attributes & ZYDIS_ATTRIB_IS_RELATIVE) && !by_itself);
        }
        at += instruction.length;
    }
    assert_true(count > 10000);
    assert_true(not_seen * 1000 <= count);
}

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    if (!strstr(info->dlpi_name, argument))
        return 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X)
            compare((const uint8_t *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr), info->dlpi_phdr[i].p_filesz);
    }
    return 1;
}

static char sqlite[] = "libsqlite3", libc[] = "libc.so";

static void the_same_as_zydis_sees(void **state)
{
    assert_non_null(dlopen("libsqlite3.so.0", RTLD_LAZY));
    assert_int_equal(dl_iterate_phdr(visit, sqlite), 1);
    assert_int_equal(dl_iterate_phdr(visit, libc), 1);
}

static void what_does_not_end_is_nothing(void **state)
{
    static const uint8_t code[] = {0x48, 0x8d, 0x05, 1, 2, 3, 4};
    struct instruction instruction;

    assert_true(decode(code, sizeof code, 0, &instruction));
    assert_true(instruction.is_lea);
    for (size_t size = 0; size < sizeof code; size++)
        assert_false(decode(code, size, 0, &instruction));
}

static void one_that_is_too_long_is_nothing(void **state)
{
    uint8_t code[20];
    struct instruction instruction;

    memset(code, 0x66, sizeof code);
    code[19] = 0x90;
    assert_false(decode(code, sizeof code, 0, &instruction));
    assert_true(decode(code + 5, 15, 0, &instruction));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_as_zydis_sees),
        cmocka_unit_test(what_does_not_end_is_nothing),
        cmocka_unit_test(one_that_is_too_long_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
