#include "exporter/symbols/frames.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/path.h"
#include "exporter/symbols/python/frames_python.h"
#include "exporter/ownership/languages.h"
#include "exporter/symbols/package_source.h"
#include "exporter/symbols/source_map/maps.h"
#include "exporter/symbols/stable_name.h"
#include "exporter/symbols/twig.h"

/* Functions of a libpq that is a part of the program: by their names, of which those of src/interfaces/libpq are made. */
static bool is_client_code(const char *function)
{
    if (!function)
        return false;
    if (function[0] == 'P' && function[1] == 'Q')
        return function[2] >= 'a' && function[2] <= 'z';
    if (function[0] == 'p' && function[1] == 'q')
        return (function[2] >= 'A' && function[2] <= 'Z') || strncmp(function, "pqsecure_", strlen("pqsecure_")) == 0;
    return strncmp(function, "pgtls_", strlen("pgtls_")) == 0;
}

/* Whoever named the path knows better. */
static bool is_installed(const struct frame_context *c, const char *file)
{
    return file[0] == '/' && !ownership_is_named(c->ownership, file) && installed_has(c->installed, c->pool, file);
}

static bool is_generated(const struct frame_context *c, const char *language, const char *file)
{
    return file && file[0] == '/' && language && strcmp(language, "go") == 0 && !ownership_is_named(c->ownership, file) &&
           generated_is(c->generated, c->pool, file);
}

static size_t resolve_native(const struct frame_context *c, const struct recording_frame *f,
                             struct model_frame ret[SYMBOLS_INLINE_MAX])
{
    ret[0] = (struct model_frame){.function = "?", .offset = f->offset, .language = "c"};
    if (f->module == RECORDING_NONE)
        return 1;

    const struct recording_module *module = &c->recording->modules.at[f->module];
    const char *path = module->path && module->path[0] ? module->path : NULL;
    const char *exe = c->recording->exe;
    if (path && ownership_is_agent(path))
        return 0;
    struct model_frame common = {.function = "?", .module = path, .offset = f->offset, .language = "c"};
    if (path) {
        common.is_main = exe && path_is_same(path, exe);
        common.is_library = ownership_is_database_or_agent(path);
        common.in_app = !ownership_is_foreign_module(c->ownership, path) && !is_installed(c, path);
    }
    ret[0] = common;
    if (!path || !c->symbols)
        return 1;

    struct symbols_module *symbols = symbols_module(c->symbols, path, module->build_id.data, module->build_id.length);
    /* A program that the system installed is read as the user's own only where it can be read at all. */
    if (common.in_app && path_is_system_program(path))
        common.in_app = symbols_module_has_lines(symbols);

    struct symbol found[SYMBOLS_INLINE_MAX];
    size_t count = symbols_resolve(symbols, f->offset - (f->offset > 0), found); /* the call, not where it returns to */
    for (size_t i = 0; i < count; i++) {
        ret[i] = common;
        ret[i].function = found[i].function ? found[i].function : "?";
        ret[i].file = found[i].file;
        ret[i].line = found[i].file ? found[i].line : 0;
        ret[i].language = found[i].language;
        ret[i].offset = ret[i].line ? 0 : f->offset;
        if (model_is_start_code(found[i].function) || is_client_code(found[i].function) ||
            (found[i].file ? ownership_is_foreign_source(c->ownership, found[i].file)
                           : ownership_is_foreign_function(ret[i].language, ret[i].function)))
            ret[i].in_app = false;
        if (ret[i].in_app && is_generated(c, ret[i].language, ret[i].file))
            ret[i].in_app = false;
    }
    return count;
}

/* Own code alone is looked for. */
static const char *source_of_package(const struct frame_context *c, const char *file)
{
    char *path = NULL;
    if (!ownership_is_foreign_source(c->ownership, file) && c->recording->working_directory)
        path = package_source_find(c->recording->working_directory, file);
    if (path)
        file = text_intern_string(c->pool, path);
    free(path);
    return file;
}

/* A path to be completed, and no name of code that is part of a machine (node:fs, <string>) or came from elsewhere (https://...).
 */
static bool is_relative(const char *file, const struct language *known)
{
    if (file[0] == '/' || file[0] == '<' || strstr(file, "://"))
        return false;
    return !known || !known->internal || strncmp(file, known->internal, strlen(known->internal)) != 0;
}

static const char bundler[] = "webpack://"; /* what a bundler put in, of which there is no file */

/* What a script was made of, by its source map: TypeScript, bundles. Own code alone is looked at. */
static void made_of(const struct frame_context *c, uint32_t column, const char **file, uint32_t *line)
{
    char *path;
    if (ownership_is_foreign_source(c->ownership, *file) ||
        !source_maps_find(c->source_maps, c->recording->working_directory, *file, *line, column, &path, line))
        return;
    *file = text_intern_string(c->pool, path);
    free(path);
}

/* What a function of PHP was made of, if by a template. */
static void template_of(const struct frame_context *c, const char *function, const char **file, uint32_t *line)
{
    char *path;
    if (!function || !twig_has_function(function) || !twig_find(*file, *line, &path, line))
        return;
    *file = text_intern_string(c->pool, path);
    free(path);
}

static size_t resolve_recorded(const struct frame_context *c, const struct recording_frame *f, const struct language *known,
                               uint32_t line, struct model_frame *ret)
{
    const char *file = f->file && f->file[0] ? f->file : NULL, *language = known ? known->name : "unknown";
    if (file && known && known->packages) {
        file = source_of_package(c, file);
    } else if (file && is_relative(file, known) && c->recording->working_directory) {
        char *path = path_normalise(c->recording->working_directory, file);
        file = text_intern_string(c->pool, path);
        free(path);
    }
    if (c->source_maps && file && file[0] == '/' && f->language == NPLUS1__LANGUAGE__LANGUAGE_JAVASCRIPT)
        made_of(c, f->column, &file, &line);
    if (file && file[0] == '/' && f->language == NPLUS1__LANGUAGE__LANGUAGE_PHP)
        template_of(c, f->function, &file, &line);
    char *function = stable_name(f->function && f->function[0] ? f->function : "?");
    *ret = (struct model_frame){
        .function = text_intern_string(c->pool, function),
        .file = file,
        .line = file ? line : 0,
        .language = language,
        .in_app = file && strncmp(file, bundler, strlen(bundler)) != 0 && !ownership_is_made(f->file, line) &&
                  !ownership_is_foreign_script(c->ownership, file, (const char *const *)c->recording->command,
                                               c->recording->command_count),
    };
    if (ret->in_app && f->language == NPLUS1__LANGUAGE__LANGUAGE_PYTHON)
        ret->in_app = !is_installed(c, file);
    /* Another's may be links into a store of packages, which is no better name. */
    if (ret->in_app && file[0] == '/')
        ret->file = real_paths_of(c->real_paths, c->pool, file);
    free(function);
    return 1;
}

size_t frames_resolve(const struct frame_context *context, const struct recording_frame *frame,
                      struct model_frame ret[SYMBOLS_INLINE_MAX])
{
    if (frame->language == NPLUS1__LANGUAGE__LANGUAGE_NATIVE)
        return resolve_native(context, frame, ret);
    bool python = frame->language == NPLUS1__LANGUAGE__LANGUAGE_PYTHON;
    const struct language *language = language_of(frame->language);
    return resolve_recorded(context, frame, language, python ? python_frame_line(frame) : frame->line, ret);
}

bool frames_is_informative(const struct model_frame *frame)
{
    return (strcmp(frame->function, "?") != 0 || frame->file) && !model_is_start_code(frame->function);
}
