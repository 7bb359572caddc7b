/* content: from the messages of DingTalk's custom robots to ours. Every byte comes from outside;
 * what is unknown is passed over, what is needed and missing is named. */
#include "base/buf.h"
#include "base/text.h"
#include "robot/inner.h"

#include <jansson.h>

enum {
    LONGEST_BODY = 20000,
    LONGEST_TITLE = 200,
    LONGEST_SUMMARY = 500,
    LONGEST_LABEL = 80,
    LONGEST_URL = 2000,
    MOST_BUTTONS = 30,
    MOST_LINKS = 20,
};

struct reading {
    struct arena *arena;
    struct robot_said *out;
    enum robot_code code;
    struct str why;
};

static bool refuse(struct reading *reading, enum robot_code code, const char *words,
                   const char *about)
{
    if (!reading->code) {
        reading->code = code;
        reading->why = arena_printf(reading->arena, "%s%s", words, about);
    }
    return false;
}

/* ---- members of objects --------------------------------------------------------------------- */

/* Whatever stands there, as text: numbers are taken for their digits. */
static struct str as_text(struct arena *arena, const json_t *value)
{
    if (json_is_string(value))
        return str_trim(str_of(json_string_value(value), json_string_length(value)));
    if (json_is_integer(value))
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    return S("");
}

/* The protocol spells some names in two ways. */
static struct str text_in(struct reading *reading, const json_t *object, const char *name,
                          const char *or_name)
{
    struct str text = as_text(reading->arena, json_object_get(object, name));
    return text.len || !or_name ? text : as_text(reading->arena, json_object_get(object, or_name));
}

static bool is_true(const json_t *value)
{
    return json_is_true(value) || (json_is_integer(value) && json_integer_value(value) == 1) ||
           (json_is_string(value) && !strcmp(json_string_value(value), "true"));
}

static struct str clip(struct arena *arena, struct str text, size_t most)
{
    if (text_length(text) <= most)
        return text;
    return arena_printf(arena, "%.*s…", STR_ARG(text_take(text, most - 1)));
}

/* ---- addresses ------------------------------------------------------------------------------ */

static bool is_web(struct str url)
{
    bool is_plain = url.len <= LONGEST_URL;
    for (size_t i = 0; i < url.len && is_plain; i++)
        is_plain = (unsigned char)url.ptr[i] > 0x20 && url.ptr[i] != 0x7f;
    struct str scheme = str_take(url, 8);
    return is_plain && ((str_equal_fold(scheme, S("https://")) && url.len > 8) ||
                        (str_equal_fold(str_take(scheme, 7), S("http://")) && url.len > 7));
}

bool robot_clean_url(struct arena *arena, struct str url, struct str *out)
{
    *out = str_trim(url);
    if (str_starts(*out, S("dingtalk://"))) {
        struct str rest = *out;
        str_cut(&rest, '?');
        while (rest.len) {
            struct str value = str_cut(&rest, '&'), name = str_cut(&value, '=');
            if (str_equal(name, S("url")) && percent_decode(arena, value, true, out))
                break;
        }
    }
    return is_web(*out);
}

static bool take_url(struct reading *reading, struct str url, const char *name, struct str *out)
{
    if (!url.len)
        return refuse(reading, ROBOT_NO_JSON, "missing parameter: ", name);
    return robot_clean_url(reading->arena, url, out) ||
           refuse(reading, ROBOT_NO_JSON, "not an http or https address: ", name);
}

/* A picture that cannot be shown is no reason to lose the words. */
static struct str picture_of(struct reading *reading, const json_t *object)
{
    struct str url;
    return robot_clean_url(reading->arena, text_in(reading, object, "picUrl", "picURL"), &url)
               ? url
               : S("");
}

/* ---- kinds of message ----------------------------------------------------------------------- */

static bool take_body(struct reading *reading, struct str body, const char *name)
{
    if (!body.len)
        return refuse(reading, ROBOT_NO_JSON, "missing parameter: ", name);
    if (text_length(body) > LONGEST_BODY)
        return refuse(reading, ROBOT_NO_JSON, "longer than 20000 characters: ", name);
    reading->out->body = body;
    return true;
}

static struct talk_card *make_card(struct reading *reading, struct str title)
{
    struct talk_card *card = ARENA_NEW(reading->arena, struct talk_card);
    card->kind = S("robot");
    card->title = clip(reading->arena, title, LONGEST_TITLE);
    reading->out->extra->card = card;
    return card;
}

static void add_words(struct reading *reading, struct str words)
{
    struct robot_said *out = reading->out;
    out->words = arena_printf(reading->arena, "%.*s\n%.*s", STR_ARG(out->words), STR_ARG(words));
}

