#include "viewer/doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"
#include "exporter/base/alloc.h"

#define INDENT 12

static void write_label(const struct text *text, const char *label)
{
    fprintf(text->out, "%-*s", INDENT, label);
}

static void write_field(const struct text *text, const char *label, const char *words)
{
    write_label(text, label);
    text_paragraph(text, words, INDENT, 0);
}

static void write_seen(const struct text *text, enum doctor_seen seen)
{
    static const struct {
        const char *word;
        enum text_style style;
    } how[] = {[DOCTOR_SEEN] = {"seen", TEXT_GOOD},
               [DOCTOR_NOT_SEEN] = {"not seen", TEXT_ALARM},
               [DOCTOR_UNKNOWN] = {"unknown", TEXT_WARNING}};

    text_styled(text, how[seen].style, how[seen].word);
    fprintf(text->out, "%*s", (int)(INDENT - strlen(how[seen].word)), "");
}

static void write_why(const struct text *text, const char *why, const char *fix)
{
    if (why)
        write_field(text, "  why", why);
    if (fix)
        write_field(text, "  do", fix);
}

static void write_target(const struct doctor *doctor, const struct text *text)
{
    write_field(text, "program", doctor->program);
    for (size_t i = 0; i < doctor->step_count; i++)
        write_field(text, "  as", doctor->steps[i]);
    char *agent = !doctor->agent_loaded ? alloc_format("%s%s", doctor->agent ? doctor->agent : "libnplus1.so is not installed",
                                                       doctor->pid ? ", not loaded: start the program under nplus1 run" : "")
                                        : alloc_format("loaded in the process");
    write_field(text, "agent", agent);
    free(agent);
    for (size_t i = 0; i < doctor->obstacle_count; i++) {
        text_styled(text, TEXT_ALARM, "obstacle");
        fprintf(text->out, "%*s", INDENT - 8, "");
        text_paragraph(text, doctor->obstacles[i].why, INDENT, 0);
        write_why(text, NULL, doctor->obstacles[i].fix);
    }
}

static void write_library(const struct doctor_library *library, const struct text *text)
{
    static const char *const copies[] = {[DOCTOR_SHARED] = "",
                                         [DOCTOR_PRIVATE] = " (private copy)",
                                         [DOCTOR_EMBEDDED] = " (inside)",
                                         [DOCTOR_HIDDEN] = " (hidden inside)",
                                         [DOCTOR_OWN] = ""};
    char *words = alloc_format("%s%s%s%s, %s", library->name, library->version[0] ? " " : "", library->version,
                               copies[library->copy], library->path);

    write_seen(text, library->seen);
    text_paragraph(text, words, INDENT, 0);
    if (library->bound)
        write_field(text, "  called by", library->bound);
    if (library->build_id[0])
        write_field(text, "  build-id", library->build_id);
    write_why(text, library->why, library->fix);
    free(words);
}

static void write_language(const struct doctor_language *language, const struct text *text)
{
    char *words = alloc_format("frames of %s%s%s, %s", language->name, language->version[0] ? " " : "", language->version,
                               language->path);

    write_seen(text, language->frames);
    text_paragraph(text, words, INDENT, 0);
    if (language->why)
        write_why(text, language->why,
                  language->frames == DOCTOR_NOT_SEEN ? "statements are counted all the same, with the stack of the interpreter"
                                                      : NULL);
    free(words);
}

static void write_verdict(const struct doctor *doctor, const struct text *text)
{
    size_t count[3] = {0};

    for (size_t i = 0; i < doctor->library_count; i++)
        count[doctor->libraries[i].seen]++;
    write_label(text, "verdict");
    if (doctor->library_count == 0)
        fputs(doctor->obstacle_count ? "nothing would be seen of this program" : "no database client was found", text->out);
    else if (count[DOCTOR_SEEN] == doctor->library_count)
        text_styled(text, TEXT_GOOD, "everything that was found can be seen");
    else if (count[DOCTOR_SEEN] == 0)
        text_styled(text, TEXT_ALARM, "nothing that was found can be seen");
    else
        fprintf(text->out, "%zu of %zu can be seen", count[DOCTOR_SEEN], doctor->library_count);
    if (doctor->library_count == 0 && !doctor->obstacle_count)
        fputs(doctor->pid ? ": so far the process has loaded none"
                          : "; one that is loaded later may be: give the PID of the running program",
              text->out);
    putc('\n', text->out);
}

void doctor_write_text(const struct doctor *doctor, const struct text_options *options)
{
    struct text text = {.options = options, .out = stdout};

    write_target(doctor, &text);
    if (doctor->library_count + doctor->language_count > 0)
        putchar('\n');
    for (size_t i = 0; i < doctor->library_count; i++)
        write_library(&doctor->libraries[i], &text);
    for (size_t i = 0; i < doctor->language_count; i++)
        write_language(&doctor->languages[i], &text);
    if (doctor->note_count > 0)
        putchar('\n');
    for (size_t i = 0; i < doctor->note_count; i++)
        write_field(&text, "note", doctor->notes[i]);
    putchar('\n');
    write_verdict(doctor, &text);
}
