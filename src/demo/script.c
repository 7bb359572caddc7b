/* script: from threads of lines to a month of messages.
 *
 * A thread begins with "#7-9" (between which hours it happens), "#7-9!" (once only) or "#end" (what
 * is said last); a word behind that belongs to one conversation. Its lines are "g2>+file|text":
 * somebody of the pool g, the same for the same digit within the thread; > answers the line before.
 * In the text: {80-120} a number, {N=80-120} one kept as {N}, <a/b> one of these, <W=a/b> one kept
 * as {W}, {@g1} calls somebody, {@all} everybody, {g1} a name, {g1~主任} a surname with a title,
 * {v1:} where somebody is at work, {d+1} the day after. */
#include "demo/inner.h"
#include "base/buf.h"
#include "base/must.h"
#include "base/time.h"

#include <stdlib.h>
#include <time.h>

enum { MOST_THREADS = 80, MOST_CAST = 12, LONGEST_BODY = 4000, LETTERS = 26 };

static const int64_t ZONE_MS = 8 * (int64_t)HOUR_MS; /* hours are those of China */

struct thread {
    text_lines lines;
    size_t count;
    int64_t low, high;
    bool is_once, is_end;
};

struct happening {
    const struct thread *thread;
    int64_t at;
};

struct role {
    char pool, digit;
    size_t person;
};

struct writer {
    struct arena *arena;
    const struct county *county;
    const struct conversation *conversation;
    struct chance chance;
    struct numbers pools[LETTERS];
    struct role cast[MOST_CAST];
    size_t cast_count;
    struct str kept[LETTERS];
    struct line *line;
    struct thread threads[MOST_THREADS];
    size_t thread_count;
};

/* ---- reading the tables ---------------------------------------------------------------------- */

static void read_pools(struct writer *w, struct script *script)
{
    const struct county *county = w->county;
    bool *is_in = ARENA_ARRAY(w->arena, county->count, bool);
    struct str pools = str_from(w->conversation->pools);
    size_t *me = ARENA_NEW(w->arena, size_t);
    *me = county->first;
    w->pools['m' - 'a'] = (struct numbers){me, 1};
    is_in[county->first] = true;
    while (pools.len) {
        struct str list = str_cut(&pools, ' '), letter = str_cut(&list, '=');
        struct numbers found = county_find(w->arena, county, list);
        must(found.count);
        if (!w->conversation->title)
            found.count = 1;
        if (*letter.ptr != '_')
            w->pools[*letter.ptr - 'a'] = found;
        for (size_t i = 0; i < found.count; i++)
            is_in[found.at[i]] = true;
    }
    script->owner = county->first;
    if (w->conversation->owner)
        script->owner = county_find(w->arena, county, str_from(w->conversation->owner)).at[0];
    is_in[script->owner] = false;
    script->members.at = ARENA_ARRAY(w->arena, county->count, size_t);
    for (size_t i = 0; i < county->count; i++)
        if (is_in[i])
            script->members.at[script->members.count++] = i;
}

static struct thread read_header(struct str header, struct str *word)
{
    struct thread thread = {0};
    *word = header;
    struct str hours = str_skip(str_cut(word, ' '), 1);
    thread.is_end = str_equal(hours, S("end"));
    if (thread.is_end)
        return thread;
    thread.is_once = str_ends(hours, S("!"));
    struct str high = str_take(hours, hours.len - thread.is_once), low = str_cut(&high, '-');
    must(str_to_int(low, &thread.low) && str_to_int(high, &thread.high));
    return thread;
}

static void read_threads(struct writer *w, text_lines lines)
{
    struct thread *thread = NULL;
    for (; *lines; lines++) {
        if (**lines != '#') {
            if (thread)
                thread->count++;
            continue;
        }
        struct str word;
        struct thread header = read_header(str_from(*lines), &word);
        thread = NULL;
        if (!str_equal(word, str_from(w->conversation->only)))
            continue;
        must(w->thread_count < MOST_THREADS);
        thread = &w->threads[w->thread_count++];
        *thread = header;
        thread->lines = lines + 1;
    }
}

/* ---- writing a text -------------------------------------------------------------------------- */

static bool is_cast(const struct writer *w, size_t person)
{
    for (size_t i = 0; i < w->cast_count; i++)
        if (w->cast[i].person == person)
            return true;
    return false;
}

/* Who plays "g1" in this thread. */
static size_t play(struct writer *w, char pool, char digit)
{
    for (size_t i = 0; i < w->cast_count; i++)
        if (w->cast[i].pool == pool && w->cast[i].digit == digit)
            return w->cast[i].person;
    const struct numbers *from = &w->pools[pool - 'a'];
    must(from->count && w->cast_count < MOST_CAST);
    size_t person = 0;
    for (int tries = 0; tries < 20; tries++) {
        person = from->at[chance_between(&w->chance, 0, (int64_t)from->count - 1)];
        if (!is_cast(w, person))
            break;
    }
    w->cast[w->cast_count++] = (struct role){pool, digit, person};
    return person;
}