static bool read_text(struct reading *reading, const json_t *part)
{
    struct str content = json_is_string(part) ? as_text(reading->arena, part)
                                              : text_in(reading, part, "content", NULL);
    reading->out->extra->is_plain = true;
    reading->out->is_text = true;
    return take_body(reading, content, "text.content");
}

static bool read_markdown(struct reading *reading, const json_t *part)
{
    struct str title = text_in(reading, part, "title", NULL);
    reading->out->extra->is_markdown = true;
    reading->out->is_text = true;
    if (title.len)
        make_card(reading, title);
    add_words(reading, title);
    return take_body(reading, text_in(reading, part, "text", "content"), "markdown.text");
}

static bool read_link_into(struct reading *reading, const json_t *part, const char *name,
                           struct talk_link *link)
{
    struct str title = text_in(reading, part, "title", NULL);
    struct str text = text_in(reading, part, "text", NULL);
    link->title = clip(reading->arena, title, LONGEST_TITLE);
    link->text = clip(reading->arena, text, LONGEST_SUMMARY);
    link->picture = picture_of(reading, part);
    add_words(reading, title);
    add_words(reading, text);
    return take_url(reading, text_in(reading, part, "messageUrl", "messageURL"), name, &link->url);
}

static bool read_link(struct reading *reading, const json_t *part)
{
    struct talk_link *link = ARENA_NEW(reading->arena, struct talk_link);
    reading->out->extra->link = link;
    reading->out->extra->is_plain = true;
    return read_link_into(reading, part, "link.messageUrl", link) &&
           take_body(reading, link->title.len ? link->title : link->text, "link.title");
}

static bool read_button(struct reading *reading, struct str label, struct str url,
                        struct talk_button *button)
{
    if (!label.len)
        return refuse(reading, ROBOT_NO_JSON, "missing parameter: ", "actionCard button title");
    button->label = clip(reading->arena, label, LONGEST_LABEL);
    add_words(reading, label);
    return take_url(reading, url, "actionCard button actionURL", &button->url);
}

/* One button for all of it goes before several. */
static bool read_buttons(struct reading *reading, const json_t *part, struct talk_card *card)
{
    struct str single = text_in(reading, part, "singleTitle", NULL);
    const json_t *list = json_object_get(part, "btns");
    size_t count = single.len ? 1 : json_array_size(list);
    if (count > MOST_BUTTONS)
        return refuse(reading, ROBOT_NO_JSON, "more than 30 buttons: ", "actionCard.btns");
    card->buttons.at = ARENA_ARRAY(reading->arena, count, struct talk_button);
    card->buttons.count = count;
    if (single.len)
        return read_button(reading, single, text_in(reading, part, "singleURL", "singleUrl"),
                           card->buttons.at);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);
        if (!read_button(reading, text_in(reading, one, "title", NULL),
                         text_in(reading, one, "actionURL", "actionUrl"), &card->buttons.at[i]))
            return false;
    }
    return count || refuse(reading, ROBOT_NO_JSON, "missing parameter: ", "actionCard.btns");
}

static bool read_action_card(struct reading *reading, const json_t *part)
{
    struct str title = text_in(reading, part, "title", NULL);
    struct talk_card *card = make_card(reading, title);
    card->is_across = str_equal(text_in(reading, part, "btnOrientation", NULL), S("1"));
    reading->out->extra->is_markdown = true;
    add_words(reading, title);
    struct str text = text_in(reading, part, "text", "markdown");
    return take_body(reading, text.len ? text : title, "actionCard.text") &&
           read_buttons(reading, part, card);
}

static bool read_feed_card(struct reading *reading, const json_t *part)
{
    const json_t *list = json_object_get(part, "links");
    struct talk_card *card = make_card(reading, S(""));
    size_t count = json_array_size(list);
    if (!count)
        return refuse(reading, ROBOT_NO_JSON, "missing parameter: ", "feedCard.links");
    if (count > MOST_LINKS)
        return refuse(reading, ROBOT_NO_JSON, "more than 20 links: ", "feedCard.links");
    reading->out->extra->is_plain = true;
    card->links.at = ARENA_ARRAY(reading->arena, count, struct talk_link);
    card->links.count = count;
    struct str titles = S("");
    for (size_t i = 0; i < count; i++) {
        struct talk_link *link = &card->links.at[i];
        if (!read_link_into(reading, json_array_get(list, i), "feedCard.links messageURL", link))
            return false;
        titles = arena_printf(reading->arena, "%.*s%s%.*s", STR_ARG(titles), titles.len ? "\n" : "",
                              STR_ARG(link->title));
    }
    return take_body(reading, titles, "feedCard.links title");
}

