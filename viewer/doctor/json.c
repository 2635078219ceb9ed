#include "viewer/doctor/doctor.h"

#include <stdio.h>

#include "exporter/formats/json/parts.h"

static const char *seen_name(enum doctor_seen seen)
{
    return seen == DOCTOR_SEEN ? "yes" : seen == DOCTOR_NOT_SEEN ? "no" : "unknown";
}

static void write_id(struct json_writer *json, const char *name, const char *text)
{
    json_text(json, name, text[0] ? text : NULL);
}

static void write_library(struct json_writer *json, const struct doctor_library *library)
{
    static const char *const copies[] = {[DOCTOR_SHARED] = "shared",
                                         [DOCTOR_PRIVATE] = "private",
                                         [DOCTOR_EMBEDDED] = "embedded",
                                         [DOCTOR_HIDDEN] = "hidden",
                                         [DOCTOR_OWN] = "own protocol"};

    json_object_begin(json, NULL);
    json_text(json, "system", doctor_clients[library->client].system);
    json_text(json, "name", library->name);
    json_text(json, "copy", copies[library->copy]);
    json_text(json, "path", library->path);
    write_id(json, "version", library->version);
    write_id(json, "build_id", library->build_id);
    json_text(json, "bound", library->bound);
    json_text(json, "seen", seen_name(library->seen));
    json_text(json, "why", library->why);
    json_text(json, "fix", library->fix);
    json_object_end(json);
}

static void write_language(struct json_writer *json, const struct doctor_language *language)
{
    json_object_begin(json, NULL);
    json_text(json, "language", language->id);
    json_text(json, "name", language->name);
    write_id(json, "version", language->version);
    json_text(json, "path", language->path);
    json_text(json, "frames", seen_name(language->frames));
    json_text(json, "why", language->why);
    json_object_end(json);
}

void doctor_write_json(const struct doctor *doctor)
{
    struct json_writer json;

    json_begin(&json, stdout);
    json_object_begin(&json, NULL);
    json_number(&json, "schema", 1);
    if (doctor->pid)
        json_number(&json, "pid", (uint64_t)doctor->pid);
    else
        json_none(&json, "pid");
    json_texts(&json, "command", (const char *const *)doctor->command, doctor->pid ? 0 : (size_t)doctor->word_count);
    json_text(&json, "program", doctor->program);
    json_texts(&json, "steps", (const char *const *)doctor->steps, doctor->step_count);
    json_object_begin(&json, "agent");
    json_text(&json, "path", doctor->agent);
    json_bool(&json, "loaded", doctor->agent_loaded);
    json_object_end(&json);
    json_array_begin(&json, "obstacles");
    for (size_t i = 0; i < doctor->obstacle_count; i++) {
        json_object_begin(&json, NULL);
        json_text(&json, "kind", doctor->obstacles[i].kind);
        json_text(&json, "why", doctor->obstacles[i].why);
        json_text(&json, "fix", doctor->obstacles[i].fix);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_array_begin(&json, "libraries");
    for (size_t i = 0; i < doctor->library_count; i++)
        write_library(&json, &doctor->libraries[i]);
    json_array_end(&json);
    json_array_begin(&json, "languages");
    for (size_t i = 0; i < doctor->language_count; i++)
        write_language(&json, &doctor->languages[i]);
    json_array_end(&json);
    json_texts(&json, "notes", (const char *const *)doctor->notes, doctor->note_count);
    json_object_end(&json);
    json_end(&json);
}
