#include "viewer/export/http.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

#ifdef HAVE_CURL
#include <curl/curl.h>
#include <dlfcn.h>
#include <signal.h>

#define LIBRARY "libcurl.so.4"

/* Loaded when something is sent, and not linked: with the thirty libraries that it needs it would be most of what a verb does. */
static struct {
    bool was_tried, is_there;
    typeof(curl_easy_init) *init;
    typeof(curl_easy_setopt) *setopt;
    typeof(curl_easy_perform) *perform;
    typeof(curl_easy_getinfo) *getinfo;
    typeof(curl_easy_strerror) *strerror;
    typeof(curl_easy_cleanup) *cleanup;
    typeof(curl_slist_append) *append;
    typeof(curl_slist_free_all) *free_all;
} curl_functions;

/* What a collector answers is not shown: it may repeat what it was sent. */
static size_t skip(char *bytes, size_t size, size_t count, void *data)
{
    return size * count;
}

static struct curl_slist *make_headers(const struct endpoint *endpoint)
{
    struct curl_slist *headers = curl_functions.append(NULL, "Content-Type: application/x-protobuf");
    for (size_t i = 0; i < endpoint->header_count; i++)
        headers = curl_functions.append(headers, endpoint->headers[i]);
    return headers;
}

static char *perform(CURL *curl)
{
    char words[CURL_ERROR_SIZE] = "";
    long status = 0;
    curl_functions.setopt(curl, CURLOPT_ERRORBUFFER, words);
    CURLcode code = curl_functions.perform(curl);
    if (code != CURLE_OK)
        return alloc_format("%s", words[0] ? words : curl_functions.strerror(code));
    curl_functions.getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300 ? NULL : alloc_format("the collector answered with status %ld", status);
}

static bool find(void *library, const char *name, void *ret_function)
{
    void *function = dlsym(library, name);
    memcpy(ret_function, &function, sizeof function);
    return function != NULL;
}

bool http_is_there(void)
{
    void *library = curl_functions.was_tried ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    curl_functions.was_tried = true;
    if (library)
        curl_functions.is_there = find(library, "curl_easy_init", &curl_functions.init) &&
                                  find(library, "curl_easy_setopt", &curl_functions.setopt) &&
                                  find(library, "curl_easy_perform", &curl_functions.perform) &&
                                  find(library, "curl_easy_getinfo", &curl_functions.getinfo) &&
                                  find(library, "curl_easy_strerror", &curl_functions.strerror) &&
                                  find(library, "curl_easy_cleanup", &curl_functions.cleanup) &&
                                  find(library, "curl_slist_append", &curl_functions.append) &&
                                  find(library, "curl_slist_free_all", &curl_functions.free_all);
    return curl_functions.is_there;
}

char *http_post(const struct endpoint *endpoint, const void *body, size_t size)
{
    CURL *curl = http_is_there() ? curl_functions.init() : NULL;
    if (!curl)
        return alloc_format("libcurl does not start");
    struct curl_slist *headers = make_headers(endpoint);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN); /* the collector may hang up while it is written to */
    curl_functions.setopt(curl, CURLOPT_URL, endpoint->url);
    curl_functions.setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_functions.setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_functions.setopt(curl, CURLOPT_POST, 1L);
    curl_functions.setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_functions.setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    curl_functions.setopt(curl, CURLOPT_TIMEOUT_MS, endpoint->timeout_ms);
    curl_functions.setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_functions.setopt(curl, CURLOPT_USERAGENT, "nplus1/" NPLUS1_VERSION);
    curl_functions.setopt(curl, CURLOPT_WRITEFUNCTION, skip);
    char *error = perform(curl);
    signal(SIGPIPE, before);
    curl_functions.free_all(headers);
    curl_functions.cleanup(curl);
    return error;
}
#else
bool http_is_there(void)
{
    return false;
}

char *http_post(const struct endpoint *endpoint, const void *body, size_t size)
{
    return alloc_format(HTTP_MISSING);
}
#endif
