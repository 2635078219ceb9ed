/* Versions of language machines stand in these places: Py_Version (CPython,
 * Include/pylifecycle.h, since 3.11), ruby_version (Ruby, version.c), PL_revision, PL_version and PL_subversion (Perl, perl.h),
 * SAPI_PHP_VERSION_HEADER (PHP, main/SAPI.h) and ZEND_MODULE_BUILD_ID (Zend/zend_modules.h), TCL_PATCH_LEVEL (Tcl, tcl.h),
 * lua_ident (Lua, lapi.c), the internal version string (HotSpot, abstract_vm_version.cpp), what node's inspector says of itself
 * (Node.js, inspector_agent.cc).
 */
#include "viewer/doctor/doctor.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "viewer/doctor/elf/version.h"

/* .../erts-13.1.5/bin/beam.smp */
static void version_of_folder(const char *path, char *ret, size_t size)
{
    const char *at = strstr(path, "/erts-");

    if (at)
        snprintf(ret, size, "%.*s", (int)strspn(at + strlen("/erts-"), "0123456789."), at + strlen("/erts-"));
}

/* The last resort: python3.9, libruby-3.1.so.3.1, php8.2. */
static void version_of_name(const char *path, char *ret, size_t size)
{
    const char *base = path_basename(path);
    size_t start = strcspn(base, "0123456789"), length = strspn(base + start, "0123456789.");

    while (length > 0 && base[start + length - 1] == '.')
        length--;
    if (memchr(base + start, '.', length))
        snprintf(ret, size, "%.*s", (int)length, base + start);
}

/* mov $0x109, %esi: RTLD_LAZY | RTLD_GLOBAL | RTLD_DEEPBIND for dlopen (DL_LOAD, Zend/zend_portability.h). Debian 13 builds PHP
 * without the last one. */
static const unsigned char open_deep[] = {0xbe, 0x09, 0x01, 0x00, 0x00};

static const char node_mark[] = "node.js/v";

static void find_version(const struct doctor_module *module, struct doctor_language *ret)
{
    const char *path = module->elf->path;
    char text[24] = "";
    unsigned char one[3] = {0};
    uint32_t number;

    if (ret->vm == DOCTOR_PYTHON && doctor_version_bytes(path, "Py_Version", &number, sizeof number))
        snprintf(ret->version, sizeof ret->version, "%u.%u.%u", number >> 24, number >> 16 & 0xff, number >> 8 & 0xff);
    else if (ret->vm == DOCTOR_RUBY && doctor_version_bytes(path, "ruby_version", text, 8) && isdigit((unsigned char)text[0]))
        snprintf(ret->version, sizeof ret->version, "%.*s", (int)strspn(text, "0123456789."), text);
    else if (ret->vm == DOCTOR_PHP)
        doctor_version_after(path, "X-Powered-By: PHP/", false, ret->version, sizeof ret->version);
    else if (ret->vm == DOCTOR_PERL && doctor_version_bytes(path, "PL_revision", &one[0], 1) &&
             doctor_version_bytes(path, "PL_version", &one[1], 1) && doctor_version_bytes(path, "PL_subversion", &one[2], 1))
        snprintf(ret->version, sizeof ret->version, "%u.%u.%u", one[0], one[1], one[2]);
    else if (ret->vm == DOCTOR_TCL && doctor_version_after(path, "8.6.", false, text, sizeof text))
        snprintf(ret->version, sizeof ret->version, "8.6.%s", text);
    else if (ret->vm == DOCTOR_LUA && !doctor_version_after(path, "$LuaVersion: Lua ", false, ret->version, sizeof ret->version))
        doctor_version_after(path, "$Lua: Lua ", false, ret->version, sizeof ret->version);
    else if (ret->vm == DOCTOR_NODE)
        doctor_version_after(path, node_mark, false, ret->version, sizeof ret->version);
    else if (ret->vm == DOCTOR_JAVA)
        doctor_version_after(path, "64-Bit Server VM (", false, ret->version, sizeof ret->version);
    else if (ret->vm == DOCTOR_BEAM)
        version_of_folder(module->path, ret->version, sizeof ret->version);
    if (!ret->version[0])
        version_of_name(module->elf->real_path, ret->version, sizeof ret->version);
    if (!ret->version[0])
        version_of_name(module->path, ret->version, sizeof ret->version);
    if (ret->vm == DOCTOR_PHP) {
        doctor_version_after(path, "API20", true, ret->api, sizeof ret->api);
        ret->opens_deep = doctor_version_has(path, open_deep, sizeof open_deep);
    }
}