static size_t play_named(struct writer *w, struct str role)
{
    return play(w, role.ptr[0], role.len > 1 ? role.ptr[1] : '0');
}

static void write_range(struct writer *w, struct buf *out, struct str low, struct str high)
{
    struct str low_part = low, high_part = high;
    int64_t low_whole, high_whole, low_rest = 0, high_rest = 0;
    must(str_to_int(str_cut(&low_part, '.'), &low_whole));
    must(str_to_int(str_cut(&high_part, '.'), &high_whole));
    if (!low_part.len) {
        buf_int(out, chance_between(&w->chance, low_whole, high_whole));
        return;
    }
    int64_t scale = low_part.len == 1 ? 10 : 100;
    must(str_to_int(low_part, &low_rest) && str_to_int(high_part, &high_rest));
    int64_t value =
        chance_between(&w->chance, low_whole * scale + low_rest, high_whole * scale + high_rest);
    buf_printf(out, scale == 10 ? "%lld.%lld" : "%lld.%02lld", (long long)(value / scale),
               (long long)(value % scale));
}

static void write_day(const struct writer *w, struct buf *out, struct str days)
{
    int64_t offset = 0;
    must(str_to_int(str_skip(days, days.ptr[0] == '+'), &offset));
    time_t second = (time_t)((w->line->at + ZONE_MS) / SECOND_MS + offset * 86400);
    struct tm day;
    gmtime_r(&second, &day);
    buf_printf(out, "%d月%d日", day.tm_mon + 1, day.tm_mday);
}

static void write_call(struct writer *w, struct buf *out, struct str role)
{
    if (str_equal(role, S("all"))) {
        w->line->mentions_all = true;
        buf_add(out, S("@所有人"));
        return;
    }
    size_t person = play_named(w, role);
    must(w->line->mention_count < MOST_MENTIONS);
    w->line->mentions[w->line->mention_count++] = person;
    buf_char(out, '@');
    buf_add(out, w->county->people[person].name);
}

/* What stands between braces. */
static void write_slot(struct writer *w, struct buf *out, struct str slot)
{
    char first = slot.ptr[0];
    size_t from = out->len;
    if (first >= 'A' && first <= 'Z' && slot.len == 1) {
        buf_add(out, w->kept[first - 'A']);
    } else if (first >= 'A' && first <= 'Z') {
        write_slot(w, out, str_skip(slot, 2));
        w->kept[first - 'A'] = arena_copy(w->arena, str_skip(buf_str(out), from));
    } else if (first == '@') {
        write_call(w, out, str_skip(slot, 1));
    } else if (first == 'd' && slot.len > 1 && (slot.ptr[1] == '+' || slot.ptr[1] == '-')) {
        write_day(w, out, str_skip(slot, 1));
    } else if (first >= '0' && first <= '9') {
        struct str high = slot, low = str_cut(&high, '-');
        write_range(w, out, low, high);
    } else {
        bool is_place = str_ends(slot, S(":"));
        struct str title = str_take(slot, slot.len - is_place);
        const struct inhabitant *who = &w->county->people[play_named(w, str_cut(&title, '~'))];
        struct str place = str_from(county_places[who->place].name);
        buf_add(out, is_place ? place : title.len ? who->surname : who->name);
        buf_add(out, title);
    }
}

static void write_text(struct writer *w, struct buf *out, struct str text);

/* One of "a/b/c", or of "W=a/b/c" which is kept. */
static void write_choice(struct writer *w, struct buf *out, struct str choice)
{
    bool is_kept =
        choice.len > 1 && choice.ptr[0] >= 'A' && choice.ptr[0] <= 'Z' && choice.ptr[1] == '=';
    struct str rest = str_skip(choice, is_kept ? 2 : 0), word = S("");
    int64_t count = 1;
    for (size_t i = 0; i < rest.len; i++)
        count += rest.ptr[i] == '/';
    for (int64_t n = chance_between(&w->chance, 1, count); n > 0; n--)
        word = str_cut(&rest, '/');
    size_t from = out->len;
    write_text(w, out, word);
    if (is_kept)
        w->kept[choice.ptr[0] - 'A'] = arena_copy(w->arena, str_skip(buf_str(out), from));
}

static void write_text(struct writer *w, struct buf *out, struct str text)
{
    while (text.len) {
        char c = text.ptr[0];
        text = str_skip(text, 1);
        if (c == '{')
            write_slot(w, out, str_cut(&text, '}'));
        else if (c == '<')
            write_choice(w, out, str_cut(&text, '>'));
        else
            buf_char(out, c);
    }
}

/* ---- a line and a thread --------------------------------------------------------------------- */

