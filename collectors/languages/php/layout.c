#include "collectors/languages/php/layout.h"

#include <errno.h>
#include <stddef.h>

#include "agent/base/compiler.h"
#include "agent/base/readable.h"
#include "agent/loading/exports.h"

#define ARRAY_DATA   16
#define ARRAY_USED   24
#define MODULE_API   4
#define MODULE_FLAGS 8 /* zend_debug, zts */

static const struct version {
    uint32_t api; /* ZEND_MODULE_API_NO */
    uint32_t last, opcodes, filename;
} versions[] = {
    {20190902, 60, 64, 136},  /* 7.4 */
    {20200930, 68, 72, 144},  /* 8.0: attributes came */
    {20210902, 68, 72, 144},  /* 8.1 */
    {20220829, 80, 88, 152},  /* 8.2: T and run_time_cache went to the common part */
    {20230831, 76, 80, 144},  /* 8.3: they changed places */
    {20240924, 96, 104, 168}, /* 8.4: doc_comment and prop_info came there */
};

bool php_layout_present(void)
{
    return exports_find("zend_get_executed_filename") != NULL;
}

/* The first module of the registry is the core itself. */
static const char *core_module(void)
{
    const char *registry = exports_find("module_registry"), *bucket = NULL, *module = NULL;
    int saved_errno = errno;

    if (registry && php_int(registry, ARRAY_USED) > 0)
        bucket = php_pointer(registry, ARRAY_DATA);
    if (bucket && readable_word(bucket))
        module = php_pointer(bucket, 0);
    if (module && !(readable_word(module) && readable_word(module + MODULE_FLAGS)))
        module = NULL;
    errno = saved_errno;
    return module;
}

bool php_layout_find(struct php_layout *ret, const char **why)
{
    const char *module = core_module();

    *why = PHP_NOT_SUPPORTED;
    ret->globals = exports_find("executor_globals"); /* with thread safety there is none */
    *(void **)&ret->executed_filename = exports_find("zend_get_executed_filename");
    *(void **)&ret->executed_line = exports_find("zend_get_executed_lineno");
    if (!module || !ret->globals || !ret->executed_filename || !ret->executed_line || module[MODULE_FLAGS + 1])
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(versions); i++) {
        if (versions[i].api != php_int(module, MODULE_API))
            continue;
        ret->last = versions[i].last;
        ret->opcodes = versions[i].opcodes;
        ret->filename = versions[i].filename;
        return true;
    }
    return false;
}
