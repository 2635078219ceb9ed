/* What Node.js encrypts: by a shared libssl, or by a copy that it has inside, exports, and calls itself. */
#include "viewer/doctor/inside/tls.h"

#include <string.h>

#include "collectors/openssl/table.h"
#include "exporter/base/path.h"
#include "viewer/doctor/elf/elf_file.h"
#include "viewer/doctor/inside/hidden.h"

struct exported {
    uint64_t offsets[DOCTOR_EXPORTED_MAX];
};

static bool take(void *argument, const char *name, const GElf_Sym *symbol)
{
    struct exported *ret = argument;

    if (GELF_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF || strncmp(name, "SSL_", 4) != 0)
        return true;
    for (size_t i = 0; i < ssl_table_size && i < DOCTOR_EXPORTED_MAX; i++) {
        if (strcmp(name, ssl_table.names[i]) == 0)
            ret->offsets[i] = symbol->st_value;
    }
    return true;
}

/* False: it does not export all of them, or is the library itself. */
static bool has_inside(const struct doctor_module *module, struct exported *ret)
{
    struct elf_file file;
    const char *why;

    *ret = (struct exported){0};
    if (strncmp(path_basename(module->path), ssl_table.file_name, strlen(ssl_table.file_name)) == 0 ||
        !elf_file_open(&file, module->elf->path, &why))
        return false;
    elf_file_symbols(&file, SHT_DYNSYM, take, ret);
    elf_file_close(&file);
    for (size_t i = 0; i < ssl_table_size && i < DOCTOR_EXPORTED_MAX; i++) {
        if (!ret->offsets[i])
            return false;
    }
    return true;
}

static bool is_shared(const struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->modules.count; i++) {
        if (strncmp(path_basename(doctor->modules.items[i].path), ssl_table.file_name, strlen(ssl_table.file_name)) == 0)
            return true;
    }
    return false;
}

void doctor_judge_tls(struct doctor *doctor, const char *name)
{
    struct doctor_hidden hidden = {0};
    struct exported exported;

    for (size_t i = 0; i < doctor->modules.count && !hidden.is_found; i++) {
        if (has_inside(&doctor->modules.items[i], &exported))
            doctor_hidden_look_exported(doctor->modules.items[i].elf->path, &ssl_table, exported.offsets, ssl_table_size,
                                        &hidden);
    }
    if (!hidden.is_found && is_shared(doctor))
        return; /* as anybody's */
    const char *why = !hidden.is_reached                     ? hidden.why
                      : doctor->in_valgrind                  ? "valgrind runs a translation of its code"
                      : doctor->pid && !doctor->hidden_asked ? "was started without NPLUS1_HIDDEN=1"
                                                             : NULL;
    if (!hidden.is_found)
        doctor_add_note(doctor, "what npm's drivers send through TLS is not seen: %s has a library for it inside", name);
    else if (why)
        doctor_add_note(doctor, "what npm's drivers send through TLS is not seen: %s has OpenSSL inside, and %s", name, why);
    else
        doctor_add_note(doctor,
                        "what npm's drivers send through TLS is seen by `nplus1 run`, elsewhere with NPLUS1_HIDDEN=1: %s has "
                        "OpenSSL inside",
                        name);
}
