#include "viewer/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"

static char *format(const char *words, va_list args)
{
    char *text;

    if (vasprintf(&text, words, args) < 0)
        text = alloc_format("%s", "?");
    return text;
}

void doctor_add_obstacle(struct doctor *doctor, const char *kind, const char *fix, const char *why, ...)
{
    va_list args;

    if (doctor->obstacle_count == sizeof doctor->obstacles / sizeof *doctor->obstacles)
        return;
    va_start(args, why);
    doctor->obstacles[doctor->obstacle_count++] = (struct doctor_obstacle){.kind = kind, .why = format(why, args), .fix = fix};
    va_end(args);
}

void doctor_add_note(struct doctor *doctor, const char *words, ...)
{
    va_list args;

    if (doctor->note_count == sizeof doctor->notes / sizeof *doctor->notes)
        return;
    va_start(args, words);
    doctor->notes[doctor->note_count++] = format(words, args);
    va_end(args);
}

void doctor_add_step(struct doctor *doctor, const char *words, ...)
{
    va_list args;

    if (doctor->step_count == sizeof doctor->steps / sizeof *doctor->steps)
        return;
    va_start(args, words);
    doctor->steps[doctor->step_count++] = format(words, args);
    va_end(args);
}

struct doctor_library *doctor_add_library(struct doctor *doctor, enum doctor_client client, enum doctor_copy copy)
{
    ALLOC_GROW(doctor->libraries, doctor->library_count, doctor->library_capacity);
    struct doctor_library *library = &doctor->libraries[doctor->library_count++];
    *library = (struct doctor_library){.client = client, .copy = copy};
    return library;
}

void doctor_finish(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->obstacle_count; i++)
        free(doctor->obstacles[i].why);
    for (size_t i = 0; i < doctor->library_count; i++) {
        free(doctor->libraries[i].name);
        free(doctor->libraries[i].path);
        free(doctor->libraries[i].bound);
        free(doctor->libraries[i].reason);
    }
    for (size_t i = 0; i < doctor->language_count; i++)
        free(doctor->languages[i].path);
    for (size_t i = 0; i < doctor->note_count; i++)
        free(doctor->notes[i]);
    for (size_t i = 0; i < doctor->step_count; i++)
        free(doctor->steps[i]);
    free(doctor->libraries);
    free(doctor->directory);
    free(doctor->program);
    free(doctor->script);
    free(doctor->agent);
    doctor_modules_finish(&doctor->modules);
}