static void write_line(struct writer *w, struct line *line, struct str text)
{
    struct str head = str_cut(&text, '|');
    char digit = head.len > 1 && head.ptr[1] >= '0' && head.ptr[1] <= '9' ? head.ptr[1] : '0';
    w->line = line;
    line->author = play(w, head.ptr[0], digit);
    ptrdiff_t file = str_find_char(head, '+');
    if (file >= 0)
        line->file = str_skip(head, (size_t)file + 1);
    line->is_answer = str_find_char(head, '>') >= 0;
    struct buf body = buf_new(LONGEST_BODY);
    write_text(w, &body, text);
    must(!body.is_full);
    line->body = arena_copy(w->arena, buf_str(&body));
    buf_free(&body);
}

static void write_thread(struct writer *w, const struct happening *what, struct script *script)
{
    int64_t at = what->at;
    struct line *before = script->count ? &script->lines[script->count - 1] : NULL;
    if (before && at <= before->at)
        at = before->at + chance_between(&w->chance, 2, 9) * MINUTE_MS;
    w->cast_count = 0;
    for (size_t i = 0; i < what->thread->count; i++) {
        struct line *line = &script->lines[script->count++];
        if (i)
            at += chance_between(&w->chance, 8 * SECOND_MS,
                                 chance_between(&w->chance, 30, 240) * SECOND_MS);
        line->at = at;
        write_line(w, line, str_from(what->thread->lines[i]));
    }
}

/* ---- the month ------------------------------------------------------------------------------- */

static void shuffle(struct writer *w, const struct thread **list, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)chance_between(&w->chance, 0, (int64_t)i - 1);
        const struct thread *kept = list[i - 1];
        list[i - 1] = list[j];
        list[j] = kept;
    }
}

/* Which threads happen, in what order: all of them once, then the recurring ones again. */
static size_t choose(struct writer *w, size_t wanted, struct happening *out)
{
    const struct thread *round[MOST_THREADS];
    size_t chosen = 0, lines = 0;
    for (bool is_first = true; lines < wanted; is_first = false) {
        size_t count = 0, before = chosen;
        for (size_t i = 0; i < w->thread_count; i++)
            if (!w->threads[i].is_end && (is_first || !w->threads[i].is_once))
                round[count++] = &w->threads[i];
        shuffle(w, round, count);
        for (size_t i = 0; i < count && lines < wanted; i++) {
            out[chosen++].thread = round[i];
            lines += round[i]->count;
        }
        if (chosen == before)
            break;
    }
    return chosen;
}

static int compare_happenings(const void *a, const void *b)
{
    const struct happening *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* When they happen: spread over the days before today, each at its hours. */
static void spread(struct writer *w, struct happening *list, size_t count, int64_t now)
{
    int64_t midnight = now - (now + ZONE_MS) % DAY_MS;
    for (size_t i = 0; i < count; i++) {
        int64_t day = w->conversation->days - (int64_t)i * w->conversation->days / (int64_t)count;
        const struct thread *thread = list[i].thread;
        list[i].at =
            midnight - day * DAY_MS +
            chance_between(&w->chance, thread->low * 3600, thread->high * 3600) * SECOND_MS;
    }
    if (count)
        qsort(list, count, sizeof *list, compare_happenings);
}

/* The last words, moved so that the very last one is said at `at`. */
static void write_end(struct writer *w, struct script *script, int64_t at)
{
    for (size_t i = 0; i < w->thread_count; i++) {
        if (!w->threads[i].is_end)
            continue;
        size_t from = script->count;
        write_thread(w, &(struct happening){&w->threads[i], at - HOUR_MS}, script);
        int64_t late = at - script->lines[script->count - 1].at;
        for (; from < script->count; from++)
            script->lines[from].at += late;
        return;
    }
    must(false);
}

struct script script_make(struct arena *arena, const struct county *county, size_t number,
                          int64_t now)
{
    const struct conversation *conversation = &conversations[number];
    struct writer *w = ARENA_NEW(arena, struct writer);
    *w = (struct writer){.arena = arena,
                         .county = county,
                         .conversation = conversation,
                         .chance = {7919 * (number + 1)}};
    struct script script = {0};
    read_pools(w, &script);
    for (size_t i = 0; i < 2 && conversation->texts[i]; i++)
        read_threads(w, conversation->texts[i]);
    size_t wanted = (size_t)conversation->messages;
    /* In the small hours the county sleeps: the last words were said the evening before. */
    int64_t hour = (now + ZONE_MS) % DAY_MS / HOUR_MS;
    int64_t end =
        (hour < 7 ? now - (hour + 2) * HOUR_MS : now) - conversation->minutes * (int64_t)MINUTE_MS;
    struct happening *list = ARENA_ARRAY(arena, wanted + 1, struct happening);
    size_t count = choose(w, wanted, list);
    spread(w, list, count, now);
    script.lines = ARENA_ARRAY(arena, wanted + 60, struct line);
    for (size_t i = 0; i < count; i++)
        if (list[i].at < end - 4 * HOUR_MS && script.count < wanted)
            write_thread(w, &list[i], &script);
    write_end(w, &script, end);
    return script;
}
