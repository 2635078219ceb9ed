#include "viewer/config/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/formats/text/parts.h"
#include "viewer/complain.h"
#include "viewer/config/file.h"

#define PROJECT_FILE ".nplus1"

struct value {
    char *text;  /* NULL: not said */
    char *place; /* with it */
    enum config_origin origin;
};

static struct {
    bool is_read;
    bool is_wrong;
    struct value at[CONFIG_KEY_COUNT];
    const char *styles[TEXT_CODE + 1];
} config;

struct source {
    const char *path;
    char *folder; /* NULL: not known */
    enum config_origin origin;
};

static void complain_at(const char *place, char *wrong)
{
    complain(place, "%s", wrong);
    free(wrong);
    config.is_wrong = true;
}

static void set(const struct source *source, enum config_key key, char *text, char *place)
{
    struct value *value = &config.at[key];
    if (value->text && value->origin == source->origin && config_rows[key].is_list) {
        char *all = alloc_format("%s%s%s", value->text, *value->text ? ":" : "", text);
        free(text);
        text = all;
    }
    free(value->text);
    free(value->place);
    *value = (struct value){text, place, source->origin};
}

static void take(void *data, const char *section, const char *name, const char *value, unsigned line)
{
    const struct source *source = data;
    char *wrong = NULL;
    char *place = alloc_format("%s:%u", source->path, line);
    enum config_key key = config_keys_find(section, name, &wrong);
    char *text = wrong ? NULL : config_rows[key].read(value, source->origin, source->folder, &wrong);
    if (wrong && key != CONFIG_KEY_COUNT) {
        char *named = alloc_format("%s: %s", name, wrong);
        free(wrong);
        wrong = named;
    }
    if (text) {
        set(source, key, text, place);
    } else {
        complain_at(place, wrong);
        free(place);
    }
}

static char *user_file(void)
{
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (base && base[0] == '/')
        return alloc_format("%s/nplus1/config", base);
    return home && home[0] == '/' ? alloc_format("%s/.config/nplus1/config", home) : NULL;
}

static void take_environment(void)
{
    struct source source = {.origin = CONFIG_OF_ENVIRONMENT};
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++) {
        const char *variable = config_rows[key].variable;
        const char *said = variable ? getenv(variable) : NULL;
        char *wrong = NULL;
        char *text = said ? config_rows[key].read(said, source.origin, NULL, &wrong) : NULL;
        if (text)
            set(&source, key, text, alloc_format("%s", variable));
        else if (wrong)
            complain_at(variable, wrong);
    }
}

static void read_all(void)
{
    if (config.is_read)
        return;
    config.is_read = true;
    char *user = user_file();
    struct source of_user = {user, NULL, CONFIG_OF_USER};
    struct source of_project = {PROJECT_FILE, getcwd(NULL, 0), CONFIG_OF_PROJECT};
    if (user && !config_file_read(user, true, take, &of_user))
        config.is_wrong = true;
    if (!config_file_read(PROJECT_FILE, false, take, &of_project))
        config.is_wrong = true;
    take_environment();
    free(of_project.folder);
    free(user);
}

const char *config_text(enum config_key key)
{
    read_all();
    return config.at[key].text;
}

uint64_t config_number(enum config_key key)
{
    const char *text = config_text(key);
    return text ? strtoull(text, NULL, 10) : 0;
}

const char *config_place(enum config_key key)
{
    return config_text(key) ? config.at[key].place : config_rows[key].name;
}

char *config_path(enum config_key key, bool *wrong)
{
    const char *text = config_text(key);
    if (!text || config.at[key].origin != CONFIG_OF_PROJECT)
        return text ? alloc_format("%s", text) : NULL;
    char *folder = realpath(".", NULL);
    char *real = realpath(text, NULL);
    /* What is not there is told by whoever opens it; it is not there either when its name leads elsewhere. */
    char *named = folder && !real ? path_normalise(folder, text) : NULL;
    bool below = folder && (real || named) && path_is_below(real ? real : named, folder);
    if (!below) {
        complain(config.at[key].place, "%s: '%s' is not below the folder of " PROJECT_FILE "; use the option --%s",
                 config_rows[key].name, text, config_rows[key].name);
        *wrong = true;
    }
    free(named);
    free(real);
    free(folder);
    return below ? alloc_format("%s", text) : NULL;
}

const char *const *config_styles(void)
{
    for (enum text_style style = TEXT_BOLD; style <= TEXT_CODE; style++)
        config.styles[style] = config_text(CONFIG_BOLD + (enum config_key)(style - TEXT_BOLD));
    return config.styles;
}

bool config_is_wrong(void)
{
    read_all();
    return config.is_wrong;
}
