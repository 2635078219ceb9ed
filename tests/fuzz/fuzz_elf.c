/* A damaged ELF file through everything that reads one: what doctor wants to know of it, and functions, files and lines of
 * addresses, by its DWARF or its symbol table. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exporter/base/clean_text.h"
#include "exporter/symbols/symbols.h"
#include "viewer/doctor/elf/elf.h"
#include "viewer/doctor/elf/version.h"
#include "viewer/doctor/inside/hidden.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok)
{
    if (!ok)
        abort();
}

static void ask_doctor(const char *path)
{
    const char *why = NULL;
    char text[64];
    struct doctor_elf *elf = doctor_elf_open(path, &why);

    require(elf || why);
    if (elf) {
        for (enum doctor_client client = 0; client < DOCTOR_CLIENTS; client++)
            doctor_version_of_client(elf, client, text, sizeof text);
    }
    doctor_elf_destroy(elf);
    doctor_version_bytes(path, "Py_Version", text, sizeof text);
    if (doctor_version_after(path, "GCC: ", true, text, sizeof text))
        require(strlen(text) < sizeof text);
}

static void resolve(const char *path)
{
    struct text_pool pool = {0};
    struct symbols *symbols = symbols_create(&pool);
    struct symbols_module *module = symbols_module(symbols, path, NULL, 0);
    struct symbol found[SYMBOLS_INLINE_MAX];

    symbols_module_has_lines(module);
    for (uint64_t address = 0; address < 0x5000; address += 0x35) {
        size_t count = symbols_resolve(module, address, found);
        require(count >= 1 && count <= SYMBOLS_INLINE_MAX);
    }
    symbols_resolve(module, UINT64_MAX, found);
    symbols_destroy(symbols);
    text_pool_finish(&pool);
}

/* A file laid out as the loader would, and searched for SQLite without names. */
static void look_inside(const char *path)
{
    struct doctor_hidden hidden;

    doctor_hidden_look(path, &hidden);
    require(hidden.is_found || !hidden.is_reached);
    require(strlen(hidden.version) < sizeof hidden.version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("fuzzed", MFD_CLOEXEC);

    if (fd < 0)
        return 0;
    if (write(fd, data, size) == (ssize_t)size) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ask_doctor(path);
        look_inside(path);
        resolve(path);
    }
    close(fd);
    return 0;
}
