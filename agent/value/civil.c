#include "agent/value/civil.h"

#include <string.h>

#define DATE_LENGTH 10 /* YYYY-MM-DD */
#define TIME_LENGTH 8  /* HH:MM:SS */
#define SECOND      INT64_C(1000000)

/* Two digits; -1: none. */
static int pair(const char *p)
{
    unsigned tens = (unsigned char)p[0] - '0', ones = (unsigned char)p[1] - '0';

    return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

/* Of the proleptic Gregorian calendar, as Howard Hinnant's days_from_civil counts them
 * (howardhinnant.github.io/date_algorithms.html). */
static int64_t days_since_2000(int year, int month, int day)
{
    int y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 730425;
}

static bool parse_date(const char *text, int64_t *ret_days)
{
    int century = pair(text), years = pair(text + 2), month = pair(text + 5), day = pair(text + 8);

    if (text[4] != '-' || text[7] != '-' || century < 0 || years < 0 || century + years == 0 || month < 1 || month > 12 ||
        day < 1 || day > 31)
        return false;
    *ret_days = days_since_2000(century * 100 + years, month, day);
    return true;
}

/* HH:MM:SS.ffffff; returns what is behind it, NULL when it is none. */
static const char *read_time(const char *p, const char *end, int64_t *ret)
{
    int hour, minute, second;
    int64_t unit = SECOND;

    if (end - p < TIME_LENGTH || p[2] != ':' || p[5] != ':')
        return NULL;
    hour = pair(p);
    minute = pair(p + 3);
    second = pair(p + 6);
    if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return NULL;
    *ret = ((hour * 60 + minute) * 60 + second) * SECOND;
    p += TIME_LENGTH;
    if (end - p >= 2 && *p == '.') {
        for (p++; p < end && *p >= '0' && *p <= '9'; p++)
            *ret += (*p - '0') * (unit /= 10);
    }
    return p;
}

/* Z, +02, -0330, +05:30, +00:19:32. False when it is none. */
static bool read_zone(const char *p, const char *end, int64_t *ret)
{
    int64_t offset = 0, unit = 3600 * SECOND;
    bool west = *p == '-';

    if ((end - p == 1 && *p == 'Z') || (end - p == 3 && memcmp(p, "UTC", 3) == 0))
        return true;
    if (*p != '+' && *p != '-')
        return false;
    for (p++; p < end; p += 2, unit /= 60) {
        p += *p == ':';
        if (end - p < 2 || pair(p) < 0 || unit < SECOND)
            return false;
        offset += pair(p) * unit;
    }
    *ret += west ? offset : -offset;
    return true;
}

bool civil_parse(const char *text, size_t length, int64_t *ret)
{
    const char *p = text + DATE_LENGTH, *end = text + length;
    int64_t days, time = 0;

    if (length < DATE_LENGTH || !parse_date(text, &days))
        return false;
    if (p < end) {
        if (*p != ' ' && *p != 'T')
            return false;
        p = read_time(p + 1, end, &time);
        if (!p)
            return false;
        p += p < end && *p == ' ';
        if (p < end && !read_zone(p, end, &time))
            return false;
    }
    *ret = days * CIVIL_DAY + time;
    return true;
}

bool civil_parse_time(const char *text, size_t length, int64_t *ret)
{
    return read_time(text, text + length, ret) == text + length;
}