/* CPython without its global lock is another machine inside. */
static bool is_other_build(const struct doctor_module *module, const struct doctor_language *language)
{
    const char *base = path_basename(module->path);
    const char *dot = strstr(base, "python3.");

    if (language->vm == DOCTOR_PYTHON)
        return dot && dot[8 + strspn(dot + 8, "0123456789")] == 't';
    return language->vm == DOCTOR_PHP && strstr(language->api, ",TS") != NULL;
}

/* Others have the functions of node's for addons, or of Lua's, as well; what they call themselves tells them. */
static bool is_other_machine(const struct doctor_module *module, struct doctor_language *language)
{
    static const struct {
        enum doctor_vm vm;
        const char *mark, *name, *why;
    } others[] = {
        {DOCTOR_NODE, "Bun/", "Bun", "it runs JavaScript by JavaScriptCore, for which there is no walker"},
        {DOCTOR_NODE, "Deno/", "Deno", "its V8 does not say how its frames are to be read"},
        {DOCTOR_LUA, "LuaJIT 2", "LuaJIT", "its compiled code does not say where it is"},
    };

    if (language->vm == DOCTOR_NODE && doctor_version_has(module->elf->path, node_mark, strlen(node_mark)))
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].vm != language->vm || !doctor_version_has(module->elf->path, others[i].mark, strlen(others[i].mark)))
            continue;
        language->name = others[i].name;
        language->why = others[i].why;
        language->frames = DOCTOR_NOT_SEEN;
        return true;
    }
    return false;
}

static void add_language(struct doctor *doctor, const struct doctor_module *module, enum doctor_vm vm)
{
    struct doctor_language *language = &doctor->languages[doctor->language_count++];
    int major = 0, minor = 0;

    *language = (struct doctor_language){
        .vm = vm,
        .id = doctor_machines[vm].id,
        .name = doctor_machines[vm].name,
        .mark = doctor_machines[vm].mark,
        .path = alloc_format("%s", module->path),
    };
    find_version(module, language);
    if (is_other_machine(module, language))
        return;
    bool told = sscanf(language->version, "%d.%d", &major, &minor) == 2;
    int version = major * 100 + minor;
    language->why = doctor_machines[vm].outside;
    if (doctor_machines[vm].newest == 0 ||
        (told && (version < doctor_machines[vm].oldest || version > doctor_machines[vm].newest)) ||
        is_other_build(module, language))
        language->frames = DOCTOR_NOT_SEEN;
    else if (!told)
        language->frames = DOCTOR_UNKNOWN;
    else
        language->why = NULL;
}

void doctor_languages(struct doctor *doctor, bool drivers)
{
    unsigned found = 0;
    size_t modules = doctor->modules.count;

    for (size_t i = 0; i < modules; i++) {
        for (unsigned vm = 0; vm < DOCTOR_VMS; vm++) {
            size_t room = sizeof doctor->languages / sizeof *doctor->languages;
            if (!(doctor->modules.items[i].elf->vm & ~found & 1u << vm) || doctor->language_count == room)
                continue;
            found |= 1u << vm;
            add_language(doctor, &doctor->modules.items[i], vm);
            if (drivers)
                doctor_drivers(doctor, &doctor->languages[doctor->language_count - 1]);
        }
    }
}