static const struct {
    const char *name;
    bool (*read)(struct reading *reading, const json_t *part);
} kinds[] = {
    {"text", read_text},          {"markdown", read_markdown},
    {"link", read_link},          {"actionCard", read_action_card},
    {"feedCard", read_feed_card},
};

static bool read_kind(struct reading *reading, const json_t *message)
{
    struct str kind = text_in(reading, message, "msgtype", "msgType");
    if (!kind.len)
        return refuse(reading, ROBOT_NO_JSON, "missing parameter: ", "msgtype");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_equal_fold(kind, str_from(kinds[i].name)))
            continue;
        const json_t *part = json_object_get(message, kinds[i].name);
        return part ? kinds[i].read(reading, part)
                    : refuse(reading, ROBOT_NO_JSON, "missing parameter: ", kinds[i].name);
    }
    return refuse(reading, ROBOT_UNKNOWN_KIND, "unsupported msgtype", "");
}

/* ---- whom it calls -------------------------------------------------------------------------- */

static bool read_called(struct reading *reading, const json_t *list)
{
    struct robot_said *out = reading->out;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct str one = as_text(reading->arena, json_array_get(list, i));
        if (!one.len)
            continue;
        if (out->called_count == MOST_CALLED)
            return refuse(reading, ROBOT_NO_JSON, "more than 50 people: ", "at");
        out->called[out->called_count++] = str_take(one, 64);
    }
    return true;
}

static bool read_at(struct reading *reading, const json_t *message)
{
    const json_t *at = json_object_get(message, "at");
    reading->out->calls_all =
        is_true(json_object_get(at, "isAtAll")) || is_true(json_object_get(message, "isAtAll"));
    return read_called(reading, json_object_get(at, "atMobiles")) &&
           read_called(reading, json_object_get(at, "atUserIds"));
}

/* ---- the body, in whatever form ------------------------------------------------------------- */

/* a=1&b=%7B…%7D as {"a":"1","b":{…}}: nested values are JSON in a form. Empty when it is none. */
static struct str form_as_json(struct arena *arena, struct str form)
{
    struct buf out = buf_new(8 * LARGEST_MESSAGE);
    struct json json = json_to(&out);
    bool is_form = false;
    json_open(&json);
    while (form.len) {
        struct str value = str_cut(&form, '&'), name = str_cut(&value, '=');
        struct str plain;
        bool is_name = name.len > 0 && name.len <= 40;
        for (size_t i = 0; i < name.len && is_name; i++)
            is_name = (str_lower(name.ptr[i]) >= 'a' && str_lower(name.ptr[i]) <= 'z');
        if (!is_name || !percent_decode(arena, value, true, &plain))
            continue;
        plain = str_trim(plain);
        is_form = true;
        json_name(&json, name);
        if (str_starts(plain, S("{")) || str_starts(plain, S("[")))
            json_raw(&json, plain);
        else
            json_text(&json, plain);
    }
    json_close(&json);
    struct str text = out.is_full || !is_form ? S("") : arena_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

/* Tools send JSON under all sorts of names. */
static bool is_bearable(struct str type)
{
    struct str rest = type, plain = str_trim(str_cut(&rest, ';'));
    return !plain.len || str_equal_fold(str_take(plain, 5), S("text/")) ||
           str_equal_fold(str_take(plain, 12), S("application/"));
}

enum robot_code robot_read(struct arena *arena, struct str type, struct str body,
                           struct robot_said *out, struct str *why)
{
    *out = (struct robot_said){.extra = ARENA_NEW(arena, struct talk_extra)};
    struct reading reading = {.arena = arena, .out = out};
    struct str text = str_trim(body);
    if (str_starts(text, S("\xef\xbb\xbf"))) /* a byte order mark */
        text = str_trim(str_skip(text, 3));
    if (!is_bearable(type))
        refuse(&reading, ROBOT_WRONG_TYPE, "the content type must be application/json", "");
    if (!str_starts(text, S("{")))
        text = form_as_json(arena, text);
    const json_t *message = reading.code ? NULL : json_read(arena, text);
    if (!json_is_object(message))
        refuse(&reading, ROBOT_NO_JSON, "missing parameter: json", "");
    else if (read_kind(&reading, message) && read_at(&reading, message)) {
        out->key = text_in(&reading, message, "msgUuid", "msgUUID");
        add_words(&reading, out->body);
    }
    *why = reading.why;
    return reading.code;
}
