#include "viewer/top/screen.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "viewer/complain.h"
#include "viewer/top/view.h"

#define PART   60 /* of the time is spent with looking, at the most */
#define ESCAPE 27

enum page { PAGE_TABLE, PAGE_DETAILS, PAGE_HELP };

struct screen {
    struct top top;
    struct target *target;
    enum page page;
    int first;      /* line or row at the top */
    bool is_typing; /* the filter */
    bool is_over;
    double interval_s, next_s, last_s; /* seconds of the clock */
    uint64_t shown;                    /* the row of PAGE_DETAILS */
};

static volatile sig_atomic_t asked;

static void ask(int number)
{
    asked = number;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void look(struct screen *s)
{
    double since = now_s();
    struct model *model = target_load(s->target);
    if (model) {
        top_update(&s->top, model, since - s->last_s);
        s->last_s = since;
    }
    double took = now_s() - since;
    s->next_s = now_s() + (took * PART > s->interval_s ? took * PART : s->interval_s);
}

static const struct top_row *shown_row(const struct screen *s)
{
    for (uint32_t i = 0; i < s->top.all_rows; i++) {
        if (s->top.everything[i].site == s->shown)
            return &s->top.everything[i];
    }
    return NULL;
}

/* The selected row is on the screen. */
static void keep_in_sight(struct screen *s)
{
    int room = LINES - VIEW_HEADS - 1;
    int selected = top_selected(&s->top);
    if (selected < s->first)
        s->first = selected < 0 ? 0 : selected;
    if (room > 0 && selected >= s->first + room)
        s->first = selected - room + 1;
}

static int attributes_of(enum view_style style)
{
    switch (style) {
    case VIEW_HEAD:
        return A_BOLD;
    case VIEW_SELECTED:
        return A_REVERSE;
    case VIEW_FINDING:
        return has_colors() ? COLOR_PAIR(1) : A_BOLD;
    case VIEW_DIM:
        return A_DIM;
    default:
        return A_NORMAL;
    }
}

static void draw(struct screen *s)
{
    struct view view = {.lines = NULL};
    size_t width = COLS > 20 ? (size_t)COLS : 20;
    size_t skipped = 0;
    if (s->page == PAGE_HELP) {
        view_help(&view);
    } else if (!s->top.model) {
        view_finish(&view);
    } else if (s->page == PAGE_DETAILS && shown_row(s)) {
        view_details(&view, &s->top, shown_row(s), width);
        skipped = (size_t)s->first < view.count ? (size_t)s->first : view.count ? view.count - 1 : 0;
    } else {
        keep_in_sight(s);
        view_table(&view, &s->top, width, LINES > 1 ? (size_t)LINES - 1 : 1, s->first, true);
    }
    erase();
    for (size_t i = skipped; i < view.count && (int)(i - skipped) < LINES - 1; i++) {
        attrset(attributes_of(view.lines[i].style));
        mvaddnstr((int)(i - skipped), 0, view.lines[i].text, -1);
    }
    attrset(A_DIM);
    if (s->is_typing)
        mvprintw(LINES - 1, 0, "show rows with: %s_", s->top.filter);
    else if (!s->top.model)
        mvaddstr(0, 0, "waiting for a recording");
    else
        mvaddnstr(LINES - 1, 0, s->page == PAGE_TABLE ? "enter details  s sort  / filter  f findings  ? help  q quit" : "q back",
                  -1);
    attrset(A_NORMAL);
    view_finish(&view);
    refresh();
}

static void type(struct screen *s, int key)
{
    size_t length = strlen(s->top.filter);
    if (key == '\n' || key == KEY_ENTER || key == ESCAPE) {
        s->is_typing = false;
        if (key == ESCAPE)
            s->top.filter[0] = '\0';
    } else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
        s->top.filter[length ? length - 1 : 0] = '\0';
    } else if (key >= ' ' && key < 127 && length < TOP_FILTER) {
        s->top.filter[length] = (char)key;
        s->top.filter[length + 1] = '\0';
    }
    if (s->top.model)
        top_arrange(&s->top);
}

static void open_details(struct screen *s)
{
    int selected = s->top.model ? top_selected(&s->top) : -1;
    if (selected < 0)
        return;
    s->shown = s->top.rows[selected].site;
    s->page = PAGE_DETAILS;
    s->first = 0;
}

static void go(struct screen *s, int by)
{
    if (s->page == PAGE_TABLE)
        top_select(&s->top, top_selected(&s->top) + by);
    else
        s->first = s->first + by > 0 ? s->first + by : 0;
}

static void obey(struct screen *s, int key)
{
    if (s->is_typing) {
        type(s, key);
        return;
    }
    switch (key) {
    case 'q':
    case ESCAPE:
        s->is_over = s->page == PAGE_TABLE;
        s->page = PAGE_TABLE;
        s->first = 0;
        break;
    case 'j':
    case KEY_DOWN:
        go(s, 1);
        break;
    case 'k':
    case KEY_UP:
        go(s, -1);
        break;
    case KEY_NPAGE:
        go(s, LINES / 2);
        break;
    case KEY_PPAGE:
        go(s, -LINES / 2);
        break;
    case '\n':
    case KEY_ENTER:
        if (s->page == PAGE_TABLE)
            open_details(s);
        break;
    case 's':
        s->top.sort = (s->top.sort + 1) % TOP_SORTS;
        break;
    case 'f':
        s->top.findings_only = !s->top.findings_only;
        break;
    case '/':
        s->is_typing = s->page == PAGE_TABLE;
        break;
    case '?':
        s->page = PAGE_HELP;
        break;
    default:
        break;
    }
    if (s->top.model && (key == 's' || key == 'f'))
        top_arrange(&s->top);
}

static void loop(struct screen *s)
{
    while (!s->is_over && !asked) {
        if (now_s() >= s->next_s)
            look(s);
        draw(s);
        double left = s->next_s - now_s();
        timeout(left > 0 ? (int)(left * 1000) + 1 : 0);
        int key = getch();
        if (key != ERR)
            obey(s, key);
    }
}

int screen_run(struct target *target, double interval_s, bool color)
{
    struct screen s = {.target = target, .interval_s = interval_s, .last_s = now_s()};
    struct sigaction action = {.sa_handler = ask};
    setlocale(LC_CTYPE, "");
    SCREEN *terminal = newterm(NULL, stdout, stdin);
    if (!terminal)
        return complain("top", "this terminal cannot show it; --once writes text");
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    if (color && has_colors()) {
        start_color();
        use_default_colors();
        init_pair(1, COLOR_RED, -1);
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    loop(&s);
    endwin();
    delscreen(terminal);
    top_finish(&s.top);
    return EXIT_FINE;
}
