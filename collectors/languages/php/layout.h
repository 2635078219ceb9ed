/* Where things stand in the structures of the PHP that is in this process.
 *
 * All offsets are in bytes, LP64. Found once, on the first thread that asks, and constant from then on. Finding it takes the
 * loader's lock and nothing of the VM's: what has the version is data that PHP exports.
 *
 * Sources: files of php-src; offsets for 8.2 by offsetof against Debian's php8.2-dev, those that move for the other versions from
 * the struct tables of phpspy (github.com/adsr/phpspy) and the order of the fields. The self-test decides.
 *
 * struct _zend_executor_globals (Zend/zend_globals.h): current_execute_data is at 488 in all of them.
 * struct _zend_execute_data (Zend/zend_compile.h): opline 0, func 24, prev_execute_data 48.
 * struct _zend_op_array (Zend/zend_compile.h): type 0, function_name 8, scope 16; `last`, opcodes and filename move, see
 * layout.c. struct _zend_op (Zend/zend_compile.h): 32 bytes, lineno 24. struct _zend_class_entry (Zend/zend.h): name 8. struct
 * _zend_string (Zend/zend_types.h): hash 8 (0: not computed yet), len 16, val 24. struct _zend_array (Zend/zend_types.h): arData
 * 16, nNumUsed 24; of a Bucket the value comes first. struct _zend_module_entry (Zend/zend_modules.h): zend_api 4, zts 9;
 * ZEND_MODULE_API_NO has a date for each minor version.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PHP_LAYOUT_H
#define NPLUS1_COLLECTORS_LANGUAGES_PHP_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PHP_GLOBALS_FRAME  488
#define PHP_FRAME_OPLINE   0
#define PHP_FRAME_FUNCTION 24
#define PHP_FRAME_PREVIOUS 48
#define PHP_FUNCTION_TYPE  0 /* one byte */
#define PHP_FUNCTION_NAME  8
#define PHP_FUNCTION_SCOPE 16
#define PHP_CLASS_NAME     8
#define PHP_OPCODE_SIZE    32
#define PHP_OPCODE_LINE    24
#define PHP_STRING_HASH    8
#define PHP_STRING_LENGTH  16
#define PHP_STRING_TEXT    24
#define PHP_TYPE_USER      2 /* ZEND_USER_FUNCTION; ZEND_INTERNAL_FUNCTION is 1, ZEND_EVAL_CODE 4 */
#define PHP_TYPE_EVAL      4

#define PHP_NOT_SUPPORTED "PHP frames: of PHP, 7.4 to 8.4 without thread safety are known"

struct php_layout {
    const char *globals; /* executor_globals */
    /* Exported by the VM (Zend/zend_execute_API.c); they read what the walker reads, and nothing else. */
    const char *(*executed_filename)(void);
    uint32_t (*executed_line)(void);

    /* In an op_array. */
    uint32_t last, opcodes, filename; /* line_start follows the filename */
};

static inline const char *php_pointer(const void *object, uint32_t offset)
{
    const char *value;

    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

static inline uint64_t php_word(const void *object, uint32_t offset)
{
    uint64_t value;

    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

static inline uint32_t php_int(const void *object, uint32_t offset)
{
    uint32_t value;

    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

/* Whether the VM is loaded. */
bool php_layout_present(void);

/* Fills the layout. False: this PHP is not known; *why is set to a static string. */
bool php_layout_find(struct php_layout *ret, const char **why);

#endif
