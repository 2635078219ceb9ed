#include "viewer/export/http.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"

#ifdef HAVE_CURL
#include <curl/curl.h>
#include <signal.h>

/* What a collector answers is not shown: it may repeat what it was sent. */
static size_t skip(char *bytes, size_t size, size_t count, void *data)
{
    return size * count;
}

static struct curl_slist *make_headers(const struct endpoint *endpoint)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/x-protobuf");
    for (size_t i = 0; i < endpoint->header_count; i++)
        headers = curl_slist_append(headers, endpoint->headers[i]);
    return headers;
}

static char *perform(CURL *curl)
{
    char words[CURL_ERROR_SIZE] = "";
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        return alloc_format("%s", words[0] ? words : curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300 ? NULL : alloc_format("the collector answered with status %ld", status);
}

bool http_is_there(void)
{
    return true;
}

char *http_post(const struct endpoint *endpoint, const void *body, size_t size)
{
    CURL *curl = curl_easy_init();
    if (!curl)
        return alloc_format("libcurl does not start");
    struct curl_slist *headers = make_headers(endpoint);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN); /* the collector may hang up while it is written to */
    curl_easy_setopt(curl, CURLOPT_URL, endpoint->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, endpoint->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nplus1/" NPLUS1_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, skip);
    char *error = perform(curl);
    signal(SIGPIPE, before);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return error;
}
#else
bool http_is_there(void)
{
    return false;
}

char *http_post(const struct endpoint *endpoint, const void *body, size_t size)
{
    return alloc_format("this nplus1 was built without libcurl, and cannot send; write a file with -o");
}
#endif
